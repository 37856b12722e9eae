"""A stated memory in other words: who may give it them, and where they may carry it."""

from __future__ import annotations

from collections.abc import Mapping

from alma.domain import ledger as events
from alma.domain.errors import ScopeError
from alma.domain.memory import Memory, Preference, text_of
from alma.domain.scope import UNSORTED
from alma.domain.values import replace
from alma.gate import kept_in
from alma.rules import trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.reach import Kept
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Store


def revise(
    store: Store, gate: Gate, meaning: Meaning, memory_id: str, fields: Mapping[str, object]
) -> Memory:
    """Give a memory its new words, and to whoever stands above its source what it says from then on."""
    old = _revisable(gate, gate.found(memory_id), memory_id, fields)
    text = text_of(_reworded(old, fields))
    require_admission(gate, old, text)
    vector = meaning.vector(text)
    with store.writing() as ledger:
        # Read again: somebody else may have revised another field meanwhile.
        kept = _revisable(gate, kept_in(ledger, memory_id), memory_id, fields)
        source = trust.vouched(kept.source, by=gate.door.source)
        new = replace(_reworded(kept, fields), source=source)
        if text_of(new) != text:
            vector = meaning.vector(text_of(new))
        meaning.claim(ledger, vector)
        was = {name: writing.plain(getattr(kept, name)) for name in writing.revised(kept, fields)}
        was |= {"source": kept.source} if source != kept.source else {}
        event = gate.event(events.REVISED, kept.agent, gate.door.source, kept.id, was=was)
        ledger.rewrite(new, event, vector=vector)
    return new


def require_admission(gate: Gate, old: Memory, text: str) -> None:
    """New words must not carry a memory into what its agent may not learn."""
    if isinstance(old, Preference):
        return
    admission = gate.admission(gate.scopes.agent(old.agent), None, text)
    if admission.refused_because is not None and admission.domain not in (UNSORTED, old.domain):
        gate.refuse("revise", old.agent, admission)
        raise ScopeError(admission.refused_because, agent=old.agent, domain=admission.domain)


def _revisable(gate: Gate, kept: Kept, memory_id: str, fields: Mapping[str, object]) -> Memory:
    """The memory, if whoever is at the door may revise these fields of it."""
    gate.require_own(kept.memory, verb="revise")
    writing.require_revisable(kept.memory, memory_id, fields)
    trust.require_standing(gate.door.source, kept.memory.source, what="revise")
    return kept.memory


def _reworded(old: Memory, fields: Mapping[str, object]) -> Memory:
    return replace(old, **writing.revised(old, fields))
