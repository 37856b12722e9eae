"""Who speaks at this server, and what it remembers of a conversation: which agents, and the recalls they were given.

The agents are settled when the server starts. Every call goes through a door that is bound to the one who acts.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import suppress
from secrets import token_hex
from threading import Lock, Thread

from alma.alma import ALMA
from alma.config.value import Config
from alma.domain.door import Door
from alma.domain.errors import AlmaError, InvalidInput, NotFound
from alma.domain.memory import WORD
from alma.domain.recall import Recall
from alma.domain.values import replace, value
from alma.rules import writing

# A recall is looked up by the `learn` that follows it: older ones were left behind.
MOST_RECALLS = 200


@value
class Seats:
    """The agents that may act here, and who acts where none is named (None: one must be)."""

    agents: tuple[str, ...]
    usual: str | None = None

    @property
    def are_several(self) -> bool:
        """Whether a call can say who acts."""
        return len(self.agents) > 1


def seats(config: Config, named: tuple[str, ...]) -> Seats:
    """The named agents; where none is named, every declared one and the usual. Raises InvalidInput."""
    agents = tuple(dict.fromkeys(writing.agent(one) for one in named))
    if agents:
        return Seats(agents=agents, usual=agents[0] if len(agents) == 1 else None)
    declared, usual = config.agent_names, config.usual_agent
    if usual in declared or not declared:
        return Seats(agents=declared or (usual,), usual=usual)
    if config.strict_agents:
        return Seats(agents=declared)
    return Seats(agents=(*declared, usual), usual=usual)


@value
class Seat:
    """One agent at its own door, for one call."""

    agent: str
    memory: ALMA
    desk: Desk


class Desk:
    """The memory as this server offers it: a door an agent, one for all of them together, and the latest recalls."""

    def __init__(self, config: Config, seats: Seats, *, origin: str | None = None) -> None:
        # One conversation as far as trust goes: a client that connects again and again stays one origin.
        self._origin = origin or f"mcp:{token_hex(8)}"
        self.seats = seats
        self._config = config
        self._memory: ALMA | None = None
        self._recalls: OrderedDict[str, Recall] = OrderedDict()
        self._lock = Lock()
        self._settling = Lock()

    def _door(self, agents: tuple[str, ...]) -> Door:
        return Door(source=WORD, agents=agents, origin=self._origin)

    @property
    def memory(self) -> ALMA:
        """The memory, opened when it is first asked for.

        Clients start the server in every project; one that never asked for a memory gets none. Raises InvalidInput.
        """
        with self._lock:
            if self._memory is None:
                _require_begun(self._config)
                self._memory = ALMA._opened(self._config, door=self._door(self.seats.agents))
            return self._memory

    def seat(self, agent: object = None) -> Seat:
        """The seat of who acts. Raises ScopeError for another agent, which is on record, InvalidInput for none."""
        if agent is None:
            agent = self.seats.usual
        if agent is None:
            raise InvalidInput("agent", "is missing", allowed=", ".join(self.seats.agents))
        name = writing.agent(agent)
        if name not in self.seats.agents:
            self.memory._gate.require_door(name, verb="act")
        return Seat(agent=name, memory=self.memory._at(self._door((name,))), desk=self)

    def settle(self) -> None:
        """Give vectors to what hooks recorded without one, in the background: nobody waits for it."""
        if self._settling.acquire(blocking=False):
            Thread(target=self._settled, daemon=True).start()

    def _settled(self) -> None:
        try:
            with suppress(AlmaError):  # the next process tries again
                while self.memory._settle():
                    pass
        finally:
            self._settling.release()

    def keep(self, recall: Recall) -> None:
        """Remember a recall for the `learn` that follows it."""
        with self._lock:
            # What was looked at for it is by far the most of it, and `learn` needs none of that.
            self._recalls[recall.id] = replace(recall, candidates=())
            self._recalls.move_to_end(recall.id)
            while len(self._recalls) > MOST_RECALLS:
                self._recalls.popitem(last=False)

    def recall(self, recall_id: str | None, *, agent: str, task: str) -> Recall | None:
        """The recall of this id; where none is named, the latest that this agent had for this very task."""
        with self._lock:
            if recall_id is None:
                kept = reversed(self._recalls.values())
                return next((one for one in kept if (one.agent, one.task) == (agent, task.strip())), None)
            found = self._recalls.get(recall_id)
        if found is None or found.agent != agent:
            raise NotFound(
                f"recall_id: {recall_id} is none of the latest {MOST_RECALLS} recalls of {agent} here: "
                "leave it out, or call alma_recall again",
                sought=recall_id,
            )
        return found

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._memory is not None:
                self._memory.close()


def _require_begun(config: Config) -> None:
    """Raise InvalidInput in a project without `.alma/`, unless a store somewhere else was named."""
    folder = os.path.join(config.folder or os.getcwd(), ".alma")
    is_elsewhere = config.database is None or not config.database.startswith(folder + os.sep)
    if not is_elsewhere and not os.path.isdir(folder):
        raise InvalidInput(
            "project", f"{os.path.dirname(folder)} has no memory yet", allowed="`alma init` there begins one"
        )
