"""When two facts say the same and when they contradict each other: on labelled pairs, and one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fact_pairs import COMPATIBLE, CONTRADICT, MENDED, OTHER_TOPICS, SAME, part

from alma import Knowledge
from alma.rules import facts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Pairs = list[tuple[str, str, str]]


def fact(text: str, id_: str = "k-aaaaaaaaaa", **more: object) -> Knowledge:
    given = {"agent": "helena", "source": "verified", "origin": "o", "created_at": NOON, **more}
    return Knowledge(id=id_, fact=text, **given)  # type: ignore[arg-type]


def measured(label: str, pairs: Pairs) -> tuple[float, float]:
    """Precision and recall of the rule for a label."""
    rule = facts.contradict if label == CONTRADICT else facts.same
    said = [pair for pair in pairs if rule(*pair[1:])]
    right = [pair for pair in said if pair[0] == label]
    return len(right) / len(said), len(right) / sum(pair[0] == label for pair in pairs)


@pytest.mark.parametrize(
    ("pairs", "label", "precision", "recall"),
    [
        (part(held_back=False), CONTRADICT, 0.95, 0.80), (part(held_back=False), SAME, 0.98, 0.85),
        (part(held_back=True), CONTRADICT, 0.90, 0.75), (part(held_back=True), SAME, 0.98, 0.75),
        (OTHER_TOPICS, CONTRADICT, 0.85, 0.70), (OTHER_TOPICS, SAME, 0.98, 0.65),
    ],
    ids=["tuned on-contradict", "tuned on-same", "held back-contradict", "held back-same", "other-contradict", "other-same"],
)  # fmt: skip
def test_labelled_pairs_are_told_apart(pairs: Pairs, label: str, precision: float, recall: float) -> None:
    found = measured(label, pairs)
    assert found[0] >= precision
    assert found[1] >= recall


def test_neither_rule_minds_which_fact_comes_first_and_no_pair_is_both() -> None:
    for _, one, other in [*part(held_back=False), *part(held_back=True), *OTHER_TOPICS, *MENDED]:
        assert facts.contradict(one, other) == facts.contradict(other, one)
        assert facts.same(one, other) == facts.same(other, one)
        assert not (facts.same(one, other) and facts.contradict(one, other))


@pytest.mark.parametrize(("label", "one", "other"), MENDED)
def test_what_differs_in_order_signs_or_who_does_it_is_never_called_the_same(
    label: str, one: str, other: str
) -> None:
    assert facts.same(one, other) == (label == SAME)
    assert not (label == COMPATIBLE and facts.contradict(one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The exit code is -1", "The exit code is 1"),
        ("Jobs stop when memory > 512 MB", "Jobs stop when memory < 512 MB"),
        ("The check is x != y", "The check is x = y"),
        ("The clock is off by 1234567 seconds", "The clock is off by 1234568 seconds"),
    ],
)
def test_another_sign_or_comparison_is_a_contradiction(one: str, other: str) -> None:
    assert facts.contradict(one, other)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!",
        "🙂",
        "日本語のポートは8080です",
        "منفذ الخادم هو 8080",
        "not",
        "a",
        "--force",
        "3.2",
        "\u202eabc 5",
    ],
)
def test_a_fact_never_contradicts_itself_and_says_what_it_says(text: str) -> None:
    assert not facts.contradict(text, text)
    assert facts.same(text, text)


def test_numbers_in_another_script_of_words_are_compared_too() -> None:
    assert facts.contradict("ステージングのポートは8080です", "ステージングのポートは9090です")
    assert not facts.same("ステージングのポートは8080です", "ステージングのポートは9090です")


def test_one_duration_in_two_units_is_one_value() -> None:
    assert facts.same("The token lasts 24 hours", "The token lasts one day")
    assert facts.same("Retries wait 1500 ms", "Retries wait 1.5 seconds")
    assert facts.contradict("The token lasts 24 hours", "The token lasts two days")


def test_who_does_it_to_whom_is_kept_apart() -> None:
    assert not facts.same("The shop calls the bank", "The bank calls the shop")
    assert not facts.same("Copy files from staging to production", "Copy files from production to staging")


def test_facts_that_never_hold_together_do_not_contradict() -> None:
    old = fact("The API is at version 1", "k-bbbbbbbbbb", valid_to=NOON)
    new = fact("The API is at version 2")
    assert facts.contradicted(new, [old]) == ()
    longer = fact("The API is at version 1", "k-bbbbbbbbbb", valid_to=NOON + timedelta(hours=1))
    assert facts.contradicted(new, [longer]) == (longer.id,)


@pytest.mark.parametrize("rule", [facts.same, facts.contradict])
def test_a_page_is_compared_as_it_stands_and_a_repeated_word_is_one_word(
    rule: Callable[[str, str], bool],
) -> None:
    said = "zeta " + "port " * 2000
    assert not rule(said, said.replace("port", "host"))
    assert facts.same(said, said)
    assert not facts.same(said, f" {said}")
    assert facts.contradict("The port is on the the port 8080 port", "The port is on the port 9090")


def test_what_differs_only_in_order_is_not_hidden_behind_the_other() -> None:
    one = fact("Port 8080 is for staging and port 9090 for production")
    other = fact("Port 9090 is for staging and port 8080 for production", "k-bbbbbbbbbb")
    assert facts.grouped([one, other]) == [one, other]


def test_words_turned_round_at_any_place_say_the_same_and_in_another_order_they_do_not() -> None:
    words = [f"word{letter}" for letter in "bcdfghjkl"]
    for at in range(len(words)):
        assert facts.same(" ".join(words), " ".join([*words[at:], *words[:at]]))
    assert not facts.same(" ".join(words), " ".join(reversed(words)))


def numbered(text: str, count: int, **more: object) -> list[Knowledge]:
    return [fact(text.format(number), f"k-{number}", seq=number + 1, **more) for number in range(count)]


def test_of_many_facts_each_is_compared_with_some_and_names_at_most_twenty_trusted_ones_first() -> None:
    planted = numbered("The staging database runs on port {}", 1500, source="word")
    said = fact("The staging database runs on port 90000", source="person")
    other = fact("The staging database runs on port 90001", "k-bbbbbbbbbb", source="person")
    known = facts.grouped([*planted, said, other])
    assert len(known) == 1502
    shown = {one.id: one for one in facts.flagged(known, known)}
    assert shown[said.id].contradicts[0] == other.id
    assert shown["k-7"].contradicts[:2] == (said.id, other.id)
    assert {len(one.contradicts) for one in shown.values()} == {20}


def test_what_is_trusted_more_stands_before_what_contradicts_it_however_well_that_fits() -> None:
    planted = numbered("The staging database runs on port {}", 30, source="word")
    other = fact("The shop sells shoes", "k-bbbbbbbbbb")
    said = fact("The staging database runs on port 90000", "k-cccccccccc", source="person")
    shown = facts.flagged([other, *planted[:2], said, planted[2]], planted)
    assert [one.id for one in shown] == [other.id, said.id, "k-0", "k-1", "k-2"]
    assert shown[2].contradicts[0] == said.id


def test_among_many_facts_those_that_share_something_rare_are_still_found() -> None:
    many = numbered("The staging database of host{0} runs on rack{0}", 400)
    one = fact("The wiki of host7 is on port 8080", "k-bbbbbbbbbb")
    two = fact("The wiki of host7 is on port 9090", "k-cccccccccc")
    again = fact("On port 9090 is the wiki of host7", "k-dddddddddd")
    known = facts.grouped([*many[:200], one, *many[200:], two, again])
    shown = {each.id: each for each in facts.flagged(known, known)}
    assert (shown[one.id].contradicts, shown[two.id].contradicts) == ((two.id,), (one.id,))
    assert shown[two.id].also == (again,)
    assert all(not shown[each.id].contradicts for each in many)


OLD = fact("The API is at version 1", "k-aaaaaaaaaa", seq=1, source="verified")


@pytest.mark.parametrize(
    ("claims", "ended"),
    [
        ({}, True),
        ({"source": "person"}, True),
        ({"source": "import"}, False),
        ({"source": "word"}, False),
        ({"agent": "victor"}, False),
        ({"seq": 1}, False),
    ],
    ids=["as trusted", "more trusted", "an import", "a model", "another's", "not later"],
)
def test_a_fact_ends_another_only_where_it_may(claims: dict[str, object], ended: bool) -> None:
    new = fact("Tokens last a day", "k-bbbbbbbbbb", **{"replaces": OLD.id, "seq": 2, **claims})
    assert (OLD not in facts.grouped([OLD, new])) == ended


def test_facts_that_claim_to_replace_each_other_never_both_disappear() -> None:
    one = fact("The API is at version 1", "k-aaaaaaaaaa", seq=1, replaces="k-bbbbbbbbbb")
    two = fact("Tokens last a day", "k-bbbbbbbbbb", seq=2, replaces="k-aaaaaaaaaa")
    own = fact("The shop sells shoes", "k-cccccccccc", seq=3, replaces="k-cccccccccc")
    assert facts.grouped([one, two, own]) == [two, own]


def test_the_most_trusted_of_those_that_say_the_same_stands_for_them_where_the_first_stood() -> None:
    first = fact("The API listens on port 8080", "k-aaaaaaaaaa", source="import")
    other = fact("The shop sells shoes", "k-bbbbbbbbbb")
    said = fact("The API is listening on port 8080.", "k-cccccccccc", source="person")
    shown = facts.grouped([first, other, said])
    assert [one.id for one in shown] == [said.id, other.id]
    assert shown[0].also == (first,)
