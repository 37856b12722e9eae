"""Reads of one moment of a SQLite store: what was done, and what is saved beside memories."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from alma.domain.ledger import Event
from alma.domain.workflow import Checkpoint, Workflow
from alma.rules.grouping import Joint
from alma.store import sql
from alma.store.rows import as_text, checkpoint_of, event_of


class History:
    """The events of a project, its workflows, its sessions, and the facts about the store itself."""

    def __init__(self, connection: sqlite3.Connection, *, project: str) -> None:
        self._connection = connection
        self._project = project
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

    def agents(self) -> list[str]:
        """Everybody who owns a live memory."""
        statement = "SELECT DISTINCT agent FROM place WHERE project = %(project)s AND live > 0 ORDER BY agent"
        return [row[0] for row in self._run(statement)]

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
