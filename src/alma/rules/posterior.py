"""Beta distributions on a fixed grid of 512 midpoints, so that every machine gets the same probabilities."""

from __future__ import annotations

from functools import lru_cache
from math import exp, log

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
    reached = 0.0
    for x, mass in zip(_MIDPOINTS, _masses(successes, failures), strict=True):
        reached += mass
        if reached >= level:
            return x
    return _MIDPOINTS[-1]


def above(successes: float, failures: float, base: float) -> float:
    """P(θ > base) under Beta(1 + successes, 1 + failures)."""
    masses = _masses(successes, failures)
    return sum(mass for x, mass in zip(_MIDPOINTS, masses, strict=True) if x > base)


def better(one: tuple[float, float], other: tuple[float, float]) -> float:
    """P(θ of `one` > θ of `other`), each given as (successes, failures) with a Beta(1, 1) prior."""
    below = 0.0
    probability = 0.0
    for mass, rival in zip(_masses(*one), _masses(*other), strict=True):
        probability += mass * (below + rival / 2)
        below += rival
    return probability


@lru_cache(maxsize=4096)
def _masses(successes: float, failures: float) -> tuple[float, ...]:
    heights = [successes * left + failures * right for left, right in _LOGS]
    top = max(heights)
    masses = [exp(height - top) for height in heights]
    total = sum(masses)
    return tuple(mass / total for mass in masses)
