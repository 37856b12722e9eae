"""What is noticed in sessions and said by nobody: when two of them are one, and when one has been seen often enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alma.domain.action import Action
from alma.domain.ledger import REVIEWED, SEEN, Event
from alma.domain.memory import IMPORT, AntiPattern, Memory, Outcome, Preference
from alma.domain.review import Sighting
from alma.rules import signatures
from alma.rules.strategies import same_key

# A correction is guessed from what happened, and one guess in five is wrong: so a second session must show it too.
ENOUGH = 2
# More than this many that nobody looked at teach nothing more; the oldest make room.
MOST = 200
LONGEST_TRIGGER = 200
RULE, EVIDENCE, COMMAND = "rule", "evidence", "command"


def same(one: Memory, other: Memory) -> bool:
    """Whether two proposals say the same: of the same action, with the same thing to do instead."""
    if isinstance(one, AntiPattern) and isinstance(other, AntiPattern):
        is_same = same_key(one.pattern) == same_key(other.pattern) or _are_same(one.triggers, other.triggers)
        return is_same and _same_action(one.better_alternative, other.better_alternative)
    if isinstance(one, Preference) and isinstance(other, Preference):
        return one.user == other.user and same_key(one.preference) == same_key(other.preference)
    return False


def _same_action(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_key(one) == same_key(other) or _are_same(_triggers(one), _triggers(other))


def _are_same(one: Sequence[str], other: Sequence[str]) -> bool:
    return bool(one) and set(one) == set(other)


def triggers(failed: str, works: str | None) -> tuple[str, ...]:
    """What `warn` looks for in place of a command that failed: never what the command that works would do as well."""
    named = [*_triggers(failed), *([failed] if len(failed) <= LONGEST_TRIGGER else [])]
    fix = Action.command(works) if works else None
    telling = [one for one in named if fix is None or not signatures.matches(one, fix)]
    return tuple(one for one in telling if signatures.key_of_trigger(one) is not None)[:1]


def _triggers(command: str) -> tuple[str, ...]:
    """What a command does, as triggers; the mark says that it is one."""
    is_line = "`" not in command and "\n" not in command
    return signatures.triggers_of(f"`{command}`" if is_line else command)


def sighting(event: Event) -> Sighting:
    """What an event of the ledger says was noticed."""
    evidence = event.details.get(EVIDENCE)
    return Sighting(
        at=event.at,
        origin=str(event.details.get("origin", "")),
        source=event.source,
        rule=str(event.details.get(RULE, "")),
        evidence=tuple(map(str, evidence)) if isinstance(evidence, list) else (),
    )


def sightings(history: Iterable[Event]) -> tuple[Sighting, ...]:
    """Every time that something was noticed, in order."""
    return tuple(sighting(one) for one in history if one.kind == SEEN)


def is_confirmed(seen: Sequence[Sighting]) -> bool:
    """Whether as many sessions as are needed have shown it, one of them live: anybody can write transcripts."""
    is_live = any(one.source != IMPORT for one in seen)
    return is_live and len({one.origin for one in seen}) >= ENOUGH


def is_reviewed(history: Iterable[Event]) -> bool:
    """Whether a person has decided."""
    return any(one.kind == REVIEWED for one in history)


def of_outcome(outcome: Outcome) -> tuple[Sighting, ...]:
    """How an outcome that nobody reported came to be known; nothing where somebody reported it."""
    rule, command = outcome.metadata.get(RULE), outcome.metadata.get(COMMAND)
    if not isinstance(rule, str):
        return ()
    evidence = tuple(one for one in (command, outcome.why) if isinstance(one, str))
    return (
        Sighting(
            at=outcome.created_at, origin=outcome.origin, rule=rule, source=outcome.source, evidence=evidence
        ),
    )
