"""What the options of several commands have in common: who, where, JSON, and texts that may come from standard input."""

from __future__ import annotations

from datetime import datetime

import click

from alma.domain.errors import AlmaError, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    _Words = click.ParamType[str]
    _Times = click.ParamType[datetime]
else:
    # Older versions of the library do not say what a type converts to.
    _Words = _Times = click.ParamType

NAMES = ("agent", "store", "project", "config", "as_json")
_STDIN = "alma.stdin"


class Text(_Words):
    """Words; `-` reads them from standard input, which only one option can do."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The words themselves."""
        if value != "-":
            return value
        if ctx is not None:
            if _STDIN in ctx.meta:
                self.fail("only one of them can be read from standard input", param, ctx)
            ctx.meta[_STDIN] = True
        from alma.cli.terminal import typed_in

        try:
            return typed_in()
        except InvalidInput as error:
            self.fail(str(error), param, ctx)


class Moment(_Times):
    """A time in ISO 8601, UTC where it names no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time."""
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-07-14 or 2026-07-14T09:30+02:00", param, ctx)


TEXT = Text()
MOMENT = Moment()
# Said here again, and compared by a test: the module that says it first is slow to load, and help waits.
KIND = click.Choice(["outcome", "heuristic", "anti_pattern", "knowledge", "preference"])


def common(*, several_agents: bool = False) -> list[click.Parameter]:
    """The options that stand before or after every command; `--agent` may be named more than once where it is said."""
    return [
        _several_agents() if several_agents else _agent(),
        click.Option(["--store"], metavar="URL", help="The store, such as sqlite:///.alma/alma.db."),
        click.Option(["--project"], metavar="NAME", help="The project; nothing crosses it."),
        click.Option(
            ["--config"],
            metavar="FILE",
            type=click.Path(),
            help="The configuration. Default: the nearest .alma/config.yaml upwards.",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
    ]


def _agent() -> click.Option:
    return click.Option(
        ["--agent"],
        metavar="NAME",
        shell_complete=_agents,
        help="Who acts. Default: $ALMA_AGENT, else the only agent declared, else `default`.",
    )


def _several_agents() -> click.Option:
    return click.Option(
        ["--agent", "agents"],
        metavar="NAME",
        multiple=True,
        shell_complete=_agents,
        help="Who may act. Can be repeated. Default: every agent declared, and $ALMA_AGENT.",
    )


def merged(ctx: click.Context) -> dict[str, Any]:
    """Take the common options out of what this command was given, over those of the commands before it."""
    given = {name: ctx.params.pop(name, None) for name in NAMES}
    before = ctx.obj if isinstance(ctx.obj, dict) else {}
    return {**before, **{name: value for name, value in given.items() if value not in (None, False)}}


class Verb(click.Command):
    """A command that takes the common options and is called with the Call they make."""

    several_agents = False

    def __init__(self, *args: Any, **settings: Any) -> None:  # click's own settings
        super().__init__(*args, **settings)
        self.params.extend(common(several_agents=self.several_agents))

    def invoke(self, ctx: click.Context) -> Any:  # an exit code, or None
        """Call the function with `call=`."""
        from alma.cli.call import Call

        ctx.obj = merged(ctx)
        ctx.params["call"] = Call(**ctx.obj)
        return super().invoke(ctx)


def verb(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Verb]:
    """Make a function the command `name`."""
    return click.command(name, cls=Verb, **settings)


def text_option(*names: str, help: str, **settings: Any) -> Callable[[Any], Any]:  # noqa: A002 (click's word)
    """An option for words."""
    return click.option(*names, type=TEXT, help=help, **settings)


def domain_option(function: Any) -> Any:
    """--domain, for what is written."""
    return click.option(
        "--domain", shell_complete=_domains, help="The topic; without it the text is sorted into one."
    )(function)


def _agents(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    return _beginning(incomplete, lambda config: config.agent_names, ctx)


def _domains(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    return _beginning(incomplete, lambda config: list(config.scopes.domains), ctx)


def _beginning(incomplete: str, named: Callable[[Any], Sequence[str]], ctx: click.Context) -> list[str]:
    """The names in the configuration that begin so; none where it cannot be read, for a shell waits."""
    from alma.config.loading import load

    path = next((one.params["config"] for one in (ctx, *_above(ctx)) if one.params.get("config")), None)
    try:
        return [name for name in named(load(path)) if name.startswith(incomplete)]
    except AlmaError:
        return []


def _above(ctx: click.Context) -> list[click.Context]:
    return [] if ctx.parent is None else [ctx.parent, *_above(ctx.parent)]
