"""What a session showed and the memory has not taken in yet: kept in the session until it has, then gone.

The key of a finding makes taking it in exactly-once, so that it may be tried again by whichever event comes next.
"""

from __future__ import annotations

from alma.capture.finding import Attempt, Correction, Objection, Proposal
from alma.domain.recall import Told
from alma.domain.values import fields, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any, TypeVar

    from alma.capture.finding import Finding

    State = Mapping[str, object]
    T = TypeVar("T")

KEY = "found"
MOST = 16
KINDS: dict[str, type[Finding]] = {one.__name__: one for one in (Attempt, Correction, Objection, Proposal)}


@value
class Entry:
    """One finding, who it is for, how far it is trusted, and what that thread had been told when it was found.

    Its attempt began after the event `since`.
    """

    finding: Finding
    agent: str
    source: str
    told: Told | None
    since: int


def with_entries(state: State, entries: Sequence[Entry]) -> State:
    """These wait as well; of very many the latest do."""
    if not entries:
        return state
    rest = without(state, [one.finding.key for one in entries]).get(KEY)
    known = rest if isinstance(rest, list) else []
    return {**state, KEY: [*known, *map(_written, entries)][-MOST:]}


def entries(state: State) -> list[Entry]:
    """All that waits, the oldest first; what another version wrote in another way is passed over."""
    kept = state.get(KEY)
    return [one for said in kept if (one := _read(said)) is not None] if isinstance(kept, list) else []


def without(state: State, keys: Collection[str]) -> State:
    """The same where these wait no longer, nor what cannot be read."""
    left = [_written(one) for one in entries(state) if one.finding.key not in keys]
    rest = {name: held for name, held in state.items() if name != KEY}
    return {**rest, KEY: left} if left else rest


def _written(entry: Entry) -> dict[str, object]:
    return {
        "kind": type(entry.finding).__name__,
        "finding": _as_json(entry.finding),
        "agent": entry.agent,
        "source": entry.source,
        "since": entry.since,
        "told": None if entry.told is None else _as_json(entry.told),
    }


def _read(said: Any) -> Entry | None:  # Any: JSON that another version may have written
    try:
        finding: Finding = _of_json(KINDS[said["kind"]], said["finding"])
        told = None if said["told"] is None else _of_json(Told, said["told"])
        since = int(said["since"])
        return Entry(finding=finding, agent=said["agent"], source=said["source"], told=told, since=since)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _as_json(one: object) -> dict[str, object]:
    held = {name: getattr(one, name) for name in fields(one)}
    return {name: list(part) if isinstance(part, tuple) else part for name, part in held.items()}


def _of_json(kind: type[T], said: Mapping[str, object]) -> T:
    held = {name: tuple(part) if isinstance(part, list) else part for name, part in said.items()}
    return kind(**held)
