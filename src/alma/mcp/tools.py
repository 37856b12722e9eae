"""The nine tools: what each is called, takes and gives, and the one verb that it calls.

The order is that of the work, and always the same, so that clients can cache it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from alma.domain.errors import InvalidInput
from alma.domain.ledger import SIGNALS
from alma.domain.memory import STATED_KINDS, AntiPattern, Heuristic, Knowledge, Memory, Preference
from alma.domain.recall import Caution, Explanation, Learned, Recall
from alma.domain.values import value
from alma.mcp import arguments as take
from alma.mcp import texts
from alma.mcp.arguments import Schema
from alma.mcp.desk import Desk, Seat, Seats
from alma.mcp.shapes import ANYTHING, answer, document, schema
from alma.rules import exposure

MOST_OF_A_KIND = 50
MOST_STRATEGIES = 50
MOST_TRIGGERS = 20
MOST_TOKENS = 8000
LARGEST_ACTION = 64 * 1024
HIGHEST_VERSION = 1 << 53
TIMES = ("valid_from", "valid_to")
# A person alone may call a memory wrong.
SAID_OF_MEMORIES = tuple(one for one in SIGNALS if one != "wrong")

Answer = tuple[str, dict[str, Any]]  # the text, and the same as JSON


@value
class Tool:
    """One tool. Its hints: `reads` changes nothing; `silences` takes something away; `repeats` does no more twice."""

    name: str
    title: str
    description: str
    takes: Mapping[str, Schema]
    required: tuple[str, ...]
    gives: Schema
    call: Callable[..., Answer]
    reads: bool = False
    silences: bool = False
    repeats: bool = False

    def arguments(self, seats: Seats) -> Schema:
        """The schema of what it takes; of who acts it says something only where there is a choice."""
        if not seats.are_several:
            return take.given(self.takes, self.required)
        who = take.one_of(seats.agents, "Who acts." + (f" Default: {seats.usual}" if seats.usual else ""))
        needed = self.required if seats.usual else ("agent", *self.required)
        return take.given({"agent": who, **self.takes}, needed)

    def described(self, seats: Seats) -> Schema:
        """The tool as the protocol lists it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.arguments(seats),
            "outputSchema": self.gives,
            "annotations": {
                "title": self.title,
                "readOnlyHint": self.reads,
                "destructiveHint": self.silences,
                "idempotentHint": self.repeats,
                "openWorldHint": False,
            },
        }

    def answer(self, desk: Desk, given: Mapping[str, Any]) -> Answer:
        """Call it with what a model gave. Raises AlmaError, which says what to change."""
        # An argument that is null was left out; but null is a state.
        said = {name: one for name, one in given.items() if one is not None or name == "state"}
        # A claim to be somebody else is refused by the door, which puts it on record; not by a schema, which does not.
        seat = desk.seat(said.get("agent"))
        if not desk.seats.are_several:
            said.pop("agent", None)
        take.check(self.arguments(desk.seats), said)
        return self.call(seat, **{name: one for name, one in said.items() if name != "agent"})


def recall(
    at: Seat,
    *,
    task: str,
    user: str | None = None,
    strategies: list[str] | None = None,
    top_k: int = 5,
    max_tokens: int = 800,
) -> Answer:
    """`retrieve`, kept for the `alma_learn` that follows."""
    found = at.memory.retrieve(task, agent=at.agent, user=user, strategies=strategies, top_k=top_k)
    prompt = found.to_prompt(max_tokens=max_tokens)
    at.desk.keep(found)
    at.desk.settle()
    told = exposure.untold(found)
    return texts.recall(told, prompt), _recalled(told, prompt)


def _recalled(found: Recall, prompt: str) -> dict[str, Any]:  # JSON
    return {"recall_id": found.id, "prompt": prompt, **document(found)}


def warn(at: Seat, *, action: str, task: str | None = None) -> Answer:
    """`warn`."""
    found = at.memory.warn(action, agent=at.agent, task=task)
    return texts.cautions(found), {"cautions": document(found)}


def learn(
    at: Seat,
    *,
    task: str,
    outcome: str | float,
    strategy_used: str,
    error: str | None = None,
    domain: str | None = None,
    recall_id: str | None = None,
    key: str | None = None,
) -> Answer:
    """`learn`, with the recall that it began with."""
    done = at.memory.learn(
        agent=at.agent,
        task=task,
        outcome=outcome,
        strategy_used=strategy_used,
        error=error,
        domain=domain,
        recall=at.desk.recall(recall_id, agent=at.agent, task=task),
        key=key,
    )
    return texts.learned(done), document(done)


ADDED: dict[str, tuple[type[Memory], tuple[str, ...], tuple[str, ...]]] = {
    "heuristic": (Heuristic, ("condition", "strategy"), ("domain",)),
    "anti_pattern": (AntiPattern, ("pattern", "why_bad"), ("better_alternative", "triggers", "domain")),
    "knowledge": (Knowledge, ("fact",), ("replaces", "valid_from", "valid_to", "domain")),
    "preference": (Preference, ("user", "preference"), ("category",)),
}


def add(at: Seat, *, kind: str, **fields: Any) -> Answer:  # each kind has its own fields
    """The `add_…` of this kind."""
    _, needed, optional = ADDED[kind]
    take.check(take.given({one: FIELDS[one] for one in (*needed, *optional)}, needed), fields)
    said = {name: _moment(name, one) if name in TIMES else one for name, one in fields.items()}
    who = {} if kind == Preference.kind else {"agent": at.agent}
    made: Memory = getattr(at.memory, f"add_{kind}")(**who, **said)
    return f"Kept: {texts.sentence(made)}", {"memory": document(made)}


def _moment(name: str, given: str) -> datetime:
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise InvalidInput(
            name, "is no time", allowed="such as 2026-07-14 or 2026-07-14T09:30+02:00"
        ) from None


def feedback(at: Seat, *, memory_id: str, signal: str, note: str | None = None) -> Answer:
    """`feedback`, in the agent's own name."""
    event = at.memory.feedback(memory_id, signal=signal, agent=at.agent, note=note)
    return f"Noted: [{memory_id}] {signal}.", {"event": event.seq, "memory_id": memory_id, "signal": signal}


def explain(at: Seat, *, memory_id: str) -> Answer:
    """`explain`, with the agent's own eyes."""
    found = at.memory.explain(memory_id, agent=at.agent)
    return texts.explanation(found), document(found)


def forget(at: Seat, *, memory_id: str, reason: str) -> Answer:
    """`forget` of one memory."""
    gone = at.memory.forget(memory_id, reason=reason)
    return texts.forgotten(gone), {"forgotten": document(gone)}


def checkpoint(
    at: Seat,
    *,
    workflow_id: str,
    state: object,
    task: str | None = None,
    step: str | None = None,
    expected_version: int | None = None,
) -> Answer:
    """`checkpoint` of the agent's own workflow."""
    saved = at.memory.checkpoint(
        workflow_id, state=state, task=task, step=step, agent=at.agent, expected_version=expected_version
    )
    return texts.saved(saved), document(saved)


def resume(at: Seat, *, workflow_id: str, version: int | None = None) -> Answer:
    """`resume` of the agent's own workflow; the state comes back as it was given."""
    found = at.memory.resume(workflow_id, version=version)
    known = found.recall
    if known is not None:
        at.desk.keep(known)
    recalled = (
        {"recall_id": known.id, "recall": _recalled(exposure.untold(known), known.to_prompt())}
        if known is not None
        else {}
    )
    return texts.resumed(found), {**document(found), "state": found.state, **recalled}


_TASK = take.text("What you are asked to do, in a sentence or two.")
_DOMAIN = take.name("The topic, such as testing_strategies. Leave it out to have it sorted.")
_MEMORY = take.name("The id of a memory, as it stands in brackets.")
_WORKFLOW = take.name("Your own name for the long task.")
_VERSION = {"workflow_id": schema(str), "version": schema(int), "created_at": schema(datetime)}
_SAID = {"step": schema(str), "task": schema(str), "agent": schema(str)}
FIELDS: dict[str, Schema] = {
    "condition": take.text("heuristic: when it applies."),
    "strategy": take.text("heuristic: what works then."),
    "pattern": take.text("anti_pattern: what to avoid."),
    "why_bad": take.text("anti_pattern: what goes wrong."),
    "better_alternative": take.text("anti_pattern: what to do instead."),
    "triggers": take.several(
        take.name("Code or words of an action."),
        "anti_pattern: what alma_warn looks for; derived where left out.",
        most=MOST_TRIGGERS,
    ),
    "fact": take.text("knowledge: the fact."),
    "replaces": take.name("knowledge: the id of the fact that ends where this one begins."),
    "valid_from": take.moment("knowledge: from when on it holds."),
    "valid_to": take.moment("knowledge: until when it holds."),
    "user": take.name("preference: whose it is."),
    "preference": take.text("preference: what that user likes."),
    "category": take.name("preference: what it is about."),
    "domain": take.name("All but preference: the topic. Leave it out to have it sorted."),
}
_RECALLED = answer({"recall_id": schema(str), "prompt": schema(str)}, also=Recall)
TOOLS = (
    Tool(
        name="alma_recall",
        title="Recall before a task",
        description="Before a task: what worked and what failed on tasks like it, and what was stated.",
        takes={
            "task": _TASK,
            "user": take.name("Whose preferences come with it."),
            "strategies": take.several(
                take.text("One way to do it."), "Rank exactly these.", most=MOST_STRATEGIES
            ),
            "top_k": take.whole("How many of each kind.", least=1, most=MOST_OF_A_KIND, default=5),
            "max_tokens": take.whole("The longest prompt.", least=1, most=MOST_TOKENS, default=800),
        },
        required=("task",),
        gives=_RECALLED,
        call=recall,
        reads=True,
        repeats=True,
    ),
    Tool(
        name="alma_warn",
        title="Check an action",
        description="Before a command or an edit: what it repeats that failed before, and what to do instead.",
        takes={
            "action": take.text("The command line, or the new text of the edit.", longest=LARGEST_ACTION),
            "task": _TASK,
        },
        required=("action",),
        gives=answer({"cautions": {**schema(tuple[Caution, ...]), "maxItems": 3}}),
        call=warn,
        reads=True,
        repeats=True,
    ),
    Tool(
        name="alma_learn",
        title="Learn how it went",
        description="After a task: how it went, by which strategy, and why it failed if it did.",
        takes={
            "task": _TASK,
            "outcome": {
                "anyOf": [
                    {"type": "string", "enum": ["success", "failure"]},
                    {"type": "number", "minimum": 0, "maximum": 1},
                ],
                "description": '"success", "failure", or a number from 0 to 1 (a success from 0.5 on)',
            },
            "strategy_used": take.text(
                "What you did, in one sentence; or the id of the advice you followed."
            ),
            "error": take.output("Why it failed: the message. A long one is cut to its head and tail."),
            "domain": _DOMAIN,
            "recall_id": take.name("The recall_id that alma_recall gave. Default: the latest for this task."),
            "key": take.key("Makes it exactly-once: the same key is never learned twice."),
        },
        required=("task", "outcome", "strategy_used"),
        gives=schema(Learned),
        call=learn,
    ),
    Tool(
        name="alma_add",
        title="State something",
        description="State what a task does not teach: a heuristic (condition, strategy), an anti_pattern (pattern, "
        "why_bad), knowledge (fact) or a preference (user, preference).",
        takes={"kind": take.one_of(STATED_KINDS, "What it is; it decides which fields are taken."), **FIELDS},
        required=("kind",),
        gives=answer(
            {"memory": {"anyOf": [schema(kind) for kind in (Heuristic, AntiPattern, Knowledge, Preference)]}}
        ),
        call=add,
        repeats=True,
    ),
    Tool(
        name="alma_feedback",
        title="Judge a memory",
        description="Say of a memory that you used it, that it was helpful or harmful, or that two strategies are the "
        "same or not_same (note: the id of the other). That one is wrong, only a person can say.",
        takes={
            "memory_id": _MEMORY,
            "signal": take.one_of(SAID_OF_MEMORIES, "What you say of it."),
            "note": take.output("Why; with same and not_same, the id of the other strategy."),
        },
        required=("memory_id", "signal"),
        gives=answer({"event": schema(int), "memory_id": schema(str), "signal": schema(str)}),
        call=feedback,
    ),
    Tool(
        name="alma_explain",
        title="Explain a memory",
        description="Why a memory is believed: the outcomes for and against, how sure it is, what would change it.",
        takes={"memory_id": _MEMORY},
        required=("memory_id",),
        gives=schema(Explanation),
        call=explain,
        reads=True,
        repeats=True,
    ),
    Tool(
        name="alma_forget",
        title="Forget a memory",
        description="Silence one of your own memories until a person restores it. What a person stated, a person "
        "forgets.",
        takes={"memory_id": _MEMORY, "reason": take.text("Why; it stands in the log.")},
        required=("memory_id", "reason"),
        gives=answer(
            {"forgotten": {"type": "array", "items": {"type": "object"}, "maxItems": MOST_OF_A_KIND}}
        ),
        call=forget,
        silences=True,
        repeats=True,
    ),
    Tool(
        name="alma_checkpoint",
        title="Save a long task",
        description="Save where a long task is, so that it can be resumed after a crash or in another session.",
        takes={
            "workflow_id": _WORKFLOW,
            "state": {**ANYTHING, "description": "Any JSON, up to 16 MiB: what you need in order to go on."},
            "task": _TASK,
            "step": take.text("Where you are."),
            "expected_version": take.whole(
                "Save only if the latest version is this one (0: there is none yet).",
                least=0,
                most=HIGHEST_VERSION,
            ),
        },
        required=("workflow_id", "state"),
        gives=answer(_VERSION, maybe=_SAID),
        call=checkpoint,
    ),
    Tool(
        name="alma_resume",
        title="Resume a long task",
        description="Where a long task stopped: its latest state, and what is known for it.",
        takes={
            "workflow_id": _WORKFLOW,
            "version": take.whole("An earlier version.", least=1, most=HIGHEST_VERSION),
        },
        required=("workflow_id",),
        gives=answer(
            {**_VERSION, "state": ANYTHING},
            maybe={**_SAID, "recall_id": schema(str), "recall": _RECALLED},
        ),
        call=resume,
        reads=True,
        repeats=True,
    ),
)
NAMED = {one.name: one for one in TOOLS}
