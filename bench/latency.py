"""Prints start-up, latency, memory and file size at 1,000, 10,000 and 100,000 memories, and writes them as JSON.

Every verb is called as a user calls it, with the real model; the embedder's own time is measured in the same calls
and taken out. The stores are filled in bulk (see population.py). A busy machine makes every figure worse.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import figures
from alma import plugins
from alma.embed.protocol import Embedder
from crowd import crowd
from environment import fresh
from figures import Figure, of_times, pace
from population import BUSY, QUIET, Population, fill, some_tasks
from startup import environment, startup
from watch import times, watched

SIZES = (1_000, 10_000, 100_000)
MOST_RETRIEVE = {10_000: 6.0, 100_000: 20.0}
QUIET_OWNS = 100
MAIN = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, keep."""
    asked = _asked(arguments)
    found: list[Figure] = []

    def add(new: Sequence[Figure]) -> None:
        figures.show(new)
        found.extend(new)

    with tempfile.TemporaryDirectory(prefix="alma-bench-", dir=asked.folder) as name:
        folder = Path(name)
        add([_sync(folder)])
        embedder = plugins.embedder("minilm")
        for size in asked.sizes:
            add(_at(folder, size, embedder, rounds=asked.rounds))
        add(_startup(folder, embedder, asked.startup_memories, rounds=asked.rounds))
        add(crowd(folder, processes=asked.processes, each=asked.each))
    if asked.environment:
        add(fresh())
    figures.keep(asked.json, figures.as_records(found))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="memories in a store"
    )
    parser.add_argument("--rounds", type=int, default=100, help="calls behind each figure (default 100)")
    parser.add_argument("--startup-memories", type=int, default=10_000, metavar="N", help="for `alma warn`")
    parser.add_argument("--processes", type=int, default=8, help="that learn on one file at once")
    parser.add_argument("--each", type=int, default=200, help="outcomes that each of them learns")
    parser.add_argument(
        "--environment", action="store_true", help="make a fresh environment as well: a minute"
    )
    parser.add_argument("--folder", type=Path, help="where the stores are made: the disk that is measured")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "latency.json", metavar="FILE")
    return parser.parse_args(arguments)


def _sync(folder: Path) -> Figure:
    """What the disk itself takes for one durable write; `learn` cannot be faster."""
    taken = []
    with (folder / "sync").open("wb") as file:
        for _ in range(30):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return of_times("one durable write of 4 KB on this disk", taken)


def _at(folder: Path, size: int, embedder: Embedder, *, rounds: int) -> list[Figure]:
    """Everything that is measured on a store of one size."""
    largest = size >= SIZES[-1]
    began = time.perf_counter()
    filled = fill(folder / f"{size}.db", size, embedder=embedder, quiet=QUIET_OWNS if largest else 0)
    filling = time.perf_counter() - began
    found = [
        _file(filled, size, filling),
        *_retrieves(filled, size, agent=BUSY, rounds=rounds, most=MOST_RETRIEVE.get(size)),
    ]
    if largest:
        found += _retrieves(filled, size, agent=QUIET, rounds=rounds, most=3.0)
    return (
        found + _learns(filled, size, embedder, rounds=rounds) + _probe(filled, size, rounds=min(rounds, 50))
    )


def _file(filled: Population, size: int, filling: float) -> Figure:
    with closing(sqlite3.connect(filled.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    beyond = (filled.path.stat().st_size - filled.text_bytes) / filled.count / 1024
    text = filled.text_bytes / filled.count
    return Figure(
        name=f"file beyond its text, a memory, {size:,} memories",
        value=round(beyond, 2),
        unit="KB",
        most=1.2,
        spread=f"text {text:.0f} B a memory; filled in {filling:.0f} s",
    )


def _retrieves(filled: Population, size: int, *, agent: str, rounds: int, most: float | None) -> list[Figure]:
    """`retrieve` of one agent about tasks that it never saw: a process's first calls, and, warm, those after them."""
    line = [sys.executable, str(MAIN / "asking.py"), str(filled.path), agent, str(rounds)]
    ran = subprocess.run(line, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    took = json.loads(ran.stdout)
    owner = f"{size:,} memories" if agent == BUSY else f"owns {QUIET_OWNS} of {size:,}"
    return [
        of_times(f"`retrieve`, warm, beyond the embedder, {owner}", took["warm"], most=most),
        of_times(f"  the first {rounds} of the process, which read their texts from the disk", took["first"]),
        of_times("  the embedder beside it", took["inside"]),
        pace(),
    ]


def _learns(filled: Population, size: int, embedder: Embedder, *, rounds: int) -> list[Figure]:
    """Durable `learn`, and the embedder beside it."""
    alma, watch = watched(filled.path, embedder)
    with alma:
        warm, *texts = some_tasks(1 + rounds, seed=11)

        def learn(text: str) -> object:
            return alma.learn(
                agent=BUSY, task=text, strategy_used="use a retry with backoff", outcome="success"
            )

        learn(warm)
        beyond, inside = times(watch, texts, learn)
    return [
        of_times(f"`learn`, durable, beyond the embedder, {size:,} memories", beyond, most=15),
        of_times("  the embedder beside it", inside),
    ]


def _probe(filled: Population, size: int, *, rounds: int) -> list[Figure]:
    """A process of its own: its first answer, and the most memory it held."""
    line = [sys.executable, str(MAIN / "probe.py"), str(filled.path), str(rounds), str(rounds)]
    ran = subprocess.run(line, env=environment(), stdout=subprocess.PIPE, text=True, check=True)
    took = json.loads(ran.stdout)
    return [
        Figure(
            name=f"first `retrieve` of a process, imports, model and vectors loaded, {size:,}",
            value=round(1000 * took["cold"]),
            unit="ms",
        ),
        Figure(
            name=f"peak resident memory with the model, {size:,} memories",
            value=round(took["megabytes"]),
            unit="MB",
            most=400,
        ),
    ]


def _startup(folder: Path, embedder: Embedder, memories: int, *, rounds: int) -> list[Figure]:
    place = folder / "project" / ".alma"
    place.mkdir(parents=True)
    fill(place / "alma.db", memories, embedder=embedder)
    return startup(place.parent, rounds=min(rounds, 30))


if __name__ == "__main__":
    main()
