"""The commands after a task: `learn` records how it went, `feedback` says whether a memory helped."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.ending import DONE, REFUSED
from alma.cli.options import domain_option, text_option, verb
from alma.domain.ledger import JOINED, SIGNALS
from alma.domain.memory import AntiPattern
from alma.rules import trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call
    from alma.domain.recall import Learned

MOVES_NOTHING = "; it is on record and moves nothing: only a person in a terminal, or a program, joins or parts strategies"


def result_of(ctx: click.Context, *, success: bool, failure: bool, result: float | None) -> bool | float:
    """The result that exactly one of three options says."""
    said = [success, failure, result is not None]
    if sum(said) != 1:
        raise click.UsageError("say how it went, once: --success, --failure or --result 0.7", ctx)
    if result is not None and not 0 <= result <= 1:
        raise click.UsageError(f"--result is {result:g}; it must be a number from 0 to 1, such as 0.7", ctx)
    return success if result is None else result


@verb("learn")
@text_option("--task", required=True, help="What was to be done.")
@text_option("--strategy", required=True, help="How it was gone about: words, or the id that was followed.")
@click.option("--success", is_flag=True, help="It worked.")
@click.option("--failure", is_flag=True, help="It did not.")
@click.option("--result", type=float, help="Between 0 and 1; a success from 0.5 on.")
@text_option("--error", help="What went wrong.")
@text_option("--feedback", help="What somebody said of it.")
@click.option("--duration", type=float, metavar="SECONDS", help="How long it took.")
@domain_option
@click.option("--workflow", metavar="WORKFLOW", help="The long task that it belongs to.")
@click.option("--key", help="Makes it exactly-once: the same key is learned a single time.")
@click.pass_context
def learn(
    ctx: click.Context,
    *,
    task: str,
    strategy: str,
    success: bool,
    failure: bool,
    result: float | None,
    error: str | None,
    feedback: str | None,
    duration: float | None,
    domain: str | None,
    workflow: str | None,
    key: str | None,
    call: Call,
) -> int:
    """Record how an attempt went."""
    outcome = result_of(ctx, success=success, failure=failure, result=result)
    with call.writing() as memory:
        learned = memory.learn(
            agent=call.agent,
            task=task,
            outcome=outcome,
            strategy_used=strategy,
            domain=domain,
            error=error,
            feedback=feedback,
            duration=duration,
            workflow_id=workflow,
            key=key,
        )
    return told(learned, as_json=call.as_json)


def told(learned: Learned, *, as_json: bool) -> int:
    """Say what an outcome did, and give the exit code."""
    if as_json:
        screen.out_json(document(learned))
    elif learned.outcome is None:
        screen.err(f"refused: {learned.refused_because}")
    else:
        for sentence in in_words(learned):
            screen.out(sentence)
    return DONE if learned.accepted else REFUSED


def in_words(learned: Learned) -> list[str]:
    """What an outcome did, in sentences."""
    kept = learned.outcome
    if kept is None:
        return []
    how = "a success" if kept.succeeded else "a failure"
    said = [f"learned {kept.id}: {how} of {kept.agent} in {kept.domain}, as {kept.source}"]
    for change in learned.changes:
        belief = change.belief
        strategy = belief.pattern if isinstance(belief, AntiPattern) else belief.strategy
        said.append(
            f"{change.what} {belief.id}, {belief.kind.replace('_', '-')}: {screen.short(strategy, 120)}"
        )
    said += [
        f"perhaps the same as {one.id}, {screen.short(one.strategy, 80)}; "
        f"if so: alma feedback {kept.id} same --note {one.id}"
        for one in learned.similar
    ]
    return said


@verb("feedback")
@click.argument("id_", metavar="ID")
@click.argument("signal", type=click.Choice(SIGNALS), metavar="used|helpful|harmful|wrong|same|not_same")
@text_option("--note", help="Why; for same and not_same, the id of the other.")
def feedback(*, id_: str, signal: str, note: str | None, call: Call) -> None:
    """Say whether a memory helped.

    `used`: it was followed. `helpful`, `harmful`: evidence. `wrong`: silenced until restored, and only a person in
    a terminal may say so. `same`, `not_same`: two strategies in other words are one, or are not; what a model says of
    it is on record and moves nothing.
    """
    with call.existing() as memory:
        event = memory.feedback(id_, signal=signal, agent=call.speaking, note=note)
    if call.as_json:
        screen.out_json(document(event))
    else:
        moves = "" if event.kind != JOINED or trust.is_verified(event.source) else MOVES_NOTHING
        screen.out(f"noted as event {event.seq}: {id_} {signal}, by {event.agent} as {event.source}{moves}")
