"""A clock that moves only when it is told to, forwards or backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class FrozenClock:
    """Give it to `ALMA(config, store, clock=…)`: calling it tells the time, `move` changes it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it is."""
        return self.now

    def move(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> datetime:
        """Another time, later or (with negative numbers) earlier than now; gives it."""
        self.now += timedelta(days=days, hours=hours, seconds=seconds)
        return self.now
