"""The commands that show what there is: `list`, `log`, `stats`."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import KIND, verb
from alma.cli.sentence import sentence
from alma.domain.memory import Outcome
from alma.domain.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call
    from alma.domain.ledger import Event
    from alma.domain.memory import Memory


@verb("list")
@click.argument("query", required=False)
@click.option("--kind", type=KIND, help="Only this kind.")
@click.option(
    "--stated/--earned", "stated", default=None, help="Only what was said, or only what was learned."
)
@click.option("--limit", type=int, default=50, show_default=True, help="How many; at most 1,000.")
@click.option("--after", metavar="ID", help="The last id of the page before.")
def list_(
    *, query: str | None, kind: str | None, stated: bool | None, limit: int, after: str | None, call: Call
) -> None:
    """List what is remembered, newest first.

    With --agent (or $ALMA_AGENT) what that agent may read, else everything. QUERY keeps what shares a word with it.
    """
    with call.existing() as memory:
        found = memory.memories(
            agent=call.asking, kind=kind, query=query, stated=stated, limit=limit, after=after
        )
    if call.as_json:
        screen.out_json(document(found))
    elif not found:
        screen.err("nothing is remembered that fits")
    else:
        screen.table(("ID", "KIND", "AGENT", "DOMAIN", "SINCE", "TEXT"), [_row(one) for one in found])
        if len(found) == limit:
            screen.err(f"there may be more: --after {found[-1].id}")


def _row(one: Memory) -> tuple[str, ...]:
    kind = one.kind.replace("_", "-")
    grade = getattr(one, "grade", "stated").replace("_", " ")
    shown = kind if grade == "stated" else f"{kind}, {grade}"
    return one.id, shown, one.owner, one.domain, f"{one.created_at:%Y-%m-%d}", _text(one)


def _text(one: Memory) -> str:
    if isinstance(one, Outcome):
        return f"{'worked' if one.succeeded else 'failed'}: {one.strategy} — {one.task}"
    return sentence(one)


@verb("log")
@click.option("--after", type=int, metavar="N", help="Only what follows event N.")
@click.option("--limit", type=int, default=100, show_default=True, help="How many; at most 1,000.")
def log(*, after: int | None, limit: int, call: Call) -> None:
    """Show the audit trail, refusals too.

    In order: what follows event N, or the latest.
    """
    with call.existing() as memory:
        events = memory.log(after=after, limit=limit)
    if call.as_json:
        screen.out_json(document(events))
    elif not events:
        screen.err("nothing happened yet")
    else:
        heads = ("EVENT", "WHEN", "WHAT", "AGENT", "SOURCE", "ABOUT", "DETAILS")
        screen.table(heads, [_event(one) for one in events], right=(0,))


def _event(one: Event) -> tuple[object, ...]:
    details = ", ".join(f"{name}: {value}" for name, value in one.details.items())
    return one.seq, f"{one.at:%Y-%m-%d %H:%M:%S}", one.kind, one.agent, one.source, one.memory_id, details


@verb("stats")
def stats(*, call: Call) -> None:
    """Show counts and sizes."""
    with call.existing() as memory:
        counted = memory.stats()
    if not call.is_begun:
        counted = replace(counted, store=call.config.store_url, bytes=0)
    if call.as_json:
        screen.out_json(document(counted))
        return
    lines = [
        ("project", counted.project),
        ("store", f"{counted.store} ({counted.bytes:,} bytes, schema {counted.schema})"),
        ("embedder", counted.embedder or "none yet"),
        ("memories", _counts(counted.memories)),
        ("agents", _counts(counted.agents)),
        ("forgotten", counted.forgotten),
        ("workflows", counted.workflows),
        ("events", counted.events),
    ]
    for name, value in lines:
        screen.out(f"{name:<10} {screen.line(str(value))}")


def _counts(counts: object) -> str:
    said = ", ".join(f"{name} {count:,}" for name, count in sorted(dict(counts).items()))  # type: ignore[call-overload]
    return said or "none"
