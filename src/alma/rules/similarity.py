"""How alike two texts or two vectors are, in [0, 1]. Counts and whole numbers, so every machine agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import fsum, log, sqrt
from operator import is_, mul

LONGEST = 2000
# BM25: how much a long text is held back.
SATURATION = 1.2
LENGTH = 0.75
SMALLEST = 1e-9


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


def is_spaced(text: str) -> bool:
    """Whether words stand apart: few letters are of a script that writes without spaces, or in few syllables.

    One such letter says about as much as two or three of an alphabet.
    """
    if text.isascii():
        return True
    letters = [ord(letter) for letter in text[:LONGEST] if letter.isalpha()]
    packed = sum(0x3040 <= code < 0xA000 or 0xAC00 <= code < 0xD7B0 for code in letters)
    return packed * 3 <= len(letters)


def characters(one: str, other: str) -> float:
    """Cosine of the sets of character 3- and 4-grams of the words.

    Where words are short and stand without spaces, two characters tell much already: there it is 2- and 3-grams.
    """
    a, b = letters(one)[0], letters(other)[0]
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


@lru_cache(maxsize=2048)
def letters(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The character 3- and 4-grams of the words of a text, and of its first line."""
    return _grams(text), _grams(head(text))


def head(text: str) -> str:
    """The first line of a text: what it is about."""
    return text.partition("\n")[0]


@lru_cache(maxsize=4)
def _grams(text: str) -> frozenset[str]:
    """What stands in a row inside a word, its two ends marked; where nothing parts words, inside the sentence."""
    widths = (3, 4) if is_spaced(text) else (2, 3)
    padded = {f" {word} " for word in text[:LONGEST].lower().split()}
    return frozenset(
        word[at : at + width] for word in padded for width in widths for at in range(len(word) - width + 1)
    )


def shares(query: frozenset[str], texts: Sequence[tuple[frozenset[str], frozenset[str]]]) -> list[float]:
    """How much of a query each text holds, as a whole and in its first line: the mean of both.

    It is BM25 (Robertson and Zaragoza, 2009) of sets: what is rare among these texts tells more, and longer texts
    hold more by chance. Every sum is exact, so that no order matters.
    """
    wholes, heads = [text for text, _ in texts], [first for _, first in texts]
    held = [query & text for text in wholes]
    counts = Counter(chain.from_iterable(held))
    rare = {one: log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for one, count in counts.items()}
    whole = _weighed(held, rare, wholes)
    if all(map(is_, wholes, heads)):
        return whole
    first = _weighed([both & head for both, head in zip(held, heads, strict=True)], rare, heads)
    return [(one + other) / 2 for one, other in zip(whole, first, strict=True)]


def _weighed(
    held: Sequence[frozenset[str]], rare: Mapping[str, float], texts: Sequence[frozenset[str]]
) -> list[float]:
    """The rarity of all that is held, held back for texts that are longer than usual among these."""
    usual = sum(map(len, texts)) / len(texts) if any(texts) else 1.0
    return [
        fsum(map(rare.__getitem__, both)) / (1 + SATURATION * (1 - LENGTH + LENGTH * len(text) / usual))
        for both, text in zip(held, texts, strict=True)
    ]


def spread(values: Sequence[float]) -> list[float]:
    """How far each value lies above the mean, in units of how far they usually lie apart; all 0 where they do not."""
    middle = sum(values) / len(values) if values else 0.0
    usual = sqrt(sum((one - middle) ** 2 for one in values) / len(values)) if values else 0.0
    return [(one - middle) / usual if usual > SMALLEST else 0.0 for one in values]
