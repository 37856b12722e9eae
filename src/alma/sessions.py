"""What the processes of one session of an agent know of each other. It is no memory, and ends with the session.

Every change is one transaction: hooks of one session run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from alma.rules import writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from alma.store.protocol import Store

    T = TypeVar("T")

LARGEST = 256 * 1024
LEFT_AFTER = timedelta(days=7)
MOST = 200


class Sessions:
    """The sessions of one store."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    @property
    def are_kept(self) -> bool:
        """Whether anything of a session can be kept: not on a read-only disk."""
        return self._store.writable

    def read(self, session_id: str) -> Mapping[str, object]:
        """What is known of a session; empty where nothing is."""
        with self._store.reading() as now:
            return now.session(session_id) or {}

    def update(
        self, session_id: str, change: Callable[[Mapping[str, object]], tuple[Mapping[str, object], T]]
    ) -> T:
        """Change what is known of a session, without a gap between reading and writing, and give what `change` gives.

        Secrets are redacted. Raises InvalidInput for what is no JSON or too large, and StoreError.
        """
        session_id = writing.name("session_id", session_id)
        with self._store.writing() as ledger:
            state, given = change(ledger.session(session_id) or {})
            kept = writing.json_value("state", dict(state), largest=LARGEST)
            assert isinstance(kept, dict)
            ledger.keep_session(session_id, kept, at=self._clock())
        return given

    def begin(self, session_id: str, state: Mapping[str, object]) -> None:
        """Put this in place of all that was known of a session, and let go of those that nobody ended."""
        session_id = writing.name("session_id", session_id)
        kept = writing.json_value("state", dict(state), largest=LARGEST)
        assert isinstance(kept, dict)
        at = self._clock()
        with self._store.writing() as ledger:
            ledger.prune_sessions(before=at - LEFT_AFTER, most=MOST)
            ledger.keep_session(session_id, kept, at=at)

    def leave_nothing(self, session_id: str) -> None:
        """What was saved of a session, when it was shortened or cut off, is not to be resumed: its turn is over."""
        saved = f"session:{session_id}"
        with self._store.reading() as now:
            if now.checkpoint(saved, None) is None:
                return
        with self._store.writing() as ledger:
            ledger.drop(saved)

    def end(self, session_id: str) -> Mapping[str, object]:
        """Let go of a session, and give what was known of it."""
        with self._store.writing() as ledger:
            known = ledger.session(session_id) or {}
            ledger.end_session(session_id)
        return known
