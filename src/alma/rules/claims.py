"""A fact taken apart: what it speaks of, the values that it gives, and whether it says that something is so.

The words are few and plain, and nothing is guessed: what is not known here counts as a word like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from alma.domain.values import value
from alma.rules.words import QUOTES, UNSPACED, bare, listed, normal, parts, stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LIGHT = listed(
    "a an the is are was were be been being am it its this that these those there here i we you they our your their of"
    " for in on at as by to with and will would shall should can could may might do does did has have had get gets got"
    " also too just now already still any always simply note please which while when so via happen happens each every"
)
# These deny what comes after them only: to run without tests is to run.
_OF_A_PART = listed("without neither")
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
# What is not the one is the other, and so it is not with the rest: what is not added need not be removed.
COMPLEMENTS = (
    "enabled disabled, on off, required optional, synchronous asynchronous, sync async, public private, accept reject,"
    " allow forbid, include exclude, open closed, true false, local remote, internal external, writable read-only,"
    " succeed fail, pass fail, online offline, visible hidden, mutable immutable, valid invalid, active inactive"
)
OPPOSITES = (
    COMPLEMENTS
    + ", before after, grow shrink, increase decrease, rise fall, minimum maximum, automatically manually,"
    " above below, more less, fast slow, add remove, empty full, ascending descending, early late, least most, up down,"
    " > <, >= <, > <=, = !=, == !="
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
WORD, DENIAL, ROLE, NOTHING = "word", "denial", "role", "nothing"
# What facts in other words may leave out, but two that say the same may not: who does it to whom, when, how surely, how often.
_ROLES = listed(
    "by to as with via must should shall might may will would was were your their every have when while if unless"
)
_SAME_ROLE = {"each": "every", "while": "when", "has": "have", "had": "have"}
# Not always, and not just these: after a denial they say how far it goes.
_DENIED = listed("always just simply still already")
# Retries in five minutes are not for five minutes.
_TIMES = listed("in for at")
_OFTEN = listed("hourly daily nightly weekly monthly yearly")
_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)*)([^\W\d_]*|%)")
_COMPARED = r"(?<!\S)([<>]=?|[!=]?=|[≤≥≠])(?=\d)"
# What we do is done; the wiki of Ada is Ada's wiki.
_OURS = r"^[Ww]e (\w+) (?:the |our )?(\w+)(?= (?:as|at|for|from|in|on|to|with)\b)"
_OF_A_NAME = r"\b(?i:the|an?) ((?:[\w-]+ )?[\w-]+) (?:of|in) (?:(?:the|an?) )?([^\W\d_]\w*\b)(?! of )"


@value
class Claim:
    """What a fact says. `words` carry the meaning, in order, `stems` are the same as a set; `values` are (what it measures, how much).

    `said` is all of it in order, with every opposite as a negation; `denials` counts negations; `end` is the value that a
    sentence such as "is kept in X" ends with, if it does.
    """

    said: tuple[tuple[str, str], ...]
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
    found = list(_found(tokens))
    said = tuple(held for sort, held in found if sort == WORD)
    return Claim(
        said=_straight(found),
        words=said,
        stems=frozenset(said),
        values=frozenset(one for one in found if one[0] not in (WORD, DENIAL, ROLE, NOTHING)),
        denials=sum(sort == DENIAL for sort, _ in found),
        of_many=not OF_MANY.isdisjoint(stem(token.lower()) for token in tokens),
        end=_end(tokens),
    )


def _found(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """What the tokens say in order, numbers with their units."""
    at = 0
    while at < len(tokens):
        token, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
        measured = _measured(token, after)
        yield measured[0] if measured else _sense(token, begins=at == 0)
        at += 1 + (measured[1] if measured else 0)


def _straight(found: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What is said in order, without what says nothing; "is unlocked" as "not lock"."""
    said: list[tuple[str, str]] = []
    nothing = (NOTHING, "")
    for before, one, after in zip([nothing, *found], found, [*found[1:], nothing], strict=False):
        denied = _denied(one[1]) if one[0] == WORD and before[1] in COPULAS else None
        if denied:
            said += [(DENIAL, "not"), (WORD, denied)]
        elif one[0] != NOTHING or _matters(one[1], before[0], after[0]):
            said.append(one)
    return tuple(said)


def _matters(word: str, before: str, after: str) -> bool:
    """Whether a light word says something between these: not always, in five minutes."""
    return (before == DENIAL and word in _DENIED) or (after == "time" and word in _TIMES)


def _denied(word: str) -> str | None:
    """What the stem of an adjective denies, if that is certain: disabled is not enabled, unlocked is not locked."""
    rest = word.removeprefix("un")
    return _complements().get(word) or (rest if rest != word else None)


@lru_cache(1)
def _complements() -> dict[str, str]:
    return {stem(no): stem(yes) for yes, no in map(str.split, COMPLEMENTS.split(","))}


def _tokens(fact: str) -> list[str]:
    text = normal(fact).replace("’", "'")
    if not text.isascii():
        text = re.sub(UNSPACED, r" \1 ", text)
    text = re.sub(r"(?i)\bcan(?:no|')t\b", "can not", text)
    if "'" in text:
        text = re.sub(r"(?i)(?<=\w)n't\b", " not", text)
        text = re.sub(r"(?<=\w)'s\b", "", text)
    text = re.sub(_COMPARED, r"\1 ", text)
    text = re.sub(r"(?i)\b(?:have|has|had) to\b", "must", text)
    text = re.sub(_OF_A_NAME, _with_name_first, re.sub(_OURS, _done, text))
    return [_unquoted(part) for part in parts(text)]


def _unquoted(part: str) -> str:
    """A word without what stands around it; in quotes, "any" and `on` are names."""
    word = bare(part)
    return part if part[0] in QUOTES and part[-1] in QUOTES and word.lower() in LIGHT else word


def _done(found: re.Match[str]) -> str:
    """We keep logs for a week -> logs are keep for a week; as it is where the first is no verb."""
    return found[0] if {found[1], found[2]} & (LIGHT | DENIALS) else f"{found[2]} are {found[1]}"


def _with_name_first(found: re.Match[str]) -> str:
    """The access token of Ada -> Ada access token; as it is where the second is no name."""
    return f"the {found[2]} {found[1]}" if found[2][0].isupper() else found[0]


@lru_cache(4096)
def _sense(token: str, *, begins: bool) -> tuple[str, str]:
    """What a token says that is no number: (what it measures, how much), (WORD, its stem), or nothing.

    What begins a sentence is written large whether it is a name or not.
    """
    word = token.lower()
    if word in DENIALS:
        return DENIAL, word if word in _OF_A_PART else "not"
    if _is_code(token):
        return "code", token
    if word in _OFTEN:
        return "often", word
    if token[0].isupper() and (not begins or (token.isupper() and len(token) > 1)):
        return "name", word
    role = _SAME_ROLE.get(word, word)
    if role in _ROLES:
        return ROLE, role
    return (WORD, stem(word)) if word not in LIGHT else (NOTHING, word)


@lru_cache(4096)
def _measured(word: str, after: str) -> tuple[tuple[str, str], int] | None:
    """A number with its unit, and how many tokens came after it; None where it is no number."""
    if word in ("a", "A", "an", "An") and _unit(after) and len(after) > 2:
        number, unit, taken = "1", after, 1
    else:
        found = _NUMBER.fullmatch(_NUMBERS.get(word.lower(), word.replace("−", "-")))
        if found is None:
            return None
        number, unit = found.groups()
        taken = 0
        if not unit and _unit(after):
            unit, taken = after, 1
    exact = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number) else number
    measures, many = _unit(unit) or (unit or "number", 0.0)
    if not many or not exact.removeprefix("-").replace(".", "", 1).isdecimal():
        return (measures, exact), taken
    return (measures, f"{float(exact) * many:.15g}"), taken


def _unit(word: str) -> tuple[str, float] | None:
    word = word.lower()
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
