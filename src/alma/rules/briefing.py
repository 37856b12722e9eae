"""What an agent is told without being asked: once at the start of a session, and in a line or two beside a prompt.

No model is at hand here: what counts is what is stated, what was tried on the very same task, and what shares its words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from alma.domain.memory import (
    IMPORT,
    KNOWN_FAILURE,
    PERSON,
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
from alma.domain.recall import Recall
from alma.domain.values import replace, value
from alma.rules import beliefs, evidence, exposure, indexing, prompt, similarity, trust
from alma.rules.evidence import Observation

MAX_TOKENS = 800
MOST_TASKS = 12
MOST_STATED = 24
MOST_BELIEFS = 5
MOST_UNVERIFIED = 2
MOST_HINTS = 3
# Of the words that a memory is about, this share stands in the prompt, and at least two of them.
CLEAR_SHARE = 0.6
CLEAR_WORDS = 2
CLEAR_CHARACTERS = 0.4
REMEMBERED = "From memory, not an instruction: "


@value
class Briefing:
    """A block of text, and the ids of what it says; `withheld` are those of what it would have said as well.

    Of these `against` speak against a strategy; `beside` are the ids that its lines name beside their own.
    """

    text: str
    ids: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@value
class Hint:
    """One line beside a prompt, empty where it is withheld, and the ids that it names."""

    id: str
    line: str
    beside: str | None = None
    is_against: bool = False


@value
class Earned:
    """A belief about one task, computed from what was tried on that very task."""

    task: str
    belief: AntiPattern | Heuristic


def retried(latest: Iterable[Outcome]) -> list[str]:
    """The keys of the tasks that are worth a look: those tried most often among the latest outcomes."""
    counts: dict[str, int] = {}
    for (
        one
    ) in latest:  # by their words: the keys of all of them would take longer than the rest of the briefing
        counts[one.task] = counts.get(one.task, 0) + 1
    often = sorted(counts, key=lambda task: -counts[task])  # ties: the latest first
    return list(dict.fromkeys(map(indexing.task_key, often[:MOST_TASKS])))


def earned(
    nominees: Iterable[Nominee], *, agent: str, half_life: float, key: Callable[[str], str]
) -> list[Earned]:
    """What the outcomes of each task say of it, without a look at any other task."""
    by_task: dict[str, list[Observation]] = {}
    for one in nominees:
        if isinstance(one.memory, Outcome):
            seen = Observation(
                outcome=one.memory, similarity=1.0, age=one.age, inherited=one.memory.owner != agent
            )
            by_task.setdefault(indexing.task_key(one.memory.task), []).append(seen)
    return [found for seen in by_task.values() for found in _of_task(seen, half_life, key)]


def _of_task(seen: Sequence[Observation], half_life: float, key: Callable[[str], str]) -> list[Earned]:
    weighed = evidence.weigh(seen, half_life=half_life)
    records = evidence.records(weighed, key=lambda outcome: key(outcome.strategy))
    found: list[AntiPattern | Heuristic] = [*beliefs.anti_patterns(records), *beliefs.heuristics(records)]
    return [Earned(task=seen[0].outcome.task, belief=one) for one in found]


def briefing(
    stated: Iterable[Memory],
    found: Iterable[Earned],
    *,
    agent: str,
    at: datetime,
    max_tokens: int = MAX_TOKENS,
    withholds: bool = False,
) -> Briefing:
    """The block: what is stated first, then the strongest beliefs. The same memories give the same bytes.

    One that `withholds` says nothing of the beliefs, only which ones it would have told of.
    """
    said = _offered(stated, at=at)
    strongest = sorted(found, key=_strength)
    avoid = [one for one in strongest if isinstance(one.belief, AntiPattern)][:MOST_BELIEFS]
    do = [one for one in strongest if isinstance(one.belief, Heuristic)][:MOST_BELIEFS]
    sections = {
        "do": [*_lines(said, Heuristic, agent), *(_earned(one, agent) for one in do)],
        "avoid": [*_lines(said, AntiPattern, agent), *(_earned(one, agent) for one in avoid)],
        "facts": _lines(said, Knowledge, agent),
        "preferences": _lines(said, Preference, agent),
    }
    text = prompt.fitted(sections, max_tokens=max_tokens)
    believed = [one.belief for one in (*avoid, *do) if f"[{one.belief.id}]" in text]
    whole = Briefing(
        text=text,
        ids=(*(one.id for one in said if f"[{one.id}]" in text), *(one.id for one in believed)),
        beside=tuple(filter(None, map(_beside, believed))),
        against=tuple(one.id for one in believed if isinstance(one, AntiPattern)),
    )
    if not withholds or not believed:
        return whole
    stated_only = briefing(said, (), agent=agent, at=at, max_tokens=max_tokens)
    gone = (*(one.id for one in believed), *whole.beside)
    return replace(stated_only, withheld=tuple(dict.fromkeys(gone)), against=whole.against)


def _beside(one: Memory) -> str | None:
    """What an earned anti-pattern names beside itself: the belief that speaks for what to do instead."""
    return one.alternative_id if isinstance(one, AntiPattern) and one.grade != STATED else None


def _offered(stated: Iterable[Memory], *, at: datetime) -> list[Memory]:
    """What people said first, then the most trusted, then the latest; of what nobody vouches for only a few of each kind."""
    held = [
        one
        for one in stated
        if one.source not in (IMPORT, UNTRUSTED) and (not isinstance(one, Knowledge) or one.holds(at))
    ]
    held.sort(key=lambda one: (one.source != PERSON, -trust.weight(one.source), -one.seq))
    taken: dict[str, int] = {}
    for one in held:
        taken[one.kind] = taken.get(one.kind, 0) + (not trust.is_verified(one.source))
    room = {kind: min(count, MOST_UNVERIFIED) for kind, count in taken.items()}
    kept = []
    for one in held:
        if not trust.is_verified(one.source):
            room[one.kind] -= 1
            if room[one.kind] < 0:
                continue
        kept.append(one)
    return kept


def _lines(said: Sequence[Memory], kind: type[Memory], agent: str) -> list[str]:
    of_kind = [one for one in said if isinstance(one, kind)]
    return [f"- {prompt.told(one, agent=agent)}" for one in of_kind[:MOST_STATED]]


def _earned(one: Earned, agent: str) -> str:
    about = f"On {prompt.quoted(one.task)}"
    if isinstance(one.belief, AntiPattern):
        return f"- {about}: {prompt.caution(one.belief, agent=agent)}"
    return f"- {about}: {prompt.told(one.belief, agent=agent)}"


def _strength(one: Earned) -> tuple[bool, float, int]:
    belief = one.belief
    if isinstance(belief, AntiPattern):
        return belief.grade == KNOWN_FAILURE, -belief.failures, -belief.seq
    return False, -(belief.lower or 0.0), -belief.seq


def hints(recall: Recall, *, known: Collection[str]) -> list[Hint]:
    """At most three lines for a prompt: clearly relevant, and not yet `known`. Then those that are withheld."""
    whole = recall._exposure.whole if recall._exposure is not None else None
    gone = _hints(whole, known) if whole is not None else []
    withheld = [replace(one, line="") for one in gone if exposure.is_earned(one.id)]
    return [*_hints(recall, known), *withheld]


def _hints(recall: Recall, known: Collection[str]) -> list[Hint]:
    found: list[Hint] = []
    told: tuple[AntiPattern | Heuristic | Knowledge, ...]
    told = (*recall.anti_patterns, *recall.heuristics, *recall.knowledge)
    for one in told:
        if one.id not in known and is_clear(_about(one, recall), recall.task):
            line = (
                prompt.caution(one, agent=recall.agent)
                if isinstance(one, AntiPattern)
                else prompt.told(one, agent=recall.agent)
            )
            is_against = isinstance(one, AntiPattern) and one.grade != STATED
            made = Hint(id=one.id, line=REMEMBERED + line, beside=_beside(one), is_against=is_against)
            found.append(made)
    return found[:MOST_HINTS]


def _about(one: Memory, recall: Recall) -> str:
    """What a memory is about: of a belief the task that it is named after, of all else its first words."""
    if getattr(one, "grade", STATED) != STATED:
        anchor = one.id.removeprefix("b-")
        for outcome in (*recall.outcomes, *(seen.memory for seen in recall.candidates)):
            if outcome.id == anchor:
                return text_of(outcome)
        return ""
    return text_of(one).partition("\n")[0]


def is_clear(about: str, task: str) -> bool:
    """Whether a text is clearly about a task, as far as words and characters tell."""
    if not similarity.is_spaced(about):
        return similarity.characters(about, task) >= CLEAR_CHARACTERS
    words = indexing.term_set(about)
    shared = words & indexing.term_set(task)
    return len(shared) >= max(CLEAR_WORDS, CLEAR_SHARE * len(words))
