"""Two prompts that a user can pick: what is known before a task, and how to tell what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma.domain.errors import InvalidInput, NotFound
from alma.mcp import texts, tools
from alma.mcp.desk import Desk
from alma.rules import writing
from alma.rules.prompt import quoted

Wire = dict[str, Any]  # a message of the protocol: JSON

BEFORE, AFTER = "before_task", "after_task"
TITLES = {BEFORE: "Before a task", AFTER: "After a task"}
SAYS = {
    BEFORE: "What is known for a task, to read before it is begun.",
    AFTER: "Asks the agent to record how a task went.",
}


def listed(desk: Desk) -> list[Wire]:
    """The prompts and their arguments."""
    return [
        {"name": name, "title": TITLES[name], "description": SAYS[name], "arguments": _arguments(desk)}
        for name in (BEFORE, AFTER)
    ]


def _arguments(desk: Desk) -> list[Wire]:
    task = {"name": "task", "description": "What is to be done, or was.", "required": True}
    if not desk.seats.are_several:
        return [task]
    who = {"name": "agent", "description": "Who acts.", "required": desk.seats.usual is None}
    return [task, who]


def given(desk: Desk, name: str, arguments: Mapping[str, str]) -> Wire:
    """A prompt filled in. Raises NotFound, InvalidInput, ScopeError."""
    if name not in TITLES:
        raise NotFound(f"there is no prompt {name[:200]!r}; there are {BEFORE} and {AFTER}", sought=name)
    known = tuple(one["name"] for one in _arguments(desk))
    for unknown in arguments.keys() - set(known):
        raise InvalidInput(unknown[:200], "is unknown", allowed=", ".join(known))
    seat = desk.seat(arguments.get("agent"))
    task = writing.text("task", arguments.get("task"))
    text = _before(desk, seat.agent, task) if name == BEFORE else _after(task)
    return {
        "description": SAYS[name],
        "messages": [{"role": "user", "content": {"type": "text", "text": text}}],
    }


def _before(desk: Desk, agent: str, task: str) -> str:
    known, _ = tools.recall(desk.seat(agent), task=task)
    return f"The task: {quoted(task)}\n\n{known}"


def _after(task: str) -> str:
    return (
        f"The task is over: {quoted(task)}\n\nCall alma_learn once for it: the outcome as it really was, the strategy "
        "you used in one sentence (or the id of the advice you followed), the error if it failed, and the recall_id if "
        f"you had one. Where something is to be known beside that, state it with {texts.STATING}."
    )
