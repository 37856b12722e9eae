"""What Claude Code says of an event: read leniently, for it comes from another program and changes."""

from __future__ import annotations

import json
import os

from alma.domain.digest import digest
from alma.domain.errors import InvalidInput
from alma.domain.names import name_problem
from alma.domain.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

UNNAMED = "unnamed"


@value
class Payload:
    """One event. `cwd` is a folder that is there; `said` is everything that came, for whoever needs more."""

    event: str
    session_id: str
    cwd: str
    said: Mapping[str, object]

    def text(self, name: str) -> str:
        """A field that is text; empty where it is missing or anything else."""
        found = self.said.get(name)
        return found if isinstance(found, str) else ""

    def fields(self, name: str) -> Mapping[str, object]:
        """A field that is an object; empty where it is missing or anything else."""
        found = self.said.get(name)
        return found if isinstance(found, dict) else {}

    @property
    def thread(self) -> str:
        """The subagent that this happened in, by a short name; empty for the session's own thread."""
        said = self.text("agent_id")
        return digest(said) if said and name_problem(said) else said

    @property
    def has_session(self) -> bool:
        """Whether it was said which session this is: without that, nothing can be kept for it."""
        return self.session_id != UNNAMED


def read(event: str, content: bytes) -> Payload:
    """The event that these bytes describe. Raises InvalidInput where they are no JSON object."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            "input", f"is no JSON: {error}", allowed="what Claude Code sends to a hook"
        ) from None
    if not isinstance(said, dict):
        raise InvalidInput("input", f"is {type(said).__name__}", allowed="an object")
    return Payload(
        event=event, session_id=_session(said.get("session_id")), cwd=_cwd(said.get("cwd")), said=said
    )


def _session(said: object) -> str:
    """The session's name, as it may be kept. One that is no name is still one session."""
    if not isinstance(said, str) or not said.strip():
        return UNNAMED
    return digest(said) if name_problem(f"session:{said}") or not said.isascii() else said


def _cwd(said: object) -> str:
    try:
        if isinstance(said, str) and os.path.isdir(said):
            return said
    except ValueError:
        pass  # no path at all: it holds a NUL, or what no file system can spell
    return os.getcwd()
