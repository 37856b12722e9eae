"""What a session showed enters the memory: what was seen to happen as outcomes, what was only noticed for review."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alma.capture.finding import Attempt, Correction, Objection, Proposal
from alma.domain import ledger as events
from alma.domain.errors import Conflict, InvalidInput, MemoryNotFound, ScopeError
from alma.domain.memory import IMPORT, Outcome
from alma.domain.values import replace
from alma.rules import exposure, learning, signatures, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.capture.finding import Finding
    from alma.domain.memory import Memory
    from alma.domain.recall import Learned, Recall
    from alma.gate import Gate
    from alma.store.protocol import Store

NEW, KNOWN, REFUSED = "new", "known", "refused"
UNSAID = "the person who works with the agent said so"


class Noticing:
    """One session's way into the memory: for one agent, from one origin, and trusted so far.

    `learn` and `propose` are the memory's own, so that everything passes its gate. `recalled` is what the session told
    its agent, with the ids that the agent said it followed. What the agent reported is younger than the event `since`.
    """

    def __init__(
        self,
        store: Store,
        gate: Gate,
        *,
        learn: Callable[..., Learned],
        propose: Callable[..., object],
        recalled: Callable[[Iterable[str]], Recall | None],
        agent: str,
        user: str,
        origin: str,
        since: int = 0,
    ) -> None:
        self._store = store
        self._gate = gate
        self._learn = learn
        self._propose = propose
        self._recalled = recalled
        self._agent = agent
        self._user = user
        self._origin = origin
        self._since = since

    def take(self, finding: Finding, *, source: str) -> str:
        """Take one finding in, and say what became of it: `new`, `known` or `refused`. Raises InvalidInput, StoreError."""
        if isinstance(finding, Attempt):
            return self._attempt(finding, source)
        if isinstance(finding, Objection):
            return self._objection(finding)
        kind, fields, evidence = (
            _correction(finding) if isinstance(finding, Correction) else self._proposal(finding)
        )
        told = {"rule": finding.rule, "evidence": evidence, "agent": self._agent, "origin": self._origin}
        return KNOWN if self._propose(kind, source=source, **told, **fields) is None else NEW

    def _attempt(self, attempt: Attempt, source: str) -> str:
        reported = self._reported(attempt)
        if reported is not None and source == IMPORT:  # a transcript adds nothing to its agent's own words
            return KNOWN
        draft, recall = self._draft(attempt, source), self._recalled(attempt.named)
        try:
            if reported is None:
                answer = self._followed(attempt.followed, draft, recall)
            else:
                worded = _worded(draft, reported)
                answer = self._learn(worded, recall=recall, domain=reported.domain, instead_of=reported)
        except Conflict:
            return KNOWN
        return NEW if answer.accepted else REFUSED

    def _followed(self, named: str | None, draft: Outcome, recall: Recall | None) -> Learned:
        """An outcome of the strategy of the memory that the agent named, if that is one; else in its own words."""
        if named is not None and not exposure.only_warns(recall, named, self._anchor(named)):
            metadata = {name: said for name, said in draft.metadata.items() if name != learning.WORDING}
            try:
                followed = replace(draft, strategy=named, metadata=metadata)
                return self._learn(followed, recall=recall, domain=None)
            except (MemoryNotFound, ScopeError, InvalidInput):
                pass  # the id was nobody's, or another's, or names no strategy
        return self._learn(draft, recall=recall, domain=None)

    def _anchor(self, memory_id: str) -> Memory | None:
        """The memory of this id; of a belief the outcome that it is named after."""
        with self._store.reading() as now:
            kept = now.find(memory_id.removeprefix("b-"))
        return kept.memory if kept is not None else None

    def _draft(self, attempt: Attempt, source: str) -> Outcome:
        metadata = {
            "rule": attempt.rule,
            "command": attempt.command,
            "at": attempt.at,
            learning.WORDING: attempt.wording,
        }
        return Outcome(
            **self._gate.entry(Outcome.prefix, self._agent, source, self._origin),  # type: ignore[arg-type]
            task=writing.text("task", attempt.task),
            strategy=writing.text("strategy_used", attempt.strategy),
            result=writing.result(attempt.result),
            why=writing.output("error", attempt.why),
            key=writing.key(attempt.key),
            metadata=writing.metadata(metadata),
        )

    def _reported(self, attempt: Attempt) -> Outcome | None:
        """What this agent itself reported of the attempt."""
        with self._store.reading() as now:
            kept = [now.find(id_) for id_ in attempt.reported]
        live = [one.memory for one in kept if one is not None and not one.forgotten]
        own = [one for one in live if isinstance(one, Outcome) and one.agent == self._agent]
        succeeded = attempt.result >= 0.5
        return learning.reported(own, task=attempt.task, succeeded=succeeded, since=self._since)

    def _objection(self, objection: Objection) -> str:
        """A further event about the outcome: the ledger is never edited."""
        with self._store.writing() as ledger:
            outcome = ledger.keyed(objection.attempt)
            if outcome is None or not self._gate.is_of_door(outcome):
                return KNOWN
            text = writing.output("text", objection.text) or ""
            said = [one for one in ledger.history(outcome.id) if one.details.get("evidence") == [text]]
            if said:
                return KNOWN
            details = {"rule": objection.rule, "origin": self._origin, "evidence": [text]}
            source = self._gate.door.source
            ledger.note(self._gate.event(events.SEEN, outcome.agent, source, outcome.id, **details))
            return NEW

    def _proposal(self, finding: Proposal) -> tuple[str, dict[str, object], list[str]]:
        evidence = [one for one in (finding.text, finding.about) if one]
        if finding.kind == "preference":
            return "preference", {"user": self._user, "preference": finding.text}, evidence
        fields: dict[str, object] = {
            "pattern": finding.pattern or finding.about or finding.text,
            "why_bad": finding.why or UNSAID,
            "better_alternative": finding.alternative,
        }
        return "anti_pattern", fields, evidence


def _worded(draft: Outcome, reported: Outcome) -> Outcome:
    """What was seen, in the words in which its agent reported it."""
    metadata = {**draft.metadata, learning.WORDING: "report", learning.INSTEAD_OF: reported.id}
    return replace(draft, strategy=reported.strategy, followed=reported.followed, metadata=metadata)


def _correction(finding: Correction) -> tuple[str, dict[str, object], list[str]]:
    """The command that failed, the line that tells why, and the command that worked."""
    why = signatures.telling(finding.error) or "it failed"
    fields: dict[str, object] = {
        "pattern": finding.failing,
        "why_bad": why,
        "better_alternative": finding.working,
    }
    return (
        "anti_pattern",
        fields,
        [f"failed: {finding.failing}", finding.error or why, f"worked: {finding.working}"],
    )
