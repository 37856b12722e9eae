"""Where an event is answered: the memory of the project that the session works in, and who acts in it."""

from __future__ import annotations

import os
from contextlib import contextmanager

from alma.alma import ALMA
from alma.config.loading import load
from alma.domain.door import Door
from alma.domain.memory import WORD
from alma.domain.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeVar

    from alma.config.value import Config
    from alma.hooks.payload import Payload

    State = Mapping[str, object]
    T = TypeVar("T")

AGENT = "claude"


@value
class Desk:
    """An open memory, the configuration that it follows, and the agent of this event."""

    memory: ALMA
    config: Config
    agent: str

    def keeps(self, happened: Payload) -> bool:
        """Whether anything can be kept for the session of this event."""
        return happened.has_session and self.memory._sessions.are_kept

    def update(self, happened: Payload, change: Callable[[State], tuple[State, T]]) -> T:
        """Change what is kept for the session of this event, within the room that there is. Raises StoreError."""
        from alma.hooks import room  # here: most tool calls only ask

        def fitting(state: State) -> tuple[State, T]:
            after, given = change(state)
            return room.made(after, thread=happened.thread), given

        return self.memory._sessions.update(happened.session_id, fitting)


@contextmanager
def opened(happened: Payload) -> Iterator[Desk | None]:
    """The desk for an event; None in a project that never asked for a memory: there nothing is made."""
    config = load(cwd=happened.cwd)
    if not is_begun(config):
        yield None
        return
    agent = agent_of(happened, config)
    door = Door(source=WORD, agents=(agent,), origin=f"session:{happened.session_id}", follows=False)
    with ALMA._opened(config, door=door, has_model=False) as memory:
        yield Desk(memory=memory, config=config, agent=agent)


def is_begun(config: Config) -> bool:
    """Whether this project has a memory, or a folder for one."""
    if config.database is None or os.path.exists(config.database):
        return True
    return config.folder is not None and os.path.isdir(os.path.join(config.folder, ".alma"))


def agent_of(happened: Payload, config: Config) -> str:
    """Who acts: the subagent's type where the configuration declares it, else `claude`."""
    kind = happened.text("agent_type")
    return kind if kind in config.agent_names else AGENT
