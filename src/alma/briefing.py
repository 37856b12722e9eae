"""What is read for a briefing, and afterwards of what it told: stated memories, and outcomes of tasks tried again and again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alma.domain.memory import (
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    user_owner,
)
from alma.domain.reach import Reach
from alma.domain.scope import Agent, View
from alma.rules import briefing as rules
from alma.rules import exposure
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.recall import Recall, Told
    from alma.rules.briefing import Briefing
    from alma.store.protocol import Snapshot, Store

STATED = (AntiPattern.kind, Heuristic.kind, Knowledge.kind)
LOOKED_AT = 100
OUTCOMES = 200


def briefing(
    now: Snapshot,
    view: View,
    *,
    user: str,
    at: datetime,
    half_life: float,
    max_tokens: int,
    withholds: bool = False,
) -> Briefing:
    """What this view is told at the start of a session, with what this user likes; see the rule for `withholds`."""
    stated = [
        one
        for kind in STATED
        for one in now.newest(Reach(view=view, kinds=(kind,)), before=None, limit=LOOKED_AT)
    ]
    owner = user_owner(user)
    liked = Reach(view=View(Agent(owner), (owner,)), kinds=(Preference.kind,))
    stated += now.newest(liked, before=None, limit=LOOKED_AT)
    reach = Reach(view=view, kinds=(Outcome.kind,))
    latest = [one for one in now.newest(reach, before=None, limit=LOOKED_AT) if isinstance(one, Outcome)]
    tried = now.signed(reach, rules.retried(latest), limit=OUTCOMES) if latest else []
    agent = view.agent.name
    found = rules.earned(tried, agent=agent, half_life=half_life, key=grouping(now.joints()))
    return rules.briefing(stated, found, agent=agent, at=at, max_tokens=max_tokens, withholds=withholds)


def recalled(store: Store, told: Told | None, agent: str, named: Iterable[str] = ()) -> Recall | None:
    """What a session told an agent, as the recall that its outcome is learned with; what is purged is not in it."""
    if told is None:
        return None
    with store.reading() as now:
        shown = [_said(now, id_, told) for id_ in dict.fromkeys((*told.shown, *told.beside))]
        withheld = [_said(now, id_, told) for id_ in dict.fromkeys(told.withheld)]
    known, gone = filter(None, shown), filter(None, withheld)
    return exposure.of_session(told, known, gone, agent=agent, named=named)


def _said(now: Snapshot, memory_id: str, told: Told) -> Memory | None:
    kept = now.find(memory_id.removeprefix("b-"))
    about = kept.memory if kept is not None else None
    if not memory_id.startswith("b-"):
        return about
    if not isinstance(about, Outcome):
        return None
    return exposure.as_belief(memory_id, about, against=memory_id in told.against)
