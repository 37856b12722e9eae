"""How a command ends: its exit code, and what is said of an error. No error of any kind ends in a traceback.

Errors go to stderr for people; with --json they are one document on stdout for programs.
"""

from __future__ import annotations

import os
import sys

from alma.cli import screen
from alma.domain.errors import AlmaError, InvalidInput, ScopeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DONE, FAILED, MISUSED, WARNED, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 130
# What the verbs call their arguments, as it is called on the command line.
ON_THE_LINE = {
    "action": "ACTION",
    "domains": "--domain",
    "fields": "what to change",
    "folder": "FOLDER",
    "input": "standard input",
    "query": "QUERY",
    "fact": "FACT",
    "memory_id": "ID",
    "outcome": "--result",
    "preference": "TEXT",
    "signal": "SIGNAL",
    "strategy_used": "--strategy",
    "why_bad": "--why",
    "better_alternative": "--instead",
    "triggers": "--trigger",
    "workflow_id": "WORKFLOW",
    "path": "FILE",
}


class Misused(Exception):
    """The command line was wrong; `usage` is what would have been right."""

    def __init__(self, problem: str, *, usage: str = "") -> None:
        self.usage = usage
        super().__init__(problem)


def of(command: Callable[[], int], *, as_json: bool) -> int:
    """Run a command to its end, whatever that is, and give the exit code."""
    screen.make_safe()
    try:
        code = command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _unheard()
    except Misused as error:
        return _told(error, str(error), code=MISUSED, as_json=as_json, before=error.usage)
    except AlmaError as error:
        return _told(error, _in_words(error), code=_code(error), as_json=as_json)
    except Exception as error:  # noqa: BLE001 (the outermost door)
        return _bug(error, as_json=as_json)
    return code


def is_json_wanted(args: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, as far as can be told without understanding it."""
    ours = args[: args.index("--")] if "--" in args else args
    return "--json" in ours


def _code(error: AlmaError) -> int:
    if isinstance(error, ScopeError):
        return REFUSED
    return MISUSED if isinstance(error, InvalidInput) else FAILED


def _in_words(error: AlmaError) -> str:
    """The message, with the argument under the name that it has on the command line."""
    said = str(error)
    if isinstance(error, InvalidInput) and said.startswith(f"{error.field}: "):
        option = ON_THE_LINE.get(error.field, "--" + error.field.replace("_", "-"))
        return option + said.removeprefix(error.field)
    return said


def _told(error: Exception, message: str, *, code: int, as_json: bool, before: str = "") -> int:
    try:
        if as_json:
            screen.out_json({"error": document(error)})
        else:
            screen.err(f"{before}\nerror: {message}" if before else f"error: {message}")
        sys.stdout.flush()
    except OSError:
        _unheard()
    return code


def document(error: Exception) -> dict[str, object]:
    """An error for programs: its type, its message, and the attributes that its type has."""
    from alma.cli.documents import document as as_document

    said: Mapping[str, object] = {} if isinstance(error, Misused) else vars(error)
    name = "UsageError" if isinstance(error, Misused) else type(error).__name__
    return {"type": name, "message": str(error), **{key: as_document(value) for key, value in said.items()}}


def _bug(error: Exception, *, as_json: bool) -> int:
    if os.environ.get("ALMA_DEBUG"):
        import traceback

        traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}"
    message = (
        f"this is a bug in ALMA: {screen.line(what)[:500]}; please report it. "
        "With ALMA_DEBUG=1 it shows where"
    )
    if isinstance(error, OSError):
        # A full disk under stdout, a terminal that went away: the system's doing and no bug.
        message = screen.line(str(error))
    return _told(error, message, code=FAILED, as_json=as_json)


def _unheard() -> int:
    """Whoever read us has read enough: nothing more is said, not even by the interpreter's last flush."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return DONE
