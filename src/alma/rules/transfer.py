"""Memories as JSON Lines with a checksum. An export is whole and unchanged, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from alma.domain.errors import InvalidInput
from alma.rules.redaction import redact, redact_json

FORMAT = 1
# Past sessions of other programs, and the agent that they are learned for.
SESSIONS = {"claude-code": "claude", "codex": "codex"}
FORMATS = ("alma", *SESSIONS)


def lines(header: Mapping[str, object], records: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """A header, a line a record, and a last line with the number of records and the checksum of all before it."""
    from hashlib import sha256  # only where something is moved: it is slow to load

    digest = sha256()
    count = -1
    for record in _after({"alma": FORMAT, **header}, records):
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n"
        digest.update(line.encode())
        count += 1
        yield line
    yield json.dumps({"records": count, "sha256": digest.hexdigest()}) + "\n"


def _after(
    first: Mapping[str, object], rest: Iterable[Mapping[str, object]]
) -> Iterator[Mapping[str, object]]:
    yield first
    yield from rest


def checked(file: Iterable[str], *, name: str) -> Mapping[str, object]:
    """The header of a whole and unchanged export. Raises InvalidInput, which says what is wrong with it."""
    from hashlib import sha256  # as above

    digest = sha256()
    header: Mapping[str, object] = {}
    held = ""
    count = -2
    for line in file:
        if count == -1:
            header = _object(held, name=name)
        digest.update(held.encode("utf-8", "surrogatepass"))
        held = line
        count += 1
    last = _object(held, name=name)
    if header.get("alma") != FORMAT:
        raise InvalidInput("path", f"{name} is no export of ALMA", allowed="a file that `alma export` wrote")
    if last.get("sha256") != digest.hexdigest() or last.get("records") != count:
        raise InvalidInput(
            "path", f"{name} is cut off or was changed: its checksum does not hold; nothing was imported"
        )
    return header


def records(file: Iterable[str], *, name: str) -> Iterator[Mapping[str, object]]:
    """The records between header and checksum, as they are: `clean` comes once each is known to be one."""
    held: str | None = None
    for number, line in enumerate(file):
        if held is not None:
            yield _object(held, name=name)
        held = line if number else None


def clean(record: Mapping[str, object]) -> Mapping[str, object]:
    """The record without secrets."""
    if "bytes" in record:
        return record
    return {
        name: redact(value) if isinstance(value, str) else redact_json(value)
        for name, value in record.items()
    }


def _object(line: str, *, name: str) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "path", f"{name} is no JSON Lines file", allowed="a file that `alma export` wrote"
        ) from error
    if not isinstance(value, dict):
        raise InvalidInput("path", f"{name} is no export of ALMA", allowed="a file that `alma export` wrote")
    return value
