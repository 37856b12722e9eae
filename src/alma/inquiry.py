"""What is read before a memory is explained, and never more of it than the asking agent may read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from alma import reader
from alma.domain import ledger as events
from alma.domain.errors import MemoryNotFound
from alma.domain.memory import KINDS, Knowledge, Memory, Outcome, Preference, text_of
from alma.domain.reach import Nominee, Reach
from alma.domain.values import replace
from alma.gate import kept_in
from alma.rules import explaining, exposure, facts, indexing, ranking, writing
from alma.rules.grouping import grouping
from alma.rules.prospects import Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from alma.domain.ledger import Event
    from alma.domain.recall import Explanation, Recall
    from alma.domain.scope import View
    from alma.gate import Gate
    from alma.reader import Question
    from alma.rules.evidence import Record
    from alma.store.protocol import Snapshot, Store

CONTRADICTIONS = 20
LOOKED_THROUGH = 1000


def sought(store: Store, gate: Gate, memory_id: str, view: View | None) -> Memory:
    """The memory, if this view may read it. Raises MemoryNotFound, which names ids that look like it."""
    if writing.name("memory_id", memory_id).startswith("u-"):
        raise MemoryNotFound(
            f"{memory_id} is a strategy that was never tried, so nothing is believed of it yet",
            sought=memory_id,
        )
    try:
        return gate.readable(memory_id, view, verb="explain").memory
    except MemoryNotFound as error:
        with store.reading() as now:
            if now.find(memory_id.removeprefix("b-")) is not None:
                raise
            found = _alike(now, memory_id, view or gate.whole_view(now))
        meant = (
            f"did you mean {' or '.join(found)}?"
            if found
            else "`memories`, or `alma list`, shows what there is"
        )
        raise MemoryNotFound(f"{error}; {meant}", sought=memory_id) from None


def explained(
    now: Snapshot,
    gate: Gate,
    memory_id: str,
    about: Memory,
    view: View | None,
    *,
    asked: Question | None,
    half_life: float,
    at: datetime,
) -> Explanation:
    """Why a memory is believed, as this view sees it, or whoever is at the door.

    It is looked at where it was `asked` for, with all that narrowed that question; else where it came from.
    """
    eyes = view or gate.eyes(about)
    about = as_seen(now, _with_others(now, about, eyes), eyes)
    if asked is None:
        seen = _scene_of_its_own(now, about, eyes, half_life=half_life)
    else:
        seen = _scene_of(now, asked, half_life=half_life)
    all_of_it = view is None and gate.door.agents is None
    return explaining.explanation(
        about,
        seen,
        as_belief=memory_id.startswith("b-"),
        seen_by=explaining.readers(about, gate.scopes),
        history=_history(now, memory_id, about, None if all_of_it else eyes, seen),
        contradictions=_contradictions(now, about, eyes),
        lasting=_lasting(now, about, at=at),
    )


def around(
    now: Snapshot, gate: Gate, view: View | None, outcome: Outcome, *, half_life: float
) -> tuple[Record, ...]:
    """What the ledger says around an outcome's own task, as this view sees it, or whoever is at the door."""
    return reader.around_outcome(now, outcome, view or gate.eyes(outcome), half_life=half_life)


def _scene_of(now: Snapshot, asked: Question, *, half_life: float) -> Scene:
    """What a question saw."""
    reach = asked.reach(Outcome.kind, upto=now.head_at(asked.as_of) if asked.as_of else None)
    first = reader.of_workflow(now, asked.view, asked.workflow_id) if asked.workflow_id is not None else []
    found = reader.nominees(now, asked.task, reach, vector=asked.vector)
    return Scene(
        nominees=tuple(ranking.unique([*first, *found])),
        task=asked.task,
        agent=asked.view.agent.name,
        size=now.size(reach),
        half_life=half_life,
        key=grouping(now.joints()),
    )


def _scene_of_its_own(now: Snapshot, about: Memory, view: View, *, half_life: float) -> Scene:
    """What is seen around the task that an outcome had, or around the words of a statement."""
    reach = Reach(view=view, kinds=(Outcome.kind,))
    is_anchor = isinstance(about, Outcome)
    at, first = about.task if isinstance(about, Outcome) else text_of(about), _own(now, about, view)
    found = reader.nominees(now, at, reach, vector=kept_in(now, about.id).vector)
    return Scene(
        nominees=tuple(ranking.unique([*first, *found])),
        task=at,
        agent=view.agent.name,
        size=now.size(reach),
        half_life=half_life,
        key=grouping(now.joints()),
        anchor=about.id if is_anchor else None,
        everywhere=bool(first) and not is_anchor,
    )


def _own(now: Snapshot, about: Memory, view: View) -> list[Nominee]:
    """The outcome itself; of what is stated, the outcomes that did just that, whatever their task was."""
    if isinstance(about, Outcome):
        return [now.nominee(about, cosine=1.0)]
    keys = indexing.action_keys(getattr(about, "triggers", ()))
    reach = Reach(view=view, kinds=(Outcome.kind,))
    done = now.signed(reach, keys, limit=reader.SIGNED_NOMINEES) if keys else []
    return [*reader.spoken_of(now, about, view), *(replace(one, cosine=1.0) for one in done)]


def _history(now: Snapshot, memory_id: str, about: Memory, view: View | None, seen: Scene) -> list[str]:
    """What was done with a memory and said of it, in order; without a view, by whomever it was."""
    told = {one.seq: one for name in {memory_id, about.id} for one in now.history(name)}
    told |= {one.seq: one for one in now.sweeps(about.id)}
    if isinstance(about, Outcome):
        names = [one.memory.id for one in seen.nominees]
        told |= {one.seq: one for name in names for one in now.history(name) if one.kind == events.JOINED}
    readable = [
        one
        for _, one in sorted(told.items())
        # What brought back memories of several agents belongs to none of them, and says nothing of the others.
        if view is None or one.agent in (about.agent, *view.owners) or one.kind == events.RESTORED
    ]
    return [said for event in readable for said in _in_words(now, event, about, view, seen)]


def _in_words(now: Snapshot, event: Event, about: Memory, view: View | None, seen: Scene) -> Iterator[str]:
    if event.kind != events.JOINED or not isinstance(about, Outcome):
        yield explaining.in_words(event)
        return
    names = (event.memory_id or "", str(event.details["other"]))
    pair = [kept.memory for kept in map(now.find, names) if kept and isinstance(kept.memory, Outcome)]
    if all(seen.key(one.strategy) != seen.key(about.strategy) for one in pair):
        return
    seen_of = {one.id: one for one in pair if view is None or view.may_read(one.owner, one.domain)}
    yield explaining.joining(event, *map(seen_of.get, names))


def _lasting(now: Snapshot, about: Memory, *, at: datetime) -> facts.Lasting:
    """How long it holds, and of a fact that was replaced, by what."""
    if not isinstance(about, Knowledge):
        return facts.Lasting()
    ended = [one for one in now.history(about.id) if "valid_to" in dict(one.details.get("was") or {})]  # type: ignore[call-overload]
    by = str(ended[-1].details["by"]) if ended and ended[-1].kind == events.REPLACED else None
    kept = now.find(by) if by is not None else None
    new = kept.memory if kept is not None and not kept.forgotten else None
    is_undone = isinstance(new, Knowledge) and new.holds(at) and about.valid_to == new.begins
    return facts.lasting(about, at=at, by=by, is_undone=is_undone)


def _contradictions(now: Snapshot, about: Memory, view: View) -> list[str]:
    """Facts within this view that probably contradict this one, whichever of the two came first."""
    if not isinstance(about, Knowledge):
        return []
    reach = Reach(view=view, kinds=(Knowledge.kind,))
    terms = indexing.terms_of(about.fact)[: reader.MOST_TERMS]
    near = [one.memory for one in now.by_words(reach, terms, limit=CONTRADICTIONS)]
    named = [kept.memory for kept in map(now.find, about.contradicts) if kept and not kept.forgotten]
    held = {one.id: one for one in (*named, *near) if isinstance(one, Knowledge) and reach.holds(one)}
    return [
        explaining.contradicting(one)
        for one in held.values()
        if one.id in about.contradicts or about.id in one.contradicts or facts.contradicted(about, [one])
    ]


def as_seen(now: Snapshot, one: Memory, view: View) -> Memory:
    """A memory without the ids of what this view may not read; of others' outcomes, without what they were shown."""
    if isinstance(one, Outcome):
        return one if one.owner == view.agent.name else exposure.blank(one)
    if not isinstance(one, Knowledge) or not (one.contradicts or one.replaces or one.also):
        return one
    kept = [found.memory for found in map(now.find, (*one.contradicts, one.replaces or "")) if found]
    hidden = {other.id for other in kept if not view.may_read(other.owner, other.domain)}
    return replace(
        one,
        contradicts=tuple(id_ for id_ in one.contradicts if id_ not in hidden),
        replaces=None if one.replaces in hidden else one.replaces,
        also=tuple(as_seen(now, other, view) for other in one.also),
    )


def recall_as_seen(now: Snapshot, recall: Recall, view: View) -> Recall:
    """A recall without the ids of what this view may not read."""
    see = partial(as_seen, now, view=view)
    return replace(
        recall,
        outcomes=tuple(map(see, recall.outcomes)),
        knowledge=tuple(map(see, recall.knowledge)),
        candidates=tuple(
            one if (seen := see(one.memory)) is one.memory else replace(one, memory=seen)
            for one in recall.candidates
        ),
    )


def logged(now: Snapshot, event: Event, view: View) -> Event:
    """An entry of the log; of a memory that this view may not read, only that something was done with it."""
    kept = now.find(event.memory_id.removeprefix("b-")) if event.memory_id is not None else None
    if kept is None or isinstance(kept.memory, Preference):
        return event
    is_seen = view.may_read(kept.memory.owner, kept.memory.domain)
    return event if is_seen else replace(event, details={})


def _with_others(now: Snapshot, about: Memory, view: View) -> Memory:
    """A fact with those within this view that say the same; any other memory as it is."""
    if not isinstance(about, Knowledge):
        return about
    near = reader.facts_near(now, about, Reach(view=view, kinds=(Knowledge.kind,)))
    return replace(about, also=tuple(one for one in near if facts.same(one.fact, about.fact)))


def _alike(now: Snapshot, memory_id: str, view: View) -> list[str]:
    """Ids within this view, of the latest 1,000, that may have been meant."""
    # Imported here: only a wrong id needs it.
    from difflib import get_close_matches

    reach = Reach(view=view, kinds=tuple(KINDS))
    known = [one.id for one in now.newest(reach, before=None, limit=LOOKED_THROUGH)]
    bare = memory_id.removeprefix("b-")
    begins = [name for name in known if bare and (name.startswith(bare) or name.endswith(f"-{bare}"))]
    return list(dict.fromkeys([*begins, *get_close_matches(bare, known, n=3, cutoff=0.75)]))[:3]
