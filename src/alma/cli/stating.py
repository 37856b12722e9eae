"""The commands that state something, `add …`, and `revise`, which puts it in new words."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import MOMENT, TEXT, common, domain_option, merged, text_option, verb
from alma.cli.sentence import sentence
from alma.domain.memory import AntiPattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from alma.cli.call import Call
    from alma.domain.memory import Memory


class Add(click.Group):
    """A group that hands the common options on."""

    def invoke(self, ctx: click.Context) -> Any:  # whatever the command gives
        """Keep the common options for the command."""
        ctx.obj = merged(ctx)
        return super().invoke(ctx)


add = Add(
    "add",
    no_args_is_help=False,
    params=common(),
    help="State something: an anti-pattern, a heuristic, knowledge, a preference.\n\n"
    "What is stated is offered on every task, best match first.",
)


@verb("anti-pattern")
@text_option("--pattern", required=True, help="What to avoid.")
@text_option("--why", required=True, help="Why it is bad.")
@text_option("--instead", help="What to do instead.")
@click.option(
    "--trigger",
    multiple=True,
    help="What `warn` looks for in an action. Without it: the code in the pattern.",
)
@domain_option
def anti_pattern(
    *, pattern: str, why: str, instead: str | None, trigger: tuple[str, ...], domain: str | None, call: Call
) -> None:
    """State what to avoid, why, and what to do instead."""
    with call.writing() as memory:
        made = memory.add_anti_pattern(
            agent=call.agent,
            pattern=pattern,
            why_bad=why,
            better_alternative=instead,
            triggers=trigger or None,
            domain=domain,
        )
    _told(made, call)


@verb("heuristic")
@text_option("--condition", required=True, help="When it applies.")
@text_option("--strategy", required=True, help="What works then.")
@domain_option
def heuristic(*, condition: str, strategy: str, domain: str | None, call: Call) -> None:
    """State what works under a condition."""
    with call.writing() as memory:
        made = memory.add_heuristic(agent=call.agent, condition=condition, strategy=strategy, domain=domain)
    _told(made, call)


@verb("knowledge")
@click.argument("fact", type=TEXT)
@domain_option
@click.option("--replaces", metavar="ID", help="The fact that ends where this one begins.")
@click.option("--valid-from", type=MOMENT, help="Since when it holds. Default: now.")
@click.option("--valid-to", type=MOMENT, help="Until when it holds.")
def knowledge(
    *,
    fact: str,
    domain: str | None,
    replaces: str | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    call: Call,
) -> None:
    """State a fact, and when it holds."""
    with call.writing() as memory:
        made = memory.add_knowledge(
            agent=call.agent,
            fact=fact,
            domain=domain,
            replaces=replaces,
            valid_from=valid_from,
            valid_to=valid_to,
        )
    _told(made, call)


@verb("preference")
@click.argument("text", type=TEXT)
@click.option("--user", required=True, help="Whose it is.")
@text_option("--category", help="What it is about.")
def preference(*, text: str, user: str, category: str | None, call: Call) -> None:
    """State what a user likes."""
    with call.writing() as memory:
        made = memory.add_preference(user=user, preference=text, category=category)
    _told(made, call)


for _command in (anti_pattern, heuristic, knowledge, preference):
    add.add_command(_command)


@verb("revise")
@click.argument("id_", metavar="ID")
@text_option("--condition", help="Of a heuristic: when it applies.")
@text_option("--strategy", help="Of a heuristic: what works then.")
@text_option("--pattern", help="Of an anti-pattern: what to avoid.")
@text_option("--why", "why_bad", help="Of an anti-pattern: why it is bad.")
@text_option("--instead", "better_alternative", help="Of an anti-pattern: what to do instead.")
@click.option("--trigger", "triggers", multiple=True, help="Of an anti-pattern: what `warn` looks for.")
@text_option("--fact", help="Of knowledge: the fact.")
@click.option("--valid-from", type=MOMENT, help="Of knowledge: since when it holds.")
@click.option("--valid-to", type=MOMENT, help="Of knowledge: until when it holds.")
@text_option("--preference", help="Of a preference: what is liked.")
@text_option("--category", help="Of a preference: what it is about.")
def revise(*, id_: str, call: Call, **fields: object) -> None:
    """Put a stated memory in new words.

    The old wording stays in its history.
    """
    said = {name: value for name, value in fields.items() if value is not None and value != ()}
    with call.existing() as memory:
        made = memory.revise(id_, **said)
    _told(made, call, how="revised")


def _told(made: Memory, call: Call, *, how: str = "stated") -> None:
    if call.as_json:
        screen.out_json(document(made))
        return
    screen.out(f"{how} {made.id}: {screen.short(sentence(made), 200)}")
    screen.out(f"  {made.kind.replace('_', '-')} of {made.owner} in {made.domain}, as {made.source}")
    if isinstance(made, AntiPattern):
        looked_for = ", ".join(made.triggers)
        screen.out(
            f"  `alma warn` looks for: {looked_for}"
            if looked_for
            else "  `alma warn` has nothing to look for"
        )
    for other in getattr(made, "contradicts", ()):
        screen.out(
            f"  it may contradict {other}; both stand. If it replaces it: add it with --replaces {other}"
        )
