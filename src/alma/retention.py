"""What a write takes along, in its own transaction: room within a quota, and facts that end or hold again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alma.domain import ledger as events
from alma.domain.memory import KINDS, SOURCES, Knowledge, Memory, Outcome
from alma.domain.reach import Kept, Reach
from alma.domain.scope import Agent, View
from alma.domain.values import replace
from alma.rules import facts, quota, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.gate import Gate
    from alma.rules.quota import Limit
    from alma.store.protocol import Ledger

QUOTA = "quota"


def make_room(ledger: Ledger, gate: Gate, *coming: Memory, leaving: Memory | None = None) -> str | None:
    """Archive the oldest of what agents hold beyond their quota once this has come; why not, where that leaves no room.

    `leaving` goes by itself. What was seen, or said by a person, is not archived for what a model says.
    """
    going: dict[str, list[Memory]] = {}
    for agent in dict.fromkeys(one.agent for one in coming):
        most = gate.scopes.agent(agent).quota
        if most is None:
            continue
        own = [one for one in coming if one.agent == agent]
        found = _going(ledger, agent, own, [leaving] if leaving else [], most)
        if found is None:
            return quota.full(agent, most)
        going[agent] = found
    for agent, found in going.items():
        if found:
            _archive(ledger, gate, agent, found)
    return None


def _going(
    ledger: Ledger, agent: str, coming: Sequence[Memory], leaving: Sequence[Memory], most: int
) -> list[Memory] | None:
    """What is archived where these memories of an agent come; None where that would not be enough."""
    going: list[Memory] = []
    for limit in quota.limits({one.source for one in coming}, most):
        added = sum(one.source in limit.sources for one in coming)
        gone = sum(one.source in limit.sources for one in (*going, *leaving))
        live = _live(ledger, agent, limit, added=added)
        needed, archived = quota.too_many(live + added - gone, limit.most)
        found = _oldest(ledger, agent, limit, needed, archived, [*going, *leaving]) if needed else []
        if len(found) < needed:
            return None
        going += found
    return going


def _live(ledger: Ledger, agent: str, limit: Limit, *, added: int = 0) -> int:
    """How many memories of an agent there are within a limit; counted one by one only where they might be too many."""
    size = ledger.size(Reach(view=View(Agent(agent), (agent,), everything=True), kinds=tuple(KINDS)))
    if size + added <= limit.most or limit.sources == SOURCES:
        return size
    return ledger.count(agent, sources=limit.sources)


def _oldest(
    ledger: Ledger, agent: str, limit: Limit, needed: int, archived: int, going: Sequence[Memory]
) -> list[Memory]:
    """What makes room within a limit, besides what goes anyway: of the next sources only where the first are not enough."""
    found: list[Memory] = []
    gone = {one.id for one in going}
    for sources, stated in limit.room:
        oldest = ledger.oldest(agent, limit=archived + len(going), sources=sources, stated=stated)
        found += [one for one in oldest if one.id not in gone][: archived - len(found)]
        if len(found) >= needed:
            break
    return found


def _archive(ledger: Ledger, gate: Gate, agent: str, going: Sequence[Memory]) -> None:
    ledger.forget(going, gate.event(events.FORGOTTEN, agent, gate.door.source, None, reason=QUOTA))


def set_aside(ledger: Ledger, gate: Gate, reported: Outcome, *, seen: Outcome) -> None:
    """What an agent reported of an attempt counts no longer beside what was seen of it."""
    kept = ledger.find(reported.id)
    if kept is not None and not kept.forgotten:
        why = f"the same attempt was seen: {seen.id}"
        event = gate.event(events.FORGOTTEN, reported.agent, gate.door.source, reported.id, reason=why)
        ledger.forget([kept.memory], event)


def end(ledger: Ledger, gate: Gate, old_id: str, new: Knowledge) -> None:
    """The old fact held until the new one began; where there is no room for both, it is archived as well.

    Nothing ends that is only claimed to, as an import can: see `facts.ends`.
    """
    kept = ledger.find(old_id)
    old = kept.memory if kept is not None and not kept.forgotten else None
    if kept is None or not isinstance(old, Knowledge) or not facts.ends(new, old):
        return
    ended = _set_end(ledger, gate, kept, new.begins, kind=events.REPLACED, by=new)
    most = gate.scopes.agent(new.agent).quota
    limits = quota.limits({new.source}, most) if most is not None else ()
    if any(_live(ledger, new.agent, one) > one.most for one in limits if old.source in one.sources):
        _archive(ledger, gate, new.agent, [ended])


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
        if isinstance(before, Knowledge) and kept.memory.valid_to == one.begins:
            _set_end(ledger, gate, kept, before.valid_to, kind=events.REVISED, by=one)


def end_again(ledger: Ledger, gate: Gate, back: Sequence[Memory]) -> None:
    """What restored facts had replaced ends again, unless it came back with them as it had ended."""
    for one in back:
        if isinstance(one, Knowledge) and one.replaces is not None:
            kept = ledger.find(one.replaces)
            if kept is not None and getattr(kept.memory, "valid_to", None) != one.begins:
                end(ledger, gate, one.replaces, one)


def _set_end(
    ledger: Ledger, gate: Gate, kept: Kept, until: datetime | None, *, kind: str, by: Knowledge
) -> Memory:
    was = {"valid_to": writing.plain(getattr(kept.memory, "valid_to", None))}
    event = gate.event(kind, by.agent, gate.door.source, kept.memory.id, by=by.id, was=was)
    memory = replace(kept.memory, valid_to=until)
    ledger.rewrite(memory, event, vector=kept.vector)
    return memory
