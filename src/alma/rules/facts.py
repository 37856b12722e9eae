"""When a statement is said again, and when two facts probably contradict each other."""

from __future__ import annotations

import re
from datetime import datetime

from alma.domain.memory import Knowledge, Memory
from alma.domain.values import fields
from alma.rules import indexing, words

ALIKE = 0.6
APART = {"id", "seq", "origin", "created_at", "contradicts"}
_NUMBER = r"\d+(?:[.,]\d+)*"
_NEGATIONS = frozenset(("not", "no", "never", "without", "none", "cannot", "isn", "don", "doesn", "won"))


def is_said_again(said: Memory, made: Memory, *, at: datetime) -> bool:
    """Whether a statement says no more than one that stands: then that one is enough."""
    if isinstance(said, Knowledge) and not said.holds(at):
        return False
    names = fields(made).keys() - APART
    return said.kind == made.kind and all(getattr(said, name) == getattr(made, name) for name in names)


def contradict(one: str, other: str) -> bool:
    """Whether two facts speak of the same thing and differ in a number, or in whether it is so."""
    if _numbers(one) == _numbers(other) and _denies(one) == _denies(other):
        return False
    a, b = _subject(one), _subject(other)
    return len(a & b) >= ALIKE * max(1, min(len(a), len(b))) and len(a & b) >= 2


def _numbers(text: str) -> frozenset[str]:
    return frozenset(re.findall(_NUMBER, text))


def _denies(text: str) -> bool:
    return len(_NEGATIONS.intersection(words.words(text))) % 2 == 1


def _subject(text: str) -> frozenset[str]:
    return frozenset(
        term for term in indexing.terms_of(text) if not term.isdigit() and term not in _NEGATIONS
    )
