"""The command `recall`: the prompt before a task, or why there is none, and what was looked at."""

from __future__ import annotations

import click

from alma.cli import documents, screen
from alma.cli.options import KIND, MOMENT, TEXT, text_option, verb
from alma.cli.sentence import sentence
from alma.domain.memory import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from alma.cli.call import Call
    from alma.domain.recall import Recall

NEAREST = 20
NOT_SAID = (
    "nothing of what is known is sure enough for a prompt, or fits into it; `alma recall --why` shows it"
)


@verb("recall")
@click.argument("task", type=TEXT)
@click.option("--user", help="Whose preferences come with it.")
@click.option("--top-k", type=int, default=5, show_default=True, help="How many of each kind.")
@click.option("--max-tokens", type=int, default=800, show_default=True, help="The prompt is never longer.")
@text_option("--strategy", multiple=True, help="Rank these strategies, and only these. Can be repeated.")
@click.option("--domain", multiple=True, help="Only from these domains. Can be repeated.")
@click.option("--kind", type=KIND, multiple=True, help="Only these kinds. Can be repeated.")
@click.option("--as-of", type=MOMENT, help="What was known, and which facts held, at that time.")
@click.option(
    "--style", type=click.Choice(["markdown", "xml"]), default="markdown", help="How it is written."
)
@click.option("--why", is_flag=True, help="Show the nearest candidates, their scores, and the floor.")
def recall(
    *,
    task: str,
    user: str | None,
    top_k: int,
    max_tokens: int,
    strategy: tuple[str, ...],
    domain: tuple[str, ...],
    kind: tuple[str, ...],
    as_of: datetime | None,
    style: str,
    why: bool,
    call: Call,
) -> None:
    """Say what is known before a task.

    The answer is text for a prompt. TASK `-` reads the task from standard input.
    """
    with call.existing() as memory:
        found = memory.retrieve(
            task,
            agent=call.agent,
            user=user,
            strategies=strategy or None,
            top_k=top_k,
            domains=domain or None,
            kinds=kind or None,
            as_of=as_of,
        )
        prompt = found.to_prompt(max_tokens=max_tokens, style=style)
    if call.as_json:
        screen.out_json(documents.recall(found, prompt=prompt, why=why))
        return
    show(found, prompt)
    if strategy:
        _advice(found)
    if why:
        _why(found)


def show(found: Recall, prompt: str) -> None:
    """The prompt, or why there is none."""
    if prompt:
        screen.out(prompt.rstrip("\n"))
    else:
        screen.err(found.why_empty or NOT_SAID)


def _advice(found: Recall) -> None:
    screen.out()
    rows = [
        (one.status, one.successes, one.failures, f"{one.lower:.2f}", one.strategy) for one in found.advice
    ]
    screen.table(("STATUS", "WORKED", "FAILED", "LOWER", "STRATEGY"), rows, right=(1, 2, 3))


def _why(found: Recall) -> None:
    said = (*found.heuristics, *found.anti_patterns, *found.knowledge, *found.preferences)
    stated = [one for one in said if getattr(one, "grade", "stated") == "stated"]
    screen.out(
        f"\nEarned memories come back from a score of {found.floor:.3f} on; what is stated, on every task."
    )
    if stated:
        screen.out()
        screen.table(
            ("STATED", "KIND", "OWNER", "TEXT"), [(o.id, o.kind, o.owner, sentence(o)) for o in stated]
        )
    screen.out()
    if not found.candidates:
        screen.out("No outcome was near enough to be looked at.")
        return
    rows = [
        (
            f"{one.score:.3f}",
            "kept" if one.kept else "below",
            one.memory.id,
            one.memory.owner,
            text_of(one.memory),
        )
        for one in found.candidates[:NEAREST]
    ]
    screen.table(("SCORE", "FLOOR", "OUTCOME", "OWNER", "TASK"), rows)
    if len(found.candidates) > NEAREST:
        screen.out(f"… and {len(found.candidates) - NEAREST} more, with --json")
