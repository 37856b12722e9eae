"""What a `learn` answers: which beliefs an outcome changes, and which strategies may be the same in other words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alma.domain.errors import Conflict
from alma.domain.memory import WORD, AntiPattern, Heuristic, Memory, Outcome, text_of
from alma.domain.reach import Nominee
from alma.domain.recall import Learned, Similar
from alma.domain.scope import View
from alma.domain.values import replace
from alma.rules import beliefs, briefing, indexing, ranking, strategies
from alma.rules.evidence import Record

# In the metadata of what was seen: the id of what its agent reported of the same attempt.
INSTEAD_OF = "instead_of"
# And whose words its strategy is in: of the agent's last `message`, of its `report`, or the `steps` that were seen.
WORDING = "wording"
CONTENT = (
    "agent",
    "domain",
    "task",
    "strategy",
    "result",
    "why",
    "feedback",
    "duration",
    "workflow_id",
    "metadata",
)


def learned(
    kept: Outcome,
    nominees: Sequence[Nominee],
    *,
    size: int,
    half_life: float,
    key: Callable[[str], str],
    has_vector: bool,
) -> Learned:
    """The answer, from the nominees around the outcome's task as they were before it, and `size` outcomes in scope."""

    def records(found: Sequence[Nominee], count: int) -> tuple[Record, ...]:
        return ranking.neighbourhood(
            found, task=kept.task, agent=kept.agent, size=count, half_life=half_life, key=key, anchor=kept.id
        ).records

    before = records(nominees, size)
    after = records(_with(nominees, kept, has_vector=has_vector), size + 1)
    return Learned(
        accepted=True, outcome=kept, similar=_similar(kept, before), changes=beliefs.changes(before, after)
    )


def again(draft: Outcome, already: Outcome, *, view: View, forgotten: bool = False) -> Learned:
    """The answer to the same `learn` a second time. Raises Conflict where the content is another.

    Which other outcome that is, only those are told who may read it.
    """
    if any(getattr(draft, name) != getattr(already, name) for name in CONTENT):
        named = already.id if view.may_read(already.owner, already.domain) else None
        which = named or f"which {draft.agent} may not read"
        raise Conflict(f"key {draft.key!r} was used for another outcome, {which}", current=named)
    if forgotten:
        return Learned(accepted=False, refused_because=f"{already.id}, learned under this key, was forgotten")
    return Learned(accepted=True, outcome=already)


def reported(said: Sequence[Outcome], *, task: str, succeeded: bool, since: int) -> Outcome | None:
    """Which of these outcomes is what an agent reported of the attempt that was seen to end so, if one is.

    It is a model's word, younger than the event `since` with which the attempt began, and about its task. Of several
    the last that says the same of the result. Only a success can be overruled by what was seen: a failure that was
    reported before a success is of another try.
    """
    told = [one for one in said if one.source == WORD and one.seq > since and INSTEAD_OF not in one.metadata]
    told = [one for one in told if _is_about(one.task, task)]
    agreeing = [one for one in told if one.succeeded is succeeded]
    return next(reversed(agreeing or ([] if succeeded else told)), None)


def _is_about(told: str, task: str) -> bool:
    """Whether a report's task is the one of a prompt: two outcomes of one attempt are better than one of two."""
    if indexing.task_key(told) == indexing.task_key(task):
        return True
    return briefing.is_clear(told, task) or briefing.is_clear(task, told)


def as_outcome(belief: Memory, about: Memory, *, helped: bool) -> tuple[str, str, bool] | None:
    """Feedback on a memory as (task, strategy, success); None where it speaks of no strategy.

    A warning that helped is one more failure of what it warns of, and one that harmed a success of it.
    """
    task = about.task if isinstance(about, Outcome) else text_of(about)
    if isinstance(belief, AntiPattern):
        return task if isinstance(about, Outcome) else belief.pattern, belief.pattern, not helped
    if isinstance(belief, Heuristic):
        return task if isinstance(about, Outcome) else belief.condition, belief.strategy, helped
    return (task, belief.strategy, helped) if isinstance(belief, Outcome) else None


def _with(nominees: Sequence[Nominee], kept: Outcome, *, has_vector: bool) -> list[Nominee]:
    """The same nominees once `kept` is in the ledger: those of its agent are older by one."""
    older = [replace(one, age=one.age + 1) if one.memory.agent == kept.agent else one for one in nominees]
    return [*older, Nominee(memory=kept, cosine=1.0 if has_vector else None, age=0)]


def _similar(kept: Outcome, records: Sequence[Record]) -> tuple[Similar, ...]:
    others = {one.strategy: beliefs.anchor(one).id for one in records}
    return tuple(
        Similar(id=others[text], strategy=text) for text in strategies.similar(kept.strategy, list(others))
    )
