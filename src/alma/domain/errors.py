"""The errors of ALMA. What a caller needs in order to act is an attribute, never parsed from the text.

AlmaError
├── InvalidInput (also ValueError)   an argument that cannot be accepted: names the field and what is allowed
├── ConfigError                      a configuration that cannot be read: names the line and the nearest known key
├── ScopeError                       an agent may not learn or read this
├── NotFound
│   ├── WorkflowNotFound
│   └── MemoryNotFound
├── Conflict                         somebody else was first: same key with other content, another version
├── Untrusted                        the one who speaks may not do this
├── StoreError
│   ├── StoreCorrupt   StoreNewer   StoreLocked   StoreFull   StoreReadOnly
└── EmbedderMismatch                 the store's vectors were made by another embedder
"""

from __future__ import annotations


class AlmaError(Exception):
    """The root: catching it catches everything that ALMA raises on purpose."""


class InvalidInput(AlmaError, ValueError):
    """An argument was wrong; `field` names it and `allowed` says what would have been right."""

    def __init__(self, field: str, problem: str, *, allowed: str = "") -> None:
        self.field = field
        self.allowed = allowed
        super().__init__(f"{field}: {problem}" + (f"; allowed: {allowed}" if allowed else ""))


class ConfigError(AlmaError):
    """The configuration is wrong; `line` counts from 1, `known` lists the keys that would be right."""

    def __init__(self, problem: str, *, path: str = "", line: int | None = None, known: tuple[str, ...] = ()):
        self.path = path
        self.line = line
        self.known = known
        place = (
            ":".join(filter(None, (path, str(line) if line and path else "")))
            if path
            else f"line {line}"
            if line
            else ""
        )
        super().__init__(f"{place}: {problem}" if place else problem)


class ScopeError(AlmaError):
    """An agent may not learn or read this; the refusal is in the log."""

    def __init__(self, problem: str, *, agent: str, domain: str | None = None) -> None:
        self.agent = agent
        self.domain = domain
        super().__init__(problem)


class NotFound(AlmaError):
    """There is no such thing in this project; `sought` is what was asked for."""

    def __init__(self, problem: str, *, sought: str) -> None:
        self.sought = sought
        super().__init__(problem)


class WorkflowNotFound(NotFound):
    """There is no checkpoint of this workflow (or not that version of it)."""


class MemoryNotFound(NotFound):
    """There is no memory with this id in this project, or it was purged."""


class Conflict(AlmaError):
    """Somebody else was first; nothing was written. `current` is what stands."""

    def __init__(self, problem: str, *, current: object = None) -> None:
        self.current = current
        super().__init__(problem)


class Untrusted(AlmaError):
    """The one who speaks may not do this; `source` is how far they are trusted."""

    def __init__(self, problem: str, *, source: str = "") -> None:
        self.source = source
        super().__init__(problem)


class StoreError(AlmaError):
    """The store could not do it; nothing half-written is left behind. `store` names it."""

    def __init__(self, problem: str, *, store: str = "") -> None:
        self.store = store
        super().__init__(problem)


class StoreCorrupt(StoreError):
    """The file is damaged or is no ALMA store. It was left exactly as it is."""


class StoreNewer(StoreError):
    """A newer version of ALMA wrote this store."""


class StoreLocked(StoreError):
    """Another program held the store's lock for longer than the time-out."""


class StoreFull(StoreError):
    """The disk or the database is full."""


class StoreReadOnly(StoreError):
    """The store can be read but not written."""


class EmbedderMismatch(AlmaError):
    """The store's vectors were made by `stored`, and `given` was asked for: their numbers cannot be compared."""

    def __init__(self, problem: str, *, stored: str, given: str) -> None:
        self.stored = stored
        self.given = given
        super().__init__(problem)
