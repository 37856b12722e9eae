"""The five kinds of memory, and the words for how far each is believed. A kind is added by adding a value here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alma.domain.scope import UNSORTED
from alma.domain.values import field, value

PERSON, VERIFIED, WORD, IMPORT, UNTRUSTED = SOURCES = ("person", "verified", "word", "import", "untrusted")
STATED, EARNED, KNOWN_FAILURE, PROPOSED = ("stated", "earned", "known_failure", "proposed")


@value
class Memory:
    """What every kind has: who it belongs to, where it came from, and when. `seq` is its number in the ledger."""

    id: str
    agent: str
    domain: str = UNSORTED
    source: str
    origin: str
    created_at: datetime
    seq: int = 0
    kind = "memory"
    prefix = "m"

    @property
    def owner(self) -> str:
        """The agent it belongs to; not the asking agent where it is inherited."""
        return self.agent


@value
class Outcome(Memory):
    """The result of an attempt. `result` is in [0, 1], a success from 0.5 on; `why` is what went wrong.

    What its recall offered, as ids: `shown` and `withheld`; of these `warned` warn of a strategy, `left_out` did not
    fit into the prompt, `used` say what was done, and `repeated` warned of what was done. `followed` is the id that
    was named, `holdout` the share of attempts it was drawn from, `tokens` the length of the prompt.
    """

    kind = "outcome"
    prefix = "o"
    task: str
    strategy: str
    result: float
    why: str | None = None
    feedback: str | None = None
    duration: float | None = None
    workflow_id: str | None = None
    key: str | None = None
    recall_id: str | None = None
    shown: tuple[str, ...] = ()
    followed: str | None = None
    withheld: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    holdout: float = 0.0
    tokens: int = 0
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether it counts as a success."""
        return self.result >= 0.5

    @property
    def eligible(self) -> tuple[str, ...]:
        """The ids of everything that was relevant for it, shown or withheld."""
        return (*self.shown, *self.withheld)


@value
class Heuristic(Memory):
    """Under `condition`, `strategy` works: stated by somebody, or earned from `successes` and `failures`."""

    kind = "heuristic"
    prefix = "h"
    condition: str
    strategy: str
    grade: str = STATED
    successes: int = 0
    failures: int = 0
    lower: float | None = None


@value
class AntiPattern(Memory):
    """What to avoid, why, and what to do instead; the counts are distinct attempts in the ledger."""

    kind = "anti_pattern"
    prefix = "a"
    pattern: str
    why_bad: str
    better_alternative: str | None = None
    triggers: tuple[str, ...] = ()
    grade: str = STATED
    failures: int = 0
    successes: int = 0
    alternative_successes: int = 0
    alternative_failures: int = 0
    alternative_id: str | None = None


@value
class Knowledge(Memory):
    """A fact, and when it held; without `valid_from`, from the moment that it was said.

    `contradicts` are the ids of facts that it probably contradicts, `also` those of a recall that say the same.
    """

    kind = "knowledge"
    prefix = "k"
    fact: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: str | None = None
    contradicts: tuple[str, ...] = ()
    also: tuple[Knowledge, ...] = ()

    @property
    def begins(self) -> datetime:
        """From when on it holds."""
        return self.valid_from or self.created_at

    def holds(self, at: datetime) -> bool:
        """Whether the fact, which is known, holds at that time. What is known when, the ledger's order says."""
        # Not by `created_at`: what was said while a clock ran ahead would be silent for years.
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_to is None or at < self.valid_to
        )


@value
class Preference(Memory):
    """What a user likes. It belongs to the user, not to an agent: `agent` is `user:` and the user's name."""

    kind = "preference"
    prefix = "p"
    user: str
    preference: str
    category: str | None = None


KINDS: dict[str, type[Memory]] = {c.kind: c for c in (Outcome, Heuristic, AntiPattern, Knowledge, Preference)}
TEXTS: dict[str, tuple[str, ...]] = {
    "outcome": ("task",),
    "heuristic": ("condition", "strategy"),
    "anti_pattern": ("pattern", "why_bad", "better_alternative"),
    "knowledge": ("fact",),
    "preference": ("preference",),
}
# Owners that are no agents begin with one of these.
USER, FOR_REVIEW, REJECTED = RESERVED = ("user:", "proposed:", "rejected:")
STATED_KINDS = tuple(kind for kind in KINDS if kind != Outcome.kind)


def text_of(memory: Memory) -> str:
    """The words by which this memory is found."""
    return "\n".join([text for name in TEXTS[memory.kind] if (text := getattr(memory, name))])


def user_owner(user: str) -> str:
    """The owner under which a user's preferences are kept."""
    return f"{USER}{user}"


def proposed_owner(agent: str) -> str:
    """The owner under which what was proposed for an agent waits: nobody reads there by themself."""
    return f"{FOR_REVIEW}{agent}"


def refused_owner(agent: str) -> str:
    """The owner under which what a person rejected is kept, so that it is not proposed again."""
    return f"{REJECTED}{agent}"


def proposed_for(memory: Memory) -> str | None:
    """The agent for which a memory is only proposed; None for every other memory."""
    return memory.agent.removeprefix(FOR_REVIEW) if memory.agent.startswith(FOR_REVIEW) else None
