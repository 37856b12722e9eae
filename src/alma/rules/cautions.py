"""What a proposed action repeats. Exact keys only: no model and no search, so every process answers the same.

The neighbourhood of an action is what lies under its keys, and what was tried on exactly the same tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alma.domain.action import Action
from alma.domain.memory import KNOWN_FAILURE, AntiPattern, Memory, Outcome
from alma.domain.reach import Nominee
from alma.domain.recall import Caution
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
    records = _records(around, matched, agent=agent, half_life=half_life)
    stated = [
        _beside_record(memory, trigger, records)
        for memory, trigger in repeats
        if isinstance(memory, AntiPattern)
    ]
    stated.sort(key=lambda one: (-trust.weight(one.source), one.owner != agent, -one.failures, -one.seq))
    earned = [one for one in beliefs.anti_patterns(records) if one.id.removeprefix("b-") in matched]
    found = [*stated, *(one for one in earned if not _is_said(one, stated, matched))]
    return [_caution(one, matched, agent) for one in found[:MOST]]


def _beside_record(stated: AntiPattern, trigger: str, records: Sequence[Record]) -> AntiPattern:
    """A stated anti-pattern with what the ledger says of the same action, and of its alternative."""
    bad = [one for one in records if one.key == _key(trigger)]
    alternative = strategies.same_key(stated.better_alternative) if stated.better_alternative else None
    good = [one for one in records if one.key == alternative]
    return replace(
        stated,
        failures=sum(one.failures for one in bad),
        successes=sum(one.successes for one in bad),
        alternative_successes=sum(one.successes for one in good),
        alternative_failures=sum(one.failures for one in good),
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
