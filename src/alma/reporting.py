"""What is read to say whether memory helps, and never more of it than who asks may read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from alma import reader
from alma.domain.memory import AntiPattern, Memory, Outcome
from alma.domain.reach import Reach
from alma.domain.values import replace
from alma.rules import benefit, ranking
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.report import Report
    from alma.domain.scope import View
    from alma.gate import Gate
    from alma.store.protocol import Snapshot


def report(now: Snapshot, gate: Gate, agent: str | None, view: View | None, *, holdout: float) -> Report:
    """The attempts of one agent, which has this view, or of all agents of the door."""
    agents = (agent,) if agent is not None else gate.door.agents
    eyes = view or gate.whole_view(now)
    whose = eyes if agents is None else replace(eyes, owners=agents)
    reach, key = Reach(view=whose, kinds=(Outcome.kind,)), grouping(now.joints())
    return benefit.report(
        reader.walk(now, reach),
        agent=agent,
        holdout=holdout,
        key=key,
        find=partial(_readable, now, eyes),
        forgotten=filter(reach.holds, now.forgotten_outcomes(agents=agents)),
        is_avoided=partial(_is_avoided, now, gate, key),
    )


def _is_avoided(now: Snapshot, gate: Gate, key: Callable[[str], str], agent: str, strategy: str) -> bool:
    """Whether an agent is told to avoid a strategy."""
    stated = reader.walk(now, Reach(view=gate.scopes.view(agent), kinds=(AntiPattern.kind,)))
    return ranking.avoided((one for one in stated if isinstance(one, AntiPattern)), key=key)(strategy)


def _readable(now: Snapshot, eyes: View, memory_id: str) -> Memory | None:
    kept = now.find(memory_id.removeprefix("b-"))
    if kept is None or kept.forgotten:
        return None
    return kept.memory if eyes.may_read(kept.memory.owner, kept.memory.domain) else None
