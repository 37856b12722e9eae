"""The command `review`: what was proposed or learned without anybody saying so, one by one, for a person to decide."""

from __future__ import annotations

import click

from alma.cli import screen, terminal
from alma.cli.documents import document
from alma.cli.options import text_option, verb
from alma.cli.sentence import sentence
from alma.domain.errors import AlmaError
from alma.domain.memory import PERSON, AntiPattern, Outcome, Preference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.alma import ALMA
    from alma.cli.call import Call
    from alma.domain.memory import Memory
    from alma.domain.review import Pending, Sighting

KEEP, REWORD, REJECT, SKIP, QUIT = "k", "w", "r", "s", "q"
EVIDENCE_SHOWN = 3
WIDE = 160


@verb("review")
@click.option("--keep", "kept", metavar="ID", help="Keep this one, in other words where any are given.")
@click.option("--reject", "rejected", metavar="ID", help="Reject this one.")
@text_option("--pattern", help="With --keep, of an anti-pattern: what to avoid.")
@text_option("--why", "why_bad", help="With --keep, of an anti-pattern: why it is bad.")
@text_option("--instead", "better_alternative", help="With --keep, of an anti-pattern: what to do instead.")
@text_option("--preference", help="With --keep, of a preference: what is liked.")
@text_option("--reason", help="With --reject: why; it stands in the log.")
@click.option("--limit", type=int, default=50, show_default=True, help="How many; at most 1,000.")
def review(
    *, kept: str | None, rejected: str | None, reason: str | None, limit: int, call: Call, **fields: object
) -> None:
    """Go through what was learned lately by itself: keep, reword, reject.

    In a terminal one by one, each with what it rests on; elsewhere, and with --json, a list. Only a person decides:
    what a program sends is refused. A proposal reaches no agent before it is kept, or seen in a second session.
    """
    said = {name: value for name, value in fields.items() if value is not None}
    _require_sense(kept, rejected, reason, said)
    with call.existing() as memory:
        if kept is not None:
            _told(memory.keep(kept, **said), call, how="kept")
        elif rejected is not None:
            _told(memory.reject(rejected, **({"reason": reason} if reason else {})), call, how="rejected")
        else:
            found = memory.review(agent=call.asking, limit=limit)
            _shown(memory, found, call)


def _require_sense(
    kept: str | None, rejected: str | None, reason: str | None, said: dict[str, object]
) -> None:
    if kept is not None and rejected is not None:
        raise click.UsageError("--keep and --reject: one of them at a time")
    if said and kept is None:
        raise click.UsageError("new words belong to --keep ID")
    if reason is not None and rejected is None:
        raise click.UsageError("--reason belongs to --reject ID")


def _shown(memory: ALMA, found: list[Pending], call: Call) -> None:
    if call.as_json:
        screen.out_json(document(found))
    elif not found:
        screen.err(
            "nothing to review: nothing was proposed, and nothing was learned by itself since the last time"
        )
    elif terminal.source() == PERSON:
        _one_by_one(memory, found)
    else:
        for one in found:
            _show(one)
        screen.err(
            "a person decides, in a terminal: `alma review`, or `alma review --keep ID` and `--reject ID`"
        )


def _one_by_one(memory: ALMA, found: list[Pending]) -> None:
    for place, one in enumerate(found, 1):
        screen.out(f"{place} of {len(found)}")
        _show(one)
        answer = _asked(one)
        if answer == QUIT:
            return
        try:
            _decide(memory, one, answer)
        except AlmaError as error:
            screen.err(f"not done: {error}")


def _asked(one: Pending) -> str:
    can_reword = not isinstance(one.memory, Outcome)
    choices = [KEEP, *([REWORD] if can_reword else []), REJECT, SKIP, QUIT]
    words = "[k]eep, re[w]ord, [r]eject, [s]kip, [q]uit" if can_reword else "[k]eep, [r]eject, [s]kip, [q]uit"
    answer: str = click.prompt(
        words, type=click.Choice(choices), default=SKIP, show_choices=False, show_default=False
    )
    return answer


def _decide(memory: ALMA, one: Pending, answer: str) -> None:
    if answer == KEEP:
        memory.keep(one.memory.id)
    elif answer == REWORD:
        memory.keep(one.memory.id, **_reworded(one.memory))
    elif answer == REJECT:
        memory.reject(one.memory.id)
    if answer != SKIP:
        screen.out("rejected" if answer == REJECT else "kept")


def _reworded(memory: Memory) -> dict[str, object]:
    """What a person types instead; an empty answer leaves the words as they are."""
    names = (
        ("pattern", "why_bad", "better_alternative") if isinstance(memory, AntiPattern) else ("preference",)
    )
    typed = {name: _typed(name, getattr(memory, name)) for name in names}
    return {name: value for name, value in typed.items() if value and value != getattr(memory, name)}


def _typed(name: str, old: str | None) -> str:
    shown = name.replace("_", " ")
    answer: str = click.prompt(shown, default=old or "", show_default=False, type=str)
    return answer.strip()


def _show(one: Pending) -> None:
    what = "proposed" if one.is_proposed else "learned"
    kind = one.memory.kind.replace("_", "-")
    screen.out(f"[{one.memory.id}] {what} for {one.agent}, {kind}: {screen.short(_text(one.memory), 400)}")
    for sighting in one.sightings[-EVIDENCE_SHOWN:]:
        screen.out(f"  {_sighting(sighting)}")
        for line in sighting.evidence[:EVIDENCE_SHOWN]:
            screen.out(f"    {screen.short(screen.line(line), WIDE)}")


def _sighting(one: Sighting) -> str:
    return f"{one.at:%Y-%m-%d %H:%M}, {one.rule} ({one.origin})"


def _text(memory: Memory) -> str:
    if isinstance(memory, Outcome):
        return f"{'worked' if memory.succeeded else 'failed'}: {memory.strategy} — {memory.task}"
    if isinstance(memory, Preference):
        return f"{memory.user}: {memory.preference}"
    return sentence(memory)


def _told(made: Memory, call: Call, *, how: str) -> None:
    if call.as_json:
        screen.out_json(document(made))
    else:
        screen.out(f"{how} {made.id}: {screen.short(_text(made), 200)}")
