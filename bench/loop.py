"""Prints how an agent that follows ALMA does in every world, beside simpler agents and those that are told more.

The worlds stand in worlds.py, the agents in agents.py, what every figure means in measures.py. Shares are of a told
learner's gain over random: 0 is random, 1 is as good as being told the hidden class of every task.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import figures
import poison
import tables
from agents import (
    Agent,
    Alma,
    Cached,
    Careful,
    Habit,
    NearestSuccess,
    Oracle,
    Random,
    Told,
    ToldByLot,
    ToldGreedy,
    Usual,
    Vote,
    play,
)
from alma import plugins
from alma.embed.protocol import Embedder
from measures import Seed
from streams import MissingTexts, Stream, texts
from worlds import WORLDS

POISONED = "poisoned"
NO_SIGNAL = "no signal"
LONG, SHORT = 2500, 400
QUICK_SEEDS, ALL_SEEDS = 3, 10
Turned = Mapping[str, Mapping[poison.Attack, float]]
_ticks: Any = None  # A number shared with the worker processes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One world, or the attack, on one seed."""

    world: str
    seed: int
    tasks: int
    data: Path
    cache: Path

    @property
    def ticks(self) -> int:
        """How many tasks ALMA plays in it."""
        return self.tasks * {POISONED: poison.RUNS, NO_SIGNAL: 2}.get(self.world, 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, print, keep."""
    asked = _asked(arguments)
    try:
        texts(asked.data)
    except MissingTexts as error:
        sys.exit(str(error))
    began = time.perf_counter()
    jobs = _jobs(asked)
    played = _played(jobs, workers=asked.workers)
    by_world: dict[str, list[Seed]] = {}
    attacks: list[Turned] = []
    for job, one in zip(jobs, played, strict=True):
        if isinstance(one, Seed):
            by_world.setdefault(job.world, []).append(one)
        else:
            attacks.append(one)
    found = tables.show(by_world, attacks)
    print(f"\n{time.perf_counter() - began:.0f} s, seeds {jobs[0].seed} to {jobs[-1].seed}")
    figures.keep(asked.json, found)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="10 seeds and 2,500 tasks everywhere, instead of the quick table"
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="streams to play in each world")
    parser.add_argument("--first-seed", type=int, default=0, metavar="N", help="number of the first")
    parser.add_argument("--tasks", type=int, metavar="N", help="tasks in each stream")
    parser.add_argument("--worlds", nargs="+", choices=[*WORLDS, POISONED], default=[*WORLDS, POISONED])
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="streams played at once (default 2)"
    )
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument(
        "--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds banking77/train.csv"
    )
    parser.add_argument("--cache", type=Path, default=figures.CACHE, metavar="FOLDER", help="for vectors")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "loop.json", metavar="FILE")
    return parser.parse_args(arguments)


def _jobs(asked: argparse.Namespace) -> list[Job]:
    """Seed by seed within a world, worlds in their order."""
    seeds = asked.seeds or (ALL_SEEDS if asked.full else QUICK_SEEDS)

    def tasks(world: str) -> int:
        if world == POISONED:
            return poison.KNOWN + int(asked.tasks or poison.PLAYED)
        long = asked.full or WORLDS[world].is_long
        return int(asked.tasks or (LONG if long else SHORT))

    return [
        Job(world=world, seed=seed, tasks=tasks(world), data=asked.data, cache=asked.cache)
        for world in asked.worlds
        for seed in range(asked.first_seed, asked.first_seed + seeds)
    ]


def _played(jobs: Sequence[Job], *, workers: int) -> list[Seed | Turned]:
    """The results in the order of the jobs; the longest are played first."""
    context = multiprocessing.get_context("spawn")
    ticks = context.Value("l", 0)
    total = sum(job.ticks for job in jobs)
    print(
        f"{total:,} tasks for ALMA to play: {'.' * 40}\n{'':>{len(f'{total:,}') + 25}}",
        end="",
        file=sys.stderr,
    )
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(ticks,)) as pool:
        running: dict[Job, Future[Seed | Turned]] = {
            job: pool.submit(done, job) for job in sorted(jobs, key=lambda one: -one.ticks)
        }
        drawn = 0
        while not all(one.done() for one in running.values()):
            drawn = _bar(ticks.value, total, drawn)
            time.sleep(0.1)
        print("#" * (40 - drawn), file=sys.stderr)
        return [running[job].result() for job in jobs]


def _start(ticks: Any) -> None:
    global _ticks
    _ticks = ticks


def _tick() -> None:
    if _ticks is not None:
        with _ticks.get_lock():
            _ticks.value += 1


def _bar(done: int, total: int, drawn: int) -> int:
    """One mark for every fortieth of the work; gives how many are drawn."""
    due = 40 * done // total
    print("#" * (due - drawn), end="", file=sys.stderr, flush=True)
    return due


def done(job: Job) -> Seed | Turned:
    """What came of one job."""
    known = texts(job.data)
    with closing(Cached(plugins.embedder("minilm"), job.cache / "vectors.db")) as embedder:
        name = "stationary" if job.world == POISONED else job.world
        stream = WORLDS[name].make(known, job.tasks, job.seed, embedder)
        embedder.embed([*stream.tasks, *stream.elsewhere])
        if job.world == POISONED:
            return poison.turned(stream, embedder, seed=job.seed, tick=_tick)
        return one_seed(stream, embedder, seed=job.seed, careful=job.world == NO_SIGNAL)


def one_seed(stream: Stream, embedder: Embedder, *, seed: int, careful: bool = False) -> Seed:
    """What every agent got out of one stream."""
    agents: dict[str, Agent] = {
        "random": Random(stream, seed),
        "usual": Usual(stream),
        "nearest": NearestSuccess(stream, embedder, seed),
        "vote": Vote(stream, embedder, seed),
        "told_epsilon": ToldGreedy(stream, seed, epsilon=0.1),
        "told_by_lot": ToldByLot(stream, seed),
        "told_greedy": ToldGreedy(stream, seed),
        "told": Told(stream),
        "oracle": Oracle(stream),
    }
    plays = {name: play(agent, stream, tick=_nothing) for name, agent in agents.items()}
    with Alma(stream, embedder) as alma:
        plays["alma"] = play(alma, stream, tick=_tick)
    if careful:
        plays["habit"] = play(Habit(stream, seed), stream, tick=_nothing)
        with Careful(stream, embedder, seed) as one:
            plays["careful"] = play(one, stream, tick=_tick)
    return Seed(
        stream=stream,
        plays=plays,
        shown=alma.shown,
        spoke_elsewhere=alma.spoke_elsewhere,
        seconds=alma.seconds,
    )


def _nothing() -> None:
    """Only ALMA's tasks take long enough to be counted."""


if __name__ == "__main__":
    main()
