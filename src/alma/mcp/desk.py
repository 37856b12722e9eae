"""Who speaks at this server, and what it remembers of a conversation: which agents, and the recalls they were given.

The agents are settled when the server starts. Every call goes through a door that is bound to the one who acts.
"""

from __future__ import annotations

from collections import OrderedDict
from secrets import token_hex
from threading import Lock

from alma.alma import ALMA
from alma.config.value import Config
from alma.domain.door import Door
from alma.domain.errors import InvalidInput, NotFound
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
        self.memory = ALMA._opened(config, door=self._door(seats.agents))
        self._seats = {
            name: Seat(agent=name, memory=self.memory._at(self._door((name,))), desk=self)
            for name in seats.agents
        }
        self._recalls: OrderedDict[str, Recall] = OrderedDict()
        self._lock = Lock()

    def _door(self, agents: tuple[str, ...]) -> Door:
        return Door(source=WORD, agents=agents, origin=self._origin)

    def seat(self, agent: object = None) -> Seat:
        """The seat of who acts. Raises ScopeError for another agent, which is on record, InvalidInput for none."""
        if agent is None:
            agent = self.seats.usual
        if agent is None:
            raise InvalidInput("agent", "is missing", allowed=", ".join(self.seats.agents))
        name = writing.agent(agent)
        if name not in self._seats:
            self.memory._gate.require_door(name, verb="act")
        return self._seats[name]

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
        self.memory.close()
