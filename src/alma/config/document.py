"""A YAML text as entries with their lines. Only plain values are read: no tags, no aliases, no second meaning of a key."""

from __future__ import annotations

import re

import yaml

from alma.config.entry import Entry
from alma.domain.errors import ConfigError

_NUMBER = re.compile(r"[-+]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DEEPEST = 8
_TAG = "tag:yaml.org,2002:"


class _Refused(Exception):
    """Something that YAML can say and a configuration may not."""

    def __init__(self, problem: str, event: yaml.Event) -> None:
        self.line = event.start_mark.line + 1 if event.start_mark else None
        super().__init__(problem)


class _PlainLoader(yaml.SafeLoader):
    """Composes nodes, constructs nothing, and stops at the first thing that is not plain."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it bare
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused("anchors and aliases (& and *) are not read here: write the value out", event)
        if getattr(event, "tag", None):
            raise _Refused("tags (words that begin with !) are not read here; text goes in quotes", event)
        if self.depth == _DEEPEST:
            raise _Refused("nested too deeply", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def document(text: str, path: str = "") -> Entry:
    """The entries of a YAML text; `path` is named in errors. Raises ConfigError with the line."""
    try:
        root = _PlainLoader(text).get_single_node()
    except _Refused as refused:
        raise ConfigError(str(refused), path=path, line=refused.line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"this is not YAML: {error.problem or error.context}"
        raise ConfigError(problem, path=path, line=mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        problem = f"this is not YAML: the character {error.character!r} is not allowed"
        raise ConfigError(problem, path=path, line=text.count("\n", 0, error.position) + 1) from None
    except (ValueError, OverflowError) as error:  # PyYAML lets those of chr() through: "\UFFFFFFFF"
        raise ConfigError(f"this is not YAML: {error}", path=path) from None
    entry = Entry(None) if root is None else _entry(root, path)
    return Entry({}, 1, path) if entry.content is None else entry


def _entry(node: yaml.Node, path: str, line: int | None = None) -> Entry:
    line = line or node.start_mark.line + 1
    match node:
        case yaml.MappingNode():
            return Entry(_members(node, path), line, path)
        case yaml.SequenceNode():
            return Entry([_entry(inner, path) for inner in node.value], line, path)
        case yaml.ScalarNode():
            return Entry(_scalar(node), line, path)
        case _:
            raise ConfigError("this is neither text, nor a list, nor keys with values", path=path, line=line)


def _members(node: yaml.MappingNode, path: str) -> dict[str, Entry]:
    members: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag in (_TAG + "merge", _TAG + "null"):
            raise ConfigError("a key must be a plain name", path=path, line=line)
        if key in members:
            raise ConfigError(
                f"{key!r:.80} is there twice; first in line {members[key].line}", path=path, line=line
            )
        members[key] = _entry(value_node, path, line)
    return members


def _scalar(node: yaml.ScalarNode) -> str | float | bool | None:
    """Null, yes or no, a decimal number, or text. Dates, octals and base 60 are text: nobody means them here."""
    text: str = node.value
    if node.tag == _TAG + "null":
        return None
    if node.tag == _TAG + "bool":
        return text.lower() in ("yes", "true", "on")
    if node.style is None and _NUMBER.fullmatch(text):
        return float(text)
    return text
