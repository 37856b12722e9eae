"""The command `install`: ALMA in Claude Code, for this project or for all of them, and out of it again."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import click

from alma.cli import screen
from alma.domain.values import replace
from alma.install import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.install.claude_code import Plan, Target

PROJECT, USER = "project", "user"
WITHOUT_SERVER = (
    "hooks work as they are; the tools, and with them /alma:recall and /alma:why, need the server: "
    "pip install 'alma-memory[mcp]' in this environment"
)


# Not one of the verbs: it opens no memory, and what is `--project NAME` to them is a place here.
@click.command("install")
@click.argument("program", type=click.Choice(["claude-code"]))
@click.option("--project", "scope", flag_value=PROJECT, help="For this project. The default.")
@click.option("--user", "scope", flag_value=USER, help="For every project of yours that has a memory.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--uninstall", is_flag=True, help="Take it out again; memories stay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def install(*, program: str, scope: str | None, dry_run: bool, uninstall: bool, as_json: bool) -> None:
    """Put ALMA into Claude Code.

    PROGRAM is claude-code. Installing for a project begins its memory; installing for you begins none: `alma init` does.
    """
    plan = _plan(scope or PROJECT, uninstall=uninstall)
    if not uninstall and find_spec("mcp") is None:
        plan = replace(plan, notes=(*plan.notes, WITHOUT_SERVER))
    if not dry_run:
        claude_code.applied(plan)
    if as_json:
        screen.out_json(_document(plan, program=program, dry_run=dry_run))
        return
    _show(plan, dry_run=dry_run, uninstall=uninstall)


def _plan(scope: str, *, uninstall: bool) -> Plan:
    interpreter = os.path.abspath(sys.executable)
    mine = claude_code.for_user(os.environ, interpreter=interpreter)
    if scope == USER:
        return claude_code.removing(mine) if uninstall else claude_code.installing(mine)
    root = claude_code.project_root()
    here: Target = claude_code.for_project(root, os.environ, interpreter=interpreter)
    if uninstall:
        return claude_code.removing(here, root=root)
    if claude_code.is_installed(mine):
        return claude_code.beginning(root, mine)
    return claude_code.installing(here, root=root)


def _document(plan: Plan, *, program: str, dry_run: bool) -> dict[str, object]:
    changes = [{"what": one.what, "path": one.path} for one in plan.changes]
    return {
        "program": program,
        "dry_run": dry_run,
        "memory_begun_in": plan.alma,
        "changes": changes,
        "notes": list(plan.notes),
    }


def _show(plan: Plan, *, dry_run: bool, uninstall: bool) -> None:
    would = "would " if dry_run else ""
    if plan.alma is not None:
        screen.out(f"{would}make    {screen.line(os.path.join(plan.alma, '.alma'))}")
    for one in plan.changes:
        screen.out(f"{would}{one.what:7} {screen.line(one.path)}")
    if not plan.changes and plan.alma is None:
        screen.out("nothing to do: it is so already")
    for note in plan.notes:
        screen.out(f"note: {screen.line(note)}")
    if not dry_run and not uninstall:
        screen.out(
            "ALMA is in Claude Code from its next session on; `/alma:recall` and `claude plugin list` show it"
        )
