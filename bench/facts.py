"""Prints how well facts that contradict each other, or say the same, are told from others, on labelled pairs.

Beside the rule stand the rule before it, and the cosine of the sentences with the best threshold that hindsight
finds on the very pairs that it is measured on. The pairs are in tests/rules/fact_pairs.py.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import figures

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "rules"))
from fact_pairs import CONTRADICT, MENDED, OTHER_TOPICS, PAIRS, SAME, part

from alma import plugins
from alma.embed.protocol import Embedder
from alma.rules import facts, indexing, similarity, strategies, words

Pairs = Sequence[tuple[str, str, str]]
Rule = Callable[[str, str], bool]
NEGATIONS = frozenset("not no never without none cannot isn don doesn won".split())  # noqa: SIM905
PARTS: Mapping[str, Pairs] = {
    "tuned on": part(held_back=False),
    "held back": part(held_back=True),
    "other topics": OTHER_TOPICS,
    "mended": MENDED,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "facts.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    found = [
        measured(name, label, rule, pairs, title)
        for label, rules in ((CONTRADICT, _contradicting()), (SAME, _same()))
        for name, rule in rules.items()
        for title, pairs in PARTS.items()
    ]
    print(f"{'label':<12} {'pairs':<14} {'rule':<34} {'precision':>9} {'recall':>7} {'right':>7}")
    for row in found:
        print(
            f"{row['label']:<12} {row['pairs']:<14} {row['rule']:<34} {row['precision']:>9.2f} {row['recall']:>7.2f} {row['found']:>7}"
        )
    print(f"one comparison takes {_microseconds():.0f} µs")
    figures.keep(asked.json, found)


def measured(name: str, label: str, rule: Rule, pairs: Pairs, title: str) -> dict[str, object]:
    """Precision and recall of one rule on one set of pairs."""
    said = [one for one in pairs if rule(*one[1:])]
    right = sum(one[0] == label for one in said)
    of = sum(one[0] == label for one in pairs)
    return {
        "label": label,
        "pairs": title,
        "rule": name,
        "precision": right / len(said) if said else 1.0,
        "recall": right / of,
        "found": f"{right}/{of}",
    }


def _contradicting() -> dict[str, Rule]:
    return {"the rule": facts.contradict, "numbers or negation differ": _before, **_cosine(CONTRADICT)}


def _same() -> dict[str, Rule]:
    alike: Rule = lambda one, other: strategies.same_key(one) == strategies.same_key(other)  # noqa: E731
    return {"the rule": facts.same, "the key of strategies": alike, **_cosine(SAME)}


def _before(one: str, other: str) -> bool:
    """What was there before: another number or negation, and most of the words shared."""

    def said(text: str) -> tuple[object, frozenset[str]]:
        terms = frozenset(indexing.terms_of(text))
        numbers = frozenset(term for term in terms if term.isdigit())
        denied = len(NEGATIONS.intersection(words.words(text))) % 2
        return (numbers, denied), terms - numbers - NEGATIONS

    (what, a), (instead, b) = said(one), said(other)
    return what != instead and len(a & b) >= max(2, 0.6 * max(1, min(len(a), len(b))))


def _cosine(label: str) -> dict[str, Rule]:
    """By meaning alone, at the threshold that does best over all pairs: more than could be known beforehand."""
    everything = [*PAIRS, *OTHER_TOPICS]
    scored = [(_near(one, other), it == label) for it, one, other in everything]

    def harmonic(threshold: float) -> float:
        hits = [right for score, right in scored if score >= threshold]
        return 2 * sum(hits) / (len(hits) + sum(right for _, right in scored)) if hits else 0.0

    best = max((score for score, _ in scored), key=harmonic)
    return {f"cosine ≥ {best:.2f}, by hindsight": lambda one, other: _near(one, other) >= best}


@cache
def _near(one: str, other: str) -> float:
    a, b = _embedder().embed([one, other])
    return similarity.cosine(a, b)


@cache
def _embedder() -> Embedder:
    return plugins.embedder("minilm")


def _microseconds() -> float:
    began = time.perf_counter()
    for _, one, other in PAIRS:
        facts.contradict(one, other)
    return 1e6 * (time.perf_counter() - began) / len(PAIRS)


if __name__ == "__main__":
    main()
