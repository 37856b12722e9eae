"""Writes of a SQLite store: events are appended, and every index follows in the same transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alma.domain import ledger
from alma.domain.errors import Conflict, InvalidInput
from alma.domain.later import Later
from alma.domain.ledger import Event
from alma.domain.memory import PERSON, VERIFIED, Memory, Outcome
from alma.domain.values import replace
from alma.domain.workflow import OPEN, Checkpoint
from alma.rules import indexing
from alma.store import sql
from alma.store.cache import Cache
from alma.store.rows import as_json, as_text, checkpoint_columns, columns_of
from alma.store.snapshot import Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.store import records as export
    from alma.store import words
else:  # a warning needs neither
    export, words = Later("alma.store.records"), Later("alma.store.words")

QUOTING = ("reason", "note")
PURGED = "[purged]"


class Ledger(Snapshot):
    """A transaction that appends."""

    writes = True

    def remember(self, memory: Memory, *, vector: bytes | None) -> Memory:
        """Append a memory and index it; what comes back carries its `seq`."""
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
        try:
            self._run(
                """
                INSERT INTO memory
                    (seq, project, id, kind, agent, domain, source, origin, created_at, key, body)
                VALUES
                    (%(seq)s, %(project)s, %(id)s, %(kind)s, %(agent)s, %(domain)s, %(source)s, %(origin)s,
                     %(created_at)s, %(key)s, %(body)s)
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
        """Append the event and give a live memory its new wording, and its new owner and domain where it has one."""
        before = self._existing(memory.id)
        self._note_about([before], event)
        self._unindex(before)
        self._run(
            """
            UPDATE memory SET agent = %(agent)s, domain = %(domain)s, source = %(source)s, body = %(body)s
            WHERE project = %(project)s AND seq = %(seq)s
            """,
            agent=memory.agent,
            domain=memory.domain,
            source=memory.source,
            body=columns_of(memory)["body"],
            seq=memory.seq,
        )
        self._index(memory, vector=vector)

    def embed(self, memories: Sequence[Memory], event: Event, *, vectors: Sequence[bytes]) -> None:
        """Append the event and give live memories their vectors, each in the domain that it has now."""
        before = [self._existing(memory.id) for memory in memories]
        self._note_about(before, event)
        for was, memory, vector in zip(before, memories, vectors, strict=True):
            self._unindex(was)
            statement = "UPDATE memory SET domain = %(domain)s WHERE project = %(project)s AND seq = %(seq)s"
            self._run(statement, domain=memory.domain, seq=memory.seq)
            self._index(memory, vector=vector)

    def forget(self, memories: Sequence[Memory], event: Event) -> None:
        """Append the event and take these memories out of every index. Raises Conflict where one is gone."""
        noted = self._note_about(memories, event)
        for memory in memories:
            statement = """
                UPDATE memory SET forgotten = %(event)s
                WHERE project = %(project)s AND seq = %(seq)s AND forgotten IS NULL
            """
            self._require_one(self._run(statement, event=noted.seq, seq=memory.seq), memory)
            self._unindex(memory)

    def restore(self, memories: Sequence[Memory], event: Event, *, vectors: Sequence[bytes | None]) -> None:
        """Append the event and put forgotten memories back into every index. Raises Conflict where one is not."""
        self._note_about(memories, event)
        for memory, vector in zip(memories, vectors, strict=True):
            statement = """
                UPDATE memory SET forgotten = NULL
                WHERE project = %(project)s AND seq = %(seq)s AND forgotten IS NOT NULL
            """
            self._require_one(self._run(statement, seq=memory.seq), memory)
            self._index(memory, vector=vector)

    @staticmethod
    def _require_one(cursor: sqlite3.Cursor, memory: Memory) -> None:
        if cursor.rowcount != 1:
            raise Conflict(
                f"{memory.id} was changed by somebody else; nothing was written", current=memory.id
            )

    def _note_about(self, memories: Sequence[Memory], event: Event) -> Event:
        """Every event that changes an index names the rows, so that other processes can follow."""
        return self.note(
            replace(event, details={**event.details, "seqs": [memory.seq for memory in memories]})
        )

    def purge(self, event: Event, *, before: datetime | None) -> list[str]:
        """Remove what was forgotten for good: its row, and what events kept of its words."""
        texts = self.forgotten_texts(before=before)
        statement = """
            SELECT memory.id, memory.seq FROM memory JOIN event ON event.seq = memory.forgotten
            WHERE memory.project = %(project)s AND event.project = %(project)s
              AND (%(before)s IS NULL OR event.at < %(before)s)
            ORDER BY memory.seq
        """
        gone = self._run(statement, before=as_text(before) if before else None).fetchall()
        ids, seqs = json.dumps([row[0] for row in gone]), [row[1] for row in gone]
        self.note(replace(event, details={**event.details, "seqs": seqs}))
        self._run(
            "DELETE FROM memory WHERE project = %(project)s AND id IN (SELECT value FROM json_each(%(ids)s))",
            ids=ids,
        )
        self._unsay_about(ids, json.dumps(seqs))
        self._unsay(texts)
        # Prompts quote memories, and agents repeat them: no session is looked through for what it may hold.
        self._run("DELETE FROM session WHERE project = %(project)s")
        for table in ("checkpoint", "workflow"):  # of sessions too, for their tasks are prompts
            of_sessions = "substr(workflow_id, 1, 8) = 'session:'"
            self._run(f"DELETE FROM {table} WHERE project = %(project)s AND {of_sessions}")
        return [row[0] for row in gone]

    def _unsay_about(self, ids: str, seqs: str) -> None:
        """Leave nothing that was said of memories, alone or with others: any word of it may be one of theirs."""
        self._run(
            """
            UPDATE event SET details = json_replace(
              json_remove(details, '$.was', '$.evidence'), '$.note', %(purged)s, '$.reason', %(purged)s
            )
            WHERE project = %(project)s AND details IS NOT NULL AND kind NOT IN ('learned', 'stated') AND (
              memory_id IN (SELECT value FROM json_each(%(ids)s) UNION ALL SELECT 'b-' || value FROM json_each(%(ids)s))
              OR EXISTS (
                SELECT 1 FROM json_each(event.details, '$.seqs') AS one
                WHERE one.value IN (SELECT value FROM json_each(%(seqs)s))
              )
            )
            """,
            ids=ids,
            seqs=seqs,
            purged=PURGED,
        )

    def _unsay(self, texts: Sequence[str]) -> None:
        """Take texts out of the reasons and notes that quote them; the event, its time and its author stay."""
        statement = """
            SELECT seq, details FROM event
            WHERE project = %(project)s AND details IS NOT NULL AND kind NOT IN ('learned', 'stated')
              AND (details ->> 'reason' IS NOT NULL OR details ->> 'note' IS NOT NULL)
        """
        for seq, details in self._run(statement).fetchall():
            told = json.loads(details)
            clean = {name: _without(told[name], texts) for name in QUOTING if isinstance(told.get(name), str)}
            if clean != {name: told[name] for name in clean}:
                self._run(
                    "UPDATE event SET details = %(details)s WHERE project = %(project)s AND seq = %(seq)s",
                    details=as_json({**told, **clean}),
                    seq=seq,
                )

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

    def drop(self, workflow_id: str) -> None:
        """Let go of a workflow that nobody will resume."""
        for table in ("checkpoint", "workflow"):
            statement = f"DELETE FROM {table} WHERE project = %(project)s AND workflow_id = %(workflow_id)s"
            self._run(statement, workflow_id=workflow_id)

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

    def keep_session(self, session_id: str, state: Mapping[str, object], *, at: datetime) -> None:
        """Put this in place of what is known of a session."""
        self._run(
            """
            INSERT INTO session (project, session_id, updated, state)
            VALUES (%(project)s, %(session_id)s, %(updated)s, %(state)s)
            ON CONFLICT (project, session_id) DO UPDATE SET updated = excluded.updated, state = excluded.state
            """,
            session_id=session_id,
            updated=as_text(at),
            state=as_json(dict(state)),
        )

    def end_session(self, session_id: str) -> None:
        """Let go of a session."""
        self._run(
            "DELETE FROM session WHERE project = %(project)s AND session_id = %(session_id)s",
            session_id=session_id,
        )

    def prune_sessions(self, *, before: datetime, most: int) -> None:
        """Let go of the sessions that nobody spoke of since a time, and of all but the latest."""
        self._run(
            """
            DELETE FROM session WHERE project = %(project)s AND (updated < %(before)s OR session_id NOT IN (
              SELECT session_id FROM session WHERE project = %(project)s
              ORDER BY updated DESC, session_id LIMIT %(most)s
            ))
            """,
            before=as_text(before),
            most=most,
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
        """Take in the records of an export into an empty project; how many memories.

        Raises InvalidInput, and takes in nothing, where the records do not fit together.
        """
        try:
            return self._load(records)
        except (sqlite3.IntegrityError, ValueError, KeyError, OverflowError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput("path", f"the records of this export do not fit together: {error}") from error

    def _load(self, records: Iterable[Mapping[str, object]]) -> int:
        row = sql.run(self._connection, "SELECT max(seq) FROM event -- of every project", {}).fetchone()
        offset = int(row[0] or 0)
        vectors: dict[int, bytes] = {}
        live: list[Memory] = []
        count = 0
        for record in export.fitting(records):
            table = str(record["table"])
            columns = export.EXPORTED[table]
            values = {name: export.incoming(name, record.get(name), offset) for name in columns}
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

    def reindex(self) -> None:
        """Build words and signatures anew, for every project of the file, as the rules compute them now."""
        sql.run(self._connection, "INSERT INTO words (words) VALUES ('delete-all') -- of every project", {})
        sql.run(self._connection, "DELETE FROM signature -- of every project", {})
        rows = sql.run(
            self._connection, "SELECT project, seq FROM memory WHERE forgotten IS NULL ORDER BY seq", {}
        )
        for project, seq in rows.fetchall():
            ledger_of = Ledger(self._connection, project=project, path=self._path, cache=Cache())
            kept = ledger_of._memories([seq])[seq]
            found = ledger_of.find(kept.id)
            ledger_of._index_words(kept, embedded=found is not None and found.vector is not None)
        sql.run(
            self._connection,
            "INSERT INTO setting (project, name, value) VALUES ('', 'index', %(value)s) "
            "ON CONFLICT (project, name) DO UPDATE SET value = excluded.value",
            {"value": str(indexing.VERSION)},
        )

    def _existing(self, memory_id: str) -> Memory:
        kept = self.find(memory_id)
        if kept is None or kept.forgotten:
            raise Conflict(f"{memory_id} was forgotten meanwhile; nothing was written", current=None)
        return kept.memory

    def _index(self, memory: Memory, *, vector: bytes | None) -> None:
        about = {"agent": memory.agent, "seq": memory.seq, "kind": memory.kind, "domain": memory.domain}
        if vector is not None:
            self._require_dimensions(vector)
            trusted = memory.source in (PERSON, VERIFIED)
            self._run(
                """
                INSERT INTO vector (project, agent, kind, seq, domain, origin, bytes)
                VALUES (%(project)s, %(agent)s, %(kind)s, %(seq)s, %(domain)s, %(origin)s, %(bytes)s)
                """,
                **about,
                origin="" if trusted else memory.origin,
                bytes=vector,
            )
        self._index_words(memory, embedded=vector is not None)
        self._count(memory, +1)

    def _index_words(self, memory: Memory, *, embedded: bool) -> None:
        """Put a memory under its words and its exact keys."""
        self._run(
            "INSERT INTO words (rowid, terms) VALUES (%(seq)s, %(terms)s)",
            seq=memory.seq,
            terms=words.index_terms(self._project, memory, embedded=embedded),
        )
        self._run(
            """
            INSERT INTO signature (project, key, agent, kind, domain, seq)
            SELECT %(project)s, value, %(agent)s, %(kind)s, %(domain)s, %(seq)s FROM json_each(%(keys)s)
            WHERE true ON CONFLICT DO NOTHING
            """,
            keys=json.dumps(indexing.keys(memory)),
            agent=memory.agent,
            kind=memory.kind,
            domain=memory.domain,
            seq=memory.seq,
        )

    def _require_dimensions(self, vector: bytes) -> None:
        """One wrong vector must not make all the others useless."""
        row = self._run("SELECT length(bytes) FROM vector WHERE project = %(project)s LIMIT 1").fetchone()
        if not vector or (row is not None and row[0] != len(vector)):
            wanted = f"{row[0]} bytes" if row is not None else "at least 1 byte"
            raise InvalidInput("vector", f"has {len(vector)} bytes; nothing was written", allowed=wanted)

    def _count(self, memory: Memory, change: int) -> None:
        self._places.clear()
        self._within.clear()
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
        statement = """
            DELETE FROM vector
            WHERE project = %(project)s AND agent = %(agent)s AND kind = %(kind)s AND seq = %(seq)s
        """
        embedded = self._run(statement, kind=memory.kind, **about).rowcount > 0
        self._run(
            "INSERT INTO words (words, rowid, terms) VALUES ('delete', %(seq)s, %(terms)s)",
            seq=memory.seq,
            terms=words.index_terms(self._project, memory, embedded=embedded),
        )
        self._run(
            """
            DELETE FROM signature
            WHERE project = %(project)s AND key IN (SELECT value FROM json_each(%(keys)s)) AND agent = %(agent)s
              AND kind = %(kind)s AND domain = %(domain)s AND seq = %(seq)s
            """,
            kind=memory.kind,
            domain=memory.domain,
            **about,
            keys=json.dumps(indexing.keys(memory)),
        )
        self._count(memory, -1)


def _without(said: str, texts: Sequence[str]) -> str:
    for text in texts:
        if text in said:
            said = said.replace(text, PURGED)
    return said
