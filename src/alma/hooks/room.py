"""What a session lets go of where it would keep too much: never an error, for that would cost what just happened."""

from __future__ import annotations

import json

from alma.hooks import backlog, session, watching
from alma.sessions import LARGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    State = Mapping[str, object]

# What holds the texts of others, each in the order in which it came.
GROUPS = (watching.KEY, watching.DELEGATED, session.SUBAGENTS, backlog.KEY)


def made(state: State, *, thread: str) -> State:
    """A state that can be kept: while it is too large, the fullest group lets go of its oldest.

    The thread of this event and the main one stay: each is well below the limit by itself (`capture.session`).
    """
    needed = (watching.MAIN, thread)
    while _size(state) > LARGEST:
        left = {
            name: rest for name in GROUPS if (rest := _without_oldest(state.get(name), needed)) is not None
        }
        if not left:
            return state
        fullest = max(left, key=lambda name: _size(state[name]) - _size(_needed(state[name], needed)))
        state = {**state, fullest: left[fullest]}
    return state


def _size(held: object) -> int:
    """As the store of sessions measures it."""
    return len(json.dumps(held))


def _needed(held: object, needed: tuple[str, ...]) -> object:
    return {name: one for name, one in held.items() if name in needed} if isinstance(held, dict) else []


def _without_oldest(held: object, needed: tuple[str, ...]) -> object | None:
    """A group without the first that is not needed; None where there is none."""
    if isinstance(held, dict):
        oldest = next((name for name in held if name not in needed), None)
        return None if oldest is None else {name: one for name, one in held.items() if name != oldest}
    return held[1:] if isinstance(held, list) and held else None
