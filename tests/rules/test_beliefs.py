"""What is sure enough to be stated, and in which order strategies are advised."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alma.domain.memory import EARNED, KNOWN_FAILURE, VERIFIED, WORD, Outcome
from alma.domain.values import replace
from alma.rules import beliefs, evidence
from alma.rules.evidence import Observation, Record

NOON = datetime(2026, 1, 1, tzinfo=UTC)
WAITS, SLEEP = "explicit waits", "a fixed sleep"


def records(*told: tuple[str, str, float], source: str = VERIFIED, origins: int = 1000) -> tuple[Record, ...]:
    """What is known after these runs, each (strategy, a letter an outcome, similarity): `+` worked, `-` failed."""
    letters = [(strategy, one, similarity) for strategy, line, similarity in told for one in line]
    observations = [
        Observation(
            outcome=Outcome(
                id=f"o-{seq}",
                agent="helena",
                source=source,
                origin=f"run-{seq % origins}",
                created_at=NOON,
                seq=seq,
                task="test the login form",
                strategy=strategy,
                result=float(letter == "+"),
                why=None if letter == "+" else "the button was not there",
            ),
            similarity=similarity,
            age=len(letters) - seq,
        )
        for seq, (strategy, letter, similarity) in enumerate(letters, 1)
    ]
    return evidence.records(evidence.weigh(observations), key=lambda one: one.strategy)


def works(found: tuple[Record, ...]) -> list[str]:
    return [one.strategy for one in beliefs.heuristics(found)]


def test_an_untried_strategy_ranks_above_one_that_failed_and_below_one_that_worked() -> None:
    assert beliefs.appeal(0, 1) < beliefs.appeal(0, 0) < beliefs.appeal(1, 0)


def test_what_works_most_of_the_time_ranks_above_an_untried_strategy() -> None:
    assert beliefs.appeal(9, 3) > beliefs.appeal(0, 0) > beliefs.appeal(6, 6)


def test_one_lucky_success_does_not_overtake_what_works_most_of_the_time() -> None:
    assert beliefs.appeal(8, 2) > beliefs.appeal(1, 0)


def test_of_two_strategies_with_the_same_share_the_less_known_ranks_first() -> None:
    assert beliefs.appeal(1, 1) > beliefs.appeal(10, 10)


def test_three_clean_successes_on_tasks_like_this_are_worth_stating() -> None:
    assert works(records((WAITS, "+++", 0.9))) == [WAITS]
    assert works(records((WAITS, "++", 0.9))) == []


def test_three_of_three_that_nobody_saw_need_two_origins() -> None:
    assert works(records((WAITS, "+++", 0.95), source=WORD, origins=2)) == [WAITS]
    assert works(records((WAITS, "++++++", 0.95), source=WORD, origins=1)) == []


def test_three_of_three_are_not_worth_stating_where_others_work_as_well() -> None:
    found = records((SLEEP, "++++++++-+++", 0.9), (WAITS, "+++", 0.9))
    assert WAITS not in works(found)


def test_three_of_three_are_not_clean_where_the_same_failed_a_little_further_off() -> None:
    clean = records((WAITS, "+++", 0.9), (SLEEP, "--", 0.6))
    failed = records((WAITS, "--", 0.6), (WAITS, "+++", 0.9))
    assert works(clean) == [WAITS]
    assert failed[0].failures == 0
    assert not beliefs.is_clean(failed[0])
    assert works(failed) == []


def test_after_a_failure_it_takes_more_successes_to_be_sure() -> None:
    assert works(records((WAITS, "+-++", 0.9))) == []
    assert works(records((WAITS, "+-" + "+" * 12, 0.9))) == [WAITS]


def test_a_strategy_that_works_two_times_in_three_is_no_heuristic() -> None:
    assert works(records((WAITS, "++-" * 8, 0.9))) == []


def test_a_heuristic_ends_soon_after_the_strategy_stops_working() -> None:
    ended = next(
        failures for failures in range(1, 20) if not works(records((WAITS, "+" * 20 + "-" * failures, 0.9)))
    )
    assert ended <= 3


def test_a_strategy_that_stopped_working_is_left_for_an_untried_one_within_a_few_failures() -> None:
    untried = beliefs.appeal(0, 0)
    left = next(
        failures
        for failures in range(1, 20)
        if beliefs.appeal(*_weights(records((WAITS, "+" * 20 + "-" * failures, 0.9)))) < untried
    )
    assert left <= 5


def _weights(found: tuple[Record, ...]) -> tuple[float, float]:
    return found[0].won, found[0].lost


def test_an_anti_pattern_names_what_is_surely_better() -> None:
    [avoid] = beliefs.anti_patterns(records((SLEEP, "----", 0.9), (WAITS, "++++", 0.9)))
    assert (avoid.pattern, avoid.better_alternative, avoid.grade) == (SLEEP, WAITS, EARNED)
    assert avoid.why_bad == "the button was not there"


def test_a_failure_is_told_of_although_something_else_was_tried_nearer_by() -> None:
    [avoid] = beliefs.anti_patterns(records((SLEEP, "-", 0.6), (WAITS, "+", 0.95)))
    assert (avoid.pattern, avoid.failures, avoid.grade) == (SLEEP, 1, KNOWN_FAILURE)


def test_a_failure_a_little_further_off_is_not_told_of_what_was_tried_on_tasks_like_this() -> None:
    assert not beliefs.anti_patterns(records((SLEEP, "-", 0.6), (SLEEP, "+", 0.95)))


def test_what_only_failed_is_a_known_failure_and_names_nothing() -> None:
    [avoid] = beliefs.anti_patterns(records((SLEEP, "--", 0.9)))
    assert (avoid.grade, avoid.better_alternative) == (KNOWN_FAILURE, None)


@pytest.mark.parametrize("count", [1, 50])
def test_beliefs_of_nothing_but_failures_or_successes_are_finite(count: int) -> None:
    for letter in "+-":
        [record] = records((WAITS, letter * count, 0.9))
        assert 0 < beliefs.advice(record, [record]).lower < beliefs.advice(record, [record]).mean + 0.5 < 1.5


def told_and_seen(*, origins: int, seen: str = WAITS) -> tuple[Record, ...]:
    """Thirty times one strategy is said to have worked, by so many; the other was seen to fail once."""
    said = evidence_of(SLEEP, "+" * 30, source=WORD, origins=origins)
    return evidence.records(
        evidence.weigh([*said, *evidence_of(seen, "----", first=31)]), key=lambda one: one.strategy
    )


def evidence_of(
    strategy: str, line: str, *, source: str = VERIFIED, origins: int = 1000, first: int = 1
) -> list[Observation]:
    (found,) = records((strategy, line, 0.9), source=source, origins=origins)
    return [
        replace(one.observation, outcome=replace(one.outcome, seq=first + at, id=f"o-{first + at}"))
        for at, one in enumerate(found.weighed)
    ]


def promise_of(strategy: str, among: tuple[Record, ...]) -> float:
    (record,) = [one for one in among if one.strategy == strategy]
    return beliefs.promise(record, among)


def test_where_something_was_seen_the_word_of_two_stands_below_what_was_never_tried() -> None:
    for few in (1, 2):
        assert promise_of(SLEEP, told_and_seen(origins=few)) < beliefs.appeal(0, 0)
    assert promise_of(SLEEP, told_and_seen(origins=3)) > beliefs.appeal(0, 0)


def test_where_nothing_was_seen_words_are_all_there_is() -> None:
    told = records((SLEEP, "++", 0.9), source=WORD)
    assert promise_of(SLEEP, told) > beliefs.appeal(0, 0)
