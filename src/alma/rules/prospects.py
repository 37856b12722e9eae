"""What would change a belief: further outcomes are imagined at its task and weighed exactly as real ones would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alma.domain.memory import (
    EARNED,
    KNOWN_FAILURE,
    STATED,
    VERIFIED,
    AntiPattern,
    Heuristic,
    Memory,
    Outcome,
)
from alma.domain.reach import Nominee
from alma.domain.values import replace, value
from alma.rules import beliefs, conditions, ranking
from alma.rules.conditions import quoted
from alma.rules.evidence import Record
from alma.rules.facts import Lasting
from alma.rules.ranking import Neighbourhood

MOST_TRIES = 12
UNKNOWN = "imagined: a strategy that was never tried here"


@value
class Scene:
    """What one agent sees around a task: the nominees, and what it takes to weigh them.

    `anchor` is the outcome that the task was taken from; `everywhere`: outcomes of one strategy are among the
    nominees as if their tasks were this one.
    """

    nominees: tuple[Nominee, ...]
    task: str
    agent: str
    size: int
    half_life: float
    key: Callable[[str], str]
    anchor: str | None = None
    everywhere: bool = False

    def neighbourhood(self, further: Sequence[Outcome] = ()) -> Neighbourhood:
        """The evidence around the task, once the agent had learned `further` outcomes of this very task."""
        count = len(further)
        return ranking.neighbourhood(
            [*self._aged(count), *_latest(further)],
            task=self.task,
            agent=self.agent,
            size=self.size + count,
            half_life=self.half_life,
            key=self.key,
            anchor=self.anchor,
        )

    def _aged(self, count: int) -> Iterator[Nominee]:
        for one in self.nominees:
            own = one.memory.agent == self.agent
            yield replace(one, age=one.age + count) if own and count else one

    def imagined(self, strategy: str, result: float, count: int) -> list[Outcome]:
        """Outcomes of this very task that the agent might learn next: seen to happen, each of its own origin."""
        last = max((one.memory for one in self.nominees), key=lambda one: one.seq)
        return [
            Outcome(
                id=f"imagined-{number}",
                agent=self.agent,
                source=VERIFIED,
                origin=f"imagined-{number}",
                created_at=last.created_at,
                seq=last.seq + number,
                task=self.task,
                strategy=strategy,
                result=result,
            )
            for number in range(1, count + 1)
        ]


def _latest(outcomes: Sequence[Outcome]) -> Iterator[Nominee]:
    for number, outcome in enumerate(outcomes, 1):
        yield Nominee(memory=outcome, cosine=1.0, age=len(outcomes) - number)


def prospects(
    belief: Memory, record: Record | None, among: Sequence[Record], scene: Scene, lasting: Lasting
) -> Iterator[str]:
    """What it would take to end a belief, or to make one of this strategy."""
    if getattr(belief, "grade", None) == STATED or not isinstance(belief, Heuristic | AntiPattern | Outcome):
        yield lasting.would_change
        return
    if record is None:
        return
    if isinstance(belief, Heuristic):
        yield _sentence(scene, record, 0.0, "would end this", lambda now: not _works(now, record))
    elif isinstance(belief, AntiPattern):
        yield _sentence(scene, record, 1.0, "would end this", lambda now: _grade(now, record) is None)
        if belief.grade == KNOWN_FAILURE:
            yield _with_an_alternative(scene, record, among)
    else:
        yield _sentence(scene, record, 1.0, "would make it a heuristic", lambda now: _works(now, record))
        yield _sentence(
            scene,
            record,
            0.0,
            "would make it something to avoid",
            lambda now: _grade(now, record) is not None,
        )
    yield (
        f"that is: learned next by {scene.agent}, verified, each from an origin of its own, nothing else in between"
    )


def _with_an_alternative(scene: Scene, record: Record, among: Sequence[Record]) -> str:
    others = [one for one in beliefs.ranked(among) if one.key != record.key]
    strategy = others[0].strategy if others else UNKNOWN
    count = _first(scene, strategy, 1.0, lambda now: _grade(now, record) == EARNED)
    of = f"of {quoted(strategy)}" if others else "of another strategy"
    if count is None:
        return f"not even {MOST_TRIES} successes {of} in a row would prove an alternative to it"
    return f"{count} more {_results(1.0, count)} {of} on this task would make that the alternative to it"


def _sentence(
    scene: Scene, record: Record, result: float, effect: str, reached: Callable[[Sequence[Record]], bool]
) -> str:
    count = _first(scene, record.strategy, result, reached)
    if count is None:
        return f"not even {MOST_TRIES} more {_results(result, MOST_TRIES)} in a row on this task {effect}"
    return f"{count} more {_results(result, count)} on this task {effect}"


def _results(result: float, count: int) -> str:
    return conditions.results("success" if result >= 0.5 else "failure", count)


def _first(
    scene: Scene, strategy: str, result: float, reached: Callable[[Sequence[Record]], bool]
) -> int | None:
    """How many results of one sort it takes, tried one by one: more is not always further."""
    for count in range(1, MOST_TRIES + 1):
        if reached(scene.neighbourhood(scene.imagined(strategy, result, count)).records):
            return count
    return None


def _works(now: Sequence[Record], record: Record) -> bool:
    return any(one.key == record.key and beliefs.is_heuristic(one, now) for one in now)


def _grade(now: Sequence[Record], record: Record) -> str | None:
    """As what the strategy is avoided here, if it is."""
    one = next((one for one in now if one.key == record.key), None)
    if one is None:
        return None
    if all(condition.held for condition in conditions.of_anti_pattern(one, now)):
        return EARNED
    return KNOWN_FAILURE if beliefs.is_known_failure(one, now) else None
