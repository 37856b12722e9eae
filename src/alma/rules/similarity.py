"""How alike two texts or two vectors are, in [0, 1]. Counts and whole numbers, so every machine agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import log, sqrt
from operator import mul

Halves = tuple[frozenset[str], frozenset[str]]

LONGEST = 2000
# BM25: how much a long text is held back.
SATURATION = 1.2
LENGTH = 0.75
SMALLEST = 1e-9
WHOLE = 1_000_000


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
    a, b = _spelling(one), _spelling(other)
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


@lru_cache(maxsize=2048)
def _spelling(text: str) -> frozenset[str]:
    return _grams(text, (3, 4) if is_spaced(text) else (2, 3))


@lru_cache(maxsize=2048)
def letters(text: str) -> Halves:
    """Four characters in a row, of the words of a text: three more would tell little more, and cost as much again."""
    widths = (4,) if is_spaced(text) else (2, 3)
    first, _, rest = text[:LONGEST].partition("\n")
    return halves(_grams(first, widths), _grams(rest, widths))


@lru_cache(maxsize=2048)
def steps(text: str) -> tuple[frozenset[str], ...]:
    """The same of each line below the first; none where there is but one line, for one is no list of steps."""
    below = [line for line in text[:LONGEST].split("\n")[1:] if line.strip()]
    return tuple(map(_step, below)) if len(below) > 1 else ()


@lru_cache(maxsize=8192)
def _step(line: str) -> frozenset[str]:
    """Steps return in list after list; and what is the very same object is compared at once."""
    return _grams(line, (4,) if is_spaced(line) else (2, 3))


def halves(first: frozenset[str], rest: frozenset[str]) -> Halves:
    """What is in the first line of a text, which says what it is about, and what the rest adds to it."""
    return first, rest - first


def _grams(text: str, widths: tuple[int, ...]) -> frozenset[str]:
    """What stands in a row inside a word, its two ends marked; where nothing parts words, inside the sentence."""
    return frozenset().union(*(_of_word(word, widths) for word in {*text[:LONGEST].lower().split()}))


@lru_cache(maxsize=8192)
def _of_word(word: str, widths: tuple[int, ...]) -> tuple[str, ...]:
    """Words return in text after text; and what is the very same object is compared at once."""
    ends = f" {word} "
    return tuple(ends[at : at + width] for width in widths for at in range(len(ends) - width + 1))


def shares(query: frozenset[str], texts: Sequence[Halves]) -> list[float]:
    """How much of a query each text holds, as a whole and in its first line: the mean of both.

    It is BM25 (Robertson and Zaragoza, 2009) of sets: what is rare among these texts tells more, and longer texts
    hold more by chance. Whole numbers are added up, so that no order matters.
    """
    firsts, rests = [query & first for first, _ in texts], [query & rest for _, rest in texts]
    rare = _rarity(Counter(chain(chain.from_iterable(firsts), chain.from_iterable(rests))), len(texts))
    first = [sum(map(rare, held)) for held in firsts]
    whole = [of_first + sum(map(rare, held)) for of_first, held in zip(first, rests, strict=True)]
    lengths = [len(first) for first, _ in texts]
    return [
        (one + other) / 2
        for one, other in zip(
            _held_back(whole, [length + len(rest) for length, (_, rest) in zip(lengths, texts, strict=True)]),
            _held_back(first, lengths),
            strict=True,
        )
    ]


def best_steps(query: frozenset[str], texts: Sequence[tuple[frozenset[str], ...]]) -> list[float]:
    """How far the best step of each text lies above that of others, by BM25; 0 for a text without steps."""
    listed = [text for text in texts if text]
    if not listed:
        return [0.0] * len(texts)
    different = list(dict.fromkeys(chain.from_iterable(listed)))
    held = {step: query & step for step in different}
    union = (frozenset().union(*map(held.__getitem__, text)) for text in listed)
    rare = _rarity(Counter(chain.from_iterable(union)), len(listed))
    scores = _held_back([sum(map(rare, held[step])) for step in different], list(map(len, different)))
    known = dict(zip(different, scores, strict=True))
    best = iter(spread([max(map(known.__getitem__, text)) for text in listed]))
    return [next(best) if text else 0.0 for text in texts]


def _rarity(counts: Mapping[str, int], size: int) -> Callable[[str], int]:
    """How much each of these tells, by how many of `size` texts hold it."""
    by_count = {
        count: int(WHOLE * log(1 + (size - count + 0.5) / (count + 0.5))) for count in {*counts.values()}
    }
    return {one: by_count[count] for one, count in counts.items()}.__getitem__


def _held_back(scores: Sequence[int], lengths: Sequence[int]) -> list[float]:
    """The scores of texts that are longer than usual among these are held back."""
    usual = sum(lengths) / len(lengths) if any(lengths) else 1.0
    return [
        score / (1 + SATURATION * (1 - LENGTH + LENGTH * length / usual))
        for score, length in zip(scores, lengths, strict=True)
    ]


def spread(values: Sequence[float]) -> list[float]:
    """How far each value lies above the mean, in units of how far they usually lie apart; all 0 where they do not."""
    if not values:
        return []
    middle = sum(values) / len(values)
    off = [one - middle for one in values]
    usual = sqrt(sum(map(mul, off, off)) / len(off))
    return [one / usual for one in off] if usual > SMALLEST else [0.0] * len(off)
