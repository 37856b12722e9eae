"""What a trigger is, and when an action does what it names.

A trigger is a short text that people can read: a call `sleep(`, a command `git push --force`, a flag
`--no-verify`, or any other words, which must occur as whole words. Upper and lower case matter only in
names with a hump (`waitForTimeout`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from alma.domain.action import Action
from alma.rules.commands import (
    DURATION,
    EVERYDAY,
    PROGRAMS,
    SUBCOMMANDS_OF,
    WRAPPERS,
    Command,
    parse,
    split_flag,
)
from alma.rules.words import listed, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_LOOKED_AT = 64 * 1024
LONGEST_TRIGGER = 400
SHELL_FILES = (".sh", ".bash", ".zsh", ".bats", ".yml", ".yaml", "makefile", "dockerfile", "justfile")
SHELL_PREFIX = r"(?m)^[ \t]*(?:[-@][ \t]+|@)?(?:(?:RUN|CMD|run:|script:|command:)[ \t]*\|?[ \t]*)?"

NAME = r"[^\W\d]\w*(?:(?:\.|::|->|\?\.)\$?\w+)*"
QUOTES = str.maketrans('"`‘’“”', "''''''")
HUMP = re.compile(r"[a-z\d][A-Z]")
FLAG = re.compile(r"--?[A-Za-z][\w-]*(?:=\S*)?$")


class Reading:
    """One action as triggers look at it."""

    __slots__ = ("commands", "is_prose", "names", "new", "old", "old_commands", "path")

    def __init__(self, action: Action) -> None:
        new, old = _changed(action.new_text or "", action.old_text or "")
        self.path = (action.path or "").replace("\\", "/")
        self.is_prose = action.is_plain and looks_like_prose(new)
        self.commands: list[Command] = []
        self.old_commands: list[Command] = []
        if action.command_text is not None:
            new = self._read_command(action.command_text[:LONGEST_LOOKED_AT], is_plain=action.is_plain)
        elif self.path.lower().endswith(SHELL_FILES):
            self.commands = parse(re.sub(SHELL_PREFIX, "", new)).commands
            self.old_commands = parse(re.sub(SHELL_PREFIX, "", old)).commands
        self.new = Text(new)
        self.old = Text(old)
        names = {name for command in self.commands for name in _names(command)}
        names.update(words(new), words(self.path))
        self.names = frozenset(names)

    def _read_command(self, text: str, *, is_plain: bool) -> str:
        """Reads the commands, and gives the text in which words count."""
        if not is_plain:
            line = parse(text)
            self.commands = line.commands
            return line.used_text
        code = "\n".join(row for row in text.split("\n") if not looks_like_prose(row))
        line = parse(code)
        self.commands = [command for command in line.commands if command.words[:1] != ("=",)]
        return line.used_text if self.commands and self.commands[0].program in PROGRAMS else text


class Text:
    """A text in the forms in which it is compared, each made when it is first needed."""

    __slots__ = ("_folded", "_lowered", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded: str | None = None
        self._lowered: str | None = None

    def count_calls(self, name: str) -> int:
        """How often `name(` is called, on its own or as the last part of a longer name."""
        return self.count_words(name + "(")

    def count_words(self, literal: str) -> int:
        """How often a literal occurs as whole words, white space and kinds of quotes aside."""
        if self._folded is None:
            self._folded = folded(self.text)
            self._lowered = self._folded.lower()
        if HUMP.search(literal):
            return _count_whole(literal, self._folded)
        return _count_whole(literal.lower(), self._lowered or "")


def folded(text: str) -> str:
    return " ".join(text.translate(QUOTES).split())


def _count_whole(literal: str, text: str) -> int:
    """Occurrences whose neighbours do not make it part of a longer word; a hyphen joins words with hyphens."""
    joins = "_-" if "-" in literal else "_"
    count, at = 0, text.find(literal)
    while at >= 0:
        end = at + len(literal)
        before, after = text[at - 1 : at], text[end : end + 1]
        left = _joined(before, literal[0], joins)
        right = _joined(after, literal[-1], joins)
        count += not left and not right
        at = text.find(literal, end)
    return count


def _joined(neighbour: str, edge: str, joins: str) -> bool:
    """Whether a neighbour continues the word at an edge. Scripts without spaces have no such edge."""
    if not neighbour or not (edge.isalnum() or edge in joins) or max(edge, neighbour) >= "\u3040":
        return False
    return neighbour.isalnum() or neighbour in joins


def _changed(new: str, old: str) -> tuple[str, str]:
    """The parts of two texts that differ, in whole lines, each cut to what is looked at."""
    if old:
        start = new.rfind("\n", 0, _common(new, old)) + 1
        new, old = new[start:], old[start:]
        same = _common(new[::-1], old[::-1])
        tail = new.find("\n", len(new) - same) if same else -1
        if tail >= 0:
            old = old[: len(old) - (len(new) - tail)]
            new = new[:tail]
    return new[:LONGEST_LOOKED_AT], old[:LONGEST_LOOKED_AT]


def _common(one: str, other: str) -> int:
    """How many characters two texts share from their start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@lru_cache(16)
def reading_of(action: Action) -> Reading:
    """An action as triggers look at it, kept for the next trigger."""
    return Reading(action)


def _names(command: Command) -> Iterator[str]:
    for part in (command.program, *command.words[:3], *command.flags, *command.typed_flags):
        yield from words(part)


PROSE = listed(
    "the an is are was were be should must of to with it its this that we you my our your when before after because"
    " not never please i and get"
)
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
CODE_SIGNS = re.compile(r"[(){}\[\];=<>|&$\\]|(?:^|\s)-{1,2}[A-Za-z]")


def looks_like_prose(text: str) -> bool:
    """Whether a text reads as a sentence and not as a command or code."""
    parts = [part.strip(".,;:!?()") for part in QUOTED.sub(" ", text.lower()).split()[:200]]
    plain = [part for part in parts if part.replace("'", "").replace("’", "").isalpha()]
    telling = sum(part in PROSE for part in plain) + bool(re.search(r"\ba [a-z]{3}", text))
    if CODE_SIGNS.search(text):
        return telling >= 3 and len(plain) > len(parts) * 0.8
    return telling >= 2 or (telling >= 1 and len(plain) >= 3)


class Call:
    """`sleep(`: a call of that name, or a program of that name given what a call would be given."""

    __slots__ = ("called", "name")

    def __init__(self, called: str) -> None:
        self.called = called
        self.name = words(called)[-1]

    def found_in(self, reading: Reading) -> bool:
        if reading.new.count_calls(self.called) > reading.old.count_calls(self.called):
            return True
        return self._runs(reading.commands) > self._runs(reading.old_commands)

    def _runs(self, commands: Iterable[Command]) -> int:
        return sum(
            command.program == self.called and bool(command.words) and all(map(DURATION.match, command.words))
            for command in commands
        )


class Flag:
    """`--force`: a command with that flag, or the flag in an edit."""

    __slots__ = ("flags", "name", "text")

    def __init__(self, text: str) -> None:
        self.text = text.split("=", 1)[0]
        self.flags = frozenset(split_flag(self.text))
        self.name = max(words(self.text.strip("-")), key=len)

    def found_in(self, reading: Reading) -> bool:
        if self._uses(reading.commands) > self._uses(reading.old_commands):
            return True
        if reading.is_prose or not reading.new.text or not self.text.startswith("--"):
            return False
        return reading.new.count_words(self.text) > reading.old.count_words(self.text)

    def _uses(self, commands: Iterable[Command]) -> int:
        return sum(self.flags <= _with_short(command) for command in commands)


def _with_short(command: Command) -> frozenset[str]:
    """A command's flags as compared, and as typed."""
    return command.flags.union(*(split_flag(flag, command.program) for flag in command.typed_flags))


class Run:
    """`git push --force`: a command with that program and at least those words and flags."""

    __slots__ = ("command", "name", "text")

    def __init__(self, command: Command, text: str) -> None:
        self.command = command
        self.text = text
        named = command.subcommand[-1:] or (command.program,)
        self.name = max(words(" ".join(named)), key=len)

    def found_in(self, reading: Reading) -> bool:
        if self._runs(reading.commands) > self._runs(reading.old_commands):
            return True
        if reading.is_prose or reading.commands or " " not in self.text:
            return False
        return reading.new.count_words(self.text) > reading.old.count_words(self.text)

    def _runs(self, commands: Iterable[Command]) -> int:
        return sum(map(self._is_in, commands))

    def _is_in(self, command: Command) -> bool:
        wanted = self.command
        if command.program != wanted.program or not wanted.flags <= command.flags:
            return False
        depth = len(wanted.subcommand)
        rest = iter(command.words[depth:])
        return command.words[:depth] == wanted.words[:depth] and all(w in rest for w in wanted.words[depth:])


class Program:
    """`sleep`: a program of that name, or a call of it."""

    __slots__ = ("call", "name")

    def __init__(self, program: str) -> None:
        self.call = Call(program)
        self.name = self.call.name

    def found_in(self, reading: Reading) -> bool:
        program = self.call.called
        now = sum(command.program == program for command in reading.commands)
        return now > sum(c.program == program for c in reading.old_commands) or self.call.found_in(reading)


# A command that is given a file of that name does not do what the name says.
FILE_NAME = r"[\w./:@+-]*\.(?:py|js|ts|tsx|jsx|mjs|md|go|rs|rb|java|sh|json|ya?ml|toml|txt|html|css|sql|log|xml|csv)(?![\w(])"


class Words:
    """`networkidle`, `DROP TABLE`: these words, whole, one after the other; a file's name also in its path."""

    __slots__ = ("literal", "name")

    def __init__(self, literal: str) -> None:
        self.literal = literal
        self.name = max(words(literal), key=len)

    def found_in(self, reading: Reading) -> bool:
        if reading.is_prose and self.literal.isalpha() and self.literal.islower():
            return False
        if reading.path and ("." in self.literal or "/" in self.literal) and self._names(reading.path):
            return True
        new = reading.new.count_words(self.literal)
        if new and reading.commands and self.literal.isidentifier():
            new = Text(re.sub(FILE_NAME, " ", reading.new.text)).count_words(self.literal)
        return new > reading.old.count_words(self.literal)

    def _names(self, path: str) -> bool:
        return path == self.literal or path.endswith("/" + self.literal.lstrip("/"))


SIMPLE_CALL = re.compile(rf"[.$]?({NAME})\((?:[\s\d.,_…]*\)?;?|[a-z]{{0,12}}\));?$")


@lru_cache(4096)
def read_trigger(trigger: str) -> Call | Flag | Run | Program | Words | None:
    """What a trigger names; None if it holds no word."""
    text = folded(trigger[: LONGEST_TRIGGER + 1]).strip()
    if text[:1] == text[-1:] == "'" and text.count("'") == 2:
        text = text[1:-1].strip()
    if not 0 < len(text) <= LONGEST_TRIGGER or not words(text):
        return None
    call = SIMPLE_CALL.match(text)
    if call:
        return Call(call[1])
    if FLAG.match(text):
        return Flag(text)
    if text in PROGRAMS or text in WRAPPERS:
        return Program(text) if text.isidentifier() else Run(Command(text, (), frozenset(), ()), text)
    command = only_command(text)
    return Run(command, text) if command is not None and is_command(command) else Words(text)


def only_command(text: str) -> Command | None:
    """The one command that a text is (what wraps it left out), or None."""
    commands = parse(text).commands
    return commands[-1] if commands and words(commands[-1].program) else None


def is_command(command: Command) -> bool:
    """Whether this is surely a command: a known program that is given something it knows."""
    program, known = command.program, SUBCOMMANDS_OF.get(command.program)
    if program not in PROGRAMS:
        return False
    if command.typed_flags or (known is not None and command.words[:1] and command.words[0] in known):
        return True
    return program not in EVERYDAY and bool(command.words)
