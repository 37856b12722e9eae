"""What a store is asked for, and what it hands back: candidates within reach, nothing decided yet."""

from __future__ import annotations

from alma.domain.memory import Memory
from alma.domain.scope import View, inside
from alma.domain.values import value


@value
class Nominee:
    """A memory that may matter. `cosine` is in [0, 1], or None where either side has no vector.

    `age` counts the outcomes of the same agent that came after it; `beside` are the numbers of what stands directly
    before and after it in the same document; `aloud` is its cosine with a question in code that is read aloud.
    """

    memory: Memory
    cosine: float | None
    age: int
    beside: tuple[int, ...] = ()
    aloud: float | None = None


@value
class Kept:
    """A memory as it lies in the store, forgotten or not."""

    memory: Memory
    vector: bytes | None
    forgotten: bool


@value
class Reach:
    """What a query may touch: a view, narrowed to kinds, to domains, and to what was there at a time."""

    view: View
    kinds: tuple[str, ...]
    domains: tuple[str, ...] | None = None
    upto: int | None = None

    def allows(self, owner: str, domain: str) -> bool:
        """Whether a memory of `owner` in `domain` is within reach."""
        if not self.view.may_read(owner, domain):
            return False
        return self.domains is None or any(inside(domain, family) for family in self.domains)

    def holds(self, memory: Memory) -> bool:
        """Whether this memory is within reach."""
        if memory.kind not in self.kinds or (self.upto is not None and memory.seq > self.upto):
            return False
        return self.allows(memory.owner, memory.domain)
