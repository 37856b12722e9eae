"""`alma hook EVENT`: one event of Claude Code on standard input, one answer on standard output.

No model, no network, no daemon. Whatever goes wrong, the user is never held up: the answer is then to go on.
"""

from __future__ import annotations

import sys

from alma.domain.values import replace
from alma.hooks import payload
from alma.hooks.events import EVENTS, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED = 0, 1  # never 2: with that a hook blocks what it was asked about
LARGEST = 32 * 1024 * 1024


def answer(args: Sequence[str]) -> int:
    """Answer the event that `args` name, and give the exit code."""
    if len(args) != 1 or args[0] not in EVENTS:
        sys.stderr.write(f"alma hook: {' '.join(args)!r} is no event; known: {', '.join(EVENTS)}\n")
        return FAILED
    event = args[0]
    happened = None
    try:
        happened = payload.read(event, sys.stdin.buffer.read(LARGEST))
        given = EVENTS[event](happened)
    except Exception as error:  # noqa: BLE001 (the door: nothing that goes wrong here may hold the user up)
        given = Answer(problem=error)
    if given.problem is not None:
        from alma.hooks import complaint  # here: hardly any event needs it

        given = replace(given, notice=complaint.notice(given.problem, event=event, happened=happened))
    _write(event, given)
    return DONE


def _write(event: str, given: Answer) -> None:
    """The answer as JSON, in ASCII, so that every locale carries it; nothing where there is nothing to say."""
    document = given.document(event)
    if document:
        import json

        sys.stdout.write(json.dumps(document) + "\n")
