"""Rows of an export: which tables and columns leave the store, and what of it may come back in.

What comes in is what ALMA could have written, row by row and together; anything else is refused as a whole.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from alma.domain import ledger
from alma.domain.errors import InvalidInput
from alma.domain.memory import KINDS, SOURCES
from alma.domain.names import is_id, name_problem
from alma.domain.recall import MOST_IDS, is_share
from alma.domain.values import fields
from alma.domain.workflow import STATUSES
from alma.rules.writing import LONGEST_DURATION, REVISABLE
from alma.store.rows import as_json, as_text, memory_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

EXPORTED = {
    "setting": ("name", "value"),
    "event": ("seq", "at", "kind", "agent", "source", "memory_id", "details"),
    "memory": (
        "seq", "id", "kind", "agent", "domain", "source", "origin", "created_at", "key", "forgotten", "body",
    ),
    "vector": ("seq", "bytes"),
    "checkpoint": ("workflow_id", "version", "at", "step", "task", "agent", "state"),
    "workflow": ("workflow_id", "status", "version", "updated"),
}  # fmt: skip
_JSON = ("details", "body", "state")
_NUMBERED = ("seq", "forgotten", "updated")
_WHOLE = (*_NUMBERED, "version")
_TIMES = ("at", "created_at")
OPTIONAL = ("memory_id", "details", "key", "forgotten", "step", "task", "agent", "state")
MOST_LISTED = 1_000
_MADE = (ledger.LEARNED, ledger.STATED)


class _Before:
    """What the lines of an export have said so far: which event made which memory, and which events forgot."""

    def __init__(self) -> None:
        self._made: dict[object, object] = {}
        self._forgetting: set[object] = set()
        self._live: set[object] = set()

    def add(self, record: Mapping[str, object]) -> None:
        """Take in one more. Raises ValueError where it does not fit to those before it."""
        table, seq, gone = record["table"], record.get("seq"), record.get("forgotten")
        if table == "event" and record["kind"] in _MADE:
            self._made[seq] = record.get("memory_id")
        elif table == "event" and record["kind"] == ledger.FORGOTTEN:
            self._forgetting.add(seq)
        elif table == "memory":
            if self._made.pop(seq, None) != record["id"]:
                raise ValueError(f"memory.seq {seq} is no event that made {record['id']}")
            if gone is not None and gone not in self._forgetting:
                raise ValueError(f"memory.forgotten {gone} is no event that forgot anything")
            if gone is None:
                self._live.add(seq)
        elif table == "vector" and seq not in self._live:
            raise ValueError(f"vector.seq {seq} is no live memory")


def fitting(records: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """The records of an export, each checked by itself and against those before it. Raises InvalidInput."""
    before = _Before()
    for line, record in enumerate(records, start=2):  # the first is the header
        yield checked(record, line=line, before=before)


def checked(
    record: Mapping[str, object], *, line: int | None = None, before: _Before | None = None
) -> Mapping[str, object]:
    """The record, if it is one that ALMA could have written. Raises InvalidInput, which names line and field."""
    try:
        _check_columns(record)
        _check_values(record)
        if record["table"] == "event":
            _check_event(record)
        if record["table"] == "memory":
            _check_memory(record)
        if before is not None:
            before.add(record)
    except ValueError as error:
        where = f"line {line}: " if line is not None else ""
        raise InvalidInput(
            "path", f"{where}{error}; nothing was imported", allowed="a file that `alma export` wrote"
        ) from error
    return record


def _check_columns(record: Mapping[str, object]) -> None:
    table = record.get("table")
    columns = EXPORTED.get(table) if isinstance(table, str) else None
    if columns is None:
        raise ValueError(f"table is none of {', '.join(EXPORTED)}")
    unknown = record.keys() - {"table", *columns}
    missing = {name for name in columns if name not in OPTIONAL} - record.keys()
    if unknown or missing:
        named = ", ".join(sorted(unknown | missing))
        raise ValueError(f"{table} has not the columns it should have: {named[:200]!r}")
    for name, value in record.items():
        kinds = (dict,) if name in ("details", "body") else (int,) if name in _WHOLE else (str,)
        if name != "state" and not isinstance(value, kinds):
            raise ValueError(f"{table}.{name} is a {type(value).__name__}")


def _check_values(record: Mapping[str, object]) -> None:
    """Numbers that a database can hold, times that can be read, names that can be shown."""
    table = record["table"]
    for name in _WHOLE:
        if not _is_row(record.get(name, 1)):
            raise ValueError(f"{table}.{name} is no number of a row")
    for name in _TIMES:
        if name in record and not _is_time(record[name]):
            raise ValueError(f"{table}.{name} is no time with a zone that can be kept")
    for name in ("agent", "domain", "origin", "workflow_id"):
        value = record.get(name)
        if isinstance(value, str) and value and name_problem(value):
            raise ValueError(f"{table}.{name} {name_problem(value)}")
    if "source" in record and record["source"] not in SOURCES:
        raise ValueError(f"{table}.source is none of {', '.join(SOURCES)}")
    if "status" in record and record["status"] not in STATUSES:
        raise ValueError(f"{table}.status is none of {', '.join(STATUSES)}")


def _check_event(record: Mapping[str, object]) -> None:
    details, about = record.get("details", {}), record.get("memory_id")
    assert isinstance(details, dict)
    if about is not None and not is_id(about):
        raise ValueError("event.memory_id is no id")
    for name, value in details.items():
        if name == "was":
            _check_was(str(about), value)
        elif name == "seqs":
            if not isinstance(value, list) or not all(map(_is_row, value)):
                raise ValueError("event.details.seqs are no numbers of rows")
        elif not name.isidentifier() or not (isinstance(value, str | bool) or _is_row(value)):
            raise ValueError(f"event.details holds {name[:60]!r}, a {type(value).__name__}")
    if record["kind"] == ledger.JOINED:
        both = (about, details.get("other"))
        if not all(is_id(one) and str(one).startswith("o-") for one in both):
            raise ValueError("event.details.other, or memory_id, is no id of an outcome")
        if not isinstance(details.get("same"), bool):
            raise ValueError("event.details.same is neither true nor false")


def _check_was(about: str, was: object) -> None:
    """What was revised as it was before: no more than may be revised, or how far it was trusted, in the right types."""
    kind = next((name for name, kind in KINDS.items() if about.startswith(f"{kind.prefix}-")), "")
    if not isinstance(was, dict) or not was.keys() <= {*REVISABLE.get(kind, ()), "source"}:
        raise ValueError(f"event.details.was holds what cannot be revised of {about}")
    for name, value in was.items():
        if value not in SOURCES if name == "source" else not FIELDS[name](value):
            raise ValueError(f"event.details.was.{name} is not as it was written")


def _check_memory(record: Mapping[str, object]) -> None:
    kind, id_, body = str(record["kind"]), str(record["id"]), record["body"]
    assert isinstance(body, dict)
    if kind not in KINDS or not re.fullmatch(rf"{KINDS[kind].prefix}-[a-z2-7]{{10}}", id_):
        raise ValueError(f"memory.id {id_[:60]!r} is no id of a memory of its kind")
    for name in ("agent", "domain", "origin"):
        if name_problem(str(record.get(name, ""))):
            raise ValueError(f"memory.{name} {name_problem(str(record.get(name, '')))}")
    for name, value in body.items():
        if name not in FIELDS or name not in fields(KINDS[kind]):
            raise ValueError(f"memory.body.{name[:60]!r} is no field of this kind")
        if not FIELDS[name](value):
            raise ValueError(f"memory.body.{name} is not as ALMA writes it")
    memory_of([record.get(name) for name in EXPORTED["memory"][:10]] + [as_json(body)])


def _is_row(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 53


def _is_number(value: object, *, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _is_time(value: object) -> bool:
    """Whether this is a time with a zone that can be said in UTC."""
    try:
        at = datetime.fromisoformat(str(value))
        return at.tzinfo is not None and at.astimezone(UTC) is not None
    except (ValueError, OverflowError):
        return False


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list_of(value: object, sort: Callable[[object], bool], *, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(map(sort, value))


def _or_nothing(sort: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or sort(value)


def _is_exposed(value: object) -> bool:
    return _is_list_of(value, is_id, most=MOST_IDS)


# What the fields of a memory may hold; a field that is not named here does not come in.
FIELDS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(
        ("task", "strategy", "condition", "pattern", "why_bad", "fact", "user", "preference"), _is_text
    ),
    **dict.fromkeys(
        ("why", "feedback", "workflow_id", "better_alternative", "category"), _or_nothing(_is_text)
    ),
    **dict.fromkeys(("valid_from", "valid_to"), _or_nothing(_is_time)),
    **dict.fromkeys(("replaces", "followed", "recall_id"), _or_nothing(is_id)),
    **dict.fromkeys(("shown", "withheld", "warned", "left_out", "used", "repeated"), _is_exposed),
    "contradicts": lambda value: _is_list_of(value, is_id, most=MOST_LISTED),
    "triggers": lambda value: _is_list_of(value, _is_text, most=MOST_LISTED),
    "result": lambda value: _is_number(value, most=1),
    "duration": _or_nothing(lambda value: _is_number(value, most=LONGEST_DURATION)),
    "holdout": is_share,
    "tokens": lambda value: isinstance(value, int) and _is_number(value, most=(1 << 31) - 1),
    "metadata": lambda value: isinstance(value, dict),
}


def outgoing(run: Callable[..., sqlite3.Cursor]) -> Iterator[Mapping[str, object]]:
    """Every row of every table that is not an index of another, table by table, in order."""
    for table, columns in EXPORTED.items():
        order = "version" if table == "checkpoint" else "seq" if "seq" in columns else columns[0]
        statement = f"SELECT {', '.join(columns)} FROM {table} WHERE project = %(project)s ORDER BY {order}"
        for row in run(statement):
            values = {name: _as_it_leaves(name, value) for name, value in zip(columns, row, strict=True)}
            yield {"table": table, **{name: value for name, value in values.items() if value is not None}}


def _as_it_leaves(name: str, value: object) -> object:
    """A column as JSON."""
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode()
    return json.loads(str(value)) if name in _JSON and value is not None else value


def incoming(name: str, value: object, offset: int) -> object:
    """A column as it is stored, its numbers moved by `offset`."""
    if name == "bytes":
        return binascii.a2b_base64(str(value), strict_mode=True)
    if name in _TIMES:
        return as_text(datetime.fromisoformat(str(value)))
    if name in _NUMBERED and value is not None:
        return int(str(value)) + offset
    if name == "details" and isinstance(value, dict) and "seqs" in value:
        value = {**value, "seqs": [seq + offset for seq in value["seqs"]]}
    # A state may be nothing, and that is a state.
    return as_json(value) if name == "state" or (name in _JSON and value is not None) else value
