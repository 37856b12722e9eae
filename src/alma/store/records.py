"""Rows of an export: which tables and columns leave the store, and how they come back in."""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime

from alma.domain.errors import InvalidInput
from alma.domain.memory import KINDS, SOURCES, TEXTS, Memory
from alma.domain.names import name_problem
from alma.domain.values import fields
from alma.domain.workflow import STATUSES
from alma.store.rows import as_json, memory_of

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
OPTIONAL = ("memory_id", "details", "key", "forgotten", "step", "task", "agent")
COMPUTED = (
    "grade",
    "successes",
    "failures",
    "lower",
    "alternative_successes",
    "alternative_failures",
    "alternative_id",
    "also",
)

ID = r"(?:b-)?[ohakp]-[a-z2-7]{10}|[ru]-[0-9a-f]{12,16}"


def checked(record: Mapping[str, object]) -> Mapping[str, object]:
    """The record, if it is one that ALMA could have written. Raises InvalidInput, which says what is wrong."""
    table = record.get("table")
    columns = EXPORTED.get(table) if isinstance(table, str) else None
    if columns is None:
        raise _refused(f"{table!r} is no table", allowed=", ".join(EXPORTED))
    unknown = record.keys() - {"table", *columns}
    missing = {name for name in columns if name not in OPTIONAL} - record.keys()
    if unknown or missing:
        raise _refused(f"a row of {table} has not the columns it should have: {sorted(unknown | missing)}")
    for name, value in record.items():
        kinds = (dict,) if name in ("details", "body") else (int,) if name in _WHOLE else (str,)
        if name != "state" and not isinstance(value, kinds):
            raise _refused(f"{table}.{name} is a {type(value).__name__}")
    _check_values(record)
    if table == "memory":
        _check_memory(record)
    return record


def _check_values(record: Mapping[str, object]) -> None:
    """Numbers that a database can hold, times that can be read, names that can be shown."""
    for name in _WHOLE:
        value = record.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 53:
            raise _refused(f"{name} is no number of a row")
    for name in ("at", "created_at"):
        if name in record:
            _check_time(name, record[name])
    for name in ("agent", "domain", "origin", "workflow_id"):
        value = record.get(name)
        if isinstance(value, str) and value and name_problem(value):
            raise _refused(f"{name} {name_problem(value)}")
    if "source" in record and record["source"] not in SOURCES:
        raise _refused(f"{record['source']!r} is no source")
    if "status" in record and record["status"] not in STATUSES:
        raise _refused(f"{record['status']!r} is no status")
    details = record.get("details")
    seqs = details.get("seqs", []) if isinstance(details, dict) else []
    if not isinstance(seqs, list) or not all(isinstance(seq, int) and 0 < seq < 1 << 53 for seq in seqs):
        raise _refused("an event names no proper rows")


def _check_time(name: str, value: object) -> None:
    try:
        if datetime.fromisoformat(str(value)).tzinfo is None:
            raise ValueError("it has no time zone")
    except ValueError as error:
        raise _refused(f"{name} is no time: {error}") from error


def _check_memory(record: Mapping[str, object]) -> None:
    kind, id_ = str(record["kind"]), str(record["id"])
    if kind not in KINDS or not re.fullmatch(rf"{KINDS[kind].prefix}-[a-z2-7]{{10}}", id_):
        raise _refused(f"{id_!r} is no id of a memory of kind {kind!r}")
    if (
        record["source"] not in SOURCES
        or name_problem(str(record["agent"]))
        or name_problem(str(record["domain"]))
    ):
        raise _refused(f"{id_} has no proper source, agent or domain")
    body = record["body"]
    assert isinstance(body, dict)
    known = fields(KINDS[kind]).keys() - {*EXPORTED["memory"], *COMPUTED}
    if not body.keys() <= known or not all(isinstance(body.get(name, ""), str) for name in TEXTS[kind]):
        raise _refused(f"{id_} has not the fields of a {kind}: {sorted(body)}")
    if "result" in known and not (isinstance(body.get("result"), int | float) and 0 <= body["result"] <= 1):
        raise _refused(f"{id_} has no result from 0 to 1")
    share, tokens = body.get("holdout", 0.0), body.get("tokens", 0)
    if not isinstance(share, int | float) or not 0 <= share < 1 or not isinstance(tokens, int) or tokens < 0:
        raise _refused(f"{id_} was drawn from no share, or shown no number of tokens")
    try:
        read = memory_of(
            [record.get(name) for name in (*EXPORTED["memory"][:9], "forgotten")] + [as_json(body)]
        )
        _check_lists(read)
    except (TypeError, ValueError) as error:
        raise _refused(f"{id_} is no {kind}: {error}") from error


def _check_lists(memory: Memory) -> None:
    for name in (
        *("contradicts", "shown", "triggers"),
        *("withheld", "warned", "left_out", "used", "repeated"),
    ):
        for one in getattr(memory, name, ()):
            if not isinstance(one, str) or (name != "triggers" and not re.fullmatch(ID, one)):
                raise ValueError(f"{name} holds {one!r}")
    for name in ("replaces", "followed", "recall_id"):
        value = getattr(memory, name, None)
        if value is not None and not (isinstance(value, str) and re.fullmatch(ID, value)):
            raise ValueError(f"{name} is no id")
    for name in ("why", "feedback", "workflow_id", "better_alternative", "category", "user", "key"):
        if not isinstance(getattr(memory, name, None), str | None):
            raise ValueError(f"{name} is no text")
    for name in ("valid_from", "valid_to"):
        value = getattr(memory, name, None)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{name} has no time zone")


def _refused(problem: str, *, allowed: str = "") -> InvalidInput:
    return InvalidInput(
        "path", f"{problem}; nothing was imported", allowed=allowed or "a file that `alma export` wrote"
    )


def outgoing(name: str, value: object) -> object:
    """A column as JSON."""
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode()
    return json.loads(str(value)) if name in _JSON and value is not None else value


def incoming(name: str, value: object, offset: int) -> object:
    """A column as it is stored, its numbers moved by `offset`."""
    if name == "bytes":
        return binascii.a2b_base64(str(value), strict_mode=True)
    if name in _NUMBERED and value is not None:
        return int(str(value)) + offset
    if name == "details" and isinstance(value, dict) and "seqs" in value:
        value = {**value, "seqs": [seq + offset for seq in value["seqs"]]}
    return as_json(value) if name in _JSON and value is not None else value
