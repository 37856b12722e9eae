"""Prints how well stated memories are found again, beside simpler ways of searching the same texts.

Each collection is told to ALMA as its user would and asked for with `retrieve`: rules of linters as anti-patterns,
found from their own bad example; trajectories of a household robot as heuristics; turns of long dialogues as
knowledge, every dialogue one agent's, one origin, in order. Nothing is tuned here.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

import figures
import linters
from agents import Cached
from alma import ALMA, plugins
from alma.rules import aloud
from figures import Figure
from linters import Rule

Ranked = Sequence[Sequence[int]]
Ways = Mapping[str, Callable[["Collection"], Ranked]]
DEPTH, RANKS = 100, 60
WHERE_TO_GET_THEM = """\
The texts are not part of this project. Put into FOLDER, and name FOLDER with --data or ALMA_BENCH_DATA:
procmem/agentinstruct_trajectories.json and procmem/query_bank.json: the procedural memory benchmark, Apache-2.0;
locomo/locomo10.json: https://github.com/snap-research/locomo, CC BY-NC 4.0, for evaluation only.
The rules are printed by ruff, which `make demo` installs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Documents, and questions with the numbers of the documents that answer them. `tell` states them all to ALMA."""

    name: str
    documents: tuple[str, ...]
    questions: tuple[tuple[str, frozenset[int]], ...]
    tell: Callable[[ALMA, str], Sequence[str]]
    kind: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Tell, ask, print, keep."""
    asked = _asked(arguments)
    embedder = Cached(plugins.embedder("minilm"), figures.CACHE / "vectors.db")
    found: dict[str, dict[str, dict[str, float]]] = {}
    try:
        for name in asked.only:
            found[name] = _measured(name, asked, embedder)
            _show(name, found[name])
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is not there.\n{WHERE_TO_GET_THEM}")
    finally:
        embedder.close()
    figures.keep(asked.json, {"found": found, "figures": figures.as_records(_figures(found))})


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=tuple(LEAST), default=tuple(LEAST), help="collections")
    parser.add_argument("--dialogues", type=int, default=10, metavar="N", help="of LoCoMo (default all 10)")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument(
        "--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds procmem/ and locomo/"
    )
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "finding.json", metavar="FILE")
    return parser.parse_args(arguments)


# -- collections ------------------------------------------------------------------------------------------------


def rules(name: str, known: Sequence[Rule]) -> Collection:
    """The rules of a linter; a question is a rule's own bad example."""

    def tell(alma: ALMA, agent: str) -> list[str]:
        return [
            alma.add_anti_pattern(agent=agent, pattern=one.pattern, why_bad=one.why_bad, origin=name).id
            for one in known
        ]

    return Collection(
        name=name,
        documents=tuple(f"{one.pattern}\n{one.why_bad}" for one in known),
        questions=tuple((one.example, frozenset([n])) for n, one in enumerate(known) if one.example),
        tell=tell,
        kind="anti_patterns",
    )


def procedures(folder: Path) -> Collection:
    """What a robot did, step by step; a question is a task in other words, judged by others."""
    told = _json(folder / "procmem" / "agentinstruct_trajectories.json")["trajectories"]
    judged = _json(folder / "procmem" / "query_bank.json")["queries"]
    steps = [
        (one["task_description"], "\n".join(step["action"] for step in one["state_action_pairs"]))
        for one in told
    ]
    number = {one["task_instance_id"]: n for n, one in enumerate(told)}

    def tell(alma: ALMA, agent: str) -> list[str]:
        return [alma.add_heuristic(agent=agent, condition=task, strategy=done).id for task, done in steps]

    return Collection(
        name="procmem",
        documents=tuple(f"{task}\n{done}" for task, done in steps),
        questions=tuple(
            (
                one["query_text"],
                frozenset(number[which["trajectory_id"]] for which in one["relevant_trajectories"]),
            )
            for one in judged
        ),
        tell=tell,
        kind="heuristics",
    )


def dialogues(folder: Path, count: int) -> Iterator[Collection]:
    """LoCoMo: the turns of each dialogue; questions of categories 1 to 4 with the turns that are their evidence."""
    for place, one in enumerate(_json(folder / "locomo" / "locomo10.json")[:count]):
        said = one["conversation"]
        sessions = sorted(
            (key for key in said if re.fullmatch(r"session_\d+", key)), key=lambda key: int(key[8:])
        )
        turns = [turn for key in sessions for turn in said[key]]
        number = {turn["dia_id"]: n for n, turn in enumerate(turns)}
        texts = tuple(f"{turn['speaker']}: {turn['text']}" for turn in turns)
        asked = [
            (one["question"], frozenset(number[which] for which in one["evidence"] if which in number))
            for one in one["qa"]
            if one["category"] < 5
        ]
        yield Collection(
            name=f"dialogue-{place}",
            documents=texts,
            questions=tuple((question, turns) for question, turns in asked if turns),
            tell=_teller(texts, f"dialogue-{place}"),
            kind="knowledge",
        )


def _teller(texts: Sequence[str], origin: str) -> Callable[[ALMA, str], Sequence[str]]:
    return lambda alma, agent: [
        alma.add_knowledge(agent=agent, fact=text, origin=origin).id for text in texts
    ]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# -- ways to search ---------------------------------------------------------------------------------------------


def by_alma(of: Collection, embedder: Cached, *, top_k: int, reads: bool = True) -> list[list[int]]:
    """Every document told, every question asked, through the public verbs; else without reading code aloud."""
    with (
        contextlib.nullcontext() if reads else mock.patch.object(aloud, "read", return_value=""),
        tempfile.TemporaryDirectory(prefix="alma-bench-") as folder,
        ALMA.open(f"sqlite:///{Path(folder) / 'finding.db'}") as alma,
    ):
        alma._meaning.embedder = embedder
        # What is told twice in the same words is one memory.
        numbers: dict[str, list[int]] = {}
        for place, id_ in enumerate(of.tell(alma, of.name)):
            numbers.setdefault(id_, []).append(place)
        kind = of.kind.removesuffix("s")
        return [
            [
                number
                for one in getattr(alma.retrieve(text, agent=of.name, top_k=top_k, kinds=(kind,)), of.kind)
                for number in numbers[one.id]
            ]
            for text, _ in of.questions
        ]


def by_bm25(of: Collection) -> NDArray[np.float64]:
    """BM25 of words as they stand, k1 = 1.5, b = 0.75."""
    held = [Counter(re.findall(r"\w+", text.lower())) for text in of.documents]
    usual = fmean(sum(one.values()) for one in held)
    rare = _rare(held)
    weighed = [
        {
            word: rare[word] * count * 2.5 / (count + 1.5 * (0.25 + 0.75 * sum(one.values()) / usual))
            for word, count in one.items()
        }
        for one in held
    ]
    return _products(weighed, [dict.fromkeys(re.findall(r"\w+", q.lower()), 1.0) for q, _ in of.questions])


def by_characters(of: Collection) -> NDArray[np.float64]:
    """Cosine of character 3- to 5-grams, weighed by the logarithm of their number and by how rare they are."""
    held = [_grams(text) for text in of.documents]
    rare = _rare(held)
    return _products(
        [_unit(one, rare) for one in held], [_unit(_grams(text), rare) for text, _ in of.questions]
    )


def by_meaning(of: Collection, embedder: Cached) -> NDArray[np.float64]:
    """MiniLM's cosine alone."""
    documents, questions = (
        np.frombuffer(b"".join(embedder.embed(texts)), np.int8).reshape(len(texts), -1).astype(np.float64)
        for texts in (of.documents, [text for text, _ in of.questions])
    )
    scores = questions @ documents.T
    scores /= np.linalg.norm(documents, axis=1)
    return np.asarray(scores)


def fused(scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009), k = 60."""
    ranks = [np.argsort(np.argsort(-one, axis=1, kind="stable"), axis=1) for one in scores]
    return np.asarray(sum(1 / (RANKS + 1 + one) for one in ranks))


def _grams(text: str) -> Counter[str]:
    line = f" {' '.join(text.lower().split())} "
    return Counter(line[at : at + width] for width in (3, 4, 5) for at in range(len(line) - width + 1))


def _rare(held: Sequence[Mapping[str, int]]) -> dict[str, float]:
    counts = Counter(word for one in held for word in one)
    return {word: log(1 + (len(held) - count + 0.5) / (count + 0.5)) for word, count in counts.items()}


def _unit(counts: Mapping[str, int], rare: Mapping[str, float]) -> dict[str, float]:
    weighed = {word: (1 + log(count)) * rare.get(word, 0.0) for word, count in counts.items()}
    length = sum(value * value for value in weighed.values()) ** 0.5 or 1.0
    return {word: value / length for word, value in weighed.items()}


def _products(
    documents: Sequence[Mapping[str, float]], questions: Sequence[Mapping[str, float]]
) -> NDArray[np.float64]:
    """The inner product of every question with every document, through an index of the features."""
    index: dict[str, tuple[list[int], list[float]]] = {}
    for place, one in enumerate(documents):
        for word, value in one.items():
            places, values = index.setdefault(word, ([], []))
            places.append(place)
            values.append(value)
    arrays = {word: (np.array(places), np.array(values)) for word, (places, values) in index.items()}
    scores = np.zeros((len(questions), len(documents)))
    for row, question in enumerate(questions):
        for word, value in question.items():
            if word in arrays:
                places_, values_ = arrays[word]
                scores[row, places_] += value * values_
    return scores


# -- figures ----------------------------------------------------------------------------------------------------


def found_at(ranked: Ranked, of: Collection, *, first: int) -> list[float]:
    """Of each question the share of its documents among the first."""
    pairs = zip(ranked, of.questions, strict=True)
    return [len(wanted & set(order[:first])) / len(wanted) for order, (_, wanted) in pairs]


def average_precision(ranked: Ranked, of: Collection) -> list[float]:
    """Of each question the mean precision at the places of its documents; one that is not found counts as 0."""
    found = []
    for order, (_, wanted) in zip(ranked, of.questions, strict=True):
        places = [place for place, one in enumerate(order, 1) if one in wanted]
        found.append(sum(n / place for n, place in enumerate(places, 1)) / len(wanted))
    return found


MEASURES: Mapping[str, Callable[[Ranked, Collection], list[float]]] = {
    "R@1": lambda ranked, of: found_at(ranked, of, first=1),
    "R@5": lambda ranked, of: found_at(ranked, of, first=5),
    "R@10": lambda ranked, of: found_at(ranked, of, first=10),
    "MAP": average_precision,
}
LEAST: Mapping[str, Mapping[str, float | None]] = {
    "ruff": {"R@1": 0.38, "R@5": 0.62},
    "python": {"R@1": None, "R@5": None},
    "typescript": {"R@1": None, "R@5": None},
    "procmem": {"MAP": 0.64},
    "locomo": {"R@5": 0.59, "R@10": 0.69},
}
TITLES = {
    "ruff": "rules of ruff from their own bad example",
    "python": "rules of other linters for Python (refurb, wemake-python-styleguide)",
    "typescript": "rules of linters for TypeScript (four plugins of eslint)",
    "procmem": "procmem, trajectories from tasks in other words",
    "locomo": "LoCoMo, turns from questions of categories 1 to 4",
}
TOP_K = {"ruff": 5, "python": 5, "typescript": 5, "procmem": 1000, "locomo": 10}


def _measured(name: str, asked: argparse.Namespace, embedder: Cached) -> dict[str, dict[str, float]]:
    """Every way to search, with its figures, over all questions of these collections."""
    collections = {
        "ruff": lambda: [rules("ruff", linters.ruff())],
        "python": lambda: [rules("python", linters.of_python(figures.CACHE / "linters"))],
        "typescript": lambda: [rules("typescript", linters.of_typescript(figures.CACHE / "linters"))],
        "procmem": lambda: [procedures(asked.data)],
        "locomo": lambda: list(dialogues(asked.data, asked.dialogues)),
    }[name]()
    found: dict[str, dict[str, list[float]]] = {}
    for place, of in enumerate(collections, 1):
        print(f"\r{name}: {place} of {len(collections)}", end="", file=sys.stderr, flush=True)
        for way, ranked in _ways(of, embedder, top_k=TOP_K[name]).items():
            for measure in LEAST[name]:
                found.setdefault(way, {}).setdefault(measure, []).extend(MEASURES[measure](ranked, of))
    print(file=sys.stderr)
    return {
        way: {name: round(fmean(values), 4) for name, values in row.items()} for way, row in found.items()
    }


def _ways(of: Collection, embedder: Cached, *, top_k: int) -> dict[str, Ranked]:
    scores = {
        "BM25": by_bm25(of),
        "characters, 3- to 5-grams": by_characters(of),
        "MiniLM alone": by_meaning(of, embedder),
    }
    scores["the three by reciprocal rank"] = fused(list(scores.values()))
    ranked: dict[str, Ranked] = {
        name: np.argsort(-one, axis=1, kind="stable").tolist() for name, one in scores.items()
    }
    if any(aloud.is_code(text) for text, _ in of.questions):
        ranked["ALMA, code not read aloud"] = by_alma(of, embedder, top_k=top_k, reads=False)
    return ranked | {"ALMA": by_alma(of, embedder, top_k=top_k)}


def _figures(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[Figure]:
    return [
        Figure(name=f"{TITLES[name]}, {measure}", value=rows["ALMA"][measure], unit="", least=least)
        for name, rows in found.items()
        for measure, least in LEAST[name].items()
    ]


def _show(name: str, rows: Mapping[str, Mapping[str, float]]) -> None:
    print(f"\n{TITLES[name]}\n{'':<32}" + "".join(f"{measure:>8}" for measure in LEAST[name]))
    for way, row in rows.items():
        print(f"{way:<32}" + "".join(f"{value:>8.3f}" for value in row.values()))
    figures.show(_figures({name: rows}))


if __name__ == "__main__":
    main()
