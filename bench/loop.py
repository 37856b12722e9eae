"""Prints how an agent that follows ALMA does on a drifting stream of real messages, beside simpler and told agents.

The world and its choice are described in streams.py, the agents in agents.py. The share is of a told learner's gain
over random: 0 is random, 1 is as good as being told the hidden class of every task. It depends on how the told
learner explores, which the published figures do not say; so every one of them has its row and its verdict.
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
from agents import (
    Agent,
    Alma,
    Cached,
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
from streams import STRATEGIES, MissingTexts, drifting, texts

Results = Mapping[str, Sequence[bool]]
NAMES = {
    "random": "nothing (random)",
    "usual": "always the usual strategy",
    "nearest": "the nearest success",
    "vote": "a vote of the 10 nearest",
    "alma": "ALMA",
    "told_by_lot": "told the class, explores by lot",
    "told_epsilon": "told the class, best mean, ε = 0.1",
    "told_greedy": "told the class, best mean",
    "told": "told the class, ALMA's own bonus",
    "oracle": "an oracle",
}
TOLD = ("told_by_lot", "told_epsilon", "told_greedy", "told")  # The last is the hardest.
TARGET = 0.92
# What is published of the told learner that the target was set by. How it explored is not; of ours, the one with
# ε = 0.1 comes nearest to it on seeds 0 to 5. That was found out after ALMA's own result was known.
PUBLISHED = {"first_1500": 0.672, "last_quarter": 0.700}
LIKE_PUBLISHED, HARDEST = "told_epsilon", "told"
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
            "told_by_lot": ToldByLot(stream, seed),
            "told_epsilon": ToldGreedy(stream, seed, epsilon=0.1),
            "told_greedy": ToldGreedy(stream, seed),
            "told": Told(stream),
            "oracle": Oracle(stream),
        }
        return {name: play(agent, stream, tick=_tick) for name, agent in agents.items()}


def _row(own: Sequence[Sequence[bool]], played: Sequence[Results]) -> dict[str, object]:
    """The figures of one agent over all seeds."""
    tasks = len(own[0])
    means = [fmean(one) for one in own]
    return {
        "mean": round(fmean(means), 4),
        "share": {of: round(_share(own, played, of=of), 4) for of in TOLD},
        "first_100": round(fmean(fmean(one[:100]) for one in own), 4),
        "first_500": round(fmean(fmean(one[:500]) for one in own), 4),
        "first_1500": round(fmean(fmean(one[:1500]) for one in own), 4),
        "last_quarter": round(fmean(fmean(one[tasks - tasks // 4 :]) for one in own), 4),
        "by_seed": [round(mean, 4) for mean in means],
        "share_by_seed": {
            of: [round(_share([one], [all_], of=of), 4) for one, all_ in zip(own, played, strict=True)]
            for of in TOLD
        },
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
    head = ("mean", "100", "500", "1500", "last ¼")
    print(f"{'agent that follows …':<36}{''.join(f'{one:>8}' for one in head)}   seeds")
    columns = ("mean", "first_100", "first_500", "first_1500", "last_quarter")
    for name, row in found.items():
        figures_of_it = "".join(f"{row[one]:>8.3f}" for one in columns)
        print(f"{NAMES[name]:<36}{figures_of_it}   {_spread(row['by_seed'])}")
    _show_shares(found)
    _show_verdict(found)


def _show_shares(found: Mapping[str, Mapping[str, Any]]) -> None:
    """ALMA's share of each told learner's gain, and how far that learner is from the published one."""
    print(f"\nShare of a told learner's gain over random; to reach: {TARGET}")
    head = f"{'ALMA':>8}  {'':<9}{'seeds':<16}{'the vote':>8}"
    print(f"{'of the learner that is …':<36}{head}{'1500':>10}{'last ¼':>8}{'off by':>8}")
    for name in TOLD:
        share, row = found["alma"]["share"][name], found[name]
        seeds = _spread(found["alma"]["share_by_seed"][name])
        print(
            f"{NAMES[name]:<36}{share:>8.3f}  {_verdict(share):<9}{seeds:<16}{found['vote']['share'][name]:>8.3f}"
            f"{row['first_1500']:>10.3f}{row['last_quarter']:>8.3f}{_off(row):>8.3f}"
        )
    print(
        f"{'(the published told learner)':<77}{PUBLISHED['first_1500']:>10.3f}{PUBLISHED['last_quarter']:>8.3f}"
    )


def _show_verdict(found: Mapping[str, Mapping[str, Any]]) -> None:
    notes = {LIKE_PUBLISHED: "nearest to the published one on seeds 0 to 5", HARDEST: "the hardest"}
    print()
    for name, note in notes.items():
        share = found["alma"]["share"][name]
        print(f"{share:.3f} {_verdict(share)}: of the learner {NAMES[name]}, {note}")
    print(
        "How the published learner explored is not known. The nearest was picked after ALMA's result was known."
    )


def _verdict(share: float) -> str:
    return "reached" if share >= TARGET else "MISSED"


def _off(row: Mapping[str, Any]) -> float:
    """How far a told learner is from the published one: both differences added."""
    return sum(abs(float(row[name]) - value) for name, value in PUBLISHED.items())


def _spread(by_seed: Sequence[float]) -> str:
    return f"{min(by_seed):.3f} to {max(by_seed):.3f}"


if __name__ == "__main__":
    main()
