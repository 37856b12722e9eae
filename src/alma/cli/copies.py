"""The commands that write and read whole files of memories: `export`, `import`, `backup`."""

from __future__ import annotations

import os

import click

from alma.cli import screen
from alma.cli.options import verb
from alma.cli.past import documents, summary
from alma.cli.progress import bar, shown
from alma.rules.transfer import SESSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call


@verb("export")
@click.argument("file", type=click.Path())
def export(*, file: str, call: Call) -> None:
    """Write everything to a file.

    JSON Lines with a checksum; what is at FILE already is not replaced.
    """
    with call.existing() as memory, shown("writing", call):
        count = memory.export(file)
    _told(call, path=os.path.abspath(file), records=count, said=f"{count:,} records written to {file}")


@verb("import")
@click.argument("what", type=click.Path(), metavar="FILE | claude-code | codex")
@click.argument("path", type=click.Path(), required=False)
@click.option("--format", "format_", default=None, help="How FILE is written. Default: alma.")
@click.option("--dry-run", is_flag=True, help="Say what sessions would teach, and write nothing.")
def import_(*, what: str, path: str | None, format_: str | None, dry_run: bool, call: Call) -> None:
    """Take in what `alma export` wrote, or past sessions.

    An export: all of it or nothing. Into an empty project, and from a terminal, it is an exact copy; otherwise what is
    not there yet is added as `import`, which weighs half.

    Past sessions, `alma import claude-code [PATH]` or `alma import codex [PATH]`: PATH is a transcript or a folder of
    them; default: the user's own sessions about this project. Each attempt whose result was seen comes in once, as
    `import`, however often it is imported.
    """
    form = what if format_ is None and what in SESSIONS else format_ or "alma"
    if form not in SESSIONS and path is not None:
        raise click.UsageError(f"one FILE is taken in at a time, and {path!r} is another")
    file = path if what in SESSIONS and format_ is None else what
    if form in SESSIONS:
        _sessions(file, form, dry_run=dry_run, call=call)
        return
    with call.writing() as memory, shown("reading", call):
        count = memory.import_(what, format=form, dry_run=dry_run)
    _told(call, path=os.path.abspath(what), memories=int(count), said=f"{count:,} memories are new")


def _sessions(path: str | None, form: str, *, dry_run: bool, call: Call) -> None:
    with call.existing() if dry_run else call.writing() as memory, bar("reading", call) as progress:
        found = memory.import_(path, format=form, agent=call.named_agent, dry_run=dry_run, progress=progress)
    if call.as_json:
        counts = {name: number for name, number in vars(found).items() if name != "findings"}
        screen.out_json({"new": int(found), "dry_run": dry_run, **counts, "findings": documents(found)})
        return
    for row in summary(found, dry_run=dry_run):
        screen.out(row)


@verb("backup")
@click.argument("file", type=click.Path())
def backup(*, file: str, call: Call) -> None:
    """Copy the store while it is in use.

    What is at FILE already is not replaced.
    """
    with call.existing() as memory, shown("copying", call):
        memory.backup(file)
    _told(call, path=os.path.abspath(file), said=f"copied to {file}")


def _told(call: Call, *, said: str, **values: object) -> None:
    if call.as_json:
        screen.out_json(values)
    else:
        screen.out(said)
