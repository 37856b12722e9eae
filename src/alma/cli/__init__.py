"""The command `alma`: parses, calls one verb, prints. `warn` and `hook` are answered before that library is loaded.

What stands here is loaded by every call: it must stay light.
"""

from __future__ import annotations

import contextlib
import os
import sys

from alma.cli import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, `argv` without the program's name; give its exit code. Never raises for bad input."""
    args = list(sys.argv[1:] if argv is None else argv)
    code = ending.of(lambda: _run(args), as_json=ending.is_json_wanted(args))
    if argv is None and (_is_warn(args) or _is_hook(args)):
        _leave_at_once(code)
    return code


def _run(args: list[str]) -> int:
    if _is_warn(args):
        from alma.cli import warning

        plain = warning.plainly(args[1:])
        if plain is not None:
            return warning.answer(**plain)
    if _is_hook(args):
        from importlib import import_module

        # A door of its own: doors know each other by name alone.
        answer: Callable[[Sequence[str]], int] = import_module("alma.hooks").answer
        return answer(args[1:])
    from alma.cli import program

    return program.run(args)


def _is_hook(args: list[str]) -> bool:
    return (
        args[:1] == ["hook"] and len(args) == 2 and args[1].isalpha() and "_ALMA_COMPLETE" not in os.environ
    )


def _is_warn(args: list[str]) -> bool:
    return args[:1] == ["warn"] and "_ALMA_COMPLETE" not in os.environ


def _leave_at_once(code: int) -> None:
    """End the process without tidying up its memory, which takes a tenth of the time that an agent waits."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
