"""What an outcome weighs around a task, and what is left of it once a strategy has changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alma.domain.memory import VERIFIED, WORD, Outcome
from alma.rules import evidence, posterior
from alma.rules.evidence import Observation, Record

NOON = datetime(2026, 1, 1, tzinfo=UTC)


def seen(
    seq: int,
    *,
    works: bool = True,
    similarity: float = 0.9,
    strategy: str = "explicit waits",
    source: str = VERIFIED,
    origin: str | None = None,
    age: int = 0,
) -> Observation:
    outcome = Outcome(
        id=f"o-{seq}",
        agent="helena",
        source=source,
        origin=origin or f"run-{seq}",
        created_at=NOON,
        seq=seq,
        task="test the login form",
        strategy=strategy,
        result=float(works),
    )
    return Observation(outcome=outcome, similarity=similarity, age=age)


def history(results: str, *, start: int = 1, source: str = VERIFIED) -> list[Observation]:
    """One outcome a letter, the oldest first: `+` worked, `-` failed."""
    return [seen(start + at, works=letter == "+", source=source) for at, letter in enumerate(results)]


def record_of(observations: list[Observation], strategy: str = "explicit waits") -> Record:
    records = evidence.records(evidence.weigh(observations), key=lambda one: one.strategy)
    return next(one for one in records if one.strategy == strategy)


def test_from_a_cosine_of_84_hundredths_on_nothing_nearer_weighs_more() -> None:
    assert evidence.nearness(0.85, 1.0) == evidence.nearness(0.99, 1.0) == 1.0


def test_an_outcome_weighs_less_the_farther_its_task_is() -> None:
    weights = [evidence.nearness(similarity, 1.0) for similarity in (0.8, 0.7, 0.6, 0.5, 0.4)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


def test_the_nearest_weighs_less_where_it_is_far_itself() -> None:
    assert evidence.nearness(0.5, 0.5) < evidence.nearness(0.7, 0.7) < evidence.nearness(0.9, 0.9)


def test_a_far_outcome_weighs_more_where_nothing_is_nearer() -> None:
    assert evidence.nearness(0.5, 0.5) > evidence.nearness(0.5, 0.9)


def test_what_nobody_saw_weighs_no_more_for_being_nearer_than_all_that_was_seen() -> None:
    [planted, told] = evidence.weigh(
        [seen(1, similarity=1.0, source=WORD), seen(2, similarity=0.6, source=WORD), seen(3, similarity=0.6)]
    )[:2]
    assert planted.weight == told.weight


def test_a_planted_record_in_the_words_of_the_task_takes_no_weight_from_what_was_seen() -> None:
    [alone] = evidence.weigh([seen(1, similarity=0.6)])
    [_, beside] = sorted(
        evidence.weigh([seen(1, similarity=0.6), seen(2, similarity=1.0, source=WORD)]),
        key=lambda one: -one.outcome.seq,
    )
    assert beside.weight == alone.weight


def test_after_a_row_of_failures_the_old_successes_weigh_less() -> None:
    changed = record_of(history("+" * 12 + "-" * 5))
    assert all(one.unchanged < 0.5 for one in changed.weighed[:12])
    assert all(one.unchanged > 0.9 for one in changed.weighed[13:])


def test_a_change_is_found_faster_than_by_ageing_alone() -> None:
    observations = history("+" * 12 + "-" * 5)
    aged = evidence.weigh(observations)
    assert posterior.mean(12, 5) > 0.5
    assert sum(one.weight for one in aged) == pytest.approx(17)
    changed = record_of(observations)
    assert posterior.mean(changed.won, changed.lost) < 0.5


def test_successes_after_failures_are_found_as_well() -> None:
    changed = record_of(history("-" * 8 + "+" * 5))
    assert posterior.mean(changed.won, changed.lost) > 0.7 > posterior.mean(5, 8)


@pytest.mark.parametrize("steady", ["+" * 20, "-" * 20, "+-" * 10, "++-" * 7])
def test_a_steady_strategy_keeps_its_weight(steady: str) -> None:
    observations = history(steady)
    assert record_of(observations).weight > 0.95 * len(steady)


def test_one_failure_is_no_change() -> None:
    record = record_of(history("+" * 10 + "-"))
    assert record.won > 8


def test_what_nobody_saw_cannot_prove_a_change() -> None:
    real = history("+" * 12)
    attacked = record_of([*real, *history("-" * 20, start=13, source=WORD)])
    assert attacked.won == pytest.approx(record_of(real).won)


def test_where_nothing_was_seen_to_happen_words_can_prove_a_change() -> None:
    told = record_of(history("+" * 12 + "-" * 8, source=WORD))
    assert told.weighed[0].unchanged < 0.5


def test_a_change_of_one_strategy_leaves_another_alone() -> None:
    other = [seen(100 + at, strategy="a fixed sleep") for at in range(5)]
    observations = [*history("+" * 12 + "-" * 6), *other]
    assert record_of(observations, "a fixed sleep").weight == record_of(other, "a fixed sleep").weight


def test_nothing_has_changed_where_there_is_nothing_to_compare() -> None:
    assert posterior.unchanged([]) == []
    assert posterior.unchanged([(1.0, 0.0)]) == [1.0]


def test_a_clear_change_divides_the_outcomes_in_two() -> None:
    left = posterior.unchanged([(1.0, 0.0)] * 9 + [(0.0, 1.0)] * 6)
    assert max(left[:9]) < 0.25
    assert min(left[10:]) > 0.9


def test_many_outcomes_of_no_weight_change_nothing() -> None:
    assert posterior.unchanged([(0.0, 0.0)] * 50) == pytest.approx([1.0] * 50)
