"""The command `hook` for the library: its help, and every line that is not plainly right."""

from __future__ import annotations

from importlib import import_module

import click

from alma.cli.options import verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call


@verb("hook")
@click.argument("event")
def hook(*, event: str, call: Call) -> int:  # noqa: ARG001 (every verb is given its call)
    """Answer one event of Claude Code.

    EVENT is its name, such as PreToolUse; what happened is read from standard input. `alma install claude-code` sees
    to it that Claude Code calls this; whatever goes wrong here never holds it up.
    """
    answered: int = import_module("alma.hooks").answer([event])
    return answered
