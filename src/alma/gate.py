"""Who may do what: every verb passes here, and every refusal is on record."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from alma.config.value import Config
from alma.domain import ledger as events
from alma.domain.door import Door
from alma.domain.errors import MemoryNotFound, ScopeError
from alma.domain.ledger import Event
from alma.domain.memory import Memory, Preference
from alma.domain.reach import Kept
from alma.domain.scope import Agent, View
from alma.meaning import Meaning
from alma.rules import sorting, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.rules.sorting import Admission
    from alma.store.protocol import Snapshot, Store

HOLDER = "user:"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


class Gate:
    """One door to one store: whom it is bound to, what their scopes allow, and how far their words are trusted."""

    def __init__(
        self, config: Config, store: Store, *, door: Door, clock: Callable[[], datetime], meaning: Meaning
    ) -> None:
        self.door = door
        self.scopes = config.scopes
        self._strict = config.strict_agents
        self._store = store
        self._clock = clock
        self._meaning = meaning

    def view(self, agent: str) -> View:
        """What an agent may read, if it may act here. Raises InvalidInput, ScopeError."""
        name = writing.agent(agent)
        self.require_door(name, verb="act")
        if self._strict and name not in self.scopes.agents:
            known = ", ".join(self.scopes.agents) or "none"
            self.refuse_to("act", name, None, "not declared, and strict_agents is on")
            raise ScopeError(
                f"{name!r} is not declared, and strict_agents is on; declared: {known}", agent=name
            )
        return self.scopes.view(name)

    def require_door(self, agent: str, *, verb: str) -> None:
        """Raise ScopeError where this door is bound to other agents."""
        if self.is_bound_to(agent):
            return
        problem = f"this door is bound to {', '.join(self.door.agents or ())}; {agent} cannot {verb} here"
        self.refuse_to(verb, agent, None, problem)
        raise ScopeError(problem, agent=agent)

    def is_bound_to(self, agent: str) -> bool:
        """Whether this agent may act at this door."""
        return self.door.agents is None or agent in self.door.agents

    def require_own(self, one: Memory, *, verb: str) -> None:
        """Raise ScopeError where a bound door would touch another agent's memory."""
        if not self.is_of_door(one):
            self.require_door(one.owner, verb=verb)

    def require_unbound(self, *, verb: str) -> None:
        """Raise ScopeError where a door that is bound to agents would touch the whole store."""
        if self.door.agents is not None:
            problem = (
                f"this door is bound to {', '.join(self.door.agents)}: only who holds the store may {verb}"
            )
            self.refuse_to(verb, self.door.agents[0], None, problem)
            raise ScopeError(problem, agent=self.door.agents[0])

    def whole_view(self, now: Snapshot) -> View:
        """Everything that may be listed here: all there is, or what the agents of a bound door own."""
        if self.door.agents is None:
            return View(Agent(HOLDER), tuple(now.agents()), everything=True)
        return View(Agent(HOLDER), self.door.agents, everything=True)

    def is_of_door(self, one: Memory) -> bool:
        """Whether a memory belongs to an agent of this door, or to a user."""
        return self.is_bound_to(one.owner) or isinstance(one, Preference)

    def entry(self, prefix: str, agent: str, source: str | None, origin: str | None) -> dict[str, object]:
        """The fields that every memory begins with: who, from where, how far it is trusted, and when."""
        owner = agent if prefix == Preference.prefix else self.view(agent).agent.name
        id_ = f"{prefix}-{''.join(LETTERS[byte & 31] for byte in os.urandom(10))}"
        named = writing.name("origin", origin) if origin is not None else self.door.origin
        trust.require_own_origin(self.door.source, named, self.door.origin)
        return {
            "id": id_,
            "agent": owner,
            "source": trust.accepted(source, door=self.door.source),
            "origin": named or f"call:{id_}",
            "created_at": self._clock(),
        }

    def admission(self, agent: Agent, domain: str | None, text: str) -> Admission:
        """Whether an agent may learn a text, in the domain that is named or that it means."""
        if domain is not None:
            return sorting.admitted(agent, writing.name("domain", domain), {})
        return sorting.admitted(agent, None, self._meaning.domains(text))

    def refuse(self, verb: str, agent: str, admission: Admission) -> None:
        """Put a refused write on record."""
        self.refuse_to(verb, agent, admission.domain, admission.refused_because or "")

    def refuse_to(self, verb: str, agent: str, domain: str | None, reason: str) -> None:
        """Put a refusal on record. Every refusal is on record, unless the disk is read-only: then there is no record to put it on."""
        if self._store.writable:
            with self._store.writing() as ledger:
                ledger.note(self.refusal(verb, agent, domain, reason))

    def refusal(self, verb: str, agent: str, domain: str | None, reason: str) -> Event:
        """A refusal as it goes on record: never the text that was refused."""
        return self.event(
            events.REFUSED, agent, self.door.source, None, verb=verb, reason=reason, domain=domain
        )

    def event(self, kind: str, agent: str, source: str, memory_id: str | None, /, **details: object) -> Event:
        """An event of now; details that are None are left out."""
        said = {name: value for name, value in details.items() if value is not None}
        return Event(
            seq=0, at=self._clock(), kind=kind, agent=agent, source=source, memory_id=memory_id, details=said
        )

    def found(self, memory_id: str) -> Kept:
        """A live memory by its id; the id of a belief or an advice stands for the outcome that it is named after."""
        writing.name("memory_id", memory_id)
        with self._store.reading() as now:
            return kept_in(now, memory_id)

    def readable(self, memory_id: str, view: View | None, *, verb: str) -> Kept:
        """A live memory, if this view may read it; a refusal is on record."""
        kept = self.found(memory_id)
        owner, domain = kept.memory.owner, kept.memory.domain
        if view is None and self.door.agents is not None and not self.is_of_door(kept.memory):
            self.require_door(owner, verb=verb)
        if view is not None and not isinstance(kept.memory, Preference) and not view.may_read(owner, domain):
            problem = f"{view.agent.name} may not read {memory_id}, which belongs to {owner} in {domain!r}"
            self.refuse_to(verb, view.agent.name, domain, problem)
            raise ScopeError(problem, agent=view.agent.name, domain=domain)
        return kept


def kept_in(now: Snapshot, memory_id: str) -> Kept:
    """A live memory by its id; a belief stands for the outcome it is named after. Raises MemoryNotFound."""
    kept = now.find(memory_id.removeprefix("b-"))
    if kept is None or kept.forgotten:
        gone = (
            "was forgotten (`restore` brings it back)"
            if kept is not None
            else "does not exist in this project"
        )
        raise MemoryNotFound(f"memory {memory_id} {gone}", sought=memory_id)
    return kept
