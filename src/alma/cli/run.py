"""The command `run`: runs a command as it is, without a shell, and learns from its exit code.

The result is `verified` only where the configuration names the command; what was printed never raises that trust.
"""

from __future__ import annotations

import click

from alma import verifying
from alma.cli import process, screen, telling
from alma.cli.documents import document
from alma.cli.learning import in_words
from alma.cli.options import domain_option, text_option, verb
from alma.domain.errors import AlmaError
from alma.domain.memory import VERIFIED
from alma.rules import writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.alma import ALMA
    from alma.cli.call import Call
    from alma.cli.process import Ran
    from alma.domain.recall import Learned


@verb("run", context_settings={"allow_interspersed_args": False})
@text_option("--task", required=True, help="What was to be done.")
@text_option("--strategy", required=True, help="How it is gone about: words, or the id that is followed.")
@domain_option
@click.option("--workflow", metavar="WORKFLOW", help="The long task that it belongs to.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def run(
    *,
    task: str,
    strategy: str,
    domain: str | None,
    workflow: str | None,
    command: tuple[str, ...],
    call: Call,
) -> int:
    """Run a command and learn from its exit code.

    Its output passes through, its exit code is passed on. The result counts as verified where `verify:` in the
    configuration names the command. A command that cannot be started, or is interrupted, teaches nothing.
    """
    # What is wrong with the words is said before anything is run.
    words = {"task": writing.text("task", task), "strategy": writing.text("strategy_used", strategy)}
    patterns = verifying.patterns(call.config, is_named=bool(call.path or call.store))
    named = verifying.is_verified(command, patterns)
    verified = named and verifying.is_installed(command[0], call.config)
    with call.writing(source=VERIFIED if verified else None) as memory:
        ran = process.run_through(command, to_stderr=call.as_json)
        learned = _learned(memory, ran, agent=call.agent, domain=domain, workflow=workflow, **words)
    if call.as_json:
        said = {"command": list(command), "exit_code": ran.code, "verified": verified}
        screen.out_json({**said, "learned": document(learned)})
    elif learned is not None:
        for sentence in in_words(learned) or [f"refused: {learned.refused_because}"]:
            screen.err(f"alma: {sentence}")
    return ran.code


def _learned(
    memory: ALMA, ran: Ran, *, agent: str, task: str, strategy: str, domain: str | None, workflow: str | None
) -> Learned | None:
    """What was learned. The command did run: what ALMA then cannot do never changes its exit code."""
    if not ran.teaches:
        return None
    try:
        return memory.learn(
            agent=agent,
            task=task,
            outcome=ran.code == 0,
            strategy_used=strategy,
            domain=domain,
            error=None if ran.code == 0 else telling.error(ran.how, ran.tail),
            duration=round(ran.seconds, 3),
            workflow_id=workflow,
        )
    except AlmaError as error:
        screen.err(f"alma: nothing was learned: {error}")
        return None
