"""What nobody said, and nobody has looked at yet: shown to a person, who keeps it or rejects it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from alma import forgetting, proposing, reader, retention, revising
from alma.domain import ledger as events
from alma.domain.errors import Conflict, InvalidInput, ScopeError
from alma.domain.memory import (
    FOR_REVIEW,
    KINDS,
    REJECTED,
    USER,
    Memory,
    Outcome,
    proposed_for,
    proposed_owner,
    text_of,
)
from alma.domain.review import Pending, Sighting
from alma.gate import kept_in
from alma.rules import proposals, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.ledger import Event
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Snapshot, Store

LOOKED_THROUGH = 1000


def reviewed(now: Snapshot) -> list[str]:
    """Everybody who has something that could be reviewed."""
    owners = (one.removeprefix(FOR_REVIEW) for one in now.agents())
    return [one for one in dict.fromkeys(owners) if not one.startswith((USER, REJECTED))]


def pending(now: Snapshot, agents: Sequence[str], *, limit: int) -> list[Pending]:
    """What nobody has looked at yet: proposals first, then what was learned without anybody saying so; newest first."""
    waiting = now.newest(
        proposing.reach(tuple(map(proposed_owner, agents)), *KINDS), before=None, limit=limit
    )
    first = [
        Pending(
            memory=one,
            agent=proposed_for(one) or one.owner,
            is_proposed=True,
            sightings=proposals.sightings(now.history(one.id)),
        )
        for one in waiting
    ]
    return [*first, *islice(_learned(now, agents), limit - len(first))]


def _learned(now: Snapshot, agents: Sequence[str]) -> Iterator[Pending]:
    for one in islice(reader.walk(now, proposing.reach(tuple(agents), *KINDS)), LOOKED_THROUGH):
        seen = _how_known(now, one)
        if seen and not proposals.is_reviewed(now.history(one.id)):
            yield Pending(memory=one, agent=one.owner, is_proposed=False, sightings=seen)


def keep(store: Store, gate: Gate, meaning: Meaning, memory_id: str, fields: Mapping[str, object]) -> Memory:
    """Confirm what is listed, in other words where fields are given; from then on a person stands behind it."""
    about = _listed(store, gate, memory_id, verb="keep")
    if proposed_for(about) is None:
        return _confirmed(store, gate, meaning, about, fields)
    if fields:
        writing.require_revisable(about, memory_id, fields)
    new = proposing.stated(about, source=gate.door.source, **writing.revised(about, fields))
    revising.require_admission(gate, new, text_of(new))
    vector = meaning.vector(text_of(new))
    with store.writing() as ledger:
        if kept_in(ledger, memory_id).memory != about:
            raise Conflict(
                f"{memory_id} was changed by somebody else; nothing was written", current=memory_id
            )
        if problem := retention.make_room(ledger, gate, new):
            raise ScopeError(problem, agent=new.agent, domain=new.domain)
        meaning.claim(ledger, vector, since=new.seq - 1)
        was = {name: writing.plain(getattr(about, name)) for name in fields}
        ledger.rewrite(new, _verdict(gate, about, "kept", new.agent, was=was or None), vector=vector)
    return new


def _confirmed(
    store: Store, gate: Gate, meaning: Meaning, about: Memory, fields: Mapping[str, object]
) -> Memory:
    """What counts already: in a person's words, or with a person's word that it is so."""
    kept = revising.revise(store, gate, meaning, about.id, fields) if fields else about
    with store.writing() as ledger:
        kept_in(ledger, about.id)
        ledger.note(_verdict(gate, about, "kept", about.agent))
    return kept


def reject(store: Store, gate: Gate, memory_id: str, *, reason: str, at: datetime) -> Memory:
    """Reject what is listed: a proposal is never made again, and what counted counts no longer."""
    about, reason = _listed(store, gate, memory_id, verb="reject"), writing.text("reason", reason)
    if proposed_for(about) is None:
        return forgetting.forget(store, gate, [about], memory_id, at=at, reason=reason)[0]
    with store.writing() as ledger:
        kept_in(ledger, memory_id)
        event = _verdict(gate, about, "rejected", about.agent, reason=reason)
        ledger.rewrite(proposing.rejected(about), event, vector=None)
    return about


def _listed(store: Store, gate: Gate, memory_id: str, *, verb: str) -> Memory:
    """What a person decides about."""
    trust.require_person(gate.door.source, what=f"{verb} what was learned")
    about = gate.found(memory_id).memory
    if not gate.is_bound_to(proposed_for(about) or about.owner):
        gate.refuse_here(memory_id, verb=verb)
    with store.reading() as now:
        _require_noticed(now, about)
    return about


def _verdict(gate: Gate, about: Memory, verdict: str, owner: str, **details: object) -> Event:
    return gate.event(events.REVIEWED, owner, gate.door.source, about.id, verdict=verdict, **details)


def _how_known(now: Snapshot, one: Memory) -> tuple[Sighting, ...]:
    """How something that nobody said came to be known."""
    told = proposals.sightings(now.history(one.id))
    return (*proposals.of_outcome(one), *told) if isinstance(one, Outcome) else told


def _require_noticed(now: Snapshot, one: Memory) -> None:
    """Raise InvalidInput for what somebody said: there is nothing to review."""
    if proposed_for(one) is None and not _how_known(now, one):
        raise InvalidInput(
            "memory_id",
            f"{one.id} was said by somebody, so there is nothing to review",
            allowed="an id that `review` lists; `revise` and `forget` change any other",
        )
