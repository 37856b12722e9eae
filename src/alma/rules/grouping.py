"""Which strategies are one: equal by their own words, joined or parted by what somebody said."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alma.domain.memory import VERIFIED
from alma.domain.values import value
from alma.rules import strategies, trust


@value
class Joint:
    """Somebody said that two strategies, given in their own words, are the same, or that they are not."""

    one: str
    other: str
    same: bool
    source: str = VERIFIED


def grouping(joints: Iterable[Joint]) -> Callable[[str], str]:
    """Strategy -> the key of its group. What was said last of a pair is what holds.

    What a model said is on record and moves nothing: joining what fails with what works would clear it.
    """
    said = {frozenset((one.one, one.other)): one for one in joints if trust.is_verified(one.source)}
    parted = _parted(joint for joint in said.values() if not joint.same)
    roots: dict[str, str] = {}

    def own(text: str) -> str:
        key = strategies.same_key(text)
        return f"{key}\n{text}" if text in parted else key

    def root(key: str) -> str:
        while key in roots:
            key = roots[key]
        return key

    for joint in said.values():
        one, other = root(own(joint.one)), root(own(joint.other))
        if joint.same and one != other:
            roots[max(one, other)] = min(one, other)
    return lambda text: root(own(text))


def _parted(joints: Iterable[Joint]) -> frozenset[str]:
    """Texts that the rule would join although somebody said that they differ: each is then its own."""
    return frozenset(
        joint.other for joint in joints if strategies.same_key(joint.one) == strategies.same_key(joint.other)
    )
