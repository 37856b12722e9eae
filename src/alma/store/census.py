"""How much a store of SQLite holds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

from alma.domain.ledger import Stats
from alma.store import migrate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def taken(
    run: Callable[..., sqlite3.Cursor],
    *,
    project: str,
    path: str,
    embedder: str | None,
    agents: Sequence[str] | None,
) -> Stats:
    """Counts and sizes; of these agents, or of all."""
    whose = json.dumps(agents)
    among = "AND (%(whose)s = 'null' OR agent IN (SELECT value FROM json_each(%(whose)s)))"

    def counts(column: str) -> dict[str, int]:
        statement = f"""
            SELECT {column}, sum(live) FROM place
            WHERE project = %(project)s {among} GROUP BY 1 HAVING sum(live) > 0
        """
        return dict(run(statement, whose=whose).fetchall())

    def count(table: str, more: str = "", *, what: str = "*") -> int:
        statement = f"SELECT count({what}) FROM {table} WHERE project = %(project)s {among} {more}"
        return int(run(statement, whose=whose).fetchone()[0])

    files = [path + end for end in ("", "-wal")]
    return Stats(
        project=project,
        store=f"sqlite:///{path}",
        memories=counts("kind"),
        agents=counts("agent"),
        forgotten=count("memory", "AND forgotten IS NOT NULL"),
        events=count("event"),
        workflows=count("checkpoint", what="DISTINCT workflow_id"),
        bytes=sum(os.path.getsize(file) for file in files if os.path.exists(file)),
        embedder=embedder,
        schema=migrate.LATEST,
    )
