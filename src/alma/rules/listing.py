"""The memories of a list: what is stated as it is, outcomes as the belief that they are counted in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alma.domain.memory import AntiPattern, Heuristic, Memory, Outcome
from alma.rules import beliefs
from alma.rules.evidence import Record

MOST_NEIGHBOURHOODS = 500


def listed(
    memories: Iterable[Memory],
    *,
    kind: str | None,
    stated: bool | None,
    around: Callable[[Outcome], tuple[Record, ...]],
) -> Iterator[Memory]:
    """Newest first. An outcome that is already counted in a belief of this list is left out.

    `around` gives the evidence around an outcome; it is asked at most 500 times, which bounds the walk.
    """
    counted: set[str] = set()
    asked = 0
    for memory in memories:
        if not isinstance(memory, Outcome):
            if stated is not False and kind in (None, memory.kind):
                yield memory
            continue
        if stated or memory.id in counted:
            continue
        if kind == Outcome.kind:
            yield memory
            continue
        if asked == MOST_NEIGHBOURHOODS:
            return
        asked += 1
        record, belief = believed(memory, around(memory))
        if belief is None:
            if kind is None:
                yield memory
            continue
        counted |= {one.outcome.id for one in record.counted}
        if kind in (None, belief.kind):
            yield belief


def believed(outcome: Outcome, records: tuple[Record, ...]) -> tuple[Record, Heuristic | AntiPattern | None]:
    """What the ledger says, as one belief, of this outcome's strategy on its own task."""
    record = next(one for one in records if any(w.outcome.id == outcome.id for w in one.weighed))
    name = beliefs.belief_id(record)
    found: list[Heuristic | AntiPattern] = [*beliefs.heuristics(records), *beliefs.anti_patterns(records)]
    return record, next((one for one in found if one.id == name), None)
