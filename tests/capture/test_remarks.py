"""What a person's message says of the work."""

from __future__ import annotations

from spoken import NUDGES, OBJECTIONS, SAID

from alma.capture import remarks


def test_what_people_say_teaches_what_a_person_reads_in_it() -> None:
    wrong = [
        text for text, kind in SAID if (found := remarks.lesson(text)) is not None and found.kind != kind
    ]
    missed = [text for text, kind in SAID if kind is not None and remarks.lesson(text) is None]
    assert wrong == []
    assert len(missed) <= 0.1 * len(SAID)


def test_what_is_to_be_used_instead_is_told_apart_from_what_is_to_be_avoided() -> None:
    found = remarks.lesson("please use uv rather than pip")
    assert found is not None
    assert (found.pattern, found.alternative) == ("pip", "uv")


def test_an_objection_is_told_from_the_next_task() -> None:
    assert [text for text, expected in OBJECTIONS if remarks.is_objection(text) != expected] == []


def test_a_nudge_is_no_task() -> None:
    assert [text for text, expected in NUDGES if remarks.is_nudge(text) != expected] == []
