"""The keys of a configuration, and what each may hold. A key that is not here is an error, never ignored."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from alma.config.addresses import problem_of
from alma.config.entry import Entry
from alma.domain.names import name_problem
from alma.domain.recall import is_share
from alma.domain.scope import UNSORTED

if TYPE_CHECKING:
    from alma.config.value import AgentForm, Form
    from alma.domain.errors import ConfigError

WARN = ("advise", "ask", "deny")
_LONGEST_TEXT = 8192


def checked(root: Entry) -> Form:
    """What the configuration says. Raises ConfigError with the line, and for a key the nearest known one."""
    return cast("Form", _section(root, KEYS))


def checked_agents(agents: Entry) -> dict[str, AgentForm]:
    """What `agents:` says, on its own."""
    return cast("dict[str, AgentForm]", _agents(agents, "agents"))


def _section(entry: Entry, checks: Mapping[str, _Check], within: str = "") -> dict[str, object]:
    said = {}
    for key, inner in _members(entry, within or "a configuration", "key: value").items():
        if key not in checks:
            raise _unknown(inner, key, tuple(checks), within)
        if inner.content is not None:
            said[key] = checks[key](inner, f"{within}.{key}" if within else key)
    return said


def _unknown(entry: Entry, key: str, known: tuple[str, ...], within: str) -> ConfigError:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    place = f" in {within}" if within else ""
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return entry.error(f"unknown key {key!r:.80}{place}; {hint}", known=tuple(near) or known)


def _members(entry: Entry, name: str, example: str) -> dict[str, Entry]:
    if not isinstance(entry.content, dict):
        raise entry.error(f"{name} must be written as {example}, one a line")
    return entry.content


def _text(entry: Entry, name: str) -> str:
    if not isinstance(entry.content, str):
        raise entry.error(
            f'{name} must be text; what looks like a number or yes/no goes in quotes: {name}: "…"'
        )
    text = entry.content
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise entry.error(f"{name} must be text of 1 to {_LONGEST_TEXT:,} characters")
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise entry.error(f"{name} contains characters that cannot be shown: {text!r:.80}")
    return text


def _line(entry: Entry, name: str) -> str:
    text = _text(entry, name)
    if "\n" in text:
        raise entry.error(f"{name} must be on one line")
    return text


def _name(entry: Entry, name: str) -> str:
    return _valid_name(_text(entry, name), entry, name)


def _valid_name(text: str, entry: Entry, name: str) -> str:
    problem = name_problem(text)
    if problem:
        raise entry.error(f"{name}: {text!r:.80} {problem}")
    return text


def _domain(entry: Entry, name: str) -> str:
    return _valid_domain(_name(entry, name), entry, name)


def _valid_domain(text: str, entry: Entry, name: str) -> str:
    if not all(text.split(".")):
        raise entry.error(
            f"{name}: {text!r:.80} has an empty part: dots join the names of a family, as in testing.waits"
        )
    return text


def _store(entry: Entry, name: str) -> str:
    url = _line(entry, name)
    problem = problem_of(url)
    if problem:
        raise entry.error(f"{name} {problem}")
    return url


def _yes_or_no(entry: Entry, name: str) -> bool:
    if not isinstance(entry.content, bool):
        raise entry.error(f"{name} must be true or false, without quotes")
    return entry.content


def _number(entry: Entry, name: str) -> float:
    if isinstance(entry.content, bool) or not isinstance(entry.content, int | float):
        raise entry.error(f"{name} must be a number, without quotes")
    return float(entry.content)


def _half_life(entry: Entry, name: str) -> float:
    outcomes = _number(entry, name)
    if not 0 < outcomes < math.inf:
        raise entry.error(f"{name} must be more than 0 outcomes")
    return outcomes


def _holdout(entry: Entry, name: str) -> float:
    share = _number(entry, name)
    if not is_share(share):
        raise entry.error(f"{name} is a share of attempts: 0, or at least 0.000001 and less than 1")
    return share


def _quota(entry: Entry, name: str) -> int:
    memories = _number(entry, name)
    if not 1 <= memories < math.inf or memories % 1:
        raise entry.error(f"{name} is a number of memories: a whole number from 1")
    return int(memories)


def _warn(entry: Entry, name: str) -> str:
    if entry.content not in WARN:
        raise entry.error(f"{name} must be one of {', '.join(WARN)}", known=WARN)
    return str(entry.content)


def _list_of(check: Callable[[Entry, str], str]) -> _Check:
    def items(entry: Entry, name: str) -> list[str]:
        if isinstance(entry.content, str):
            key = name.rpartition(".")[2]
            raise entry.error(f"{name} must be a list; write {key}: [{entry.content}]")
        if not isinstance(entry.content, list):
            raise entry.error(f"{name} must be a list such as [one, another]")
        return [check(inner, name) for inner in entry.content]

    return items


def _domains(entry: Entry, name: str) -> dict[str, str]:
    said = {}
    for domain, inner in _members(entry, name, "name: what it is about").items():
        _valid_domain(_valid_name(domain, inner, name), inner, name)
        if domain == UNSORTED:
            raise inner.error(
                f"{name}: {UNSORTED!r} is where texts go that fit no domain; it cannot be described"
            )
        if inner.content is None:
            raise inner.error(
                f"{name}.{domain} needs a description in a few words; without one, leave the line out"
            )
        said[domain] = _text(inner, f"{name}.{domain}")
    return said


def _agents(entry: Entry, name: str) -> dict[str, object]:
    said: dict[str, object] = {}
    for agent, inner in _members(entry, name, "name: {can_learn: […]}").items():
        _valid_name(agent, inner, name)
        said[agent] = {} if inner.content is None else _section(inner, _AGENT_KEYS, f"{name}.{agent}")
    return said


if TYPE_CHECKING:
    _Check = Callable[[Entry, str], object]

_AGENT_KEYS: dict[str, _Check] = {
    "can_learn": _list_of(_domain),
    "cannot_learn": _list_of(_domain),
    "share_with": _list_of(_name),
    "inherit_from": _list_of(_name),
    "quota": _quota,
}
KEYS: dict[str, _Check] = {
    "project": _name,
    "store": _store,
    "embedder": _line,
    "strict_agents": _yes_or_no,
    "half_life": _half_life,
    "holdout": _holdout,
    "verify": _list_of(_line),
    "warn": _warn,
    "prompt_recall": _yes_or_no,
    "domains": _domains,
    "agents": _agents,
}
