"""What comes back: advice, recalls, cautions, and what a `learn` did."""

from __future__ import annotations

from collections.abc import Callable

from alma.domain.memory import AntiPattern, Heuristic, Knowledge, Memory, Outcome, Preference
from alma.domain.values import field, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime


@value
class Advice:
    """One strategy with its record on tasks like this one.

    `successes` and `failures` are distinct attempts; `mean` is the posterior mean and `lower` its 10 % lower
    bound, both in [0, 1]; `status` is works, promising, mixed, flaky, fails or untried.
    """

    id: str
    strategy: str
    successes: int
    failures: int
    mean: float
    lower: float
    status: str
    why: str
    owner: str


LEAST_SHARE = 1e-6
# Of each kind, and of the advice, a recall holds at most 1,000.
MOST_IDS = 6_000


def is_share(number: object) -> bool:
    """Whether this can be the share of attempts that go without: 0, or from one in a million on.

    The less of them there are the more each weighs, and there must be a number for how much.
    """
    if not isinstance(number, int | float) or isinstance(number, bool):
        return False
    return number == 0 or LEAST_SHARE <= number < 1


@value
class Exposure:
    """What `learn` is to know of the recall that an attempt began with.

    `holdout` is the share of attempts it was drawn from, `head` the last event before it, `whole` the recall as it
    would have been where earned memories were withheld. `prompts` holds the last prompt that was made of it: a
    recall does not change, but what was shown of it is known only once it is shown. Where no prompt was made of it,
    `tokens` is the length of what was shown; `named` are ids that the agent said it followed.
    """

    holdout: float = 0.0
    head: int = 0
    whole: Recall | None = None
    prompts: list[str] = field(default_factory=list)
    tokens: int = 0
    named: tuple[str, ...] = ()


@value
class Told:
    """What a session told its agent until now, as ids, and what it went without.

    `beside` are the ids that a line named beside its own: what to do instead. Those in `against` speak against a
    strategy. `id` stands for the session: lots are drawn for it as a whole, with `holdout` as the share. `head` is the
    last event before its latest task, None where that is not known.
    """

    id: str
    holdout: float = 0.0
    shown: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    tokens: int = 0
    head: int | None = None


@value
class Recall:
    """What is known before a task. True when it holds anything but preferences.

    `withheld` are the ids of what this attempt goes without, so that `report` can compare.
    """

    id: str
    task: str
    agent: str
    advice: tuple[Advice, ...] = ()
    heuristics: tuple[Heuristic, ...] = ()
    anti_patterns: tuple[AntiPattern, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    preferences: tuple[Preference, ...] = ()
    why_empty: str | None = None
    withheld: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = field(default=(), shown=False, compare=False)
    floor: float = field(default=0.0, shown=False, compare=False)
    _render: Callable[[Recall, int, str], str] | None = field(default=None, shown=False, compare=False)
    _explain: Callable[[str], Explanation] | None = field(default=None, shown=False, compare=False)
    _exposure: Exposure | None = field(default=None, shown=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.advice or self.memories)

    @property
    def memories(self) -> tuple[Memory, ...]:
        """Every memory in it except preferences."""
        return (*self.heuristics, *self.anti_patterns, *self.outcomes, *self.knowledge)

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids of everything in it, in the order in which it is shown."""
        remembered = [memory.id for memory in (*self.memories, *self.preferences)]
        return tuple(dict.fromkeys([*(advice.id for advice in self.advice), *remembered]))

    def to_prompt(self, max_tokens: int = 800, style: str = "markdown") -> str:
        """The recall as text for a prompt: alternatives first, an id on every line, memories quoted as data.

        Never more than `max_tokens`, counted as ceil(characters / 3.5); `style` is markdown or xml. Empty text
        when there is nothing to say or nothing fits. The same memories give the same bytes.
        Raises InvalidInput for another style or a budget below 1.
        """
        prompt = self._render(self, max_tokens, style) if self._render else ""
        if self._exposure is not None:
            self._exposure.prompts[:] = [prompt]
        return prompt

    def explain(self, memory_id: str) -> Explanation:
        """Why a memory of this recall is believed, computed for this recall's task and agent."""
        if self._explain is None:
            raise TypeError("this recall was not made by ALMA.retrieve, so it cannot explain itself")
        return self._explain(memory_id)


@value
class Candidate:
    """A memory that was looked at for a recall: its score, and whether it was relevant enough to be kept."""

    memory: Memory
    score: float
    kept: bool


@value
class Caution:
    """What a proposed action repeats: the anti-pattern, the words that matched, and one line to show."""

    anti_pattern: AntiPattern
    matched: str
    text: str


@value
class Change:
    """What an outcome did to one belief: `what` is made, strengthened, weakened or ended."""

    what: str
    belief: Heuristic | AntiPattern


@value
class Similar:
    """A strategy in other words that may be the same: `feedback(id, signal="same", note=other_id)` joins them."""

    id: str
    strategy: str


@value
class Learned:
    """What `learn` did. Refused: `accepted` is false, `refused_because` says why, and nothing was kept."""

    accepted: bool
    refused_because: str | None = None
    outcome: Outcome | None = None
    similar: tuple[Similar, ...] = ()
    changes: tuple[Change, ...] = ()


@value
class Evidence:
    """One outcome in an explanation: its weight in the numbers, and whether it is among the counted.

    `weight` is the product of `factors`, pairs of a name and a number in [0, 1]: nearness, age, trust, and where
    they matter inherited and share (what the cap on its origin leaves of it); `note` says why it was cut.
    """

    outcome_id: str
    at: datetime
    source: str
    origin: str
    owner: str
    result: float
    weight: float
    similarity: float
    counted: bool
    task: str
    strategy: str
    why: str | None
    factors: tuple[tuple[str, float], ...] = ()
    note: str | None = None


@value
class Condition:
    """One thing that a belief needs: in words, with the value that it has here and what is needed."""

    belief: str
    says: str
    value: float
    needs: float
    held: bool


@value
class Moment:
    """How sure the evidence was once an outcome had come in, with every outcome at the weight that it has now.

    `mean` and `lower`, the 10 % lower bound, are of the strategy's success.
    """

    outcome_id: str
    at: datetime
    result: float
    weight: float
    mean: float
    lower: float


@value
class Explanation:
    """Why a memory is believed. `numbers` are named values; `how` says in sentences how they came to be.

    `conditions` are what a belief needs and whether it held, `timeline` how the evidence grew, oldest first;
    `since` is when the outcome came in from which on a belief followed from the evidence without a break.
    """

    memory: Memory
    task: str | None
    since: datetime | None = None
    evidence_for: tuple[Evidence, ...] = ()
    evidence_against: tuple[Evidence, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()
    conditions: tuple[Condition, ...] = ()
    timeline: tuple[Moment, ...] = ()
    how: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    would_change: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
