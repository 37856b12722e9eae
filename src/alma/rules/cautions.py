"""What a proposed action repeats. Exact keys only: no model and no search, so every process answers the same.

The neighbourhood of an action is what lies under its keys, and what was tried on exactly the same tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from alma.domain.action import Action
from alma.domain.memory import EARNED, KNOWN_FAILURE, STATED, AntiPattern, Memory, Outcome
from alma.domain.reach import Nominee
from alma.domain.recall import Caution
from alma.domain.values import replace
from alma.rules import beliefs, evidence, prompt, signatures, strategies, trust
from alma.rules.evidence import Observation, Record

MOST = 3


def repeated(action: Action, memories: Iterable[Memory]) -> list[tuple[Memory, str]]:
    """The memories whose triggers really are in the action, each with the trigger that matched."""
    found = []
    for memory in memories:
        for trigger in triggers(memory):
            if signatures.matches(trigger, action):
                found.append((memory, trigger))
                break
    return found


def triggers(memory: Memory) -> tuple[str, ...]:
    """What of a memory can be found in an action."""
    if isinstance(memory, AntiPattern):
        return memory.triggers
    return signatures.triggers_of(memory.strategy) if isinstance(memory, Outcome) else ()


def cautions(
    repeats: Sequence[tuple[Memory, str]], around: Sequence[Nominee], *, agent: str, half_life: float
) -> list[Caution]:
    """At most three, what is stated first, then what is proved by contrast, then what is only known to have failed.

    `around` holds every outcome under the action's keys and under the tasks of those that failed.
    """
    matched = {memory.id: trigger for memory, trigger in repeats}
    records = {one.key: one for one in _records(around, matched, agent=agent, half_life=half_life)}

    def rank(one: AntiPattern) -> tuple[float, bool, int, int]:
        record = records.get(_key(matched[one.id]))
        return -trust.weight(one.source), one.owner != agent, -record.failures if record else 0, -one.seq

    stated = sorted((memory for memory, _ in repeats if isinstance(memory, AntiPattern)), key=rank)
    known = beliefs.anti_patterns(tuple(records.values())) if len(stated) < MOST else []
    earned = [
        one for one in known if one.id.removeprefix("b-") in matched and not _is_said(one, stated, matched)
    ]
    shown = [*(_beside_record(one, matched[one.id], records) for one in stated[:MOST]), *earned][:MOST]
    return [_caution(one, matched, agent) for one in shown]


def is_very_same(action: Action, proposal: AntiPattern) -> bool:
    """Whether an action is the very command that failed; what was seen once warns of nothing that only resembles it."""
    line = action.command_text
    return line is not None and " ".join(line.split()) == " ".join(proposal.pattern.split())


def seen_once(proposals: Iterable[AntiPattern], action: Action) -> list[Caution]:
    """What one session has shown of this very command, with what worked then."""
    said = (action.command_text or "").strip()
    return [
        Caution(anti_pattern=one, matched=said, text=prompt.caution(one, agent=one.owner))
        for one in proposals
    ][:MOST]


def is_firm(caution: Caution) -> bool:
    """Whether a caution is sure enough to hold an action up: stated by whom ALMA believes, or proved by contrast.

    What failed once, or what a model said, is worth knowing and stops nobody.
    """
    one = caution.anti_pattern
    is_belief = one.grade == EARNED and one.id.startswith("b-")
    return is_belief or (one.grade == STATED and trust.is_verified(one.source))


def _beside_record(stated: AntiPattern, trigger: str, records: Mapping[str, Record]) -> AntiPattern:
    """A stated anti-pattern with what the ledger says of the same action, and of its alternative."""
    bad = records.get(_key(trigger))
    good = records.get(strategies.same_key(stated.better_alternative)) if stated.better_alternative else None
    # What sessions have shown of it stands in no outcome.
    seen = (stated.failures, stated.alternative_successes) if stated.grade == EARNED else (0, 0)
    return replace(
        stated,
        failures=max(seen[0], bad.failures if bad else 0),
        successes=bad.successes if bad else 0,
        alternative_successes=max(seen[1], good.successes if good else 0),
        alternative_failures=good.failures if good else 0,
    )


def _records(
    around: Sequence[Nominee], matched: dict[str, str], *, agent: str, half_life: float
) -> tuple[Record, ...]:
    """Outcomes with the same matched action are one strategy here, whatever words they used."""
    observations = [
        Observation(outcome=one.memory, similarity=1.0, age=one.age, inherited=one.memory.owner != agent)
        for one in around
        if isinstance(one.memory, Outcome)
    ]

    def key(outcome: Outcome) -> str:
        return _key(matched[outcome.id]) if outcome.id in matched else strategies.same_key(outcome.strategy)

    return evidence.records(evidence.weigh(observations, half_life=half_life), key=key)


def _key(trigger: str) -> str:
    """A program and a call of the same name are one action: `sleep 5` and `sleep(5)`."""
    return f"action:{trigger.rstrip('(').lower()}"


def _is_said(earned: AntiPattern, stated: Sequence[AntiPattern], matched: dict[str, str]) -> bool:
    """Whether a stated one already warns of the same action: then its record stands there."""
    mine = _key(matched[earned.id.removeprefix("b-")])
    return earned.grade == KNOWN_FAILURE and any(_key(matched[one.id]) == mine for one in stated)


def _caution(one: AntiPattern, matched: dict[str, str], agent: str) -> Caution:
    trigger = matched[one.id.removeprefix("b-")]
    return Caution(anti_pattern=one, matched=trigger, text=prompt.caution(one, agent=agent))
