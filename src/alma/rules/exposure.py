"""What an attempt was shown, what it went without, and what of it was used. Credit needs both: shown and used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alma.domain.digest import digest
from alma.domain.errors import InvalidInput
from alma.domain.memory import EARNED, STATED, AntiPattern, Heuristic, Knowledge, Memory, Outcome, Preference
from alma.domain.names import is_id
from alma.domain.recall import MOST_IDS, Advice, Exposure, Recall, Told, is_share
from alma.domain.values import replace
from alma.rules import prompt, ranking, signatures

EARNED_IDS = ("b-", "o-")
NEVER_SAID = ("o-", "u-")
IDS = ("shown", "withheld", "warned", "left_out", "used", "repeated")
LATEST = (1 << 53) - 1
PARTS: dict[str, type[Advice | Memory]] = {
    "advice": Advice,
    "heuristics": Heuristic,
    "anti_patterns": AntiPattern,
    "outcomes": Outcome,
    "knowledge": Knowledge,
    "preferences": Preference,
}
WITHHELD = (
    "what was earned is withheld from this attempt (holdout), so that `report` can tell whether it helps"
)

NOTHING_RELEVANT = "nothing relevant among what is known"


def withheld(unit_id: str, share: float) -> bool:
    """Whether an attempt (or a session) of this id goes without earned memories; always the same for the same id.

    A larger share withholds from all that a smaller one would.
    """
    return int(digest(unit_id, key=b"holdout"), 16) < share * 2**64


def unit_of(session: str) -> str:
    """The id of a session of which all attempts have one lot: what its first block showed goes with all of them."""
    return ranking.recall_id("session", session)


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


def untold(recall: Recall) -> Recall:
    """The recall as it is told to a model, which does other things where it knows that something is withheld."""
    is_told = recall.why_empty == WITHHELD
    return replace(recall, withheld=(), why_empty=NOTHING_RELEVANT if is_told else recall.why_empty)


def of_session(
    told: Told, shown: Iterable[Memory], withheld: Iterable[Memory], *, agent: str, named: Iterable[str] = ()
) -> Recall:
    """The recall that stands for what a session told and withheld; `named` are ids that the agent said it followed."""
    said, gone = tuple(shown), tuple(withheld)
    made = Exposure(
        holdout=told.holdout,
        head=LATEST if told.head is None else told.head,
        whole=_holding((*said, *gone), told.id, agent) if gone else None,
        tokens=told.tokens,
        named=tuple(named),
    )
    return replace(_holding(said, told.id, agent), withheld=tuple(one.id for one in gone), _exposure=made)


def _holding(memories: tuple[Memory, ...], id_: str, agent: str) -> Recall:
    return Recall(
        id=id_,
        task="",
        agent=agent,
        heuristics=tuple(one for one in memories if isinstance(one, Heuristic)),
        anti_patterns=tuple(one for one in memories if isinstance(one, AntiPattern)),
        knowledge=tuple(one for one in memories if isinstance(one, Knowledge)),
        preferences=tuple(one for one in memories if isinstance(one, Preference)),
    )


def as_belief(memory_id: str, anchor: Outcome, *, against: bool) -> AntiPattern | Heuristic:
    """A belief as far as its id says: what it speaks for, or against, without its evidence."""
    fields = {
        "id": memory_id,
        "agent": anchor.agent,
        "domain": anchor.domain,
        "source": anchor.source,
        "origin": anchor.origin,
        "created_at": anchor.created_at,
        "grade": EARNED,
    }
    if against:
        return AntiPattern(**fields, pattern=anchor.strategy, why_bad=anchor.why or "")  # type: ignore[arg-type]
    return Heuristic(**fields, condition=anchor.task, strategy=anchor.strategy)  # type: ignore[arg-type]


def only_warns(recall: Recall | None, memory_id: str, anchor: Memory | None) -> bool:
    """Whether an id is that of what only speaks against a strategy: naming it does not say what was done.

    That is so of an outcome, and of a belief named after one, that failed, unless what was shown speaks for it.
    """
    found = recall.anti_patterns if recall is not None else ()
    if any(one.id == memory_id and one.better_alternative is None for one in found):
        return True
    speaking: set[str] = set()
    if recall is not None:
        speaking = {one.id for one in recall.advice} | {one.id for one in recall.heuristics}
    return isinstance(anchor, Outcome) and not anchor.succeeded and memory_id not in speaking


def require_recall(recall: object, *, agent: str) -> None:
    """Raise InvalidInput for what cannot be a recall of this agent. What it names is looked at once it is noted."""
    if not isinstance(recall, Recall):
        raise InvalidInput("recall", f"must be what retrieve returned, not {type(recall).__name__}")
    if recall.agent != agent:
        raise InvalidInput("recall", "is another agent's", allowed=f"what retrieve returned to {agent}")
    exposure = recall._exposure or Exposure()
    # An empty recall is false, so `or` would not do.
    if (
        not _is_whole(recall)
        or not _is_exposure(exposure)
        or not (exposure.whole is None or _is_whole(exposure.whole))
    ):
        raise _no_recall("parts of another type than a recall has")


def _is_whole(recall: object) -> bool:
    if not isinstance(recall, Recall) or not isinstance(recall.withheld, tuple):
        return False
    parts = {name: getattr(recall, name) for name in PARTS}
    if not all(isinstance(part, tuple) for part in parts.values()):
        return False
    if not all(
        isinstance(one, PARTS[name]) and is_id(one.id) for name, part in parts.items() for one in part
    ):
        return False
    said: list[object] = [one.strategy for one in recall.advice]
    said += [one.strategy for one in recall.heuristics]
    for avoid in recall.anti_patterns:
        said += [avoid.pattern, "" if avoid.better_alternative is None else avoid.better_alternative]
    counts = [number for one in recall.advice for number in (one.successes, one.failures)]
    return all(isinstance(text, str) for text in said) and all(isinstance(number, int) for number in counts)


def _is_exposure(exposure: object) -> bool:
    return (
        isinstance(exposure, Exposure)
        and isinstance(exposure.head, int)
        and 0 <= exposure.head < 1 << 53
        and isinstance(exposure.prompts, list)
        and all(isinstance(said, str) for said in exposure.prompts)
        and isinstance(exposure.tokens, int)
        and 0 <= exposure.tokens < 1 << 53
        and isinstance(exposure.named, tuple)
    )


def _no_recall(problem: str) -> InvalidInput:
    return InvalidInput("recall", f"holds {problem}", allowed="what retrieve returned")


def noted(
    draft: Outcome, recall: Recall, *, key: Callable[[str], str], said_used: Iterable[str] = ()
) -> Outcome:
    """The outcome with what its recall offered and what of that was used.

    `said_used` are the ids of memories that somebody said were used since the recall. Raises InvalidInput where
    that is nothing that could be read back, or counted.
    """
    exposure = recall._exposure or Exposure()
    whole = exposure.whole or recall
    # Where a workflow goes without the rest, what it learned itself is shown, and has another id than in the whole.
    sides = (recall,) if whole is recall else (recall, whole)
    own = key(draft.strategy)
    repeated = [id_ for id_, strategy in _warned(whole, key) if key(strategy) == own]
    repeated += [one.id for one in whole.anti_patterns if _matches(one, draft.strategy)]
    used = [id_ for side in sides for id_, strategy in _advised(side, key) if key(strategy) == own]
    known = {id_ for side in sides for id_ in side.shown}
    said = (draft.followed, *exposure.named, *said_used)
    used += [one for one in said if one in known and one not in repeated]
    outcome = replace(
        draft,
        recall_id=recall.id,
        shown=recall.shown,
        withheld=recall.withheld,
        warned=_distinct(id_ for side in sides for id_, _ in _warned(side, key)),
        left_out=_left_out(recall, exposure.prompts[-1]) if exposure.prompts else (),
        used=_distinct(one for one in used if not one.startswith(NEVER_SAID)),
        repeated=_distinct(repeated),
        holdout=exposure.holdout,
        tokens=prompt.tokens(exposure.prompts[-1]) if exposure.prompts else exposure.tokens,
    )
    if not is_id(outcome.recall_id) or not is_share(outcome.holdout):
        raise _no_recall("an id or a share of attempts that ALMA gives to no recall")
    for name in IDS:
        ids = getattr(outcome, name)
        if len(ids) > MOST_IDS or not all(map(is_id, ids)):
            raise _no_recall(f"something else than ids, or more than {MOST_IDS:,} of them")
    return outcome


def inherited(outcome: Outcome, reported: Outcome) -> Outcome:
    """What was seen of an attempt, with what its agent had asked for itself, where the session told it nothing."""
    if outcome.eligible or reported.recall_id is None:
        return outcome
    names = ("recall_id", "holdout", "tokens", *IDS)
    return replace(outcome, **{name: getattr(reported, name) for name in names})


def blank(outcome: Outcome) -> Outcome:
    """An outcome without what its attempt was shown and what of that was used: it is nobody else's business."""
    return replace(outcome, recall_id=None, followed=None, **dict.fromkeys(IDS, ()))


def _advised(recall: Recall, key: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """(id, strategy) of everything that speaks for a strategy."""
    against = {id_ for id_, _ in _warned(recall, key)}
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


def _warned(recall: Recall, key: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """(id, strategy) of everything that speaks against a strategy."""
    avoided = ranking.avoided(recall.anti_patterns, key=key)
    for avoid in recall.anti_patterns:
        yield avoid.id, avoid.pattern
    for one in recall.advice:
        if _failed_only(one) or avoided(one.strategy):
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
