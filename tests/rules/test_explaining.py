"""An explanation can be checked: its weights multiply out, its conditions decide, and what it foresees comes true."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from math import prod
from pathlib import Path
from random import Random

import pytest

from alma import ALMA, Explanation, MemoryNotFound
from alma.cli import picture
from alma.domain.door import Door
from alma.domain.memory import AntiPattern, Heuristic, Outcome
from alma.rules import beliefs, conditions, evidence, trust
from alma.rules.evidence import Observation, Record
from alma.testing import FrozenClock

TASK = "Test the login form"
WAITS, SLEEP, RETRY = "Explicit waits on the button", "A fixed sleep of 5 seconds", "Retry the whole test"
TASKS = (
    TASK,
    "Test the login page",
    "Test the form of the login",
    "Check the checkout form",
    "Deploy the blog",
)
TEAM = """
agents:
  helena: {share_with: [junior, victor], can_learn: [testing, backend]}
  junior: {inherit_from: [helena], cannot_learn: [backend]}
  victor: {cannot_learn: [testing]}
"""


def learn(alma: ALMA, strategy: str, worked: bool | float = True, **given: object) -> Outcome:
    said = {"agent": "helena", "task": TASK, **given}
    kept = alma.learn(outcome=worked, strategy_used=strategy, **said).outcome  # type: ignore[arg-type]
    assert kept is not None
    return kept


def evidence_of(said: Explanation) -> list:
    return [*said.evidence_for, *said.evidence_against]


def grown(alma: ALMA, seed: int, *, count: int = 14) -> None:
    """A little world: three strategies on a few tasks, from several sources and origins."""
    draw = Random(seed)
    for _ in range(count):
        source = draw.choice(["verified", "verified", "verified", "word", "import", "untrusted"])
        strategy, chance = draw.choice([(WAITS, 0.9), (SLEEP, 0.15), (RETRY, 0.5)])
        learn(
            alma,
            strategy,
            draw.random() < chance,
            task=draw.choice(TASKS),
            source=source,
            origin=f"{source}-{draw.randrange(3)}" if draw.random() < 0.7 else None,
            error=draw.choice([None, "it hung"]),
        )


# -- weights ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_factors_of_every_outcome_multiply_to_its_weight(alma: ALMA, seed: int) -> None:
    grown(alma, seed, count=24)
    seen = 0
    for memory in alma.memories():
        for one in evidence_of(alma.explain(memory.id)):
            seen += 1
            assert prod(factor for _, factor in one.factors) == pytest.approx(one.weight, abs=1e-4)
            assert all(0 <= factor <= 1 for _, factor in one.factors)
            assert dict(one.factors)["trust"] == trust.WEIGHTS[one.source]
    assert seen > 10


def test_what_a_cap_leaves_is_the_cap_over_what_the_origin_would_weigh(alma: ALMA) -> None:
    for _ in range(9):
        learn(alma, WAITS, origin="the nightly run")
    said = alma.explain(learn(alma, SLEEP, False, origin="by hand").id, task=TASK)
    assert all(one.note is None for one in evidence_of(said))
    said = alma.explain(alma.memories(kind="outcome")[-1].id, task=TASK)
    shares = [dict(one.factors)["share"] for one in said.evidence_for]
    uncapped = sum(prod(f for name, f in one.factors if name != "share") for one in said.evidence_for)
    assert shares == pytest.approx([trust.VERIFIED_CAP / uncapped] * 9, abs=1e-5)
    assert sum(one.weight for one in said.evidence_for) == pytest.approx(trust.VERIFIED_CAP, abs=1e-3)
    assert {one.note for one in said.evidence_for} == {"capped: one origin weighs at most 4 here"}


def test_an_outcome_beyond_the_heaviest_says_that_it_was_cut_off_and_weighs_nothing(alma: ALMA) -> None:
    kept = [learn(alma, WAITS) for _ in range(evidence.KEPT + 5)]
    said = alma.explain(kept[-1].id, task=TASK)
    assert len(said.evidence_for) == evidence.KEPT + 5
    cut = [one for one in said.evidence_for if one.note]
    assert [(one.weight, one.counted) for one in cut] == [(0.0, False)] * 5
    assert all("60 heaviest" in (one.note or "") for one in cut)
    assert {one.outcome_id for one in cut} == {one.id for one in kept[:5]}
    assert dict(said.numbers)["successes"] == evidence.KEPT


def test_where_only_the_nearest_of_an_origin_are_looked_at_that_is_said(alma: ALMA) -> None:
    for _ in range(14):
        learn(alma, WAITS, source="word", origin="one long talk")
    said = alma.explain(alma.memories(kind="outcome")[0].id, task=TASK)
    assert len(said.evidence_for) == trust.NOMINEES_PER_UNVERIFIED_ORIGIN
    assert (
        "of one long talk, whose results nobody saw, only the 10 nearest outcomes are looked at" in said.how
    )
    assert all("capped" in (one.note or "") for one in said.evidence_for)


def test_where_others_of_its_outcomes_are_too_far_that_is_said(alma: ALMA) -> None:
    kept = learn(alma, WAITS)
    learn(alma, WAITS, False, task="Bake a chocolate cake")
    said = alma.explain(kept.id)
    assert said.evidence_against == ()
    assert any(one.startswith("others of its outcomes are too far from this task") for one in said.how)


def test_an_inherited_outcome_says_so_in_its_factors(opened: Callable[..., ALMA]) -> None:
    alma = opened(TEAM)
    kept = learn(alma, WAITS, domain="testing")
    (own,) = alma.explain(kept.id, agent="helena").evidence_for
    (theirs,) = alma.explain(kept.id, agent="junior").evidence_for
    assert "inherited" not in dict(own.factors)
    assert dict(theirs.factors)["inherited"] == evidence.INHERITED
    assert (theirs.owner, theirs.weight) == ("helena", pytest.approx(own.weight / 2, abs=1e-4))


def test_an_explanation_tells_every_outcome_with_its_words(alma: ALMA, clock: FrozenClock) -> None:
    kept = learn(alma, SLEEP, False, error="element not found", origin="monday")
    (one,) = alma.explain(f"b-{kept.id}").evidence_for
    assert (one.task, one.strategy, one.why) == (TASK, SLEEP, "element not found")
    assert (one.at, one.source, one.origin, one.owner) == (clock.now, "verified", "monday", "helena")


# -- conditions -------------------------------------------------------------------------------------------------


def random_records(seed: int) -> tuple[Record, ...]:
    """Evidence of a few strategies, as it might lie around some task."""
    draw = Random(seed)
    clock = FrozenClock()
    observations = []
    for seq in range(1, draw.randrange(2, 26)):
        strategy, chance = draw.choice([(WAITS, 0.9), (SLEEP, 0.1), (RETRY, 0.5)])
        outcome = Outcome(
            id=f"o-{seq}",
            agent="helena",
            source=draw.choice(["verified", "person", "word", "untrusted"]) if seed % 3 else "word",
            origin=f"origin-{draw.randrange(6)}",
            created_at=clock.now,
            seq=seq,
            task=TASK,
            strategy=strategy,
            result=float(draw.random() < chance),
        )
        similarity = draw.choice([1.0, 1.0, 0.97, 0.8, 0.6, 0.45])
        observations.append(Observation(outcome=outcome, similarity=similarity, age=26 - seq))
    return evidence.records(evidence.weigh(observations), key=lambda one: one.strategy)


def test_all_conditions_of_a_belief_hold_exactly_where_it_is_believed() -> None:
    found = {"heuristic": 0, "anti-pattern": 0, "known failure": 0, "none": 0}
    for seed in range(600):
        records = random_records(seed)
        avoided = {one.id: one.grade for one in beliefs.anti_patterns(records)}
        for record in records:
            grade = avoided.get(beliefs.belief_id(record))
            works = all(one.held for one in conditions.of_heuristic(record, records))
            is_worse = all(one.held for one in conditions.of_anti_pattern(record, records))
            failed = all(one.held for one in conditions.of_known_failure(record, records))
            assert works == beliefs.is_heuristic(record, records)
            assert is_worse == (grade == "earned")
            assert (failed and not is_worse) == (grade == "known_failure")
            found["heuristic"] += works
            found["anti-pattern"] += is_worse
            found["known failure"] += grade == "known_failure"
            found["none"] += not works and grade is None
    assert min(found.values()) >= 20, found


def test_a_condition_says_its_value_and_what_it_needs(alma: ALMA) -> None:
    for _ in range(2):
        learn(alma, WAITS, origin="one origin", source="word")
    said = alma.explain(alma.memories(kind="outcome")[0].id)
    told = {one.says: one.held for one in said.conditions}
    assert told["2 distinct successes on tasks like this, needs 3"] is False
    assert told["successes from 1 origin, needs 2 (or 3 seen to happen)"] is False
    assert [(one.value, one.needs) for one in said.conditions][:2] == [(2.0, 3.0), (1.0, 2.0)]


def test_a_probability_just_below_its_threshold_never_reads_as_if_it_reached_it() -> None:
    assert (conditions.two(0.7499999), conditions.two(0.75)) == ("0.74", "0.75")
    for seed in range(600):
        for record in (records := random_records(seed)):
            for one in (
                *conditions.of_heuristic(record, records),
                *conditions.of_anti_pattern(record, records),
            ):
                if said := re.search(r" (\d\.\d\d), needs (\d\.\d\d)$", one.says):
                    assert (float(said[1]) >= float(said[2])) == (one.value >= one.needs) == one.held


def test_the_picture_and_a_condition_round_the_same_bound_alike(alma: ALMA) -> None:
    learn(alma, WAITS, False)
    cut = 0
    for _ in range(12):
        said = alma.explain(learn(alma, WAITS).id)
        lower = said.timeline[-1].lower
        (bound,) = [one.says for one in said.conditions if "certainty, above" in one.says]
        drawn = picture.sentence(said.timeline).removesuffix(".").split()[-1]
        assert f"above {drawn}, needs " in bound
        cut += drawn != f"{lower:.2f}"
    assert cut >= 2


def test_one_success_that_was_seen_is_told_that_three_seen_are_enough(alma: ALMA) -> None:
    kept = learn(alma, WAITS, origin="one origin")
    told = [one.says for one in alma.explain(kept.id).conditions]
    assert "successes from 1 origin, needs 2 (or 3 seen to happen)" in told
    for _ in range(2):
        learn(alma, WAITS, origin="one origin")
    assert isinstance(alma.explain(f"b-{kept.id}").memory, Heuristic)


@pytest.mark.parametrize("grade", ["known failure", "earned anti-pattern"])
def test_a_stated_heuristic_that_is_to_be_avoided_lists_what_makes_it_so(alma: ALMA, grade: str) -> None:
    stated = alma.add_heuristic(agent="helena", condition=TASK, strategy=SLEEP)
    for _ in range(6):
        learn(alma, SLEEP, False)
        if grade == "earned anti-pattern":
            learn(alma, WAITS)
    said = alma.explain(stated.id, task=TASK)
    assert said.contradictions[0].endswith("which makes it something to avoid")
    assert "earned heuristic" not in {one.belief for one in said.conditions}
    assert all(one.held for one in said.conditions if one.belief == grade)
    assert grade in {one.belief for one in said.conditions}


# -- what would change it ---------------------------------------------------------------------------------------

COUNTED = re.compile(
    r"^(\d+) more (success|failure)\w* (?:of ‘(.+)’ )?on this task would "
    r"(end this|make it a heuristic|make it something to avoid|make that the alternative to it)$"
)


def is_reached(said: Explanation, effect: str) -> bool:
    kind, grade = said.memory.kind, getattr(said.memory, "grade", None)
    return {
        "end this": kind == "outcome",
        "make it a heuristic": kind == "heuristic",
        "make it something to avoid": kind == "anti_pattern",
        "make that the alternative to it": grade == "earned",
    }[effect]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("named", ["at its anchor", "at a task"])
def test_what_is_foreseen_comes_true_at_exactly_that_outcome(
    opened: Callable[..., ALMA], tmp_path: Path, seed: int, named: str
) -> None:
    alma = opened()
    grown(alma, seed)
    checked = 0
    for number, outcome in enumerate(alma.memories(kind="outcome")):
        name = f"b-{outcome.id}"
        task = None if named == "at its anchor" else TASKS[(seed + number) % 4]
        said = alma.explain(name, task=task, agent="helena")
        if isinstance(said.memory, Outcome) and not evidence_of(said):
            continue
        strategy = outcome.strategy
        for place, sentence in enumerate(said.would_change):
            if not (told := COUNTED.match(sentence)):
                continue
            count, worked, effect = int(told[1]), told[2] == "success", told[4]
            copy = tmp_path / f"{number}-{place}.db"
            alma.backup(copy)
            later = opened(path=copy)
            for learned in range(count):
                now = later.explain(name, task=task, agent="helena")
                assert not is_reached(now, effect), (sentence, learned)
                learn(later, told[3] or strategy, worked, task=said.task or TASK)
            assert is_reached(later.explain(name, task=task, agent="helena"), effect), sentence
            later.close()
            checked += 1
    assert checked >= 5


def test_what_is_foreseen_counts_that_the_nearest_outcome_sets_the_measure(alma: ALMA) -> None:
    """At its anchor a belief may rest on tasks that are less near than the next outcome of that very task will be."""
    learn(alma, WAITS, task="Test the login form of the shop")
    for _ in range(3):
        learn(alma, WAITS, task="Test the login page of the blog")
    said = alma.explain(f"b-{alma.memories(kind='outcome')[-1].id}")
    assert isinstance(said.memory, Heuristic)
    assert said.would_change[0].startswith("1 more failure")


def test_what_is_stated_stands_until_somebody_withdraws_it(alma: ALMA) -> None:
    stated = alma.add_heuristic(agent="helena", condition="forms", strategy=WAITS)
    assert alma.explain(stated.id).would_change == ("it stands until somebody revises or forgets it",)


# -- over time --------------------------------------------------------------------------------------------------


def test_the_timeline_ends_where_the_numbers_are(alma: ALMA, clock: FrozenClock) -> None:
    for worked in (True, True, False, True):
        learn(alma, WAITS, worked)
        clock.move(days=1)
    said = alma.explain(alma.memories(kind="outcome")[0].id)
    assert [one.result for one in said.timeline] == [1, 1, 0, 1]
    assert [one.at for one in said.timeline] == sorted(one.at for one in evidence_of(said))
    numbers = dict(said.numbers)
    last = said.timeline[-1]
    assert (last.mean, last.lower) == (numbers["mean"], numbers["10 % lower bound"])
    assert said.timeline[2].mean < said.timeline[1].mean < said.timeline[3].mean + 1


def test_a_belief_says_since_when_it_is_held(alma: ALMA, clock: FrozenClock) -> None:
    days = []
    for _ in range(5):
        learn(alma, WAITS)
        days.append(clock.now)
        clock.move(days=1)
    (belief,) = alma.memories(kind="heuristic")
    assert alma.explain(belief.id).since == days[2]
    assert alma.explain(belief.id.removeprefix("b-")).since == days[2]
    assert alma.explain(learn(alma, RETRY, False, task="Deploy the blog").id).since == clock.now


def test_an_anti_pattern_is_held_since_its_alternative_is_proved(alma: ALMA, clock: FrozenClock) -> None:
    for strategy, worked in ((SLEEP, False), (SLEEP, False), (WAITS, True), (WAITS, True), (WAITS, True)):
        learn(alma, strategy, worked)
        clock.move(days=1)
    (belief,) = alma.memories(kind="anti_pattern")
    said = alma.explain(belief.id)
    assert isinstance(said.memory, AntiPattern)
    assert said.memory.grade == "earned"
    assert said.since is not None
    assert said.since >= alma.memories(kind="outcome")[1].created_at - timedelta(days=1)


# -- where it is computed ---------------------------------------------------------------------------------------


def test_a_belief_is_computed_at_the_task_that_is_asked_for(alma: ALMA) -> None:
    kept = [learn(alma, WAITS) for _ in range(3)]
    for _ in range(3):
        learn(alma, WAITS, False, task="Bake a chocolate cake")
    at_home = alma.explain(f"b-{kept[0].id}", task=TASK)
    away = alma.explain(f"b-{kept[0].id}", task="Bake a chocolate cake")
    assert (len(at_home.evidence_for), len(at_home.evidence_against)) == (3, 0)
    assert isinstance(at_home.memory, Heuristic)
    assert {one.result for one in evidence_of(away)} == {0.0}
    unrelated = alma.explain(f"b-{kept[0].id}", task="Water all plants")
    assert evidence_of(unrelated) == []
    assert "no outcome near this task speaks of it" in unrelated.how


def test_a_bare_id_is_computed_at_its_anchor_and_says_that_the_anchor_is_left_out(alma: ALMA) -> None:
    kept = [learn(alma, WAITS) for _ in range(3)]
    assert any("left out when the nearest" in said for said in alma.explain(f"b-{kept[0].id}").how)
    assert not any("left out" in said for said in alma.explain(f"b-{kept[0].id}", task=TASK).how)


def test_an_advice_is_explained_with_the_very_counts_that_it_shows(alma: ALMA) -> None:
    for seed in range(3):
        grown(alma, seed)
    for task in TASKS:
        recall = alma.retrieve(task, agent="helena")
        for advice in recall.advice:
            numbers = dict(recall.explain(advice.id).numbers)
            belief = recall.explain(advice.id).memory
            is_told = belief.kind != "anti_pattern" or advice.successes + advice.failures > 0
            if is_told:
                assert (numbers["successes"], numbers["failures"]) == (advice.successes, advice.failures)
            assert (numbers["mean"], numbers["10 % lower bound"]) == (advice.mean, advice.lower)


def test_a_strategy_has_one_record_wherever_people_read_of_it(alma: ALMA) -> None:
    for task in (TASK, "Test the form of the login", "Test the login page"):
        learn(alma, SLEEP, False, task=task, error="element not found")
        learn(alma, WAITS, task=task)
    recall = alma.retrieve(TASK, agent="helena")
    records = {one.strategy: (one.successes, one.failures) for one in recall.advice}
    (avoid,) = recall.anti_patterns
    said = recall.explain(avoid.id)
    assert (avoid.successes, avoid.failures) == records[SLEEP] == (0, 2)
    assert (avoid.alternative_successes, avoid.alternative_failures) == records[WAITS] == (2, 0)
    assert set(re.findall(r"worked \d of \d", recall.to_prompt())) == {"worked 2 of 2"}
    assert f"held against {avoid.alternative_id}, which worked 2 of 2 on tasks like this" in said.how
    assert sum(one.counted for one in said.evidence_for) == 2
    assert said.conditions[0].says == "3 distinct failures on this task and those near it, needs 2"
    assert [one.failures for one in alma.memories(kind="anti_pattern")] == [
        round(dict(alma.explain(one.id).numbers)["failures"]) for one in alma.memories(kind="anti_pattern")
    ]


def test_a_stated_memory_has_the_record_of_the_ledger_beside_it(alma: ALMA) -> None:
    stated = alma.add_anti_pattern(
        agent="helena", pattern="Using sleep() for waits", why_bad="flaky", source="person"
    )
    kept = learn(alma, "Call sleep(5000) first", False, task="Something else altogether", error="too slow")
    said = alma.explain(stated.id)
    assert [one.outcome_id for one in said.evidence_for] == [kept.id]
    assert said.how[0].startswith("stated by helena on 2026-01-01, as person, from call:")
    assert any("whatever their task was" in one for one in said.how)
    assert getattr(said.memory, "failures", None) == 1


def test_the_ledger_may_contradict_what_was_stated_and_then_it_is_flagged(alma: ALMA) -> None:
    good = alma.add_heuristic(agent="helena", condition="forms", strategy=SLEEP)
    bad = alma.add_anti_pattern(agent="helena", pattern=WAITS, why_bad="slow")
    assert alma.explain(good.id).contradictions == alma.explain(bad.id).contradictions == ()
    for _ in range(3):
        learn(alma, SLEEP, False)
        learn(alma, WAITS)
    (said,) = alma.explain(good.id).contradictions
    assert said == "the ledger says otherwise: 0 of 3 attempts succeeded, which makes it something to avoid"
    (said,) = alma.explain(bad.id).contradictions
    assert said == "the ledger says otherwise: 3 of 3 attempts succeeded, which makes it a heuristic"


def test_facts_that_contradict_each_other_are_flagged_on_both_sides(opened: Callable[..., ALMA]) -> None:
    alma = opened(TEAM)
    old = alma.add_knowledge(agent="helena", fact="The API token expires after 24 hours", domain="backend")
    new = alma.add_knowledge(agent="helena", fact="The API token expires after 12 hours", domain="backend")
    assert new.contradicts == (old.id,)
    (said,) = alma.explain(new.id).contradictions
    assert said.startswith(f"{old.id} probably says otherwise: ‘The API token expires after 24 hours’")
    (said,) = alma.explain(old.id).contradictions
    assert said.startswith(f"{new.id} probably says otherwise")


def test_a_preference_and_a_fact_say_who_said_them_and_when(alma: ALMA) -> None:
    liked = alma.add_preference(user="maria", preference="Short answers", source="person")
    said = alma.explain(liked.id)
    assert said.how == (
        f"stated by user:maria on 2026-01-01, as person, from call:{liked.id}; it stands until withdrawn",
    )
    assert said.seen_by == ("every agent that recalls for the user 'maria'",)
    assert (evidence_of(said), said.numbers, said.timeline, said.conditions) == ([], (), (), ())


# -- who sees it ------------------------------------------------------------------------------------------------


def test_who_sees_a_memory_is_said_with_the_reason_and_so_is_who_does_not(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(TEAM)
    seen = alma.explain(learn(alma, WAITS, domain="testing").id).seen_by
    assert seen == (
        "helena, whose it is",
        "junior: helena shares with it (share_with) and it inherits from helena (inherit_from)",
        "not victor: its cannot_learn names testing",
    )
    seen = alma.explain(learn(alma, WAITS, domain="backend").id).seen_by
    assert seen[1:] == (
        "victor: helena shares with it (share_with)",
        "not junior: its cannot_learn names backend",
    )
    kept = learn(alma, WAITS, agent="victor", domain="backend")
    assert alma.explain(kept.id).seen_by == ("victor, whose it is",)


def test_an_explanation_rests_on_nothing_that_the_asking_agent_may_not_read(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(TEAM)
    shared = [learn(alma, WAITS, domain="testing") for _ in range(2)]
    hidden = [
        learn(alma, "Waits that are explicit, zeppelin", False, domain="backend", error="zeppelin"),
        learn(alma, WAITS, False, domain="backend", error="zeppelin"),
    ]
    alma.feedback(shared[0].id, signal="same", note=hidden[0].id)
    alma.add_knowledge(agent="helena", fact="The zeppelin token expires after 24 hours", domain="backend")
    fact = alma.add_knowledge(
        agent="junior", fact="The zeppelin token expires after 12 hours", domain="testing"
    )
    for name in (shared[0].id, f"b-{shared[0].id}", f"b-{shared[1].id}"):
        for task in (None, TASK):
            said = alma.explain(name, task=task, agent="junior")
            assert {one.outcome_id for one in evidence_of(said)} == {one.id for one in shared}
            assert dict(said.numbers)["failures"] == 0
            assert "zeppelin" not in repr(said)
    assert alma.explain(fact.id, agent="junior").contradictions == ()
    whole = alma.explain(shared[0].id)
    assert len(whole.evidence_against) == 2
    assert "zeppelin" in repr(whole.history)


# -- history ----------------------------------------------------------------------------------------------------


def test_the_history_tells_which_strategies_somebody_joined_or_parted(alma: ALMA, clock: FrozenClock) -> None:
    one, other = learn(alma, WAITS), learn(alma, "Wait for the button to be there")
    alma.feedback(one.id, signal="same", note=other.id)
    clock.move(days=1)
    said = alma.explain(f"b-{other.id}")
    assert len(evidence_of(said)) == 2
    both = f"‘{WAITS}’ ({one.id}) was joined with ‘{other.strategy}’ ({other.id}) by a program"
    assert said.history == (f"2026-01-01 12:00 {both}",) == alma.explain(one.id).history
    alma.feedback(one.id, signal="not_same", note=other.id)
    said = alma.explain(other.id)
    assert len(evidence_of(said)) == 1
    assert said.history[-1] == f"2026-01-02 12:00 {both.replace('joined with', 'held apart from')}"


def test_what_a_model_joins_is_told_and_moves_nothing(opened: Callable[..., ALMA]) -> None:
    alma = opened(door=Door(source="word", origin="a talk"))
    one, other = learn(alma, WAITS), learn(alma, SLEEP, False)
    alma.feedback(one.id, signal="same", note=other.id)
    said = alma.explain(one.id)
    assert len(evidence_of(said)) == 1
    assert "was called the same as" in said.history[0]
    assert said.history[0].endswith("by a model; on record only, and moves nothing")


def test_the_history_keeps_the_old_wording_and_what_was_said(alma: ALMA) -> None:
    stated = alma.add_heuristic(agent="helena", condition="forms", strategy=SLEEP)
    alma.revise(stated.id, strategy=WAITS)
    alma.feedback(stated.id, signal="used", note="on the login form")
    revised, used = alma.explain(stated.id).history
    assert revised == f"2026-01-01 12:00 revised by a program (strategy was {SLEEP!r})"
    assert used == "2026-01-01 12:00 feedback by a program (signal: used; note: on the login form)"


# -- wrong ids --------------------------------------------------------------------------------------------------


def test_an_unknown_id_names_the_ids_that_look_like_it(alma: ALMA) -> None:
    kept = learn(alma, WAITS)
    mistyped = kept.id[:-1] + ("a" if kept.id[-1] != "a" else "b")
    with pytest.raises(MemoryNotFound, match=f"did you mean {kept.id}") as caught:
        alma.explain(mistyped)
    assert caught.value.sought == mistyped
    with pytest.raises(MemoryNotFound, match=f"did you mean {kept.id}"):
        alma.explain(kept.id.removeprefix("o-"))
    with pytest.raises(MemoryNotFound, match="`memories`, or `alma list`, shows what there is"):
        alma.explain("h-zzzzzzzzzz")


def test_ids_that_an_agent_may_not_read_are_not_named_to_it(opened: Callable[..., ALMA]) -> None:
    alma = opened(TEAM)
    kept = learn(alma, WAITS, domain="backend")
    with pytest.raises(MemoryNotFound) as caught:
        alma.explain(kept.id[:-1], agent="junior")
    assert kept.id not in str(caught.value).replace(kept.id[:-1] + " ", "")


def test_what_was_forgotten_says_how_it_comes_back(alma: ALMA) -> None:
    kept = learn(alma, WAITS)
    alma.forget(kept.id, reason="a test")
    with pytest.raises(MemoryNotFound, match=r"was forgotten \(`restore` brings it back\)$"):
        alma.explain(kept.id)


def test_a_strategy_that_was_never_tried_has_nothing_to_explain(alma: ALMA) -> None:
    recall = alma.retrieve(TASK, agent="helena", strategies=[WAITS])
    with pytest.raises(MemoryNotFound, match="never tried"):
        recall.explain(recall.advice[0].id)
