"""What an agent is about to do: a command, an edit, a tool call, or plain words that may be either.

An action says only what is proposed; nothing here runs it or looks at the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from alma.domain.errors import InvalidInput

SHELL_NAMES = ("bash", "shell", "terminal", "exec", "command", "powershell", "console", "zsh")
EDIT_NAMES = ("edit", "write", "replace", "create", "insert", "patch", "update", "save")
PATH_FIELDS = ("file_path", "path", "notebook_path", "filename", "file")
NEW_FIELDS = (
    "new_string",
    "content",
    "new_str",
    "new_text",
    "file_text",
    "new_source",
    "insert_text",
    "text",
)
OLD_FIELDS = ("old_string", "old_str", "old_text")
# Tools that only look, ask or plan: what they are given is sought or said, not done.
LOOKING_WORDS = frozenset(
    ("read", "grep", "glob", "search", "list", "ls", "view", "find", "todo", "plan", "ask", "think", "memory")
)
NAME_WORD = r"[A-Z]?[a-z]+|[A-Z]+"
DEEPEST = 8


class Action:
    """An action about to be taken; made by `command`, `edit`, `tool` or `of`, and never changed.

    `command_text` is a command line, `new_text` the text that an edit of `path` puts in place of
    `old_text`. A plain string has both a `command_text` and a `new_text`, and no path.
    """

    __slots__ = ("command_text", "new_text", "old_text", "path")

    command_text: str | None
    path: str | None
    new_text: str | None
    old_text: str | None

    def __init__(
        self,
        *,
        command_text: str | None = None,
        path: str | None = None,
        new_text: str | None = None,
        old_text: str | None = None,
    ) -> None:
        object.__setattr__(self, "command_text", command_text)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "new_text", new_text)
        object.__setattr__(self, "old_text", old_text)

    @classmethod
    def command(cls, text: str) -> Action:
        """A command line about to be run. Raises `InvalidInput` if it is empty, no string, or holds NUL."""
        return cls(command_text=_filled("command", text))

    @classmethod
    def edit(cls, path: str, new_text: str, old_text: str | None = None) -> Action:
        """`new_text` about to be put into the file `path`, in place of `old_text` if that is given.

        An empty `new_text` is a deletion. Raises `InvalidInput` for an empty path, no strings, or NUL.
        """
        old = None if old_text is None else _text("old_text", old_text)
        return cls(path=_filled("path", path), new_text=_text("new_text", new_text), old_text=old)

    @classmethod
    def tool(cls, name: str, arguments: Mapping[str, object]) -> Action:
        """A tool about to be called: a shell becomes a command, an editor an edit, any other its own text.

        The text of any other tool is a call of its name followed by every string in its arguments; of one
        that only looks, asks or plans, by its name, the call alone.
        Raises `InvalidInput` for an empty name, arguments that are no mapping, or NUL.
        """
        _filled("name", name)
        if not isinstance(arguments, Mapping):
            raise InvalidInput("arguments", f"is {type(arguments).__name__}", allowed="a mapping")
        return _shell(name, arguments) or _edit(name, arguments) or _other(name, arguments)

    @classmethod
    def of(cls, action: str | Action) -> Action:
        """An action as it is; a string is looked at both as a command and as the text of an edit."""
        if isinstance(action, Action):
            return action
        text = _filled("action", action)
        return cls(command_text=text, new_text=text)

    @property
    def is_plain(self) -> bool:
        """Whether it came as a plain string, which may be a command, code or prose."""
        return self.command_text is not None and self.new_text is not None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an action cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an action cannot be changed: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, self._fields()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Action) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        if self.is_plain:
            return f"Action.of({_short(self.new_text)})"
        if self.path is not None:
            return f"Action.edit({self.path!r}, {_short(self.new_text)}, {_short(self.old_text)})"
        if self.command_text is not None:
            return f"Action.command({_short(self.command_text)})"
        return f"Action(new_text={_short(self.new_text)})"

    def _fields(self) -> tuple[str | None, str | None, str | None, str | None]:
        return self.command_text, self.path, self.new_text, self.old_text


def _restored(
    command_text: str | None, path: str | None, new_text: str | None, old_text: str | None
) -> Action:
    return Action(command_text=command_text, path=path, new_text=new_text, old_text=old_text)


def _short(text: str | None) -> str:
    return repr(text if text is None or len(text) <= 60 else text[:57] + "...")


def _text(field: str, text: object) -> str:
    if not isinstance(text, str):
        raise InvalidInput(field, f"is {type(text).__name__}", allowed="a string")
    if "\0" in text:
        raise InvalidInput(field, "holds a NUL character", allowed="text without NUL")
    return text


def _filled(field: str, text: object) -> str:
    checked = _text(field, text)
    if not checked or checked.isspace():
        raise InvalidInput(field, "is empty", allowed="text that is not blank")
    return checked


def _shell(name: str, arguments: Mapping[str, object]) -> Action | None:
    lowered = name.lower()
    if lowered not in ("sh", "cmd", "run") and not any(part in lowered for part in SHELL_NAMES):
        return None
    for field in ("command", "cmd"):
        line = arguments.get(field)
        if isinstance(line, list) and line and all(isinstance(word, str) for word in line):
            return Action.command(" ".join(map(_quoted, line)))
        if isinstance(line, str) and line.strip():
            return Action.command(line)
    return None


def _quoted(word: str) -> str:
    """One word of a command that came as a list, so that it stays one word in a line."""
    plain = word and not any(character in word for character in " \t\n\"'\\;&|()<>`#$*?")
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def _edit(name: str, arguments: Mapping[str, object]) -> Action | None:
    lowered = name.lower()
    path = _first(arguments, PATH_FIELDS)
    if not path or not path.strip() or not any(part in lowered for part in EDIT_NAMES):
        return None
    parts = arguments.get("edits")
    edits = [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    edits = edits or [arguments]
    new = [text for edit in edits if (text := _first(edit, NEW_FIELDS)) is not None]
    old = [text for edit in edits if (text := _first(edit, OLD_FIELDS)) is not None]
    return Action.edit(path, "\n".join(new), "\n".join(old) if old else None) if new else None


def _first(arguments: Mapping[str, object], fields: tuple[str, ...]) -> str | None:
    for field in fields:
        value = arguments.get(field)
        if isinstance(value, str):
            return value
    return None


def _other(name: str, arguments: Mapping[str, object]) -> Action:
    calls = dict.fromkeys((f"{name}(", name.rsplit("__", 1)[-1] + "("))
    only_looks = not LOOKING_WORDS.isdisjoint(word.lower() for word in re.findall(NAME_WORD, name))
    given = [] if only_looks else _strings(arguments, DEEPEST)
    return Action(new_text=_text("arguments", "\n".join([*calls, *given])))


def _strings(value: object, depth: int) -> list[str]:
    if isinstance(value, str):
        return [value]
    if depth == 0 or not isinstance(value, (Mapping, list, tuple)):
        return []
    inner = value.values() if isinstance(value, Mapping) else value
    return [text for part in inner for text in _strings(part, depth - 1)]
