"""Whether memory helps, from outcomes alone: intervals that hold as often as they say, and harm that is found."""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import comb
from typing import Any

import pytest

from alma.domain.memory import Outcome
from alma.domain.report import Report
from alma.domain.values import replace
from alma.rules import benefit, exposure
from alma.rules.benefit import Rate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MEMORIES = [f"b-o-{place:010}" for place in range(10)]


def outcome(number: int, *, result: bool, **more: Any) -> Outcome:
    given = {"holdout": 0.1, "source": "verified", "recall_id": f"r-{number:016x}", **more}
    return Outcome(
        id=f"o-{number}",
        agent="helena",
        origin="a",
        created_at=NOW,
        task="Test the form",
        strategy="Wait",
        result=float(result),
        **given,
    )


def found(
    outcomes: Iterator[Outcome] | list[Outcome], *, holdout: float = 0.1, forgotten: Iterable[Outcome] = ()
) -> Report:
    """The report on these outcomes, where every belief is about a strategy of its own."""
    return benefit.report(
        outcomes,
        agent=None,
        holdout=holdout,
        key=lambda strategy: strategy,
        forgotten=forgotten,
        find=lambda id_: Outcome(
            id=id_,
            agent="helena",
            source="verified",
            origin="a",
            created_at=NOW,
            task="t",
            strategy=id_,
            result=1.0,
        ),
    )


def played(
    attempts: int, *, seed: int, effects: dict[str, float] | None = None, on_hard: float = 0.8
) -> Report:
    """Three of ten memories are shown; one of them is used on 8 of 10 easy tasks, and `on_hard` of the hard ones."""
    lot = random.Random(seed)

    def lived() -> Iterator[Outcome]:
        for number in range(attempts):
            shown = tuple(lot.sample(MEMORIES, 3))
            held = exposure.withheld(f"{seed} {number}", 0.2)
            chance, follows = (0.75, 0.8) if lot.random() < 0.5 else (0.45, on_hard)
            used = (lot.choice(shown),) if lot.random() < follows and not held else ()
            chance += sum((effects or {}).get(one, 0.0) for one in used)
            parts = {"withheld": shown} if held else {"shown": shown, "used": used}
            yield outcome(number, result=lot.random() < chance, **{**parts, "holdout": 0.2})

    return found(lived(), holdout=0.2)


# -- lots -------------------------------------------------------------------------------------------------------


def test_the_same_attempt_always_draws_the_same_lot() -> None:
    assert len({exposure.withheld("r-1", 0.5) for _ in range(5)}) == 1


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_the_share_of_attempts_that_are_withheld_is_the_share_that_was_asked_for(share: float) -> None:
    drawn = sum(exposure.withheld(f"attempt {number}", share) for number in range(20_000))
    assert drawn / 20_000 == pytest.approx(share, abs=0.01)


def test_a_larger_share_withholds_from_all_that_a_smaller_one_would() -> None:
    small, large = ({n for n in range(2000) if exposure.withheld(str(n), share)} for share in (0.1, 0.3))
    assert small < large
    assert not any(exposure.withheld(str(number), 0.0) for number in range(2000))


# -- intervals --------------------------------------------------------------------------------------------------


def chances(tries: int, share: float) -> list[float]:
    return [comb(tries, won) * share**won * (1 - share) ** (tries - won) for won in range(tries + 1)]


@pytest.mark.parametrize(("shown", "withheld"), [(45, 5), (63, 7), (90, 10), (120, 40), (30, 30)])
@pytest.mark.parametrize("truth", [-0.2, 0.0, 0.1])
def test_the_interval_holds_the_truth_as_often_as_it_says(shown: int, withheld: int, truth: float) -> None:
    for share in (0.5, 0.7):
        covered = 0.0
        for won, chance in enumerate(chances(shown, share)):
            for other, likely in enumerate(chances(withheld, share - truth)):
                gap = benefit.difference(
                    Rate(share=won / shown, attempts=shown), Rate(share=other / withheld, attempts=withheld)
                )
                covered += chance * likely * (gap.low <= truth <= gap.high)
        assert 0.88 <= covered <= 0.93


def test_no_interval_leaves_what_is_possible_or_is_empty() -> None:
    for one in (0.0, 0.5, 1.0):
        for other in (0.0, 1.0):
            gap = benefit.difference(Rate(share=one, attempts=1), Rate(share=other, attempts=3))
            assert -1 <= gap.low < gap.high <= 1


def test_to_know_a_difference_to_ten_points_takes_about_seventy_withheld_attempts() -> None:
    assert 68 <= benefit.needed(0.1) <= 76
    attempts = benefit.needed(0.1)
    gap = benefit.difference(Rate(share=0.5, attempts=9 * attempts), Rate(share=0.5, attempts=attempts))
    assert gap.high - gap.low == pytest.approx(0.2, abs=0.01)


# -- the whole --------------------------------------------------------------------------------------------------


def test_what_memory_changes_is_found_and_what_it_does_not_change_is_not() -> None:
    helpful = played(2000, seed=1, effects=dict.fromkeys(MEMORIES, 0.2))
    assert helpful.difference is not None
    assert helpful.difference.low > 0
    assert helpful.verdict.startswith("memories help")
    useless = played(2000, seed=1)
    assert useless.difference is not None
    assert useless.difference.low < 0 < useless.difference.high


def test_only_attempts_for_which_something_earned_was_known_are_compared() -> None:
    counted = found(
        [
            outcome(1, result=True, shown=("b-o-1",)),
            outcome(2, result=False, withheld=("b-o-1",)),
            outcome(3, result=True, shown=("h-1",)),
            outcome(4, result=True, shown=("b-o-1",), holdout=0.0),
            outcome(5, result=True, shown=("b-o-1",), source="import"),
            outcome(6, result=True, recall_id=None),
        ]
    )
    assert (counted.attempts, counted.recalled) == (5, 4)
    assert (counted.shown.attempts, counted.withheld.attempts) == (1, 1)


def test_an_attempt_of_which_much_was_learned_counts_once() -> None:
    many = [outcome(1, result=number < 3, shown=("b-o-1",)) for number in range(4)]
    arm = found([*many, outcome(2, result=True, shown=("b-o-1",))]).shown
    assert (arm.attempts, arm.successes, arm.rate) == (2, 1.75, 0.875)


def test_a_share_that_was_changed_on_the_way_does_not_look_like_an_effect() -> None:
    early = [outcome(n, result=n % 10 < 3, holdout=0.5, **side((n // 10) % 2 == 0)) for n in range(200)]
    late = [outcome(n, result=n % 10 < 8, **side((n // 10) % 10 == 0)) for n in range(200, 1200)]
    made = found([*late, *early])
    assert made.shown.rate is not None
    assert made.withheld.rate is not None
    assert made.shown.rate - made.withheld.rate > 0.15
    assert made.difference is not None
    assert abs(made.difference.value) < 0.02


def side(held: bool) -> dict[str, Any]:
    return {"withheld": ("b-o-1",)} if held else {"shown": ("b-o-1",)}


def test_repeated_failures_are_counted_where_a_failure_was_known() -> None:
    made = found(
        [
            outcome(1, result=False, shown=("b-o-1",), warned=("b-o-1",), repeated=("b-o-1",)),
            outcome(2, result=True, shown=("b-o-1",), warned=("b-o-1",)),
            outcome(3, result=True, shown=("b-o-2",)),
            outcome(4, result=False, withheld=("b-o-1",), warned=("b-o-1",), repeated=("b-o-1",)),
        ]
    )
    assert (made.shown.repeated, made.shown.warned) == (1, 2)
    assert (made.withheld.repeated, made.withheld.warned) == (1, 1)


@pytest.mark.parametrize(
    ("outcomes", "holdout", "says"),
    [
        ([], 0.0, "pass recall= to learn"),
        ([outcome(1, result=True, shown=("b-o-1",), holdout=0.0)], 0.0, "set holdout: 0.1"),
        ([outcome(1, result=True, shown=("b-o-1",))], 0.1, "holdout is 0.1"),
        ([outcome(1, result=True, withheld=("b-o-1",))], 0.1, "none shown"),
    ],
)
def test_a_report_without_evidence_says_what_is_missing(
    outcomes: list[Outcome], holdout: float, says: str
) -> None:
    made = found(outcomes, holdout=holdout)
    assert made.difference is None
    assert says in made.verdict


# -- single memories --------------------------------------------------------------------------------------------


def test_a_memory_is_judged_only_where_it_was_shown_and_used() -> None:
    (one,) = found(
        [
            *(outcome(n, result=False, shown=("b-o-1",)) for n in range(50)),
            outcome(60, result=True, shown=("b-o-1",), used=("b-o-1",)),
            outcome(61, result=True, withheld=("b-o-1",), used=("b-o-1",)),
        ]
    ).memories
    assert (one.used.attempts, one.unused.attempts, one.withheld.attempts) == (1, 50, 1)
    assert (one.verdict, one.difference, one.retire) == ("not enough evidence", None, None)


def test_what_did_not_fit_into_the_prompt_and_what_only_warns_is_not_judged() -> None:
    made = found(
        [
            outcome(1, result=True, shown=("b-o-1", "b-o-2", "o-3"), left_out=("b-o-1",), warned=("b-o-2",)),
            outcome(2, result=True, shown=("h-1", "k-1"), used=("h-1",)),
        ]
    )
    assert {one.id for one in made.memories} == {"h-1", "k-1"}


def test_all_that_was_shown_of_one_strategy_is_one_memory_named_after_the_last() -> None:
    tried = [outcome(n, result=True, shown=(f"b-o-{n + 1}",), recall_id=None) for n in range(3)]
    shown = [outcome(n, result=True, shown=(f"b-o-{n % 3}",)) for n in range(9)]
    (one,) = found([*shown, *tried]).memories
    assert (one.id, one.text, one.unused.attempts) == ("b-o-0", "Wait", 9)


@pytest.mark.parametrize("on_hard", [0.8, 1.0, 0.5])
def test_a_harmful_memory_is_found_whether_memories_are_used_on_hard_tasks_or_on_easy_ones(
    on_hard: float,
) -> None:
    harmful = MEMORIES[0]
    reports = [played(1500, seed=seed, effects={harmful: -0.3}, on_hard=on_hard) for seed in range(8)]
    named = [{one.id for one in made.harmful} for made in reports]
    assert sum(harmful in one for one in named) >= 5
    assert sum(len(one - {harmful}) for one in named) <= 2
    first = next(made for made in reports if made.harmful)
    assert first.harmful[0] == first.memories[0]
    assert first.harmful[0].retire is not None


def harmed(id_: str, **more: Any) -> Report:
    """Sixty attempts: half of them use the memory and fail, the others do not and succeed."""
    lived = [
        outcome(n, result=n % 2 == 0, shown=(id_, "k-1"), used=(id_,) if n % 2 else (), **more)
        for n in range(60)
    ]
    return found(lived, holdout=0.0)


def test_what_was_stated_is_retired_by_forgetting_it() -> None:
    (harmful,) = harmed("h-1").harmful
    assert shlex.split(harmful.retire or "") == [
        "alma", "forget", "h-1", "--reason", "it does harm, says the report",
    ]  # fmt: skip


def test_what_was_earned_is_retired_by_stating_it_as_something_to_avoid_for_its_evidence_is_what_warns() -> (
    None
):
    (harmful,) = harmed("b-o-x").harmful
    assert shlex.split(harmful.retire or "") == [
        "alma", "add", "anti-pattern", "--pattern", "b-o-x",
        "--why", "30 of 30 attempts that used it failed, more than without it, says the report",
        "--agent", "helena",
    ]  # fmt: skip


def test_a_strategy_cannot_forge_a_command_or_a_line_of_it() -> None:
    forged = "Wait'; rm -rf ~ #\nto silence it: $(reboot)"
    lived = [
        outcome(n, result=n % 2 == 0, shown=("b-o-x", "k-1"), used=("b-o-x",) if n % 2 else ())
        for n in range(60)
    ]
    planted = replace(outcome(99, result=True, recall_id=None), id="o-x", strategy=forged)
    (harmful,) = found([*lived, planted], holdout=0.0).harmful
    command = harmful.retire or ""
    assert "\n" not in command
    assert shlex.split(command)[4] == "Wait'; rm -rf ~ # to silence it: $(reboot)"


def test_an_attempt_of_which_much_was_learned_counts_once_for_each_memory_and_its_prompt_once() -> None:
    used = outcome(1, result=False, shown=("b-o-1", "b-o-2"), used=("b-o-1",), tokens=70)
    other = outcome(1, result=True, shown=("b-o-1", "b-o-2"), used=("b-o-2",), tokens=70)
    again = outcome(1, result=True, shown=("b-o-1", "b-o-2"), used=("b-o-1",), tokens=70)
    made = found([used, other, again])
    one, two = sorted(made.memories, key=lambda memory: memory.id)
    assert (one.used.attempts, one.used.successes, one.unused.attempts) == (1, 0.5, 0)
    assert (two.used.attempts, two.used.successes, two.unused.attempts) == (1, 1.0, 0)
    assert (made.attempts, made.shown.attempts, made.shown.tokens, made.tokens) == (3, 1, 70, 70)


def test_an_attempt_that_saw_a_strategy_under_two_ids_counts_once_and_where_one_was_withheld_as_that() -> (
    None
):
    tried = [outcome(n, result=True, recall_id=None) for n in (1, 2)]
    own = outcome(3, result=True, shown=("b-o-1",), withheld=("b-o-2",), used=("b-o-1", "b-o-2"))
    both = outcome(4, result=True, shown=("b-o-1", "b-o-2"), used=("b-o-2",))
    (one,) = found([own, both, *tried]).memories
    assert (one.used.attempts, one.unused.attempts, one.withheld.attempts) == (1, 0, 1)


def test_what_was_forgotten_is_a_part_of_the_experiment_and_of_no_memory() -> None:
    live = [outcome(n, result=True, shown=("b-o-1",)) for n in range(4)]
    gone = [outcome(n, result=False, tokens=10, **side(n % 2 == 0)) for n in range(10, 20)]
    alone, made = found(live), found(live, forgotten=gone)
    assert (made.attempts, made.recalled, made.tokens) == (14, 14, 100)
    assert (made.shown.attempts, made.withheld.attempts) == (9, 5)
    assert made.memories == alone.memories


@pytest.mark.parametrize("on_hard", [0.8, 1.0, 0.5])
def test_harmless_memories_are_left_alone(on_hard: float) -> None:
    named = [len(played(1500, seed=seed, on_hard=on_hard).harmful) for seed in range(8)]
    assert sum(one > 0 for one in named) <= 2


def test_the_interval_of_a_memory_holds_what_using_it_changes_where_the_agent_chose_by_difficulty() -> None:
    effects = {MEMORIES[0]: -0.3, MEMORIES[1]: 0.2}
    gaps = [
        (one.difference, effects.get(one.id, 0.0))
        for seed in range(12)
        for one in played(800, seed=seed, effects=effects, on_hard=1.0).memories
    ]
    held = [gap.low <= truth <= gap.high for gap, truth in gaps if gap is not None]
    assert len(held) == 120
    assert 0.82 <= sum(held) / len(held) <= 0.98


# -- few memories -----------------------------------------------------------------------------------------------


def either(
    seed: int,
    *,
    attempts: int = 250,
    chances: tuple[float, ...] = (0.8, 0.2),
    known: float = 0.8,
    **more: float,
) -> Report:
    """An agent that knows these ways by itself and does one of them `known` of the time; memory tells it the first.

    It follows 70 % of the time. What it does otherwise succeeds half of the time.
    """
    lot, share = random.Random(seed), more.get("share", 0.3)
    ids = tuple(MEMORIES[: len(chances)])

    def lived() -> Iterator[Outcome]:
        for number in range(attempts):
            held = exposure.withheld(f"{seed} {number}", share)
            own = lot.randrange(len(ids)) if lot.random() < known else None
            way = 0 if lot.random() < more.get("follows", 0.7) and not held else own
            yield outcome(
                number,
                result=lot.random() < (0.5 if way is None else chances[way]),
                used=() if way is None else (ids[way],),
                holdout=share,
                **{"withheld" if held else "shown": ids},
            )

    return found(lived(), holdout=share)


def test_of_two_ways_the_harmful_one_is_found_and_none_is_taken_for_its_contrary() -> None:
    good, bad = MEMORIES[:2]
    seen = [(one, one.difference) for seed in range(20) for one in either(seed).memories]
    verdicts = [(one.id, one.verdict) for one, _ in seen]
    assert (good, "harms") not in verdicts
    assert (bad, "helps") not in verdicts
    assert verdicts.count((good, "helps")) >= 18
    assert verdicts.count((bad, "harms")) >= 12
    truth = {good: 0.3, bad: -0.3}
    held = [gap.low <= truth[one.id] <= gap.high for one, gap in seen if gap is not None]
    assert len(held) == 40
    assert sum(held) >= 32


def test_what_the_agent_does_by_itself_is_what_a_memory_is_held_against() -> None:
    ways = tuple(MEMORIES[:2])
    shown = [
        outcome(n, result=n % 10 < (8 if n < 80 else 2), shown=ways, used=(ways[n >= 80],), holdout=0.3)
        for n in range(100)
    ]
    without = [
        outcome(n, result=n % 2 == 0, withheld=ways, used=(ways[n % 2],) if n % 5 else (), holdout=0.3)
        for n in range(100, 140)
    ]
    good, bad = sorted(found([*shown, *without]).memories, key=lambda one: one.id)
    assert good.difference is not None
    assert bad.difference is not None
    assert (good.difference.value, bad.difference.value) == (0.3, -0.3)
    assert (good.verdict, bad.verdict) == ("helps", "harms")


def test_no_effect_leaves_what_is_possible_each_lies_in_its_interval_and_no_verdict_denies_it() -> None:
    lot = random.Random(7)
    for seed in range(150):
        made = either(
            seed,
            attempts=lot.choice((30, 100, 300)),
            chances=tuple(lot.choice((0.0, 1.0, lot.random())) for _ in range(lot.randint(1, 4))),
            known=lot.random(),
            share=lot.choice((0.1, 0.3, 0.6)),
            follows=lot.random(),
        )
        for one in made.memories:
            gap = one.difference
            assert gap is None or -1 <= gap.low <= gap.value <= gap.high <= 1
            assert gap is None or gap.low < gap.high
            assert one.verdict != "harms" or (gap is not None and gap.high < 0)
            assert one.verdict != "helps" or (gap is not None and gap.low > 0)


def test_where_the_lots_say_what_cannot_be_a_memory_is_held_against_those_who_did_not_use_it() -> None:
    shown = [
        outcome(
            n, result=n >= 10 or n % 2 == 0, shown=("b-o-1",), used=("b-o-1",) if n < 10 else (), holdout=0.3
        )
        for n in range(60)
    ]
    without = [outcome(n, result=False, withheld=("b-o-1",), holdout=0.3) for n in range(60, 90)]
    (one,) = found([*shown, *without]).memories
    apart = benefit.difference(Rate(share=0.5, attempts=10), Rate(share=1.0, attempts=50))
    assert one.difference is not None
    assert one.difference.value == apart.value
    assert one.difference.low == pytest.approx(apart.low, abs=1e-4)
