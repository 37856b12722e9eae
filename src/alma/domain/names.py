"""What may be the name of a project, an agent or a domain: a short line that reads the same everywhere; and an id."""

from __future__ import annotations

import re

LONGEST_NAME = 200
_ID = r"(?:b-)?[ohakp]-[a-z2-7]{10}|[ru]-[0-9a-f]{12,16}"


def is_id(value: object) -> bool:
    """Whether this is an id of a memory, a belief, an advice or a recall."""
    return isinstance(value, str) and re.fullmatch(_ID, value) is not None


def name_problem(name: str) -> str | None:
    """What is wrong with this text as a name, or None."""
    if not name.strip():
        return "is empty"
    if len(name) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} characters"
    if not name.isprintable():
        return "contains a line break or a character that cannot be shown"
    if name != name.strip():
        return "begins or ends with a blank"
    return None
