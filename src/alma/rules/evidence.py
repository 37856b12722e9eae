"""Outcomes around a task: which count, what each weighs, and what they say of every strategy.

The order matters: weights first, then the caps on origins, then the 60 heaviest. Cutting before capping let
planted records hijack three times as many tasks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log10, sqrt

from alma.domain.memory import Outcome
from alma.domain.values import replace, value
from alma.rules import posterior, trust

NOMINEES = 100
KEPT = 60
COUNTED_WITHIN = 0.2
INHERITED = 0.5
SAME_TASK = 0.95
NEAR = 0.5
HALF_LIFE = 800.0
UNSPACED_FLOOR = 0.18


@value
class Observation:
    """An outcome seen from one task. `age` is how many outcomes of the same agent came after it."""

    outcome: Outcome
    similarity: float
    age: int
    inherited: bool = False


@value
class Weighed:
    """An observation with its weight, and whether it is near enough to be among the counts that people see.

    `unchanged` is the part of the weight that is left where later outcomes say that the strategy has changed.
    """

    observation: Observation
    weight: float
    counted: bool
    unchanged: float = 1.0

    @property
    def outcome(self) -> Outcome:
        """The outcome itself."""
        return self.observation.outcome


@value
class Record:
    """What the evidence says of one strategy around one task; `weighed` is in ledger order.

    N, the sum of the weights, is `weight`; S, that of weight times result, is `won`, and N − S is `lost`. `counted`
    are the attempts on tasks like this one, as people count them, of which so many were `successes` and `failures`;
    `near` those on which two strategies are held against each other. `is_seen` says whether anybody saw one of them happen.
    """

    key: str
    strategy: str
    weighed: tuple[Weighed, ...]
    counted: tuple[Weighed, ...]
    near: tuple[Weighed, ...]
    weight: float
    won: float
    lost: float
    successes: int
    failures: int
    is_seen: bool


def floor(size: int) -> float:
    """The relevance floor for a cosine among `size` outcomes in scope: chance finds nearer ones in larger stores."""
    return 0.35 + 0.11 * log10(max(size, 50) / 50)


def character_floor(size: int, *, spaced: bool) -> float:
    """The same for a cosine of characters; where words stand without spaces it was set by eye, and knows no size."""
    return 0.25 + 0.09 * log10(max(size, 50) / 50) if spaced else UNSPACED_FLOOR


def weigh(
    observations: Iterable[Observation], *, half_life: float = HALF_LIFE, anchor: str | None = None
) -> tuple[Weighed, ...]:
    """The evidence that counts, in ledger order. `anchor` is an outcome's id that is left out of s_max."""
    nearest = nominated(observations)
    best = _nearest([one for one in nearest if one.outcome.id != anchor])
    weighed = [
        Weighed(
            observation=one,
            weight=_weight(one, best, half_life),
            counted=one.similarity >= best - COUNTED_WITHIN,
        )
        for one in nearest
    ]
    heaviest = sorted(_capped(weighed), key=lambda one: (-one.weight, -one.outcome.seq))[:KEPT]
    return tuple(sorted(heaviest, key=lambda one: one.outcome.seq))


def _nearest(observations: Sequence[Observation]) -> float:
    """s_max: of what was seen to happen, if anything was. Else planted records in a task's own words would push
    everything that really happened out of sight."""
    verified = [one.similarity for one in observations if trust.is_verified(one.outcome.source)]
    return max(verified or [one.similarity for one in observations], default=1.0)


def nominated(observations: Iterable[Observation]) -> list[Observation]:
    """The nearest 100, at most 10 from any one unverified origin; ties go to what happened last."""
    taken: dict[str, int] = {}
    nearest = []
    for one in sorted(observations, key=lambda one: (-one.similarity, -one.outcome.seq)):
        origin = one.outcome.origin
        if not trust.is_verified(one.outcome.source):
            taken[origin] = taken.get(origin, 0) + 1
            if taken[origin] > trust.NOMINEES_PER_UNVERIFIED_ORIGIN:
                continue
        nearest.append(one)
        if len(nearest) == NOMINEES:
            break
    return nearest


def nearness(similarity: float, best: float) -> float:
    """How much an outcome weighs for its task alone; `best` is s_max.

    Half-way between two measures: how close the task is, and how close beside the nearest. By the first alone, little
    would ever be known in a small store; by the second alone, a neighbour that is far itself would weigh like any.
    """
    return _closeness(min(similarity, best)) / sqrt(_closeness(best))


def _closeness(similarity: float) -> float:
    """From a cosine of .84 on, tasks were of the same class in .97 of cases: nothing nearer tells more."""
    return min(1.0, 2 * max(similarity, 0.01) ** 4)


def _weight(one: Observation, best: float, half_life: float) -> float:
    near = nearness(one.similarity, best)
    recent = float(0.5 ** (one.age / half_life))
    return near * recent * trust.weight(one.outcome.source) * (INHERITED if one.inherited else 1.0)


def _capped(weighed: Sequence[Weighed]) -> list[Weighed]:
    """No origin weighs more than its cap; and where something was seen to happen, what was not seen weighs no more."""
    origins = list(map(_origin, weighed))
    totals: dict[tuple[str, bool], float] = {}
    for one, origin in zip(weighed, origins, strict=True):
        totals[origin] = totals.get(origin, 0.0) + one.weight
    shares = {
        key: min(1.0, (trust.VERIFIED_CAP if key[1] else trust.UNVERIFIED_CAP) / total)
        for key, total in totals.items()
    }
    seen = sum(total * shares[key] for key, total in totals.items() if key[1])
    told = sum(total * shares[key] for key, total in totals.items() if not key[1])
    most = min(1.0, seen / told) if seen and told else 1.0
    cut = {key for key, share in shares.items() if share < 1 or (most < 1 and not key[1])}
    return [
        replace(one, weight=one.weight * shares[origin] * (1.0 if origin[1] else most))
        if origin in cut
        else one
        for one, origin in zip(weighed, origins, strict=True)
    ]


def _origin(one: Weighed) -> tuple[str, bool]:
    return one.observation.outcome.origin, _is_seen(one)


def _is_seen(one: Weighed) -> bool:
    return trust.is_verified(one.observation.outcome.source)


def fair(held: Sequence[Weighed]) -> tuple[Weighed, ...]:
    """The attempts among these that people count: two of any one unverified origin, the heaviest of them, and where
    some were seen to happen, no more that were not. Else one that says much would be read as many."""
    told = [one for one in held if not _is_seen(one)]
    if not told:
        return tuple(held)
    most = len(held) - len(told) or len(told)
    taken = Counter[str]()
    kept = set[int]()
    for one in sorted(told, key=lambda one: (-one.weight, -one.outcome.seq)):
        taken[one.outcome.origin] += 1
        if taken[one.outcome.origin] <= trust.COUNTED_PER_UNVERIFIED_ORIGIN and len(kept) < most:
            kept.add(one.outcome.seq)
    return tuple(one for one in held if _is_seen(one) or one.outcome.seq in kept)


def records(weighed: Sequence[Weighed], *, key: Callable[[Outcome], str]) -> tuple[Record, ...]:
    """The evidence strategy by strategy, each in the words that came first in the ledger."""
    groups: dict[str, list[Weighed]] = {}
    for one in weighed:
        groups.setdefault(key(one.outcome), []).append(one)
    return tuple(
        record(name, group[0].outcome.strategy, _since_change(group)) for name, group in groups.items()
    )


def record(key: str, strategy: str, weighed: tuple[Weighed, ...]) -> Record:
    """One strategy, with the sums that everything else asks for."""
    weight = sum(one.weight for one in weighed)
    won = sum(one.weight * one.outcome.result for one in weighed)
    counted = fair([one for one in weighed if one.counted])
    successes = sum(one.outcome.succeeded for one in counted)
    return Record(
        key=key,
        strategy=strategy,
        weighed=weighed,
        counted=counted,
        near=fair([one for one in weighed if one.observation.similarity >= NEAR]),
        weight=weight,
        won=won,
        lost=max(0.0, weight - won),
        successes=successes,
        failures=len(counted) - successes,
        is_seen=any(map(_is_seen, weighed)),
    )


def _since_change(group: Sequence[Weighed]) -> tuple[Weighed, ...]:
    """The same outcomes of one strategy; what came before a change weighs less, the surer the change is.

    Where anything was seen to happen, only that can prove a change: else planted records would wipe out the rest.
    """
    if len(group) < 2:
        return tuple(group)
    proofs = [one for one in group if _is_seen(one)] or group
    results = [(one.weight * one.outcome.result, one.weight * (1 - one.outcome.result)) for one in proofs]
    left, places = [*posterior.unchanged(results), 1.0], [one.outcome.seq for one in proofs]
    since = [left[bisect_left(places, one.outcome.seq)] for one in group]
    return tuple(
        replace(one, weight=one.weight * part, unchanged=part) if part < 1 else one
        for one, part in zip(group, since, strict=True)
    )
