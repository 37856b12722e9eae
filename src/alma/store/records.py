"""Rows of an export: which tables and columns leave the store, and how they come back in."""

from __future__ import annotations

import base64
import json

from alma.store.rows import as_json

EXPORTED = {
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
