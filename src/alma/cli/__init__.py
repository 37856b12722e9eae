"""The command `alma`: parses, calls one verb, prints. `warn` is answered before the command-line library is loaded.

What stands here is loaded by every call: it must stay light.
"""

from __future__ import annotations

import contextlib
import os
import sys

from alma.cli import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, `argv` without the program's name; give its exit code. Never raises for bad input."""
    args = list(sys.argv[1:] if argv is None else argv)
    code = ending.of(lambda: _run(args), as_json=ending.is_json_wanted(args))
    if argv is None and _is_warn(args):
        _leave_at_once(code)
    return code


def _run(args: list[str]) -> int:
    if _is_warn(args):
        from alma.cli import warning

        plain = warning.plainly(args[1:])
        if plain is not None:
            return warning.answer(**plain)
    from alma.cli import program

    return program.run(args)


def _is_warn(args: list[str]) -> bool:
    return args[:1] == ["warn"] and "_ALMA_COMPLETE" not in os.environ


def _leave_at_once(code: int) -> None:
    """End the process without tidying up its memory, which takes a tenth of the time that an agent waits."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
