"""Beta distributions on a fixed grid of 512 midpoints, so that every machine gets the same probabilities."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log
from operator import add, mul, sub

POINTS = 512
CHANGE = 0.2
_MIDPOINTS = tuple((i + 0.5) / POINTS for i in range(POINTS))
_LOGS = tuple((log(x), log(1 - x)) for x in _MIDPOINTS)


def mean(successes: float, failures: float) -> float:
    """Mean of Beta(1 + successes, 1 + failures)."""
    return (1 + successes) / (2 + successes + failures)


def deviation(successes: float, failures: float) -> float:
    """Standard deviation of Beta(1 + successes, 1 + failures)."""
    a, b = 1 + successes, 1 + failures
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


def unchanged(results: Sequence[tuple[float, float]]) -> list[float]:
    """For each of these (successes, failures), in order: how probable it is that nothing has changed since.

    1 wherever the results make a change no more probable than it was without them. Before them: at most one change,
    with probability CHANGE, after any of them alike; the rates before and after it are Beta(1, 1) each.
    """
    if len(results) < 2:
        return [1.0] * len(results)
    won, lost = list(accumulate(one for one, _ in results)), list(accumulate(one for _, one in results))
    same = _likelihood(won[-1], lost[-1])
    odds = [
        exp(_likelihood(s, f) + _likelihood(won[-1] - s, lost[-1] - f) - same)
        for s, f in zip(won[:-1], lost[:-1], strict=True)
    ]
    unit = CHANGE / len(odds)
    whole = 1 - CHANGE + unit * sum(odds)
    since = enumerate(accumulate(reversed(odds)), 1)
    left = [max(0.0, 1 - unit * one / whole) / (1 - unit * count) for count, one in since]
    return [*(min(1.0, one) for one in reversed(left)), 1.0]


def _likelihood(successes: float, failures: float) -> float:
    """Logarithm of the probability of such results, whatever the rate: of B(1 + successes, 1 + failures)."""
    s, f = max(0.0, successes), max(0.0, failures)
    return lgamma(1 + s) + lgamma(1 + f) - lgamma(2 + s + f)


@lru_cache(maxsize=4096)
def _sums(successes: float, failures: float) -> tuple[float, ...]:
    """Running sums of the density at the midpoints, up to a factor: the cumulative distribution."""
    weight = successes + failures
    peak = successes / weight if weight else 0.5
    top = (successes * log(peak) if successes else 0.0) + (failures * log(1 - peak) if failures else 0.0)
    return tuple(accumulate([exp(x * successes + rest * failures - top) for x, rest in _LOGS]))
