"""Commands, edits and errors reduced to what repeats, so that a warning is found by an exact key.

An index nominates by key, `matches` decides: what matches is always found under its trigger's key. Of a
text longer than 64 Ki characters the first 64 Ki (of an edit: of what it changes) are looked at.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alma.rules.commands import (
    EVERYDAY,
    PROGRAMS,
    SUBCOMMANDS_OF,
    TWO_LEVELS,
    VALUES_BEFORE_SUBCOMMAND,
    WRAPPERS,
    Command,
    parse,
)
from alma.rules.triggers import (
    LONGEST_LOOKED_AT,
    NAME,
    is_command,
    looks_like_prose,
    read_trigger,
    reading_of,
)
from alma.rules.words import STOP_WORDS, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from alma.domain.action import Action

MOST_TRIGGERS = 8
LONGEST_DESCRIPTION = 8 * 1024
LONGEST_ROW = 2000
LONGEST_ERROR = 160
LONGEST_KEY = 64


def keys_of(action: Action) -> tuple[str, ...]:
    """Every key under which a trigger of this action could be stored, sorted: its names, at most those of 64 Ki."""
    return tuple(sorted(set(map(_key, reading_of(action).names))))


def key_of_trigger(trigger: str) -> str | None:
    """The one key under which a trigger is stored; None if it holds no word that could be looked up."""
    read = read_trigger(trigger)
    return None if read is None else _key(read.name)


def matches(trigger: str, action: Action) -> bool:
    """Whether this action does what the trigger names, more often than the text it replaces."""
    read = read_trigger(trigger)
    reading = reading_of(action)
    return read is not None and read.name in reading.names and read.found_in(reading)


def _key(name: str) -> str:
    return f"act:{name[:LONGEST_KEY]}"


# Patterns are compiled when they are first used: a warning needs none of these.
BACKTICKED = r"```\w*\n([^`]+)```|`([^`\n]+)`"
DOUBLE_QUOTED = r"[\"“]([^\"“”\n]{2,80})[\"”]|(?<!\w)'([^'\n]{2,80})'(?!\w)"
SCREEN_WORDS = listed(
    "button link field label text tab menu page heading message title placeholder checkbox option icon"
)


@lru_cache(8192)
def triggers_of(text: str) -> tuple[str, ...]:
    """The triggers that the code-like words of a text name, as people read them: at most eight.

    Calls, commands, flags, and code in backticks or quotes; names in camelCase or with dots only where
    there is nothing plainer. A text in plain words has none. The first 8 Ki characters are looked at.
    """
    text = text[:LONGEST_DESCRIPTION]
    found: list[str] = []
    rest = text
    # Most texts have none of these; then no pattern is compiled, which would take longer than all the rest.
    if "`" in rest:
        for span in re.finditer(BACKTICKED, rest):
            found += _of_code(span[1] or span[2])
        rest = re.sub(BACKTICKED, " … ", rest)
    if any(quote in rest for quote in "'\"“"):
        for span in re.finditer(DOUBLE_QUOTED, rest):
            found += _of_quoted(span[1] or span[2], rest[span.end() :], rest[: span.start()])
        rest = re.sub(DOUBLE_QUOTED, " … ", rest)
    found += [*_calls_in(rest), *_commands_in(rest), *_flags_in(rest), *_sql_in(rest)]
    found = list(dict.fromkeys(found or _names_in(rest)))
    kept = [trigger for trigger in found if key_of_trigger(trigger) is not None]
    return tuple(trigger for trigger in kept if not _is_part_of_another(trigger, kept))[:MOST_TRIGGERS]


def _is_part_of_another(trigger: str, others: list[str]) -> bool:
    """A flag that a command found in the same text already has."""
    return trigger.startswith("-") and any(f" {trigger}" in other for other in others)


def _of_code(code: str) -> list[str]:
    """Triggers of a text that is marked as code."""
    code = code.strip()
    commands = [shown for row in code.split("\n") for shown in _shown_commands(row)]
    if commands:
        return commands
    calls = list(_calls_in(code))
    if calls:
        return calls
    if len(code) < 3 or len(code) > 80 or code.lower() in STOP_WORDS or re.search(PATH, code):
        return []
    if code in SUBCOMMANDS_OF or code in EVERYDAY or looks_like_prose(code):
        return []
    return [" ".join(code.split())]


def _of_quoted(code: str, after: str, before: str) -> list[str]:
    """Triggers of a quoted text, which may be code or just a label on a screen."""
    near = (*before.split()[-1:], *after.split()[:1])
    if any(word.strip(".,;:").lower() in SCREEN_WORDS for word in near) or looks_like_prose(code):
        return []
    is_rare_word = code.isalpha() and code.islower() and len(code) >= 8
    has_code = re.search(SIGNS_OF_CODE, code) or _shown_commands(code) or (code.isupper() and " " in code)
    return _of_code(code) if is_rare_word or has_code else []


PATH = r"^(?!//)(?:[~.]{0,2}/|[A-Za-z]:\\)\S*$|^(?!//)\S+/\S+$|^[\w-]+(?:\.[\w-]+)*\.(?:py|js|ts|tsx|jsx|md|go|rs|sh|css)$"
SIGNS_OF_CODE = r"[a-z][A-Z]|\w[_.(:=]\w|\(|--?[A-Za-z]|[{}<>$=;]"


def _shown_commands(row: str) -> list[str]:
    """The commands in a row of code, reduced to program, subcommand and flags."""
    if looks_like_prose(row):
        return []
    commands = [c for c in parse(row).commands if c.program in PROGRAMS]
    return [shown for command in commands for shown in _shown(command, exactly=True)]


def _shown(command: Command, *, exactly: bool) -> list[str]:
    """A command as a trigger. One without a flag or a subcommand keeps its words, if it was written exactly."""
    program = command.program
    if program in ("sleep", "usleep") and command.words[:1] and command.words[0][0] in "0123456789$":
        return [program]
    if not is_command(command) or program in PRINTING:
        return []
    named = command.subcommand
    flags = [flag for flag in command.typed_flags if not named or flag not in VALUES_BEFORE_SUBCOMMAND]
    if not flags and program not in SUBCOMMANDS_OF:
        return [" ".join((program, *command.words[:3]))] if exactly and command.words[0] != "-" else []
    return [" ".join((program, *named, *flags))]


PRINTING = listed("echo cat printf head tail grep rg sed awk jq mkdir touch")
CALL_IN_TEXT = rf"(?<![\w.$])({NAME})\((?!(?:s|es|ed|ing|ly|al|ies|d|r)\))"


def _calls_in(text: str) -> Iterator[str]:
    for found in re.finditer(CALL_IN_TEXT, text) if "(" in text else ():
        if found[1] not in KEYWORDS_OF_CODE:
            yield found[1] + "("


KEYWORDS_OF_CODE = listed("if for while switch catch function def return await and or not in")
ENDS_A_COMMAND = frozenset(
    STOP_WORDS | {"instead", "first", "every", "again", "always", "never", "without", "…", "-", "—"}
)
ABOUT_SOMETHING = listed(
    "message messages history hook hooks hash hashes repository repositories repo repos layer layers registry name"
    " names docs documentation file files author authors"
)


def _commands_in(text: str) -> Iterator[str]:
    """Commands that stand in a sentence without any mark: a known program given what it knows."""
    whole = [] if "\n" in text.strip() else _whole_command(text)
    if whole:
        yield from whole
        return
    parts = text.split()
    for at, part in enumerate(parts):
        program = part.lstrip("(").rsplit("/", 1)[-1]
        if program in PROGRAMS and (at == 0 or parts[at - 1] not in WRAPPERS):
            yield from _command_at(program, parts[at + 1 : at + 13])


def _whole_command(text: str) -> list[str]:
    """The commands of a text that is nothing but commands."""
    if looks_like_prose(text) or ", " in text or any(part in STOP_WORDS for part in text.split()):
        return []
    commands = [command for command in parse(text).commands if command.program not in WRAPPERS]
    if not commands or not all(is_command(command) for command in commands):
        return []
    return [shown for command in commands for shown in _shown(command, exactly=_looks_exact(command))]


def _looks_exact(command: Command) -> bool:
    """Whether a word of it is something that prose does not say: a path, a number, an option."""
    return any(not word.isalpha() for word in command.words)


def _command_at(program: str, rest: list[str]) -> Iterator[str]:
    given: list[str] = []
    for part in rest:
        bare = part.rstrip(".,;:!?)")
        if bare.lower() in ENDS_A_COMMAND or not bare:
            break
        given.append(bare)
        if bare != part:
            break
    subcommands = SUBCOMMANDS_OF.get(program)
    if given and subcommands and given[0] in subcommands:
        depth = 2 if f"{program} {given[0]}" in TWO_LEVELS else 1
        if given[depth : depth + 1] and given[depth].lower() in ABOUT_SOMETHING:
            return
        if program in EVERYDAY and given[depth:] and given[depth].isalpha():
            return
    elif not any(part.startswith("-") for part in given) and program not in ("sleep", "usleep"):
        return
    last = max((at for at, part in enumerate(given) if part.startswith("-")), default=1)
    for command in parse(" ".join((program, *given[: max(last + 1, 2)]))).commands:
        yield from _shown(command, exactly=False)


FLAG_IN_TEXT = r"(?<![\w-])--[a-z][\w-]*[\w]"


def _flags_in(text: str) -> Iterator[str]:
    for found in re.finditer(FLAG_IN_TEXT, text) if "--" in text else ():
        yield found[0]


SQL = (
    r"\b(?:DROP|TRUNCATE|ALTER|DELETE|CREATE|INSERT|SELECT|ORDER|GROUP|CROSS|LEFT|RIGHT|FULL|OUTER|NATURAL|LOCK)"
    r"(?: (?:[A-Z]{2,}\b|\*(?!\w))){1,3}"
)


def _sql_in(text: str) -> Iterator[str]:
    for found in re.finditer(SQL, text) if not text.islower() else ():
        yield found[0]


NAME_IN_TEXT = r"(?<![\w./@-])(?:[a-z]\w*(?:\.[a-z_]\w*)+|[a-z][a-z\d]*(?:[A-Z][a-z\d]+)+\w*|[a-z]+(?:_[a-z\d]+)+)(?![\w/@(-])"
NO_NAMES = (
    r"(?:^(?:i\.e|e\.g|macOS|iOS|iPadOS|iPhone|iPad|eBay|jQuery|eCommerce|gRPC)"
    r"|\.(?:py|js|ts|tsx|jsx|md|go|rs|sh|json|ya?ml|toml|txt|html|css|sql|com|org|io|net|dev|lock|cfg|ini|xml|csv|log|env))$"
)


def _names_in(text: str) -> list[str]:
    """Names in a sentence that only code uses: long enough to be nothing else."""
    names = dict.fromkeys(found[0] for found in re.finditer(NAME_IN_TEXT, text))
    return [name for name in names if len(name) >= 8 and not re.search(NO_NAMES, name)][:2]


ANSI = r"\x1b\[[\d;?]*[A-Za-z]"
TELLING = (
    r"(?im)^.*(?:\b\w*(?:error|exception|panic)\b|\b(?:fatal|failed|failure|cannot|could not|not found|no such|denied"
    r"|refused|timed? ?out|unknown|unexpected|invalid|undefined|unable|missing|usage:)).*$"
)
VARYING = (
    r"(?:[A-Za-z]:)?[\w.~@+-]*(?:[/\\][\w.@+-]+)+[/\\]?(?::\d+)*"  # paths
    r"|\b[0-9a-fA-F]{8,}\b|\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{8}-[0-9a-f-]{20,}\b"  # hashes, addresses, ids
    r"|\b\d[\d:.,_TZ+-]*(?:ms|s|m|h|kb|mb|gb|%)?"  # numbers, times, durations
)
NOT_TELLING = r"(?i)^\s*(?:traceback \(most recent|during handling of|the above exception|exit code|at\s)"


def error_key(text: str) -> str | None:
    """An error reduced to its first telling line, in lower case, without numbers, paths and hashes; or None."""
    kept = re.sub(r"[\W_]+", " ", re.sub(VARYING, " ", telling(text)).lower()).strip()
    return f"err:{kept[:LONGEST_ERROR].strip()}" if kept else None


def telling(text: str) -> str:
    """The first line of an error that tells what went wrong, else its first line; empty where it has none."""
    rows = re.sub(ANSI, "", text[:LONGEST_LOOKED_AT])
    found = [row for row in re.findall(TELLING, rows) if not re.match(NOT_TELLING, row)]
    first = next(iter(found), None) or next((row for row in rows.split("\n") if row.strip()), "")
    return first[:LONGEST_ROW].strip()
