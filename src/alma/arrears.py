"""What was recorded where no model was at hand gets its vector, and its domain, from the next process that has one."""

from __future__ import annotations

from alma.domain import ledger as events
from alma.domain.memory import Memory, Outcome, Preference, text_of
from alma.domain.scope import UNSORTED
from alma.domain.values import replace
from alma.meaning import WAITING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Ledger, Store

BATCH = 32


def settle(store: Store, gate: Gate, meaning: Meaning) -> bool:
    """Give vectors to the oldest that wait for one, at most 32; whether more may wait.

    What means a forbidden domain is forgotten, and that is on record: at the moment of writing nobody could tell.
    Raises EmbedderMismatch, StoreError.
    """
    if not store.writable or not meaning.has_model:
        return False
    with store.reading() as now:
        since = now.setting(WAITING)
        if not since:
            return False
        found = now.vectorless(after=int(since), limit=BATCH)
        meaning.check(now)
    vectors = {one.id: vector for one in found if (vector := meaning.vector(text_of(one))) is not None}
    sorted_ = {one.id: _sorted(one, gate) for one in found if one.id in vectors}
    with store.writing() as ledger:
        if ledger.setting(WAITING) != since:
            return True  # somebody else was faster
        waiting = {one.id for one in ledger.vectorless(after=int(since), limit=BATCH)}
        live = [one for one in found if one.id in vectors and one.id in waiting]
        kept = [one for one in (sorted_[one.id] for one in live) if one is not None]
        _embed(ledger, gate, meaning, kept, vectors)
        for one in live:
            if sorted_[one.id] is None:
                _forget(ledger, gate, one)
        upto = found[-1].seq if found else ledger.head()
        more = bool(ledger.vectorless(after=upto, limit=1))
        ledger.set(WAITING, str(upto) if more else "")
        return more


def _sorted(one: Memory, gate: Gate) -> Memory | None:
    """The memory in the domain that it means; None where its agent may not learn that."""
    if one.domain != UNSORTED or isinstance(one, Preference):
        return one
    text = f"{one.task}\n{one.strategy}" if isinstance(one, Outcome) else text_of(one)
    admission = gate.admission(gate.scopes.agent(one.agent), None, text)
    return None if admission.refused_because is not None else replace(one, domain=admission.domain)


def _embed(
    ledger: Ledger, gate: Gate, meaning: Meaning, kept: list[Memory], vectors: dict[str, bytes]
) -> None:
    if kept:
        given = [vectors[one.id] for one in kept]
        meaning.claim(ledger, given[0])
        ledger.embed(kept, gate.event(events.EMBEDDED, "", gate.door.source, None), vectors=given)


def _forget(ledger: Ledger, gate: Gate, one: Memory) -> None:
    reason = "it means a domain outside its agent's scope, which showed when it was sorted"
    ledger.forget([one], gate.event(events.FORGOTTEN, one.agent, gate.door.source, one.id, reason=reason))
