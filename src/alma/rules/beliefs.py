"""Evidence -> advice, heuristics, anti-patterns and known failures. Computed when asked for, never stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from alma.domain.memory import EARNED, KNOWN_FAILURE, UNTRUSTED, AntiPattern, Heuristic, Outcome
from alma.domain.recall import Advice, Change
from alma.rules import indexing, posterior, trust
from alma.rules.evidence import NEAR, SAME_TASK, Record, Weighed

CURIOSITY = 0.8
DOUBT = 3.0
SURE_HEURISTIC = 0.95
SURE_IF_CLEAN = 0.80
SURE_CONTRAST = 0.90
LEAST_LOWER = 0.65
FLAKY_SHARE = 0.2
FLAKY_WITHIN = 50
SHOWN_KNOWN_FAILURES = 2


def belief_id(record: Record) -> str:
    """`b-` and the id of the outcome of this strategy that is nearest to the task, ties to the earliest."""
    return f"b-{anchor(record).id}"


def anchor(record: Record) -> Outcome:
    """The outcome that a belief about this strategy is named after."""
    return max(record.weighed, key=lambda one: (one.observation.similarity, -one.outcome.seq)).outcome


def ranked(records: Sequence[Record]) -> list[Record]:
    """Best first, by posterior mean plus a little for what is not yet known."""
    return sorted(records, key=lambda one: (-promise(one, records), anchor(one).seq))


def promise(record: Record, among: Sequence[Record]) -> float:
    """What a strategy is ranked by. Where anything was seen to happen, what was only said gets no bonus: what one
    origin tells of, or two, stands below what was never tried (.63), that of three above it."""
    if not record.is_seen and any(one.is_seen for one in among):
        return appeal(record.won, record.lost, curiosity=0.0)
    return appeal(record.won, record.lost)


def appeal(won: float, lost: float, *, curiosity: float = CURIOSITY) -> float:
    """μ + 0.8 σ of Beta(4 + S, 4 + N − S): untried .63, one success about .68, one failure about .57.

    Results can be told wrongly. So three more successes and failures are imagined than in the shown mean, and no single
    result moves much.
    """
    doubted = won + DOUBT, lost + DOUBT
    return posterior.mean(*doubted) + curiosity * posterior.deviation(*doubted)


def advice(record: Record, among: Sequence[Record]) -> Advice:
    """One strategy with its record, in words and numbers."""
    successes, failures = tally(record)
    return Advice(
        id=belief_id(record),
        strategy=record.strategy,
        successes=successes,
        failures=failures,
        mean=round(posterior.mean(record.won, record.lost), 4),
        lower=round(posterior.lower(record.won, record.lost), 4),
        status=status(record, among),
        why=why(record),
        owner=anchor(record).owner,
    )


def tally(record: Record) -> tuple[int, int]:
    """The successes and failures among the attempts that people are told of."""
    results = [one.outcome.succeeded for one in told(record)]
    return sum(results), len(results) - sum(results)


def status(record: Record, among: Sequence[Record]) -> str:
    """works, promising, mixed, flaky, fails or untried."""
    successes, failures = tally(record)
    if not successes + failures:
        return "untried"
    if is_flaky(record):
        return "flaky"
    if is_heuristic(record, among):
        return "works"
    if not successes:
        return "fails"
    return "promising" if not failures or posterior.mean(record.won, record.lost) > 0.5 else "mixed"


def why(record: Record) -> str:
    """What was seen, in one sentence."""
    tries = told(record)
    if not tries:
        return "not tried on a task like this"
    where = "tasks like this" if record.counted else "tasks near this one"
    seen = f"worked {tally(record)[0]} of {len(tries)} on {where}"
    reasons = failure_reasons(tries)
    return f"{seen}; failed with: {reasons}" if reasons else seen


def failure_reasons(weighed: Sequence[Weighed], *, limit: int = 2) -> str:
    """What the failures said, verbatim, the heaviest first."""
    failed = sorted(
        (one for one in weighed if not one.outcome.succeeded and one.outcome.why),
        key=lambda one: (-one.weight, one.outcome.seq),
    )
    return "; ".join(list(dict.fromkeys(one.outcome.why or "" for one in failed))[:limit])


def is_flaky(record: Record) -> bool:
    """The same strategy on the same task with results that go back and forth, close together.

    Where some were seen to happen, these alone decide: else one model could silence a warning by saying both.
    """
    same = [one for one in record.weighed if one.observation.similarity >= SAME_TASK]
    same = [one for one in same if trust.is_verified(one.outcome.source)] or same
    if len(same) < 3:
        return False
    newest = min(one.observation.age for one in same)
    results = [one.outcome.succeeded for one in same if one.observation.age - newest <= FLAKY_WITHIN]
    turns = sum(a != b for a, b in pairwise(results))
    share = sum(results) / len(results)
    return turns >= 2 and FLAKY_SHARE <= share <= 1 - FLAKY_SHARE


def is_heuristic(record: Record, among: Sequence[Record]) -> bool:
    """At least three successes that may be believed, and either sure to be better than the rest or all clean."""
    succeeded = [one.outcome for one in record.counted if one.outcome.succeeded]
    if len(succeeded) < 3 or not _believable(succeeded, among, verified=3) or is_flaky(record):
        return False
    sure = posterior.above(record.won, record.lost, max(0.5, _rate_of_others(record, among)))
    if is_clean(record):
        return sure >= SURE_IF_CLEAN
    return sure >= SURE_HEURISTIC and posterior.lower(record.won, record.lost) >= LEAST_LOWER


def is_clean(record: Record) -> bool:
    """No failure here: neither among the counts nor a little further off."""
    return not record.failures and all(one.outcome.succeeded for one in record.near)


def _rate_of_others(record: Record, among: Sequence[Record]) -> float:
    others = [one for one in among if one.key != record.key]
    weight = sum(one.weight for one in others)
    return sum(one.won for one in others) / weight if weight else 0.5


def _believable(outcomes: Sequence[Outcome], among: Sequence[Record], *, verified: int) -> bool:
    """Whether enough of them were seen to happen, or else they come from at least two origins.

    Where anything was seen to happen around this task, what was not never decides alone; untrusted text never does.
    """
    seen = sum(trust.is_verified(one.source) for one in outcomes)
    if seen >= verified:
        return True
    if not seen and any(trust.is_verified(w.outcome.source) for one in among for w in one.weighed):
        return False
    return len({one.origin for one in outcomes if one.source != UNTRUSTED}) >= 2


def heuristics(records: Sequence[Record]) -> list[Heuristic]:
    """What is sure enough to be stated as working here, best first."""
    return [_heuristic(record) for record in ranked(records) if is_heuristic(record, records)]


def _heuristic(record: Record) -> Heuristic:
    return Heuristic(
        **_named(record),  # type: ignore[arg-type]  # the fields that every memory has
        condition=_condition(record),
        strategy=record.strategy,
        grade=EARNED,
        successes=record.successes,
        failures=record.failures,
        lower=round(posterior.lower(record.won, record.lost), 4),
    )


def _named(record: Record) -> dict[str, object]:
    """Whose a belief is, and since when: as the outcome that it is named after."""
    named = anchor(record)
    fields = ("agent", "domain", "source", "origin", "created_at", "seq")
    return {"id": belief_id(record), **{name: getattr(named, name) for name in fields}}


def _condition(record: Record) -> str:
    """What the tasks have in common: the two nearest, and the words that most of them share."""
    nearest = sorted(record.counted, key=lambda one: (-one.observation.similarity, one.outcome.seq))
    tasks = list(dict.fromkeys(one.outcome.task for one in nearest))
    counts = Counter(term for task in tasks for term in indexing.term_set(task))
    shared = sorted(term for term, count in counts.items() if count >= max(2, 2 * len(tasks) / 3))
    about = f" (about: {', '.join(shared[:5])})" if shared else ""
    return f"tasks like: {'; '.join(tasks[:2])}{about}"


def anti_patterns(records: Sequence[Record]) -> list[AntiPattern]:
    """What failed where something else works, surest first, then what is only known to have failed."""
    rivals = [one for one in records if _worked_twice(one, records)]
    contrasts = [
        (record, _alternative(record, rivals)) for record in records if _failed_twice(record, records)
    ]
    proved = [(record, other) for record, other in contrasts if other is not None]
    proved.sort(key=lambda pair: (-pair[0].lost, anchor(pair[0]).seq))
    settled = {record.key for record, _ in proved}
    failures = [one for one in records if one.key not in settled and is_known_failure(one, records)]
    failures.sort(key=lambda one: (-one.lost, anchor(one).seq))
    return [_anti_pattern(one, other) for one, other in proved] + [
        _anti_pattern(one, None) for one in failures
    ]


def shown(beliefs: Sequence[AntiPattern]) -> list[AntiPattern]:
    """All that is proved by contrast, and at most the two heaviest known failures."""
    proved = [one for one in beliefs if one.grade != KNOWN_FAILURE]
    return [*proved, *[one for one in beliefs if one.grade == KNOWN_FAILURE][:SHOWN_KNOWN_FAILURES]]


def _failed_twice(record: Record, among: Sequence[Record]) -> bool:
    failed = [one.outcome for one in record.near if not one.outcome.succeeded]
    if len(failed) < 2 or not _believable(failed, among, verified=1):
        return False
    return not is_flaky(record) and not is_heuristic(record, among)


def _alternative(record: Record, rivals: Sequence[Record]) -> Record | None:
    """The strategy with the best lower bound among those that worked twice here, if it is surely better."""
    others = [one for one in rivals if one.key != record.key]
    if not others:
        return None
    best = max(others, key=lambda one: (posterior.lower(one.won, one.lost), -anchor(one).seq))
    sure = posterior.better((best.won, best.lost), (record.won, record.lost))
    return best if sure >= SURE_CONTRAST else None


def _worked_twice(record: Record, among: Sequence[Record]) -> bool:
    succeeded = [one.outcome for one in record.near if one.outcome.succeeded]
    return len(succeeded) >= 2 and _believable(succeeded, among, verified=1) and not is_flaky(record)


def told(record: Record) -> tuple[Weighed, ...]:
    """The attempts that people are told of: those on tasks like this, in every place the same; only where there are
    none, the wider ones."""
    return record.counted or record.near


def worked(record: Record) -> list[Outcome]:
    """The successes that speak against a failure here: on tasks like this, and a little further off."""
    return [
        one.outcome
        for one in record.weighed
        if one.outcome.succeeded and (one.counted or one.observation.similarity >= NEAR)
    ]


def is_known_failure(record: Record, among: Sequence[Record]) -> bool:
    """It failed here and never worked here, both believably. One planted record must neither condemn a strategy
    nor clear it. That something else was tried nearer by takes no failure back."""
    failed = [one.outcome for one in told(record) if not one.outcome.succeeded]
    succeeded = worked(record)
    if not failed or not _believable(failed, among, verified=1) or is_flaky(record):
        return False
    return not succeeded or not _believable(succeeded, among, verified=1)


def _anti_pattern(record: Record, other: Record | None) -> AntiPattern:
    tries, rival = told(record), told(other) if other else ()
    return AntiPattern(
        **_named(record),  # type: ignore[arg-type]  # the fields that every memory has
        pattern=record.strategy,
        why_bad=failure_reasons(tries)
        or failure_reasons(record.near)
        or "it failed, and the failures did not say why",
        better_alternative=other.strategy if other else None,
        grade=EARNED if other else KNOWN_FAILURE,
        failures=sum(not one.outcome.succeeded for one in tries),
        successes=sum(one.outcome.succeeded for one in tries),
        alternative_successes=sum(one.outcome.succeeded for one in rival),
        alternative_failures=sum(not one.outcome.succeeded for one in rival),
        alternative_id=belief_id(other) if other else None,
    )


def changes(before: Sequence[Record], after: Sequence[Record]) -> tuple[Change, ...]:
    """What an outcome did to the beliefs around its task: made, strengthened, weakened or ended."""
    old, new = _beliefs(before), _beliefs(after)
    found = []
    for name, (belief, strength) in new.items():
        if name not in old:
            found.append(Change(what="made", belief=belief))
        elif strength != old[name][1]:
            found.append(
                Change(what="strengthened" if strength > old[name][1] else "weakened", belief=belief)
            )
    found.extend(Change(what="ended", belief=belief) for name, (belief, _) in old.items() if name not in new)
    return tuple(found)


def _beliefs(records: Sequence[Record]) -> dict[tuple[str, str], tuple[Heuristic | AntiPattern, float]]:
    """Every belief with a number for how strong it is: the lower bound of what it claims."""
    keys = {belief_id(record): record for record in records}
    beliefs: list[Heuristic | AntiPattern] = [*heuristics(records), *anti_patterns(records)]
    return {
        (belief.kind, keys[belief.id].key): (belief, round(_strength(belief, keys[belief.id]), 6))
        for belief in beliefs
    }


def _strength(belief: Heuristic | AntiPattern, record: Record) -> float:
    """The lower bound of what is claimed; an alternative that is proved makes a warning stronger than any without."""
    if isinstance(belief, Heuristic):
        return posterior.lower(record.won, record.lost)
    return posterior.lower(record.lost, record.won) + (belief.grade == EARNED)
