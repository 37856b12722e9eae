"""When a fact says what another says, when two probably contradict each other, and how facts are shown together.

Nothing is settled here: of two that contradict each other both stand, and of two that say the same both are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alma.domain.memory import Knowledge, Memory
from alma.domain.values import fields, replace
from alma.rules import claims, trust
from alma.rules.claims import Claim, claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.ledger import Event

APART = {"id", "seq", "origin", "created_at", "contradicts", "also"}
# How many words one of two facts may say beyond the other, where they contradict each other.
BEYOND = 1
# How many words each may have of its own, where each of them may be the opposite of one of the other's.
OPPOSITES = 2


def is_said_again(said: Memory, made: Memory, *, at: datetime) -> bool:
    """Whether a statement says no more than one that stands: then that one is enough."""
    if isinstance(said, Knowledge) and not said.holds(at):
        return False
    names = fields(made).keys() - APART
    return said.kind == made.kind and all(getattr(said, name) == getattr(made, name) for name in names)


def same(one: str, other: str) -> bool:
    """Whether two facts say the same: the same words in the same order, but for where the sentence begins."""
    a, b = claim(one), claim(other)
    if a.values != b.values or not (a.words or a.values):
        return one == other
    if _are_far(a, b):
        return False
    left, right = _apart(a, b)
    flips, left, right = _flips(a, b, left, right)
    return not left and not right and flips % 2 == 0 and (a.denials != b.denials or _turned(a.words, b.words))


def contradict(one: str, other: str) -> bool:
    """Whether two facts probably speak of the same thing and differ in a value, or in whether it is so."""
    a, b = claim(one), claim(other)
    if _are_far(a, b):
        return False
    left, right = _apart(a, b)
    flips, left, right = _flips(a, b, left, right)
    shared = len(set(a.words) & set(b.words)) + len(a.values & b.values)
    ours, theirs = a.values - b.values, b.values - a.values
    if flips % 2:
        return shared >= 1 and not (ours and theirs) and _is_about_one(left, right)
    if left and right:
        return _ends_apart(a, b)
    if not shared or len(ours) != 1 or len(theirs) != 1 or not _is_about_one(left, right):
        return False
    [(measures, _)], [(likewise, _)] = ours, theirs
    return measures == likewise and not (measures in ("code", "name") and (a.of_many or b.of_many))


def overlap(one: Knowledge, other: Knowledge) -> bool:
    """Whether there is a time at which both hold."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Knowledge, other: Knowledge) -> bool:
    return other.valid_to is None or (one.valid_from or one.created_at) < other.valid_to


def contradicted(made: Knowledge, known: Iterable[Knowledge]) -> tuple[str, ...]:
    """The ids of the facts that a fact probably contradicts: those that hold at some time at which it does."""
    return tuple(one.id for one in known if overlap(one, made) and contradict(one.fact, made.fact))


def grouped(found: Iterable[Knowledge]) -> list[Knowledge]:
    """Facts in order, where what several say stands once, without what was replaced by one of them.

    Of those that say the same, the most trusted stands, the first where they are trusted alike, with the others in
    `.also`.
    """
    known = list(found)
    replaced = {one.replaces for one in known}
    groups: list[list[Knowledge]] = []
    alike: dict[frozenset[tuple[str, str]], list[list[Knowledge]]] = {}
    for one in known:
        if one.id in replaced:
            continue
        among = alike.setdefault(claim(one.fact).values, [])
        group = next((group for group in among if same(group[0].fact, one.fact)), None)
        if group is None:
            group = []
            groups.append(group)
            among.append(group)
        group.append(one)
    return [_standing(group) for group in groups]


def _standing(group: Sequence[Knowledge]) -> Knowledge:
    if len(group) == 1:
        return group[0]
    stands = max(group, key=lambda one: trust.weight(one.source))
    return replace(stands, also=tuple(one for one in group if one is not stands))


def flagged(shown: Iterable[Knowledge], among: Sequence[Knowledge]) -> list[Knowledge]:
    """Facts, each with the ids of those that it probably contradicts."""
    return [
        replace(one, contradicts=tuple(dict.fromkeys([*one.contradicts, *found]))) if found else one
        for one in shown
        for found in [contradicted(one, among)]
    ]


def as_worded(memory: Memory, later: Sequence[Event]) -> Memory:
    """A memory in the words that it had before these events, the latest of which comes first."""
    for event in later:
        was = event.details.get("was")
        if isinstance(was, dict):
            memory = replace(memory, **{name: _read(name, value) for name, value in was.items()})
    return memory


def _read(name: str, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return datetime.fromisoformat(value) if name.startswith("valid_") and isinstance(value, str) else value


def _is_about_one(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether only one of them says more, and not much: "in staging" makes it another thing."""
    return not (left and right) and len(left) + len(right) <= BEYOND


def _are_far(a: Claim, b: Claim) -> bool:
    """Whether both say much that the other does not: seen at a glance, for most pairs are like this."""
    both = len(a.stems & b.stems)
    return min(len(a.stems), len(b.stems)) - both > OPPOSITES


def _apart(a: Claim, b: Claim) -> tuple[list[str], list[str]]:
    return (
        [word for word in a.words if word not in b.words],
        [word for word in b.words if word not in a.words],
    )


def _flips(a: Claim, b: Claim, left: list[str], right: list[str]) -> tuple[int, list[str], list[str]]:
    """How often one denies what the other says, and what is left without the words that say so."""
    flips = abs(a.denials - b.denials)
    for one in tuple(left):
        for other in right:
            if claims.are_opposite(one, other):
                flips += 1
                left, right = [w for w in left if w != one], [w for w in right if w != other]
                break
    return flips, left, right


def _ends_apart(a: Claim, b: Claim) -> bool:
    """Whether they are word for word the same up to the last, which says what the thing is."""
    if a.end is None or b.end is None or a.values != b.values or a.of_many or b.of_many:
        return False
    return len(a.words) > 2 and a.words[:-1] == b.words[:-1] and (a.words[-1], b.words[-1]) == (a.end, b.end)


def _turned(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words are the same in the same order, wherever the sentence begins."""
    if len(one) != len(other):
        return False
    return any((*one[at:], *one[:at]) == tuple(other) for at in range(max(1, len(one))))
