"""What is said of a memory, as evidence: an outcome of its strategy, or a word on which strategies are one."""

from __future__ import annotations

from collections.abc import Callable

from alma import inquiry
from alma.domain import ledger as events
from alma.domain.errors import InvalidInput, ScopeError
from alma.domain.memory import Memory, Outcome
from alma.rules import explaining, learning, trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.domain.ledger import Event
    from alma.domain.recall import Learned
    from alma.domain.scope import View
    from alma.gate import Gate
    from alma.store.protocol import Store


def count(
    store: Store,
    gate: Gate,
    memory_id: str,
    about: Memory,
    *,
    speaker: str,
    helped: bool,
    note: str | None,
    half_life: float,
    learn: Callable[..., Learned],
) -> None:
    """Evidence is evidence: what was said of a memory becomes an outcome of its strategy on its task."""
    belief = about
    if memory_id.startswith("b-") and isinstance(about, Outcome):
        with store.reading() as now:
            records = inquiry.around(now, gate, None, about, half_life=half_life)
        belief = explaining.belief_of(about, explaining.record_of(about, records), records)
    said = learning.as_outcome(belief, about, helped=helped)
    if said is None:
        return
    task, strategy, result = said
    learned = learn(
        agent=speaker,
        task=task,
        outcome=result,
        strategy_used=strategy,
        domain=about.domain,
        error=None if result else note,
        metadata={"feedback_on": memory_id},
    )
    if not learned.accepted:
        problem = f"what was said of {memory_id} cannot be counted: {learned.refused_because}"
        raise ScopeError(problem, agent=speaker, domain=about.domain)


def join(
    store: Store,
    gate: Gate,
    one: Memory,
    other_id: str | None,
    *,
    same: bool,
    speaker: str,
    view: View | None,
) -> Event:
    """Put on record that two strategies are, or are not, one; what a model says of it moves nothing."""
    if other_id is None:
        raise InvalidInput("note", "is missing", allowed="the id of the other strategy's outcome or belief")
    other = gate.readable(other_id, view, verb="feedback").memory
    if not isinstance(one, Outcome) or not isinstance(other, Outcome):
        raise InvalidInput(
            "memory_id", "only strategies can be the same", allowed="ids of outcomes or beliefs"
        )
    if one.strategy == other.strategy:
        raise InvalidInput(
            "note", "names a strategy in the very same words", allowed="the id of one in other words"
        )
    source = gate.door.source if view is None else trust.of_agent(gate.door.source)
    details: dict[str, object] = {"other": other.id, "same": same}
    with store.writing() as ledger:
        return ledger.note(gate.event(events.JOINED, speaker, source, one.id, **details))
