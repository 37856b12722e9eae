"""Public values as JSON: the keys are the names of the attributes, times are ISO 8601, sequences are arrays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alma.domain.memory import Memory
from alma.domain.recall import Recall
from alma.domain.values import fields

# Of a recall, what `--why` alone shows.
_BEHIND = ("candidates", "floor")


def document(value: object) -> object:
    """A value as what `json` can write."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): document(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [document(inner) for inner in value]
    if hasattr(value, "__value_fields__"):
        return _fields(value)
    return str(value)


def recall(value: Recall, *, prompt: str, why: bool = False) -> dict[str, object]:
    """A recall with its prompt, and with what was looked at where that is asked for."""
    said = {**_fields(value), "prompt": prompt}
    return {**said, "candidates": document(value.candidates), "floor": value.floor} if why else said


def _fields(value: object) -> dict[str, object]:
    names = [name for name in fields(value) if not name.startswith("_")]
    said: dict[str, object] = {"kind": value.kind} if isinstance(value, Memory) else {}
    said.update({name: document(getattr(value, name)) for name in names})
    if isinstance(value, Memory):
        said["owner"] = value.owner
    if isinstance(value, Recall):
        said = {name: inner for name, inner in said.items() if name not in _BEHIND}
        said["prompt"] = value.to_prompt()
    return said
