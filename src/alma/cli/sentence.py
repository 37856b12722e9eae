"""A memory -> one sentence for a reader. Its parts are told apart: a condition never runs into what is to be done."""

from __future__ import annotations

from alma.domain.memory import AntiPattern, Heuristic, text_of
from alma.rules import prompt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.memory import Memory


def sentence(memory: Memory) -> str:
    """What a memory says."""
    if isinstance(memory, Heuristic):
        return f'{prompt.opening(memory.condition)}"{memory.condition}": "{memory.strategy}"'
    if isinstance(memory, AntiPattern):
        why = f" — {memory.why_bad}" if memory.why_bad else ""
        instead = f" (instead: {memory.better_alternative})" if memory.better_alternative else ""
        return f"{memory.pattern}{why}{instead}"
    return text_of(memory)
