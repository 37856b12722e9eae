"""The command `explain`: why a memory is believed, in sentences and as a table of outcomes for and against."""

from __future__ import annotations

import click

from alma.cli import screen
from alma.cli.documents import document
from alma.cli.options import text_option, verb
from alma.cli.sentence import sentence
from alma.domain.memory import AntiPattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from alma.cli.call import Call
    from alma.domain.memory import Memory
    from alma.domain.recall import Evidence, Explanation


@verb("explain")
@click.argument("id_", metavar="ID")
@text_option("--task", help="For this task. Default: the task that the memory is named after.")
def explain(*, id_: str, task: str | None, call: Call) -> None:
    """Say why a memory is believed.

    Which outcomes speak for it and against it, the numbers and how they came, who sees it, what would change it.
    Only what the asking agent may read is shown.
    """
    with call.existing() as memory:
        found = memory.explain(id_, task=task, agent=call.asking)
    if call.as_json:
        screen.out_json(document(found))
    else:
        _show(found)


def _show(found: Explanation) -> None:
    _heading(found.memory)
    if found.task:
        screen.out(f"Looked at for the task: {screen.short(found.task, 160)}")
    _sentences("How it came", found.how)
    if found.numbers:
        screen.out("\nNumbers")
        width = max(len(name) for name, _ in found.numbers)
        for name, value in found.numbers:
            screen.out(f"  {name:<{width}}  {value:g}")
    _evidence("Outcomes for it", found.evidence_for)
    _evidence("Outcomes against it", found.evidence_against)
    _sentences("What would change it", found.would_change)
    _sentences("Who sees it", found.seen_by)
    _sentences("Since then", found.history)


def _heading(one: Memory) -> None:
    grade = getattr(one, "grade", "").replace("_", " ")
    screen.out(
        f"{one.id}: {' '.join(filter(None, (grade, one.kind.replace('_', '-'))))} of {one.owner} in {one.domain}"
    )
    screen.out(f"  {screen.line(sentence(one))}")
    strategy = getattr(one, "strategy", None)
    if strategy and one.kind == "outcome":
        screen.out(f"  strategy: {screen.line(strategy)}")
    if isinstance(one, AntiPattern) and one.triggers:
        screen.out(f"  `alma warn` looks for: {screen.line(', '.join(one.triggers))}")


def _sentences(head: str, said: Sequence[str]) -> None:
    if said:
        screen.out(f"\n{head}")
        for sentence in said:
            screen.out(f"  {screen.line(sentence)}")


def _evidence(head: str, found: Sequence[Evidence]) -> None:
    if not found:
        return
    screen.out(f"\n{head}")
    rows = [
        (
            *(
                f"{one.at:%Y-%m-%d}",
                one.outcome_id,
                f"{one.result:g}",
                f"{one.weight:.3f}",
                f"{one.similarity:.2f}",
            ),
            *("yes" if one.counted else "no", one.source, one.owner),
            one.strategy if not one.why else f"{one.strategy}: {one.why}",
        )
        for one in found
    ]
    heads = ("WHEN", "OUTCOME", "RESULT", "WEIGHT", "NEAR", "COUNTED", "SOURCE", "OWNER", "STRATEGY")
    screen.table(heads, rows, right=(2, 3, 4))
