"""Which strategies are one: what the rule joins, and what people say after it; what was said last holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma.domain.memory import VERIFIED, WORD
from alma.rules.grouping import Joint, grouping
from alma.rules.strategies import same_key

POLL, WAIT, SLEEP = "Poll until the button is there", "Explicit waits", "sleep(5) before the click"


def joints(*said: tuple[str, str, bool]) -> list[Joint]:
    return [Joint(one=one, other=other, same=same) for one, other, same in said]


def groups(said: list[Joint], *texts: str) -> list[list[str]]:
    """The texts, those of one group together."""
    key = grouping(said)
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(key(text), []).append(text)
    return sorted(found.values())


def test_where_nobody_said_anything_the_rule_decides() -> None:
    assert grouping([])(WAIT) == same_key(WAIT)


def test_two_are_one_when_somebody_says_so_and_two_again_when_not() -> None:
    assert groups(joints((POLL, WAIT, True)), POLL, WAIT) == [[POLL, WAIT]]
    assert groups(joints((POLL, WAIT, True), (WAIT, POLL, False)), POLL, WAIT) == [[WAIT], [POLL]]
    said = joints((POLL, WAIT, True), (WAIT, POLL, False), (POLL, WAIT, True))
    assert groups(said, POLL, WAIT) == [[POLL, WAIT]]


def test_what_is_said_of_another_wording_undoes_it_too() -> None:
    said = joints((POLL, WAIT, True), ("We used explicit waits", "Polled until the button is there", False))
    assert groups(said, POLL, WAIT) == [[WAIT], [POLL]]


def test_the_first_and_the_last_of_a_chain_can_be_parted_and_the_newer_link_stays() -> None:
    said = joints((POLL, WAIT, True), (WAIT, SLEEP, True))
    assert groups(said, POLL, WAIT, SLEEP) == [[POLL, WAIT, SLEEP]]
    assert groups([*said, *joints((POLL, SLEEP, False))], POLL, WAIT, SLEEP) == [[WAIT, SLEEP], [POLL]]


def test_a_link_that_would_join_what_was_later_parted_joins_nothing_however_long_the_way() -> None:
    said = joints(("a1", "a2", True), ("a2", "a3", True), ("a3", "a4", True), ("a1", "a4", False))
    key = grouping(said)
    assert key("a1") != key("a4")
    assert key("a2") == key("a3") == key("a4")


def test_what_the_rule_joins_somebody_can_part_and_join_again() -> None:
    reworded = "We used explicit waits"
    said = joints((WAIT, reworded, False))
    assert groups(said, WAIT, reworded) == [[WAIT], [reworded]]
    assert groups([*said, *joints((reworded, WAIT, True))], WAIT, reworded) == [[WAIT, reworded]]


def test_what_was_parted_from_its_own_rewording_can_be_joined_with_another() -> None:
    reworded = "We used explicit waits"
    said = joints((WAIT, reworded, False), (reworded, POLL, True))
    assert groups(said, WAIT, reworded, POLL) == [[WAIT], [reworded, POLL]]


@pytest.mark.parametrize("same", [True, False])
def test_what_a_model_says_moves_nothing_and_undoes_nothing(same: bool) -> None:
    said = joints((POLL, WAIT, not same))
    told = [*said, Joint(one=POLL, other=WAIT, same=same, source=WORD)]
    assert said[0].source == VERIFIED
    assert groups(told, POLL, WAIT) == groups(said, POLL, WAIT)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=12))
def test_the_last_word_on_two_strategies_always_holds(said: list[tuple[int, int, bool]]) -> None:
    one, other, same = said[-1]
    key = grouping(joints(*((f"s{a}", f"s{b}", is_same) for a, b, is_same in said if a != b)))
    assert one == other or (key(f"s{one}") == key(f"s{other}")) == same


def test_a_long_record_of_opinions_is_read_in_one_go() -> None:
    draw = random.Random(1)
    said = joints(
        *((f"s{draw.randrange(900)}", f"t{draw.randrange(900)}", draw.random() < 0.5) for _ in range(9000))
    )
    key = grouping(said)
    last = said[-1]
    assert (key(last.one) == key(last.other)) == last.same
