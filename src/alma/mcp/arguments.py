"""What a tool may be given: the schema of its arguments, and the check that says what to change.

An unknown argument is refused, never dropped: whoever misspells one would believe it was heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from alma.domain.errors import InvalidInput
from alma.rules.writing import LONGEST_KEY, LONGEST_TEXT

Schema = dict[str, Any]  # JSON has no narrower type
LONGEST_NAME = 200
LONGEST_SHOWN = 80


def text(description: str, *, longest: int = LONGEST_TEXT) -> Schema:
    """Words; the limit of the verb is in bytes, and never above this."""
    return {"type": "string", "description": description, "minLength": 1, "maxLength": longest}


def output(description: str) -> Schema:
    """What a tool or an error said: of any length, for it is cut."""
    return {"type": "string", "description": description}


def name(description: str) -> Schema:
    """A name, an id."""
    return text(description, longest=LONGEST_NAME)


def key(description: str) -> Schema:
    """What makes a write exactly-once."""
    return text(description, longest=LONGEST_KEY)


def one_of(names: tuple[str, ...], description: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(names), "description": description}


def whole(description: str, *, least: int, most: int, default: int | None = None) -> Schema:
    """A whole number within limits."""
    said: Schema = {"type": "integer", "minimum": least, "maximum": most, "description": description}
    return said if default is None else {**said, "default": default}


def several(inner: Schema, description: str, *, most: int) -> Schema:
    """A list of so many at most."""
    return {"type": "array", "items": inner, "minItems": 1, "maxItems": most, "description": description}


def moment(description: str) -> Schema:
    """A time in ISO 8601."""
    return {"type": "string", "format": "date-time", "maxLength": 64, "description": description}


def given(properties: Mapping[str, Schema], required: tuple[str, ...]) -> Schema:
    """The schema of all arguments together."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def check(schema: Schema, arguments: Mapping[str, object]) -> None:
    """Raise InvalidInput for the first argument that is wrong: its name, what is wrong, what is allowed."""
    unknown = sorted(arguments.keys() - schema["properties"].keys())
    if unknown:
        raise _unknown(unknown[0], tuple(schema["properties"]))
    for missing in schema["required"]:
        if missing not in arguments:
            said = schema["properties"][missing].get("description", "")
            raise InvalidInput(missing, "is missing", allowed=said)
    for error in Draft202012Validator(schema).iter_errors(dict(arguments)):
        raise _wrong(error)


def _unknown(named: str, known: tuple[str, ...]) -> InvalidInput:
    near = get_close_matches(named, known, n=1)
    hint = f"is unknown; did you mean {near[0]}?" if near else "is unknown"
    return InvalidInput(_short(named), hint, allowed=", ".join(known))


def _wrong(error: ValidationError) -> InvalidInput:
    place = "".join(f"[{step}]" if isinstance(step, int) else str(step) for step in error.absolute_path)
    limit = error.validator_value
    problems = {
        "type": (f"{_shown(error)} is {_kind(error.instance)}", f"{limit}"),
        "enum": (
            f"{_shown(error)} is unknown",
            ", ".join(map(str, limit)) if isinstance(limit, list) else "",
        ),
        "minLength": ("is empty", "text that is not blank"),
        "maxLength": (f"is too long ({len(str(error.instance)):,} characters)", f"up to {limit} characters"),
        "minItems": ("is empty", "at least one, or leave it out"),
        "maxItems": ("holds too many", f"up to {limit}"),
        "minimum": (f"{_shown(error)} is too small", f"from {limit} on"),
        "maximum": (f"{_shown(error)} is too large", f"up to {limit}"),
    }
    description = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    problem, allowed = problems.get(str(error.validator), (f"{_shown(error)} is not allowed", description))
    return InvalidInput(place, problem, allowed=allowed)


def _kind(value: object) -> str:
    kinds = {
        str: "text",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _shown(error: ValidationError) -> str:
    return _short(repr(error.instance)) if not isinstance(error.instance, list | dict) else "it"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
