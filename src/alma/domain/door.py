"""Who is at the door: how far what enters is trusted, on whose behalf, and as part of what."""

from __future__ import annotations

from alma.domain.memory import VERIFIED
from alma.domain.values import value


@value
class Door:
    """A door is bound when it opens: nobody who comes through it can claim another source or another agent.

    `agents` are the only ones that may act here (None: anyone); `origin` is the conversation or terminal that
    everything belongs to (None: each call is an origin of its own). `follows`: what is recalled here is known when
    its outcome is learned; only then may memories be withheld, for nothing else could tell what that cost.
    """

    source: str = VERIFIED
    agents: tuple[str, ...] | None = None
    origin: str | None = None
    follows: bool = True
