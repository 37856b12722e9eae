"""What was noticed and said by nobody waits here for a second session, or for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from alma.domain import ledger as events
from alma.domain.errors import InvalidInput
from alma.domain.memory import (
    EARNED,
    KINDS,
    PROPOSED,
    STATED,
    AntiPattern,
    Memory,
    Preference,
    proposed_for,
    proposed_owner,
    refused_owner,
    text_of,
    user_owner,
)
from alma.domain.reach import Reach
from alma.domain.review import Sighting
from alma.domain.scope import Agent, View
from alma.domain.values import replace
from alma.rules import indexing, proposals, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.ledger import Event
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Ledger, Store

# What may be proposed: the fields that it needs, and those that it may have.
DRAFTED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    AntiPattern.kind: (("pattern", "why_bad"), ("better_alternative",)),
    Preference.kind: (("user", "preference"), ("category",)),
}
ALIKE = 60


def propose(
    store: Store,
    gate: Gate,
    meaning: Meaning,
    kind: str,
    fields: Mapping[str, object],
    *,
    agent: str,
    rule: str,
    origin: str,
    evidence: Sequence[str],
    source: str,
    at: datetime,
) -> Memory | None:
    """Keep what was noticed for an agent, or note that it was noticed again; None where it is not wanted.

    What as many sessions as are needed have shown is stated from then on, as a model's word.
    """
    acting = gate.view(agent).agent
    doubted = trust.of_agent(source)  # it was guessed, however sure the result was
    made = _drafted(gate, kind, acting.name, fields, source=doubted, origin=origin)
    noted = [said for one in evidence if (said := writing.output("evidence", one))]
    seen = Sighting(
        at=at, origin=made.origin, rule=writing.name("rule", rule), source=made.source, evidence=tuple(noted)
    )
    return _proposed(store, gate, meaning, acting, made, seen)


def _proposed(
    store: Store, gate: Gate, meaning: Meaning, agent: Agent, made: Memory, seen: Sighting
) -> Memory | None:
    admission = gate.admission(agent, None, text_of(made))
    if admission.refused_because is not None:
        gate.refuse("propose", agent.name, admission)
        return None
    held = replace(made, agent=proposed_owner(agent.name), domain=admission.domain)
    if isinstance(held, AntiPattern):
        tried = 1 if held.better_alternative else 0  # the one failed, and then the other worked
        held = replace(held, grade=PROPOSED, failures=tried, alternative_successes=tried)
    vector = meaning.vector(text_of(made))
    with store.writing() as ledger:
        known = _known(ledger, held, agent.name)
        if known is None:
            _make_room(ledger, gate, agent.name)
            kept = ledger.remember(held, vector=None)
            ledger.note(_sighting(gate, agent.name, kept, seen))
            return kept
        before = proposals.sightings(ledger.history(known.id))
        if known.agent == refused_owner(agent.name) or seen.origin in {one.origin for one in before}:
            return None
        ledger.note(_sighting(gate, agent.name, known, seen))
        if proposed_for(known) is None or not proposals.is_confirmed([*before, seen]):
            return known
        new = _confirmed(known, times=len({one.origin for one in (*before, seen)}))
        meaning.claim(ledger, vector, since=new.seq - 1)
        ledger.rewrite(new, gate.event(events.REVISED, agent.name, new.source, new.id), vector=vector)
        return new


def _drafted(
    gate: Gate, kind: str, agent: str, fields: Mapping[str, object], *, source: str, origin: str
) -> Memory:
    """What was noticed, as a memory. Raises InvalidInput."""
    required, optional = DRAFTED.get(kind, ((), ()))
    if not required or not set(required) <= fields.keys() <= {*required, *optional}:
        named = ", ".join(sorted(fields)) or "nothing"
        allowed = "an anti_pattern or a preference, with the fields of the verb that states one"
        raise InvalidInput("kind", f"{kind!r} of {named} cannot be proposed", allowed=allowed)
    said: dict[str, object] = {name: writing.text(name, fields[name]) for name in required}
    said |= {name: writing.optional_text(name, fields.get(name)) for name in optional}
    if kind == AntiPattern.kind:
        works = said["better_alternative"]
        said["triggers"] = proposals.triggers(str(said["pattern"]), None if works is None else str(works))
    entry = gate.entry(KINDS[kind].prefix, agent, source, origin)
    return KINDS[kind](**{**entry, **said})  # type: ignore[arg-type]


def _confirmed(proposal: Memory, *, times: int) -> Memory:
    """A proposal that several sessions have shown, as its agent's or its user's own: nobody stated it."""
    new = stated(proposal, source=proposal.source)
    if not isinstance(new, AntiPattern):
        return new
    worked = times if new.better_alternative else 0
    return replace(new, grade=EARNED, failures=worked, alternative_successes=worked)


def stated(proposal: Memory, *, source: str, **fields: object) -> Memory:
    """A proposal as its agent's, or its user's, own memory."""
    agent = proposed_for(proposal) or proposal.agent
    owner = user_owner(proposal.user) if isinstance(proposal, Preference) else agent
    new = replace(proposal, agent=owner, source=source, **fields)
    return (
        replace(new, grade=STATED, failures=0, alternative_successes=0)
        if isinstance(new, AntiPattern)
        else new
    )


def rejected(proposal: Memory) -> Memory:
    """A proposal that a person does not want: kept out of sight, so that it is not made again."""
    return replace(proposal, agent=refused_owner(proposed_for(proposal) or proposal.agent))


def _known(ledger: Ledger, held: Memory, agent: str) -> Memory | None:
    """The same thing, proposed or rejected before, or stated."""
    own = user_owner(held.user) if isinstance(held, Preference) else agent
    within = reach((proposed_owner(agent), refused_owner(agent), own), held.kind)
    near = ledger.signed(within, indexing.keys(held), limit=ALIKE)
    return next((one.memory for one in near if proposals.same(one.memory, held)), None)


def reach(owners: tuple[str, ...], *kinds: str) -> Reach:
    """Everything of these kinds that these owners have."""
    return Reach(view=View(Agent("review"), owners, everything=True), kinds=kinds)


def _sighting(gate: Gate, agent: str, about: Memory, seen: Sighting) -> Event:
    return gate.event(
        events.SEEN,
        agent,
        seen.source,
        about.id,
        rule=seen.rule,
        origin=seen.origin,
        evidence=list(seen.evidence) or None,
    )


def _make_room(ledger: Ledger, gate: Gate, agent: str) -> None:
    owner = proposed_owner(agent)
    if ledger.size(reach((owner,), *KINDS)) >= proposals.MOST:
        waiting = ledger.matching(agent=owner, origin=None, source=None, before=None)
        counts = Counter(one.origin for one in waiting)
        most = max(counts.values())
        # Whoever proposes most makes room for the others, with the oldest.
        going = [one for one in waiting if counts[one.origin] == most][:1]
        ledger.forget(
            going, gate.event(events.FORGOTTEN, owner, gate.door.source, None, reason="nobody looked")
        )
