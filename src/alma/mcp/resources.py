"""What can be read without a task: a memory or a workflow by its id, what an agent begins a session with, counts."""

from __future__ import annotations

import json
import re
from contextlib import suppress
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
WORKFLOW = "alma://workflows/{workflow_id}"
_BRIEFING = re.compile(r"alma://agents/([^/?#]+)/briefing")
_MEMORY = re.compile(r"alma://memories/([^/?#]+)")
_WORKFLOW = re.compile(r"alma://workflows/([^/?#]+)")
JSON, MARKDOWN = "application/json", "text/markdown"
BRIEFING_TOKENS = 800
MOST_STATED = 100
MOST_BELIEFS = 20
MOST_IDS = 100


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
    """The resources that are there for every agent, every memory and every workflow."""
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
        {
            "uriTemplate": WORKFLOW,
            "name": "workflow",
            "title": "A long task",
            "description": "Where a long task stopped: its latest state.",
            "mimeType": JSON,
        },
    ]


def read(desk: Desk, uri: str) -> Wire:
    """What stands at an address. Raises NotFound, ScopeError."""
    if uri == STATS:
        return _json(uri, document(desk.memory.stats()))
    if found := _BRIEFING.fullmatch(uri):
        return {"uri": uri, "mimeType": MARKDOWN, "text": briefing(desk, unquote(found[1]))}
    if found := _MEMORY.fullmatch(uri):
        return _json(uri, document(desk.memory.explain(unquote(found[1])).memory))
    if found := _WORKFLOW.fullmatch(uri):
        stopped = desk.memory.resume(unquote(found[1]))
        return _json(uri, {**document(stopped), "state": stopped.state})
    raise NotFound(
        f"there is no {uri[:200]!r}; there are {STATS}, {BRIEFING}, {MEMORY} and {WORKFLOW}", sought=uri
    )


def _json(uri: str, said: object) -> Wire:
    return {"uri": uri, "mimeType": JSON, "text": json.dumps(said)}


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


def memory_ids(desk: Desk) -> list[str]:
    """The ids of the newest memories, the newest first."""
    with suppress(AlmaError):
        return [one.id for one in desk.memory.memories(limit=MOST_IDS)]
    return []


def workflow_ids(desk: Desk) -> list[str]:
    """The ids of the workflows of these agents, the latest first."""
    with suppress(AlmaError):
        return [one.workflow_id for one in desk.memory.workflows()]
    return []
