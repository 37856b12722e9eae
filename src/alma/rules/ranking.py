"""Candidates -> a recall: what is stated is offered best match first, what was earned only above the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from alma.domain.digest import digest
from alma.domain.memory import (
    EARNED,
    IMPORT,
    KNOWN_FAILURE,
    STATED,
    UNTRUSTED,
    AntiPattern,
    Heuristic,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    text_of,
)
from alma.domain.reach import Nominee
from alma.domain.recall import Advice, Candidate, Explanation, Recall
from alma.domain.values import replace, value
from alma.rules import aloud, beliefs, evidence, facts, indexing, prompt, signatures, similarity, trust
from alma.rules.evidence import Observation, Record
from alma.rules.strategies import same_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound=Memory)

EARNED_PLACES = 2
UNVERIFIED_PLACES = 2
UNTRIED = "u-"
# What stands directly beside a match in the same document has this share of its score.
BESIDE = 0.35
# What the signs of a question in code are called counts so much, in letters and in words.
NAMED = 0.4


@value
class Neighbourhood:
    """Everything that the ledger says around one task: relevant observations, and what they say of strategies."""

    observations: tuple[Observation, ...]
    records: tuple[Record, ...]
    looked_at: tuple[Candidate, ...]
    floor: float


def neighbourhood(
    nominees: Iterable[Nominee],
    *,
    task: str,
    agent: str,
    size: int,
    half_life: float,
    key: Callable[[str], str],
    anchor: str | None = None,
) -> Neighbourhood:
    """The evidence around a task. `size` is the number of outcomes in scope; `anchor` is left out of s_max.

    Whether anything is known here, the nearest outcome decides, by the floor for so many; where it is, what lies around
    counts by its weight, down to the floor of the smallest store.
    """
    scores = [(one, _similarity(one, task)) for one in nominees]
    is_known = any(score >= _floor(one, size) for one, score in scores if isinstance(one.memory, Outcome))
    least = 0 if is_known else size
    seen = [(one, score, score >= _floor(one, least)) for one, score in scores]
    relevant = [
        Observation(outcome=one.memory, similarity=score, age=one.age, inherited=one.memory.owner != agent)
        for one, score, kept in seen
        if kept and isinstance(one.memory, Outcome)
    ]
    looked_at = [Candidate(memory=one.memory, score=round(score, 4), kept=kept) for one, score, kept in seen]
    looked_at.sort(key=lambda one: (-one.score, -one.memory.seq))
    nominated = evidence.nominated(relevant)
    weighed = evidence.weigh(nominated, half_life=half_life, anchor=anchor)
    return Neighbourhood(
        observations=tuple(nominated),
        records=evidence.records(weighed, key=lambda outcome: key(outcome.strategy)),
        looked_at=tuple(looked_at),
        floor=round(evidence.floor(least), 4),
    )


def _similarity(one: Nominee, text: str) -> float:
    return similarity.characters(text, text_of(one.memory)) if one.cosine is None else one.cosine


def _floor(one: Nominee, size: int) -> float:
    if one.cosine is not None:
        return evidence.floor(size)
    return evidence.character_floor(size, spaced=similarity.is_spaced(text_of(one.memory)))


def reasons(own: Iterable[Nominee], record: Record, among: Sequence[Record], *, task: str) -> list[Memory]:
    """Of all outcomes of a strategy those that have to be silent before nothing is said of it around a task any more.

    What is further off is counted as soon as the nearest is gone, unless something else was tried nearer by.
    """
    others = [w.observation.similarity for one in among if one.key != record.key for w in one.weighed]
    least = min(evidence.NEAR, max(others) - evidence.COUNTED_WITHIN) if others else 0.0
    return [one.memory for one in own if _similarity(one, task) >= max(least, _floor(one, 0))]


def matched(nominees: Sequence[Nominee], task: str) -> list[tuple[Nominee, float]]:
    """Stated memories, best match first, by meaning, characters and words together.

    Each of the three is measured by how far these nominees lie apart in it, so that none drowns the others. The
    first line counts twice: it says what a text is about; of a list of steps, the best counts as well. A question in
    code is read aloud besides. What stands beside a match in its document gains from it.
    """
    texts = [text_of(one.memory) for one in nominees]
    spelt, said = list(map(similarity.letters, texts)), list(map(indexing.stems, texts))
    letters, stems = _in_letters(task, spelt), _in_stems(task, said)
    asked = frozenset().union(*similarity.letters(task))
    steps = similarity.best_steps(asked, list(map(_steps, nominees, texts)))
    signals = [_meaning([one.cosine for one in nominees], letters), letters, stems, steps]
    if names := aloud.read(task):
        signals.append(_meaning([one.aloud for one in nominees], letters))
        named = zip(_in_letters(names, spelt), _in_stems(names, said), strict=True)
        signals.append([NAMED * (one + other) for one, other in named])
    own = list(map(sum, zip(*signals, strict=True)))
    least = min(own, default=0.0)
    above = {one.memory.seq: score - least for one, score in zip(nominees, own, strict=True)}
    gained = [
        BESIDE * sum(above.get(seq, 0.0) for seq in one.beside) if one.beside else 0.0 for one in nominees
    ]
    scores = [round(score + more, 9) for score, more in zip(above.values(), gained, strict=True)]
    best = sorted(zip(scores, above, nominees, strict=True), reverse=True)
    return [(one, score) for score, _, one in best]


def _in_letters(text: str, others: Sequence[similarity.Halves]) -> list[float]:
    return similarity.spread(similarity.shares(frozenset().union(*similarity.letters(text)), others))


def _in_stems(text: str, others: Sequence[similarity.Halves]) -> list[float]:
    return similarity.spread(similarity.shares(frozenset().union(*indexing.stems(text)), others))


def _meaning(cosines: Sequence[float | None], letters: Sequence[float]) -> list[float]:
    """How far each cosine lies above the others; where there is no vector, its letters speak for it."""
    near = iter(similarity.spread([one for one in cosines if one is not None]))
    return [
        of_letters if one is None else next(near) for one, of_letters in zip(cosines, letters, strict=True)
    ]


def _steps(one: Nominee, text: str) -> tuple[frozenset[str], ...]:
    """The steps of a text that is a list of them; why something is bad, and what to do instead, are none."""
    return () if isinstance(one.memory, AntiPattern) else similarity.steps(text)


def offered(nominees: Sequence[Nominee], *, task: str, size: int, at: datetime) -> list[Memory]:
    """What is stated for this agent, best match first; what was imported only where it is relevant."""
    return [
        one.memory
        for one, _ in matched(nominees, task)
        if (
            one.memory.source not in (IMPORT, UNTRUSTED)
            or isinstance(one.memory, Preference)
            or _similarity(one, task) >= _floor(one, size)
        )
        and (not isinstance(one.memory, Knowledge) or one.memory.holds(at))
    ]


def avoided(stated: Iterable[AntiPattern], *, key: Callable[[str], str]) -> Callable[[str], bool]:
    """Whether a person, or a program, stated that this very strategy is to be avoided: then nothing recommends it."""
    keys = {key(one.pattern) for one in stated if one.grade == STATED and trust.is_verified(one.source)}
    return lambda strategy: bool(keys) and key(strategy) in keys


def advice(records: Sequence[Record], *, top_k: int, is_avoided: Callable[[str], bool]) -> list[Advice]:
    """The strategies that were tried on tasks like this one, best first."""
    tried = [one for one in beliefs.ranked(records) if one.counted and not is_avoided(one.strategy)]
    return [beliefs.advice(one, records) for one in tried[:top_k]]


def advice_on(
    strategies: Sequence[str], records: Sequence[Record], *, key: Callable[[str], str]
) -> list[Advice]:
    """Exactly these strategies, all of them, best first, each in the caller's own words; ties in the given order."""
    known = {record.key: record for record in records}
    ranked = []
    for place, text in enumerate(strategies):
        record = known.get(key(text))
        hope = beliefs.promise(record, records) if record else beliefs.appeal(0, 0)
        given = replace(beliefs.advice(record, records), strategy=text) if record else _untried(text)
        ranked.append((-hope, place, given))
    return [given for *_, given in sorted(ranked, key=lambda one: one[:2])]


def _untried(text: str) -> Advice:
    return Advice(
        id=UNTRIED + digest(text, length=6),
        strategy=text,
        successes=0,
        failures=0,
        mean=0.5,
        lower=0.1,
        status="untried",
        why="not tried on a task like this",
        owner="",
    )


def anti_patterns(
    stated: Sequence[AntiPattern],
    records: Sequence[Record],
    *,
    top_k: int,
    is_avoided: Callable[[str], bool],
) -> tuple[AntiPattern, ...]:
    """Stated ones with the ledger's record beside them, and earned ones; two places are kept for the earned."""
    earned = [
        _without_alternative(one) if is_avoided(one.better_alternative or "") else one
        for one in beliefs.shown(beliefs.anti_patterns(records))
    ]
    first = [beside_record(one, records) for one in _first(stated, top_k=top_k, earned=len(earned))]
    proved = [one for one in earned if one.grade != KNOWN_FAILURE]
    known = [
        one
        for one in earned
        if one.grade == KNOWN_FAILURE and not any(_is_repeated_by(said, one.pattern) for said in first)
    ]
    return tuple([*first, *proved, *known][:top_k])


def _without_alternative(earned: AntiPattern) -> AntiPattern:
    return replace(
        earned, better_alternative=None, alternative_successes=0, alternative_failures=0, alternative_id=None
    )


def heuristics(
    stated: Sequence[Heuristic],
    records: Sequence[Record],
    *,
    top_k: int,
    is_avoided: Callable[[str], bool],
) -> tuple[Heuristic, ...]:
    """Stated ones with the ledger's record beside them, and earned ones; two places are kept for the earned."""
    earned = [one for one in beliefs.heuristics(records) if not is_avoided(one.strategy)]
    first = [
        _heuristic_beside_record(one, records) for one in _first(stated, top_k=top_k, earned=len(earned))
    ]
    return tuple([*first, *earned][:top_k])


def _first(stated: Sequence[S], *, top_k: int, earned: int) -> list[S]:
    """The best matches. Of what was not verified at most two places, so that it pushes nobody's word out."""
    room = max(0, top_k - min(EARNED_PLACES, earned))
    doubtful = [one for one in stated if not trust.is_verified(one.source)]
    trusted = len(stated) - len(doubtful)
    allowed = {one.id for one in doubtful[: max(UNVERIFIED_PLACES, room - trusted)]}
    return [one for one in stated if trust.is_verified(one.source) or one.id in allowed][:room]


def beside_record(stated: AntiPattern, records: Sequence[Record]) -> AntiPattern:
    """A stated anti-pattern with what the ledger says of it, and of its alternative, around this task."""
    if not records:
        return stated
    bad = [one for one in records if _is_repeated_by(stated, one.strategy)]
    alternative = same_key(stated.better_alternative) if stated.better_alternative else None
    good = [one for one in records if same_key(one.strategy) == alternative]
    # What sessions have shown of it stands in no outcome.
    seen = (stated.failures, stated.alternative_successes) if stated.grade == EARNED else (0, 0)
    return replace(
        stated,
        failures=max(seen[0], sum(one.failures for one in bad)),
        successes=sum(one.successes for one in bad),
        alternative_successes=max(seen[1], sum(one.successes for one in good)),
        alternative_failures=sum(one.failures for one in good),
    )


def _is_repeated_by(stated: AntiPattern, strategy: str) -> bool:
    if same_key(strategy) == same_key(stated.pattern):
        return True
    return not set(stated.triggers).isdisjoint(signatures.triggers_of(strategy))


def _heuristic_beside_record(stated: Heuristic, records: Sequence[Record]) -> Heuristic:
    same = [one for one in records if same_key(one.strategy) == same_key(stated.strategy)]
    return replace(
        stated, successes=sum(one.successes for one in same), failures=sum(one.failures for one in same)
    )


def recall(
    near: Neighbourhood,
    stated: Sequence[Memory],
    *,
    task: str,
    agent: str,
    strategies: Sequence[str] | None,
    top_k: int,
    kinds: Sequence[str],
    size: int,
    key: Callable[[str], str],
    id_: str,
    explain: Callable[[str], Explanation],
) -> Recall:
    """The neighbourhood and what is stated, as one recall: at most `top_k` of each kind."""
    records = near.records
    heuristics_, anti_patterns_, knowledge, preferences = split(stated)
    known = facts.grouped(knowledge, enough=2 * top_k)
    is_avoided, tried = avoided(anti_patterns_, key=key), {one.key for one in records}
    anti_patterns_.sort(key=lambda one: not (key(one.pattern) in tried and is_avoided(one.pattern)))
    if strategies is not None:
        ranked = sorted(advice_on(strategies, records, key=key), key=lambda one: is_avoided(one.strategy))
    else:
        ranked = advice(records, top_k=top_k, is_avoided=is_avoided) if Outcome.kind in kinds else []
    made = Recall(
        id=id_,
        task=task,
        agent=agent,
        advice=tuple(ranked),
        heuristics=heuristics(heuristics_, records, top_k=top_k, is_avoided=is_avoided)
        if Heuristic.kind in kinds
        else (),
        anti_patterns=anti_patterns(anti_patterns_, records, top_k=top_k, is_avoided=is_avoided)
        if AntiPattern.kind in kinds
        else (),
        outcomes=tuple(one.outcome for one in near.observations[:top_k]) if Outcome.kind in kinds else (),
        knowledge=tuple(facts.flagged(_first(known, top_k=top_k, earned=0), known[: 2 * top_k])),
        preferences=tuple(preferences[:top_k]),
        candidates=near.looked_at,
        floor=near.floor,
        _render=prompt.render,
        _explain=explain,
    )
    return replace(made, why_empty=why_empty(near, size=size, recall=made))


def unique(nominees: Iterable[Nominee]) -> list[Nominee]:
    """The first of each memory: one that was found by its vector comes before the same one found by words."""
    found: dict[int, Nominee] = {}
    for one in nominees:
        found.setdefault(one.memory.seq, one)
    return list(found.values())


def recall_id(*parts: object) -> str:
    """The same question at the same moment of the ledger has the same id."""
    return f"r-{digest(repr(parts))}"


def why_empty(near: Neighbourhood, *, size: int, recall: Recall) -> str | None:
    """Why nothing came back: an answer, never a riddle."""
    if recall:
        return None
    if not size:
        return "nothing that was asked for is known yet in what this agent may read"
    if near.looked_at:
        nearest = near.looked_at[0].score
        return f"nothing relevant: the nearest of {size} outcomes scores {nearest:.2f}, the floor is {near.floor:.2f}"
    return f"nothing relevant among {size} outcomes"


def split(
    memories: Iterable[Memory],
) -> tuple[list[Heuristic], list[AntiPattern], list[Knowledge], list[Preference]]:
    """Heuristics, anti-patterns, knowledge, preferences: each in the order given."""
    held = list(memories)
    return (
        [one for one in held if isinstance(one, Heuristic)],
        [one for one in held if isinstance(one, AntiPattern)],
        [one for one in held if isinstance(one, Knowledge)],
        [one for one in held if isinstance(one, Preference)],
    )
