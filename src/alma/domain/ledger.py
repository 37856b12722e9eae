"""The ledger: numbered events, appended and never edited."""

from __future__ import annotations

from collections.abc import Mapping

from alma.domain.values import field, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

LEARNED = "learned"
STATED = "stated"
REVISED = "revised"
REPLACED = "replaced"
REFUSED = "refused"
FEEDBACK = "feedback"
JOINED = "joined"
FORGOTTEN = "forgotten"
RESTORED = "restored"
PURGED = "purged"
EMBEDDED = "embedded"
# What was noticed in a session, and what a person decided about it.
SEEN = "seen"
REVIEWED = "reviewed"
CHECKPOINTED = "checkpointed"
FINISHED = "finished"

# What may be said of a memory.
SIGNALS = ("used", "helpful", "harmful", "wrong", "same", "not_same")


@value
class Event:
    """One entry. `memory_id` is what it is about, if it is about one memory.

    `details` say what happened; of a revision they keep the old wording, until `purge` removes it.
    """

    seq: int
    at: datetime
    kind: str
    agent: str
    source: str
    memory_id: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@value
class Stats:
    """Counts and sizes: live memories by kind and by agent, forgotten ones, events, and bytes on disk."""

    project: str
    store: str
    memories: Mapping[str, int]
    agents: Mapping[str, int]
    forgotten: int
    events: int
    workflows: int
    bytes: int
    embedder: str | None
    schema: int
