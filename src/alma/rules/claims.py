"""A fact taken apart: what it speaks of, the values that it gives, and whether it says that something is so.

The words are few and plain, and nothing is guessed: what is not known here counts as a word like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alma.domain.values import value
from alma.rules.words import UNSPACED, listed, normal, stem

LIGHT = listed(
    "a an the is are was were be been being am it its this that these those there here i we you they our your their of"
    " for in on at as by to with and will would shall should can could may might do does did has have had get gets got"
    " also too just now already still any always simply note please which while when so via happen happens each every"
)
DENIALS = listed("not no never without nobody none neither nor lack lacks")
COPULAS = listed("is are was were be been")
# What holds of many things at once: to support one says nothing of another.
OF_MANY = frozenset(
    map(
        stem,
        listed(
            "support handle accept reject allow forbid has have had contain include exclude offer need list drop skip"
            " use sell know read serve trust can"
        ),
    )
)
OPPOSITES = (
    "enabled disabled, on off, required optional, synchronous asynchronous, sync async, before after, public private,"
    " accept reject, allow forbid, include exclude, grow shrink, increase decrease, rise fall, open closed,"
    " minimum maximum, true false, automatically manually, local remote, internal external, above below, more less,"
    " fast slow, add remove, empty full, writable read-only, succeed fail, pass fail, ascending descending,"
    " online offline, visible hidden, early late, mutable immutable, least most, up down"
)
_UN = ("un", "in", "im", "non", "non-", "dis", "a")
_NUMBERS = {
    word: str(count)
    for count, word in enumerate("zero one two three four five six seven eight nine ten".split())  # noqa: SIM905
}
# How many of the smallest a unit holds, and what it measures.
_UNITS = {
    **dict.fromkeys(("ms", "millisecond"), ("time", 0.001)),
    **dict.fromkeys(("s", "sec", "second"), ("time", 1.0)),
    **dict.fromkeys(("min", "minute"), ("time", 60.0)),
    **dict.fromkeys(("h", "hour"), ("time", 3600.0)),
    "day": ("time", 86_400.0),
    "week": ("time", 604_800.0),
    **dict.fromkeys(("kb", "kilobyte"), ("size", 1.0)),
    **dict.fromkeys(("mb", "megabyte"), ("size", 1e3)),
    **dict.fromkeys(("gb", "gigabyte"), ("size", 1e6)),
    "%": ("share", 1.0),
}
WORD, DENIAL = "word", "denial"
_OFTEN = listed("hourly daily nightly weekly monthly yearly")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)([^\W\d_]*|%)")
_AROUND = "\"'`()[]{}<>«»“”‘’*.,;:!?…"


@value
class Claim:
    """What a fact says. `words` carry the meaning, in order, `stems` are the same as a set; `values` are (what it measures, how much).

    `denials` counts negations; `end` is the value that a sentence such as "is kept in X" ends with, if it does.
    """

    words: tuple[str, ...]
    stems: frozenset[str]
    values: frozenset[tuple[str, str]]
    denials: int
    of_many: bool
    end: str | None


@lru_cache(4096)
def claim(fact: str) -> Claim:
    """Take a fact apart."""
    tokens = _tokens(fact)
    said: list[str] = []
    values: list[tuple[str, str]] = []
    denials, at = 0, 0
    while at < len(tokens):
        token, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
        measured = _measured(token.lower(), after.lower())
        if measured is not None:
            values.append(measured[0])
            at += 1 + measured[1]
            continue
        what, held = _sense(token, begins=at == 0)
        if what == WORD:
            said.append(held)
        elif what == DENIAL:
            denials += 1
        elif what:
            values.append((what, held))
        at += 1
    return Claim(
        words=tuple(said),
        stems=frozenset(said),
        values=frozenset(values),
        denials=denials,
        of_many=not OF_MANY.isdisjoint(stem(token.lower()) for token in tokens),
        end=_end(tokens),
    )


def _tokens(fact: str) -> list[str]:
    text = normal(fact).replace("’", "'")
    if not text.isascii():
        text = re.sub(UNSPACED, r" \1 ", text)
    text = re.sub(r"(?i)\bcan(?:no|')t\b", "can not", text)
    if "'" in text:
        text = re.sub(r"(?i)(?<=\w)n't\b", " not", text)
        text = re.sub(r"(?<=\w)'s\b", "", text)
    return [bare for part in text.split() if (bare := part.strip(_AROUND).lstrip("-–—•") or _flag(part))]


def _flag(part: str) -> str:
    return part if part.strip("-–—•·*…" + _AROUND) else ""


@lru_cache(4096)
def _sense(token: str, *, begins: bool) -> tuple[str, str]:
    """What a token says that is no number: (what it measures, how much), (WORD, its stem), or nothing.

    What begins a sentence is written large whether it is a name or not.
    """
    word = token.lower()
    if word in DENIALS:
        return DENIAL, word
    if _is_code(token):
        return "code", token
    if word in _OFTEN:
        return "often", word
    if token[0].isupper() and not begins:
        return "name", word
    return (WORD, stem(word)) if word not in LIGHT else ("", "")


@lru_cache(4096)
def _measured(word: str, after: str) -> tuple[tuple[str, str], int] | None:
    """A number with its unit, and how many tokens came after it; None where it is no number."""
    if word in ("a", "an") and _unit(after) and len(after) > 2:
        number, unit, taken = "1", after, 1
    else:
        found = _NUMBER.fullmatch(_NUMBERS.get(word, word))
        if found is None:
            return None
        number, unit = found.groups()
        taken = 0
        if not unit and _unit(after):
            unit, taken = after, 1
    exact = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number) else number
    measures, many = _unit(unit) or (unit or "number", 0.0)
    if not many or not exact.replace(".", "", 1).isdecimal():
        return (measures, exact), taken
    return (measures, f"{float(exact) * many:g}"), taken


def _unit(word: str) -> tuple[str, float] | None:
    return _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))


@lru_cache(4096)
def _is_code(token: str) -> bool:
    """A path, a name with underscores or humps, a time of day, a version: what is never reworded."""
    return bool(re.search(r"[\w/][_/\\:.@=][\w/]|^[/~.]\w|^--?\w|[a-z][A-Z]|[^\W\d_]\d|\d[^\W\d_]", token))


def _end(tokens: list[str]) -> str | None:
    """The last word of "… is kept in X": what stands after a copula and one word that both may share."""
    copulas = [at for at, token in enumerate(tokens) if token.lower() in COPULAS]
    last = tokens[-1].lower() if tokens else ""
    if copulas and len(tokens) - copulas[0] >= 3 and last not in LIGHT:
        return stem(last)
    return None


@lru_cache(1)
def _opposites() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(map(stem, pair.split())) for pair in OPPOSITES.split(","))


def are_opposite(one: str, other: str) -> bool:
    """Whether one stem is the opposite of another: enabled and disabled, reachable and unreachable."""
    if frozenset((one, other)) in _opposites():
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > 3 and any(long == stem(ahead + short) or long == ahead + short for ahead in _UN)
