"""A command that failed because of how it was written, and the one that then worked with the same intent.

What failed for another reason and was run again after a change is no correction: tests, findings of a linter, builds,
conflicts. Precision comes first, for what is learned here will warn somebody.
"""

from __future__ import annotations

import re

from alma.capture import steps
from alma.domain.values import positional
from alma.rules.commands import ASSIGNMENT, KEYWORDS, RUNNERS, SHELLS, WRAPPERS, Command
from alma.rules.words import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LATER = 3
LEAST_ALIKE = 0.34
LEAST_LIKE = 0.6
MOST_ADDED = 3
LONGEST_WORD = 120
PART = r"[/=:@ ]"
LEAST_ALIKE_ELSEWHERE = 0.5
# The error says that the command was written wrongly …
OPTION = (
    r"(?im)(?:unknown|unrecogni[sz]ed|invalid|illegal|unexpected|unsupported|no such|bad|not a valid|ambiguous|unhandled)\b[^\n]{0,24}"
    r"\b(?:option|flag|argument|switch|parameter|subcommand|command|operand|revision|specifier|predicate|task|target|format|reference|regular expression|mode|shorthand|config)s?\b"
    r"|(?:option|flag|argument|parameter)s?\b[^\n]{0,60}\b(?:not (?:recogni[sz]ed|allowed|supported|valid|found|defined)|(?:is|are) (?:unknown|invalid|required|missing|deprecated|ambiguous)|requires? (?:an? )?(?:argument|value)|expected|cannot be used|provided but not defined)"
    r"|flag provided but not defined|requires? (?:at least|exactly|an? )[^\n]{0,30}(?:arg|option|value|parameter)|missing (?:required |mandatory )?(?:\w+ )?(?:arg|option|operand|parameter|value|file)|too (?:many|few) arguments"
    r"|^\s*usage:|is not an? \w+ (?:sub)?command|unknown (?:primary|type|predicate)|cannot use [^\n]*--?\w|mutually exclusive|must (?:be specified|specify|provide|supply|either)|cannot be (?:mixed|combined)|a similar \w+ exists|did you mean|perhaps you meant|the most similar"
    r"|try [`'\"]?[^\n]{0,40}--?help|(?:see|for)[^\n]{0,30}--help|invalid (?:choice|value|spec|reference)|can only be used|does not take|extra operand|bad substitution|invalid command code|not allowed in this context"
)  # fmt: skip
MISSING = (
    r"(?im)command not found|: not found$|executable file not found|is not recognized as|no such file or directory|cannot find the path|does not exist|doesn't exist|not found\b|could not (?:find|resolve|open|read)|cannot (?:find|open|access|stat)\b|unable to (?:find|locate|access)"
    r"|can't open file|missing script|no module named|no such (?:service|container|image|remote|table|column|host|key|object)|\b404\b|pathspec [^\n]+ did not match|couldn't find|could not be found|no matching|no rule to make target|not a git repository|unknown (?:host|database|service|column)"
)  # fmt: skip
REFUSED = (
    r"(?im)permission denied|operation not permitted|access denied|are you root|must be (?:run as )?root|eacces|\beresolve\b|externally-managed-environment|ebadengine|unsupported engine|this project (?:is configured to use|uses|requires)"
    r"|has no upstream branch|non-fast-forward|fetch first|is not set\b|no default remote|divergent branches|specify how to reconcile|refusing to (?:merge|create)|use --\w|add --\w|pass --\w|with --\w[\w-]+|only available|run (?:this|it) (?:with|as)|\brun ['`\"]\w|certificate|unauthorized|authentication required"
    r"|address already in use|port is already allocated|name [^\n]+ is already in use|already exists|peer dep|not a tty|the input device is not|is not a directory|is a directory|cannot write multiple|syntax error|parse error|unexpected (?:token|end of file|eof)|unterminated|unmatched|no matches found|event not found|bad (?:pattern|interpreter)"
    r"|\b4(?:00|05|15|22)\b (?:bad|method|unsupported|unproc)|invalid (?:json|header|url|input syntax|host|input value)|malformed|quote|unescaped|has no attribute 'main'|\berror 1064\b|role \"[^\"]+\" does not exist|timed out waiting|out of range|relative import|attempted relative"
)  # fmt: skip
# … and here that the work was wrong, not the command.
OF_THE_WORK = (
    r"(?m)^\s*--- FAIL|^FAIL\b|\bFAILED\b|^(?:=+ )?\d+ failed|\d+ (?:tests? )?fail(?:ed|ing|ures?)\b|AssertionError|Assertion failed|^test result: FAILED|\[build failed\]|✖ \d+ problem|^[1-9]\d* issues?[:.]|Found \d+ errors?|error TS(?![56]\d{3}\b)\d+|error\[E\d+\]|could not compile"
    r"|^\S+\.(?:go|rs|c|cc|cpp|h|java|kt|swift|ts|tsx|js|jsx|py|rb|cs):\d+(?::\d+)?:? |^CONFLICT|Merge conflict|fix conflicts|could not apply|Automatic merge failed|ModuleNotFoundError|ImportError|Cannot find module|Cannot find package|Module not found|task failed|ELIFECYCLE|hook id:|husky|lefthook|pre-commit hook"
    r"|would reformat|Code style issues|panic: |Segmentation fault|^Traceback \(most recent|\bnpm (?:ERR!|error) Test failed|Build FAILED|BUILD FAIL|compilation (?:failed|terminated)|SyntaxError: |coverage [^\n]*below|threshold"
)  # fmt: skip
# A missing module of these is a program that was called wrongly.
TOOL_MODULE = r"No module named '?(?:pytest|pip|venv|build|tox|mypy|ruff|black|flake8|coverage|unittest2|virtualenv|uvicorn|alembic)\b"
# What a shell says of signs that should have been quoted.
OF_THE_SHELL = r"no matches found|syntax error near|event not found|unmatched|parse error near|unexpected EOF"
# What comes and goes by itself: the second time it works as it stands.
TRANSIENT = r"(?i)connection (?:refused|reset|timed out)|could not resolve host|temporary failure|network is unreachable|rate limit|\b(?:429|502|503|504)\b|index\.lock|resource temporarily|try again later|timed? ?out|ETIMEDOUT|ECONNRE"  # fmt: skip
# They only look: another name sought is no correction, another option is.
LOOKING = listed(
    "cat ls head tail less more find grep egrep fgrep rg ag wc file stat tree which type echo pwd cd test du diff sed awk jq wget Invoke-WebRequest iwr Get-Content Get-ChildItem dir"
)
# The same need met by another program.
KIN = (
    listed("npm pnpm yarn bun"), listed("pip uv poetry pipenv conda pdm"), listed("docker podman"), listed("python node deno bun tsx ts-node"),
    listed("curl wget http"), listed("grep rg ag"), listed("make just task mise"), listed("apt apt-get brew yum dnf apk"), listed("vim vi nano"),
    listed("mysql mariadb"), listed("pytest unittest"), listed("jest vitest"), listed("go gotestsum"), listed("timeout gtimeout"), listed("sed gsed perl"),
    listed("date gdate"), listed("npx pnpx bunx"), listed("zsh bash sh"), listed("sha256sum shasum md5sum md5"), listed("xdg-open open"),
)  # fmt: skip


@positional
class Failed:
    """A command that failed, what it said, how many commands and edits came after it."""

    command: str
    error: str
    exit_code: int | None = None
    later: int = 1
    edits: int = 0


@positional
class Shape:
    """A command as it is compared: what leads to it, its name, all of its words."""

    before: tuple[str, ...]
    program: str
    name: str
    words: tuple[str, ...]


def correction(failed: Failed, working: str) -> str | None:
    """The rule by which a command that worked corrects one that failed before it; None where it does not."""
    if (
        failed.later > MOST_LATER
        or failed.edits
        or not _is_about_the_command(failed)
        or _is_swallowed(working)
    ):
        return None
    if re.search(OF_THE_SHELL, failed.error) and _unquoted(failed.command) == _unquoted(working):
        return "quoted" if failed.command.split() != working.split() else None
    old, new = _shapes(failed.command), _shapes(working)
    pairs = ((one, other) for one in _to_blame(old, failed.error) for other in new)
    for one, other in pairs:
        if rule := _rule(one, other, failed, added=len(old) != len(new)):
            return rule
    return None


def _unquoted(line: str) -> str:
    return "".join(one for one in line if one not in "'\"\\ \n")


def is_candidate(command: str, error: str, exit_code: int | None) -> bool:
    """Whether a failure could be corrected by writing the command in another way."""
    return bool(_shapes(command)) and _is_about_the_command(Failed(command, error, exit_code))


def _is_about_the_command(failed: Failed) -> bool:
    error = failed.error
    if re.search(OF_THE_WORK, re.sub(TOOL_MODULE, "", error)) and failed.exit_code != 127:
        return False
    if re.search(TRANSIENT, error):
        return False
    return any(re.search(kind, error) for kind in (OPTION, MISSING, REFUSED)) or failed.exit_code in (
        127,
        129,
    )


def _is_swallowed(command: str) -> bool:
    """Whether the exit code says nothing, as with `|| true`."""
    return (
        re.search(r"\|\|\s*(?:true|:|echo\b)|;\s*(?:true|:)\s*$|2>\s*/dev/null\s*(?:\||$)", command)
        is not None
    )


def _rule(old: Shape, new: Shape, failed: Failed, *, added: bool) -> str | None:
    """By which rule one command corrects the other."""
    if old.words[1:] == new.words[1:] and old.name == new.name:
        if old.words != new.words:
            return "another-program" if _is_missing(old.words[0], failed) else None
        return "run-differently" if _is_set_up(old, new) else None
    if not _is_told(old, new, failed.error):
        return None
    if old.name == new.name:
        alike = _likeness(set(old.words[1:]), set(new.words[1:]))
        return "same-command" if alike >= (LEAST_ALIKE_ELSEWHERE if added else LEAST_ALIKE) else None
    if _suggests(failed.error, old, new):
        return "suggested-by-the-error"
    return "another-program" if _is_same_by_another(old, new, failed) else None


def _is_told(old: Shape, new: Shape, error: str) -> bool:
    """Whether what the error speaks of is what was changed: another name for what is missing is one like it."""
    if re.search(OPTION, error):
        return old.program not in LOOKING or _options(old) != _options(new)
    if old.program in LOOKING:
        return False
    gone, come = set(old.words[1:]) - set(new.words[1:]), set(new.words[1:]) - set(old.words[1:])
    return not gone or bool(re.search(REFUSED, error)) or _closest(gone, come) >= LEAST_LIKE


def _is_same_by_another(old: Shape, new: Shape, failed: Failed) -> bool:
    """Whether another program does the same, for the first was not there, or is not the one that is used here."""
    is_kin = any(old.program in kin and new.program in kin for kin in KIN)
    if new.program in LOOKING and not is_kin:
        return False
    named = {word for word in (*old.words[1:], *new.words[1:]) if not word.startswith("-")}
    rest = _likeness(set(old.words[1:]), set(new.words[1:])) if named else 0.0
    return rest >= LEAST_ALIKE_ELSEWHERE and (is_kin or _is_missing(old.program, failed))


def _is_set_up(old: Shape, new: Shape) -> bool:
    """Whether something now leads to the command that did not before: a folder, a variable, `sudo`, a runner."""
    return bool(set(new.before) - set(old.before))


def _suggests(error: str, old: Shape, new: Shape) -> bool:
    """Whether the error itself names what was used then."""
    hint = re.search(
        r"(?is)(?:did you mean|perhaps you meant|most similar command|similar \w+ exists|similar to|use|try|run|instead|uses|configured to use)\b(.{0,200})",
        error,
    )
    if hint is None or (
        old.program != new.program and not any(old.program in kin and new.program in kin for kin in KIN)
    ):
        return False
    named = set(re.findall(r"[\w:./@-]+", hint[1].rstrip()))
    fresh = [word for word in (new.program, *new.words) if word not in (old.program, *old.words)]
    return bool(fresh) and any(word.strip("'\"") in named for word in fresh[:3])


def _is_missing(program: str, failed: Failed) -> bool:
    """Whether it is the program itself that was not there."""
    name = re.escape(program)
    said = rf"(?im)(?:{name}[\w.]*['\"]?: (?:command )?not found|command not found: {name}|{name}[^\n]{{0,12}}: executable file not found|['\"]?{name}[\w.]*['\"]? is not recognized|{name}: No such file|No module named '?{name}|No such file or directory[^\n]*{name}|exec: \"{name}\")"
    return re.search(said, failed.error) is not None or (failed.exit_code == 127 and program in failed.error)


def _options(shape: Shape) -> set[str]:
    return {word for word in shape.words if word.startswith("-")}


def _to_blame(shapes: list[Shape], error: str) -> list[Shape]:
    """Of the commands of a line, those that the error names; all of them where it names none."""
    named = [
        one
        for one in shapes
        if re.search(rf"(?m)^(?:error: |fatal: )?(?:\S+/)?{re.escape(one.program)}\b", error)
    ]
    return named if len(shapes) > 1 and named else shapes[:1] if len(shapes) > 2 else shapes


def _shapes(line: str) -> list[Shape]:
    """Every command of a line that does something, in one form."""
    found: list[Shape] = []
    before: tuple[str, ...] = ()
    for step in steps.steps(line):
        text = step.text.strip()
        if re.match(r"(?:cd|pushd|source|\.|export|set|unset)\s", f"{text} "):
            before = (*before, " ".join(text.split()))
            continue
        led = (*before, *_led(text))
        for command in step.commands:
            if command.program in WRAPPERS or command.program in KEYWORDS:
                continue
            if command.program in SHELLS and command.words:
                script = Command(
                    _base(command.words[0]), command.words[1:], command.flags, command.typed_flags
                )
                found.append(_shape(script, text, (*led, command.program)))
                continue
            if (
                command.words
                and f"{command.program} {command.words[0]}" in RUNNERS
                and len(command.words) == 1
            ):
                continue
            found.append(_shape(command, text, led))
        before = led if not step.commands else before
        if step.then in ("|", "|&"):
            before = (*before, "|")
    return [one for one in found if "|" not in one.before]


def _base(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _led(text: str) -> Iterator[str]:
    """Assignments, wrappers and runners before the program."""
    for word in text.split():
        name = word.rsplit("/", 1)[-1]
        if (
            ASSIGNMENT.match(word)
            or name in WRAPPERS
            or name in ("uv", "poetry", "pipenv", "bundle", "run", "exec", "-m")
            or re.match(r"python[\d.]*$", name)
        ):
            yield word
        else:
            return


def _shape(command: Command, text: str, led: tuple[str, ...]) -> Shape:
    name = " ".join((command.program, *command.subcommand[:1]))
    return Shape(led, command.program, name, tuple(_words(command, text)))


def _words(command: Command, text: str) -> Iterator[str]:
    """The program as it was typed, its words and its options, each cut to what can be compared."""
    typed = re.search(rf"(?:^|[\s/])({re.escape(command.program)}[\w.-]*)(?=\s|$)", text)
    yield typed[1] if typed else command.program
    for word in (*command.words, *command.typed_flags):
        yield word[:LONGEST_WORD]


def _likeness(one: set[str], other: set[str]) -> float:
    """How much two sets of words have in common, in [0, 1]; a word that was only misspelt counts in part."""
    same = one & other
    if (one <= other or other <= one) and len(one ^ other) <= MOST_ADDED:
        return 1.0
    shared = len(same) + sum(
        best for word in one - same if (best := _closest({word}, other - same)) >= LEAST_LIKE
    )
    return min(1.0, shared / max(len(one), len(other)))


def _closest(some: set[str], others: set[str]) -> float:
    """How alike the two most similar words are, in [0, 1]."""
    from difflib import SequenceMatcher  # only here, and slow to load

    pairs = (_differing(one, other) for one in some for other in others)
    return max((SequenceMatcher(None, *pair).ratio() for pair in pairs), default=0.0)


def _differing(one: str, other: str) -> tuple[str, str]:
    """Two words without the parts with which both begin and end: a path shares its folders with any other."""
    first, second = re.split(PART, one[:LONGEST_WORD]), re.split(PART, other[:LONGEST_WORD])
    while len(first) > 1 and len(second) > 1 and first[0] == second[0]:
        first, second = first[1:], second[1:]
    while len(first) > 1 and len(second) > 1 and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    return "/".join(first), "/".join(second)
