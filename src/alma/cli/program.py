"""The commands and their help. A command's module is loaded when that command is run, and help loads none."""

from __future__ import annotations

from importlib import import_module

import click

from alma.cli.ending import Misused
from alma.cli.options import common, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from click.shell_completion import CompletionItem

# name: (where it is, what it does). The help of each command begins with the same sentence; a test compares them.
COMMANDS = {
    "init": ("alma.cli.project:init", "Begin a memory here: a folder, and a configuration to fill in."),
    "demo": ("alma.cli.demo:demo", "Watch two agents fail, learn, and not fail again."),
    "doctor": ("alma.cli.doctor:doctor", "Look for what is wrong, and change nothing."),
    "recall": ("alma.cli.recall:recall", "Say what is known before a task."),
    "learn": ("alma.cli.learning:learn", "Record how an attempt went."),
    "run": ("alma.cli.run:run", "Run a command and learn from its exit code."),
    "warn": ("alma.cli.caution:warn", "Say what an action repeats that failed before."),
    "add": (
        "alma.cli.stating:add",
        "State something: an anti-pattern, a heuristic, knowledge, a preference.",
    ),
    "list": ("alma.cli.looking:list_", "List what is remembered, newest first."),
    "explain": ("alma.cli.explain:explain", "Say why a memory is believed."),
    "feedback": ("alma.cli.learning:feedback", "Say whether a memory helped."),
    "revise": ("alma.cli.stating:revise", "Put a stated memory in new words."),
    "review": (
        "alma.cli.review:review",
        "Go through what was learned lately by itself: keep, reword, reject.",
    ),
    "log": ("alma.cli.looking:log", "Show the audit trail, refusals too."),
    "forget": ("alma.cli.forgetting:forget", "Silence memories until they are restored."),
    "restore": ("alma.cli.forgetting:restore", "Bring back what was forgotten."),
    "purge": ("alma.cli.forgetting:purge", "Remove for good what was forgotten."),
    "checkpoint": ("alma.cli.workflow:checkpoint", "Save the state of a long task."),
    "resume": ("alma.cli.workflow:resume", "Show where a long task stopped, and what is known for it."),
    "workflows": ("alma.cli.workflow:workflows", "List long tasks, the latest first."),
    "stats": ("alma.cli.looking:stats", "Show counts and sizes."),
    "report": ("alma.cli.report:report", "Say whether memory helps."),
    "import": ("alma.cli.copies:import_", "Take in what `alma export` wrote, or past sessions."),
    "export": ("alma.cli.copies:export", "Write everything to a file."),
    "backup": ("alma.cli.copies:backup", "Copy the store while it is in use."),
    "mcp": ("alma.cli.mcp:mcp", "Serve the memory to agents over MCP."),
    "install": ("alma.cli.install:install", "Put ALMA into Claude Code."),
    "hook": ("alma.cli.hooking:hook", "Answer one event of Claude Code."),
    "trust": ("alma.cli.project:trust", "Trust a configuration that wants to send something somewhere."),
}
EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 `warn --exit-code` found something, 4 refused by scope."
)


class Program(click.Group):
    """A group whose commands are a table: name -> where it is, and one sentence."""

    def __init__(self, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:  # click's own settings
        super().__init__(**settings)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """Every command, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        """The command of this name, loaded now."""
        if name not in self._table:
            return None
        module, _, attribute = self._table[name][0].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As the library does, and the nearest name where there is none."""
        if args and args[0] not in self._table and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._table, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """The table, as help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in self._table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names that begin so, with their sentences."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=says)
            for name, (_, says) in self._table.items()
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:  # whatever the command gives
        """Keep the common options for the command."""
        ctx.obj = merged(ctx)
        return super().invoke(ctx)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"alma {version('alma-memory')}")
        ctx.exit()


program = Program(
    COMMANDS,
    name="alma",
    help="Memory that lets AI agents learn from what happened.\n\n"
    "Before a task they ask what is known (recall), before an action what it repeats (warn), and afterwards they "
    "say how it went (learn, run).",
    epilog=EPILOG,
    no_args_is_help=False,
    params=[
        *common(),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version.",
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def run(args: Sequence[str]) -> int:
    """Run one command line. Raises Misused, AlmaError, KeyboardInterrupt."""
    try:
        code = program.main(list(args) or ["--help"], prog_name="alma", standalone_mode=False)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        usage = f"{context.get_usage()}\nTry '{context.command_path} --help' for help." if context else ""
        raise Misused(error.format_message(), usage=usage) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0
