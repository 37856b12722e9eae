"""The command `explain`: why a memory is believed, as a small picture over time and in sentences."""

from __future__ import annotations

import sys

import click

from alma.cli import picture, screen
from alma.cli.documents import document
from alma.cli.options import text_option, verb
from alma.cli.sentence import sentence
from alma.domain.memory import AntiPattern, Outcome, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alma.cli.call import Call
    from alma.cli.picture import Strokes
    from alma.domain.memory import Memory
    from alma.domain.recall import Condition, Evidence, Explanation

# Without --all a page is this long at most; so many outcomes and sentences of a kind are tried in turn.
LONGEST = 40
FEW = (3, 2, 1)
FEW_LINES = 2
NAMES = {"nearness": "near"}


@verb("explain")
@click.argument("id_", metavar="ID")
@text_option("--task", help="For this task. Default: the task that the memory is named after.")
@click.option("--all", "everything", is_flag=True, help="Every outcome and every sentence.")
def explain(*, id_: str, task: str | None, everything: bool, call: Call) -> None:
    """Say why a memory is believed.

    Which outcomes speak for it and against it, the numbers and how they came, who sees it, what would change it.
    Only what the asking agent may read is shown.
    """
    with call.existing() as memory:
        found = memory.explain(id_, task=task, agent=call.asking)
    if call.as_json:
        screen.out_json(document(found))
        return
    strokes = picture.strokes(sys.stdout.encoding)
    for line in _page(found, strokes, asked=id_, everything=everything):
        screen.out(strokes.plain(line))


def _page(found: Explanation, strokes: Strokes, *, asked: str, everything: bool) -> list[str]:
    """Everything, or as much as fits a screen."""
    lines: list[str] = []
    for few in (None,) if everything else FEW:
        lines = list(Page(found, strokes, asked=asked, few=few).lines())
        if len(lines) <= LONGEST:
            break
    return lines


class Page:
    """An explanation laid out for a screen, with `few` outcomes and sentences of a kind, or with all.

    `asked` is the id that was asked for: of a belief, which may not hold here.
    """

    def __init__(self, found: Explanation, strokes: Strokes, *, asked: str, few: int | None) -> None:
        self.found = found
        self.asked = asked
        self.strokes = strokes
        self.few = few
        self.everything = few is None
        self.width = screen.width()

    def lines(self) -> Iterator[str]:
        """What is shown, line by line."""
        found = self.found
        yield from self._heading(found.memory)
        yield from self._picture()
        yield from self._conditions()
        yield from self._outcomes("For it", found.evidence_for)
        yield from self._outcomes("Against it", found.evidence_against)
        yield ""
        yield from self._sentences("Contradicted", found.contradictions)
        yield from self._sentences("What would change it", found.would_change)
        yield from self._sentences("Who sees it", found.seen_by)
        yield from self._sentences("Since then", found.history, latest=True)
        yield from self._sentences("How it came", found.how)

    def _heading(self, one: Memory) -> Iterator[str]:
        few = None if self.everything else FEW_LINES
        is_believed = not (isinstance(one, Outcome) and self.asked.startswith("b-"))
        if is_believed:
            yield from self._wrapped(f"{one.id}: {self._kind(one)} of {one.owner} in {one.domain}", indent="")
            yield from self._wrapped(sentence(one), most=few)
        else:
            yield from self._wrapped(f"{self.asked}: at this task nothing is believed of it", indent="")
        if isinstance(one, Outcome):
            yield from self._wrapped(f"strategy: {one.strategy}", most=few)
        if self.found.task and not (is_believed and self.found.task == text_of(one)):
            yield from self._wrapped(f"on the task: {self.found.task}", most=few)
        for other in getattr(one, "also", ()):
            said = f"{other.created_at:%Y-%m-%d} by {other.owner}, as {other.source}, from {other.origin}"
            yield from self._wrapped(f"also said in {other.id} ({said})", most=few)
        if isinstance(one, AntiPattern) and one.triggers:
            yield from self._wrapped(f"`alma warn` looks for: {', '.join(one.triggers)}", most=few)

    def _kind(self, one: Memory) -> str:
        grade = getattr(one, "grade", "").replace("_", " ")
        kind = one.kind.replace("_", "-") if grade != "known failure" else ""
        return " ".join(filter(None, (grade, kind)))

    def _picture(self) -> Iterator[str]:
        timeline = self.found.timeline
        if not timeline:
            return
        yield ""
        for line in picture.picture(timeline, width=self.width - 2, strokes=self.strokes):
            yield f"  {line}"
        yield from self._wrapped(self.strokes.legend)
        since = f"; believed since {self.found.since:%Y-%m-%d}" if self.found.since else ""
        yield from self._wrapped(f"{picture.sentence(timeline)}{since}.")

    def _conditions(self) -> Iterator[str]:
        for belief in dict.fromkeys(one.belief for one in self.found.conditions):
            own = [one for one in self.found.conditions if one.belief == belief]
            is_held = all(one.held for one in own)
            yield ""
            yield f"{belief.capitalize()}: {'yes' if is_held else 'no'}"
            for one in own if is_held or self.everything else _missed(own):
                mark = self.strokes.held if one.held else self.strokes.missed
                yield from self._wrapped(f"{mark} {one.says}", after="    ")

    def _outcomes(self, head: str, outcomes: Sequence[Evidence]) -> Iterator[str]:
        if not outcomes:
            return
        shown = outcomes[: self.few]
        yield ""
        yield f"{head}: {len(outcomes)} outcome{'' if len(outcomes) == 1 else 's'}"
        for one in shown:
            yield from self._wrapped(f"{self._origin(one)}  {self._weight(one)}", after="    ")
            yield from self._wrapped(self._text(one), indent="    ", most=None if self.everything else 1)
            if one.note and self.everything:
                yield from self._wrapped(one.note, indent="    ")
        if len(shown) < len(outcomes):
            yield f"  and {len(outcomes) - len(shown)} lighter: --all"

    def _origin(self, one: Evidence) -> str:
        owner = "" if one.owner == self.found.memory.owner else f" of {one.owner}"
        result = "" if one.result in (0, 1) else f", result {one.result:g}"
        return f"{one.at:%Y-%m-%d}  {one.outcome_id}{owner}  {one.source}{result}"

    def _weight(self, one: Evidence) -> str:
        """The weight as the product of what is not 1, and why it is less than that."""
        factors = [f"{NAMES.get(name, name)} {factor:.2f}" for name, factor in one.factors if factor < 0.995]
        product = f" = {f' {self.strokes.times} '.join(factors)}" if factors else ""
        note = (
            f" ({one.note.partition(':')[0]})"
            if one.note
            else ""
            if one.counted
            else " (not among tasks like this)"
        )
        return f"{one.weight:.2f}{product}{note}"

    def _text(self, one: Evidence) -> str:
        """Its task, its strategy where that is worded otherwise, and why it failed."""
        own = getattr(self.found.memory, "strategy", None) or getattr(self.found.memory, "pattern", None)
        parts = (one.task, one.strategy if one.strategy != own else None, one.why)
        return " | ".join(filter(None, parts))

    def _sentences(self, head: str, said: Sequence[str], *, latest: bool = False) -> Iterator[str]:
        """The first stands beside the head, so that a short answer is one line."""
        few = len(said) if self.few is None else self.few
        shown = said[-few:] if latest else said[:few]
        for place, one in enumerate(shown):
            begins = ("", f"{head}: ") if place == 0 else ("  ", "")
            yield from self._wrapped(f"{begins[1]}{one}", indent=begins[0], after="    ")
        if len(shown) < len(said):
            yield f"  and {len(said) - len(shown)} more: --all"

    def _wrapped(
        self, text: str, *, indent: str = "  ", after: str | None = None, most: int | None = None
    ) -> list[str]:
        """A text as clean lines that fit; `after` is the indent from the second on, `most` how many there may be."""
        from textwrap import wrap

        return wrap(
            screen.line(text),
            self.width,
            initial_indent=indent,
            subsequent_indent=indent if after is None else after,
            max_lines=most,
            placeholder=" …",
        )


def _missed(own: Sequence[Condition]) -> list[Condition]:
    return [one for one in own if not one.held]
