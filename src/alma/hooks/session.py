"""What a session keeps between two hooks: the attempt that a prompt opened, and what was shown already.

Every function takes a state and gives the next one; keys that belong to others are left as they are.
"""

from __future__ import annotations

from alma.capture import excerpt
from alma.rules import writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    State = Mapping[str, object]

MOST_SHOWN = 500


def begun(*, agent: str, shown: Iterable[str]) -> State:
    """A session at its start: no attempt yet, and the ids that its first block showed."""
    return {"agent": agent, "shown": list(shown)[-MOST_SHOWN:]}


def with_attempt(state: State, *, task: str, agent: str) -> State:
    """A prompt opens an attempt; the one before it ends."""
    return {**state, "task": task, "agent": agent}


def with_turn_over(state: State) -> State:
    """The agent has answered: there is nothing to resume."""
    return {name: held for name, held in state.items() if name != "task"}


def with_shown(state: State, ids: Iterable[str]) -> State:
    """These were shown as well; of very many the latest are remembered."""
    return {**state, "shown": [*dict.fromkeys([*shown(state), *ids])][-MOST_SHOWN:]}


def shown(state: State) -> tuple[str, ...]:
    """The ids that were shown in this session."""
    found = state.get("shown")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def task(state: State) -> str | None:
    """The task of the open attempt."""
    found = state.get("task")
    return found if isinstance(found, str) else None


def task_of(prompt: str) -> str | None:
    """A prompt as the task of an attempt: without secrets and without what is private; None where nothing is left."""
    return writing.output("prompt", excerpt.without_private(prompt))
