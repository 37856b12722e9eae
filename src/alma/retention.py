"""What a write takes along, in its own transaction: room within a quota, and facts that end or hold again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alma.domain import ledger as events
from alma.domain.memory import KINDS, Knowledge, Memory
from alma.domain.reach import Kept, Reach
from alma.domain.scope import Agent, View
from alma.domain.values import replace
from alma.rules import facts, quota, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.gate import Gate
    from alma.store.protocol import Ledger

QUOTA = "quota"


def make_room(ledger: Ledger, gate: Gate, coming: Memory) -> str | None:
    """Archive the oldest outcomes of an agent whose quota is full; why not, where that leaves no room.

    What was stated is never archived, and what was seen or said by a person not for what a model says.
    """
    agent = coming.agent
    most = gate.scopes.agent(agent).quota
    if most is None:
        return None
    own = Reach(view=View(Agent(agent), (agent,), everything=True), kinds=tuple(KINDS))
    needed, archived = quota.too_many(ledger.size(own), most)
    if not needed:
        return None
    found = ledger.oldest(agent, limit=archived, unverified=not trust.is_verified(coming.source))
    if len(found) < needed:
        return quota.full(agent, most)
    ledger.forget(found, gate.event(events.FORGOTTEN, agent, gate.door.source, None, reason=QUOTA))
    return None


def end(ledger: Ledger, gate: Gate, old_id: str, new: Knowledge) -> None:
    """The old fact held until the new one began."""
    kept = ledger.find(old_id)
    if kept is not None and not kept.forgotten and isinstance(kept.memory, Knowledge):
        _set_end(ledger, gate, kept, _begins(new), kind=events.REPLACED, by=new)


def reopen(ledger: Ledger, gate: Gate, gone: Sequence[Memory], *, at: datetime) -> None:
    """What a forgotten fact had replaced holds again, as long as it did before."""
    for one in gone:
        if not isinstance(one, Knowledge) or one.replaces is None or not one.holds(at):
            continue
        kept = ledger.find(one.replaces)
        ended = [event for event in ledger.history(one.replaces) if event.details.get("by") == one.id]
        if kept is None or kept.forgotten or not isinstance(kept.memory, Knowledge) or not ended:
            continue
        before = facts.as_worded(kept.memory, ended[-1:])
        if isinstance(before, Knowledge) and kept.memory.valid_to == _begins(one):
            _set_end(ledger, gate, kept, before.valid_to, kind=events.REVISED, by=one)


def end_again(ledger: Ledger, gate: Gate, back: Memory) -> None:
    """What a restored fact had replaced ends again."""
    if isinstance(back, Knowledge) and back.replaces is not None:
        end(ledger, gate, back.replaces, back)


def _begins(one: Knowledge) -> datetime:
    return one.valid_from or one.created_at


def _set_end(
    ledger: Ledger, gate: Gate, kept: Kept, until: datetime | None, *, kind: str, by: Knowledge
) -> None:
    was = {"valid_to": writing.plain(getattr(kept.memory, "valid_to", None))}
    event = gate.event(kind, by.agent, gate.door.source, kept.memory.id, by=by.id, was=was)
    ledger.rewrite(replace(kept.memory, valid_to=until), event, vector=kept.vector)
