"""The order in which stated memories are offered: by meaning, characters and words together, documents in mind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alma.domain.memory import Heuristic, Knowledge, Memory, Outcome
from alma.domain.reach import Nominee
from alma.domain.values import replace
from alma.rules import evidence, indexing, similarity
from alma.rules.ranking import BESIDE, matched, neighbourhood

AT = datetime(2026, 1, 1, tzinfo=UTC)


def fact(seq: int, text: str) -> Knowledge:
    return Knowledge(
        id=f"k-{seq}",
        agent="helena",
        source="verified",
        origin="letter",
        created_at=AT,
        seq=seq,
        fact=text,
    )


def advised(seq: int, condition: str, strategy: str) -> Heuristic:
    return Heuristic(
        id=f"h-{seq}",
        agent="helena",
        source="verified",
        origin="call",
        created_at=AT,
        seq=seq,
        condition=condition,
        strategy=strategy,
    )


def nominee(memory: Memory, cosine: float | None = 0.3, *beside: int) -> Nominee:
    return Nominee(memory=memory, cosine=cosine, age=0, beside=beside)


def order(task: str, *nominees: Nominee) -> list[int]:
    return [one.memory.seq for one, _ in matched(nominees, task)]


def around(*similarities: float, size: int) -> tuple[int, ...]:
    """How many of these outcomes count as evidence, and how many are looked at."""
    found = [
        Nominee(
            memory=Outcome(
                id=f"o-{seq}",
                agent="helena",
                source="verified",
                origin=f"run-{seq}",
                created_at=AT,
                seq=seq,
                task="test the login form",
                strategy="wait",
                result=1.0,
            ),
            cosine=similarity,
            age=0,
        )
        for seq, similarity in enumerate(similarities, 1)
    ]
    near = neighbourhood(found, task="test the login form", agent="helena", size=size, half_life=800, key=str)
    return len(near.observations), len(near.looked_at)


def test_the_nearest_outcome_decides_whether_anything_is_known() -> None:
    assert evidence.floor(0) < 0.4 < 0.55 < evidence.floor(10_000)
    assert around(0.55, 0.4, 0.3, size=10_000) == (0, 3)
    assert around(0.65, 0.4, 0.3, size=10_000) == (2, 3)
    assert around(0.55, 0.4, 0.3, size=50) == (2, 3)


def test_nothing_is_in_order_too() -> None:
    assert matched([], "Test the login form") == []


def test_meaning_alone_decides_where_no_letter_is_shared() -> None:
    assert order("login", nominee(fact(1, "xyz"), 0.2), nominee(fact(2, "xyz"), 0.9)) == [2, 1]


def test_a_question_in_code_finds_what_is_said_of_it_in_prose() -> None:
    named = nominee(fact(1, "Name the exception that a handler is for"))
    other = nominee(fact(2, "Name the customer that a parcel is for"))
    assert order("try:\n    pay()\nexcept:\n    pass", other, named) == [1, 2]


def test_a_question_in_code_is_compared_once_more_as_it_is_read_aloud() -> None:
    near, far = (replace(nominee(fact(seq, "xyz")), aloud=heard) for seq, heard in ((1, 0.6), (2, 0.1)))
    assert order("pay();", far, near) == [1, 2]
    assert order("login", far, near) == [2, 1]


def test_shared_words_decide_where_meaning_is_the_same() -> None:
    found = order(
        "Which port has staging?", nominee(fact(1, "Staging is on 8080")), nominee(fact(2, "Tea at five"))
    )
    assert found == [1, 2]


def test_equal_matches_come_newest_first() -> None:
    assert order("login", nominee(fact(1, "Tea at five")), nominee(fact(2, "Tea at five"))) == [2, 1]


def test_a_word_that_all_share_tells_less_than_one_that_few_have() -> None:
    texts = ["login tea", "login cake", "login jam", "webhook bread"]
    found = order("login webhook", *(nominee(fact(place, text)) for place, text in enumerate(texts, 1)))
    assert found[0] == 4


def test_what_a_memory_says_first_counts_more_than_what_it_says_later() -> None:
    about = advised(1, "Deploy the search index", "Run the migration")
    aside = advised(2, "Run the migration", "Deploy the search index")
    assert order("Deploy the search index", nominee(about), nominee(aside)) == [1, 2]


def test_a_longer_text_that_holds_the_same_stands_behind() -> None:
    padding = " ".join(f"word{n}" for n in range(40))
    found = order(
        "webhook",
        nominee(fact(1, f"webhook {padding}")),
        nominee(fact(2, "webhook")),
        nominee(fact(3, "tea")),
    )
    assert found == [2, 1, 3]


def test_what_stands_beside_a_match_in_its_document_gains_from_it() -> None:
    match, beside, far = fact(1, "Where do you live?"), fact(2, "In Porto"), fact(3, "In Turin")
    alone = order("Where do you live?", nominee(match), nominee(beside), nominee(far))
    assert alone == [1, 3, 2]
    together = order("Where do you live?", nominee(match, 0.3, 2), nominee(beside, 0.3, 1), nominee(far))
    assert together == [1, 2, 3]


def test_a_neighbour_gains_its_share_of_the_score_and_no_more() -> None:
    task = "Where do you live?"
    match, beside, far = fact(1, task), fact(2, "In Porto"), fact(3, "In Turin")
    without = {
        one.memory.seq: score for one, score in matched([nominee(match), nominee(beside), nominee(far)], task)
    }
    given = [nominee(match), nominee(beside, 0.3, 1), nominee(far)]
    scores = {one.memory.seq: score for one, score in matched(given, task)}
    assert scores[2] - without[2] == pytest.approx(BESIDE * without[1])
    assert (scores[1], scores[3]) == (without[1], without[3])


def test_a_neighbour_that_is_not_among_the_nominees_gives_nothing() -> None:
    assert order("login", nominee(fact(1, "login"), 0.3, 99), nominee(fact(2, "tea"), 0.3)) == [1, 2]


def test_what_has_no_vector_is_judged_by_its_letters_in_place_of_meaning() -> None:
    found = order(
        "ログインフォームをテストする",
        nominee(fact(1, "紅茶は五時です"), None),
        nominee(fact(2, "ログインフォームのテスト"), None),
    )
    assert found == [2, 1]


def test_the_order_in_which_nominees_arrive_changes_no_order_and_no_score() -> None:
    texts = ["login form", "login page of the shop", "form of tea", "jam", "the shop"]
    given = [nominee(fact(place, text), place / 10) for place, text in enumerate(texts, 1)]
    assert [one.memory.seq for one, _ in matched(given, "the login form of the shop")] == [
        one.memory.seq for one, _ in matched(given[::-1], "the login form of the shop")
    ]


@pytest.mark.parametrize("texts", [[], ["", ""], ["tea", ""]])
def test_texts_that_hold_nothing_of_a_query_have_no_share(texts: list[str]) -> None:
    pairs = [(indexing.term_set(text), indexing.term_set(text)) for text in texts]
    assert similarity.shares(indexing.term_set("login"), pairs) == [0.0] * len(texts)
    assert similarity.shares(frozenset(), pairs) == [0.0] * len(texts)


def test_how_far_values_lie_apart_knows_no_unit() -> None:
    assert similarity.spread([1.0, 2.0, 3.0]) == pytest.approx(similarity.spread([10.0, 20.0, 30.0]))
    assert similarity.spread([0.4, 0.4]) == [0.0, 0.0]
    assert similarity.spread([]) == []


def test_grams_do_not_reach_across_words_but_know_where_a_word_begins() -> None:
    first, rest = similarity.letters("ab cd\nef")
    assert {" ab ", " cd "} <= first
    assert not {"b cd", "abcd"} & first
    assert (first, rest) == (similarity.letters("ab cd")[0], frozenset({" ef "}))
    assert similarity.characters("login form", "form login") == 1.0


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("Test the login form", True),
        ("Größe prüfen", True),
        ("Проверить форму входа", True),
        ("测试登录表单", False),
        ("ログインフォームをテストする", False),
        ("로그인 양식을 테스트", False),
        ("测试登录 login", False),
        ("5 + 5", True),
        ("☃ ☃", True),
    ],
)
def test_scripts_are_told_apart_by_whether_words_stand_apart(text: str, spaced: bool) -> None:
    assert similarity.is_spaced(text) is spaced


def test_in_a_larger_store_chance_finds_nearer_texts_so_both_floors_rise() -> None:
    for floor in (evidence.floor, lambda size: evidence.character_floor(size, spaced=True)):
        assert floor(10) == floor(50) < floor(500) < floor(5_000)


def test_a_memory_is_found_by_the_one_of_its_steps_that_the_task_is_like() -> None:
    steps = advised(1, "Release", "Run the checks\nPublish the changelog\nTag it")
    spread_out = advised(2, "Release", "Run the changelog checks\nTag it\nPublish")
    assert order("Publish the changelog", nominee(spread_out), nominee(steps)) == [1, 2]


def test_a_text_without_steps_gains_and_loses_nothing_by_them() -> None:
    texts = ["Release", "Release\nTag it"]
    assert [similarity.steps(text) for text in texts] == [(), ()]
