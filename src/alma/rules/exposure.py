"""What an attempt was shown, what it went without, and what of it was used. Credit needs both: shown and used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alma.domain.digest import digest
from alma.domain.memory import EARNED, STATED, AntiPattern, Outcome
from alma.domain.recall import Exposure, Recall
from alma.domain.values import replace
from alma.rules import prompt, signatures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.recall import Advice

EARNED_IDS = ("b-", "o-")
NEVER_SAID = ("o-", "u-")
WITHHELD = (
    "what was earned is withheld from this attempt (holdout), so that `report` can tell whether it helps"
)


def withheld(unit_id: str, share: float) -> bool:
    """Whether an attempt (or a session) of this id goes without earned memories; always the same for the same id.

    A larger share withholds from all that a smaller one would.
    """
    return int(digest(unit_id, key=b"holdout"), 16) < share * 2**64


def is_earned(memory_id: str) -> bool:
    """Whether this is the id of what outcomes taught: an outcome, an advice or a belief."""
    return memory_id.startswith(EARNED_IDS)


def offered(whole: Recall, *, share: float, head: int) -> Recall:
    """The recall as it is, for an attempt that goes without nothing."""
    return replace(whole, _exposure=Exposure(holdout=share, head=head))


def without(stripped: Recall, whole: Recall, *, share: float, head: int) -> Recall:
    """The recall of an attempt that goes without what was earned; `whole` is what it would have been."""
    gone = tuple(one for one in whole.shown if is_earned(one) and one not in stripped.shown)
    return replace(
        stripped,
        withheld=gone,
        why_empty=WITHHELD if gone and not stripped else stripped.why_empty,
        _exposure=Exposure(holdout=share, head=head, whole=whole),
    )


def noted(
    draft: Outcome, recall: Recall, *, key: Callable[[str], str], said_used: Iterable[str] = ()
) -> Outcome:
    """The outcome with what its recall offered and what of that was used.

    `said_used` are the ids of memories that somebody said were used since the recall.
    """
    exposure = recall._exposure or Exposure()
    whole = exposure.whole or recall
    own = key(draft.strategy)
    repeated = [id_ for id_, strategy in _warned(whole) if key(strategy) == own]
    repeated += [one.id for one in whole.anti_patterns if _matches(one, draft.strategy)]
    used = [id_ for id_, strategy in _advised(whole) if key(strategy) == own]
    used += [one for one in (draft.followed, *said_used) if one in whole.shown and one not in repeated]
    return replace(
        draft,
        recall_id=recall.id,
        shown=recall.shown,
        withheld=recall.withheld,
        warned=_distinct(id_ for id_, _ in _warned(whole)),
        left_out=_left_out(recall, exposure.prompts[-1]) if exposure.prompts else (),
        used=_distinct(one for one in used if not one.startswith(NEVER_SAID)),
        repeated=_distinct(repeated),
        holdout=exposure.holdout,
        tokens=prompt.tokens(exposure.prompts[-1]) if exposure.prompts else 0,
    )


def _advised(recall: Recall) -> Iterator[tuple[str, str]]:
    """(id, strategy) of everything that speaks for a strategy."""
    against = {id_ for id_, _ in _warned(recall)}
    for one in recall.advice:
        if one.successes and one.id not in against:
            yield one.id, one.strategy
    for heuristic in recall.heuristics:
        yield heuristic.id, heuristic.strategy
    for avoid in recall.anti_patterns:
        if avoid.better_alternative is not None:
            yield _id_of_alternative(avoid), avoid.better_alternative


def _id_of_alternative(avoid: AntiPattern) -> str:
    return avoid.alternative_id or avoid.id if avoid.grade == EARNED else avoid.id


def _warned(recall: Recall) -> Iterator[tuple[str, str]]:
    """(id, strategy) of everything that speaks against a strategy."""
    for avoid in recall.anti_patterns:
        yield avoid.id, avoid.pattern
    for one in recall.advice:
        if _failed_only(one):
            yield one.id, one.strategy


def _failed_only(one: Advice) -> bool:
    return one.failures > 0 and not one.successes


def _matches(avoid: AntiPattern, strategy: str) -> bool:
    """Whether a strategy does what a stated anti-pattern is triggered by."""
    return avoid.grade == STATED and not set(avoid.triggers).isdisjoint(signatures.triggers_of(strategy))


def _left_out(recall: Recall, said: str) -> tuple[str, ...]:
    """What did not fit into the prompt that was made. Every line of a prompt carries its id in brackets."""
    return tuple(one for one in recall.shown if not one.startswith(NEVER_SAID) and f"[{one}]" not in said)


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
