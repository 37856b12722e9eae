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
    """Strategy -> the key of its group. What was said last holds, in whatever wording and over however many steps.

    So a later "not the same" undoes what joined the two, and the other way round. What a model said is on record
    and moves nothing: joining what fails with what works would clear it.
    """
    said = [one for one in joints if trust.is_verified(one.source)]
    if not said:
        return strategies.same_key
    alone = _alone(said)
    roots: dict[str, str] = {}

    def root(text: str) -> str:
        key = strategies.same_key(text)
        key = f"{key}\n{text}" if text in alone else key
        while key in roots:
            key = roots[key]
        return key

    apart: dict[str, set[str]] = {}
    for joint in reversed(said):
        one, other = sorted((root(joint.one), root(joint.other)))
        if one == other or other in apart.get(one, ()):
            continue
        if joint.same:
            roots[other] = one
            _inherit(apart, one, other)
        else:
            apart.setdefault(one, set()).add(other)
            apart.setdefault(other, set()).add(one)
    return root


def _inherit(apart: dict[str, set[str]], one: str, other: str) -> None:
    """What was held apart from a group that is now in another is held apart from that one."""
    for third in apart.pop(other, ()):
        apart[third] = apart[third] - {other} | {one}
        apart.setdefault(one, set()).add(third)


def _alone(said: Iterable[Joint]) -> frozenset[str]:
    """Texts that the rule would join although somebody said last that they differ: each is then its own."""
    last = {frozenset((one.one, one.other)): one for one in said}
    return frozenset(
        joint.other
        for joint in last.values()
        if not joint.same and strategies.same_key(joint.one) == strategies.same_key(joint.other)
    )
