"""What can come next in an argument: agents of this server, ids of memories and of workflows that they may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alma.mcp import prompts, resources
from alma.mcp.desk import Desk

Wire = dict[str, Any]  # a message of the protocol: JSON

# The protocol allows no more.
MOST = 100
AGENT, MEMORY, WORKFLOW = "agent", "memory_id", "workflow_id"
ARGUMENTS = {
    resources.BRIEFING: AGENT,
    resources.MEMORY: MEMORY,
    resources.WORKFLOW: WORKFLOW,
    prompts.BEFORE: AGENT,
    prompts.AFTER: AGENT,
}
KNOWN: dict[str, Callable[[Desk], Sequence[str]]] = {
    AGENT: lambda desk: desk.seats.agents,
    MEMORY: resources.memory_ids,
    WORKFLOW: resources.workflow_ids,
}


def completed(desk: Desk, ref: Wire, argument: Wire) -> Wire:
    """The values that begin as what is written; none for what cannot be completed."""
    about = ref.get("uri") or ref.get("name") or ""
    name, beginning = argument["name"], argument["value"]
    known = KNOWN[name](desk) if ARGUMENTS.get(about) == name else ()
    values = [one for one in known if one.startswith(beginning)]
    return {"values": values[:MOST], "total": len(values), "hasMore": len(values) > MOST}
