"""What was said in what is forgotten: texts of which a purge leaves no byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from alma.store.rows import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

LONG_ENOUGH = 12
# What a memory holds beside somebody's words: names, ids, times.
NAMES = ("user", "workflow_id")
NO_WORDS = r"(?:b-)?[a-z]-[a-z0-9]{10,16}|\d{4}-\d\d-\d\dT[\d:.+]+"


def texts(run: Callable[..., sqlite3.Cursor], *, before: datetime | None) -> list[str]:
    """The texts of what was forgotten before a time, old wordings among them, where they can be told from others."""
    statement = """
        SELECT memory.id, memory.body FROM memory JOIN event ON event.seq = memory.forgotten
        WHERE memory.project = %(project)s AND event.project = %(project)s
          AND (%(before)s IS NULL OR event.at < %(before)s)
    """
    rows = run(statement, before=as_text(before) if before else None).fetchall()
    said = [text for _, body in rows for text in _words_of(json.loads(body))]
    about = """
        SELECT details FROM event
        WHERE project = %(project)s AND details IS NOT NULL AND kind NOT IN ('learned', 'stated')
          AND memory_id IN (SELECT value FROM json_each(%(ids)s))
    """
    ids = json.dumps([name for id_, _ in rows for name in (id_, f"b-{id_}")])
    for (details,) in run(about, ids=ids):
        told = json.loads(details)
        said += _words_of(told.get("was") or {})
        said += _texts_in([told.get("note"), told.get("evidence")])
    return [text for text in dict.fromkeys(said) if len(text) >= LONG_ENOUGH]


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
