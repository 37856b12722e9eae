"""What a source may teach: its weight as evidence, the cap on what one origin can weigh, and who may say what."""

from __future__ import annotations

from alma.domain.errors import InvalidInput, Untrusted
from alma.domain.memory import IMPORT, PERSON, SOURCES, UNTRUSTED, VERIFIED, WORD

WEIGHTS = {PERSON: 1.0, VERIFIED: 1.0, WORD: 0.5, IMPORT: 0.5, UNTRUSTED: 0.25}
SPEAKERS = {
    PERSON: "a person",
    VERIFIED: "a program",
    WORD: "a model",
    IMPORT: "an import",
    UNTRUSTED: "untrusted text",
}
# The most that all outcomes of one origin may weigh together around one task.
VERIFIED_CAP = 4.0
UNVERIFIED_CAP = 1.0
NOMINEES_PER_UNVERIFIED_ORIGIN = 10
# The most attempts of one unverified origin that stand in the counts that people see.
COUNTED_PER_UNVERIFIED_ORIGIN = 2


def weight(source: str) -> float:
    """How much an outcome of this source weighs, in (0, 1]."""
    return WEIGHTS[source]


def is_verified(source: str) -> bool:
    """Whether somebody saw the result itself: a person, or the program that called."""
    return source in (PERSON, VERIFIED)


def require_known(source: str) -> None:
    """Raise InvalidInput for what is no source."""
    if source not in SOURCES:
        raise InvalidInput("source", f"{source!r} is unknown", allowed=", ".join(SOURCES))


def by(source: str) -> str:
    """Who that was, in words for people."""
    return f"by {SPEAKERS[source]}"


def accepted(source: str | None, *, door: str) -> str:
    """The source under which something enters: what the caller says, or the door's own.

    Only a program or a person may name one; a door through which a model speaks keeps its own.
    Raises InvalidInput for an unknown source, Untrusted where a door may not claim it.
    """
    if source is None:
        return door
    require_known(source)
    if WEIGHTS[source] > WEIGHTS[door] or (source == PERSON and door not in (PERSON, VERIFIED)):
        raise Untrusted(f"what enters here is {door!r} and cannot be recorded as {source!r}", source=door)
    return source


def of_agent(door: str) -> str:
    """The source of what an agent says in its own name: no more than a model's word, whatever the door."""
    return min(door, WORD, key=weight)


def require_own_origin(door: str, named: str | None, own: str | None) -> None:
    """Raise Untrusted where a model would look like many conversations: origins are what is counted and capped."""
    if own is not None and named != own and not is_verified(door):
        raise Untrusted(f"what enters here belongs to {own!r} and cannot name another origin", source=door)


def require_instruction(source: str, *, kind: str) -> None:
    """Raise Untrusted where text from tools, pages or files would become an instruction."""
    if source == UNTRUSTED:
        raise Untrusted(
            f"untrusted text may be kept as knowledge but never as {kind}: have a person state it",
            source=source,
        )


def require_person(door: str, *, what: str) -> None:
    """Raise Untrusted unless a person, or a program on a person's behalf, is at the door."""
    if door not in (PERSON, VERIFIED):
        raise Untrusted(
            f"only a person may {what}, and what enters here is {door!r}: do it in an interactive terminal",
            source=door,
        )


def has_standing(speaker: str, source: str) -> bool:
    """Whether somebody is trusted as much as whoever said or saw something."""
    return weight(speaker) >= weight(source) and (source != PERSON or is_verified(speaker))


def require_standing(speaker: str, source: str, *, what: str) -> None:
    """Raise Untrusted where somebody would change what one who is trusted more has said or seen."""
    if not has_standing(speaker, source):
        raise Untrusted(
            f"this was recorded as {source!r}, and {speaker!r} may not {what} it: have a person do it",
            source=speaker,
        )


def vouched(source: str, *, by: str) -> str:
    """The source of a memory once somebody gave it other words: whoever is trusted more stands behind it now."""
    return min(source, by, key=SOURCES.index) if is_verified(by) else source


def require_undoing(speaker: str, forgetter: str) -> None:
    """Raise Untrusted where a model would bring back what a person, or a program, took away."""
    if is_verified(forgetter) and not is_verified(speaker):
        raise Untrusted(
            f"it was forgotten by {forgetter!r} and may not be restored by {speaker!r}", source=speaker
        )
