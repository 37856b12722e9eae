"""Every text that a writing verb takes, so that a rule about texts can be tried on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alma import ALMA


@dataclass(frozen=True)
class Text:
    """One text argument: `write` calls the verb with this text, `field` is what an error must name.

    `sort` is text (up to 8 KiB), output (cut to head and tail), name (one short line), or json.
    """

    verb: str
    field: str
    sort: str
    write: Callable[[ALMA, str], object]

    def __str__(self) -> str:
        return f"{self.verb}-{self.field}"


LEARN = {"agent": "helena", "task": "Test the form", "outcome": False, "strategy_used": "A fixed sleep"}
HEURISTIC = {"agent": "helena", "condition": "A slow form", "strategy": "Explicit waits"}
ANTI_PATTERN = {"agent": "helena", "pattern": "Using sleep() for waits", "why_bad": "Flaky"}


def _learn(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.learn(**{**LEARN, field: text})  # type: ignore[arg-type]


def _heuristic(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.add_heuristic(**{**HEURISTIC, field: text})  # type: ignore[arg-type]


def _anti_pattern(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.add_anti_pattern(**{**ANTI_PATTERN, field: text})  # type: ignore[arg-type]


def _knowledge(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.add_knowledge(**{"agent": "helena", "fact": "A fact", field: text})  # type: ignore[arg-type]


def _preference(field: str) -> Callable[[ALMA, str], object]:
    given = {"user": "ada", "preference": "Short answers"}
    return lambda alma, text: alma.add_preference(**{**given, field: text})  # type: ignore[arg-type]


def _checkpoint(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.checkpoint("w", **{"state": 1, field: text})  # type: ignore[arg-type]


def _revise_heuristic(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.revise(alma.add_heuristic(**HEURISTIC).id, **{field: text})  # type: ignore[arg-type]


def _revise_anti_pattern(field: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.revise(alma.add_anti_pattern(**ANTI_PATTERN).id, **{field: text})  # type: ignore[arg-type]


def _feedback(signal: str) -> Callable[[ALMA, str], object]:
    return lambda alma, text: alma.feedback(alma.add_heuristic(**HEURISTIC).id, signal=signal, note=text)  # type: ignore[arg-type]


def _finish(alma: ALMA, text: str) -> object:
    alma.checkpoint("w", state=1, task="Test the form", agent="helena")
    return alma.finish("w", outcome=True, strategy_used=text)


def _attempt(alma: ALMA, text: str) -> object:
    try:
        with alma.attempt("Test the form", agent="helena") as attempt:
            attempt.strategy = "A fixed sleep"
            raise TimeoutError(text)
    except TimeoutError:
        return attempt.learned


def _fail(alma: ALMA, text: str) -> object:
    with alma.attempt("Test the form", agent="helena") as attempt:
        attempt.strategy = "A fixed sleep"
        attempt.fail(text)
    return attempt.learned


TEXTS = (
    *(Text("learn", field, "text", _learn(field)) for field in ("task", "strategy_used", "key")),
    *(Text("learn", field, "output", _learn(field)) for field in ("error", "feedback")),
    *(Text("learn", field, "name", _learn(field)) for field in ("agent", "domain", "workflow_id", "origin")),
    Text("learn", "metadata", "json", lambda alma, text: alma.learn(**LEARN, metadata={"deep": [text]})),  # type: ignore[arg-type]
    Text("learn", "metadata", "json", lambda alma, text: alma.learn(**LEARN, metadata={text: 1})),  # type: ignore[arg-type]
    *(Text("add_heuristic", field, "text", _heuristic(field)) for field in ("condition", "strategy")),
    *(Text("add_heuristic", field, "name", _heuristic(field)) for field in ("agent", "domain", "origin")),
    *(Text("add_anti_pattern", f, "text", _anti_pattern(f)) for f in ("pattern", "why_bad", "better_alternative")),
    *(Text("add_anti_pattern", field, "name", _anti_pattern(field)) for field in ("agent", "domain", "origin")),
    Text("add_anti_pattern", "triggers", "text", lambda alma, text: _anti_pattern("triggers")(alma, [text])),  # type: ignore[arg-type]
    Text("add_knowledge", "fact", "text", _knowledge("fact")),
    *(Text("add_knowledge", field, "name", _knowledge(field)) for field in ("agent", "domain", "origin")),
    *(Text("add_preference", field, "text", _preference(field)) for field in ("preference", "category")),
    *(Text("add_preference", field, "name", _preference(field)) for field in ("user", "origin")),
    *(Text("revise", field, "text", _revise_heuristic(field)) for field in ("condition", "strategy")),
    *(Text("revise", f, "text", _revise_anti_pattern(f)) for f in ("pattern", "why_bad", "better_alternative")),
    *(Text("feedback", "note", "output", _feedback(signal)) for signal in ("used", "helpful", "harmful", "wrong")),
    Text("forget", "reason", "text", lambda alma, text: alma.forget(alma.add_heuristic(**HEURISTIC).id, reason=text)),  # type: ignore[arg-type]
    *(Text("checkpoint", field, "text", _checkpoint(field)) for field in ("task", "step")),
    Text("checkpoint", "agent", "name", _checkpoint("agent")),
    Text("checkpoint", "workflow_id", "name", lambda alma, text: alma.checkpoint(text, state=1)),
    Text("checkpoint", "state", "json", lambda alma, text: alma.checkpoint("w", state={"deep": [text]})),
    Text("checkpoint", "state", "json", lambda alma, text: alma.checkpoint("w", state={text: 1})),
    Text("finish", "strategy_used", "text", _finish),
    Text("attempt", "error", "output", _attempt),
    Text("fail", "error", "output", _fail),
)  # fmt: skip


def of_sort(*sorts: str) -> list[Text]:
    """The texts of these sorts."""
    return [one for one in TEXTS if one.sort in sorts]
