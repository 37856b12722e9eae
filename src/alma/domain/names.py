"""What may be the name of a project, an agent or a domain: a short line that reads the same everywhere."""

from __future__ import annotations

LONGEST_NAME = 200


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
