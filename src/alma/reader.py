"""What is read before anything is decided: nominees from the store, handed to the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from alma.domain import ledger
from alma.domain.later import Later
from alma.domain.memory import (
    KINDS,
    STATED_KINDS,
    AntiPattern,
    Knowledge,
    Memory,
    Outcome,
    Preference,
    proposed_owner,
    user_owner,
)
from alma.domain.reach import Nominee, Reach
from alma.domain.scope import Agent, View
from alma.domain.values import replace, value
from alma.rules import cautions, evidence, grouping, indexing, signatures, trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.action import Action
    from alma.domain.recall import Explanation, Recall
    from alma.rules import exposure, facts, ranking
    from alma.rules.evidence import Record
    from alma.rules.ranking import Neighbourhood
    from alma.store.protocol import Snapshot
else:  # a warning needs none of these
    exposure, facts, ranking = (
        Later("alma.rules.exposure"),
        Later("alma.rules.facts"),
        Later("alma.rules.ranking"),
    )

STATED_NOMINEES = 36
NOMINEES_FOR_EACH = 2
SIGNED_NOMINEES = 60
WORKFLOW_NOMINEES = 50
FACTS_NEAR = 20
MOST_TERMS = 64
BATCH = 1000


@value
class Question:
    """What `retrieve` was asked, checked; `vector` is the task's, None where it has none, and `aloud` that of a task in
    code with what its signs are called.

    `holdout` is the share of attempts that go without earned memories. Then `nonce` makes each attempt another one
    although it asks the same; the attempts at one workflow are one, and so are those of one `unit`, such as a session.
    """

    task: str
    view: View
    vector: bytes | None
    aloud: bytes | None = None
    user: str | None = None
    strategies: tuple[str, ...] | None = None
    top_k: int = 5
    domains: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = tuple(KINDS)
    as_of: datetime | None = None
    holdout: float = 0.0
    nonce: str = ""
    workflow_id: str | None = None
    unit: str | None = None

    def nominees(self, kinds: int) -> int:
        """How many stated memories of each kind are looked at, by meaning and again by words: all kinds share."""
        return max(STATED_NOMINEES // kinds, NOMINEES_FOR_EACH * self.top_k)

    def reach(self, *kinds: str, upto: int | None = None) -> Reach:
        """What this question may touch of these kinds."""
        return Reach(view=self.view, kinds=kinds, domains=self.domains, upto=upto)


def recall(
    now: Snapshot,
    question: Question,
    *,
    half_life: float,
    at: datetime,
    explain: Callable[[str], Explanation],
    first: Sequence[Nominee] = (),
) -> Recall:
    """Everything that is known for a question. `first` are nominees that stand before all others."""
    upto = now.head_at(question.as_of) if question.as_of else None
    reach = question.reach(Outcome.kind, upto=upto)
    key = grouping.grouping(now.joints())
    near = around(
        now, question.task, reach, vector=question.vector, half_life=half_life, key=key, first=first
    )
    size = now.size(reach)
    id_ = _recall_id(now, question, first)
    recalled = partial(
        ranking.recall,
        stated=ranking.offered(
            _stated(now, question, upto=upto, at=question.as_of or at),
            task=question.task,
            size=size,
            at=question.as_of or at,
        ),
        task=question.task,
        agent=question.view.agent.name,
        strategies=question.strategies,
        top_k=question.top_k,
        kinds=question.kinds,
        size=size,
        key=key,
        id_=id_,
        explain=explain,
    )
    whole, share, head = recalled(near), question.holdout, now.head()
    if not exposure.withheld(id_, share):
        return exposure.offered(whole, share=share, head=head)
    # A workflow keeps what it learned itself: that is this attempt, not an earlier one.
    own = ranking.neighbourhood(
        first,
        task=question.task,
        agent=question.view.agent.name,
        size=size,
        half_life=half_life,
        key=key,
    )
    return exposure.without(recalled(own), whole, share=share, head=head)


def _recall_id(now: Snapshot, question: Question, first: Sequence[Nominee]) -> str:
    """The same question at the same moment has the same id; where lots are drawn, the same attempt."""
    if question.unit is not None:
        return question.unit
    if question.holdout and question.workflow_id is not None:
        # Who begins a workflow chooses its id, but not the moment at which it is begun.
        begun = now.checkpoint(question.workflow_id, 1)
        return ranking.recall_id(question.workflow_id, begun and begun.created_at)
    return ranking.recall_id(
        now.head(), replace(question, vector=None, aloud=None), [one.memory.id for one in first]
    )


def around(
    now: Snapshot,
    task: str,
    reach: Reach,
    *,
    vector: bytes | None,
    half_life: float,
    key: Callable[[str], str] | None = None,
    first: Sequence[Nominee] = (),
    anchor: str | None = None,
) -> Neighbourhood:
    """What the ledger says around a task, for one view."""
    return ranking.neighbourhood(
        ranking.unique([*first, *nominees(now, task, reach, vector=vector)]),
        task=task,
        agent=reach.view.agent.name,
        size=now.size(reach),
        half_life=half_life,
        key=key or grouping.grouping(now.joints()),
        anchor=anchor,
    )


def around_outcome(now: Snapshot, outcome: Outcome, view: View, *, half_life: float) -> tuple[Record, ...]:
    """What the ledger says around an outcome's own task, the outcome itself among it."""
    kept = now.find(outcome.id)
    return around(
        now,
        outcome.task,
        Reach(view=view, kinds=(Outcome.kind,)),
        vector=kept.vector if kept else None,
        half_life=half_life,
        first=[now.nominee(outcome, cosine=1.0)],
        anchor=outcome.id,
    ).records


def nominees(now: Snapshot, task: str, reach: Reach, *, vector: bytes | None) -> list[Nominee]:
    """The nearest outcomes by meaning, and those without a vector by their words."""
    limit, capped = evidence.NOMINEES, trust.NOMINEES_PER_UNVERIFIED_ORIGIN
    least = evidence.floor(0)
    found = []
    if vector is not None:
        found = now.nearest(reach, vector, limit=limit, per_origin=capped, at_least=least)
    bare = now.by_words(reach, _terms(task), limit=limit, per_origin=capped, vectorless=vector is not None)
    return [*found, *bare]


def spoken_of(now: Snapshot, stated: Memory, view: View) -> list[Nominee]:
    """The outcomes of the very strategy that a stated memory speaks of, as near as can be."""
    strategy = getattr(stated, "strategy", None) or getattr(stated, "pattern", None)
    if strategy is None:
        return []
    reach = Reach(view=view, kinds=(Outcome.kind,))
    found = now.signed(reach, [indexing.strategy_key(strategy)], limit=SIGNED_NOMINEES)
    return [replace(one, cosine=1.0) for one in found]


def of_workflow(now: Snapshot, view: View, workflow_id: str) -> list[Nominee]:
    """A workflow's own outcomes, as near as can be."""
    reach = Reach(view=view, kinds=(Outcome.kind,))
    own = now.signed(reach, [indexing.workflow_key(workflow_id)], limit=WORKFLOW_NOMINEES)
    return [replace(one, cosine=1.0) for one in own]


def said_used(now: Snapshot, recall: Recall, *, agent: str) -> list[str]:
    """The ids of memories that this agent said were used since the recall."""
    if recall._exposure is None:
        return []
    since = now.events(after=recall._exposure.head, limit=BATCH, agents=[agent])
    said = [one for one in since if one.kind == ledger.FEEDBACK and one.details.get("signal") == "used"]
    return [one.memory_id for one in said if one.memory_id is not None]


def _stated(now: Snapshot, question: Question, *, upto: int | None, at: datetime) -> list[Nominee]:
    """What is stated for this agent and this user: the nearest by meaning, kind by kind, and the best by words."""
    reaches = filter(None, (_reach_of(question, kind, upto=upto) for kind in STATED_KINDS))
    held = [(reach, size) for reach in reaches if (size := now.size(reach))]
    limit = question.nominees(sum(Preference.kind not in reach.kinds for reach, _ in held) or 1)
    found: list[Nominee] = []
    many: list[str] = []
    for reach, size in held:
        near = _nearest(now, question, reach, size=size, limit=limit)
        found += near
        if size > limit and Preference.kind not in reach.kinds:
            many += reach.kinds
        if len(near) < min(size, limit):
            latest = now.newest(reach, before=None, limit=limit)
            found += [now.nominee(memory, cosine=None) for memory in latest]
    if many:
        reach = question.reach(*many, upto=upto)
        found += now.by_words(reach, _terms(question.task), limit=len(many) * limit)
    known = question.reach(Knowledge.kind, upto=upto)
    found = _in_documents(now, ranking.unique(found), known, vector=question.vector)
    heard = _read_aloud(now, _as_worded(now, found, upto=upto), question.aloud)
    return [_unsettled(now, one, known, at=at) for one in heard]


def _in_documents(
    now: Snapshot, found: list[Nominee], reach: Reach, *, vector: bytes | None
) -> list[Nominee]:
    """These, and what stands directly beside the facts among them in the same document, with every cosine there is."""
    beside: dict[int, set[int]] = {}
    facts_ = [one.memory.seq for one in found if isinstance(one.memory, Knowledge)]
    near = now.beside(reach, facts_) if facts_ else []
    for seq, other in near:
        beside.setdefault(seq, set()).add(other.seq)
        beside.setdefault(other.seq, set()).add(seq)
    found = ranking.unique([*found, *(now.nominee(other, cosine=None) for _, other in near)])
    bare = [one.memory for one in found if one.cosine is None]
    cosines = now.cosines(bare, vector) if vector is not None and bare else {}
    return [
        Nominee(
            memory=one.memory,
            cosine=cosines.get(seq, one.cosine),
            age=one.age,
            beside=tuple(sorted(beside[seq])) if seq in beside else (),
        )
        if (seq := one.memory.seq) in beside or seq in cosines
        else one
        for one in found
    ]


def _as_worded(now: Snapshot, found: list[Nominee], *, upto: int | None) -> list[Nominee]:
    """Where a moment is asked for, memories in the words of that moment; their vectors are of other words."""
    later = now.reworded([one.memory.id for one in found], after=upto) if upto is not None else {}
    return [
        replace(one, memory=facts.as_worded(one.memory, later[one.memory.id]), cosine=None)
        if one.memory.id in later
        else one
        for one in found
    ]


def _read_aloud(now: Snapshot, found: list[Nominee], vector: bytes | None) -> list[Nominee]:
    """These with how near they are to a question in code that is read aloud; as they are where it is prose."""
    if vector is None:
        return found
    near = now.cosines([one.memory for one in found if one.cosine is not None], vector)
    return [replace(one, aloud=near.get(one.memory.seq)) for one in found]


def facts_near(now: Snapshot, fact: Knowledge, reach: Reach) -> list[Knowledge]:
    """The other facts within reach that share the rarest words with this one, and hold at some time at which it does."""
    near = [one.memory for one in now.by_words(reach, _terms(fact.fact), limit=FACTS_NEAR)]
    return [
        one for one in near if isinstance(one, Knowledge) and one.id != fact.id and facts.overlap(one, fact)
    ]


def _unsettled(now: Snapshot, nominee: Nominee, reach: Reach, *, at: datetime) -> Nominee:
    """A fact with those of its contradictions that are within reach and still are some; the others are settled."""
    fact = nominee.memory
    if not isinstance(fact, Knowledge) or not fact.contradicts:
        return nominee
    kept = [one.memory for one in map(now.find, fact.contradicts) if one is not None and not one.forgotten]
    held = [one for one in kept if isinstance(one, Knowledge) and one.holds(at) and reach.holds(one)]
    return replace(nominee, memory=replace(fact, contradicts=facts.contradicted(fact, held)))


def _reach_of(question: Question, kind: str, *, upto: int | None) -> Reach | None:
    """Where memories of a kind are looked for; None where nobody asked for them."""
    if kind not in question.kinds:
        return None
    if kind != Preference.kind:
        return question.reach(kind, upto=upto)
    if question.user is None:
        return None
    owner = user_owner(question.user)
    return Reach(view=View(Agent(owner), (owner,)), kinds=(kind,), upto=upto)


def _nearest(now: Snapshot, question: Question, reach: Reach, *, size: int, limit: int) -> list[Nominee]:
    """The nearest; where not all have room, those that were seen or said by people have room of their own."""
    if question.vector is None:
        return []
    found = now.nearest(reach, question.vector, limit=limit)
    if size > limit and not now.is_verified(reach):
        found += now.nearest(reach, question.vector, limit=limit, verified=True)
    return ranking.unique(found)


def _terms(text: str) -> tuple[str, ...]:
    return indexing.terms_of(text)[:MOST_TERMS]


def repeated(now: Snapshot, action: Action, reach: Reach) -> list[tuple[Memory, str]]:
    """The memories that an action repeats, each with the trigger that matched."""
    keys = signatures.keys_of(action)
    found = [
        one.memory
        for kind in reach.kinds
        for one in now.signed(replace(reach, kinds=(kind,)), keys, limit=SIGNED_NOMINEES)
    ]
    return cautions.repeated(action, found)


def seen_once(now: Snapshot, action: Action, agent: str, keys: Sequence[str]) -> list[AntiPattern]:
    """The corrections that one session has shown of this very command."""
    owner = proposed_owner(agent)
    reach = Reach(view=View(Agent(owner), (owner,)), kinds=(AntiPattern.kind,))
    near = [one.memory for one in now.signed(reach, keys, limit=SIGNED_NOMINEES)]
    return [one for one in near if isinstance(one, AntiPattern) and cautions.is_very_same(action, one)]


def walk(now: Snapshot, reach: Reach) -> Iterator[Memory]:
    """All memories within reach, newest first."""
    before: int | None = None
    while batch := now.newest(reach, before=before, limit=BATCH):
        yield from batch
        before = batch[-1].seq
