"""What may happen in a session, whichever agent it was and whether it is read live or long afterwards.

Texts are as they came: what is kept of them is cleaned by the session that takes them.
"""

from __future__ import annotations

from alma.domain.values import field, positional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@positional
class Prompt:
    """A person's words to the agent. `at` is a time in ISO 8601, where it is known."""

    text: str
    at: str | None = None
    id: str | None = None


@positional
class Aside:
    """What a person typed while the agent worked; it may come again as a prompt."""

    text: str


@positional
class Call:
    """The agent uses a tool."""

    id: str
    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    at: str | None = None


@positional
class Result:
    """What a tool said. `failed` is None where that is not known, or where the call was never really made."""

    call_id: str
    text: str
    failed: bool | None = None
    exit_code: int | None = None
    interrupted: bool = False


@positional
class Said:
    """The agent's own words."""

    text: str


@positional
class Rejected:
    """A person did not let the agent use a tool, and may have said why."""

    call_id: str
    reason: str | None = None


@positional
class Interrupted:
    """A person stopped the agent."""


@positional
class Ended:
    """The agent's turn, or the session, is over."""


Happening = Prompt | Aside | Call | Result | Said | Rejected | Interrupted | Ended
