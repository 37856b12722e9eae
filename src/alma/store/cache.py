"""What one process keeps of a store in memory. It may be thrown away at any time: no answer depends on it."""

from __future__ import annotations

from array import array

from alma.domain.memory import Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.store.vectors import Block

MOST_MEMORIES = 16_384
MOST_POSTINGS = 2_000


class Cache:
    """Vectors by agent and kind, memories by number, and every agent's live outcomes, as they were after `upto`.

    `postings` are numbers of stated memories by what they matched, `beside` those next to them in their documents; both
    hold until anything but an outcome is written.
    """

    def __init__(self) -> None:
        self.upto = 0
        self.blocks: dict[tuple[str, str], Block] = {}
        self.memories: dict[int, Memory] = {}
        self.outcomes: dict[str, tuple[int, array[int]]] = {}
        self.postings: dict[tuple[str, int], list[int]] = {}
        self.beside: dict[int, tuple[int, ...]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.upto = 0
        self.blocks.clear()
        self.memories.clear()
        self.outcomes.clear()
        self.forget_stated()

    def forget_stated(self) -> None:
        """Something was stated, reworded, forgotten or restored."""
        self.postings.clear()
        self.beside.clear()

    def keep(self, memories: dict[int, Memory]) -> None:
        """Remember these memories; when there are too many, start again with them."""
        if len(self.memories) + len(memories) > MOST_MEMORIES:
            self.memories.clear()
        self.memories.update(memories)

    def keep_postings(self, found: dict[tuple[str, int], list[int]]) -> None:
        """Remember these; when there are too many, start again with them."""
        if len(self.postings) + len(found) > MOST_POSTINGS:
            self.postings.clear()
        self.postings.update(found)

    def keep_beside(self, found: dict[int, tuple[int, ...]]) -> None:
        """Remember these; when there are too many, start again with them."""
        if len(self.beside) + len(found) > MOST_MEMORIES:
            self.beside.clear()
        self.beside.update(found)

    def drop(self, seqs: list[int]) -> None:
        """These memories were changed or taken out."""
        for seq in seqs:
            self.memories.pop(seq, None)
        self.outcomes.clear()
        for block in self.blocks.values():
            block.drop(seqs)
