"""Prints what every constant of the advice and the beliefs is worth: each one changed alone, on the same streams.

Here the rules are asked directly, without a store around them, so that many variants can be played.

Columns: success, in all and over the first 500 tasks; the share of the told learner's gain (ε = 0.1), both again; the
share of the hardest told learner's gain; success in the changed classes after the change; heuristics shown that are
truly the best, and on which share of tasks; alternatives that are truly better, and on which; and how often the lower
bound shown with the first advice holds.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

import numpy as np

import figures
import measures
from agents import Agent, Cached, Neighbours, Play, Random, Shown, Told, ToldGreedy, Tried, play
from alma import plugins
from alma.domain.memory import VERIFIED, Outcome
from alma.embed.protocol import Embedder
from alma.rules import beliefs, evidence, posterior, ranking
from alma.rules.evidence import Observation, Record
from measures import YARDSTICK, Seed
from streams import Stream, drifting, texts

NOON = datetime(2026, 1, 1, tzinfo=UTC)
Found = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One constant, or one rule, with another value."""

    name: str
    module: ModuleType = evidence
    constant: str = ""
    value: Any = None  # Whatever the constant is: a number, or a function.

    @contextmanager
    def played(self) -> Iterator[None]:
        """With this value for as long as it lasts."""
        if not self.constant:
            yield
            return
        usual = getattr(self.module, self.constant)
        setattr(self.module, self.constant, self.value)
        try:
            yield
        finally:
            setattr(self.module, self.constant, usual)


def _closeness(power: float, factor: float) -> Any:
    return lambda similarity: min(1.0, factor * max(similarity, 0.01) ** power)


def _beside_the_nearest(width: float) -> Any:
    return lambda similarity, best: exp(min(0.0, similarity - best) / width)


VARIANTS = (
    Variant(name="as it is"),
    Variant(name="nearness: exp((s − s_max) / 0.2)", constant="nearness", value=_beside_the_nearest(0.2)),
    Variant(name="nearness: exp((s − s_max) / 0.12)", constant="nearness", value=_beside_the_nearest(0.12)),
    Variant(name="closeness: min(1, 1.5 s³)", constant="_closeness", value=_closeness(3, 1.5)),
    Variant(name="closeness: min(1, 2.5 s⁵)", constant="_closeness", value=_closeness(5, 2.5)),
    Variant(name="closeness: s⁴", constant="_closeness", value=_closeness(4, 1)),
    Variant(name="half-life 400", constant="HALF_LIFE", value=400.0),
    Variant(name="half-life 1,600", constant="HALF_LIFE", value=1600.0),
    Variant(name="the 30 heaviest", constant="KEPT", value=30),
    Variant(name="all 100 nominees", constant="KEPT", value=100),
    Variant(name="no change is looked for", module=posterior, constant="CHANGE", value=0.0),
    Variant(name="a change is likely: 0.5", module=posterior, constant="CHANGE", value=0.5),
    Variant(name="bonus 0.4 σ", module=beliefs, constant="CURIOSITY", value=0.4),
    Variant(name="bonus 1.0 σ", module=beliefs, constant="CURIOSITY", value=1.0),
    Variant(name="heuristic: 3 of 3 are enough", module=beliefs, constant="SURE_IF_CLEAN", value=0.0),
    Variant(name="heuristic: lower bound .60", module=beliefs, constant="LEAST_LOWER", value=0.60),
    Variant(name="anti-pattern: P ≥ .85", module=beliefs, constant="SURE_CONTRAST", value=0.85),
)


class Direct(Neighbours):
    """Follows the advice that the rules give for what it has seen so far."""

    def __init__(self, stream: Stream, embedder: Embedder, seed: int) -> None:
        super().__init__(stream, embedder, seed)
        self._stream = stream
        self._known: list[Outcome] = []
        self.shown: list[Shown] = []

    def choose(self, turn: int, /) -> int:
        """What is advised first."""
        records = self._records(turn)
        number = self._stream.strategies.index
        advised = ranking.advice_on(self._stream.strategies, records, key=str)
        avoided = beliefs.shown(beliefs.anti_patterns(records))
        self.shown.append(
            Shown(
                tried=tuple(
                    Tried(strategy=number(one.strategy), mean=one.mean, lower=one.lower)
                    for one in advised
                    if one.successes + one.failures
                ),
                heuristics=tuple(number(one.strategy) for one in beliefs.heuristics(records)),
                alternatives=tuple(
                    (number(one.pattern), number(one.better_alternative))
                    for one in avoided
                    if one.better_alternative
                ),
                known_failures=(),
            )
        )
        return number(advised[0].strategy)

    def _records(self, turn: int) -> tuple[Record, ...]:
        nearest = self._nearest(turn, successes=False)[: evidence.NOMINEES]
        cosines = np.clip(self._vectors[nearest] @ self._vectors[turn], 0, 1).tolist()
        floor = evidence.floor(0 if cosines and cosines[0] >= evidence.floor(turn) else turn)
        seen = [
            Observation(outcome=self._known[one], similarity=cosine, age=turn - 1 - one)
            for one, cosine in zip(nearest.tolist(), cosines, strict=True)
            if cosine >= floor
        ]
        return evidence.records(
            evidence.weigh(seen, half_life=evidence.HALF_LIFE), key=lambda outcome: outcome.strategy
        )

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Remember it: seen to happen, and of an origin of its own, as from a program."""
        super().learn(turn, strategy, worked=worked)
        self._known.append(
            Outcome(
                id=f"o-{turn}",
                agent="helena",
                source=VERIFIED,
                origin=f"run-{turn}",
                created_at=NOON,
                seq=turn + 1,
                task=self._stream.tasks[turn],
                strategy=self._stream.strategies[strategy],
                result=float(worked),
            )
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="streams to play (default 3)")
    parser.add_argument("--first-seed", type=int, default=0, metavar="N", help="number of the first")
    parser.add_argument("--tasks", type=int, default=2500, metavar="N", help="tasks in each")
    parser.add_argument("--variants", type=int, default=len(VARIANTS), metavar="N", help="only the first N")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument("--data", type=Path, default=Path(folder), metavar="FOLDER")
    parser.add_argument("--cache", type=Path, default=figures.CACHE, metavar="FOLDER", help="for vectors")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "tuning.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    with closing(Cached(plugins.embedder("minilm"), asked.cache / "vectors.db")) as embedder:
        streams = {seed: drifting(texts(asked.data), tasks=asked.tasks, seed=seed) for seed in seeds}
        _head(asked.tasks, list(seeds))
        found = {one.name: _row(one, streams, embedder) for one in VARIANTS[: asked.variants]}
    figures.keep(asked.json, {"tasks": asked.tasks, "seeds": list(seeds), "variants": found})


def _row(variant: Variant, streams: Mapping[int, Stream], embedder: Embedder) -> Found:
    """One variant on every stream, printed as soon as it is known."""
    with variant.played():
        seeds = [_played(stream, embedder, seed) for seed, stream in streams.items()]
    right, better = measures.heuristics_right(seeds, best=True), measures.alternatives_better(seeds)
    found: Found = {
        "success": measures.success(seeds, "alma"),
        "500": measures.success(seeds, "alma", 0, 500),
        "share": measures.share(seeds, "alma"),
        "share, 500": measures.share(seeds, "alma", tasks=500),
        "hardest": measures.share(seeds, "alma", of="told"),
        "changed": fmean(_after_change(one.stream, one.plays["alma"]) for one in seeds),
        "best": right.share,
        "on": right.often,
        "better": better.share,
        "on ": better.often,
        "bound": measures.bounds_hold(seeds, first_only=True).share,
    }
    print(f"{variant.name:<36}{''.join(map(_cell, found.values()))}", flush=True)
    return {name: None if one is None else round(one, 4) for name, one in found.items()}


def _played(stream: Stream, embedder: Embedder, seed: int) -> Seed:
    """The rules and those that they are measured by, on one stream."""
    direct = Direct(stream, embedder, seed)
    agents: dict[str, Agent] = {
        "random": Random(stream, seed),
        YARDSTICK: ToldGreedy(stream, seed, epsilon=0.1),
        "told": Told(stream),
        "alma": direct,
    }
    plays = {name: play(agent, stream, tick=_nothing) for name, agent in agents.items()}
    return Seed(stream=stream, plays=plays, shown=direct.shown, seconds={})


def _after_change(stream: Stream, played: Play) -> float:
    """Success on the tasks of the changed classes, after the change."""
    turns = range(stream.change, len(stream.tasks))
    return fmean(played.worked[turn] for turn in turns if stream.classes[turn] in stream.changed)


def _head(tasks: int, seeds: Sequence[int]) -> None:
    print(f"Banking77, drifting: {tasks:,} tasks, seeds {seeds[0]} to {seeds[-1]}\n")
    heads = ("success", "500", "share", "500", "hardest", "changed", "best", "on", "better", "on", "bound")
    print(f"{'variant':<36}{''.join(f'{one:>9}' for one in heads)}")


def _cell(value: float | None) -> str:
    return f"{'-':>9}" if value is None else f"{value:>9.3f}"


def _nothing() -> None:
    """Nobody waits for single tasks here."""


if __name__ == "__main__":
    main()
