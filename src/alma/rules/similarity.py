"""How alike two texts or two vectors are, in [0, 1]. Counts and whole numbers, so every machine agrees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from math import log, sqrt
from operator import mul

LONGEST = 2000


def cosine(one: bytes, other: bytes) -> float:
    """Cosine of two int8 vectors, never below 0."""
    a, b = memoryview(one).cast("b"), memoryview(other).cast("b")
    norms = sqrt(sum(map(mul, a, a))) * sqrt(sum(map(mul, b, b)))
    return min(1.0, max(0.0, sum(map(mul, a, b)) / norms)) if norms else 0.0


def is_latin(text: str) -> bool:
    """Whether most letters are of a Latin script: only then does the English model know what it reads."""
    if text.isascii():
        return True
    letters = [ord(letter) for letter in text[:LONGEST] if letter.isalpha()]
    latin = sum(code < 0x250 or 0x1E00 <= code < 0x1F00 for code in letters)
    return latin * 2 >= len(letters)


def characters(one: str, other: str) -> float:
    """Cosine of the sets of character 3-grams.

    Where words are short and stand without spaces, two characters tell much already: 2-grams count as well.
    """
    a, b = _grams(one), _grams(other)
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


@lru_cache(maxsize=2048)
def _grams(text: str) -> frozenset[str]:
    line = f" {' '.join(text[:LONGEST].lower().split())} "
    widths = (3,) if is_latin(text) else (2, 3)
    return frozenset(line[at : at + width] for width in widths for at in range(len(line) - width + 1))


def rarity(query: frozenset[str], texts: Collection[frozenset[str]]) -> dict[str, float]:
    """How much each stem of the query tells among these texts: BM25's inverse document frequency, above 0."""
    counts = {stem: sum(stem in held for held in texts) for stem in query}
    return {stem: log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for stem, count in counts.items()}


def words(query: frozenset[str], text: frozenset[str], rare: Mapping[str, float]) -> float:
    """Share of the query's stems that the text holds, each weighed by how rare it is."""
    both = query & text
    return sum(map(rare.__getitem__, both)) / sum(rare.values()) if both else 0.0
