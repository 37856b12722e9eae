"""When two texts name the same strategy: labelled pairs, a third of them not tuned on, and the edges of the rule."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategy_pairs import ALL, FREE, LIGHT, OPPOSITE, PROSE, Pair

from alma.rules.strategies import LONGEST_REWORDED, same_key, similar

HELD_BACK = tuple(pair for pair in ALL if pair.held_back)
LOOK_ALIKES = tuple(pair for pair in ALL if pair.sort == OPPOSITE)
# Free paraphrases that no key joins: they are offered instead.
OFFERED = (
    ("Explicit waits on the submit button", "Wait explicitly for the submit button"),
    ("Retry the request with exponential backoff", "Exponential backoff when retrying a request"),
    ("Mock the payment API in the checkout test", "In the checkout test the payment API is mocked"),
)


def is_joined(pair: Pair) -> bool:
    return same_key(pair.one) == same_key(pair.other)


def recall(pairs: tuple[Pair, ...], sort: str, field: str | None = None) -> float:
    found = [is_joined(pair) for pair in pairs if pair.sort == sort and field in (None, pair.field)]
    return sum(found) / len(found)


def test_the_labelled_set_is_as_large_and_as_mixed_as_is_claimed() -> None:
    assert len({frozenset((pair.one, pair.other)) for pair in ALL}) == len(ALL) >= 440
    assert sum(pair.field != PROSE for pair in ALL) >= len(ALL) / 2
    assert 0.25 < len(HELD_BACK) / len(ALL) < 0.42
    assert {(pair.field, pair.sort) for pair in HELD_BACK} == {(pair.field, pair.sort) for pair in ALL}


@pytest.mark.parametrize("pairs", [ALL, HELD_BACK], ids=["all", "held back"])
def test_what_is_called_the_same_is_the_same(pairs: tuple[Pair, ...]) -> None:
    called = [pair for pair in pairs if is_joined(pair)]
    assert sum(pair.same for pair in called) / len(called) >= 0.98


@pytest.mark.parametrize("field", list(dict.fromkeys(pair.field for pair in ALL)))
def test_light_rewordings_of_every_field_are_joined(field: str) -> None:
    assert recall(ALL, LIGHT, field) >= 0.9
    assert recall(HELD_BACK, LIGHT, field) >= 0.9


def test_some_free_paraphrases_are_joined() -> None:
    assert recall(ALL, FREE) > 0.05
    assert recall(HELD_BACK, FREE) > 0.05


@pytest.mark.parametrize("pair", LOOK_ALIKES, ids=lambda pair: f"{pair.one} <> {pair.other}")
def test_what_only_looks_alike_is_never_joined(pair: Pair) -> None:
    assert not is_joined(pair)


def test_no_look_alikes_become_one_through_a_third_text() -> None:
    by_key: dict[str, set[str]] = {}
    for text in {text for pair in ALL for text in (pair.one, pair.other)}:
        by_key.setdefault(same_key(text), set()).add(text)
    differ = {frozenset((pair.one, pair.other)) for pair in ALL if not pair.same}
    joined = {frozenset(two) for texts in by_key.values() for two in combinations(texts, 2)}
    assert not joined & differ


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("pytest -xq tests", "pytest --quiet tests --exitfirst"),
        ("npm i -D vitest", "npm install vitest --save-dev"),
        ("kubectl -n web get pods", "kubectl get pods --namespace=web"),
        ('git commit -am "Fix it"', "git commit --message 'Fix it' --all"),
        ("Ran `pytest -x -q`, then stopped", "pytest -q -x then stopped"),
    ],
)
def test_a_command_is_one_however_its_options_are_spelled_and_ordered(typed: str, other: str) -> None:
    assert same_key(typed) == same_key(other)


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("pytest -Zx", "pytest -xZ"),
        ("docker run web -d", "docker run -d web"),
        ("git commit -m one -m two", "git commit -m two -m one"),
        ("find . -name a -delete", "find . -delete -name a"),
        ("kubectl logs -f web", "kubectl logs --filename web"),
        ("use pytest -x over -q", "use pytest -q over -x"),
    ],
)
def test_options_that_may_mean_something_else_in_another_place_stay_where_they_are(
    typed: str, other: str
) -> None:
    assert same_key(typed) != same_key(other)


def test_two_words_for_one_thing_are_kept_apart_where_a_text_tells_them_apart() -> None:
    assert same_key("Delete the branch") == same_key("Remove the branch")
    assert same_key("Use remove instead of delete") != same_key("Use delete instead of remove")


def test_of_a_very_long_text_only_light_words_go() -> None:
    text = "wait for the job " * LONGEST_REWORDED
    assert same_key(f"We {text}") == same_key(text)
    assert same_key(f"{text} to end") != same_key(f"{text} end")


def test_a_text_of_light_words_only_is_its_own_key() -> None:
    assert same_key("Please") == "please"
    assert same_key("Try again") == "try again"
    assert same_key("Please") != same_key("Try again")


def test_a_strategy_of_one_character_has_a_key() -> None:
    assert same_key("x") == "x"
    assert same_key("✅") != same_key("❌")


def test_another_script_is_compared_as_it_is_written_apart_from_width_and_spaces() -> None:
    assert same_key("ＡＰＩを  待つ") == same_key("APIを 待つ")


def test_a_text_that_shows_nothing_has_a_key_and_a_page_of_asterisks_is_its_own() -> None:
    assert same_key("\xad") == ""
    assert same_key("Use **two** workers") == same_key("Use two workers")
    page = "**a " * 2047
    assert same_key(page) != same_key(page.replace("a", "b"))


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_every_text_has_a_key_that_white_space_around_it_does_not_change(text: str) -> None:
    assert same_key(text) == same_key(f"  {text}\n")


@given(st.sampled_from([pair.one for pair in LOOK_ALIKES]), st.integers(0, 99), st.integers(0, 99))
def test_another_number_is_another_strategy(text: str, one: int, other: int) -> None:
    assert (same_key(f"{text} in {one} steps") == same_key(f"{text} in {other} steps")) == (one == other)


@given(st.sampled_from([pair.one for pair in ALL if pair.field == PROSE]))
def test_a_negation_before_it_is_another_strategy(text: str) -> None:
    assert same_key(text) != same_key(f"Do not {text}")


@pytest.mark.parametrize(("one", "other"), OFFERED)
def test_a_paraphrase_that_stays_apart_is_offered_as_similar(one: str, other: str) -> None:
    assert same_key(one) != same_key(other)
    assert similar(one, ["Deploy on Friday", other, "Bake a cake"]) == [other]


def test_what_has_the_same_key_is_not_offered_as_similar() -> None:
    assert similar("Explicit waits on the button", ["We used explicit waits on the button"]) == []


def test_opposites_and_other_numbers_are_not_offered_as_similar() -> None:
    others = [
        "Run the tests without the cache",
        "Run the tests with cache 2",
        "Run the tests with --no-cache",
    ]
    assert similar("Run the tests with the cache", others) == []


def test_the_most_alike_comes_first_and_no_more_than_asked_for() -> None:
    others = ["Wait for a button", "Waits explicit for button", "Wait explicitly for the button"]
    assert similar("Wait explicit for the button", others, limit=1, floor=0.1)[0] in others[1:]
    assert len(similar("Wait explicit for the button", others, limit=2, floor=0.1)) == 2
    assert similar("Wait explicit for the button", others, limit=0) == []
