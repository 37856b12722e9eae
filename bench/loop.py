"""Prints how an agent that follows ALMA does on a drifting stream of real messages, beside simpler and told agents.

The world and its choice are described in streams.py, the agents in agents.py. The share is of a told learner's gain
over random: 0 is random, 1 is as good as being told the hidden class of every task. The target is about the learner
that explores by ALMA's own bonus; the share of one that explores by lot, which is easier to match, stands beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

import figures
from agents import Agent, Alma, Cached, NearestSuccess, Oracle, Random, Told, ToldByLot, Usual, Vote, play
from alma import plugins
from streams import STRATEGIES, MissingTexts, drifting, texts

Results = Mapping[str, Sequence[bool]]
NAMES = {
    "random": "nothing (random)",
    "usual": "always the usual strategy",
    "nearest": "the nearest success",
    "vote": "a vote of the 10 nearest",
    "alma": "ALMA",
    "told_by_lot": "a learner told the class, explores by lot",
    "told": "a learner told the class, ALMA's bonus",
    "oracle": "an oracle",
}
TARGET = 0.92
_ticks: Any = None  # A number shared with the worker processes.


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, print, keep."""
    asked = _asked(arguments)
    try:
        texts(asked.data)
    except MissingTexts as error:
        sys.exit(str(error))
    began = time.perf_counter()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    played = _played(seeds, asked)
    found = {name: _row([one[name] for one in played], played) for name in NAMES}
    _show(found, tasks=asked.tasks, seeds=list(seeds), taken=time.perf_counter() - began)
    figures.keep(asked.json, {"tasks": asked.tasks, "seeds": list(seeds), "agents": found})


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, metavar="N", help="streams to play (default 6)")
    parser.add_argument(
        "--first-seed", type=int, default=0, metavar="N", help="number of the first (default 0)"
    )
    parser.add_argument("--tasks", type=int, default=2500, metavar="N", help="tasks in each (default 2,500)")
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="streams played at once (default 2)"
    )
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument(
        "--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds banking77/train.csv"
    )
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "loop.json", metavar="FILE")
    return parser.parse_args(arguments)


def _played(seeds: Sequence[int], asked: argparse.Namespace) -> list[Results]:
    context = multiprocessing.get_context("spawn")
    ticks = context.Value("l", 0)
    total = len(seeds) * len(NAMES) * asked.tasks
    with ProcessPoolExecutor(asked.workers, context, initializer=_start, initargs=(ticks,)) as workers:
        running = [workers.submit(one_seed, asked.data, asked.tasks, seed) for seed in seeds]
        while not all(one.done() for one in running):
            _bar(ticks.value, total)
            time.sleep(0.5)
        _bar(ticks.value, total)
        print(file=sys.stderr)
        return [one.result() for one in running]


def _start(ticks: Any) -> None:
    global _ticks
    _ticks = ticks


def _tick() -> None:
    if _ticks is not None:
        with _ticks.get_lock():
            _ticks.value += 1


def _bar(done: int, total: int) -> None:
    filled = 40 * done // total
    print(
        f"\r[{'#' * filled}{'.' * (40 - filled)}] {done:,} of {total:,} tasks",
        end="",
        file=sys.stderr,
        flush=True,
    )


def one_seed(folder: Path, tasks: int, seed: int) -> Results:
    """What every agent got out of one stream."""
    stream = drifting(texts(folder), tasks=tasks, seed=seed)
    embedder = Cached(plugins.embedder("minilm"))
    with Alma(stream, embedder) as alma:
        agents: dict[str, Agent] = {
            "random": Random(seed),
            "usual": Usual(stream),
            "nearest": NearestSuccess(stream, embedder, seed),
            "vote": Vote(stream, embedder, seed),
            "alma": alma,
            "told": Told(stream),
            "told_by_lot": ToldByLot(stream, seed),
            "oracle": Oracle(stream),
        }
        return {name: play(agent, stream, tick=_tick) for name, agent in agents.items()}


def _row(own: Sequence[Sequence[bool]], played: Sequence[Results]) -> dict[str, object]:
    """The figures of one agent over all seeds."""
    tasks = len(own[0])
    means = [fmean(one) for one in own]
    return {
        "mean": round(fmean(means), 4),
        "share": round(_share(own, played, of="told"), 4),
        "share_by_lot": round(_share(own, played, of="told_by_lot"), 4),
        "first_100": round(fmean(fmean(one[:100]) for one in own), 4),
        "first_500": round(fmean(fmean(one[:500]) for one in own), 4),
        "first_1500": round(fmean(fmean(one[:1500]) for one in own), 4),
        "last_quarter": round(fmean(fmean(one[tasks - tasks // 4 :]) for one in own), 4),
        "by_seed": [round(mean, 4) for mean in means],
        "share_by_seed": [
            round(_share([one], [all_], of="told"), 4) for one, all_ in zip(own, played, strict=True)
        ],
    }


def _share(own: Sequence[Sequence[bool]], played: Sequence[Results], *, of: str) -> float:
    """The share of a told learner's gain over random, of the means over these seeds."""
    least = fmean(fmean(one["random"]) for one in played)
    most = fmean(fmean(one[of]) for one in played)
    return (fmean(fmean(one) for one in own) - least) / (most - least) if most != least else 0.0


def _show(found: Mapping[str, Mapping[str, Any]], *, tasks: int, seeds: Sequence[int], taken: float) -> None:
    print(
        f"Banking77, drifting: {tasks:,} tasks, {len(STRATEGIES)} strategies, "
        f"seeds {seeds[0]} to {seeds[-1]}, {taken:.0f} s\n"
    )
    head = ("mean", "100", "500", "1500", "last ¼", "share", "by lot")
    print(f"{'agent that follows …':<44}{''.join(f'{one:>8}' for one in head)}   seeds")
    columns = ("mean", "first_100", "first_500", "first_1500", "last_quarter", "share", "share_by_lot")
    for name, row in found.items():
        spread = f"{min(row['by_seed']):.3f} to {max(row['by_seed']):.3f}"
        print(f"{NAMES[name]:<44}{''.join(f'{row[one]:>8.3f}' for one in columns)}   {spread}")
    alma = found["alma"]
    verdict = "reached" if alma["share"] >= TARGET else "MISSED"
    by_seed = ", ".join(f"{one:.3f}" for one in alma["share_by_seed"])
    print(f"\nALMA's share of the gain over random of {NAMES['told']}: {alma['share']:.3f}")
    print(f"  to reach: {TARGET}, {verdict}; seed by seed: {by_seed}")
    print(f"  of {NAMES['told_by_lot']}: {alma['share_by_lot']:.3f} (not what the target is about)")


if __name__ == "__main__":
    main()
