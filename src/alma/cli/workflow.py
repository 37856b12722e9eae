"""The commands of long tasks: `checkpoint` saves, `resume` shows where it stopped, `workflows` lists and closes."""

from __future__ import annotations

import json

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.learning import in_words, result_of
from alma.cli.options import text_option, verb
from alma.cli.recall import show
from alma.domain.errors import InvalidInput
from alma.domain.workflow import STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call


@verb("checkpoint")
@click.argument("workflow")
@click.option("--state", required=True, metavar="FILE|-", help="Any JSON, in a file or on standard input.")
@text_option("--task", help="What the workflow is to do; kept from the version before where it is not named.")
@text_option("--step", help="Where it stands.")
@click.option(
    "--expected-version", type=int, metavar="N", help="Fail unless this is the latest; 0: none yet."
)
def checkpoint(
    *, workflow: str, state: str, task: str | None, step: str | None, expected_version: int | None, call: Call
) -> None:
    """Save the state of a long task."""
    read = _state(state)
    with call.writing(agents=call.only) as memory:
        # Unless somebody is named, a workflow stays whose it is.
        is_new = all(one.workflow_id != workflow for one in memory.workflows())
        kept = memory.checkpoint(
            workflow,
            state=read,
            task=task,
            step=step,
            agent=call.agent if is_new else call.asking,
            expected_version=expected_version,
        )
    if call.as_json:
        screen.out_json(document(kept))
    else:
        screen.out(
            f"saved {kept.workflow_id}, version {kept.version}" + (f", at {kept.step}" if kept.step else "")
        )


def _state(named: str) -> object:
    from alma.cli.terminal import typed_in

    try:
        if named == "-":
            text = typed_in()
        else:
            with open(named, encoding="utf-8") as file:
                text = file.read()
        return json.loads(text)
    except OSError as error:
        raise InvalidInput("state", f"{named} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput("state", f"{named} is no JSON: {error}") from error


@verb("resume")
@click.argument("workflow")
@click.option("--version", type=int, metavar="N", help="This version. Default: the latest.")
def resume(*, workflow: str, version: int | None, call: Call) -> None:
    """Show where a long task stopped, and what is known for it.

    The state is printed as JSON, and after it the prompt. With --agent, another agent's workflow is refused.
    """
    with call.existing(agents=call.only) as memory:
        found = memory.resume(workflow, version=version)
        prompt = found.recall.to_prompt() if found.recall else ""
    if call.as_json:
        screen.out_json(document(found))
        return
    screen.err(
        f"{found.workflow_id}, version {found.version}, saved {found.created_at:%Y-%m-%d %H:%M:%S}"
        + (f", at {screen.line(found.step)}" if found.step else "")
    )
    screen.out_json(found.state)
    if found.recall is not None:
        screen.out()
        show(found.recall, prompt)


@verb("workflows")
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@click.option(
    "--finish", metavar="WORKFLOW", help="Close this one, and learn its outcome where a strategy is named."
)
@click.option("--success", is_flag=True, help="With --finish: it worked.")
@click.option("--failure", is_flag=True, help="With --finish: it did not.")
@click.option("--result", type=float, help="With --finish: between 0 and 1.")
@text_option("--strategy", help="With --finish: how it was gone about.")
@click.pass_context
def workflows(
    ctx: click.Context,
    *,
    status: str | None,
    finish: str | None,
    success: bool,
    failure: bool,
    result: float | None,
    strategy: str | None,
    call: Call,
) -> None:
    """List long tasks, the latest first."""
    if finish is not None:
        outcome = result_of(ctx, success=success, failure=failure, result=result)
        _finish(finish, outcome, strategy, call)
        return
    with call.existing() as memory:
        found = memory.workflows(agent=call.asking, status=status)
    if call.as_json:
        screen.out_json(document(found))
    elif not found:
        screen.err("there are no workflows that fit")
    else:
        rows = [
            (
                *(
                    one.workflow_id,
                    one.status,
                    one.version,
                    one.agent,
                    f"{one.updated_at:%Y-%m-%d %H:%M}",
                    one.step,
                ),
                one.task,
            )
            for one in found
        ]
        screen.table(("WORKFLOW", "STATUS", "VERSION", "AGENT", "SAVED", "STEP", "TASK"), rows, right=(2,))


def _finish(workflow: str, outcome: bool | float, strategy: str | None, call: Call) -> None:
    with call.existing(agents=call.only) as memory:
        learned = memory.finish(workflow, outcome=outcome, strategy_used=strategy)
    if call.as_json:
        screen.out_json(document(learned))
        return
    screen.out(f"closed {workflow}")
    for sentence in in_words(learned):
        screen.out(sentence)
    if not learned.accepted:
        screen.err(f"nothing was learned: {learned.refused_because}")
