"""Outcomes around a task: which count, what each weighs, and what they say of every strategy.

The order matters: weights first, then the caps on origins, then the 60 heaviest. Cutting before capping let
planted records hijack three times as many tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp, log10

from alma.domain.memory import Outcome
from alma.domain.values import replace, value
from alma.rules import trust

NOMINEES = 100
KEPT = 60
KERNEL_WIDTH = 0.2
COUNTED_WITHIN = 0.2
INHERITED = 0.5
SAME_TASK = 0.95
HALF_LIFE = 800.0
CHARACTER_FLOOR = 0.25
CHARACTER_FLOOR_OF_OTHER_SCRIPTS = 0.18


@value
class Observation:
    """An outcome seen from one task. `age` is how many outcomes of the same agent came after it."""

    outcome: Outcome
    similarity: float
    age: int
    inherited: bool = False


@value
class Weighed:
    """An observation with its weight, and whether it is near enough to be among the counts that people see."""

    observation: Observation
    weight: float
    counted: bool

    @property
    def outcome(self) -> Outcome:
        """The outcome itself."""
        return self.observation.outcome


@value
class Record:
    """What the evidence says of one strategy around one task; `weighed` is in ledger order."""

    key: str
    strategy: str
    weighed: tuple[Weighed, ...]

    @property
    def weight(self) -> float:
        """N: the sum of the weights."""
        return sum(one.weight for one in self.weighed)

    @property
    def won(self) -> float:
        """S: the sum of weight times result."""
        return sum(one.weight * one.outcome.result for one in self.weighed)

    @property
    def lost(self) -> float:
        """N − S."""
        return max(0.0, self.weight - self.won)

    @property
    def counted(self) -> tuple[Weighed, ...]:
        """The attempts on tasks like this one."""
        return tuple(one for one in self.weighed if one.counted)

    @property
    def successes(self) -> int:
        """Counted attempts that succeeded."""
        return sum(one.outcome.succeeded for one in self.counted)

    @property
    def failures(self) -> int:
        """Counted attempts that failed."""
        return sum(not one.outcome.succeeded for one in self.counted)


def floor(size: int) -> float:
    """The relevance floor for a cosine among `size` outcomes in scope: chance finds nearer ones in larger stores."""
    return 0.35 + 0.11 * log10(max(size, 50) / 50)


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


def _weight(one: Observation, best: float, half_life: float) -> float:
    near = exp(min(0.0, one.similarity - best) / KERNEL_WIDTH)
    recent = float(0.5 ** (one.age / half_life))
    return near * recent * trust.weight(one.outcome.source) * (INHERITED if one.inherited else 1.0)


def _capped(weighed: Sequence[Weighed]) -> list[Weighed]:
    """No origin weighs more than its cap; and where something was seen to happen, what was not seen weighs no more."""
    totals: dict[tuple[str, bool], float] = {}
    for one in weighed:
        totals[_origin(one)] = totals.get(_origin(one), 0.0) + one.weight
    shares = {
        key: min(1.0, (trust.VERIFIED_CAP if key[1] else trust.UNVERIFIED_CAP) / total)
        for key, total in totals.items()
    }
    seen = sum(total * shares[key] for key, total in totals.items() if key[1])
    told = sum(total * shares[key] for key, total in totals.items() if not key[1])
    most = min(1.0, seen / told) if seen and told else 1.0
    return [
        replace(one, weight=one.weight * shares[_origin(one)] * (1.0 if _origin(one)[1] else most))
        for one in weighed
    ]


def _origin(one: Weighed) -> tuple[str, bool]:
    return one.outcome.origin, trust.is_verified(one.outcome.source)


def records(weighed: Sequence[Weighed], *, key: Callable[[Outcome], str]) -> tuple[Record, ...]:
    """The evidence strategy by strategy, each in the words that came first in the ledger."""
    groups: dict[str, list[Weighed]] = {}
    for one in weighed:
        groups.setdefault(key(one.outcome), []).append(one)
    return tuple(
        Record(key=name, strategy=group[0].outcome.strategy, weighed=tuple(group))
        for name, group in groups.items()
    )
