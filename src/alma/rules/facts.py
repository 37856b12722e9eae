"""When two facts probably contradict each other: nearly the same words, another number or another negation."""

from __future__ import annotations

import re

from alma.rules import indexing, words

ALIKE = 0.6
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATIONS = frozenset(("not", "no", "never", "without", "none", "cannot", "isn", "don", "doesn", "won"))


def contradict(one: str, other: str) -> bool:
    """Whether two facts speak of the same thing and differ in a number, or in whether it is so."""
    if _numbers(one) == _numbers(other) and _denies(one) == _denies(other):
        return False
    a, b = _subject(one), _subject(other)
    return len(a & b) >= ALIKE * max(1, min(len(a), len(b))) and len(a & b) >= 2


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_NUMBER.findall(text))


def _denies(text: str) -> bool:
    return len(_NEGATIONS.intersection(words.words(text))) % 2 == 1


def _subject(text: str) -> frozenset[str]:
    return frozenset(
        term for term in indexing.terms_of(text) if not term.isdigit() and term not in _NEGATIONS
    )
