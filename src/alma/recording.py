"""An outcome enters the ledger: where its agent may learn it, exactly once, and with what it changed."""

from __future__ import annotations

import re

from alma import arrears, reader, retention
from alma.domain.errors import InvalidInput
from alma.domain.memory import Outcome
from alma.domain.reach import Reach
from alma.domain.recall import Learned
from alma.domain.values import replace
from alma.rules import exposure, learning, writing
from alma.rules.grouping import grouping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.recall import Recall
    from alma.domain.scope import View
    from alma.gate import Gate
    from alma.meaning import Meaning
    from alma.store.protocol import Store

ID = r"(?:b-o|[ohakp])-[a-z2-7]{10}|u-[0-9a-f]{12}"


def record(
    store: Store,
    gate: Gate,
    meaning: Meaning,
    draft: Outcome,
    *,
    half_life: float,
    recall: Recall | None,
    domain: str | None,
    instead_of: Outcome | None = None,
) -> Learned:
    """Record an outcome where its agent may learn it, in place of another of the same attempt."""
    view = gate.view(draft.agent)
    draft = _named(gate, draft, recall, view)
    admission = gate.admission(view.agent, domain, f"{draft.task}\n{draft.strategy}")
    draft = replace(draft, domain=admission.domain)
    if admission.refused_because is not None:
        gate.refuse("learn", draft.agent, admission)
        return Learned(accepted=False, refused_because=admission.refused_because)
    arrears.settle(store, gate, meaning)
    vector = meaning.vector(draft.task)
    reach = Reach(view=view, kinds=(Outcome.kind,))
    with store.reading() as now:
        if draft.key is not None and (already := now.keyed(draft.key)):
            found = now.find(already.id)
            gone = found is None or found.forgotten
            return learning.again(draft, already, view=view, forgotten=gone)
        if vector is not None:
            meaning.check(now)
        nominees = reader.nominees(now, draft.task, reach, vector=vector)
        size, key = now.size(reach), grouping(now.joints())
        if recall is not None:
            said = reader.said_used(now, recall, agent=draft.agent)
            draft = exposure.noted(draft, recall, key=key, said_used=said)
        if instead_of is not None:
            draft = exposure.inherited(draft, instead_of)
    with store.writing() as ledger:
        if draft.key is not None and (already := ledger.keyed(draft.key)):
            return learning.again(draft, already, view=view)
        if problem := retention.make_room(ledger, gate, draft, leaving=instead_of):
            ledger.note(gate.refusal("learn", draft.agent, draft.domain, problem))
            return Learned(accepted=False, refused_because=problem)
        meaning.claim(ledger, vector)
        kept = ledger.remember(draft, vector=vector)
        assert isinstance(kept, Outcome)
        if instead_of is not None:
            retention.set_aside(ledger, gate, instead_of, seen=kept)
    return learning.learned(
        kept, nominees, size=size, half_life=half_life, key=key, has_vector=vector is not None
    )


def _named(gate: Gate, draft: Outcome, recall: Recall | None, view: View) -> Outcome:
    """Where the strategy is an id, the strategy that it stands for."""
    if not re.fullmatch(ID, draft.strategy):
        return draft
    for one in recall.advice if recall is not None else ():
        if one.id == draft.strategy:
            return _followed(draft, one.strategy)
    if draft.strategy.startswith("u-"):
        raise InvalidInput("strategy_used", f"{draft.strategy} was never tried: pass its words, or recall=")
    about = gate.readable(draft.strategy, view, verb="learn").memory
    named: str | None = getattr(about, "strategy", None) or getattr(about, "better_alternative", None)
    if named is None:
        raise InvalidInput("strategy_used", f"{draft.strategy} names no strategy; pass the strategy's words")
    return _followed(draft, named)


def _followed(draft: Outcome, strategy: str) -> Outcome:
    return replace(draft, strategy=writing.text("strategy_used", strategy), followed=draft.strategy)
