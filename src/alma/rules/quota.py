"""How many memories an agent may hold, and what makes room. Nothing that was seen goes while there is something that nobody saw."""

from __future__ import annotations

from collections.abc import Collection

from alma.domain.memory import IMPORT, PERSON, SOURCES, UNTRUSTED, VERIFIED, WORD
from alma.domain.values import value
from alma.rules import trust

# More than is needed is archived at once, so that a full quota does not cost every write an entry in the log.
SPARE = 100
# What a model says, or has read somewhere; it may fill half of a quota.
TOLD = (WORD, UNTRUSTED)
UNSEEN = (*TOLD, IMPORT)
SEEN = (PERSON, VERIFIED)


@value
class Limit:
    """At most so many live memories from these sources.

    `room` is what makes room, in this order: outcomes from these sources, or what they stated.
    """

    most: int
    sources: tuple[str, ...]
    room: tuple[tuple[tuple[str, ...], bool], ...]


def limits(sources: Collection[str], quota: int) -> tuple[Limit, ...]:
    """The limits to which memories from these sources keep, where an agent has this quota."""
    is_seen = any(map(trust.is_verified, sources))
    room = ((UNSEEN, False), *(((TOLD, True), (SEEN, False)) if is_seen else ()))
    half = Limit(most=(quota + 1) // 2, sources=TOLD, room=((TOLD, False),))
    whole = Limit(most=quota, sources=SOURCES, room=room)
    return (whole,) if set(sources).isdisjoint(TOLD) else (half, whole)


def too_many(live: int, most: int) -> tuple[int, int]:
    """How many of these must go, and how many are archived at once: a hundredth of what is allowed more."""
    needed = max(0, live - most)
    return needed, needed + most // SPARE if needed else 0


def full(agent: str, quota: int) -> str:
    """What is said where nothing can make room."""
    return (
        f"the quota of {agent} is {quota:,} memories, of which what models say may fill half, and there is nothing "
        "left to archive for this: forget what is no longer needed, or raise `quota` in the configuration"
    )
