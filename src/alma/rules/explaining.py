"""Why a memory is believed: every outcome for and against, the numbers and how they came, and what would change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from alma.domain.ledger import REPLACED, Event
from alma.domain.memory import (
    EARNED,
    KNOWN_FAILURE,
    STATED,
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    proposed_for,
)
from alma.domain.recall import Condition, Evidence, Explanation, Moment
from alma.domain.scope import UNSORTED, Scopes, inside
from alma.domain.values import replace
from alma.rules import beliefs, conditions, evidence, facts, learning, posterior, ranking, signatures, trust
from alma.rules.conditions import quoted
from alma.rules.evidence import Observation, Record, Weighed
from alma.rules.prospects import Scene, prospects
from alma.rules.ranking import Neighbourhood


def explanation(
    about: Memory,
    scene: Scene,
    *,
    as_belief: bool,
    seen_by: Iterable[str],
    history: Iterable[str],
    contradictions: Iterable[str],
    lasting: facts.Lasting,
) -> Explanation:
    """Everything that bears on one memory, as one agent sees it; `as_belief`: on what its outcomes amount to."""
    near = scene.neighbourhood()
    record, among = _spoken_of(about, near.records, scene.key)
    memory = belief_of(about, record, among) if as_belief else _beside(about, record, among)
    belief = belief_of(about, record, among) if isinstance(about, Outcome) else memory
    failing = isinstance(memory, AntiPattern)
    shown = _evidence(record, near, scene)
    return Explanation(
        memory=memory,
        task=scene.task,
        since=_since(belief, record, among),
        evidence_for=tuple(one for one in shown if (one.result >= 0.5) != failing),
        evidence_against=tuple(one for one in shown if (one.result >= 0.5) == failing),
        numbers=_numbers(record, among, shown) if record else (),
        conditions=_conditions(belief, record, among),
        timeline=_timeline(record),
        how=(*_how(memory, belief, record, near, scene, lasting), *_worded(about)),
        contradictions=(*contradictions, *_contradicted(memory, record, among)),
        seen_by=tuple(seen_by),
        would_change=tuple(prospects(belief, record, among, scene, lasting)),
        history=tuple(history),
    )


def record_of(about: Memory, records: Sequence[Record]) -> Record | None:
    """The record that an outcome is part of."""
    return next((one for one in records if any(w.outcome.id == about.id for w in one.weighed)), None)


def belief_of(about: Memory, record: Record | None, among: Sequence[Record]) -> Memory:
    """The heuristic or anti-pattern that this record makes here, or else the outcome itself."""
    if record is None:
        return about
    found = [*beliefs.heuristics(among), *beliefs.anti_patterns(among)]
    return next((one for one in found if one.id == beliefs.belief_id(record)), about)


def _spoken_of(
    about: Memory, records: Sequence[Record], key: Callable[[str], str]
) -> tuple[Record | None, Sequence[Record]]:
    """What the ledger says of the strategy that a memory speaks of, as one record, and all records with it."""
    strategy = getattr(about, "strategy", None) or getattr(about, "pattern", None)
    if strategy is None:
        return None, records
    triggers = frozenset(getattr(about, "triggers", ()))
    named = key(strategy)
    same = [
        one
        for one in records
        if one.key == named or not triggers.isdisjoint(signatures.triggers_of(one.strategy))
    ]
    if len(same) < 2:
        return (same[0] if same else None), records
    weighed = sorted((w for one in same for w in one.weighed), key=lambda w: w.outcome.seq)
    whole = evidence.record(named, strategy, tuple(weighed))
    return whole, [whole, *(one for one in records if one not in same)]


def _beside(about: Memory, record: Record | None, among: Sequence[Record]) -> Memory:
    """A stated memory with the ledger's record beside it, as a recall shows it."""
    if isinstance(about, AntiPattern):
        return ranking.beside_record(about, among)
    if isinstance(about, Heuristic) and record is not None:
        return replace(about, successes=record.successes, failures=record.failures)
    return about


def _evidence(record: Record | None, near: Neighbourhood, scene: Scene) -> list[Evidence]:
    """Every outcome of the strategy, the heaviest first; those that were cut off weigh nothing and say so."""
    if record is None:
        return []
    counted = {one.outcome.id for one in beliefs.told(record)}
    best = _nearest(near.observations, scene.anchor)
    held = {one.outcome.id for one in record.weighed}
    cut = [
        Weighed(observation=one, weight=0.0, counted=False)
        for one in near.observations
        if one.outcome.id not in held and scene.key(one.outcome.strategy) == record.key
    ]
    shown = [
        _one(
            w,
            best=best,
            half_life=scene.half_life,
            counted=w.outcome.id in counted,
            cut=w.outcome.id not in held,
        )
        for w in (*record.weighed, *cut)
    ]
    return sorted(shown, key=lambda one: (-one.weight, one.at))


def _nearest(observations: Sequence[Observation], anchor: str | None) -> float:
    """s_max: of what was seen to happen, if anything was; the anchor is left out."""
    others = [one for one in observations if one.outcome.id != anchor]
    verified = [one.similarity for one in others if trust.is_verified(one.outcome.source)]
    return max(verified or [one.similarity for one in others], default=1.0)


def _one(one: Weighed, *, best: float, half_life: float, counted: bool, cut: bool) -> Evidence:
    outcome, seen = one.outcome, one.observation
    factors = {
        "nearness": evidence.nearness(seen.similarity, best),
        "age": 0.5 ** (seen.age / half_life),
        "trust": trust.weight(outcome.source),
    }
    if seen.inherited:
        factors["inherited"] = evidence.INHERITED
    if one.unchanged < 1:
        factors["unchanged since"] = one.unchanged
    whole = 1.0
    for factor in factors.values():
        whole *= factor
    share = min(1.0, one.weight / whole) if whole else 0.0
    if share < 1 - 1e-9:
        factors["share"] = share
    return Evidence(
        outcome_id=outcome.id,
        at=outcome.created_at,
        source=outcome.source,
        origin=outcome.origin,
        owner=outcome.owner,
        result=outcome.result,
        weight=round(one.weight, 4),
        similarity=round(seen.similarity, 4),
        counted=counted,
        task=outcome.task,
        strategy=outcome.strategy,
        why=outcome.why,
        factors=tuple((name, round(factor, 6)) for name, factor in factors.items()),
        note=_note(outcome, capped="share" in factors, cut=cut),
    )


def _note(outcome: Outcome, *, capped: bool, cut: bool) -> str | None:
    if cut:
        return f"cut off: only the {evidence.KEPT} heaviest outcomes around a task count"
    if not capped:
        return None
    if trust.is_verified(outcome.source):
        return f"capped: one origin weighs at most {trust.VERIFIED_CAP:g} here"
    return (
        f"capped: an origin that nobody saw weighs at most {trust.UNVERIFIED_CAP:g} here, "
        "and all of them together no more than what was seen"
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
        ("mean", round(posterior.mean(won, lost), 4)),
        ("10 % lower bound", round(posterior.lower(won, lost), 4)),
        ("rank among strategies", float(1 + [one.key for one in beliefs.ranked(among)].index(record.key))),
    )


def _conditions(belief: Memory, record: Record | None, among: Sequence[Record]) -> tuple[Condition, ...]:
    """What is believed of the strategy and what that needs; where nothing is, what the likelier belief would need."""
    if record is None:
        return ()
    belief = belief_of(belief, record, among)
    grade = getattr(belief, "grade", None)
    if isinstance(belief, AntiPattern) and grade == EARNED:
        return conditions.of_anti_pattern(record, among)
    if isinstance(belief, AntiPattern) and grade == KNOWN_FAILURE:
        return (*conditions.of_known_failure(record, among), *conditions.of_anti_pattern(record, among))
    if isinstance(belief, Heuristic) or record.won >= record.lost:
        return conditions.of_heuristic(record, among)
    return (*conditions.of_known_failure(record, among), *conditions.of_anti_pattern(record, among))


def _timeline(record: Record | None) -> tuple[Moment, ...]:
    if record is None:
        return ()
    moments, won, lost = [], 0.0, 0.0
    for one in record.weighed:
        won += one.weight * one.outcome.result
        lost += one.weight * (1 - one.outcome.result)
        moments.append(
            Moment(
                outcome_id=one.outcome.id,
                at=one.outcome.created_at,
                result=one.outcome.result,
                weight=round(one.weight, 4),
                mean=round(posterior.mean(won, lost), 4),
                lower=round(posterior.lower(won, lost), 4),
            )
        )
    return tuple(moments)


def _since(belief: Memory, record: Record | None, among: Sequence[Record]) -> datetime | None:
    """When the outcome came in from which on the belief held without a break, at the weights of now."""
    since = None
    if record is not None:
        told = sorted((w.outcome for one in among for w in one.weighed), key=lambda one: -one.seq)
        for outcome in told:
            if not _held(belief, record.key, _until(among, outcome.seq)):
                break
            since = outcome.created_at
    return since


def _until(among: Sequence[Record], seq: int) -> list[Record]:
    """The records as they were up to a number in the ledger."""
    told = [
        evidence.record(one.key, one.strategy, tuple(w for w in one.weighed if w.outcome.seq <= seq))
        for one in among
    ]
    return [one for one in told if one.weighed]


def _held(belief: Memory, key: str, among: Sequence[Record]) -> bool:
    """Whether what is believed now followed from these records."""
    record = next((one for one in among if one.key == key), None)
    if record is None:
        return False
    if isinstance(belief, Heuristic) and belief.grade != STATED:
        return beliefs.is_heuristic(record, among)
    if isinstance(belief, AntiPattern) and belief.grade != STATED:
        if belief.grade == KNOWN_FAILURE:
            return beliefs.is_known_failure(record, among)
        return all(one.held for one in conditions.of_anti_pattern(record, among))
    return False


def _how(
    memory: Memory,
    belief: Memory,
    record: Record | None,
    near: Neighbourhood,
    scene: Scene,
    lasting: facts.Lasting,
) -> Iterator[str]:
    yield _came(memory, lasting)
    if belief.id != memory.id:
        yield f"its strategy is believed here: {belief.id}, {_named(belief)}"
    if record is None:
        if isinstance(memory, Outcome | Heuristic | AntiPattern):
            yield "no outcome near this task speaks of it"
        return
    if scene.anchor is not None:
        yield "computed at the task it is named after: that outcome is left out when the nearest one is sought"
    elif scene.everywhere:
        yield "outcomes of this very strategy count as near, whatever their task was"
    rival = conditions.rival(record, near.records) if getattr(memory, "grade", None) == EARNED else None
    if rival is not None and isinstance(memory, AntiPattern):
        yield f"held against {beliefs.belief_id(rival)}, which {_worked(rival)}"
    yield from _left_out(record, near, scene)
    yield f"weight = nearness × age × trust in its source × {evidence.INHERITED:g} where inherited × what a cap leaves"
    yield f"age: half for every {scene.half_life:g} later outcomes of the same agent"
    yield "counts are attempts on tasks like this one; all weights feed the mean and the bound"


def _worded(about: Memory) -> Iterator[str]:
    """What was seen of an attempt, and in whose words its strategy is."""
    if not isinstance(about, Outcome) or not isinstance(rule := about.metadata.get("rule"), str):
        return
    command = about.metadata.get("command")
    ran = f" from {quoted(command)}" if isinstance(command, str) else ""
    yield f"its result was read{ran} by the rule {quoted(rule)}"
    reported = about.metadata.get(learning.INSTEAD_OF)
    words = {
        "message": "in a model's words, those of its last message: what was seen is the result",
        "report": f"in a model's words, those of its report {reported}: what was seen is the result",
        "steps": "what was edited and run: the last message did not tell",
    }
    said = words.get(str(about.metadata.get(learning.WORDING)))
    if said is not None:
        yield f"its strategy is {said}"


def _worked(rival: Record) -> str:
    tries = beliefs.told(rival)
    worked = sum(one.outcome.succeeded for one in tries)
    where = "tasks like this" if rival.counted else "tasks near this one"
    return f"worked {worked} of {len(tries)} on {where}"


def _came(memory: Memory, lasting: facts.Lasting) -> str:
    if isinstance(memory, Outcome):
        return f"learned by {memory.agent} on {memory.created_at:%Y-%m-%d}, as {memory.source}, from {memory.origin}"
    if getattr(memory, "grade", "") in (EARNED, KNOWN_FAILURE):
        return "computed now from the outcomes in the ledger; nothing about it is stored"
    return (
        f"stated by {memory.agent} on {memory.created_at:%Y-%m-%d}, as {memory.source}, from {memory.origin}; "
        f"{lasting.until}"
    )


def _named(belief: Memory) -> str:
    grade = str(getattr(belief, "grade", ""))
    kind = "known failure" if grade == KNOWN_FAILURE else f"{grade} {belief.kind.replace('_', '-')}"
    return kind.strip()


def _left_out(record: Record, near: Neighbourhood, scene: Scene) -> Iterator[str]:
    """Which outcomes of the strategy weigh nothing here, as far as they were looked at, and why."""
    far = [
        one.score
        for one in near.looked_at
        if not one.kept and isinstance(one.memory, Outcome) and scene.key(one.memory.strategy) == record.key
    ]
    if far:
        yield (
            f"others of its outcomes are too far from this task to count: {conditions.two(max(far))} and less, "
            f"below {near.floor:.2f}"
        )
    seen = Counter(
        one.outcome.origin for one in near.observations if not trust.is_verified(one.outcome.source)
    )
    own = {w.outcome.origin for w in record.weighed}
    most = trust.NOMINEES_PER_UNVERIFIED_ORIGIN
    for origin in sorted(name for name, count in seen.items() if count == most and name in own):
        yield f"of {origin}, whose results nobody saw, only the {most} nearest outcomes are looked at"
    if len(record.counted) < sum(one.counted for one in record.weighed):
        yield (
            f"of attempts whose results nobody saw, at most {trust.COUNTED_PER_UNVERIFIED_ORIGIN} of one origin are "
            "among the counts, and no more in all than were seen, where any were"
        )
    if len(near.observations) == evidence.NOMINEES:
        yield f"only the {evidence.NOMINEES} nearest outcomes around a task are looked at"


def _contradicted(memory: Memory, record: Record | None, among: Sequence[Record]) -> Iterator[str]:
    """Where the ledger says the opposite of what somebody stated."""
    if record is None or getattr(memory, "grade", None) != STATED:
        return
    successes, failures = beliefs.tally(record)
    tried = f"{successes} of {successes + failures} attempts succeeded"
    if isinstance(memory, Heuristic) and any(
        one.id == beliefs.belief_id(record) for one in beliefs.anti_patterns(among)
    ):
        yield f"the ledger says otherwise: {tried}, which makes it something to avoid"
    if isinstance(memory, AntiPattern) and beliefs.is_heuristic(record, among):
        yield f"the ledger says otherwise: {tried}, which makes it a heuristic"


def in_words(event: Event) -> str:
    """One entry of a memory's history."""
    said = "; ".join(details_of(event))
    return f"{event.at:%Y-%m-%d %H:%M} {event.kind} {trust.by(event.source)}" + (f" ({said})" if said else "")


def details_of(event: Event) -> Iterator[str]:
    """What an event says beyond who did what to which memories."""
    for name, value in event.details.items():
        if isinstance(value, dict):
            yield from (_was(field, old) for field, old in value.items())
        elif name == "by":
            yield f"with {value}" if event.kind == REPLACED else f"because {value} was forgotten"
        elif name == "undoes":
            yield f"undoes event {value}"
        elif isinstance(value, list) and name != "seqs":
            yield f"{name}: {' / '.join(map(str, value))}"
        elif name != "seqs":
            yield f"{name}: {value}"


def _was(field: str, old: object) -> str:
    name = {"valid_from": "beginning", "valid_to": "end"}.get(field, field.replace("_", " "))
    if not old:
        return f"it had no {name} before"
    if field.startswith("valid_"):
        return f"its {name} was {datetime.fromisoformat(str(old)):%Y-%m-%d %H:%M}"
    return f"{name} were {', '.join(map(repr, old))}" if isinstance(old, list) else f"{name} was {old!r}"


def joining(event: Event, one: Memory | None, other: Memory | None) -> str:
    """That two strategies are one, or are not: both ends of what was said, each if it may be read."""
    is_same, moves = event.details.get("same"), ""
    what = "joined with" if is_same else "held apart from"
    if not trust.is_verified(event.source):
        what = "called the same as" if is_same else "called another than"
        moves = "; on record only, and moves nothing"
    said = f"{_strategy_of(one)} was {what} {_strategy_of(other)} {trust.by(event.source)}"
    return f"{event.at:%Y-%m-%d %H:%M} {said}{moves}"


def _strategy_of(one: Memory | None) -> str:
    return (
        f"{quoted(one.strategy)} ({one.id})"
        if isinstance(one, Outcome)
        else "a strategy that was purged, or that you may not read"
    )


def contradicting(other: Knowledge) -> str:
    """That another fact says something else."""
    said = f"{other.created_at:%Y-%m-%d} by {other.agent}, as {other.source}"
    return f"{other.id} probably says otherwise: {quoted(other.fact, 200)} ({said})"


def readers(memory: Memory, scopes: Scopes) -> list[str]:
    """Who may read it, and why, the owner first; then who would, but may not learn its domain."""
    if (agent := proposed_for(memory)) is not None:
        return [f"nobody yet: it is proposed for {agent}, and `alma review` keeps or rejects it"]
    if isinstance(memory, Preference):
        return [f"every agent that recalls for the user {memory.user!r}"]
    named = {name for agent in scopes.agents.values() for name in agent.share_with}
    others = sorted({*scopes.agents, *named} - {memory.owner})
    shared = [(name, _through(memory.owner, name, scopes)) for name in others]
    seen = [(name, f"{name}: {how}") for name, how in shared if how]
    kept_from = [
        f"not {name}: {_refusal(name, memory.domain, scopes)}"
        for name in (memory.owner, *(name for name, _ in seen))
        if not scopes.view(name).may_read(memory.owner, memory.domain)
    ]
    may = [how for name, how in seen if scopes.view(name).may_read(memory.owner, memory.domain)]
    return [f"{memory.owner}, whose it is", *may, *kept_from]


def _through(owner: str, reader: str, scopes: Scopes) -> str:
    """By which line of the configuration an agent reads what another one learned; empty where there is none."""
    ways = []
    if reader in scopes.agent(owner).share_with:
        ways.append(f"{owner} shares with it (share_with)")
    if owner in scopes.agent(reader).inherit_from:
        ways.append(f"it inherits from {owner} (inherit_from)")
    return " and ".join(ways)


def _refusal(reader: str, domain: str, scopes: Scopes) -> str:
    agent = scopes.agent(reader)
    forbidden = [family for family in agent.cannot_learn if inside(domain, family)]
    if forbidden:
        return f"its cannot_learn names {', '.join(forbidden)}"
    if inside(domain, UNSORTED):
        return "unsorted memories are shared only with agents that have neither can_learn nor cannot_learn"
    return f"its can_learn does not name {domain}"
