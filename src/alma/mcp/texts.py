"""What a model reads of an answer. Remembered words are quoted as data, one line each, as in a prompt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from alma.domain.memory import Memory, Outcome, text_of
from alma.domain.recall import Caution, Evidence, Explanation, Learned, Recall
from alma.domain.workflow import Checkpoint
from alma.mcp.shapes import seen
from alma.rules.prompt import quoted

FEW = 3
STATING = "alma_add"
NOTHING_SURE = "nothing of what is known is sure enough to be said"
BELIEVED = {
    "made": "it now says",
    "strengthened": "it says more surely",
    "weakened": "it says less surely",
    "ended": "it no longer says",
}


def line(text: str) -> str:
    """A sentence of ours, which may quote others, as one line."""
    return " ".join(seen(text).split())


def sentence(one: Memory) -> str:
    """A memory in one line, with its id."""
    strategy = f" by {quoted(one.strategy)}" if isinstance(one, Outcome) else ""
    return f"[{one.id}] {one.kind.replace('_', '-')} of {quoted(one.owner)}: {quoted(text_of(one))}{strategy}"


def recall(found: Recall, prompt: str) -> str:
    """The prompt, or why there is none, and the id to give back."""
    said = prompt or f"Nothing to go by: {line(found.why_empty or NOTHING_SURE)}.\n"
    return f"{said}\nAfterwards call alma_learn with recall_id {found.id}."


def cautions(found: Sequence[Caution]) -> str:
    """A line for each caution."""
    return "\n".join(line(one.text) for one in found) or "Nothing is known against it."


def learned(done: Learned) -> str:
    """What was kept and what it changed, or why it was refused."""
    if not done.accepted or done.outcome is None:
        return f"Not kept: {line(done.refused_because or 'refused')}."
    how = "worked" if done.outcome.succeeded else "failed"
    said = [f"Kept as [{done.outcome.id}]: {quoted(done.outcome.strategy)} {how}."]
    said += [f"Of this, {BELIEVED.get(one.what, one.what)}: {sentence(one.belief)}" for one in done.changes]
    said += [f"[{one.id}] {quoted(one.strategy)} may be the same strategy." for one in done.similar]
    return "\n".join(said)


def explanation(found: Explanation) -> str:
    """Why it is believed: the memory, the latest evidence for and against, what would change it."""
    parts = [
        [sentence(found.memory), *_since(found)],
        _evidence("For it", found.evidence_for),
        _evidence("Against it", found.evidence_against),
        _sentences("How it came", found.how),
        _sentences("Contradicted", found.contradictions),
        _sentences("What would change it", found.would_change),
        _sentences("Who sees it", found.seen_by),
    ]
    return "\n".join(one for part in parts for one in part)


def _since(found: Explanation) -> list[str]:
    return [f"Believed since {found.since:%Y-%m-%d}."] if found.since is not None else []


def _evidence(title: str, found: Sequence[Evidence]) -> list[str]:
    if not found:
        return []
    shown = [_outcome(one) for one in found[:FEW]]
    rest = len(found) - len(shown)
    return [f"{title}: {len(found)}", *shown, *([f"- and {rest} more"] if rest else [])]


def _outcome(one: Evidence) -> str:
    why = f": {quoted(one.why)}" if one.why else ""
    return (
        f"- [{one.outcome_id}] {one.at:%Y-%m-%d}, {one.source}, weight {one.weight:.2f}: "
        f"{quoted(one.strategy)} on {quoted(one.task)}{why}"
    )


def _sentences(title: str, said: Iterable[str]) -> list[str]:
    lines = [f"- {line(one)}" for one in said]
    return [f"{title}:", *lines] if lines else []


def forgotten(gone: Sequence[Memory]) -> str:
    """What was silenced."""
    if not gone:
        return "Nothing was forgotten."
    return "\n".join(["Silenced, until a person restores it:", *(sentence(one) for one in gone)])


def saved(one: Checkpoint) -> str:
    """Where a workflow is now."""
    return f"Saved {quoted(one.workflow_id)} as version {one.version}."


def resumed(one: Checkpoint) -> str:
    """Where a workflow stopped, its state in full, and what is known for it."""
    step = f", at {quoted(one.step)}" if one.step else ""
    known = one.recall.to_prompt() if one.recall is not None else ""
    state = json.dumps(one.state)
    return "\n\n".join(
        filter(
            None, (f"{quoted(one.workflow_id)} is at version {one.version}{step}.", f"State: {state}", known)
        )
    )
