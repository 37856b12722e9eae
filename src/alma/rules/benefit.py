"""Withheld against shown: what memory as a whole is worth, and each memory, with how sure that is.

The whole is an experiment: lots are drawn, and only attempts are compared for which something earned was known. Of a
single memory it is an observation, for the agent chose whether to use it; it is therefore held against the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil, erfc, sqrt
from shlex import join

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
LEAST_MORE_OFTEN = 0.1
MOST_LISTED = 1000
MOST_LOOKED_UP = 10_000
HELPS, HARMS, SAME, UNKNOWN = VERDICTS = ("helps", "harms", "no difference", "not enough evidence")
# An attempt may be in several of them, by several outcomes or under several ids of a strategy: the first one counts.
WITHHELD, USED, UNUSED = range(3)


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
    low, high = _score_interval(one)
    other_low, other_high = _score_interval(other)
    gap = one.share - other.share
    return Difference(
        value=gap,
        low=max(-1.0, gap - sqrt((one.share - low) ** 2 + (other_high - other.share) ** 2)),
        high=min(1.0, gap + sqrt((high - one.share) ** 2 + (other.share - other_low) ** 2)),
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
        judged(list(_grouped(one, key=key, find=find)), effect=effect_of_using(*one.arms()))
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
        groups.setdefault(names[id_], (id_, text, [0.0] * 6))
    for unit in tally.units.values():
        for name, (place, tries, successes) in unit.seen(names).items():
            counts = groups[name][2]
            counts[2 * place] += 1
            counts[2 * place + 1] += successes / tries
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


def effect_of_using(shown: Sequence[Unit], without: Sequence[Unit]) -> Estimate | None:
    """What using an earned memory changes on the average, by the lots alone; None while they cannot tell.

    Wald's estimator: the difference that showing makes, divided by how much more often the strategies are used that
    were shown. J. D. Angrist, G. W. Imbens and D. B. Rubin, Journal of the American Statistical Association 91
    (1996), 444–455.
    """
    if min(len(shown), len(without)) < LEAST_JUDGED:
        return None
    more_often = sum(one.used for one in shown) / len(shown) - sum(one.used for one in without) / len(without)
    if more_often < LEAST_MORE_OFTEN:
        return None
    one, other = rate(shown), rate(without)
    gap = _gap(one.share * one.attempts, one.attempts, other.share * other.attempts, other.attempts)
    return Estimate(value=gap.value / more_often, variance=gap.variance / more_often**2)


def judged(
    found: Sequence[tuple[str, str, Sequence[float]]], *, effect: Estimate | None = None
) -> list[Benefit]:
    """Each memory with its verdict: those that harm first, then those that were used most.

    Where agents use memories on hard tasks, all of them look harmful, and on easy ones none. So what using a memory
    changes is how it differs from the others, plus what the lots say of using memories (`effect`); while they say
    nothing, it must show against the others and by itself. And among many some look harmful by chance: the share of
    false ones among those that are named is held at 10 % (Y. Benjamini and Y. Hochberg, Journal of the Royal
    Statistical Society B 57 (1995), 289–300).
    """
    total = [sum(counts[place] for *_, counts in found) for place in range(6)]
    seen = [
        _changed(counts, [a - b for a, b in zip(total, counts, strict=True)], effect) for *_, counts in found
    ]
    harms = _named({place: _below(one[1]) for place, one in enumerate(seen) if one})
    helps = _named({place: _below(-one[2]) for place, one in enumerate(seen) if one})
    made = [
        _benefit(id_, text, counts, seen[place], harms=place in harms, helps=place in helps)
        for place, (id_, text, counts) in enumerate(found)
    ]
    return sorted(made, key=lambda one: (one.verdict != HARMS, -one.used.attempts, one.id))


def _changed(
    counts: Sequence[float], others: Sequence[float], effect: Estimate | None
) -> tuple[Difference, float, float] | None:
    """What using a memory changes, and how many deviations that is from 0, at most and at least."""
    if min(counts[2 * USED], counts[2 * UNUSED]) < LEAST_JUDGED:
        return None
    own, sharp = _contrast(counts), _if_equal(counts)
    alone = _deviations(own.value, sharp.variance, sharp.value)
    if min(others[2 * USED], others[2 * UNUSED]) < LEAST_JUDGED:
        return _observed(counts), alone, alone
    usual = _contrast(others)
    beside = _deviations(own.value - usual.value, sharp.variance + usual.variance, sharp.value)
    if effect is None:
        return _observed(counts), max(alone, beside), min(alone, beside)
    gap = own.value - usual.value + effect.value
    more = usual.variance + effect.variance
    reach = Z * sqrt(own.variance + more)
    z = _deviations(gap, sharp.variance + more, sharp.value)
    return Difference(value=gap, low=max(-1.0, gap - reach), high=min(1.0, gap + reach)), z, z


def _if_equal(counts: Sequence[float]) -> Estimate:
    """The variance if using it changed nothing; and half a step of the counts, for they are whole numbers.

    Without these two, the far tails, where a memory among many is named, are too thin (F. Yates, Supplement to the
    Journal of the Royal Statistical Society 1 (1934), 217–235).
    """
    used, won, unused, won_unused = counts[2 * USED :]
    share = (won + won_unused + 1) / (used + unused + 2)
    steps = 1 / used + 1 / unused
    return Estimate(value=steps / 2, variance=share * (1 - share) * steps)


def _deviations(gap: float, variance: float, step: float) -> float:
    """A gap in standard deviations, half a step nearer to 0."""
    nearer = max(0.0, abs(gap) - step) / sqrt(variance)
    return nearer if gap > 0 else -nearer


def _observed(counts: Sequence[float]) -> Difference:
    """Used against not used, as it was seen."""
    used, won, unused, won_unused = counts[2 * USED :]
    return difference(Rate(share=won / used, attempts=used), Rate(share=won_unused / unused, attempts=unused))


def _contrast(counts: Sequence[float]) -> Estimate:
    """How much better used is than unused."""
    used, won, unused, won_unused = counts[2 * USED :]
    return _gap(won, used, won_unused, unused)


def _gap(won: float, tries: float, others_won: float, others: float) -> Estimate:
    """A difference of two shares, each with one success and one failure added.

    A. Agresti and B. Caffo, The American Statistician 54 (2000), 280–288.
    """
    one, other = (won + 1) / (tries + 2), (others_won + 1) / (others + 2)
    return Estimate(
        value=one - other, variance=one * (1 - one) / (tries + 2) + other * (1 - other) / (others + 2)
    )


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
    said = HARMS if harms else HELPS if helps else SAME if gap and _is_small(gap) else UNKNOWN
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
