"""Why a memory is believed: every outcome for and against, the numbers and how they came, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alma.domain.ledger import Event
from alma.domain.memory import EARNED, VERIFIED, AntiPattern, Heuristic, Memory, Outcome
from alma.domain.recall import Evidence, Explanation
from alma.domain.scope import UNSORTED, Scopes
from alma.domain.values import replace
from alma.rules import beliefs, posterior, strategies
from alma.rules.evidence import Observation, Record, Weighed

MOST_TRIES = 30


def explanation(
    memory: Memory,
    record: Record | None,
    among: Sequence[Record],
    *,
    task: str | None,
    at_anchor: bool,
    seen_by: Iterable[str],
    history: Iterable[str],
) -> Explanation:
    """Everything that bears on one memory; `record` is what the ledger says of its strategy around the task."""
    compared = isinstance(memory, AntiPattern) and memory.grade == EARNED
    told = (beliefs.near(record) if compared else record.counted) if record else ()
    counted = {one.outcome.id for one in told}
    shown = [_evidence(one, counted=one.outcome.id in counted) for one in record.weighed] if record else []
    shown.sort(key=lambda one: (-one.weight, one.at))
    failing = isinstance(memory, AntiPattern)
    supports = [one for one in shown if (one.result >= 0.5) != failing]
    return Explanation(
        memory=memory,
        task=task,
        evidence_for=tuple(supports),
        evidence_against=tuple(one for one in shown if one not in supports),
        numbers=_numbers(record, among, shown) if record else (),
        how=tuple(_how(memory, record, at_anchor=at_anchor)),
        seen_by=tuple(seen_by),
        would_change=tuple(_would_change(memory, record, among)),
        history=tuple(history),
    )


def record_of(about: Memory, records: Sequence[Record]) -> Record | None:
    """What the ledger says of the strategy that a memory speaks of."""
    if isinstance(about, Outcome):
        return next((one for one in records if any(w.outcome.id == about.id for w in one.weighed)), None)
    strategy = about.strategy if isinstance(about, Heuristic) else getattr(about, "pattern", "")
    key = strategies.same_key(strategy) if strategy else None
    return next((one for one in records if strategies.same_key(one.strategy) == key), None)


def belief_of(about: Memory, record: Record | None, among: Sequence[Record]) -> Memory:
    """The heuristic or anti-pattern that this record makes here, or else the outcome itself."""
    if record is None:
        return about
    found = [*beliefs.heuristics(among), *beliefs.anti_patterns(among)]
    return next((one for one in found if one.id == beliefs.belief_id(record)), about)


def _evidence(one: Weighed, *, counted: bool) -> Evidence:
    outcome = one.outcome
    return Evidence(
        outcome_id=outcome.id,
        at=outcome.created_at,
        source=outcome.source,
        owner=outcome.owner,
        result=outcome.result,
        weight=round(one.weight, 4),
        similarity=round(one.observation.similarity, 4),
        counted=counted,
        task=outcome.task,
        strategy=outcome.strategy,
        why=outcome.why,
    )


def _numbers(
    record: Record, among: Sequence[Record], shown: Sequence[Evidence]
) -> tuple[tuple[str, float], ...]:
    won, lost = record.won, record.lost
    results = [one.result >= 0.5 for one in shown if one.counted]
    return (
        ("successes", float(sum(results))),
        ("failures", float(len(results) - sum(results))),
        ("weight of successes", round(won, 4)),
        ("weight of failures", round(lost, 4)),
        ("mean", round(posterior.mean(won, lost, prior=beliefs.CURIOUS_PRIOR), 4)),
        ("10 % lower bound", round(posterior.lower(won, lost), 4)),
        ("rank among strategies", float(1 + [one.key for one in beliefs.ranked(among)].index(record.key))),
    )


def _how(memory: Memory, record: Record | None, *, at_anchor: bool) -> Iterable[str]:
    if isinstance(memory, Outcome) or getattr(memory, "grade", "") in (EARNED, "known_failure"):
        yield "computed now from the outcomes in the ledger; nothing about it is stored"
    else:
        yield f"stated by {memory.agent} on {memory.created_at:%Y-%m-%d}, as {memory.source}; it stands until withdrawn"
    if record is None:
        yield "no outcome in the ledger speaks of it"
        return
    if at_anchor:
        yield "computed at the task that it is named after, which is left out when the nearest is sought"
    yield (
        "weight of an outcome = nearness to the task × 0.5 for every half-life of later outcomes × trust in its "
        "source × 0.5 where inherited, capped for each origin"
    )
    yield "counts are attempts on tasks like this one; weights feed the mean and the bound"


def _would_change(memory: Memory, record: Record | None, among: Sequence[Record]) -> Iterable[str]:
    if record is None:
        return
    if isinstance(memory, Heuristic) and memory.grade == EARNED:
        yield from _until(record, among, 0.0, "{n} more {failures} would end this", beliefs.is_heuristic)
    elif isinstance(memory, AntiPattern) and memory.grade != "stated":
        key = record.key

        def avoided(one: Record, rest: Sequence[Record]) -> bool:
            return any(
                beliefs.belief_id(one) == found.id for found in beliefs.anti_patterns(rest) if one.key == key
            )

        yield from _until(record, among, 1.0, "{n} more {successes} would end this", avoided)
    elif not beliefs.is_heuristic(record, among):

        def unproved(one: Record, rest: Sequence[Record]) -> bool:
            return not beliefs.is_heuristic(one, rest)

        yield from _until(record, among, 1.0, "{n} more {successes} would make it a heuristic", unproved)


def _until(
    record: Record,
    among: Sequence[Record],
    result: float,
    sentence: str,
    holds: Callable[[Record, Sequence[Record]], bool],
) -> Iterable[str]:
    """How many more results of one sort it takes until `holds` no longer does."""
    for count in range(1, MOST_TRIES + 1):
        record = with_another(record, result)
        rest = [record if one.key == record.key else one for one in among]
        if not holds(record, rest):
            plural = "" if count == 1 else "s"
            failures, successes = f"failure{plural}", "success" if count == 1 else "successes"
            yield sentence.format(n=count, failures=failures, successes=successes)
            return
    yield f"not even {MOST_TRIES} more of one sort would change this"


def with_another(record: Record, result: float) -> Record:
    """The record as it would be after one more verified result on the same task."""
    last = record.weighed[-1].outcome
    seq = last.seq + 1
    outcome = replace(
        last, id=f"imagined-{seq}", seq=seq, result=result, source=VERIFIED, origin=f"imagined-{seq}"
    )
    one = Weighed(observation=Observation(outcome=outcome, similarity=1.0, age=0), weight=1.0, counted=True)
    named = beliefs.anchor(record)
    kept = [
        replace(w, observation=replace(w.observation, similarity=1.0)) if w.outcome.id == named.id else w
        for w in record.weighed
    ]
    return replace(record, weighed=(*kept, one))


def in_words(event: Event) -> str:
    """One entry of a memory's history."""
    said = "; ".join(_said(name, value) for name, value in event.details.items() if name != "seqs")
    return f"{event.at:%Y-%m-%d %H:%M} {event.kind} by {event.source}" + (f" ({said})" if said else "")


def _said(name: str, value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{field} was {old!r}" for field, old in value.items())
    return f"{name}: {value}"


def readers(memory: Memory, scopes: Scopes, known: Iterable[str]) -> list[str]:
    """Who may read it, and why: the owner first."""
    seen = [f"{memory.owner}, whose it is"]
    for name in sorted({*scopes.agents, *known} - {memory.owner}):
        if scopes.view(name).may_read(memory.owner, memory.domain):
            seen.append(f"{name}, through sharing")
    if memory.domain == UNSORTED:
        seen.append("unsorted: shared only with agents that have neither can_learn nor cannot_learn")
    return seen
