"""When a fact says what another says, when two probably contradict each other, and how facts are shown together.

Nothing is settled here: of two that contradict each other both stand, and of two that say the same both are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from alma.domain.memory import Knowledge, Memory
from alma.domain.values import fields, replace, value
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
# With more words of its own than this, a fact speaks of something else; longer ones are compared as they stand.
MOST_APART = 8
LONGEST = 1200
# A fact is held against so many others, those that share its rarest words, and names so many that it contradicts.
MOST_COMPARED = 100
MOST_NAMED = 20


def is_said_again(said: Memory, made: Memory, *, at: datetime) -> bool:
    """Whether a statement says no more than one that stands: then that one is enough."""
    if isinstance(said, Knowledge) and not said.holds(at):
        return False
    names = fields(made).keys() - APART
    return said.kind == made.kind and all(getattr(said, name) == getattr(made, name) for name in names)


def same(one: str, other: str) -> bool:
    """Whether two facts say the same: the same words and values in the same order, wherever the sentence begins."""
    if _is_long(one) or _is_long(other):
        return one == other
    a, b = claim(one), claim(other)
    return _turned(a.said, b.said) if a.words or a.values else one == other


def contradict(one: str, other: str) -> bool:
    """Whether two facts probably speak of the same thing and differ in a value, or in whether it is so."""
    if _is_long(one) or _is_long(other):
        return False
    a, b = claim(one), claim(other)
    if _are_far(a.stems, b.stems):
        return False
    flips, left, right = _flips(a, b, sorted(a.stems - b.stems), sorted(b.stems - a.stems))
    shared = len(a.stems & b.stems) + len(a.values & b.values)
    mine, yours = a.values - b.values, b.values - a.values
    if flips % 2:
        return shared >= 1 and not (mine and yours) and _is_about_one(left, right)
    if left and right:
        return _ends_apart(a, b)
    if not shared or len(mine) != 1 or len(yours) != 1 or not _is_about_one(left, right):
        return False
    [(measures, _)], [(likewise, _)] = mine, yours
    return measures == likewise and not (measures in ("code", "name") and (a.of_many or b.of_many))


def overlap(one: Knowledge, other: Knowledge) -> bool:
    """Whether there is a time at which both hold."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Knowledge, other: Knowledge) -> bool:
    return other.valid_to is None or one.begins < other.valid_to


def contradicted(made: Knowledge, known: Iterable[Knowledge]) -> tuple[str, ...]:
    """The ids of the facts that a fact probably contradicts, trusted ones first: those that hold at some time at
    which it does."""
    return tuple(
        one.id for one in _trusted_first(known) if overlap(one, made) and contradict(one.fact, made.fact)
    )


def ends(new: Knowledge, old: Knowledge) -> bool:
    """Whether one fact ends another: it says so, came later, is of the same owner, and is trusted as much."""
    is_later = old.seq < new.seq and old.owner == new.owner
    return new.replaces == old.id and is_later and trust.has_standing(new.source, old.source)


def grouped(found: Iterable[Knowledge], *, enough: int | None = None) -> list[Knowledge]:
    """Facts in order, where what several say stands once, without what was ended by one of them.

    Nobody looks further once `enough` stand that were seen, or said by people. Of those that say the same, the most
    trusted stands, the first where they are trusted alike, with the others in `.also`, trusted ones first.
    """
    known = {one.id: one for one in found}
    ended = {old.id for new in known.values() if (old := known.get(new.replaces or "")) and ends(new, old)}
    groups: dict[str, list[Knowledge]] = {}
    alike: dict[object, _Compared] = {}
    trusted = 0
    for one in known.values():
        if one.id in ended:
            continue
        if enough is not None and trusted >= enough:
            break
        heads = alike.setdefault(_measures(one.fact), _Compared())
        head = next((head for head in heads.near(one) if same(head.fact, one.fact)), None)
        if head is None:
            heads.add(one)
            trusted += trust.is_verified(one.source)
        groups.setdefault((head or one).id, []).append(one)
    return [_standing(group) for group in groups.values()]


def _standing(group: Sequence[Knowledge]) -> Knowledge:
    stands, *also = _trusted_first(group)
    return replace(stands, also=tuple(also)) if also else stands


def flagged(shown: Sequence[Knowledge], among: Iterable[Knowledge]) -> list[Knowledge]:
    """Facts, each with the ids of those that it probably contradicts, trusted ones first, at most 20.

    What is trusted more stands before what contradicts it, so that there is room for it first.
    """
    known = _trusted_first({one.id: one for one in (*shown, *among)}.values())
    compared = _Compared(known)
    place = {one.id: at for at, one in enumerate(known)}
    seen = sum(trust.is_verified(one.source) for one in known)
    marked = [
        replace(one, contradicts=tuple(sorted(named, key=lambda id_: place.get(id_, seen))[:MOST_NAMED]))
        if (named := dict.fromkeys([*one.contradicts, *contradicted(one, compared.near(one))]))
        else one
        for one in shown
    ]
    by_id = {one.id: one for one in marked}
    ordered = {
        each.id: each
        for one in marked
        for each in (*_more_trusted(one, map(by_id.get, one.contradicts)), one)
    }
    return list(ordered.values())


def _more_trusted(one: Knowledge, others: Iterable[Knowledge | None]) -> list[Knowledge]:
    return [other for other in others if other and trust.weight(other.source) > trust.weight(one.source)]


def _trusted_first(known: Iterable[Knowledge]) -> list[Knowledge]:
    return sorted(known, key=lambda one: -trust.weight(one.source))


class _Compared:
    """Facts by what they speak of: of many, only those that share something rare are held against each other."""

    def __init__(self, known: Iterable[Knowledge] = ()) -> None:
        self._known = list(known)
        self._about: dict[str, list[int]] = {}
        self._upto = 0

    def add(self, one: Knowledge) -> None:
        self._known.append(one)

    def near(self, one: Knowledge) -> list[Knowledge]:
        """Those that share the rarest words with it, in order; all of them where they are few."""
        if len(self._known) <= MOST_COMPARED:
            return self._known
        for place, each in enumerate(self._known[self._upto :], self._upto):
            for about in _abouts(each.fact):
                self._about.setdefault(about, []).append(place)
        self._upto = len(self._known)
        shared = sorted((self._about.get(about, []) for about in _abouts(one.fact)), key=len)
        found = dict.fromkeys(at for each in shared for at in each[:MOST_COMPARED])
        return [self._known[at] for at in sorted(list(found)[:MOST_COMPARED])]


def _abouts(fact: str) -> list[str]:
    """What a fact speaks of; a page only of itself."""
    if _is_long(fact):
        return [fact]
    return [*sorted(claim(fact).stems), *sorted(map(" ".join, claim(fact).values))]


def _measures(fact: str) -> object:
    """What two facts that say the same have in common for certain."""
    return fact if _is_long(fact) else claim(fact).values


@value
class Lasting:
    """How long something stated holds, in words: `until` when it does, and what `would_change` that."""

    until: str = "it stands until withdrawn"
    would_change: str = "it stands until somebody revises or forgets it"


def lasting(fact: Knowledge, *, at: datetime, by: str | None, is_undone: bool) -> Lasting:
    """How long a fact holds. `by` has replaced it, `is_undone`: forgetting that would bring this one back."""
    begins, ends = fact.valid_from, fact.valid_to
    if ends is not None and ends <= at:
        or_forgets = f", or forgets {by}" if is_undone else ""
        return Lasting(
            until=f"held until {ends:%Y-%m-%d}" + (f", replaced by {by}" if by else ""),
            would_change=f"it has ended, and holds again only if somebody revises its end{or_forgets}",
        )
    if begins is not None and begins > at:
        until = f"holds from {begins:%Y-%m-%d}" + (f" to {ends:%Y-%m-%d}" if ends else "")
        return Lasting(until=until, would_change=f"it {until}, unless somebody revises or forgets it")
    if ends is not None:
        until = f"holds until {ends:%Y-%m-%d}"
        return Lasting(until=until, would_change=f"it {until}, unless somebody revises or forgets it before")
    return Lasting()


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


def _is_long(fact: str) -> bool:
    """Whether it is no single fact but a page: to take it apart would cost much and tell little."""
    return len(fact) > LONGEST


def _are_far(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both say much that the other does not: seen at a glance, for most pairs are like this."""
    shared = len(one & other)
    mine, yours = len(one) - shared, len(other) - shared
    return min(mine, yours) > OPPOSITES or max(mine, yours) > MOST_APART


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


def _turned(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> bool:
    """Whether the same is said in the same order, wherever the sentence begins.

    What is said twice stays where it is: to delete a user deletes the orders, to delete an order the users.
    """
    if one == other or not len(set(one)) == len(one) == len(other) > 2:
        return one == other
    at = one.index(other[0]) if other[0] in one else 0
    return [*one[at:], *one[:at]] == [*other]
