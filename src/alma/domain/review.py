"""What waits for a person's eye: what was proposed, and what was learned without anybody saying so."""

from __future__ import annotations

from alma.domain.memory import Memory
from alma.domain.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime


@value
class Sighting:
    """One time that something was noticed: when, in which session, by which rule, and what the rule saw.

    `source` is `word` where it was seen live, `import` where it was read in a past session.
    """

    at: datetime
    origin: str
    rule: str
    source: str
    evidence: tuple[str, ...] = ()


@value
class Pending:
    """One memory to keep, to reword or to reject. `agent` is whom it is for.

    What is only proposed (`is_proposed`) reaches nobody before it is kept, or seen in a second session; what is not
    counts already.
    """

    memory: Memory
    agent: str
    is_proposed: bool
    sightings: tuple[Sighting, ...] = ()
