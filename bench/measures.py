"""What plays say: success, shares, recovery, how true what was shown is. Every definition stands here, once.

True chances are known here and to no agent. Shares are always of means over all seeds, never means of shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from agents import Play, Shown
from streams import Stream

# The learner that shares are of. Chosen because it explores as most people would have it do, a fixed tenth of its
# tasks, and because of the four it comes nearest to the published one (.672 over 1,500 tasks, .700 at the end).
YARDSTICK = "told_epsilon"
TOLD = ("told_epsilon", "told_by_lot", "told_greedy", "told")
LEAST_GAIN = 0.02
REGAINED = 0.8
WINDOW = 50
BEFORE_CHANGE = 200
BINS = 10
Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One stream, what every agent did in it, and what ALMA showed, said elsewhere, and took in seconds."""

    stream: Stream
    plays: Mapping[str, Play]
    shown: Sequence[Shown] = ()
    spoke_elsewhere: Sequence[bool] = ()
    seconds: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How often something that was shown was true, how often it was shown, and on how many of how many tasks."""

    true: int
    shown: int
    on: int
    tasks: int

    @property
    def share(self) -> float | None:
        """How much of it was true; None if it was never shown."""
        return self.true / self.shown if self.shown else None

    @property
    def often(self) -> float:
        """On which share of the tasks it was shown."""
        return self.on / self.tasks


def success(seeds: Sequence[Seed], agent: str, first: int = 0, last: int | None = None) -> float:
    """The share of tasks that succeeded, from `first` to before `last`."""
    return fmean(fmean(one.plays[agent].worked[first:last]) for one in seeds)


def share(
    seeds: Sequence[Seed], agent: str, *, of: str = YARDSTICK, tasks: int | None = None
) -> float | None:
    """The share of a told learner's gain over random, over the first `tasks`: 0 is random, 1 as good as told.

    None where that learner gains less than two points, because there is nothing to learn or no time for it.
    """
    least, most = (success(seeds, one, 0, tasks) for one in ("random", of))
    if most - least < LEAST_GAIN:
        return None
    return (success(seeds, agent, 0, tasks) - least) / (most - least)


def last_quarter(seeds: Sequence[Seed], agent: str) -> float:
    """Success in the last quarter."""
    tasks = len(seeds[0].stream.tasks)
    return success(seeds, agent, tasks - tasks // 4)


def repeated_failures(seeds: Sequence[Seed], agent: str) -> float:
    """The share of tasks that failed with the very strategy that had failed when it was last used in that class."""
    return fmean(_repeated(one.stream, one.plays[agent]) for one in seeds)


def _repeated(stream: Stream, played: Play) -> float:
    failed_last: dict[tuple[int, int], bool] = {}
    repeats = 0
    for kind, strategy, worked in zip(stream.classes, played.chosen, played.worked, strict=True):
        repeats += not worked and failed_last.get((kind, strategy), False)
        failed_last[kind, strategy] = not worked
    return repeats / len(stream.tasks)


def recovery(seeds: Sequence[Seed], agent: str) -> int | None:
    """After how many tasks of the changed classes 80 % of what was gained over random before the change is back.

    What counts is the true chance of what was chosen, not luck; smoothed over 50 tasks, and the middle of the first
    50 that are good enough is given. None if it does not come back, or if nothing changed.
    """
    before, after = _around_change(seeds, agent)
    least, later = _around_change(seeds, "random")
    if len(after) < WINDOW or before.mean() - least.mean() < LEAST_GAIN:
        return None
    goal = later.mean() + REGAINED * (before.mean() - least.mean())
    smooth = np.convolve(after, np.full(WINDOW, 1 / WINDOW), mode="valid")
    back = np.flatnonzero(smooth >= goal)
    return int(back[0]) + WINDOW // 2 if len(back) else None


def tasks_after_change(seeds: Sequence[Seed]) -> int:
    """How many tasks of the changed classes there are after the change."""
    return len(_around_change(seeds, "random")[1])


def _around_change(seeds: Sequence[Seed], agent: str) -> tuple[Curve, Curve]:
    """Mean true chances of what was chosen in changed classes: the last 200 tasks before the change, all after."""
    halves: tuple[list[list[float]], list[list[float]]] = [], []
    for one in seeds:
        chances = _chances(one.stream, one.plays[agent])
        turns = [turn for turn, kind in enumerate(one.stream.classes) if kind in one.stream.changed]
        halves[0].append([chances[turn] for turn in turns if turn < one.stream.change][-BEFORE_CHANGE:])
        halves[1].append([chances[turn] for turn in turns if turn >= one.stream.change])
    first, second = (np.array([row[: min(map(len, half))] for row in half]).mean(axis=0) for half in halves)
    return first, second


def _chances(stream: Stream, played: Play) -> list[float]:
    return [stream.chances(turn)[strategy] for turn, strategy in enumerate(played.chosen)]


def curve(seeds: Sequence[Seed], agent: str, *, of: int = WINDOW) -> list[float]:
    """Mean success of every 50 tasks in a row, for pictures."""
    worked = np.array([one.plays[agent].worked for one in seeds], float).mean(axis=0)
    return [round(float(worked[start : start + of].mean()), 4) for start in range(0, len(worked), of)]


def bounds_hold(seeds: Sequence[Seed], *, first_only: bool = False) -> Truth:
    """Of the lower bounds that were shown with a strategy that has a record: how many the true chance reaches."""
    held: list[list[bool]] = []
    for stream, turn, seen in _showings(seeds):
        chances = stream.chances(turn)
        tried = seen.tried[:1] if first_only else seen.tried
        held.append([chances[one.strategy] >= one.lower for one in tried])
    return _truth(held)


def heuristics_right(seeds: Sequence[Seed], *, best: bool = False) -> Truth:
    """Of the heuristics that were shown: how many are right, that is truly work more often than not, and more often
    than the other strategies do on average, in that class at that time; or, with `best`, are truly the best."""
    right: list[list[bool]] = []
    for stream, turn, seen in _showings(seeds):
        chances = stream.chances(turn)
        right.append([_is_best(chances, one) if best else _is_right(chances, one) for one in seen.heuristics])
    return _truth(right)


def _is_right(chances: Sequence[float], strategy: int) -> bool:
    others = (sum(chances) - chances[strategy]) / (len(chances) - 1)
    return chances[strategy] > max(0.5, others)


def _is_best(chances: Sequence[float], strategy: int) -> bool:
    return chances[strategy] == max(chances)


def alternatives_better(seeds: Sequence[Seed]) -> Truth:
    """Of the anti-patterns that were shown with an alternative: how many alternatives are truly better."""
    better: list[list[bool]] = []
    for stream, turn, seen in _showings(seeds):
        chances = stream.chances(turn)
        better.append([chances[other] > chances[failed] for failed, other in seen.alternatives])
    return _truth(better)


def known_failures_fail(seeds: Sequence[Seed]) -> Truth:
    """Of the known failures that were shown: how many truly fail at least as often as they work."""
    failing: list[list[bool]] = []
    for stream, turn, seen in _showings(seeds):
        chances = stream.chances(turn)
        failing.append([chances[one] <= 0.5 for one in seen.known_failures])
    return _truth(failing)


def answered(seeds: Sequence[Seed]) -> Truth:
    """On how many tasks in scope anything was known; every one of them counts as true."""
    return _truth([[True] if seen.tried else [] for _, _, seen in _showings(seeds)])


def silent_elsewhere(seeds: Sequence[Seed]) -> float | None:
    """The share of tasks of another trade on which nothing was said; None where none was asked about."""
    spoke = [one for seed in seeds for one in seed.spoke_elsewhere]
    return 1 - fmean(spoke) if spoke else None


def calibration(seeds: Sequence[Seed]) -> list[dict[str, float]]:
    """The shown means in ten bins: their mean, the mean of the true chances beside them, and how many."""
    pairs = [
        (one.mean, stream.chances(turn)[one.strategy])
        for stream, turn, seen in _showings(seeds)
        for one in seen.tried
    ]
    bins: list[list[tuple[float, float]]] = [[] for _ in range(BINS)]
    for shown, true in pairs:
        bins[min(BINS - 1, int(shown * BINS))].append((shown, true))
    return [
        {
            "shown": round(fmean(shown for shown, _ in one), 4),
            "true": round(fmean(true for _, true in one), 4),
            "count": len(one),
        }
        for one in bins
        if one
    ]


def milliseconds(seeds: Sequence[Seed], verb: str) -> float:
    """The median time of a verb, the embedder's left out."""
    return round(1000 * median(second for seed in seeds for second in seed.seconds[verb]), 2)


def _showings(seeds: Sequence[Seed]) -> Iterable[tuple[Stream, int, Shown]]:
    for seed in seeds:
        for turn, seen in enumerate(seed.shown):
            yield seed.stream, turn, seen


def _truth(shown: Sequence[Sequence[bool]]) -> Truth:
    return Truth(
        true=sum(map(sum, shown)), shown=sum(map(len, shown)), on=sum(map(bool, shown)), tasks=len(shown)
    )
