"""What is read before a memory is explained, and never more of it than the asking agent may read."""

from __future__ import annotations

from collections.abc import Iterator

from alma import reader
from alma.domain import ledger as events
from alma.domain.memory import KINDS, Knowledge, Memory, Outcome, text_of
from alma.domain.reach import Nominee, Reach
from alma.domain.values import replace
from alma.rules import explaining, facts, indexing, ranking
from alma.rules.grouping import grouping
from alma.rules.prospects import Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.ledger import Event
    from alma.domain.scope import View
    from alma.store.protocol import Snapshot

CONTRADICTIONS = 20
LOOKED_THROUGH = 1000


def scene(
    now: Snapshot, about: Memory, view: View, *, task: str | None, vector: bytes | None, half_life: float
) -> Scene:
    """What is seen around a task, else around the task that an outcome had, or the words of a statement.

    `vector` is of `task`, else of the memory itself.
    """
    reach = Reach(view=view, kinds=(Outcome.kind,))
    at_anchor = task is None and isinstance(about, Outcome)
    first = [] if task is not None else _own(now, about, view)
    at = task or (about.task if isinstance(about, Outcome) else text_of(about))
    return Scene(
        nominees=tuple(ranking.unique([*first, *reader.nominees(now, at, reach, vector=vector)])),
        task=at,
        agent=view.agent.name,
        size=now.size(reach),
        half_life=half_life,
        key=grouping(now.joints()),
        anchor=about.id if at_anchor else None,
        everywhere=bool(first) and not at_anchor,
    )


def _own(now: Snapshot, about: Memory, view: View) -> list[Nominee]:
    """The outcome itself; of what is stated, the outcomes that did just that, whatever their task was."""
    if isinstance(about, Outcome):
        return [now.nominee(about, cosine=1.0)]
    keys = indexing.action_keys(getattr(about, "triggers", ()))
    reach = Reach(view=view, kinds=(Outcome.kind,))
    done = now.signed(reach, keys, limit=reader.SIGNED_NOMINEES) if keys else []
    return [*reader.spoken_of(now, about, view), *(replace(one, cosine=1.0) for one in done)]


def history(now: Snapshot, memory_id: str, about: Memory, view: View | None, seen: Scene) -> list[str]:
    """What was done with a memory and said of it, in order; without a view, by whomever it was."""
    told = {one.seq: one for name in {memory_id, about.id} for one in now.history(name)}
    told |= {one.seq: one for one in now.sweeps(about.id)}
    if isinstance(about, Outcome):
        names = [one.memory.id for one in seen.nominees]
        told |= {one.seq: one for name in names for one in now.history(name) if one.kind == events.JOINED}
    readable = [
        one for _, one in sorted(told.items()) if view is None or one.agent in (about.agent, *view.owners)
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
    other = next((one for one in pair if one.strategy != about.strategy), None)
    may_read = other is not None and (view is None or view.may_read(other.owner, other.domain))
    yield explaining.joining(event, other if may_read else None)


def contradictions(now: Snapshot, about: Memory, view: View) -> list[str]:
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


def with_others(now: Snapshot, about: Memory, view: View) -> Memory:
    """A fact with those within this view that say the same; any other memory as it is."""
    if not isinstance(about, Knowledge):
        return about
    near = reader.facts_near(now, about, Reach(view=view, kinds=(Knowledge.kind,)))
    return replace(about, also=tuple(one for one in near if facts.same(one.fact, about.fact)))


def alike(now: Snapshot, memory_id: str, view: View) -> list[str]:
    """Ids within this view, of the latest 1,000, that may have been meant."""
    # Imported here: only a wrong id needs it.
    from difflib import get_close_matches

    reach = Reach(view=view, kinds=tuple(KINDS))
    known = [one.id for one in now.newest(reach, before=None, limit=LOOKED_THROUGH)]
    bare = memory_id.removeprefix("b-")
    begins = [name for name in known if bare and (name.startswith(bare) or name.endswith(f"-{bare}"))]
    return list(dict.fromkeys([*begins, *get_close_matches(bare, known, n=3, cutoff=0.75)]))[:3]
