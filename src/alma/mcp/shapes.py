"""Public values as a model gets them, and the JSON Schema of each: one table says which fields are shown.

What is not said is left out, and so is what cannot be seen in a text: hidden characters carry no instruction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from unicodedata import category

from alma.domain.ledger import Stats
from alma.domain.memory import AntiPattern, Heuristic, Knowledge, Memory, Outcome, Preference
from alma.domain.recall import (
    Advice,
    Caution,
    Change,
    Condition,
    Evidence,
    Explanation,
    Learned,
    Recall,
    Similar,
)
from alma.domain.workflow import Checkpoint
from alma.rules.prompt import UNSEEN

Schema = dict[str, Any]  # JSON has no narrower type
_KINDS = ("object", "array", "string", "number", "boolean", "null")
# Every kind by its name: clients that know schemas of one type each understand it too.
ANYTHING: Schema = {"anyOf": [{"type": kind} for kind in _KINDS]}

_OF_A_MEMORY = "id kind owner domain source created_at"
SHOWN: dict[type, str] = {
    Advice: "id strategy status successes failures mean lower why owner",
    Outcome: f"{_OF_A_MEMORY} task strategy result why",
    Heuristic: f"{_OF_A_MEMORY} condition strategy grade successes failures lower",
    AntiPattern: f"{_OF_A_MEMORY} pattern why_bad better_alternative alternative_id triggers grade failures successes"
    " alternative_successes alternative_failures",
    Knowledge: f"{_OF_A_MEMORY} fact valid_from valid_to replaces contradicts",
    Preference: f"{_OF_A_MEMORY} user preference category",
    # What else it holds stands in its prompt, by id: some clients give a model the whole document and not the text.
    Recall: "task agent advice shown why_empty",
    Caution: "text matched anti_pattern",
    Change: "what belief",
    Similar: "id strategy",
    Learned: "accepted refused_because outcome similar changes",
    Evidence: "outcome_id at source owner result weight counted task strategy why note",
    Condition: "belief says value needs held",
    Explanation: "memory task since numbers conditions evidence_for evidence_against how contradictions seen_by"
    " would_change history",
    Checkpoint: "workflow_id version step task agent created_at",
    Stats: "project memories agents forgotten events workflows embedder schema",
}
# Of a list inside an answer; of an explanation the heaviest evidence comes first.
MOST_SHOWN = 50
_NAMES = {"datetime": datetime, "Recall": Recall, "Mapping": Mapping}
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
_PROPERTIES = {"kind": str, "owner": str, "shown": tuple[str, ...]}


def document(value: object) -> Any:  # JSON
    """A value as JSON: its shown fields, without those that say nothing."""
    if isinstance(value, str):
        return seen(value)
    if isinstance(value, float):
        return round(value, 4)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {seen(str(key)): document(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [document(inner) for inner in value[:MOST_SHOWN]]
    shown = {name: getattr(value, name) for name in SHOWN[type(value)].split()}
    return {name: document(inner) for name, inner in shown.items() if inner is not None}


def schema(kind: Any) -> Schema:  # any type that an annotation can name
    """The JSON Schema of what `document` makes of this type."""
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind in SHOWN:
        return _of_fields(kind)
    if kind is Memory:
        return {"type": "object"}
    if kind is datetime:
        return {"type": "string", "format": "date-time"}
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple and Ellipsis not in inner:
        return {"type": "array", "minItems": len(inner), "maxItems": len(inner)}
    if origin in (tuple, list):
        return {"type": "array", "items": schema(inner[0]), "maxItems": MOST_SHOWN}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object"}
    return _one_of([one for one in inner if one is not NoneType])


def answer(
    always: Mapping[str, Schema], *, maybe: Mapping[str, Schema] | None = None, also: type | None = None
) -> Schema:
    """The schema of an answer: what is always there, what may be, and the fields of a value."""
    more = schema(also) if also is not None else {"properties": {}, "required": []}
    return {
        "type": "object",
        "properties": {**always, **(maybe or {}), **more["properties"]},
        "required": [*always, *more["required"]],
    }


def seen(text: str) -> str:
    """A text without the characters that nobody sees; lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        letter
        for letter in text
        if letter in "\n\t" or not (ord(letter) in UNSEEN or category(letter)[0] == "C")
    )


def _of_fields(kind: type) -> Schema:
    hints = {**_PROPERTIES, **get_type_hints(kind, localns=_NAMES)}
    names = SHOWN[kind].split()
    required = [name for name in names if NoneType not in get_args(hints[name])]
    return {
        "type": "object",
        "properties": {name: schema(hints[name]) for name in names},
        "required": required,
    }


def _one_of(kinds: list[Any]) -> Schema:  # types
    if len(kinds) == 1:
        return schema(kinds[0])
    return {"anyOf": [schema(one) for one in kinds]}
