"""The commands that write and read whole files of memories: `export`, `import`, `backup`."""

from __future__ import annotations

import os

import click

from alma.cli import screen
from alma.cli.options import verb
from alma.cli.progress import shown

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
@click.argument("file", type=click.Path())
@click.option("--format", "format_", default="alma", show_default=True, help="How FILE is written.")
def import_(*, file: str, format_: str, call: Call) -> None:
    """Take in what `alma export` wrote.

    All of it or nothing. Into an empty project, and from a terminal, it is an exact copy; otherwise what is not
    there yet is added as `import`, which weighs half.
    """
    with call.writing() as memory, shown("reading", call):
        count = memory.import_(file, format=format_)
    _told(call, path=os.path.abspath(file), memories=count, said=f"{count:,} memories are new")


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
