"""Prints how well the rule tells the same strategy from another one, on the labelled pairs in the tests.

Beside it: equal texts, MiniLM's cosine and the share of three-character runs, each with the threshold that has the best
F1 on the part that was not held back, and again with the lowest one that has the precision asked for there; where
only the first is printed, there is no such threshold. It needs no texts but those in the tests.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

import figures

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "rules"))
from strategy_pairs import ALL, DIFFERENT, FREE, LIGHT, OPPOSITE, Pair

from alma import plugins
from alma.rules.strategies import same_key
from alma.rules.words import trigrams

PRECISION, LIGHT_RECALL, FREE_RECALL = 0.98, 0.90, 0.05
SORTS = (LIGHT, FREE, OPPOSITE, DIFFERENT)
RULE = "the rule"

Says = Callable[[Pair], bool]
Scores = Mapping[Pair, float]


def main() -> None:
    asked = _asked()
    says = methods()
    parts = {"all": ALL, "held back": [pair for pair in ALL if pair.held_back]}
    found = {name: {part: judged(one, pairs) for part, pairs in parts.items()} for name, one in says.items()}
    fields = {
        f"{field}, {part}": judged(says[RULE], [pair for pair in pairs if pair.field == field])
        for field in dict.fromkeys(pair.field for pair in ALL)
        for part, pairs in parts.items()
    }
    _show(found, fields)
    if asked.errors:
        _show_errors(says[RULE], [pair for pair in ALL if asked.errors == "all" or not pair.held_back])
    figures.keep(asked.json, {"methods": found, "fields": fields, "microseconds": _cold()})


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--errors", choices=("tuned", "all"), help="list the rule's errors, of the held-back part too or not"
    )
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "sameness.json", metavar="FILE")
    return parser.parse_args()


def methods() -> dict[str, Says]:
    """Who says "same", by name; the rule first."""
    found: dict[str, Says] = {
        RULE: lambda pair: same_key(pair.one) == same_key(pair.other),
        "equal texts": lambda pair: pair.one == pair.other,
    }
    for name, scores in {"MiniLM": cosines(ALL), "three characters": dice(ALL)}.items():
        tuned = [pair for pair in ALL if not pair.held_back]
        best, precise = thresholds(scores, tuned)
        found[f"{name} ≥ {best:.2f}, best F1"] = _above(scores, best)
        if precise is not None:
            found[f"{name} ≥ {precise:.2f}, precise"] = _above(scores, precise)
    return found


def _above(scores: Scores, floor: float) -> Says:
    return lambda pair: scores[pair] >= floor


def thresholds(scores: Scores, tuned: Sequence[Pair]) -> tuple[float, float | None]:
    """The threshold with the best F1, and the lowest that keeps the precision asked for; None where none does."""
    tried = {
        floor: judged(_above(scores, floor), tuned) for floor in sorted({scores[pair] for pair in tuned})
    }
    best = max(tried, key=lambda floor: _f1(tried[floor]))
    precise = [floor for floor, row in tried.items() if (row["precision"] or 0.0) >= PRECISION]
    return best, min(precise, default=None)


def _f1(row: Mapping[str, float | None]) -> float:
    precision, recall = row["precision"] or 0.0, row["recall"] or 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def cosines(pairs: Iterable[Pair]) -> dict[Pair, float]:
    """How near the two are by the built-in embedder."""
    pairs = list(pairs)
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    vectors = [
        np.frombuffer(one, np.int8).astype(np.float32) for one in plugins.embedder("minilm").embed(texts)
    ]
    units = {text: vector / np.linalg.norm(vector) for text, vector in zip(texts, vectors, strict=True)}
    return {pair: float(units[pair.one] @ units[pair.other]) for pair in pairs}


def dice(pairs: Iterable[Pair]) -> dict[Pair, float]:
    """Which share of their three-character runs the two have in common."""
    return {
        pair: 2 * len(one & other) / (len(one) + len(other))
        for pair in pairs
        for one, other in [(trigrams(pair.one), trigrams(pair.other))]
    }


def judged(says: Says, pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Precision of "same", recall of all that are, and the share of each sort that is called the same."""
    called = [pair for pair in pairs if says(pair)]
    of_sort = {sort: [pair for pair in pairs if pair.sort == sort] for sort in SORTS}
    return {
        "pairs": len(pairs),
        "precision": _share(sum(pair.same for pair in called), len(called)),
        "recall": _share(sum(pair.same for pair in called), sum(pair.same for pair in pairs)),
        **{sort: _share(sum(map(says, those)), len(those)) for sort, those in of_sort.items()},
    }


def _share(some: int, whole: int) -> float | None:
    return round(some / whole, 4) if whole else None


def _cold() -> float:
    """Microseconds of computing for the key of a text that was not seen before, the best of five rounds."""
    texts = list(dict.fromkeys(text for pair in ALL for text in (pair.one, pair.other)))
    taken = []
    for _ in range(5):
        same_key.cache_clear()
        start = time.process_time()
        for text in texts:
            same_key(text)
        taken.append(time.process_time() - start)
    return round(1e6 * min(taken) / len(texts), 1)


def _show(
    found: Mapping[str, Mapping[str, Mapping[str, float | None]]], fields: Mapping[str, object]
) -> None:
    head = ("pairs", "precision", *SORTS)
    for part in ("all", "held back"):
        print(f"\n{'called the same: ' + part:<40}{''.join(f'{one:>11}' for one in head)}")
        for name, rows in found.items():
            _row(name, rows[part], head)
    print(f"\n{RULE + ', field by field':<40}{''.join(f'{one:>11}' for one in head)}")
    for name, row in fields.items():
        _row(name, row, head)  # type: ignore[arg-type]
    print()
    for part, row in found[RULE].items():
        for name, least in (("precision", PRECISION), (LIGHT, LIGHT_RECALL), (FREE, FREE_RECALL)):
            value = row[name] or 0.0
            verdict = "reached" if value >= least else "MISSED"
            print(f"{part + ', ' + name:<40}{value:>11.3f}  ≥ {least:.2f}  {verdict}")
    print(f"{'the key of a text not seen before':<40}{_cold():>11.1f}  µs")


def _row(name: str, row: Mapping[str, float | None], head: Iterable[str]) -> None:
    cells = (
        "-" if row[one] is None else f"{row[one]:.0f}" if one == "pairs" else f"{row[one]:.3f}"
        for one in head
    )
    print(f"{name:<40}{''.join(f'{cell:>11}' for cell in cells)}")


def _show_errors(says: Says, pairs: Iterable[Pair]) -> None:
    for pair in sorted(
        (pair for pair in pairs if says(pair) != pair.same), key=lambda pair: (pair.sort, pair.field)
    ):
        print(f"{pair.sort:<10}{pair.field:<10}{pair.one}  <>  {pair.other}")


if __name__ == "__main__":
    main()
