"""`alma warn`, answered before the command-line library is loaded: agents ask it before every action.

A line that is not plainly right is left to the library, which knows the same options: so both say the same.
"""

from __future__ import annotations

import sys

from alma.cli import screen, terminal
from alma.cli.call import Call
from alma.cli.ending import DONE, WARNED
from alma.domain.action import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypedDict

    from alma.domain.recall import Caution

    class Asked(TypedDict):
        """What a plain command line asks."""

        action: str
        task: str | None
        exit_code: bool
        call: Call


VALUES = ("--agent", "--task", "--store", "--project", "--config")
FLAGS = ("--exit-code", "--json")


def plainly(args: Sequence[str]) -> Asked | None:
    """What the arguments of `warn` ask; None where they are not plainly right."""
    sorted_out = _sorted(args)
    if sorted_out is None:
        return None
    values, flags, actions = sorted_out
    if len(actions) != 1 or values.get("--task") == "-":
        return None
    call = Call(
        agent=values.get("--agent"),
        store=values.get("--store"),
        project=values.get("--project"),
        config=values.get("--config"),
        as_json="--json" in flags,
    )
    return {
        "action": terminal.typed_in() if actions[0] == "-" else actions[0],
        "task": values.get("--task"),
        "exit_code": "--exit-code" in flags,
        "call": call,
    }


def _sorted(args: Sequence[str]) -> tuple[dict[str, str], set[str], list[str]] | None:
    """Options with their values, options without, and the other words; None where there is anything else."""
    values: dict[str, str] = {}
    flags: set[str] = set()
    words: list[str] = []
    rest = iter(args)
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--":
            words.extend(rest)
        elif word in FLAGS:
            flags.add(word)
        elif name in VALUES:
            said = value if equals else next(rest, None)
            if said is None:
                return None
            values[name] = said
        elif word.startswith("-") and word != "-":
            return None
        else:
            words.append(word)
    return values, flags, words


def answer(*, action: str, task: str | None, exit_code: bool, call: Call) -> int:
    """Print the cautions, and give the exit code."""
    proposed = Action.of(action)
    found: Sequence[Caution] = ()
    if call.is_begun:
        with call.existing() as memory:
            found = memory.warn(proposed, agent=call.agent, task=task)
    _show(found, as_json=call.as_json)
    return WARNED if found and exit_code else DONE


def _show(found: Sequence[Caution], *, as_json: bool) -> None:
    if as_json:
        from alma.cli.documents import document

        screen.out_json(document(found))
        return
    for caution in found:
        screen.out(screen.line(caution.text))
    if not found and sys.stdout.isatty():
        screen.err("nothing is known against it")
