"""The memories of a list: what is stated as it is, outcomes as the belief that they are counted in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alma.domain.errors import MemoryNotFound
from alma.domain.memory import Memory, Outcome, text_of
from alma.rules import explaining, indexing
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

    `around` gives the evidence around an outcome; it is asked at most 500 times; outcomes beyond are listed as they are.
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
            if kind is None:
                yield memory
            continue
        asked += 1
        records = around(memory)
        record = explaining.record_of(memory, records)
        belief = explaining.belief_of(memory, record, records)
        if belief.id in counted:
            continue
        counted.add(belief.id)
        if record is not None and belief is not memory:
            counted |= {one.outcome.id for one in record.weighed if one.counted}
        if kind in (None, belief.kind):
            yield belief


def page(shown: Iterator[Memory], *, limit: int, after: str | None) -> list[Memory]:
    """The next `limit` of a list, after the last id of the page before. Raises MemoryNotFound."""
    if after is not None and not any(one.id == after for one in shown):
        raise MemoryNotFound(f"{after} is not in this list", sought=after)
    return [one for one, _ in zip(shown, range(limit), strict=False)]


def says(memory: Memory, terms: frozenset[str]) -> bool:
    """Whether a memory shares a word with these terms."""
    return bool(terms & indexing.term_set(f"{text_of(memory)}\n{getattr(memory, 'strategy', '')}"))
