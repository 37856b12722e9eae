"""When two facts say the same and when they contradict each other: on labelled pairs, and one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fact_pairs import CONTRADICT, OTHER_TOPICS, SAME, part

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
    for _, one, other in [*part(held_back=False), *part(held_back=True), *OTHER_TOPICS]:
        assert facts.contradict(one, other) == facts.contradict(other, one)
        assert facts.same(one, other) == facts.same(other, one)
        assert not (facts.same(one, other) and facts.contradict(one, other))


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


def test_the_most_trusted_of_those_that_say_the_same_stands_for_them_where_the_first_stood() -> None:
    first = fact("The API listens on port 8080", "k-aaaaaaaaaa", source="import")
    other = fact("The shop sells shoes", "k-bbbbbbbbbb")
    said = fact("The API is listening on port 8080.", "k-cccccccccc", source="person")
    shown = facts.grouped([first, other, said])
    assert [one.id for one in shown] == [said.id, other.id]
    assert shown[0].also == (first,)
