"""How many memories an agent may hold. Only what was earned makes room, the oldest first; it is archived, not lost."""

from __future__ import annotations

# More than is needed is archived at once, so that a full quota does not cost every write an entry in the log.
SPARE = 100


def too_many(live: int, quota: int) -> tuple[int, int]:
    """How many must go before one more can come, and how many are archived at once: a hundredth of the quota more."""
    needed = max(0, live + 1 - quota)
    return needed, needed + quota // SPARE if needed else 0


def full(agent: str, quota: int) -> str:
    """What is said where nothing can make room."""
    return (
        f"the quota of {agent} is {quota:,} memories, and there is nothing left to archive for this one: "
        "forget what is no longer needed, or raise `quota` in the configuration"
    )
