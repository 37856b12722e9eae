"""The command `report`: whether memory helps, how sure that is, and which memories should be retired."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call
    from alma.domain.report import Arm, Difference, Report


@verb("report")
@click.option("--limit", type=int, default=10, show_default=True, help="How many memories are shown.")
def report(*, limit: int, call: Call) -> None:
    """Say whether memory helps.

    Attempts that were shown what was earned are held against those that went without it: the share that `holdout`
    in the configuration names. With --agent (or $ALMA_AGENT) the attempts of that agent, else all.
    """
    with call.existing() as memory:
        found = memory.report(agent=call.asking)
    if call.as_json:
        screen.out_json(document(found))
        return
    _whole(found)
    if found.memories and limit > 0:
        _memories(found, limit)
    for one in found.harmful:
        screen.out(f"\n{one.id} does harm where it is used: {screen.short(one.text, 100)}")
        earned = one.id.startswith("b-")
        then = (
            "to have it warned of and no longer recommended"
            if earned
            else "to silence it until it is restored"
        )
        screen.out(f"{then}: {one.retire}")


def _whole(found: Report) -> None:
    screen.out(
        f"{found.attempts:,} outcomes, {found.recalled:,} with what they were shown; prompts {found.tokens:,} tokens"
    )
    if found.shown.attempts or found.withheld.attempts:
        rows = [_arm("shown", found.shown), _arm("withheld", found.withheld)]
        screen.out()
        heads = ("EARNED MEMORIES", "ATTEMPTS", "SUCCEEDED", "REPEATED A FAILURE", "TOKENS EACH")
        screen.table(heads, rows, right=(1, 2, 3))
        screen.out()
    if found.difference is not None:
        screen.out(f"difference {_points(found.difference)}")
    screen.out(found.verdict)


def _arm(name: str, arm: Arm) -> tuple[str, ...]:
    again = f"{arm.repeated:,} of {arm.warned:,}"
    each = f"{arm.tokens / arm.attempts:.0f}" if arm.attempts else "-"
    return name, f"{arm.attempts:,}", _share(arm), again, each


def _share(arm: Arm) -> str:
    return "-" if arm.rate is None else f"{100 * arm.rate:.0f} %"


def _points(gap: Difference | None) -> str:
    if gap is None:
        return "-"
    return f"{100 * gap.value:+.0f} points (90 %: {100 * gap.low:+.0f} to {100 * gap.high:+.0f})"


def _memories(found: Report, limit: int) -> None:
    rows = [
        (
            one.id,
            f"{_share(one.used)} of {one.used.attempts}",
            f"{_share(one.unused)} of {one.unused.attempts}",
            f"{_share(one.withheld)} of {one.withheld.attempts}",
            _points(one.difference),
            one.verdict,
            one.text,
        )
        for one in found.memories[:limit]
    ]
    screen.out()
    screen.table(
        ("MEMORY", "USED", "NOT USED", "WITHHELD", "CHANGES", "VERDICT", "TEXT"), rows, right=(1, 2, 3)
    )
    if len(found.memories) > limit:
        screen.err(f"… and {len(found.memories) - limit} more: --limit, or --json")
