"""Rows of an export: which tables and columns leave the store, and how they come back in."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import fields

from alma.domain.errors import InvalidInput
from alma.domain.memory import KINDS, SOURCES, TEXTS
from alma.domain.names import name_problem
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
)


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
    if table == "memory":
        _check_memory(record)
    return record


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
    known = {field.name for field in fields(KINDS[kind])} - {*EXPORTED["memory"], *COMPUTED}
    if not body.keys() <= known or not all(isinstance(body.get(name, ""), str) for name in TEXTS[kind]):
        raise _refused(f"{id_} has not the fields of a {kind}: {sorted(body)}")
    if "result" in known and not (isinstance(body.get("result"), int | float) and 0 <= body["result"] <= 1):
        raise _refused(f"{id_} has no result from 0 to 1")
    try:
        memory_of([record.get(name) for name in (*EXPORTED["memory"][:9], "forgotten")] + [as_json(body)])
    except (TypeError, ValueError) as error:
        raise _refused(f"{id_} is no {kind}: {error}") from error


def _refused(problem: str, *, allowed: str = "") -> InvalidInput:
    return InvalidInput(
        "path", f"{problem}; nothing was imported", allowed=allowed or "a file that `alma export` wrote"
    )


def outgoing(name: str, value: object) -> object:
    """A column as JSON."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return json.loads(str(value)) if name in _JSON and value is not None else value


def incoming(name: str, value: object, offset: int) -> object:
    """A column as it is stored, its numbers moved by `offset`."""
    if name == "bytes":
        return base64.b64decode(str(value))
    if name in _NUMBERED and value is not None:
        return int(str(value)) + offset
    if name == "details" and isinstance(value, dict) and "seqs" in value:
        value = {**value, "seqs": [seq + offset for seq in value["seqs"]]}
    return as_json(value) if name in _JSON and value is not None else value
