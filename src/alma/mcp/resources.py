"""What can be read without a task: a memory by its id, what an agent begins a session with, counts."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, unquote

from alma.domain.errors import AlmaError, NotFound
from alma.domain.memory import STATED, AntiPattern, Heuristic, Knowledge, Memory
from alma.domain.recall import Recall
from alma.mcp.desk import Desk
from alma.mcp.shapes import document
from alma.rules import prompt

Wire = dict[str, Any]  # a message of the protocol: JSON

STATS = "alma://stats"
BRIEFING = "alma://agents/{agent}/briefing"
MEMORY = "alma://memories/{memory_id}"
_BRIEFING = re.compile(r"alma://agents/([^/?#]+)/briefing")
_MEMORY = re.compile(r"alma://memories/([^/?#]+)")
JSON, MARKDOWN = "application/json", "text/markdown"
BRIEFING_TOKENS = 800
MOST_STATED = 100
MOST_BELIEFS = 20


def listed(desk: Desk) -> list[Wire]:
    """The resources that are there: counts, and the briefing of each agent."""
    briefings = [
        {
            "uri": BRIEFING.replace("{agent}", quote(name, safe="")),
            "name": f"briefing-{name}",
            "title": f"Briefing of {name}",
            "description": f"What was stated for {name}, and what it believes most firmly.",
            "mimeType": MARKDOWN,
        }
        for name in desk.seats.agents
    ]
    counts = {
        "uri": STATS,
        "name": "stats",
        "title": "Counts",
        "description": "Memories by kind and by agent.",
    }
    return [{**counts, "mimeType": JSON}, *briefings]


def templates() -> list[Wire]:
    """The resources that are there for every agent and every memory."""
    return [
        {
            "uriTemplate": BRIEFING,
            "name": "briefing",
            "title": "Briefing of an agent",
            "description": "What was stated for an agent, and what it believes most firmly.",
            "mimeType": MARKDOWN,
        },
        {
            "uriTemplate": MEMORY,
            "name": "memory",
            "title": "A memory",
            "description": "One memory by its id.",
            "mimeType": JSON,
        },
    ]


def read(desk: Desk, uri: str) -> Wire:
    """What stands at an address. Raises NotFound, ScopeError."""
    if uri == STATS:
        return _json(uri, desk.memory.stats())
    if found := _BRIEFING.fullmatch(uri):
        return {"uri": uri, "mimeType": MARKDOWN, "text": briefing(desk, unquote(found[1]))}
    if found := _MEMORY.fullmatch(uri):
        return _json(uri, desk.memory.explain(unquote(found[1])).memory)
    raise NotFound(f"there is no {uri[:200]!r}; there are {STATS}, {BRIEFING} and {MEMORY}", sought=uri)


def _json(uri: str, value: object) -> Wire:
    return {"uri": uri, "mimeType": JSON, "text": json.dumps(document(value))}


def briefing(desk: Desk, agent: str) -> str:
    """What an agent begins with: all that was stated for it, the strongest beliefs; as text within a budget."""
    seat = desk.seat(agent)
    stated = seat.memory.memories(agent=seat.agent, stated=True, limit=MOST_STATED)
    beliefs = seat.memory.memories(agent=seat.agent, stated=False, limit=MOST_BELIEFS)
    found = [*stated, *sorted(beliefs, key=_strength, reverse=True)]
    said = Recall(
        id="briefing",
        task="",
        agent=seat.agent,
        heuristics=tuple(one for one in found if isinstance(one, Heuristic)),
        anti_patterns=tuple(one for one in found if isinstance(one, AntiPattern)),
        knowledge=tuple(one for one in found if isinstance(one, Knowledge)),
    )
    return prompt.render(said, BRIEFING_TOKENS) or "Nothing is known yet.\n"


def _strength(one: Memory) -> tuple[bool, float]:
    tries = float(getattr(one, "failures", 0))
    return getattr(one, "grade", STATED) != "known_failure", getattr(one, "lower", None) or tries


def ids(desk: Desk, *, beginning: str, most: int) -> list[str]:
    """The ids of memories that begin so, the newest first."""
    try:
        found = desk.memory.memories(limit=most)
    except AlmaError:
        return []
    return [one.id for one in found if one.id.startswith(beginning)]
