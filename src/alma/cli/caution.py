"""The command `warn` for the library: its help, its completion, and every line that is not plainly right."""

from __future__ import annotations

import click

from alma.cli import warning
from alma.cli.options import TEXT, text_option, verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call


@verb("warn")
@click.argument("action", type=TEXT)
@text_option("--task", help="The task, so that outcomes of that very task are counted as well.")
@click.option("--exit-code", is_flag=True, help="Exit with 3 where something was found.")
def warn(*, action: str, task: str | None, exit_code: bool, call: Call) -> int:
    """Say what an action repeats that failed before.

    ACTION is a command or the text of an edit; `-` reads it from standard input.
    """
    return warning.answer(action=action, task=task, exit_code=exit_code, call=call)
