"""What is read for a briefing: stated memories, and the outcomes of the tasks that were tried again and again."""

from __future__ import annotations

from datetime import datetime

from alma.domain.memory import AntiPattern, Heuristic, Knowledge, Outcome, Preference, user_owner
from alma.domain.reach import Reach
from alma.domain.scope import Agent, View
from alma.rules import briefing as rules
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.rules.briefing import Briefing
    from alma.store.protocol import Snapshot

STATED = (AntiPattern.kind, Heuristic.kind, Knowledge.kind)
LOOKED_AT = 100
OUTCOMES = 200


def briefing(
    now: Snapshot, view: View, *, user: str, at: datetime, half_life: float, max_tokens: int
) -> Briefing:
    """What this view is told at the start of a session, with what this user likes."""
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
    return rules.briefing(stated, found, agent=agent, at=at, max_tokens=max_tokens)
