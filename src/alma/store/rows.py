"""Values to rows and back. A new field of a memory needs nothing here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from alma.domain.ledger import Event
from alma.domain.memory import KINDS, Memory
from alma.domain.values import fields
from alma.domain.workflow import Checkpoint

_COLUMNS = ("seq", "id", "kind", "agent", "domain", "source", "origin", "created_at", "key")
MEMORY_ID = re.compile(r"(?:imagined|[ohakp])-[a-z0-9]+")
_decoded = json.JSONDecoder().raw_decode
_CONVERTED = frozenset(
    (
        *("valid_from", "valid_to", "triggers", "contradicts"),
        *("shown", "withheld", "warned", "left_out", "used", "repeated"),
    )
)
MEMORY_COLUMNS = ", ".join(f"memory.{name}" for name in (*_COLUMNS, "forgotten", "body"))


def as_text(at: datetime) -> str:
    """A time as it is stored: UTC, so that the order of the texts is the order of the times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def as_json(value: object) -> str:
    """JSON in the one form that is stored. Lone surrogates are escaped, so every text survives."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def body_of(memory: Memory) -> str:
    """Everything that is not a column, without what has its default value."""
    body = {}
    for name, one in fields(memory).items():
        held = getattr(memory, name)
        default = one.default_factory() if one.default_factory is not None else one.default
        if name not in _COLUMNS and held != default:
            body[name] = as_text(held) if isinstance(held, datetime) else held
    return as_json(body)


def columns_of(memory: Memory) -> dict[str, object]:
    """A memory as named parameters."""
    return {
        "seq": memory.seq,
        "id": memory.id,
        "kind": memory.kind,
        "agent": memory.agent,
        "domain": memory.domain,
        "source": memory.source,
        "origin": memory.origin,
        "created_at": as_text(memory.created_at),
        "key": getattr(memory, "key", None),
        "body": body_of(memory),
    }


class DamagedRow(ValueError):
    """A row that no ALMA has written."""


def memory_of(row: Sequence[object]) -> Memory:
    """A memory from the columns of MEMORY_COLUMNS. Raises DamagedRow."""
    seq, id_, kind, agent, domain, source, origin, created_at, key, _, body = row
    try:
        if not MEMORY_ID.fullmatch(str(id_)):
            raise ValueError(f"{id_!r} is no id")
        values: dict[str, object] = _decoded(str(body))[0]
        for name in _CONVERTED & values.keys():
            values[name] = _read(values[name])
        if kind == "outcome":
            values["key"] = key
        values |= {
            "id": id_,
            "agent": agent,
            "domain": domain,
            "source": source,
            "origin": origin,
            "seq": seq,
        }
        return KINDS[str(kind)](created_at=datetime.fromisoformat(str(created_at)), **values)  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedRow(f"row {seq} is no memory: {error}") from error


def memories_of(records: Iterable[Mapping[str, object]]) -> Iterator[Memory]:
    """The live memories among exported records, in order."""
    for record in records:
        if record["table"] == "memory" and record.get("forgotten") is None:
            values = [record.get(name) for name in (*_COLUMNS, "forgotten")]
            yield memory_of([*values, json.dumps(record["body"])])


def _read(value: object) -> object:
    return tuple(value) if isinstance(value, list) else datetime.fromisoformat(str(value))


def event_of(row: Sequence[object]) -> Event:
    """An event from (seq, at, kind, agent, source, memory_id, details)."""
    seq, at, kind, agent, source, memory_id, details = row
    return Event(
        seq=int(str(seq)),
        at=datetime.fromisoformat(str(at)),
        kind=str(kind),
        agent=str(agent),
        source=str(source),
        memory_id=None if memory_id is None else str(memory_id),
        details=json.loads(str(details)) if details else {},
    )


def checkpoint_of(row: Sequence[object]) -> Checkpoint:
    """A checkpoint from (workflow_id, version, at, step, task, agent, state)."""
    workflow_id, version, at, step, task, agent, state = row
    return Checkpoint(
        workflow_id=str(workflow_id),
        version=int(str(version)),
        step=step,  # type: ignore[arg-type]
        state=json.loads(str(state)),
        task=task,  # type: ignore[arg-type]
        agent=agent,  # type: ignore[arg-type]
        created_at=datetime.fromisoformat(str(at)),
    )


def checkpoint_columns(checkpoint: Checkpoint) -> Mapping[str, object]:
    """A checkpoint as named parameters."""
    return {
        "workflow_id": checkpoint.workflow_id,
        "version": checkpoint.version,
        "at": as_text(checkpoint.created_at),
        "step": checkpoint.step,
        "task": checkpoint.task,
        "agent": checkpoint.agent,
        "state": as_json(checkpoint.state),
    }
