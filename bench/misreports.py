"""Prints what it costs when a tenth of all results is told the wrong way round, over many streams.

One stream says little of it: the costs of single ones lie 2.4 points apart, so that ten know the mean to .8 of a point.
Here the rules are asked directly, without a store around them (as in tuning.py, where they are checked against one
another), and the results that are told wrongly are drawn anew for every stream.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

import figures
from agents import Cached, play
from alma import plugins
from figures import Figure
from streams import Stream, drifting, texts
from tuning import Direct
from worlds import MISREPORTED

MOST = 3.0
Played = tuple[float, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="streams to play (default 100)")
    parser.add_argument("--first-seed", type=int, default=0, metavar="N", help="number of the first")
    parser.add_argument("--tasks", type=int, default=2500, metavar="N", help="tasks in each")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument("--data", type=Path, default=Path(folder), metavar="FOLDER")
    parser.add_argument("--cache", type=Path, default=figures.CACHE, metavar="FOLDER", help="for vectors")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "misreports.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    play_one = partial(_played, tasks=asked.tasks, data=asked.data, cache=asked.cache)
    played = []
    with ProcessPoolExecutor(asked.workers) as pool:
        for one in pool.map(play_one, seeds):
            played.append(one)
            print(f"\r{len(played)} of {len(seeds)} streams", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found = [_figure(played)]
    figures.show(found)
    figures.keep(asked.json, {"tasks": asked.tasks, "played": played, "figures": figures.as_records(found)})


def _played(seed: int, *, tasks: int, data: Path, cache: Path) -> Played:
    """Success where all results are told rightly, and where a tenth is not, by the chances of what was chosen."""
    stream = drifting(texts(data), tasks=tasks, seed=seed)
    draw = random.Random(f"told wrongly {seed}")
    wrong = replace(stream, misreported=tuple(draw.random() < MISREPORTED for _ in stream.tasks))
    with closing(Cached(plugins.embedder("minilm"), cache / "vectors.db")) as embedder:
        rightly, wrongly = (_success(one, Direct(one, embedder, seed)) for one in (stream, wrong))
    return rightly, wrongly


def _success(stream: Stream, agent: Direct) -> float:
    chosen = play(agent, stream, tick=lambda: None).chosen
    return fmean(stream.chances(turn)[strategy] for turn, strategy in enumerate(chosen))


def _figure(played: Sequence[Played]) -> Figure:
    costs = [100 * (rightly - wrongly) for rightly, wrongly in played]
    error = stdev(costs) / sqrt(len(costs)) if len(costs) > 1 else float("nan")
    rightly, wrongly = (fmean(column) for column in zip(*played, strict=True))
    return Figure(
        name="what a tenth of wrong results costs",
        value=round(fmean(costs), 2),
        unit="points",
        most=MOST,
        spread=f"± {error:.2f}; success {rightly:.4f} and {wrongly:.4f}; {len(costs)} streams",
    )


if __name__ == "__main__":
    main()
