"""The commands that show what there is: `list`, `log`, `stats`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import KIND, verb
from alma.cli.sentence import sentence
from alma.domain.memory import Knowledge, Outcome
from alma.domain.values import replace
from alma.rules import trust
from alma.rules.explaining import details_of

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
        now = datetime.now(UTC)
        screen.table(("ID", "KIND", "AGENT", "DOMAIN", "SINCE", "TEXT"), [_row(one, now) for one in found])
        if len(found) == limit:
            screen.err(f"there may be more: --after {found[-1].id}")


def _row(one: Memory, now: datetime) -> tuple[str, ...]:
    kind = one.kind.replace("_", "-")
    grade = getattr(one, "grade", "stated").replace("_", " ")
    shown = ", ".join(filter(None, (kind, grade if grade != "stated" else "", _time(one, now))))
    return one.id, shown, one.owner, one.domain, f"{one.created_at:%Y-%m-%d}", _text(one)


def _time(one: Memory, now: datetime) -> str:
    """Of a fact that does not hold now: that it ended, or from when on it will."""
    if not isinstance(one, Knowledge) or one.holds(now):
        return ""
    return f"from {one.begins:%Y-%m-%d}" if one.begins > now and one.valid_from else "ended"


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
        heads = ("EVENT", "WHEN", "WHAT", "AGENT", "BY", "ABOUT", "DETAILS")
        screen.table(heads, [_event(one) for one in events], right=(0,))


def _event(one: Event) -> tuple[object, ...]:
    details = "; ".join([*_how_many(one), *details_of(one)])
    return (
        one.seq,
        f"{one.at:%Y-%m-%d %H:%M:%S}",
        one.kind,
        one.agent,
        trust.SPEAKERS[one.source],
        one.memory_id,
        details,
    )


def _how_many(one: Event) -> list[str]:
    """Of an event about several memories, how many: their numbers tell a reader nothing."""
    seqs = one.details.get("seqs")
    if not isinstance(seqs, list) or (one.memory_id is not None and len(seqs) == 1):
        return []
    return [f"{len(seqs):,} {'memory' if len(seqs) == 1 else 'memories'}"]


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
