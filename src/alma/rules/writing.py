"""What may be written: texts within their limits and without secrets, results as numbers, durations, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alma.domain.errors import InvalidInput
from alma.domain.memory import KINDS, RESERVED, AntiPattern, Memory
from alma.domain.names import name_problem
from alma.rules import signatures
from alma.rules.redaction import redact, redact_json

LONGEST_TEXT = 8 * 1024
LONGEST_OUTPUT = 4 * 1024
LONGEST_KEY = 512
LONGEST_DURATION = 10 * 366 * 86_400
LONGEST_METADATA = 64 * 1024
LARGEST_STATE = 16 * 1024 * 1024
DEEPEST_STATE = 200
_QUOTED = r'"(?:[^"\\]+|\\.)*+"'
_BRACKET = r"[\[\]{}]"
RESULTS = {"success": 1.0, "failure": 0.0}
REVISABLE = {
    "heuristic": ("condition", "strategy"),
    "anti_pattern": ("pattern", "why_bad", "better_alternative", "triggers"),
    "knowledge": ("fact", "valid_from", "valid_to"),
    "preference": ("preference", "category"),
}
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def text(field: str, value: object, *, longest: int = LONGEST_TEXT) -> str:
    """A required text without secrets. Raises InvalidInput: not text, empty, NUL bytes, or too long."""
    if not isinstance(value, str):
        raise InvalidInput(field, f"must be text, not {type(value).__name__}")
    if not value.strip():
        raise InvalidInput(field, "is empty", allowed=f"text of 1 to {longest} bytes")
    if "\0" in value:
        raise InvalidInput(field, "contains a NUL byte")
    size = len(value) if len(value) > longest else len(value.encode("utf-8", "surrogatepass"))
    if size > longest:
        raise InvalidInput(field, f"is too long ({size:,} bytes)", allowed=f"up to {longest:,} bytes")
    return _encodable(redact(value.strip()))


def optional_text(field: str, value: object, *, longest: int = LONGEST_TEXT) -> str | None:
    """The same where nothing may be said."""
    return None if value is None else text(field, value, longest=longest)


def key(value: object) -> str | None:
    """What makes a `learn` exactly-once. It is compared, so it cannot be redacted: a secret is refused."""
    given = optional_text("key", value, longest=LONGEST_KEY)
    if isinstance(value, str) and redact(value) != value:
        raise InvalidInput("key", "looks like a secret, which is never stored", allowed="any other text")
    return given


def output(field: str, value: object) -> str | None:
    """What a tool or an error said: cut to its head and tail, and saying so. Secrets go before the cut."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = str(value) if isinstance(value, BaseException) else value
    if not isinstance(value, str):
        raise InvalidInput(field, f"must be text, not {type(value).__name__}")
    looked_at = cut(value.replace("\0", "").strip(), longest=16 * LONGEST_OUTPUT)
    return cut(_encodable(redact(looked_at))) or None


def cut(value: str, *, longest: int = LONGEST_OUTPUT) -> str:
    """Head and tail of a long text, with how much was left out between them."""
    if len(value) <= longest:
        return value
    half = longest // 2
    return f"{value[:half].rstrip()}\n[… {len(value) - 2 * half:,} characters left out …]\n{value[-half:].lstrip()}"


def _encodable(value: str) -> str:
    """Text that every database and terminal can hold: a lone surrogate becomes a replacement character."""
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value


def name(field: str, value: object) -> str:
    """A name of an agent, a domain, a user or a workflow."""
    if not isinstance(value, str):
        raise InvalidInput(field, f"must be a name, not {type(value).__name__}")
    if problem := name_problem(value):
        raise InvalidInput(field, problem, allowed="one printable line of up to 200 characters")
    if redact(value) != value:
        raise InvalidInput(field, "looks like a secret, which is never stored", allowed="a name")
    return value


def names(field: str, values: object) -> tuple[str, ...]:
    """A list of names."""
    return tuple(name(field, one) for one in _list(field, values))


def given(field: str, values: object) -> tuple[str, ...]:
    """A list of texts, each checked and each kept as it was given."""
    texts = tuple(_list(field, values))
    for one in texts:
        text(field, one)
    return texts


def _list(field: str, values: object) -> Sequence[str]:
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise InvalidInput(
            field, f"must be a list, not {type(values).__name__}", allowed="such as ['one', 'two']"
        )
    return values


def agent(value: object) -> str:
    """The name of an agent."""
    given = name("agent", value)
    if given.startswith(RESERVED):
        taken = given.partition(":")[0]
        raise InvalidInput(
            "agent", f"may not begin with '{taken}:', which marks memories that are no agent's"
        )
    return given


def result(value: object) -> float:
    """An outcome as a number in [0, 1]. Raises InvalidInput for anything that is no outcome."""
    allowed = "'success', 'failure', True, False, or a number from 0 to 1"
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        if 0 <= value <= 1:
            return float(value)
        raise InvalidInput("outcome", f"{_shown(value)} is outside 0 to 1", allowed=allowed)
    if isinstance(value, str) and value.strip().lower() in RESULTS:
        return RESULTS[value.strip().lower()]
    raise InvalidInput("outcome", f"{_shown(value)} is no outcome", allowed=allowed)


def number(field: str, value: object) -> float | None:
    """A duration in seconds, or nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_DURATION:
        raise InvalidInput(field, f"{_shown(value)} is no duration", allowed="seconds, 0 or more")
    return float(value)


def whole(field: str, value: object, *, least: int, most: int) -> int:
    """A whole number within limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            field, f"{_shown(value)} is not allowed", allowed=f"a whole number from {least} to {most}"
        )
    return value


def metadata(value: Mapping[str, object] | None) -> dict[str, object]:
    """JSON that goes with an outcome, without secrets."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput("metadata", f"must be a mapping, not {type(value).__name__}")
    kept = json_value("metadata", dict(value), largest=LONGEST_METADATA)
    return dict(kept) if isinstance(kept, dict) else {}


def json_value(field: str, value: object, *, largest: int = LARGEST_STATE) -> object:
    """Any JSON without secrets, exactly as it will be read back. Raises InvalidInput for what is no JSON."""
    try:
        written = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            field, f"is no JSON: {error}", allowed="objects, lists, text, numbers, true, false, null"
        ) from error
    if len(written) > largest:
        raise InvalidInput(
            field, f"is too large ({len(written):,} bytes)", allowed=f"up to {largest:,} bytes"
        )
    if _depth(written) > DEEPEST_STATE:
        raise InvalidInput(field, "is nested too deeply", allowed=f"up to {DEEPEST_STATE} levels")
    if "\\u0000" in written and "\0" in _all_text(value):
        raise InvalidInput(field, "contains a NUL byte")
    if json.loads(written) != value and not _same_but_for_tuples(value, json.loads(written)):
        raise InvalidInput(field, "would not be read back as it is", allowed="text as the keys of objects")
    return redact_json(json.loads(written))


def _depth(written: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(_BRACKET, re.sub(_QUOTED, "", written)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _all_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\\u0000", "\0")


def _same_but_for_tuples(value: object, read: object) -> bool:
    if isinstance(value, list | tuple) and isinstance(read, list):
        return len(value) == len(read) and all(map(_same_but_for_tuples, value, read))
    if isinstance(value, dict) and isinstance(read, dict):
        return value.keys() == read.keys() and all(
            _same_but_for_tuples(value[key], read[key]) for key in value
        )
    return value == read


def moment(field: str, value: object) -> datetime | None:
    """A time with its zone; one without is taken as UTC."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise InvalidInput(field, f"must be a datetime, not {type(value).__name__}")
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(field, f"{value} is no time that can be kept") from error


def before(field: str, value: object, *, now: datetime) -> datetime | None:
    """How long ago, as the time it was: `"90d"`, `"12h"`, a timedelta, or a datetime."""
    if value is None or isinstance(value, datetime):
        return moment(field, value)
    try:
        if isinstance(value, timedelta):
            return now - value
        if isinstance(value, str) and value.isascii() and value[:-1].isdigit() and value[-1:] in UNITS:
            return now - timedelta(**{UNITS[value[-1]]: int(value[:-1])})
    except OverflowError:
        pass
    raise InvalidInput(field, f"{_shown(value)} is no span of time", allowed="such as 30m, 12h, 90d or 4w")


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except ValueError:  # a number with thousands of digits
        shown = f"a {type(value).__name__} with too many digits"
    return shown if len(shown) <= 60 else shown[:59] + "…"


def kinds(named: Sequence[str] | None) -> tuple[str, ...]:
    """Kinds of memory; all of them where none is named."""
    if named is None:
        return tuple(KINDS)
    for kind in _list("kinds", named):
        if not isinstance(kind, str) or kind not in KINDS:
            raise InvalidInput("kinds", f"{_shown(kind)} is unknown", allowed=", ".join(KINDS))
    return tuple(named)


def triggers(values: object) -> tuple[str, ...]:
    """What `warn` is to look for, as a person gave it."""
    found = tuple(dict.fromkeys(text("triggers", one, longest=200) for one in _list("triggers", values)))
    for one in found:
        if signatures.key_of_trigger(one) is None:
            raise InvalidInput("triggers", f"{one!r} holds nothing that could be found in an action")
    return found


def require_revisable(old: Memory, memory_id: str, fields: Mapping[str, object]) -> None:
    """Raise InvalidInput for an outcome or a belief, and for fields that this kind does not have."""
    allowed = REVISABLE.get(old.kind) if not memory_id.startswith("b-") else None
    if allowed is None:
        raise InvalidInput("memory_id", f"{memory_id} came from outcomes, and the ledger is never edited")
    if not fields or not fields.keys() <= set(allowed):
        wrong = ", ".join(sorted(fields.keys() - set(allowed))) or "nothing to change"
        raise InvalidInput("fields", wrong, allowed=", ".join(allowed))


def revised(old: Memory, fields: Mapping[str, object]) -> dict[str, object]:
    """The new wording, checked field by field; triggers follow the pattern unless they are given."""
    new: dict[str, object] = {}
    for name, value in fields.items():
        if name == "triggers":
            new[name] = triggers(value)
        elif name in ("valid_from", "valid_to"):
            new[name] = moment(name, value)
        elif name in ("better_alternative", "category"):
            new[name] = optional_text(name, value)
        else:
            new[name] = text(name, value)
    begins = new.get("valid_from", getattr(old, "valid_from", None))
    ends = new.get("valid_to", getattr(old, "valid_to", None))
    if isinstance(begins, datetime) and isinstance(ends, datetime) and ends <= begins:
        raise InvalidInput("valid_to", "is not after valid_from")
    if isinstance(old, AntiPattern) and "pattern" in new and "triggers" not in new:
        new["triggers"] = signatures.triggers_of(str(new["pattern"]))
    return new


def plain(value: object) -> object:
    """A field as JSON."""
    return value.isoformat() if isinstance(value, datetime) else value
