"""The commands `forget`, `restore` and `purge`: silenced, brought back, gone for good."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import text_option, verb
from alma.cli.sentence import sentence
from alma.domain.ledger import FORGOTTEN
from alma.domain.memory import SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from alma.cli.call import Call
    from alma.domain.ledger import Event
    from alma.domain.memory import Memory


@verb("forget")
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--origin", help="Everything from this session, import or document.")
@click.option("--source", type=click.Choice(SOURCES), help="Everything that is trusted this far.")
@click.option("--older-than", metavar="SPAN", help="Everything older: 30m, 12h, 90d, 4w.")
@text_option("--reason", required=True, help="Why; it stands in the log.")
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
def forget(
    *,
    id_: str | None,
    origin: str | None,
    source: str | None,
    older_than: str | None,
    reason: str,
    dry_run: bool,
    call: Call,
) -> None:
    """Silence memories until they are restored.

    One by its id, or all that match every filter, never both; --agent, where it is named, is such a filter. The id of
    a belief stands for all outcomes it rests on. What filters forget is one event, and
    `alma restore NUMBER` undoes it: the number is said here and stands in `alma log`.
    """
    with call.existing() as memory:
        before = [0, *(one.seq for one in memory.log(limit=1))][-1]
        gone = memory.forget(
            id_,
            agent=call.named_agent,
            origin=origin,
            source=source,
            older_than=older_than,
            reason=reason,
            dry_run=dry_run,
        )
        undone_by = id_ or _number(memory.log(after=before, limit=1000), gone)
    undo = f"; `alma restore {undone_by}` undoes this" if gone else ""
    _told(gone, call, how="would be forgotten" if dry_run else f"forgotten{undo}")


def _number(events: Sequence[Event], gone: Sequence[Memory]) -> int | str:
    """The number of the event that silenced these, among those since: others may have written meanwhile."""
    seqs = [one.seq for one in gone]
    return next(
        (one.seq for one in events if one.kind == FORGOTTEN and one.details.get("seqs") == seqs), "EVENT"
    )


@verb("restore")
@click.argument("id_", metavar="ID|EVENT")
def restore(*, id_: str, call: Call) -> None:
    """Bring back what was forgotten.

    ID is what was given to `alma forget`: a belief's brings back all of its outcomes. EVENT is the number that
    `alma log` shows for a `forgotten`: everything that it silenced comes back, and nothing that was forgotten since.
    """
    with call.existing() as memory:
        back = memory.restore(id_)
    _told(back, call, how="restored")


@verb("purge")
@click.option("--older-than", metavar="SPAN", help="Only what was forgotten longer ago: 30m, 12h, 90d, 4w.")
def purge(*, older_than: str | None, call: Call) -> None:
    """Remove for good what was forgotten.

    No byte of its text is left in the file, and nothing brings it back.
    """
    with call.existing() as memory:
        gone = memory.purge(older_than)
    if call.as_json:
        screen.out_json(document(gone))
    else:
        screen.out(f"{len(gone)} removed for good")


def _told(memories: Sequence[Memory], call: Call, *, how: str) -> None:
    if call.as_json:
        screen.out_json(document(memories))
        return
    for one in memories:
        screen.out(f"{one.id}  {one.owner}  {screen.short(sentence(one), 120)}")
    screen.out(f"{len(memories)} {how}")
