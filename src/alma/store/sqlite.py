"""ALMA in one SQLite file: WAL, full durability, several processes at once, and no loadable extensions."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from math import log

from alma.domain import ledger
from alma.domain.errors import Conflict, InvalidInput, StoreError, StoreReadOnly
from alma.domain.ledger import Event, Stats
from alma.domain.memory import PERSON, VERIFIED, Memory, Outcome, text_of
from alma.domain.reach import Kept, Nominee, Reach
from alma.domain.workflow import OPEN, Checkpoint, Workflow
from alma.rules import indexing
from alma.rules.grouping import Joint
from alma.store import migrate, sql
from alma.store.rows import (
    MEMORY_COLUMNS,
    as_json,
    as_text,
    checkpoint_columns,
    checkpoint_of,
    columns_of,
    event_of,
    memory_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.store.vectors import Block

TIMEOUT = 30.0
SMALL_SCOPE = 2000
POSTINGS = 5000
REINDEXING = (
    ledger.REVISED,
    ledger.REPLACED,
    ledger.FORGOTTEN,
    ledger.RESTORED,
    ledger.EMBEDDED,
    ledger.PURGED,
)


def open_store(url: str, project: str | None, *, fallback_project: str = "default") -> SQLiteStore:
    """Open `sqlite:///relative.db` or `sqlite:////absolute.db`; what follows the third slash is the path as it is.

    Without `project` it is the one that the file was made for. A missing file is made.
    Raises StoreError and its kinds, Untrusted for another user's file, InvalidInput for another URL.
    """
    if not url.startswith("sqlite:///") or url in ("sqlite:///", "sqlite:///:memory:"):
        allowed = "sqlite:///relative.db, sqlite:////absolute.db"
        raise InvalidInput("store", f"{url!r} names no SQLite file", allowed=allowed)
    path = os.path.abspath(url.removeprefix("sqlite:///"))
    if not os.path.exists(path):
        sql.make(path)
    return SQLiteStore(path, project, fallback_project=fallback_project)


class SQLiteStore:
    """One project in one file. One connection a process, one thread at a time; a fork opens its own."""

    def __init__(
        self,
        path: str,
        project: str | None,
        *,
        fallback_project: str = "default",
        timeout: float = TIMEOUT,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self._timeout = timeout
        self._read_only = read_only
        self._lock = threading.RLock()
        self._blocks: dict[str, Block] = {}
        self._connect()
        self.project = project or self._kept_project(fallback_project)

    def _connect(self) -> None:
        self._connection, self.writable = sql.connect(
            self.path, timeout=self._timeout, read_only=self._read_only
        )
        self._process = os.getpid()
        self._blocks.clear()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"sqlite:///{self.path}"

    def _kept_project(self, fallback: str) -> str:
        """The project this file was made for; the first to ask decides."""
        get = "SELECT value FROM setting WHERE project = '' AND name = 'project'"
        with sql.as_store_errors(self.path):
            row = self._connection.execute(get).fetchone()
            if row is None and self.writable:
                keep = "INSERT OR IGNORE INTO setting (project, name, value) VALUES ('', 'project', ?)"
                self._connection.execute(keep, (fallback,))
                row = self._connection.execute(get).fetchone()
        return str(row[0]) if row else fallback

    @contextlib.contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot of one moment."""
        with self._transaction("BEGIN"):
            yield Snapshot(self)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Ledger]:
        """A transaction; others wait for it, up to the time-out."""
        if not self.writable:
            raise StoreReadOnly(
                f"{self.path} can be read but not written; nothing was written", store=self.path
            )
        with self._transaction("BEGIN IMMEDIATE"):
            yield Ledger(self)

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock, sql.as_store_errors(self.path):
            if self._process != os.getpid():
                self._connect()
            if self._connection.in_transaction:
                raise StoreError(f"{self.path}: transactions do not nest", store=self.path)
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._blocks.clear()
                raise

    def backup(self, path: str) -> None:
        """A consistent copy while in use. Raises Conflict if there is something at `path`."""
        draft = f"{path}.{os.getpid()}.new"
        try:
            with self._lock, sql.as_store_errors(path), contextlib.closing(sqlite3.connect(draft)) as copy:
                self._connection.backup(copy)
            os.link(draft, path)
        except FileExistsError as error:
            raise Conflict(f"{path} exists; a backup never replaces a file", current=path) from error
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}", store=path) from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)

    def scrub(self, gone: Sequence[str]) -> None:
        """Merge the words index, empty the log, and look at the bytes that are left."""
        with self._lock, sql.as_store_errors(self.path):
            self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
            self._connection.execute("VACUUM")
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                f"{self.path}: what was purged is gone, but another program keeps an old log of it open: "
                "close it and purge again",
                store=self.path,
            )
        needles = [text.encode("utf-8", "surrogatepass") for text in gone if len(text) >= 8]
        for name in (self.path, self.path + "-wal"):
            if os.path.exists(name) and _holds(name, needles):
                raise StoreError(
                    f"{name} still holds text that was purged; another memory may say the same", store=name
                )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _holds(path: str, needles: Sequence[bytes]) -> bool:
    longest = max(map(len, needles), default=0)
    rest = b""
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            window = rest + chunk
            if any(needle in window for needle in needles):
                return True
            rest = window[-longest:]
    return False


class Snapshot:
    """Reads of one moment."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store
        self._project = store.project
        self._places: list[tuple[str, str, str, int]] | None = None

    def _run(self, statement: str, **parameters: object) -> sqlite3.Cursor:
        return sql.run(self._store._connection, statement, {"project": self._project, **parameters})

    def head(self) -> int:
        """The number of the last event."""
        row = self._run(
            "SELECT seq FROM event WHERE project = %(project)s ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return int(row[0]) if row else 0

    def head_at(self, at: datetime) -> int:
        """The number of the last event that happened at or before a time."""
        statement = "SELECT max(seq) FROM event WHERE project = %(project)s AND at <= %(at)s"
        return int(self._run(statement, at=as_text(at)).fetchone()[0] or 0)

    def _readable(self, reach: Reach) -> list[tuple[str, str, str, int]]:
        """(agent, kind, domain, live) of every place within reach."""
        statement = """
            SELECT agent, kind, domain, live FROM place
            WHERE project = %(project)s AND agent IN (SELECT value FROM json_each(%(owners)s)) AND live > 0
        """
        places = self._run(statement, owners=json.dumps(reach.view.owners)).fetchall()
        return [place for place in places if place[1] in reach.kinds and reach.allows(place[0], place[2])]

    def size(self, reach: Reach) -> int:
        """How many live memories are within reach."""
        return sum(place[3] for place in self._readable(reach))

    def nearest(
        self, reach: Reach, vector: bytes, *, limit: int, per_origin: int | None = None
    ) -> list[Nominee]:
        """The nearest by cosine, best first, ties to the newest."""
        from alma.store.vectors import best

        domains: dict[str, set[str]] = {}
        for owner, _, domain, _ in self._readable(reach):
            domains.setdefault(owner, set()).add(domain)
        found = []
        for owner in sorted(domains):
            block = self._block(owner, len(vector))
            if block.count:
                found.append(block.search(vector, kinds=reach.kinds, domains=domains[owner], upto=reach.upto))
        if not any(len(cosines) for cosines, _ in found):
            return []
        ranked = best(found, limit=limit, per_origin=per_origin)
        memories = self._memories([seq for seq, _ in ranked])
        return self._nominees([(memories[seq], cosine) for seq, cosine in ranked])

    def _block(self, agent: str, dimensions: int) -> Block:
        """The agent's vectors, brought up to this snapshot."""
        from alma.store.vectors import Block

        head = self.head()
        block = self._store._blocks.get(agent)
        if block is None or block.upto > head:
            block = self._store._blocks[agent] = Block(dimensions)
        if block.upto < head:
            touched = self._touched(block.upto) if block.count else []
            block.drop(touched)
            block.add(self._vectors(agent, touched=touched, after=block.upto))
            block.upto = head
        return block

    def _touched(self, after: int) -> list[int]:
        statement = """
            SELECT DISTINCT json_each.value FROM event, json_each(event.details, '$.seqs')
            WHERE project = %(project)s AND seq > %(after)s AND json_each.value <= %(after)s
              AND kind IN (SELECT value FROM json_each(%(kinds)s))
        """
        return [int(row[0]) for row in self._run(statement, after=after, kinds=json.dumps(REINDEXING))]

    def _vectors(self, agent: str, *, touched: Sequence[int], after: int) -> list[tuple[object, ...]]:
        columns = "SELECT seq, kind, domain, nullif(origin, ''), ordinal, bytes FROM vector"
        where = "WHERE project = %(project)s AND agent = %(agent)s"
        rows = self._run(
            f"{columns} {where} AND seq > %(after)s ORDER BY seq", agent=agent, after=after
        ).fetchall()
        if touched:
            among = "AND seq IN (SELECT value FROM json_each(%(touched)s))"
            rows += self._run(
                f"{columns} {where} {among}", agent=agent, touched=json.dumps(touched)
            ).fetchall()
        return rows

    def by_words(
        self, reach: Reach, terms: Sequence[str], *, limit: int, vectorless: bool = False
    ) -> list[Nominee]:
        """Those that share the rarest terms, best first. Rarity is counted inside the reach alone."""
        places = self._readable(reach)
        if not places or not terms:
            return []
        scope = " OR ".join(
            f'"{_scope_term(self._project, owner, kind, embedded)}"'
            for owner, kind in sorted({place[:2] for place in places})
            for embedded in ((False,) if vectorless else (False, True))
        )
        size = sum(place[3] for place in places)
        postings = self._postings(scope, terms, limit=None if size <= SMALL_SCOPE else POSTINGS)
        scores: dict[int, float] = {}
        for seqs in postings:
            rarity = log(1 + size / len(seqs))
            for seq in seqs:
                scores[seq] = scores.get(seq, 0.0) + rarity
        order = sorted(scores, key=lambda seq: (-round(scores[seq], 9), -seq))
        return self._nominees([(memory, None) for memory in self._within(reach, order, limit)])

    def _postings(self, scope: str, terms: Sequence[str], *, limit: int | None) -> list[list[int]]:
        """The live memories of each term, rarest first, up to about `limit` in all."""
        statement = """
            SELECT rowid FROM words WHERE words MATCH %(match)s ORDER BY rowid DESC LIMIT %(limit)s -- within project
        """
        found = []
        for term in dict.fromkeys(terms):
            match = f'({scope}) AND "{term}"'
            found.append([row[0] for row in self._run(statement, match=match, limit=limit or -1)])
        found = sorted(filter(None, found), key=len)
        total = 0
        for count, seqs in enumerate(found):
            total += len(seqs)
            if limit and total > limit:
                return found[: max(count, 1)]
        return found

    def _within(self, reach: Reach, order: Sequence[int], limit: int) -> list[Memory]:
        """The first `limit` of these that are within reach: filtered before the limit, never after."""
        kept: list[Memory] = []
        for start in range(0, len(order), 2 * limit):
            batch = order[start : start + 2 * limit]
            memories = self._memories(batch)
            kept.extend(memories[seq] for seq in batch if reach.holds(memories[seq]))
            if len(kept) >= limit:
                break
        return kept[:limit]

    def newest(self, reach: Reach, *, before: int | None, limit: int) -> list[Memory]:
        """Live memories, newest first."""
        places = [{"agent": a, "kind": k, "domain": d} for a, k, d, _ in self._readable(reach)]
        statement = f"""
            SELECT {MEMORY_COLUMNS} FROM memory JOIN json_each(%(places)s) AS place
              ON memory.agent = place.value ->> 'agent' AND memory.kind = place.value ->> 'kind'
             AND memory.domain = place.value ->> 'domain'
            WHERE memory.project = %(project)s AND memory.forgotten IS NULL AND memory.seq < %(before)s
            ORDER BY memory.seq DESC LIMIT %(limit)s
        """
        newest = min(before or 1 << 62, (reach.upto or 1 << 62) + 1)
        rows = self._run(statement, places=json.dumps(places), before=newest, limit=limit)
        return [memory_of(row) for row in rows]

    def signed(self, reach: Reach, keys: Sequence[str], *, limit: int) -> list[Nominee]:
        """Live memories under any of these exact keys, newest first."""
        statement = """
            SELECT DISTINCT seq FROM signature
            WHERE project = %(project)s AND key IN (SELECT value FROM json_each(%(keys)s))
              AND agent IN (SELECT value FROM json_each(%(owners)s))
            ORDER BY seq DESC
        """
        rows = self._run(statement, keys=json.dumps(list(keys)), owners=json.dumps(reach.view.owners))
        seqs = [row[0] for row in rows.fetchmany(20 * limit)]
        return self._nominees([(memory, None) for memory in self._within(reach, seqs, limit)])

    def find(self, memory_id: str) -> Kept | None:
        """A memory by its id, forgotten or not."""
        statement = f"""
            SELECT {MEMORY_COLUMNS}, vector.bytes FROM memory
            LEFT JOIN vector ON vector.project = memory.project AND vector.agent = memory.agent
             AND vector.seq = memory.seq
            WHERE memory.project = %(project)s AND memory.id = %(id)s
        """
        row = self._run(statement, id=memory_id).fetchone()
        return (
            Kept(memory=memory_of(row[:-1]), vector=row[-1], forgotten=row[10] is not None) if row else None
        )

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

    def events(self, *, after: int | None, limit: int) -> list[Event]:
        """Events in order: those after a number, or the latest."""
        statement = """
            SELECT seq, at, kind, agent, source, memory_id, details FROM event
            WHERE project = %(project)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s
        """
        if after is None:
            statement = statement.replace("ORDER BY seq", "ORDER BY seq DESC")
        found = [event_of(row) for row in self._run(statement, after=after or 0, limit=limit)]
        return found if after is not None else found[::-1]

    def history(self, memory_id: str) -> list[Event]:
        """What was said of a memory after it was made, in order."""
        statement = """
            SELECT seq, at, kind, agent, source, memory_id, details FROM event
            WHERE project = %(project)s AND memory_id = %(memory_id)s AND kind NOT IN ('learned', 'stated')
            ORDER BY seq
        """
        return [event_of(row) for row in self._run(statement, memory_id=memory_id)]

    def forgotten(self, memory_id: str) -> list[str]:
        """The ids of what was last forgotten under this id."""
        events = [event for event in self.history(memory_id) if event.kind == ledger.FORGOTTEN]
        kept = self.find(memory_id)
        if not events:
            return [memory_id] if kept is not None and kept.forgotten else []
        seqs = events[-1].details["seqs"]
        return [memory.id for memory in self._memories(seqs).values()]  # type: ignore[arg-type]

    def forgotten_texts(self, *, before: datetime | None) -> list[str]:
        """The texts of what `purge` would remove."""
        statement = f"""
            SELECT {MEMORY_COLUMNS} FROM memory JOIN event ON event.seq = memory.forgotten
            WHERE memory.project = %(project)s AND event.project = %(project)s
              AND (%(before)s IS NULL OR event.at < %(before)s)
        """
        rows = self._run(statement, before=as_text(before) if before else None)
        return [text_of(memory_of(row)) for row in rows]

    def joints(self) -> list[Joint]:
        """What was said of pairs of strategies, in order."""
        statement = """
            SELECT one.body ->> 'strategy', other.body ->> 'strategy', event.details ->> 'same' FROM event
            JOIN memory AS one ON one.project = event.project AND one.id = event.memory_id
            JOIN memory AS other ON other.project = event.project AND other.id = event.details ->> 'other'
            WHERE event.project = %(project)s AND event.kind = 'joined' ORDER BY event.seq
        """
        return [Joint(one=one, other=other, same=bool(same)) for one, other, same in self._run(statement)]

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

    def setting(self, name: str) -> str | None:
        """A remembered fact about the store itself."""
        statement = "SELECT value FROM setting WHERE project = %(project)s AND name = %(name)s"
        row = self._run(statement, name=name).fetchone()
        return str(row[0]) if row else None

    def stats(self) -> Stats:
        """Counts and sizes."""

        def counts(column: str) -> dict[str, int]:
            statement = f"SELECT {column}, sum(live) FROM place WHERE project = %(project)s GROUP BY 1 HAVING sum(live) > 0"
            return dict(self._run(statement).fetchall())

        def count(table: str, more: str = "") -> int:
            return int(
                self._run(f"SELECT count(*) FROM {table} WHERE project = %(project)s {more}").fetchone()[0]
            )

        return Stats(
            project=self._project,
            store=self._store.url,
            memories=counts("kind"),
            agents=counts("agent"),
            forgotten=count("memory", "AND forgotten IS NOT NULL"),
            events=count("event"),
            workflows=count("workflow"),
            bytes=sum(
                os.path.getsize(self._store.path + end)
                for end in ("", "-wal")
                if os.path.exists(self._store.path + end)
            ),
            embedder=self.setting("embedder"),
            schema=migrate.LATEST,
        )

    def records(self) -> Iterator[Mapping[str, object]]:
        """Every row of every table that is not an index of another, table by table, in order."""
        for table, columns in _EXPORTED.items():
            order = "version" if table == "checkpoint" else "seq" if "seq" in columns else columns[0]
            statement = (
                f"SELECT {', '.join(columns)} FROM {table} WHERE project = %(project)s ORDER BY {order}"
            )
            for row in self._run(statement):
                values = {name: _exportable(name, value) for name, value in zip(columns, row, strict=True)}
                yield {"table": table, **{name: value for name, value in values.items() if value is not None}}

    def _memories(self, seqs: Sequence[int]) -> dict[int, Memory]:
        statement = f"""
            SELECT {MEMORY_COLUMNS} FROM json_each(%(seqs)s) AS wanted
            CROSS JOIN memory ON memory.seq = wanted.value
            WHERE memory.project = %(project)s
        """
        return {row[0]: memory_of(row) for row in self._run(statement, seqs=json.dumps(list(seqs)))}

    def _nominees(self, found: Sequence[tuple[Memory, float | None]]) -> list[Nominee]:
        last: dict[str, int] = {}
        nominees = []
        for memory, cosine in found:
            age = 0
            if isinstance(memory, Outcome):
                if memory.agent not in last:
                    last[memory.agent] = self._last_ordinal(memory.agent)
                age = last[memory.agent] - memory.ordinal
            nominees.append(Nominee(memory=memory, cosine=cosine, age=age))
        return nominees

    def _last_ordinal(self, agent: str) -> int:
        statement = """
            SELECT ordinal FROM memory WHERE project = %(project)s AND agent = %(agent)s AND kind = 'outcome'
            ORDER BY seq DESC LIMIT 1
        """
        row = self._run(statement, agent=agent).fetchone()
        return int(row[0]) if row else 0


class Ledger(Snapshot):
    """A transaction that appends."""

    def remember(self, memory: Memory, *, vector: bytes | None) -> Memory:
        """Append a memory and index it; what comes back carries its `seq`, and an outcome its `ordinal`."""
        kind = ledger.LEARNED if isinstance(memory, Outcome) else ledger.STATED
        event = Event(
            seq=0,
            at=memory.created_at,
            kind=kind,
            agent=memory.agent,
            source=memory.source,
            memory_id=memory.id,
        )
        kept = replace(memory, seq=self.note(event).seq)
        if isinstance(kept, Outcome):
            kept = replace(kept, ordinal=self._last_ordinal(kept.agent) + 1)
        try:
            self._run(
                """
                INSERT INTO memory
                    (seq, project, id, kind, agent, domain, source, origin, created_at, key, ordinal, body)
                VALUES
                    (%(seq)s, %(project)s, %(id)s, %(kind)s, %(agent)s, %(domain)s, %(source)s, %(origin)s,
                     %(created_at)s, %(key)s, %(ordinal)s, %(body)s)
                """,
                **columns_of(kept),
            )
        except sqlite3.IntegrityError as error:
            raise Conflict(
                f"{memory.id}, or its key, is taken; nothing was written", current=memory.id
            ) from error
        self._index(kept, vector=vector)
        return kept

    def note(self, event: Event) -> Event:
        """Append an event."""
        cursor = self._run(
            """
            INSERT INTO event (project, at, kind, agent, source, memory_id, details)
            VALUES (%(project)s, %(at)s, %(kind)s, %(agent)s, %(source)s, %(memory_id)s, %(details)s)
            """,
            at=as_text(event.at),
            kind=event.kind,
            agent=event.agent,
            source=event.source,
            memory_id=event.memory_id,
            details=as_json(dict(event.details)) if event.details else None,
        )
        return replace(event, seq=int(cursor.lastrowid or 0))

    def rewrite(self, memory: Memory, event: Event, *, vector: bytes | None) -> None:
        """Append the event and give a live memory its new wording."""
        before = self._existing(memory.id)
        self._note_about([before], event)
        self._unindex(before)
        self._run(
            "UPDATE memory SET body = %(body)s WHERE project = %(project)s AND seq = %(seq)s",
            body=columns_of(memory)["body"],
            seq=memory.seq,
        )
        self._index(memory, vector=vector)

    def forget(self, memories: Sequence[Memory], event: Event) -> None:
        """Append the event and take these memories out of every index."""
        noted = self._note_about(memories, event)
        for memory in memories:
            self._unindex(memory)
            self._run(
                "UPDATE memory SET forgotten = %(event)s WHERE project = %(project)s AND seq = %(seq)s",
                event=noted.seq,
                seq=memory.seq,
            )

    def restore(self, memory: Memory, event: Event, *, vector: bytes | None) -> None:
        """Append the event and put a forgotten memory back into every index."""
        self._note_about([memory], event)
        self._run(
            "UPDATE memory SET forgotten = NULL WHERE project = %(project)s AND seq = %(seq)s", seq=memory.seq
        )
        self._index(memory, vector=vector)

    def _note_about(self, memories: Sequence[Memory], event: Event) -> Event:
        """Every event that changes an index names the rows, so that other processes can follow."""
        return self.note(
            replace(event, details={**event.details, "seqs": [memory.seq for memory in memories]})
        )

    def purge(self, event: Event, *, before: datetime | None) -> list[str]:
        """Remove what was forgotten for good: its row, and what its events kept of it."""
        statement = """
            SELECT memory.id, memory.seq FROM memory JOIN event ON event.seq = memory.forgotten
            WHERE memory.project = %(project)s AND event.project = %(project)s
              AND (%(before)s IS NULL OR event.at < %(before)s)
        """
        gone = self._run(statement, before=as_text(before) if before else None).fetchall()
        ids = json.dumps([row[0] for row in gone])
        self.note(replace(event, details={**event.details, "seqs": [row[1] for row in gone]}))
        self._run(
            "DELETE FROM memory WHERE project = %(project)s AND id IN (SELECT value FROM json_each(%(ids)s))",
            ids=ids,
        )
        self._run(
            """
            UPDATE event SET details = json_remove(details, '$.was', '$.note')
            WHERE project = %(project)s AND details IS NOT NULL
              AND memory_id IN (SELECT value FROM json_each(%(ids)s))
            """,
            ids=ids,
        )
        return [row[0] for row in gone]

    def save(self, checkpoint: Checkpoint) -> Checkpoint:
        """Append a checkpoint under the next version."""
        latest = self.checkpoint(checkpoint.workflow_id, None)
        kept = replace(checkpoint, version=latest.version + 1 if latest else 1)
        self._run(
            """
            INSERT INTO checkpoint (project, workflow_id, version, at, step, task, agent, state)
            VALUES (%(project)s, %(workflow_id)s, %(version)s, %(at)s, %(step)s, %(task)s, %(agent)s, %(state)s)
            """,
            **checkpoint_columns(kept),
        )
        event = Event(
            seq=0,
            at=kept.created_at,
            kind=ledger.CHECKPOINTED,
            agent=kept.agent or "",
            source=VERIFIED,
            details={"workflow_id": kept.workflow_id, "version": kept.version},
        )
        self._set_workflow(kept.workflow_id, OPEN, kept.version, self.note(event).seq)
        return kept

    def finish(self, workflow_id: str, status: str, event: Event) -> None:
        """Close a workflow."""
        latest = self.checkpoint(workflow_id, None)
        self._set_workflow(workflow_id, status, latest.version if latest else 0, self.note(event).seq)

    def _set_workflow(self, workflow_id: str, status: str, version: int, updated: int) -> None:
        self._run(
            """
            INSERT INTO workflow (project, workflow_id, status, version, updated)
            VALUES (%(project)s, %(workflow_id)s, %(status)s, %(version)s, %(updated)s)
            ON CONFLICT (project, workflow_id) DO UPDATE
            SET status = excluded.status, version = excluded.version, updated = excluded.updated
            """,
            workflow_id=workflow_id,
            status=status,
            version=version,
            updated=updated,
        )

    def set(self, name: str, value: str) -> None:
        """Remember a fact about the store itself."""
        self._run(
            """
            INSERT INTO setting (project, name, value) VALUES (%(project)s, %(name)s, %(value)s)
            ON CONFLICT (project, name) DO UPDATE SET value = excluded.value
            """,
            name=name,
            value=value,
        )

    def load(self, records: Iterable[Mapping[str, object]]) -> int:
        """Take in the records of an export into an empty project; how many memories."""
        row = sql.run(
            self._store._connection, "SELECT max(seq) FROM event -- of every project", {}
        ).fetchone()
        offset = int(row[0] or 0)
        vectors: dict[int, bytes] = {}
        live: list[Memory] = []
        count = 0
        for record in records:
            table = str(record["table"])
            columns = _EXPORTED[table]
            values = {name: _importable(name, record.get(name), offset) for name in columns}
            if table == "vector":
                vectors[int(str(values["seq"]))] = values["bytes"]  # type: ignore[assignment]
                continue
            names = ", ".join(f"%({name})s" for name in columns)
            self._run(
                f"INSERT INTO {table} (project, {', '.join(columns)}) VALUES (%(project)s, {names})", **values
            )
            if table == "memory":
                count += 1
                if values["forgotten"] is None:
                    live.append(self._memories([int(str(values["seq"]))])[int(str(values["seq"]))])
        for memory in live:
            self._index(memory, vector=vectors.get(memory.seq))
        return count

    def _existing(self, memory_id: str) -> Memory:
        kept = self.find(memory_id)
        if kept is None or kept.forgotten:
            raise Conflict(f"{memory_id} was forgotten meanwhile; nothing was written", current=None)
        return kept.memory

    def _index(self, memory: Memory, *, vector: bytes | None) -> None:
        about = {"agent": memory.agent, "seq": memory.seq, "kind": memory.kind, "domain": memory.domain}
        if vector is not None:
            trusted = memory.source in (PERSON, VERIFIED)
            self._run(
                """
                INSERT INTO vector (project, agent, seq, kind, domain, origin, ordinal, bytes)
                VALUES (%(project)s, %(agent)s, %(seq)s, %(kind)s, %(domain)s, %(origin)s, %(ordinal)s, %(bytes)s)
                """,
                **about,
                origin="" if trusted else memory.origin,
                ordinal=getattr(memory, "ordinal", 0),
                bytes=vector,
            )
        self._run(
            "INSERT INTO words (rowid, terms) VALUES (%(seq)s, %(terms)s)",
            seq=memory.seq,
            terms=_terms(self._project, memory, embedded=vector is not None),
        )
        self._run(
            "INSERT INTO signature (project, key, agent, seq) SELECT %(project)s, value, %(agent)s, %(seq)s "
            "FROM json_each(%(keys)s) WHERE true ON CONFLICT DO NOTHING",
            keys=json.dumps(indexing.keys(memory)),
            agent=memory.agent,
            seq=memory.seq,
        )
        self._count(memory, +1)

    def _count(self, memory: Memory, change: int) -> None:
        self._run(
            """
            INSERT INTO place (project, agent, kind, domain, live)
            VALUES (%(project)s, %(agent)s, %(kind)s, %(domain)s, %(change)s)
            ON CONFLICT (project, agent, kind, domain) DO UPDATE SET live = live + excluded.live
            """,
            agent=memory.agent,
            kind=memory.kind,
            domain=memory.domain,
            change=change,
        )

    def _unindex(self, memory: Memory) -> None:
        about = {"agent": memory.agent, "seq": memory.seq}
        statement = "DELETE FROM vector WHERE project = %(project)s AND agent = %(agent)s AND seq = %(seq)s"
        embedded = self._run(statement, **about).rowcount > 0
        self._run(
            "INSERT INTO words (words, rowid, terms) VALUES ('delete', %(seq)s, %(terms)s)",
            seq=memory.seq,
            terms=_terms(self._project, memory, embedded=embedded),
        )
        self._run(
            """
            DELETE FROM signature WHERE project = %(project)s AND agent = %(agent)s AND seq = %(seq)s
              AND key IN (SELECT value FROM json_each(%(keys)s))
            """,
            **about,
            keys=json.dumps(indexing.keys(memory)),
        )
        self._count(memory, -1)


_EXPORTED = {
    "setting": ("name", "value"),
    "event": ("seq", "at", "kind", "agent", "source", "memory_id", "details"),
    "memory": (
        "seq", "id", "kind", "agent", "domain", "source", "origin", "created_at", "key", "ordinal", "forgotten", "body",
    ),
    "vector": ("seq", "bytes"),
    "checkpoint": ("workflow_id", "version", "at", "step", "task", "agent", "state"),
    "workflow": ("workflow_id", "status", "version", "updated"),
}  # fmt: skip
_JSON = ("details", "body", "state")
_NUMBERED = ("seq", "forgotten", "updated")


def _exportable(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return json.loads(str(value)) if name in _JSON and value is not None else value


def _importable(name: str, value: object, offset: int) -> object:
    if name == "bytes":
        return base64.b64decode(str(value))
    if name in _NUMBERED and value is not None:
        return int(str(value)) + offset
    if name == "details" and isinstance(value, dict) and "seqs" in value:
        value = {**value, "seqs": [seq + offset for seq in value["seqs"]]}
    return as_json(value) if name in _JSON and value is not None else value


def _terms(project: str, memory: Memory, *, embedded: bool) -> str:
    return " ".join([_scope_term(project, memory.agent, memory.kind, embedded), *indexing.terms(memory)])


def _scope_term(project: str, agent: str, kind: str, embedded: bool) -> str:
    """Who and what as one word of the index, so that others' memories cost nothing and change nothing."""
    name = as_json([project, agent, kind, embedded])
    return f"__{blake2b(name.encode(), digest_size=12).hexdigest()}"
