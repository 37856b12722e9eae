"""Who may do what: every verb passes here, and every refusal is on record."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime

from alma.config.value import Config
from alma.domain import ledger as events
from alma.domain.door import Door
from alma.domain.errors import InvalidInput, MemoryNotFound, ScopeError
from alma.domain.ledger import Event
from alma.domain.memory import Memory, Preference
from alma.domain.reach import Kept
from alma.domain.scope import Agent, View
from alma.meaning import Meaning
from alma.rules import sorting, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

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

    def is_bound_to(self, agent: str | None) -> bool:
        """Whether this agent may act at this door; what is nobody's is in the hands of an unbound one alone."""
        return self.door.agents is None or agent in self.door.agents

    @property
    def only_agent(self) -> str | None:
        """The agent of a door that is bound to exactly one."""
        return self.door.agents[0] if self.door.agents is not None and len(self.door.agents) == 1 else None

    def require_named(self, agent: str | None) -> None:
        """Raise InvalidInput where a bound door would make something that is nobody's, and so out of its own reach."""
        if not self.is_bound_to(agent):
            raise InvalidInput("agent", "is missing", allowed=", ".join(self.door.agents or ()))

    def require_own(self, one: Memory, *, verb: str) -> None:
        """Raise ScopeError where a bound door would touch another agent's memory."""
        if not self.is_of_door(one):
            self.refuse_here(one.id, verb=verb)

    def refuse_here(self, sought: str, *, verb: str, agent: str | None = None) -> NoReturn:
        """Raise ScopeError at a bound door. Neither it nor the record, which can be read here, says whose it is."""
        agents = self.door.agents or ("",)
        nobody = f"none of the agents of this door ({', '.join(agents)}) may"
        problem = f"{nobody if agent is None else f'{agent} may not'} {verb} {sought}"
        self.refuse_to(verb, agent or agents[0], None, problem)
        raise ScopeError(problem, agent=agent or agents[0])

    def require_unbound(self, *, verb: str) -> None:
        """Raise ScopeError where a door that is bound to agents would touch the whole store."""
        if self.door.agents is not None:
            problem = (
                f"this door is bound to {', '.join(self.door.agents)}: only who holds the store may {verb}"
            )
            self.refuse_to(verb, self.door.agents[0], None, problem)
            raise ScopeError(problem, agent=self.door.agents[0])

    def whole_view(self, now: Snapshot) -> View:
        """Everything that may be listed here: all there is, or what any agent of a bound door may read."""
        return self.door_view() or View(Agent(HOLDER), tuple(now.agents()), everything=True)

    def door_view(self) -> View | None:
        """What any agent of a bound door may read; None where the door is bound to none."""
        if self.door.agents is None:
            return None
        views = tuple(self.scopes.view(name) for name in self.door.agents)
        return View(Agent(HOLDER), tuple({name: None for one in views for name in one.owners}), of=views)

    def eyes(self, one: Memory) -> View:
        """With whose eyes a memory is seen where nobody is named: its owner's, else those of an agent of this door."""
        views = [self.scopes.view(name) for name in self.door.agents or (one.owner,)]
        views.sort(key=lambda view: view.agent.name != one.owner)
        return next((view for view in views if view.may_read(one.owner, one.domain)), views[0])

    def is_of_door(self, one: Memory, *, named: bool = True) -> bool:
        """Whether a memory is in the hands of this door: its agents' own that they may read, and users' preferences.

        A preference belongs to its user, for whom every agent works: whoever has its id (`named`) has it in hand, but
        no filter and no number reaches those of all users.
        """
        view = self.door_view()
        if view is None or (named and isinstance(one, Preference)):
            return True
        return self.is_bound_to(one.owner) and view.may_read(one.owner, one.domain)

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
        seen = view or self.door_view()
        if seen is None or isinstance(kept.memory, Preference) or seen.may_read(owner, domain):
            return kept
        if view is None or self.door.agents is not None:
            self.refuse_here(memory_id, verb=verb, agent=view.agent.name if view is not None else None)
        problem = f"{view.agent.name} may not read {memory_id}, which belongs to {owner} in {domain!r}"
        self.refuse_to(verb, view.agent.name, domain, problem)
        raise ScopeError(problem, agent=view.agent.name, domain=domain)


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
