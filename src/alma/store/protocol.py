"""What a store is: one ledger a project, read in snapshots and written in transactions.

Engines nominate within the view, before any limit; rules decide. A store proves itself with
`alma.testing.StoreContract`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from alma.domain.ledger import Event, Stats
from alma.domain.memory import Memory, Outcome
from alma.domain.reach import Kept, Nominee, Reach
from alma.domain.workflow import Checkpoint, Workflow
from alma.rules.grouping import Joint


class Snapshot(Protocol):
    """Reads of one moment: nothing that others write meanwhile is seen."""

    def head(self) -> int:
        """The number of the last event."""

    def head_at(self, at: datetime) -> int:
        """The number of the last event that happened at or before a time."""

    def size(self, reach: Reach) -> int:
        """How many live memories are within reach."""

    def nearest(
        self,
        reach: Reach,
        vector: bytes,
        *,
        limit: int,
        per_origin: int | None = None,
        at_least: float = 0.0,
        verified: bool = False,
    ) -> list[Nominee]:
        """The nearest by cosine, best first, ties to the newest; of one unverified origin at most `per_origin`.

        Of those below `at_least` only the ten nearest are given; `verified` leaves out what nobody has seen.
        """

    def is_verified(self, reach: Reach) -> bool:
        """Whether everything within reach that has a vector was seen, or said by a person."""

    def by_words(
        self,
        reach: Reach,
        terms: Sequence[str],
        *,
        limit: int,
        per_origin: int | None = None,
        vectorless: bool = False,
    ) -> list[Nominee]:
        """Those that share the rarest terms, best first; `vectorless` leaves out what has a vector.

        With `per_origin`, `limit` of the outcomes that were seen, and then `limit` of the others, at most so many of one
        origin: however many there are, they do not hide what was seen.
        """

    def newest(self, reach: Reach, *, before: int | None, limit: int) -> list[Memory]:
        """Live memories, newest first."""

    def signed(self, reach: Reach, keys: Sequence[str], *, limit: int) -> list[Nominee]:
        """Live memories under any of these exact keys, newest first."""

    def nominee(self, memory: Memory, *, cosine: float | None) -> Nominee:
        """A memory as a nominee of this moment."""

    def cosines(self, memories: Iterable[Memory], vector: bytes) -> dict[int, float]:
        """How near each of these memories is to a vector, by its number; those without a vector are left out."""

    def beside(self, reach: Reach, seqs: Sequence[int]) -> list[tuple[int, Memory]]:
        """What stands directly before and after each of these memories, each pair with that memory's number.

        Directly: of all live memories of that agent and kind; and only where both are of the same origin.
        """

    def find(self, memory_id: str) -> Kept | None:
        """A memory by its id, forgotten or not."""

    def keyed(self, key: str) -> Outcome | None:
        """The outcome that was learned under this key."""

    def of_workflow(self, reach: Reach, workflow_id: str, *, limit: int) -> list[Outcome]:
        """The outcomes of a workflow within reach, newest first."""

    def matching(
        self, *, agent: str | None, origin: str | None, source: str | None, before: datetime | None
    ) -> list[Memory]:
        """Live memories by where they came from, oldest first."""

    def vectorless(self, *, after: int, limit: int) -> list[Memory]:
        """Live memories after a number that have no vector, oldest first."""

    def events(self, *, after: int | None, limit: int, agents: Sequence[str] | None = None) -> list[Event]:
        """Events in order: those after a number, or the latest; of these agents, or of all."""

    def history(self, memory_id: str) -> list[Event]:
        """What was said of a memory after it was made, in order."""

    def sweeps(self, memory_id: str) -> list[Event]:
        """The events that silenced or brought back several memories at once, this one among them, in order."""

    def reworded(self, ids: Sequence[str], *, after: int) -> dict[str, list[Event]]:
        """The events after a number that gave these memories other words or another end, the latest first."""

    def joints(self) -> list[Joint]:
        """What was said of pairs of strategies, in order."""

    def forgotten(self, name: str) -> dict[str, str]:
        """What is forgotten under an id, or by the event of a number: the ids, each with the source of who did it."""

    def forgotten_outcomes(self, *, agents: Sequence[str] | None) -> Iterator[Outcome]:
        """What is forgotten of the outcomes of these agents, or of all, and not purged: the newest first."""

    def forgotten_texts(self, *, before: datetime | None) -> list[str]:
        """The texts of what `purge` would remove, old wordings among them."""

    def oldest(self, agent: str, *, limit: int, sources: Sequence[str], stated: bool = False) -> list[Memory]:
        """An agent's live outcomes from these sources, the oldest first; `stated`: what was stated instead."""

    def count(self, agent: str, *, sources: Sequence[str]) -> int:
        """How many live memories of an agent are from these sources."""

    def agents(self) -> list[str]:
        """Everybody who owns a live memory, in order of their names."""

    def checkpoint(self, workflow_id: str, version: int | None) -> Checkpoint | None:
        """A saved state, the latest without a version."""

    def workflows(self, *, agent: str | None, status: str | None) -> list[Workflow]:
        """Workflows, the latest first."""

    def session(self, session_id: str) -> Mapping[str, object] | None:
        """What the processes of a session know of each other; None for a session that nobody spoke of."""

    def setting(self, name: str) -> str | None:
        """A remembered fact about the store itself, such as its embedder."""

    def stats(self, *, agents: Sequence[str] | None = None) -> Stats:
        """Counts and sizes; of these agents, or of all."""

    def records(self) -> Iterator[Mapping[str, object]]:
        """Everything there is, as JSON-like records in ledger order: what `export` writes."""


class Ledger(Snapshot, Protocol):
    """A transaction: all of it is kept, durably, when the block ends; none of it if the block raises."""

    def remember(self, memory: Memory, *, vector: bytes | None) -> Memory:
        """Append a memory and index it; what comes back carries its `seq`.

        Raises Conflict where its key is taken.
        """

    def note(self, event: Event) -> Event:
        """Append an event that changes no memory by itself."""

    def rewrite(self, memory: Memory, event: Event, *, vector: bytes | None) -> None:
        """Append the event and give a live memory its new wording; the event keeps what it was.

        Where it has another owner or domain now, it is found there alone.
        """

    def embed(self, memories: Sequence[Memory], event: Event, *, vectors: Sequence[bytes]) -> None:
        """Append the event and give live memories their vectors, each in the domain that it has now."""

    def forget(self, memories: Sequence[Memory], event: Event) -> None:
        """Append the event and take these memories out of every index."""

    def restore(self, memories: Sequence[Memory], event: Event, *, vectors: Sequence[bytes | None]) -> None:
        """Append the event and put forgotten memories, each with its vector, back into every index."""

    def purge(self, event: Event, *, before: datetime | None) -> list[str]:
        """Remove what was forgotten (before a time) for good; the ids of what is gone.

        Sessions may quote it, so what is known of them goes as well.
        """

    def save(self, checkpoint: Checkpoint) -> Checkpoint:
        """Append a checkpoint under the next version."""

    def finish(self, workflow_id: str, status: str, event: Event) -> None:
        """Close a workflow."""

    def drop(self, workflow_id: str) -> None:
        """Let go of a workflow that nobody will resume, with all its checkpoints."""

    def keep_session(self, session_id: str, state: Mapping[str, object], *, at: datetime) -> None:
        """Put this in place of what is known of a session. It is no memory: the ledger does not speak of it."""

    def end_session(self, session_id: str) -> None:
        """Let go of a session; one that is not there is none."""

    def prune_sessions(self, *, before: datetime, most: int) -> None:
        """Let go of the sessions that nobody spoke of since a time, and of all but the latest `most`."""

    def set(self, name: str, value: str) -> None:
        """Remember a fact about the store itself."""

    def load(self, records: Iterable[Mapping[str, object]]) -> int:
        """Take in the records of an export into an empty project; how many memories."""


class Store(Protocol):
    """An open store. Safe to use from several threads and, file by file, from several processes."""

    @property
    def url(self) -> str:
        """Where it is, without credentials."""

    @property
    def project(self) -> str:
        """The project whose memories these are."""

    @property
    def writable(self) -> bool:
        """False on a read-only disk."""

    def reading(self) -> AbstractContextManager[Snapshot]:
        """A snapshot."""

    def writing(self) -> AbstractContextManager[Ledger]:
        """A transaction; others wait for it."""

    def backup(self, path: str) -> None:
        """A consistent copy while in use. Raises Conflict if there is something at `path`."""

    def scrub(self, gone: Sequence[str]) -> None:
        """After a purge: leave no byte of these texts in the file. Raises StoreError if one is still there."""

    def close(self) -> None:
        """Let go of it; closing twice is harmless."""
