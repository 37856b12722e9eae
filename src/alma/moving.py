"""Memories out of a store and into another: an export is taken in whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from alma import retention
from alma.domain.imported import Imported
from alma.domain.memory import IMPORT, Knowledge, Memory, Outcome, text_of
from alma.domain.scope import Scopes
from alma.domain.values import replace
from alma.rules import transfer, trust
from alma.store import files, records, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Ledger, Snapshot, Store


def exported(now: Snapshot, path: str) -> int:
    """Write everything there is; gives the number of records. Raises Conflict, StoreError."""
    stats = now.stats()
    header = {"project": stats.project, "schema": stats.schema, "embedder": stats.embedder}
    return files.write_new(path, transfer.lines(header, now.records())) - 2


def imported(path: str, *, store: Store, gate: Gate, meaning: Meaning) -> Imported:
    """Take in an export; gives how many memories are new. Raises InvalidInput, StoreError.

    An exact copy only into an empty project, through a door that is trusted, where every agent may learn what is
    in it, and where the vectors were made by the same embedder.
    """
    header = transfer.checked(files.read_lines(path), name=path)
    with store.reading() as now:
        empty = now.head() == 0 and trust.is_verified(gate.door.source)
    refused = [one for one in _memories(path) if not _is_allowed(one, gate.scopes)]
    if empty and not refused and header.get("embedder") in (None, meaning.embedder.name):
        with store.writing() as ledger:
            if ledger.head() == 0:
                return Imported(ledger.load(_records(path)))
    return Imported(_joined(path, refused, store=store, gate=gate, meaning=meaning, keep_sources=empty))


def _records(path: str) -> Iterator[Mapping[str, object]]:
    return map(transfer.clean, records.fitting(transfer.records(files.read_lines(path), name=path)))


def _memories(path: str) -> Iterator[Memory]:
    return rows.memories_of(_records(path))


def _is_allowed(memory: Memory, scopes: Scopes) -> bool:
    return scopes.agent(memory.agent).may_learn(memory.domain)


def _joined(
    path: str, refused: list[Memory], *, store: Store, gate: Gate, meaning: Meaning, keep_sources: bool
) -> int:
    """Add the live memories of an export that are not here yet, all in one transaction."""
    allowed = [one for one in _memories(path) if _is_allowed(one, gate.scopes)]
    memories = allowed if keep_sources else [replace(one, source=IMPORT) for one in allowed]
    vectors = [meaning.vector(text_of(one)) for one in memories]
    came = {one.id: one.owner for one in memories}
    added: set[str] = set()
    with store.writing() as ledger:
        for memory, vector in zip(memories, vectors, strict=True):
            if ledger.find(memory.id) is None:
                if problem := retention.make_room(ledger, gate, memory):
                    ledger.note(gate.refusal("import", memory.agent, memory.domain, problem))
                    continue
                meaning.claim(ledger, vector)
                if isinstance(memory, Knowledge) and not _may_replace(memory, came, added, ledger):
                    memory = replace(memory, replaces=None)
                ledger.remember(_without_taken_key(memory, ledger), vector=vector)
                added.add(memory.id)
        for memory in refused:
            ledger.note(gate.refusal("import", memory.agent, memory.domain, "outside its scope"))
    return len(added)


def _may_replace(memory: Knowledge, came: Mapping[str, str], added: Set[str], ledger: Ledger) -> bool:
    """Whether a fact replaces one of the same owner that came out of an export as well, this one or an earlier one.

    Else a line that was added by hand would silence what a person stated here.
    """
    old = ledger.find(memory.replaces) if memory.replaces is not None else None
    if old is None or came.get(old.memory.id) != memory.owner or old.memory.owner != memory.owner:
        return False
    return old.memory.id in added or old.memory.source == IMPORT


def _without_taken_key(memory: Memory, ledger: Ledger) -> Memory:
    if isinstance(memory, Outcome) and memory.key is not None and ledger.keyed(memory.key) is not None:
        return replace(memory, key=None)
    return memory
