"""Withheld against shown: what memory as a whole is worth, and each memory, with how sure that is.

The whole is an experiment: lots are drawn, and only attempts are compared for which something earned was known. Of a
single memory it is an observation, for the agent chose whether to use it; it is therefore held against what those who
use memories would have reached without any, which the lots tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil, copysign, erfc, sqrt
from shlex import join
from statistics import fmean

from alma.domain.memory import IMPORT, UNTRUSTED, Memory, Outcome, text_of
from alma.domain.report import Arm, Benefit, Difference, Report
from alma.domain.scope import UNSORTED
from alma.domain.values import replace, value
from alma.rules import exposure, trust
from alma.rules.learning import INSTEAD_OF

Z = 1.6448536269514722  # the 95 % quantile of the normal distribution: two-sided, 90 %
POINTS = 0.10
FALSE_ALARMS = 0.10
LEAST_JUDGED = 5
WIDEST = 0.5  # to either side, of a share: beyond it, anything is possible
MOST_LISTED = 1000
MOST_LOOKED_UP = 10_000
HELPS, HARMS, SAME, UNKNOWN = VERDICTS = ("helps", "harms", "no difference", "not enough evidence")
# An attempt may be in several of them, by several outcomes or under several ids of a strategy: the first one counts.
# The last two are of attempts that used another memory: instead of this one, and where this one was not shown.
WITHHELD, USED, UNUSED, INSTEAD, ELSEWHERE = range(5)


@value
class Rate:
    """A share, and how many attempts it is worth; not whole where attempts weigh differently."""

    share: float
    attempts: float


@value
class Estimate:
    """A number, and the variance that it was estimated with."""

    value: float
    variance: float


def difference(one: Rate, other: Rate) -> Difference:
    """How much larger one share is than another, with its 90 % interval.

    Newcombe's hybrid score interval: method 10 in R. G. Newcombe, "Interval estimation for the difference between
    independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), 873–890.
    """
    return _apart(one, other.share, *_score_interval(other))


def _apart(one: Rate, other: float, other_low: float, other_high: float) -> Difference:
    """How much larger a share is than another, of which the interval is known."""
    low, high = _score_interval(one)
    gap = one.share - other
    return Difference(
        value=gap,
        low=max(-1.0, gap - sqrt((one.share - low) ** 2 + (other_high - other) ** 2)),
        high=min(1.0, gap + sqrt((high - one.share) ** 2 + (other - other_low) ** 2)),
    )


def _score_interval(rate: Rate) -> tuple[float, float]:
    """Wilson's interval for one share."""
    share, n = rate.share, rate.attempts
    middle = share + Z * Z / (2 * n)
    reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return (middle - reach) / (1 + Z * Z / n), (middle + reach) / (1 + Z * Z / n)


def needed(share_held_out: float, *, shown: float = 0.5, withheld: float = 0.5) -> int:
    """How many withheld attempts it takes to know the difference to ± 10 points at 90 %."""
    others = share_held_out / (1 - share_held_out)
    return ceil((Z / POINTS) ** 2 * (withheld * (1 - withheld) + others * shown * (1 - shown)))


class Unit:
    """What became of one attempt: all outcomes that were learned under one recall.

    `places` has for each of them whether it succeeded, and the place of each memory that was offered.
    """

    __slots__ = (
        "holdout",
        "outcomes",
        "places",
        "repeated",
        "successes",
        "tokens",
        "used",
        "warned",
        "withheld",
    )

    def __init__(self) -> None:
        self.holdout = 0.0
        self.outcomes = self.successes = self.tokens = 0
        self.withheld = self.used = self.warned = self.repeated = False
        self.places: list[tuple[bool, dict[str, int]]] = []

    def add(self, outcome: Outcome) -> None:
        """One more outcome of it."""
        self.tokens = max(self.tokens, outcome.tokens)
        if not outcome.holdout or not any(map(exposure.is_earned, outcome.eligible)):
            return
        self.holdout = self.holdout or outcome.holdout
        self.outcomes += 1
        self.successes += outcome.succeeded
        self.withheld |= bool(outcome.withheld)
        self.used |= any(map(exposure.is_earned, outcome.used))
        self.warned |= bool(outcome.warned)
        self.repeated |= bool(outcome.repeated)

    @property
    def success(self) -> float:
        """The share of its outcomes that succeeded."""
        return self.successes / self.outcomes

    def seen(self, names: Mapping[str, str]) -> dict[str, tuple[int, int, int]]:
        """Of every memory that has a name: where it was, of how many outcomes, and how many of these succeeded."""
        found: dict[str, tuple[int, int, int]] = {}
        for won, places in self.places:
            here: dict[str, int] = {}
            for id_, place in places.items():
                name = names.get(id_)
                if name is not None and place <= here.get(name, UNUSED):
                    here[name] = place
            for name, place in here.items():
                first, tries, successes = found.get(name, (place, 0, 0))
                if place == first:
                    found[name] = (place, tries + 1, successes + won)
                elif place < first:
                    found[name] = (place, 1, won)
        return found


def arm(units: Sequence[Unit]) -> Arm:
    """What became of these attempts, each counted once."""
    won = sum(one.success for one in units)
    return Arm(
        attempts=len(units),
        successes=round(won, 2),
        rate=round(won / len(units), 4) if units else None,
        warned=sum(one.warned for one in units),
        repeated=sum(one.repeated for one in units),
        tokens=sum(one.tokens for one in units),
    )


def rate(units: Sequence[Unit]) -> Rate:
    """Their share of successes, as if the same share had been held out all the time.

    Each weighs by how unlikely its lot was (Hájek's estimator), and together they are worth Kish's effective number
    of attempts. Where the share never changed that is the plain share of all of them.
    """
    weights = [1 / (one.holdout if one.withheld else 1 - one.holdout) for one in units]
    total = sum(weights)
    won = sum(weight * one.success for weight, one in zip(weights, units, strict=True))
    return Rate(share=won / total, attempts=total**2 / sum(weight**2 for weight in weights))


class Tally:
    """What was seen, one outcome at a time, newest first: attempts by their recall, and the ids that they saw."""

    def __init__(self) -> None:
        self.attempts = self.recalled = 0
        self.units: dict[str, Unit] = {}
        self.ids: dict[str, str] = {}
        self.strategies: dict[str, str] = {}
        self.replaced: set[object] = set()

    def add(self, outcome: Outcome, *, forgotten: bool = False) -> None:
        """Count one outcome. What was imported was seen elsewhere, and tells nothing of this memory.

        What was forgotten still is a part of the experiment, but speaks of no single memory. What an agent reported of
        an attempt that was seen as well is counted there: newer outcomes come first.
        """
        if forgotten and outcome.id in self.replaced:
            return
        if not forgotten:
            self.strategies[outcome.id] = outcome.strategy
        if outcome.source in (IMPORT, UNTRUSTED):
            return
        self.replaced.add(outcome.metadata.get(INSTEAD_OF))
        self.attempts += 1
        if outcome.recall_id is None:
            return
        self.recalled += 1
        unit = self.units.setdefault(outcome.recall_id, Unit())
        unit.add(outcome)
        if not forgotten:
            unit.places.append((outcome.succeeded, self._places(outcome)))

    def _places(self, outcome: Outcome) -> dict[str, int]:
        used, held, silent = outcome.used, set(outcome.withheld), _silent(outcome)
        return {
            self.ids.setdefault(id_, id_): WITHHELD if id_ in held else USED if id_ in used else UNUSED
            for id_ in outcome.eligible
            if id_ not in silent and not id_.startswith(exposure.NEVER_SAID)
        }

    def arms(self) -> tuple[list[Unit], list[Unit]]:
        """The attempts for which lots were drawn: those that were shown what was earned, and the withheld."""
        drawn = [one for one in self.units.values() if one.outcomes]
        return [one for one in drawn if not one.withheld], [one for one in drawn if one.withheld]


def _silent(outcome: Outcome) -> set[str]:
    """What did not reach the prompt, and what only warns: nothing that could be used came with it."""
    return {*outcome.left_out, *(one for one in outcome.warned if one.startswith("b-"))}


def report(
    outcomes: Iterable[Memory],
    *,
    agent: str | None,
    holdout: float,
    key: Callable[[str], str],
    find: Callable[[str], Memory | None],
    forgotten: Iterable[Outcome] = (),
    is_avoided: Callable[[str, str], bool] = lambda *_: False,
) -> Report:
    """Everything there is to say, from outcomes newest first, and from those that were forgotten.

    `find` gives a live memory that may be shown; `is_avoided` says whether an agent is told to avoid a strategy.
    """
    tally, seen = _tallies(outcomes, forgotten)
    shown, without = tally.arms()
    gap = difference(rate(shown), rate(without)) if shown and without else None
    share = holdout or next((one.holdout for one in (*shown, *without)), POINTS)
    memories, proved = (
        judged(list(_grouped(one, key=key, find=find)), without=success_without(*one.arms()))
        for one in (tally, seen if seen.attempts else tally)
    )
    # Words alone retire nothing where anything was seen: else a model could have a person's memory taken away.
    harms = {one.text for one in proved if one.verdict == HARMS}
    memories = [
        _with_command(one, agent=agent, find=find, is_avoided=is_avoided) if one.text in harms else one
        for one in memories
    ]
    made = Report(
        agent=agent,
        attempts=tally.attempts,
        recalled=tally.recalled,
        tokens=sum(one.tokens for one in tally.units.values()),
        holdout=holdout,
        shown=arm(shown),
        withheld=arm(without),
        difference=gap and _rounded(gap),
        needed=needed(share, shown=_expected(shown), withheld=_expected(without)),
        verdict="",
        memories=tuple(memories[:MOST_LISTED]),
        harmful=tuple(one for one in memories if one.retire),
    )
    return replace(made, verdict=verdict(made))


def _tallies(outcomes: Iterable[Memory], forgotten: Iterable[Outcome]) -> tuple[Tally, Tally]:
    """Everything, and of that what somebody saw happen."""
    whole, seen = Tally(), Tally()
    live = ((one, False) for one in outcomes if isinstance(one, Outcome))
    for one, is_forgotten in chain(live, ((one, True) for one in forgotten)):
        whole.add(one, forgotten=is_forgotten)
        if trust.is_verified(one.source):
            seen.add(one, forgotten=is_forgotten)
    return whole, seen


def _with_command(
    one: Benefit,
    *,
    agent: str | None,
    find: Callable[[str], Memory | None],
    is_avoided: Callable[[str, str], bool],
) -> Benefit:
    """With the command that retires it, where it harms and nobody has done so.

    To forget what was earned would take away its evidence, and with it every warning: so it is stated as something
    to avoid.
    """
    if one.verdict != HARMS:
        return one
    if not one.id.startswith("b-"):
        return replace(
            one, retire=join(["alma", "forget", one.id, "--reason", "it does harm, says the report"])
        )
    named = find(one.id)
    owner = agent or (named.agent if named else None)
    if owner is not None and is_avoided(owner, one.text):
        return one
    lost = round(one.used.attempts - one.used.successes)
    why = f"{lost} of {one.used.attempts} attempts that used it failed, more than without it, says the report"
    words = ["alma", "add", "anti-pattern", "--pattern", " ".join(one.text.split()), "--why", why]
    words += ["--agent", owner] if owner is not None else []
    words += ["--domain", named.domain] if named is not None and named.domain != UNSORTED else []
    return replace(one, retire=join(words))


def _expected(units: Sequence[Unit]) -> float:
    """The share of successes, drawn to the middle while there are few."""
    return (sum(one.success for one in units) + 1) / (len(units) + 2)


def _grouped(
    tally: Tally, *, key: Callable[[str], str], find: Callable[[str], Memory | None]
) -> Iterator[tuple[str, str, list[float]]]:
    """(id, text, counts) of every memory. All that was shown of one strategy is one, named after the last of it."""
    names: dict[str, str] = {}
    groups: dict[str, tuple[str, str, list[float]]] = {}
    for id_, text in _texts(tally, find):
        names[id_] = f"b-{key(text)}" if id_.startswith("b-") else id_
        groups.setdefault(names[id_], (id_, text, [0.0] * 10))
    uses: list[float] = []
    for unit in tally.units.values():
        seen = unit.seen(names)
        won = [successes / tries for place, tries, successes in seen.values() if place == USED]
        uses += [fmean(won)] if won else []
        for name, (place, tries, successes) in seen.items():
            counts, share = groups[name][2], successes / tries
            for where in (place, INSTEAD) if won and place == UNUSED else (place,):
                counts[2 * where] += 1
                counts[2 * where + 1] += share
    for _, _, counts in groups.values():
        used, won_used, _, _, instead, won_instead = counts[2 * USED : 2 * ELSEWHERE]
        elsewhere = len(uses) - used - instead
        counts[2 * ELSEWHERE :] = elsewhere, min(max(0.0, sum(uses) - won_used - won_instead), elsewhere)
    yield from groups.values()


def _texts(tally: Tally, find: Callable[[str], Memory | None]) -> Iterator[tuple[str, str]]:
    """(id, text) of everything that was seen and is still there, and may be read from here."""
    looked_up = 0
    for id_ in tally.ids:
        text = tally.strategies.get(id_.removeprefix("b-")) if id_.startswith("b-") else None
        if text is None:
            looked_up += 1
            found = find(id_) if looked_up <= MOST_LOOKED_UP else None
            if found is None:
                continue
            text = found.strategy if isinstance(found, Outcome) else text_of(found)
        yield id_, text


def success_without(shown: Sequence[Unit], withheld: Sequence[Unit]) -> Estimate | None:
    """How often those who use an earned memory would succeed without any, by the lots alone; None: they cannot tell.

    Of the withheld, some would have used a memory, and those who would not succeed as often as those who were shown
    some and did not: what is left is of those who would. H. S. Bloom, "Accounting for no-shows in experimental
    evaluation designs", Evaluation Review 8 (1984), 225–246. What the withheld did of their own accord does not
    matter, so nothing is divided by a difference in use, which may be next to none.
    """
    idle = [one for one in shown if not one.used]
    if min(len(shown) - len(idle), len(withheld)) < LEAST_JUDGED:
        return None
    spared = len(idle) / len(shown)
    held, left = _of(withheld), _of(idle)
    variance = (held.variance + spared**2 * left.variance) / (1 - spared) ** 2
    if Z * sqrt(variance) > WIDEST:
        return None
    return Estimate(value=(held.value - spared * left.value) / (1 - spared), variance=variance)


def _of(units: Sequence[Unit]) -> Estimate:
    """Their share of successes."""
    found = rate(units) if units else Rate(share=0.0, attempts=0.0)
    return _share(found.share * found.attempts, found.attempts)


def judged(
    found: Sequence[tuple[str, str, Sequence[float]]], *, without: Estimate | None = None
) -> list[Benefit]:
    """Each memory with its verdict: those that harm first, then those that were used most.

    Where agents use memories on hard tasks, all of them look harmful, and on easy ones none. So one is held against
    what those who use memories would reach without any, which the lots tell (`without`); while they do not, it must
    show against those who used another and against all who did not use it. And among many some look harmful by
    chance: the share of false ones among those that are named is held at 10 % (Y. Benjamini and Y. Hochberg, Journal
    of the Royal Statistical Society B 57 (1995), 289–300).
    """
    seen = [_changed(counts, without) for *_, counts in found]
    harms = _named({place: _below(one[1]) for place, one in enumerate(seen) if one})
    helps = _named({place: _below(-one[2]) for place, one in enumerate(seen) if one})
    made = [
        _benefit(id_, text, counts, seen[place], harms=place in harms, helps=place in helps)
        for place, (id_, text, counts) in enumerate(found)
    ]
    return sorted(made, key=lambda one: (one.verdict != HARMS, -one.used.attempts, one.id))


def _changed(counts: Sequence[float], without: Estimate | None) -> tuple[Difference, float, float] | None:
    """What using a memory changes, and how many deviations that is from 0, at most and at least."""
    used, won, unused, won_unused, instead, won_instead, elsewhere, _ = counts[2 * USED :]
    if min(used, unused) < LEAST_JUDGED:
        return None
    own, other = Rate(share=won / used, attempts=used), without and _on_its_tasks(counts, without)
    if other is not None:
        share, reach = min(max(0.0, other.value), 1.0), Z * sqrt(other.variance)
        low, high = max(0.0, other.value - reach), min(1.0, other.value + reach)
        z = _deviations(own, replace(other, value=share))
        return _apart(own, share, low, high), z, z
    alone = beside = _deviations(own, _share(won_unused, unused))
    if instead + elsewhere >= LEAST_JUDGED:
        beside = _deviations(own, _share(won_instead, instead))
    seen = difference(own, Rate(share=won_unused / unused, attempts=unused))
    return seen, max(alone, beside), min(alone, beside)


def _on_its_tasks(counts: Sequence[float], without: Estimate) -> Estimate | None:
    """What its users would reach without any memory; None where that is no share, and something else is wrong.

    Its tasks may be harder than others. That shows in those who used another memory, on its tasks and elsewhere; as
    far as all was used on its tasks, there is nothing to correct.
    """
    used, _, _, _, instead, won_instead, elsewhere, won_elsewhere = counts[2 * USED :]
    here, there = _share(won_instead, instead), _share(won_elsewhere, elsewhere)
    far = elsewhere / (used + instead + elsewhere)
    value = without.value + far * (here.value - there.value)
    variance = without.variance + far**2 * (here.variance + there.variance)
    reach = Z * sqrt(variance)
    return Estimate(value=value, variance=variance) if -reach <= value <= 1 + reach else None


def _deviations(own: Rate, other: Estimate) -> float:
    """How far a share is from another, in standard deviations as they were if it was the same.

    And half a step of the counts nearer, for they are whole numbers. Without these two, the far tails, where a memory
    among many is named, are too thin (F. Yates, Supplement to the Journal of the Royal Statistical Society 1 (1934),
    217–235).
    """
    gap, same = own.share - other.value, _share(other.value * own.attempts, own.attempts).value
    nearer = max(0.0, abs(gap) - 1 / (2 * own.attempts))
    return copysign(nearer, gap) / sqrt(same * (1 - same) / own.attempts + other.variance)


def _share(won: float, tries: float) -> Estimate:
    """A share, with one success and one failure added.

    A. Agresti and B. Caffo, The American Statistician 54 (2000), 280–288.
    """
    share = (won + 1) / (tries + 2)
    return Estimate(value=share, variance=share * (1 - share) / (tries + 2))


def _below(z: float) -> float:
    """P(Z < z) of a standard normal Z."""
    return erfc(-z / sqrt(2)) / 2


def _named(doubts: Mapping[int, float]) -> set[int]:
    """The places that Benjamini and Hochberg's procedure names."""
    order = sorted(doubts, key=lambda place: doubts[place])
    passed = [
        rank for rank, place in enumerate(order, 1) if doubts[place] <= FALSE_ALARMS * rank / len(order)
    ]
    return set(order[: max(passed, default=0)])


def _benefit(
    id_: str,
    text: str,
    counts: Sequence[float],
    changed: tuple[Difference, float, float] | None,
    *,
    harms: bool,
    helps: bool,
) -> Benefit:
    used, unused, without = (_plain(*counts[2 * place : 2 * place + 2]) for place in (USED, UNUSED, WITHHELD))
    gap = changed and _rounded(changed[0])
    said = UNKNOWN
    if gap is not None:
        # Of two memories the procedure asks less of each than the interval that is printed beside the verdict.
        harms, helps = harms and gap.high < 0, helps and gap.low > 0
        said = HARMS if harms else HELPS if helps else SAME if _is_small(gap) else UNKNOWN
    return Benefit(
        id=id_,
        text=text,
        used=used,
        unused=unused,
        withheld=without,
        difference=gap,
        verdict=said,
    )


def _plain(attempts: float, successes: float) -> Arm:
    share = round(successes / attempts, 4) if attempts else None
    return Arm(attempts=round(attempts), successes=round(successes, 2), rate=share)


def _is_small(gap: Difference) -> bool:
    return gap.low >= -POINTS and gap.high <= POINTS


def _rounded(gap: Difference) -> Difference:
    return Difference(value=round(gap.value, 4), low=round(gap.low, 4), high=round(gap.high, 4))


def verdict(found: Report) -> str:
    """What the comparison of shown and withheld attempts says, in a sentence."""
    if not found.recalled:
        return "no outcome says what it was shown: pass recall= to learn, or use attempt"
    if found.difference is None:
        return _not_yet(found)
    missing = found.needed - found.withheld.attempts
    more = f"; {missing} more withheld attempts and it is known to ± 10 points" if missing > 0 else ""
    if found.difference.low > 0:
        return f"memories help{more}"
    if found.difference.high < 0:
        return f"memories harm{more}"
    if _is_small(found.difference):
        return "memories make no difference of more than 10 points"
    return f"not enough evidence to say whether memories help or harm{more}"


def _not_yet(found: Report) -> str:
    if found.withheld.attempts:
        return f"{found.withheld.attempts} attempts were withheld, and none shown to compare them with yet"
    if not found.holdout:
        return "no withheld attempts yet: set holdout: 0.1 in the configuration"
    return (
        f"no withheld attempts yet: holdout is {found.holdout:g}, and about {found.needed} of them are needed to"
        " know the difference to ± 10 points"
    )
