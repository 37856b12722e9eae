"""What can come next in an argument: agents of this server, ids of memories that they may read."""

from __future__ import annotations

from typing import Any

from alma.mcp import prompts, resources
from alma.mcp.desk import Desk

Wire = dict[str, Any]  # a message of the protocol: JSON

# The protocol allows no more.
MOST = 100
AGENT, MEMORY = "agent", "memory_id"
ARGUMENTS = {
    resources.BRIEFING: (AGENT,),
    resources.MEMORY: (MEMORY,),
    prompts.BEFORE: (AGENT,),
    prompts.AFTER: (AGENT,),
}


def completed(desk: Desk, ref: Wire, argument: Wire) -> Wire:
    """The values that begin as what is written; none for what cannot be completed."""
    about = ref.get("uri") or ref.get("name") or ""
    name, beginning = argument["name"], argument["value"]
    if name not in ARGUMENTS.get(about, ()):
        values: list[str] = []
    elif name == AGENT:
        values = [one for one in desk.seats.agents if one.startswith(beginning)]
    else:
        values = resources.ids(desk, beginning=beginning, most=MOST)
    return {"values": values[:MOST], "total": len(values), "hasMore": len(values) > MOST}
