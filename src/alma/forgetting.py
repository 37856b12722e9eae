"""Memories are silenced, brought back, or removed for good; what they had replaced follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from alma import inquiry, retention
from alma.domain import ledger as events
from alma.domain.errors import MemoryNotFound, ScopeError
from alma.domain.memory import Memory, Outcome, text_of
from alma.domain.reach import Nominee, Reach
from alma.domain.values import replace
from alma.gate import kept_in
from alma.rules import explaining, indexing, ranking, trust, writing
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.rules.evidence import Record
    from alma.store.protocol import Snapshot, Store

ALL = 1 << 62


def meant(store: Store, gate: Gate, memory_id: str, *, half_life: float) -> list[Memory]:
    """The memory itself; of a belief, all the outcomes that it rests on where it is named."""
    about = gate.found(memory_id).memory
    gate.require_own(about, verb="forget")
    if not memory_id.startswith("b-") or not isinstance(about, Outcome):
        return [about]
    with store.reading() as now:
        records = inquiry.around(now, gate, None, about, half_life=half_life)
        record = explaining.record_of(about, records)
        own = _of_strategy(now, gate, about, record) if record else []
    if record is None:
        return [about]
    for one in record.counted:
        gate.require_own(one.outcome, verb="forget")
    return ranking.reasons(own, record, records, task=about.task)


def _of_strategy(now: Snapshot, gate: Gate, about: Outcome, record: Record) -> list[Nominee]:
    """All outcomes of a strategy in ledger order, in all its wordings around a task, each with how near its task is."""
    joints = now.joints()
    key = grouping(joints)
    said = {one.outcome.strategy for one in record.weighed} | {
        text for joint in joints for text in (joint.one, joint.other)
    }
    wordings = {indexing.strategy_key(text) for text in said if key(text) == record.key}
    reach = Reach(view=gate.eyes(about), kinds=(Outcome.kind,))
    found = now.signed(reach, sorted(wordings), limit=ALL)
    own = [
        one
        for one in reversed(found)
        if isinstance(one.memory, Outcome) and key(one.memory.strategy) == record.key
    ]
    vector = kept_in(now, about.id).vector
    near = now.cosines([one.memory for one in own], vector) if vector is not None else {}
    return [replace(one, cosine=near.get(one.memory.seq)) for one in own]


def forget(
    store: Store, gate: Gate, found: Sequence[Memory], memory_id: str | None, *, at: datetime, **why: str
) -> list[Memory]:
    """Forget what is still there, in one event that says why."""
    with store.writing() as ledger:
        kept = [ledger.find(one.id) for one in found]
        live = [one.memory for one in kept if one is not None and not one.forgotten]
        if live:
            alone = memory_id is not None or len({one.agent for one in live}) == 1
            owner = live[0].agent if alone else ""
            event = gate.event(events.FORGOTTEN, owner, gate.door.source, memory_id, **why)
            ledger.forget(live, event)
            retention.reopen(ledger, gate, live, at=at)
    return live


def restore(store: Store, gate: Gate, meaning: Meaning, name: str) -> list[Memory]:
    """Bring back what was forgotten under an id, or by the event of a number, where there is room for it."""
    gone = _gone(store, gate, name)
    vectors = {one.id: meaning.vector(text_of(one)) for one in gone}
    undone = {"undoes": int(name)} if name.isdecimal() else {}
    with store.writing() as ledger:
        still = ledger.forgotten(name)
        back = [one for one in gone if one.id in still]
        for one in back:
            trust.require_undoing(gate.door.source, still[one.id])
        meaning.claim(ledger, next(filter(None, vectors.values()), None))
        owner = back[0].agent if len({one.agent for one in back}) == 1 else ""
        problem = retention.make_room(ledger, gate, *back)
        if back and problem is None:
            about = None if undone else name
            event = gate.event(events.RESTORED, owner, gate.door.source, about, **undone)
            ledger.restore(back, event, vectors=[vectors[one.id] for one in back])
            retention.end_again(ledger, gate, back)
    if problem is not None:
        gate.refuse_to("restore", owner, None, problem)
        raise ScopeError(problem, agent=owner)
    return back


def _gone(store: Store, gate: Gate, name: str) -> list[Memory]:
    """What was forgotten as this, if all of it is in the hands of this door. Raises MemoryNotFound."""
    with store.reading() as now:
        kept = [now.find(one) for one in now.forgotten(name)]
    gone = [one.memory for one in kept if one is not None and one.forgotten]
    is_ours = partial(gate.is_of_door, named=not name.isdecimal())
    # Numbers can be counted through: what others had, or have a part in, must look like nothing at all.
    if not gone or not all(map(is_ours, gone)):
        raise MemoryNotFound(f"nothing that was forgotten as {name} can be restored", sought=name)
    return gone


def purge(store: Store, gate: Gate, *, before: datetime | None) -> list[str]:
    """Remove for good what was forgotten before a time, and every byte of its texts; gives the ids that are gone."""
    said = {"forgotten_before": writing.plain(before)} if before is not None else {}
    event = gate.event(events.PURGED, "", gate.door.source, None, **said)
    with store.writing() as ledger:
        texts = ledger.forgotten_texts(before=before)
        gone = ledger.purge(event, before=before)
    store.scrub(texts)
    return gone
