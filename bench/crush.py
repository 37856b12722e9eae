"""Prints how long each verb takes where one strategy was tried 100,000 times on one task, and how long at a hundredth.

Nothing can be told apart by nearness there: every outcome is as near as every other. The third column says that the
answer of the large store is that of a fresh process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import figures
from alma import ALMA, Outcome
from population import BATCH

TASK = "Test the login form"
STRATEGY = "Explicit waits on the submit button"
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
REPEATS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill, measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, metavar="N", help="outcomes (default 100,000)")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "crush.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = [
            one
            for count in (max(1, asked.count // 100), asked.count)
            for one in _measured(Path(folder) / f"{count}.db", count)
        ]
    figures.show(found)
    figures.keep(asked.json, figures.as_records(found))


def _measured(path: Path, count: int) -> list[figures.Figure]:
    with ALMA.open(f"sqlite:///{path}") as alma:
        _fill(alma, count)
        recall = alma.retrieve(TASK, agent="helena")
        verbs: dict[str, Callable[[], object]] = {
            "retrieve": lambda: alma.retrieve(TASK, agent="helena"),
            "warn": lambda: alma.warn(STRATEGY, agent="helena", task=TASK),
            "explain": lambda: alma.explain(recall.advice[0].id),
            "memories": lambda: alma.memories(limit=20),
            "learn": lambda: alma.learn(agent="helena", task=TASK, outcome=False, strategy_used=STRATEGY),
        }
        found = [
            figures.of_times(f"{name}, {count:,} outcomes", _times(verb)) for name, verb in verbs.items()
        ]
        last = alma.retrieve(TASK, agent="helena")
    with ALMA.open(f"sqlite:///{path}") as afresh:
        same = afresh.retrieve(TASK, agent="helena") == last
    return [
        *found,
        figures.Figure(
            name=f"differs from a fresh process, {count:,}", value=float(not same), unit="", most=0
        ),
    ]


def _times(verb: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        verb()
        taken.append(time.perf_counter() - began)
    return taken


def _fill(alma: ALMA, count: int) -> None:
    vector = alma._meaning.vector(TASK)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for first in range(0, count, BATCH):
        with alma._store.writing() as ledger:
            alma._meaning.claim(ledger, vector)
            for number in range(first, min(first + BATCH, count)):
                name = "".join(LETTERS[number >> shift & 31] for shift in range(45, -5, -5))
                made = Outcome(
                    id=f"o-{name}",
                    agent="helena",
                    source="verified",
                    origin=f"call:o-{name}",
                    created_at=start + timedelta(seconds=number),
                    task=TASK,
                    strategy=STRATEGY,
                    result=float(number % 3 != 0),
                )
                ledger.remember(made, vector=vector)


if __name__ == "__main__":
    main()
