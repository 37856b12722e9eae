"""Reads of one moment of a SQLite store: candidates within reach, filtered before any limit."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import log

from alma.domain import ledger
from alma.domain.digest import digest
from alma.domain.ledger import Event, Stats
from alma.domain.memory import KINDS, STATED_KINDS, Memory, Outcome
from alma.domain.reach import Kept, Nominee, Reach
from alma.domain.workflow import Checkpoint, Workflow
from alma.rules import indexing
from alma.rules.grouping import Joint
from alma.store import migrate, sql
from alma.store.cache import Cache
from alma.store.records import EXPORTED, outgoing
from alma.store.rows import MEMORY_COLUMNS, as_json, as_text, checkpoint_of, event_of, memory_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.scope import View
    from alma.store.vectors import Block

    Place = tuple[str, str, str, int]
    Near = tuple[float, int, str]

LEAST_POSTINGS = 500
POSTINGS_EACH = 5
LONG_ENOUGH = 12
# What a memory holds beside somebody's words: names, ids, times.
NAMES = ("user", "workflow_id")
NO_WORDS = r"(?:b-)?[a-z]-[a-z0-9]{10,16}|\d{4}-\d\d-\d\dT[\d:.+]+"
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


class Snapshot:
    """Reads of one moment."""

    writes = False

    def __init__(self, connection: sqlite3.Connection, *, project: str, path: str, cache: Cache) -> None:
        self._connection = connection
        self._project = project
        self._path = path
        self._cache = cache
        self._places: dict[tuple[str, ...], list[Place]] = {}
        self._within: dict[tuple[int, tuple[str, ...], tuple[str, ...] | None], tuple[View, list[Place]]] = {}
        self._later: dict[str, tuple[int, array[int]]] = {}
        self._head: int | None = None

    def _run(self, statement: str, **parameters: object) -> sqlite3.Cursor:
        return sql.run(self._connection, statement, {"project": self._project, **parameters})

    def head(self) -> int:
        """The number of the last event."""
        if self._head is not None:
            return self._head
        row = self._run(
            "SELECT seq FROM event WHERE project = %(project)s ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return int(row[0]) if row else 0

    def head_at(self, at: datetime) -> int:
        """The number of the last event that happened at or before a time."""
        statement = "SELECT max(seq) FROM event WHERE project = %(project)s AND at <= %(at)s"
        return int(self._run(statement, at=as_text(at)).fetchone()[0] or 0)

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
        domains: dict[tuple[str, str], list[str]] = {}
        for owner, kind, domain, _ in self._readable(reach):
            domains.setdefault((owner, kind), []).append(domain)
        found: list[Near] = []
        for (owner, kind), among in domains.items():
            found += self._block(owner, kind).nearest(
                vector, limit=limit, domains=among, upto=reach.upto, per_origin=0 if verified else per_origin
            )
        found.sort(key=lambda one: (-one[0], -one[1]))
        found = _capped(found, per_origin)[:limit]
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
        self, reach: Reach, terms: Sequence[str], *, limit: int, vectorless: bool = False
    ) -> list[Nominee]:
        """Those that share the rarest terms, best first. Rarity is counted inside the reach alone."""
        places = self._readable(reach)
        size = sum(place[3] for place in places)
        if vectorless and size == self._embedded(places):
            return []
        scopes = tuple(
            scope_of(self._project, *place[:3], embedded=embedded)
            for place in places
            for embedded in ((False, True) if place[1] == Outcome.kind and not vectorless else (False,))
        )
        scores: dict[int, int] = {}
        for seqs in self._postings(
            scopes,
            terms,
            upto=reach.upto,
            most=max(LEAST_POSTINGS, POSTINGS_EACH * limit),
            kept=self._is_kept(reach),
        ):
            rarity = int(1_000_000 * log(1 + size / len(seqs)))  # whole numbers add up the same in any order
            for seq in seqs:
                scores[seq] = scores.get(seq, 0) + rarity
        best = sorted(zip(scores.values(), scores, strict=True), reverse=True)[:limit]
        memories = self._memories([seq for _, seq in best])
        return self._nominees([(memories[seq], None) for _, seq in best], upto=reach.upto)

    def _embedded(self, places: Sequence[Place]) -> int:
        """How many live memories of these places have a vector."""
        blocks = {(agent, kind): self._block(agent, kind) for agent, kind, _, _ in places}
        return sum(blocks[agent, kind].live.get(domain, 0) for agent, kind, domain, _ in places)

    def _postings(
        self, scopes: tuple[bytes, ...], terms: Sequence[str], *, upto: int | None, most: int, kept: bool
    ) -> list[list[int]]:
        """The live memories of each term, rarest first, up to about `most` in all; `kept`: they may be remembered."""
        matches = [_anywhere(scopes, term) for term in dict.fromkeys(terms) if scopes]
        self._refreshed()
        known = self._cache.postings if kept else {}
        missing = [one for one in matches if (one, most) not in known]
        read = {
            (one, most): seqs
            for one, seqs in zip(missing, self._matching(missing, most=most, upto=upto), strict=True)
        }
        found = sorted(
            filter(None, (known.get((one, most)) or read.get((one, most)) for one in matches)), key=len
        )
        if kept:
            self._cache.keep_postings(read)
        total = 0
        for count, seqs in enumerate(found):
            total += len(seqs)
            if total > most:
                return found[: max(count, 1)]
        return found

    def _is_kept(self, reach: Reach) -> bool:
        """Whether what is read of stated memories may be remembered: not of another moment, nor what may be undone."""
        return reach.upto is None and not self.writes and Outcome.kind not in reach.kinds

    def _matching(self, matches: Sequence[str], *, most: int, upto: int | None) -> list[list[int]]:
        """For each of these the numbers of the memories, the newest first."""
        if not matches:
            return []
        statement = """
            SELECT (
              SELECT group_concat(rowid) FROM (
                SELECT rowid FROM words -- every word in `wanted` was made with the project
                WHERE words MATCH wanted.value AND rowid <= %(upto)s ORDER BY rowid DESC LIMIT %(limit)s
              ) -- one row for all of them: reading one by one took as long as finding them
            ) FROM json_each(%(matches)s) AS wanted
        """
        latest = upto if upto is not None else 1 << 62
        found = self._run(statement, matches=json.dumps(matches), upto=latest, limit=most).fetchall()
        return [[*map(int, seqs.split(","))] if seqs else [] for (seqs,) in found]

    def newest(self, reach: Reach, *, before: int | None, limit: int) -> list[Memory]:
        """Live memories, newest first."""
        domains: dict[tuple[str, str], list[str]] = {}
        for agent, kind, domain, _ in self._readable(reach):
            domains.setdefault((agent, kind), []).append(domain)
        latest = min(before or 1 << 62, (1 << 62 if reach.upto is None else reach.upto) + 1)
        found = [
            seq
            for (agent, kind), among in domains.items()
            for seq in self._latest(agent, kind, among, before=latest, limit=limit)
        ]
        seqs = sorted(found, reverse=True)[:limit]
        memories = self._memories(seqs)
        return [memories[seq] for seq in seqs]

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
        seqs = [row[0] for row in rows]
        memories = self._memories(seqs)
        return [memories[seq] for seq in seqs]

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
        seqs = [row[0] for row in rows]
        memories = self._memories(seqs)
        return self._nominees([(memories[seq], None) for seq in seqs], upto=reach.upto)

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

    def events(self, *, after: int | None, limit: int, agents: Sequence[str] | None = None) -> list[Event]:
        """Events in order: those after a number, or the latest; of these agents, or of all."""
        statement = """
            SELECT seq, at, kind, agent, source, memory_id, details FROM event
            WHERE project = %(project)s AND seq > %(after)s
              AND (%(agents)s IS NULL OR agent IN (SELECT value FROM json_each(%(agents)s)))
            ORDER BY seq LIMIT %(limit)s
        """
        if after is None:
            statement = statement.replace("ORDER BY seq", "ORDER BY seq DESC")
        among = None if agents is None else json.dumps(agents)
        found = [event_of(row) for row in self._run(statement, after=after or 0, limit=limit, agents=among)]
        return found if after is not None else found[::-1]

    def history(self, memory_id: str) -> list[Event]:
        """What was said of a memory after it was made, in order."""
        statement = """
            SELECT seq, at, kind, agent, source, memory_id, details FROM event
            WHERE project = %(project)s AND memory_id = %(memory_id)s AND kind NOT IN ('learned', 'stated')
            ORDER BY seq
        """
        return [event_of(row) for row in self._run(statement, memory_id=memory_id)]

    def sweeps(self, memory_id: str) -> list[Event]:
        """The events that silenced or brought back several memories at once, this one among them, in order."""
        statement = """
            WITH several AS (
              SELECT seq, at, kind, agent, source, memory_id, details FROM event
              WHERE project = %(project)s AND memory_id IS NULL AND kind NOT IN ('learned', 'stated')
              UNION ALL
              SELECT seq, at, kind, agent, source, memory_id, details FROM event
              WHERE project = %(project)s AND memory_id BETWEEN 'b-' AND 'b.' AND kind NOT IN ('learned', 'stated')
            )
            SELECT several.seq, at, several.kind, several.agent, several.source, memory_id, details
            FROM memory CROSS JOIN several CROSS JOIN json_each(several.details, '$.seqs') AS one
            WHERE memory.project = %(project)s AND memory.id = %(memory_id)s AND several.kind IN ('forgotten', 'restored')
              AND one.value = memory.seq
        """
        found = [event_of(row) for row in self._run(statement, memory_id=memory_id)]
        return sorted(found, key=lambda event: event.seq)

    def reworded(self, ids: Sequence[str], *, after: int) -> dict[str, list[Event]]:
        """The events after a number that gave these memories other words or another end, the latest first."""
        statement = """
            SELECT seq, at, kind, agent, source, memory_id, details
            FROM json_each(%(ids)s) AS wanted CROSS JOIN event ON event.memory_id = wanted.value
            WHERE project = %(project)s AND kind IN ('revised', 'replaced') AND kind NOT IN ('learned', 'stated')
              AND seq > %(after)s
        """
        found: dict[str, list[Event]] = {}
        events = [event_of(row) for row in self._run(statement, ids=json.dumps(ids), after=after)]
        for event in sorted(events, key=lambda event: -event.seq):
            found.setdefault(event.memory_id or "", []).append(event)
        return found

    def forgotten(self, name: str) -> dict[str, str]:
        """What is forgotten under an id, or by the event of a number: the ids, each with the source of who did it."""
        statement = """
            WITH meant AS (
              SELECT seq, source, details FROM event
              WHERE project = %(project)s AND memory_id = %(name)s AND kind = 'forgotten'
                AND kind NOT IN ('learned', 'stated')
              UNION ALL
              SELECT seq, source, details FROM event
              WHERE project = %(project)s AND seq = %(number)s AND kind = 'forgotten'
            )
            SELECT memory.seq, memory.id, meant.source
            FROM meant CROSS JOIN json_each(meant.details, '$.seqs') AS one CROSS JOIN memory
            WHERE memory.project = %(project)s AND memory.seq = one.value AND memory.forgotten = meant.seq
            UNION
            SELECT memory.seq, memory.id, event.source FROM memory JOIN event ON event.seq = memory.forgotten
            WHERE memory.project = %(project)s AND event.project = %(project)s AND memory.id = %(name)s
            ORDER BY 1
        """
        number = int(name) if name.isdecimal() and len(name) < 19 else -1
        return {id_: source for _, id_, source in self._run(statement, name=name, number=number)}

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
        statement = """
            SELECT memory.id, memory.body FROM memory JOIN event ON event.seq = memory.forgotten
            WHERE memory.project = %(project)s AND event.project = %(project)s
              AND (%(before)s IS NULL OR event.at < %(before)s)
        """
        rows = self._run(statement, before=as_text(before) if before else None).fetchall()
        said = [text for _, body in rows for text in _words_of(json.loads(body))]
        about = """
            SELECT details FROM event
            WHERE project = %(project)s AND details IS NOT NULL AND kind NOT IN ('learned', 'stated')
              AND memory_id IN (SELECT value FROM json_each(%(ids)s))
        """
        ids = json.dumps([name for id_, _ in rows for name in (id_, f"b-{id_}")])
        for (details,) in self._run(about, ids=ids):
            told = json.loads(details)
            said += [
                *_words_of(told.get("was") or {}),
                *_texts_in(told.get("note")),
                *_texts_in(told.get("evidence")),
            ]
        return [text for text in dict.fromkeys(said) if len(text) >= LONG_ENOUGH]

    def joints(self) -> list[Joint]:
        """What was said of pairs of strategies, in order."""
        statement = """
            SELECT one.body ->> 'strategy', other.body ->> 'strategy', event.details ->> 'same', event.source
            FROM event
            JOIN memory AS one ON one.project = event.project AND one.id = event.memory_id
            JOIN memory AS other ON other.project = event.project AND other.id = event.details ->> 'other'
            WHERE event.project = %(project)s AND event.kind = 'joined'
              AND one.kind = 'outcome' AND other.kind = 'outcome'
            ORDER BY event.seq
        """
        return [
            Joint(one=one, other=other, same=bool(same), source=source)
            for one, other, same, source in self._run(statement)
        ]

    def agents(self) -> list[str]:
        """Everybody who owns a live memory."""
        statement = "SELECT DISTINCT agent FROM place WHERE project = %(project)s AND live > 0 ORDER BY agent"
        return [row[0] for row in self._run(statement)]

    def checkpoint(self, workflow_id: str, version: int | None) -> Checkpoint | None:
        """A saved state, the latest without a version."""
        statement = """
            SELECT workflow_id, version, at, step, task, agent, state FROM checkpoint
            WHERE project = %(project)s AND workflow_id = %(workflow_id)s
              AND (%(version)s IS NULL OR version = %(version)s)
            ORDER BY version DESC LIMIT 1
        """
        row = self._run(statement, workflow_id=workflow_id, version=version).fetchone()
        return checkpoint_of(row) if row else None

    def workflows(self, *, agent: str | None, status: str | None) -> list[Workflow]:
        """Workflows, the latest first."""
        statement = """
            SELECT workflow_id, status, version, step, task, agent, at FROM workflow
            JOIN checkpoint USING (project, workflow_id, version)
            WHERE project = %(project)s AND (%(agent)s IS NULL OR agent = %(agent)s)
              AND (%(status)s IS NULL OR status = %(status)s)
            ORDER BY updated DESC
        """
        names = ("workflow_id", "status", "version", "step", "task", "agent")
        return [
            Workflow(updated_at=datetime.fromisoformat(at), **dict(zip(names, rest, strict=True)))
            for *rest, at in self._run(statement, agent=agent, status=status)
        ]

    def session(self, session_id: str) -> Mapping[str, object] | None:
        """What the processes of a session know of each other."""
        statement = "SELECT state FROM session WHERE project = %(project)s AND session_id = %(session_id)s"
        row = self._run(statement, session_id=session_id).fetchone()
        if row is None:
            return None
        state: Mapping[str, object] = json.loads(row[0])
        return state

    def setting(self, name: str) -> str | None:
        """A remembered fact about the store itself."""
        statement = "SELECT value FROM setting WHERE project = %(project)s AND name = %(name)s"
        row = self._run(statement, name=name).fetchone()
        return str(row[0]) if row else None

    def stats(self, *, agents: Sequence[str] | None = None) -> Stats:
        """Counts and sizes; of these agents, or of all."""
        whose = json.dumps(agents)
        among = "AND (%(whose)s = 'null' OR agent IN (SELECT value FROM json_each(%(whose)s)))"

        def counts(column: str) -> dict[str, int]:
            statement = f"""
                SELECT {column}, sum(live) FROM place
                WHERE project = %(project)s {among} GROUP BY 1 HAVING sum(live) > 0
            """
            return dict(self._run(statement, whose=whose).fetchall())

        def count(table: str, more: str = "", *, what: str = "*") -> int:
            statement = f"SELECT count({what}) FROM {table} WHERE project = %(project)s {among} {more}"
            return int(self._run(statement, whose=whose).fetchone()[0])

        return Stats(
            project=self._project,
            store=f"sqlite:///{self._path}",
            memories=counts("kind"),
            agents=counts("agent"),
            forgotten=count("memory", "AND forgotten IS NOT NULL"),
            events=count("event"),
            workflows=count("checkpoint", what="DISTINCT workflow_id"),
            bytes=sum(
                os.path.getsize(self._path + end) for end in ("", "-wal") if os.path.exists(self._path + end)
            ),
            embedder=self.setting("embedder"),
            schema=migrate.LATEST,
        )

    def records(self) -> Iterator[Mapping[str, object]]:
        """Every row of every table that is not an index of another, table by table, in order."""
        for table, columns in EXPORTED.items():
            order = "version" if table == "checkpoint" else "seq" if "seq" in columns else columns[0]
            statement = (
                f"SELECT {', '.join(columns)} FROM {table} WHERE project = %(project)s ORDER BY {order}"
            )
            for row in self._run(statement):
                values = {name: outgoing(name, value) for name, value in zip(columns, row, strict=True)}
                yield {"table": table, **{name: value for name, value in values.items() if value is not None}}

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


def _words_of(body: Mapping[str, object]) -> Iterator[str]:
    """What somebody said in the fields of a memory."""
    for name, value in body.items():
        if name not in NAMES:
            yield from (text for text in _texts_in(value) if not re.fullmatch(NO_WORDS, text))


def _texts_in(value: object) -> Iterator[str]:
    """Every text in a JSON value, names among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _age(memory: Memory, live: Mapping[str, array[int]], upto: int | None) -> int:
    """How many live outcomes of the same agent came after an outcome."""
    if not isinstance(memory, Outcome):
        return 0
    later = live[memory.agent]
    last = len(later) if upto is None else bisect_right(later, upto)
    return last - bisect_right(later, memory.seq)


def _capped(found: Sequence[Near], per_origin: int | None) -> list[Near]:
    """Without those beyond the cap of their origin, whoever of its agents it wrote for."""
    taken: Counter[str] = Counter()
    kept = []
    for one in found:
        taken[one[2]] += 1
        if per_origin is None or not one[2] or taken[one[2]] <= per_origin:
            kept.append(one)
    return kept


def index_terms(project: str, memory: Memory, *, embedded: bool) -> str:
    """The words of a memory as the index holds them."""
    # Only outcomes are looked for apart by whether they have a vector.
    apart = embedded and isinstance(memory, Outcome)
    scope = scope_of(project, memory.agent, memory.kind, memory.domain, embedded=apart)
    return " ".join(index_word(scope, term) for term in indexing.terms(memory))


@lru_cache(1024)
def _anywhere(scopes: tuple[bytes, ...], term: str) -> str:
    """What is matched by a term in any of these scopes. Words return in task after task."""
    return " OR ".join(index_word(scope, term) for scope in scopes)


def index_word(scope: bytes, term: str) -> str:
    """A term within its scope, as one word of the index: what others remember costs nothing and changes nothing."""
    return f"w{digest(term, length=6, key=scope)}"


@lru_cache(1024)
def scope_of(project: str, agent: str, kind: str, domain: str, *, embedded: bool) -> bytes:
    """Whose memories, of which kind, in which domain, and whether they have a vector."""
    return digest(as_json([project, agent, kind, domain, embedded]), length=16).encode()
