"""One entry of a configuration with the line it stands in, so that every complaint can say where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from alma.domain.errors import ConfigError
from alma.domain.scope import Agent
from alma.domain.values import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Content: TypeAlias = "dict[str, Entry] | list[Entry] | str | float | bool | None"

_REFERENCE = re.compile(r"\$(?P<literal>\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<broken>\$\{)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, and where it was written: `line` counts from 1, None when a program gave it."""

    content: Content
    line: int | None = None
    path: str = ""

    def error(self, problem: str, *, known: tuple[str, ...] = ()) -> ConfigError:
        """The complaint about this entry."""
        return ConfigError(problem, path=self.path, line=self.line, known=known)


def given(value: object) -> Entry:
    """The entry of a value that a program gave instead of a file. Raises ConfigError for what YAML could not say."""
    if isinstance(value, Agent):
        return given({key: getattr(value, key) for key in fields(value) if key != "name"})
    if isinstance(value, Mapping):
        return Entry({_key(key): given(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return Entry([given(inner) for inner in value])
    if value is None or isinstance(value, str | bool | int | float):
        return Entry(value)
    raise ConfigError(f"{type(value).__name__} is nothing that a configuration can hold")


def references(entry: Entry) -> Iterator[str]:
    """The environment variables that the values name with `${NAME}`."""
    if isinstance(entry.content, str):
        for found in _REFERENCE.finditer(entry.content):
            if found["broken"]:
                raise entry.error(
                    "${ must be followed by a variable's name and }; a literal ${ is written $${"
                )
            if found["name"]:
                yield found["name"]
    for inner in _inner(entry):
        yield from references(inner)


def expanded(entry: Entry, environ: Mapping[str, str]) -> Entry:
    """The entry with every `${NAME}` replaced by that variable. Raises ConfigError for one that is not set."""

    def value_of(found: re.Match[str]) -> str:
        if found["literal"]:
            return found["literal"]
        if found["name"] not in environ:
            raise entry.error(f"the environment variable {found['name']} is not set")
        return environ[found["name"]]

    match entry.content:
        case str() as text:
            return replace(entry, content=_REFERENCE.sub(value_of, text))
        case dict() as members:
            return replace(entry, content={key: expanded(inner, environ) for key, inner in members.items()})
        case list() as members:
            return replace(entry, content=[expanded(inner, environ) for inner in members])
        case _:
            return entry


def _inner(entry: Entry) -> Iterator[Entry]:
    if isinstance(entry.content, dict):
        yield from entry.content.values()
    elif isinstance(entry.content, list):
        yield from entry.content


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ConfigError(f"{key!r} must be text to be a name")
    return key
