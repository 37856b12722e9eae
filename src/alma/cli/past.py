"""What was found in past sessions, for people and as JSON."""

from __future__ import annotations

from alma.cli import screen
from alma.domain.values import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from alma.domain.imported import Imported

MOST_SHOWN = 5
SHOWN = {
    "Attempt": lambda one: (
        f"{'worked' if one.result >= 0.5 else 'failed'} ({one.rule}): {one.task} -> {one.strategy}"
    ),
    "Correction": lambda one: f"{one.failing} -> {one.working} ({one.rule})",
    "Proposal": lambda one: f"{one.text} ({one.rule})",
}
TITLES = {"Attempt": "attempts", "Correction": "corrections", "Proposal": "proposals"}


def summary(found: Imported, *, dry_run: bool) -> Iterator[str]:
    """What was found and what became of it, a line each; of a dry run some of the findings too."""
    yield f"{found.files:,} transcripts of {found.sessions:,} sessions read{_passed_over(found)}"
    would = "would be new" if dry_run else "are new"
    failures = found.attempts - found.successes
    yield (
        f"{found.attempts:,} attempts with a result that was seen ({found.successes:,} worked, {failures:,} failed): "
        f"{int(found):,} {would}, {found.known:,} known already, {found.refused:,} refused"
    )
    yield (
        f"{found.corrections:,} corrected commands, {found.proposals:,} proposals and {found.objections:,} objections "
        f"{'would wait' if dry_run else 'wait'} for `alma review`"
    )
    if dry_run:
        yield from _examples(found)


def _passed_over(found: Imported) -> str:
    others = [
        f"{count:,} {what}"
        for count, what in (
            (found.skipped, "other files passed over"),
            (found.unreadable, "lines could not be read"),
        )
        if count
    ]
    return f" ({', '.join(others)})" if others else ""


def _examples(found: Imported) -> Iterator[str]:
    for kind, title in TITLES.items():
        same = [one for one in found.findings if type(one).__name__ == kind]
        if same:
            yield f"{title}, such as:"
            yield from (f"  {screen.line(SHOWN[kind](one))}" for one in same[:MOST_SHOWN])


def documents(found: Imported) -> list[dict[str, object]]:
    """Every finding as JSON."""
    return [
        {"kind": type(one).__name__.lower(), **{_name(name): getattr(one, name) for name in fields(one)}}
        for one in found.findings
    ]


def _name(name: str) -> str:
    return "proposed" if name == "kind" else name
