"""Prints how well ALMA tells a task that it has learned about from one it has not: who is answered, and who gets silence.

A store learns customer messages of some intents of Banking77. In scope are messages of the same intents that it never
saw; neighbours are messages of other intents; unrelated are questions about other people's lives (LoCoMo), tasks of a
household robot (procmem) and tasks of software work (`texts/work.json`, ours). Silent means that the recall is
empty; the score is that of the nearest candidate. Of every group each second text is for fitting the floor (`--fit`),
the others are what is printed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import log10
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

import figures
from agents import Cached
from alma import ALMA, plugins
from alma.rules import evidence
from figures import Figure
from streams import WHERE_TO_GET_IT

AGENT = "helena"
INTENTS = {50: 10, 100: 10, 200: 20, 1_000: 40, 10_000: 77}
SIZES = (50, 200, 1_000, 10_000)
SEEDS = 3
QUESTIONS = 240
IN_SCOPE, NEIGHBOURS = "in scope", "neighbours"
SILENT = 0.9
LEAST_AUROC, LEAST_ANSWERED = 0.95, 0.90
Texts = Mapping[str, Sequence[str]]
Row = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one question got: the score of the nearest candidate, and whether anything came back."""

    score: float
    answered: bool


Answers = Mapping[str, Sequence[Answer]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn, ask, print, keep; or fit."""
    asked = _asked(arguments)
    embedder = Cached(plugins.embedder("minilm"), figures.CACHE / "vectors.db")
    try:
        played = {size: _played(size, asked, embedder) for size in asked.sizes}
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there.\n{WHERE_TO_GET_IT}\nAnd test.csv beside it.")
    finally:
        embedder.close()
    if asked.fit:
        print("floor = {:.2f} + {:.2f} · log10(n / 50)".format(*fitted(played)))
        return
    found = {size: [row(answers) for answers in several] for size, several in played.items()}
    _show(found)
    figures.keep(asked.json, {"rows": found, "figures": figures.as_records(_figures(found))})


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", choices=tuple(INTENTS), default=SIZES, metavar="N", help="outcomes"
    )
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help="stores of each size below 10,000"
    )
    parser.add_argument("--fit", action="store_true", help="fit the floor on the other half of the texts")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument("--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds banking77/")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "relevance.json", metavar="FILE")
    return parser.parse_args(arguments)


# -- texts and answers ------------------------------------------------------------------------------------------


def _played(size: int, asked: argparse.Namespace, embedder: Cached) -> Sequence[Answers]:
    """What the questions got from stores of one size."""
    seeds = range(asked.seeds if size < max(INTENTS) else 1)
    elsewhere = unrelated(asked.data)
    found = []
    for seed in seeds:
        print(f"\r{size:,} outcomes, store {seed + 1} of {len(seeds)} ", end="", file=sys.stderr, flush=True)
        learned, questions = _drawn(size, asked.data, random.Random(f"{size} {seed}"))
        texts = {**questions, **elsewhere}
        found.append(
            answers(learned, {name: _half(one, fit=asked.fit) for name, one in texts.items()}, embedder)
        )
    print(file=sys.stderr)
    return found


def _half(texts: Sequence[str], *, fit: bool) -> Sequence[str]:
    drawn = random.Random("half").sample(sorted(set(texts)), len(set(texts)))
    return drawn[fit : 2 * QUESTIONS : 2]


def _drawn(size: int, folder: Path, draw: random.Random) -> tuple[list[str], Texts]:
    """Messages to learn, of some intents; and messages of these and of the other intents."""
    known, later = (_messages(folder / "banking77" / name) for name in ("train.csv", "test.csv"))
    chosen = draw.sample(sorted(known), INTENTS[size])
    pool = [text for name in chosen for text in known[name]]
    others = [name for name in later if name not in chosen]
    questions = {
        IN_SCOPE: list(chain.from_iterable(later[name] for name in chosen)),
        NEIGHBOURS: list(chain.from_iterable(later[name] for name in others)),
    }
    return draw.sample(pool, min(size, len(pool))), {
        name: texts for name, texts in questions.items() if texts
    }


def _messages(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            found.setdefault(one["category"], []).append(" ".join(one["text"].split()))
    return found


def unrelated(folder: Path) -> Texts:
    """Texts of other topics: ours, and those that are there."""
    work = json.loads((Path(__file__).parent / "texts" / "work.json").read_text(encoding="utf-8"))
    found = {"software work": [one["text"].split("\n")[0] for one in work["texts"]]}
    lives, tasks = folder / "locomo" / "locomo10.json", folder / "procmem" / "agentinstruct_trajectories.json"
    if lives.is_file():
        told = json.loads(lives.read_text(encoding="utf-8"))
        found["LoCoMo"] = [one["question"] for dialogue in told for one in dialogue["qa"]]
    if tasks.is_file():
        done = json.loads(tasks.read_text(encoding="utf-8"))["trajectories"]
        found["procmem"] = [one["task_description"] for one in done]
    return found


def answers(learned: Sequence[str], questions: Texts, embedder: Cached) -> dict[str, list[Answer]]:
    """Every message learned, every question asked, through the public verbs."""
    with (
        tempfile.TemporaryDirectory(prefix="alma-bench-") as folder,
        ALMA.open(f"sqlite:///{Path(folder) / 'relevance.db'}") as alma,
    ):
        alma._meaning.embedder = embedder
        for text in learned:
            alma.learn(agent=AGENT, task=text, strategy_used="look it up", outcome="success")
        return {name: [_answer(alma, text) for text in texts] for name, texts in questions.items()}


def _answer(alma: ALMA, text: str) -> Answer:
    recall = alma.retrieve(text, agent=AGENT)
    return Answer(score=recall.candidates[0].score if recall.candidates else 0.0, answered=bool(recall))


# -- figures ----------------------------------------------------------------------------------------------------


def row(of: Answers) -> Row:
    """The figures of one store."""
    inside, elsewhere = of[IN_SCOPE], _elsewhere(of)
    cut = float(np.quantile([one.score for one in elsewhere], SILENT, method="higher"))
    return {
        "AUROC": auroc(inside, elsewhere),
        "answered": fmean(one.answered for one in inside),
        "answered when 90 % silent": fmean(one.score > cut for one in inside),
        "silent": {
            name: fmean(not one.answered for one in some) for name, some in of.items() if name != IN_SCOPE
        },
        "AUROC of neighbours": auroc(inside, of[NEIGHBOURS]) if NEIGHBOURS in of else None,
    }


def _elsewhere(of: Answers) -> list[Answer]:
    return [one for name, some in of.items() if name not in (IN_SCOPE, NEIGHBOURS) for one in some]


def auroc(ones: Sequence[Answer], others: Sequence[Answer]) -> float:
    """How often a question of the first kind scores above one of the second; ties count half."""
    above, below = (np.array([one.score for one in some]) for some in (ones, others))
    return float((above[:, None] > below).mean() + (above[:, None] == below).mean() / 2)


def fitted(played: Mapping[int, Sequence[Answers]]) -> tuple[float, float]:
    """The line with the most room at its worst: of the share that is answered, and of each topic's that is silent."""
    lines = product(np.arange(0.30, 0.46, 0.01), np.arange(0.05, 0.16, 0.01))
    return max(lines, key=lambda line: (round(_worst(played, *line), 4), -abs(line[1] - 0.11)))


def _worst(played: Mapping[int, Sequence[Answers]], least: float, steep: float) -> float:
    """The smallest of all shares of right decisions, of every size and every group."""
    shares = []
    for size, several in played.items():
        floor = least + steep * log10(max(size, 50) / 50)
        for name in several[0]:
            if name != NEIGHBOURS:
                passed = fmean(one.score >= floor for of in several for one in of[name])
                shares.append(passed if name == IN_SCOPE else 1 - passed)
    return min(shares)


def _figures(found: Mapping[int, Sequence[Row]]) -> list[Figure]:
    figures_ = []
    for size, rows in found.items():
        for name, least in (("AUROC", LEAST_AUROC), ("answered when 90 % silent", LEAST_ANSWERED)):
            values = [one[name] for one in rows]
            spread = f"{min(values):.3f} to {max(values):.3f}"
            figures_.append(
                Figure(
                    name=f"unrelated topics, {size:,} outcomes: {name}",
                    value=round(fmean(values), 4),
                    unit="",
                    least=least,
                    spread=spread,
                )
            )
    return figures_


def _show(found: Mapping[int, Sequence[Row]]) -> None:
    names = list(dict.fromkeys(name for rows in found.values() for one in rows for name in one["silent"]))
    print(f"{'with the floor that ships':<28}{'floor':>8}{'answered':>10}   silent: " + ", ".join(names))
    for size, rows in found.items():
        silent = [[one["silent"][name] for one in rows if name in one["silent"]] for name in names]
        shown = "  ".join(f"{fmean(some):.3f}" if some else "    -" for some in silent)
        answered = fmean(one["answered"] for one in rows)
        print(f"{f'{size:,} outcomes':<28}{evidence.floor(size):>8.3f}{answered:>10.3f}   {shown}")
    beside = [(size, one["AUROC of neighbours"]) for size, rows in found.items() for one in rows]
    told = [f"{size:,}: {value:.3f}" for size, value in beside if value is not None]
    print(f"AUROC against neighbouring topics, only printed: {', '.join(told)}\n")
    figures.show(_figures(found))


if __name__ == "__main__":
    main()
