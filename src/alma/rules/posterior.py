"""Beta distributions on a fixed grid of 512 midpoints, so that every machine gets the same probabilities."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from math import exp, log
from operator import add, mul, sub

POINTS = 512
_MIDPOINTS = tuple((i + 0.5) / POINTS for i in range(POINTS))
_LOGS = tuple((log(x), log(1 - x)) for x in _MIDPOINTS)


def mean(successes: float, failures: float, *, prior: float = 1.0) -> float:
    """Mean of Beta(prior + successes, prior + failures)."""
    return (prior + successes) / (2 * prior + successes + failures)


def deviation(successes: float, failures: float, *, prior: float = 1.0) -> float:
    """Standard deviation of Beta(prior + successes, prior + failures)."""
    a, b = prior + successes, prior + failures
    return float((a * b / ((a + b) ** 2 * (a + b + 1))) ** 0.5)


def lower(successes: float, failures: float, *, level: float = 0.10) -> float:
    """The `level` quantile of Beta(1 + successes, 1 + failures)."""
    sums = _sums(successes, failures)
    return _MIDPOINTS[min(bisect_left(sums, level * sums[-1]), POINTS - 1)]


def above(successes: float, failures: float, base: float) -> float:
    """P(θ > base) under Beta(1 + successes, 1 + failures)."""
    sums = _sums(successes, failures)
    below = bisect_right(_MIDPOINTS, base)
    return 1 - sums[below - 1] / sums[-1] if below else 1.0


def better(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(θ of `one` > θ of `other`), each given as (successes, failures) with a Beta(1, 1) prior."""
    sums, rivals = _sums(*one), _sums(*other)
    masses = map(sub, sums, (0.0, *sums))
    halfway = map(add, rivals, (0.0, *rivals))
    return float(sum(map(mul, masses, halfway))) / 2 / (sums[-1] * rivals[-1])


@lru_cache(maxsize=4096)
def _sums(successes: float, failures: float) -> tuple[float, ...]:
    """Running sums of the density at the midpoints, up to a factor: the cumulative distribution."""
    weight = successes + failures
    peak = successes / weight if weight else 0.5
    top = (successes * log(peak) if successes else 0.0) + (failures * log(1 - peak) if failures else 0.0)
    return tuple(accumulate([exp(x * successes + rest * failures - top) for x, rest in _LOGS]))
