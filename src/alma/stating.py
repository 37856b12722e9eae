"""What is stated: kept where its agent may learn it, once, and in place of the fact that it replaces."""

from __future__ import annotations

from datetime import datetime

from alma import reader, retention
from alma.domain.errors import Conflict, InvalidInput, ScopeError
from alma.domain.memory import AntiPattern, Heuristic, Knowledge, Preference, text_of
from alma.domain.reach import Reach
from alma.domain.scope import Agent, View
from alma.domain.values import replace
from alma.gate import kept_in
from alma.rules import facts, indexing, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from alma.domain.memory import Memory
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Store

    M = TypeVar("M", bound=Memory)

# What tells an agent what to do: not everybody may.
INSTRUCTIONS = {
    Heuristic.kind: "a heuristic",
    AntiPattern.kind: "an anti-pattern",
    Preference.kind: "a preference",
}


def state(
    store: Store,
    gate: Gate,
    meaning: Meaning,
    made: M,
    domain: str | None,
    *,
    at: datetime,
    instead_of: Knowledge | None = None,
) -> M:
    """Keep a stated memory, or refuse it. Saying the same twice gives what was said first."""
    if made.kind in INSTRUCTIONS:
        trust.require_instruction(made.source, kind=INSTRUCTIONS[made.kind])
    agent = Agent(made.agent) if isinstance(made, Preference) else gate.scopes.agent(made.agent)
    admission = gate.admission(agent, domain, text_of(made))
    if admission.refused_because is not None:
        gate.refuse(f"add_{made.kind}", made.agent, admission)
        raise ScopeError(admission.refused_because, agent=made.agent, domain=admission.domain)
    made = replace(made, domain=admission.domain)
    vector = meaning.vector(text_of(made))
    own = Reach(view=View(Agent(made.agent), (made.agent,)), kinds=(made.kind,), domains=(made.domain,))
    with store.writing() as ledger:
        for said in ledger.signed(own, [indexing.said_key(made)], limit=5):
            if instead_of is None and facts.is_said_again(said.memory, made, at=at):
                return said.memory  # type: ignore[return-value]
        meaning.claim(ledger, vector)
        problem = retention.make_room(ledger, gate, made, leaving=instead_of)
        if problem is None:
            kept = ledger.remember(made, vector=vector)
        if problem is None and instead_of is not None and isinstance(kept, Knowledge):
            kept_in(ledger, instead_of.id)  # somebody may have forgotten it meanwhile
            retention.end(ledger, gate, instead_of.id, kept)
    if problem is not None:
        gate.refuse_to(f"add_{made.kind}", made.agent, made.domain, problem)
        raise ScopeError(problem, agent=made.agent, domain=made.domain)
    return kept  # type: ignore[return-value]


def state_fact(
    store: Store, gate: Gate, meaning: Meaning, made: Knowledge, domain: str | None, *, at: datetime
) -> Knowledge:
    """Keep a fact with those that it contradicts, in place of the one that it replaces."""
    old = _replaced(gate, made) if made.replaces is not None else None
    made = replace(made, contradicts=_contradicted(store, gate, made))
    return state(store, gate, meaning, made, domain, at=at, instead_of=old)


def _replaced(gate: Gate, made: Knowledge) -> Knowledge:
    old = gate.found(writing.name("replaces", made.replaces)).memory
    if not isinstance(old, Knowledge):
        raise InvalidInput("replaces", f"{made.replaces} is not knowledge", allowed="the id of a fact")
    if old.owner != made.agent:
        problem = f"{old.id} is not {made.agent}'s own, so {made.agent} cannot replace it"
        gate.refuse_to("add_knowledge", made.agent, None, problem)
        raise ScopeError(problem, agent=made.agent)
    if old.valid_to is not None and old.valid_to <= made.created_at:
        raise Conflict(
            f"{old.id} has already ended ({old.valid_to:%Y-%m-%d}); replace what followed it", current=old.id
        )
    trust.require_standing(made.source, old.source, what="replace")
    return old


def _contradicted(store: Store, gate: Gate, made: Knowledge) -> tuple[str, ...]:
    reach = Reach(view=gate.view(made.agent), kinds=(made.kind,))
    with store.reading() as now:
        near = reader.facts_near(now, made, reach)
    return facts.contradicted(made, [one for one in near if one.id != made.replaces])
