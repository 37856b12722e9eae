"""Reads of one moment of a SQLite store: candidates within reach, filtered before any limit."""

from __future__ import annotations

import json
import sqlite3
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter, itemgetter

from alma.domain import ledger
from alma.domain.later import Later
from alma.domain.memory import KINDS, STATED_KINDS, Memory, Outcome
from alma.domain.reach import Kept, Nominee, Reach
from alma.rules import indexing
from alma.store.cache import Cache
from alma.store.history import History
from alma.store.rows import MEMORY_COLUMNS, as_text, memory_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from alma.domain.ledger import Stats
    from alma.domain.scope import View
    from alma.store import census, traces, words
    from alma.store import records as export
    from alma.store.vectors import Block

    Place = tuple[str, str, str, int]
    Near = tuple[float, int, str]
    T = TypeVar("T")
else:  # a warning needs none of these
    census, export = Later("alma.store.census"), Later("alma.store.records")
    traces, words = Later("alma.store.traces"), Later("alma.store.words")

ALWAYS = 10
REINDEXING = (
    ledger.REVISED,
    ledger.REPLACED,
    ledger.FORGOTTEN,
    ledger.RESTORED,
    ledger.PURGED,
    ledger.EMBEDDED,
    ledger.REVIEWED,
)


class Snapshot(History):
    """What is remembered at one moment, and what was done until then."""

    writes = False

    def __init__(self, connection: sqlite3.Connection, *, project: str, path: str, cache: Cache) -> None:
        super().__init__(connection, project=project)
        self._path = path
        self._cache = cache
        self._places: dict[tuple[str, ...], list[Place]] = {}
        self._within: dict[tuple[int, tuple[str, ...], tuple[str, ...] | None], tuple[View, list[Place]]] = {}
        self._later: dict[str, tuple[int, array[int]]] = {}

    def _readable(self, reach: Reach) -> list[Place]:
        """(agent, kind, domain, live) of every place within reach."""
        owners = reach.view.owners
        if owners not in self._places:
            statement = """
                SELECT agent, kind, domain, live FROM place
                WHERE project = %(project)s AND live > 0
                  AND agent IN (SELECT value FROM json_each(%(owners)s))
                ORDER BY agent, kind, domain
            """
            self._places[owners] = self._run(statement, owners=json.dumps(owners)).fetchall()
        key = id(reach.view), reach.kinds, reach.domains
        if key not in self._within:
            among = [
                place
                for place in self._places[owners]
                if place[1] in reach.kinds and reach.allows(place[0], place[2])
            ]
            self._within[key] = reach.view, among  # the view is kept, so that its id stays its own
        return self._within[key][1]

    def _domains(self, reach: Reach) -> dict[tuple[str, str], list[str]]:
        """The domains within reach, by agent and kind."""
        found: dict[tuple[str, str], list[str]] = {}
        for agent, kind, domain, _ in self._readable(reach):
            found.setdefault((agent, kind), []).append(domain)
        return found

    def size(self, reach: Reach) -> int:
        """How many live memories are within reach."""
        return sum(place[3] for place in self._readable(reach))

    def nearest(
        self,
        reach: Reach,
        vector: bytes,
        *,
        limit: int,
        per_origin: int | None = None,
        at_least: float = 0.0,
        verified: bool = False,
    ) -> list[Nominee]:
        """The nearest by cosine, best first, ties to the newest; below `at_least` only the first ten."""
        found: list[Near] = []
        for (owner, kind), among in self._domains(reach).items():
            found += self._block(owner, kind).nearest(
                vector, limit=limit, domains=among, upto=reach.upto, per_origin=0 if verified else per_origin
            )
        found.sort(key=lambda one: (-one[0], -one[1]))
        found = _capped(found, per_origin, origin=itemgetter(2))[:limit]
        found = [one for place, one in enumerate(found) if place < ALWAYS or one[0] >= at_least]
        memories = self._memories([seq for _, seq, _ in found])
        return self._nominees([(memories[seq], cosine) for cosine, seq, _ in found], upto=reach.upto)

    def is_verified(self, reach: Reach) -> bool:
        """Whether everything within reach that has a vector was seen, or said by a person."""
        places = {place[:2] for place in self._readable(reach)}
        return all(self._block(owner, kind).is_verified for owner, kind in places)

    def _block(self, agent: str, kind: str) -> Block:
        """An agent's vectors of one kind, brought up to this snapshot."""
        from alma.store.vectors import Block

        head = self._refreshed()
        block = self._cache.blocks.get((agent, kind))
        if block is None:
            block = self._cache.blocks[agent, kind] = Block()
        if block.upto < head:
            rows = self._vectors(agent, kind, "AND seq > %(after)s", after=block.upto)
            block.add(rows)
            block.upto = head
        return block

    def _refreshed(self) -> int:
        """Bring the cache up to this snapshot: what others changed meanwhile is read again."""
        if self._head is not None:
            return self._head
        head, cache = self.head(), self._cache
        if cache.upto > head:
            cache.clear()
        if cache.upto < head:
            touched = self._touched(cache.upto) if cache.upto else []
            if (cache.postings or cache.beside) and self._is_more_than_learned(cache.upto):
                cache.forget_stated()
            if touched:
                cache.drop(touched)
                for (agent, kind), block in cache.blocks.items():
                    among = "AND seq <= %(upto)s AND seq IN (SELECT value FROM json_each(%(seqs)s))"
                    block.add(self._vectors(agent, kind, among, upto=block.upto, seqs=json.dumps(touched)))
            cache.upto = head
        if not self.writes:
            self._head = head
        return head

    def _is_more_than_learned(self, after: int) -> bool:
        """Whether anything but outcomes was written after a number."""
        statement = """
            SELECT EXISTS (SELECT 1 FROM event WHERE project = %(project)s AND seq > %(after)s AND kind <> 'learned')
        """
        return bool(self._run(statement, after=after).fetchone()[0])

    def _touched(self, after: int) -> list[int]:
        statement = """
            SELECT DISTINCT json_each.value FROM event, json_each(event.details, '$.seqs')
            WHERE project = %(project)s AND seq > %(after)s
              AND kind IN (SELECT value FROM json_each(%(kinds)s))
        """
        return [int(row[0]) for row in self._run(statement, after=after, kinds=json.dumps(REINDEXING))]

    def _vectors(
        self, agent: str, kind: str, more: str, **parameters: object
    ) -> list[tuple[int, str, str, bytes]]:
        statement = f"""
            SELECT seq, domain, origin, bytes FROM vector
            WHERE project = %(project)s AND agent = %(agent)s AND kind = %(kind)s {more} ORDER BY seq
        """
        return self._run(statement, agent=agent, kind=kind, **parameters).fetchall()

    def by_words(
        self,
        reach: Reach,
        terms: Sequence[str],
        *,
        limit: int,
        per_origin: int | None = None,
        vectorless: bool = False,
    ) -> list[Nominee]:
        """Those that share the rarest terms, best first, what was seen before the rest where that is capped.

        Rarity is counted inside the reach alone.
        """
        places = self._readable(reach)
        size = sum(place[3] for place in places)
        if vectorless and size == self._embedded(places):
            return []
        self._refreshed()
        said = partial(self._said, reach, terms, size=size, vectorless=vectorless)
        if per_origin is None:
            best = said(limit=limit, seen=None)
        else:
            told = _capped(said(limit=None, seen=False), per_origin, origin=attrgetter("origin"))
            best = [*said(limit=limit, seen=True), *told[:limit]]
        return self._nominees([(one, None) for one in best], upto=reach.upto)

    def _said(
        self,
        reach: Reach,
        terms: Sequence[str],
        *,
        size: int,
        limit: int | None,
        vectorless: bool,
        seen: bool | None,
    ) -> list[Memory]:
        """The best by words. What was `seen` and what was not are looked for apart, so that neither floods the other."""
        scopes = words.scopes_of(self._project, self._readable(reach), vectorless=vectorless, seen=seen)
        cache = self._cache if self._is_kept(reach) else None
        found = words.postings(self._run, scopes, terms, upto=reach.upto, limit=limit or 0, cache=cache)
        return self._in_order(words.best(found, size=size, limit=limit))

    def _embedded(self, places: Sequence[Place]) -> int:
        """How many live memories of these places have a vector."""
        blocks = {(agent, kind): self._block(agent, kind) for agent, kind, _, _ in places}
        return sum(blocks[agent, kind].live.get(domain, 0) for agent, kind, domain, _ in places)

    def _is_kept(self, reach: Reach) -> bool:
        """Whether what is read of stated memories may be remembered: not of another moment, nor what may be undone."""
        return reach.upto is None and not self.writes and Outcome.kind not in reach.kinds

    def newest(self, reach: Reach, *, before: int | None, limit: int) -> list[Memory]:
        """Live memories, newest first."""
        latest = min(before or 1 << 62, (1 << 62 if reach.upto is None else reach.upto) + 1)
        found = [
            seq
            for (agent, kind), among in self._domains(reach).items()
            for seq in self._latest(agent, kind, among, before=latest, limit=limit)
        ]
        return self._in_order(sorted(found, reverse=True)[:limit])

    def _latest(self, agent: str, kind: str, domains: Sequence[str], *, before: int, limit: int) -> list[int]:
        statement = """
            SELECT seq FROM memory
            WHERE project = %(project)s AND agent = %(agent)s AND kind = %(kind)s AND seq < %(before)s
              AND forgotten IS NULL AND domain IN (SELECT value FROM json_each(%(domains)s))
            ORDER BY seq DESC LIMIT %(limit)s
        """
        rows = self._run(
            statement, agent=agent, kind=kind, domains=json.dumps(domains), before=before, limit=limit
        )
        return [row[0] for row in rows]

    def oldest(self, agent: str, *, limit: int, sources: Sequence[str], stated: bool = False) -> list[Memory]:
        """An agent's live outcomes from these sources, the oldest first; `stated`: what was stated instead."""
        statement = """
            SELECT seq FROM memory
            WHERE project = %(project)s AND agent = %(agent)s AND forgotten IS NULL
              AND kind IN (SELECT value FROM json_each(%(kinds)s))
              AND source IN (SELECT value FROM json_each(%(sources)s))
            ORDER BY seq LIMIT %(limit)s
        """
        kinds = json.dumps(STATED_KINDS if stated else [Outcome.kind])
        rows = self._run(statement, agent=agent, kinds=kinds, sources=json.dumps(list(sources)), limit=limit)
        return self._in_order([row[0] for row in rows])

    def count(self, agent: str, *, sources: Sequence[str]) -> int:
        """How many live memories of an agent are from these sources."""
        statement = """
            SELECT count(*) FROM memory
            WHERE project = %(project)s AND agent = %(agent)s AND forgotten IS NULL
              AND kind IN (SELECT value FROM json_each(%(kinds)s))
              AND source IN (SELECT value FROM json_each(%(sources)s))
        """
        kinds, from_ = json.dumps(list(KINDS)), json.dumps(list(sources))
        return int(self._run(statement, agent=agent, kinds=kinds, sources=from_).fetchone()[0])

    def signed(self, reach: Reach, keys: Sequence[str], *, limit: int) -> list[Nominee]:
        """Live memories under any of these exact keys, newest first."""
        places = [{"agent": a, "kind": k, "domain": d} for a, k, d, _ in self._readable(reach)]
        statement = """
            SELECT DISTINCT signature.seq FROM json_each(%(keys)s) AS wanted
            CROSS JOIN json_each(%(places)s) AS place
            CROSS JOIN signature ON signature.project = %(project)s AND signature.key = wanted.value
             AND signature.agent = place.value ->> 'agent' AND signature.kind = place.value ->> 'kind'
             AND signature.domain = place.value ->> 'domain'
            WHERE signature.seq <= %(upto)s ORDER BY signature.seq DESC LIMIT %(limit)s
        """
        rows = self._run(
            statement,
            keys=json.dumps(list(keys)),
            places=json.dumps(places),
            upto=reach.upto if reach.upto is not None else 1 << 62,
            limit=limit,
        )
        found = self._in_order([row[0] for row in rows])
        return self._nominees([(one, None) for one in found], upto=reach.upto)

    def find(self, memory_id: str) -> Kept | None:
        """A memory by its id, forgotten or not."""
        statement = f"""
            SELECT {MEMORY_COLUMNS}, vector.bytes FROM memory
            LEFT JOIN vector ON vector.project = memory.project AND vector.agent = memory.agent
             AND vector.kind = memory.kind AND vector.seq = memory.seq
            WHERE memory.project = %(project)s AND memory.id = %(id)s
        """
        row = self._run(statement, id=memory_id).fetchone()
        return Kept(memory=memory_of(row[:-1]), vector=row[-1], forgotten=row[9] is not None) if row else None

    def keyed(self, key: str) -> Outcome | None:
        """The outcome that was learned under this key."""
        statement = f"SELECT {MEMORY_COLUMNS} FROM memory WHERE project = %(project)s AND key = %(key)s"
        row = self._run(statement, key=key).fetchone()
        return memory_of(row) if row else None  # type: ignore[return-value]

    def of_workflow(self, reach: Reach, workflow_id: str, *, limit: int) -> list[Outcome]:
        """The outcomes of a workflow within reach, newest first."""
        found = self.signed(reach, [indexing.workflow_key(workflow_id)], limit=limit)
        return [one.memory for one in found if isinstance(one.memory, Outcome)]

    def matching(
        self, *, agent: str | None, origin: str | None, source: str | None, before: datetime | None
    ) -> list[Memory]:
        """Live memories by where they came from, oldest first."""
        statement = f"""
            SELECT {MEMORY_COLUMNS} FROM memory
            WHERE project = %(project)s AND forgotten IS NULL
              AND (%(agent)s IS NULL OR agent = %(agent)s) AND (%(origin)s IS NULL OR origin = %(origin)s)
              AND (%(source)s IS NULL OR source = %(source)s) AND (%(before)s IS NULL OR created_at < %(before)s)
            ORDER BY seq
        """
        limit = as_text(before) if before else None
        return [
            memory_of(row)
            for row in self._run(statement, agent=agent, origin=origin, source=source, before=limit)
        ]

    def vectorless(self, *, after: int, limit: int) -> list[Memory]:
        """Live memories after a number that have no vector, oldest first."""
        statement = f"""
            SELECT {MEMORY_COLUMNS} FROM memory
            WHERE project = %(project)s AND seq > %(after)s AND forgotten IS NULL
              AND NOT EXISTS (
                SELECT 1 FROM vector WHERE vector.project = memory.project AND vector.agent = memory.agent
                  AND vector.kind = memory.kind AND vector.seq = memory.seq
              )
            ORDER BY seq LIMIT %(limit)s
        """
        return [memory_of(row) for row in self._run(statement, after=after, limit=limit)]

    def forgotten_outcomes(self, *, agents: Sequence[str] | None) -> Iterator[Outcome]:
        """What is forgotten of the outcomes of these agents, or of all, and not purged."""
        statement = f"""
            WITH owner AS (
              SELECT DISTINCT agent FROM place
              WHERE project = %(project)s AND kind = 'outcome'
                AND (%(agents)s IS NULL OR agent IN (SELECT value FROM json_each(%(agents)s)))
            )
            SELECT {MEMORY_COLUMNS} FROM owner CROSS JOIN memory
            WHERE memory.project = %(project)s AND memory.agent = owner.agent AND memory.kind = 'outcome'
              AND memory.forgotten > 0
            ORDER BY memory.seq DESC
        """
        for row in self._run(statement, agents=None if agents is None else json.dumps(agents)):
            yield memory_of(row)  # type: ignore[misc]  # of the kind that was asked for

    def forgotten_texts(self, *, before: datetime | None) -> list[str]:
        """The texts of what `purge` would remove, old wordings among them: those long enough to be told from others."""
        return traces.texts(self._run, before=before)

    def stats(self, *, agents: Sequence[str] | None = None) -> Stats:
        """Counts and sizes; of these agents, or of all."""
        return census.taken(
            self._run,
            project=self._project,
            path=self._path,
            embedder=self.setting("embedder"),
            agents=agents,
        )

    def records(self) -> Iterator[Mapping[str, object]]:
        """Every row of every table that is not an index of another, table by table, in order."""
        return export.outgoing(self._run)

    def nominee(self, memory: Memory, *, cosine: float | None) -> Nominee:
        """A memory as a nominee of this moment."""
        return self._nominees([(memory, cosine)])[0]

    def cosines(self, memories: Iterable[Memory], vector: bytes) -> dict[int, float]:
        """How near each of these memories is to a vector, by its number; those without a vector are left out."""
        wanted: dict[tuple[str, str], list[int]] = {}
        for one in memories:
            wanted.setdefault((one.agent, one.kind), []).append(one.seq)
        near = (self._block(*where).cosines(vector, seqs) for where, seqs in wanted.items())
        return {seq: cosine for found in near for seq, cosine in found.items()}

    def beside(self, reach: Reach, seqs: Sequence[int]) -> list[tuple[int, Memory]]:
        """What stands directly before and after each of these memories in the same document."""
        self._refreshed()
        known = self._cache.beside if self._is_kept(reach) else {}
        read = self._next_to([seq for seq in seqs if seq not in known], upto=reach.upto)
        found = {seq: known[seq] if seq in known else read.get(seq, ()) for seq in seqs}
        if self._is_kept(reach):
            self._cache.keep_beside(found)
        memories = self._memories(sorted({other for others in found.values() for other in others}))
        return [
            (one, memories[other])
            for one, others in sorted(found.items())
            for other in others
            if reach.holds(memories[other])
        ]

    def _next_to(self, seqs: Sequence[int], *, upto: int | None) -> dict[int, tuple[int, ...]]:
        if not seqs:
            return {}
        near = """
            SELECT seq FROM memory WHERE project = one.project AND agent = one.agent AND kind = one.kind
              AND forgotten IS NULL AND seq {side} ORDER BY seq {order} LIMIT 1
        """
        before = near.format(side="< one.seq", order="DESC")
        after = near.format(side="> one.seq AND seq <= %(upto)s", order="ASC")
        statement = f"""
            SELECT one.seq, other.seq FROM json_each(%(seqs)s) AS wanted
            CROSS JOIN memory AS one ON one.seq = wanted.value
            CROSS JOIN memory AS other ON other.seq IN (({before}), ({after}))
            WHERE one.project = %(project)s AND other.project = %(project)s AND other.origin = one.origin
            ORDER BY one.seq, other.seq
        """
        latest = 1 << 62 if upto is None else upto
        found: dict[int, tuple[int, ...]] = {}
        for one, other in self._run(statement, seqs=json.dumps(list(seqs)), upto=latest):
            found[one] = (*found.get(one, ()), other)
        return found

    def _memories(self, seqs: Sequence[int]) -> dict[int, Memory]:
        self._refreshed()
        known = self._cache.memories
        found = {seq: known[seq] for seq in seqs if seq in known}
        missing = [seq for seq in seqs if seq not in found]
        if missing:
            statement = f"""
                SELECT {MEMORY_COLUMNS} FROM json_each(%(seqs)s) AS wanted
                CROSS JOIN memory ON memory.seq = wanted.value
                WHERE memory.project = %(project)s
            """
            read = {row[0]: memory_of(row) for row in self._run(statement, seqs=json.dumps(missing))}
            self._cache.keep(read)
            found |= read
        return found

    def _in_order(self, seqs: Sequence[int]) -> list[Memory]:
        memories = self._memories(seqs)
        return [memories[seq] for seq in seqs]

    def _nominees(
        self, found: Sequence[tuple[Memory, float | None]], *, upto: int | None = None
    ) -> list[Nominee]:
        oldest: dict[str, int] = {}
        for memory, _ in found:
            if isinstance(memory, Outcome):
                oldest[memory.agent] = min(memory.seq, oldest.get(memory.agent, memory.seq))
        live = {agent: self._outcomes_after(agent, seq) for agent, seq in oldest.items()}
        return [
            Nominee(memory=memory, cosine=cosine, age=_age(memory, live, upto)) for memory, cosine in found
        ]

    def _outcomes_after(self, agent: str, seq: int) -> array[int]:
        """The numbers of an agent's live outcomes, in order: at least those after `seq`.

        A process that has the agent's vectors will ask again, and keeps all of them.
        """
        head = self._refreshed()
        since, later = self._later.get(agent, (seq + 1, array("q")))
        if since <= seq:
            return later
        upto, live = self._cache.outcomes.get(agent, (0, array("q")))
        if upto < head:
            keep = upto > 0 or (agent, Outcome.kind) in self._cache.blocks
            statement = """
                SELECT seq FROM memory
                WHERE project = %(project)s AND agent = %(agent)s AND kind = 'outcome' AND forgotten IS NULL
                  AND seq > %(after)s
                ORDER BY seq
            """
            after = upto if keep else seq - 1
            live.extend(row[0] for row in self._run(statement, agent=agent, after=after))
            if keep:
                self._cache.outcomes[agent] = (head, live)
            elif not self.writes:
                self._later[agent] = (seq, live)
        return live


def _age(memory: Memory, live: Mapping[str, array[int]], upto: int | None) -> int:
    """How many live outcomes of the same agent came after an outcome."""
    if not isinstance(memory, Outcome):
        return 0
    later = live[memory.agent]
    last = len(later) if upto is None else bisect_right(later, upto)
    return last - bisect_right(later, memory.seq)


def _capped(found: Sequence[T], per_origin: int | None, *, origin: Callable[[T], str]) -> list[T]:
    """Without those beyond the cap of their origin, whoever of its agents it wrote for; "" is no origin."""
    if per_origin is None:
        return list(found)
    taken: dict[str, int] = {}
    kept = []
    for one in found:
        if name := origin(one):
            taken[name] = taken.get(name, 0) + 1
        if not name or taken[name] <= per_origin:
            kept.append(one)
    return kept
