"""What the ledger says: from single outcomes to advice, heuristics and anti-patterns, and back when minds change."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, AntiPattern, Conflict, Heuristic, InvalidInput, MemoryNotFound, Outcome
from alma.testing import FrozenClock

TASK = "Test the login form"


def learn(alma: ALMA, strategy: str, outcome: Any = True, **more: Any) -> Outcome:
    """An accepted outcome on the usual task."""
    given = {"agent": "helena", "task": TASK, "outcome": outcome, "strategy_used": strategy, **more}
    kept = alma.learn(**given).outcome
    assert kept is not None
    return kept


def changes(alma: ALMA, strategy: str, outcome: bool, **more: Any) -> list[tuple[str, str, str]]:
    """(what, grade, strategy) of the beliefs that one more outcome changed."""
    given = {"agent": "helena", "task": TASK, "outcome": outcome, "strategy_used": strategy, **more}
    return [
        (
            one.what,
            one.belief.grade,
            one.belief.strategy if isinstance(one.belief, Heuristic) else one.belief.pattern,
        )
        for one in alma.learn(**given).changes
    ]


# -- from outcomes to beliefs -----------------------------------------------------------------------------------


def test_one_failure_is_enough_to_be_told_of_it(alma: ALMA) -> None:
    kept = learn(alma, "npm publish --force", False, error="402 Payment Required")
    recall = alma.retrieve(TASK, agent="helena")
    (known,) = recall.anti_patterns
    assert (known.id, known.grade, known.pattern) == (f"b-{kept.id}", "known_failure", "npm publish --force")
    assert (known.failures, known.better_alternative, known.why_bad) == (1, None, "402 Payment Required")
    assert "failed 1 of 1" in recall.to_prompt()
    (caution,) = alma.warn("npm publish --force", agent="helena")
    assert "402 Payment Required" in caution.text
    assert recall.heuristics == ()
    assert [one.status for one in recall.advice] == ["fails"]


def test_one_success_is_promising_and_three_are_a_heuristic(alma: ALMA) -> None:
    for number, status in enumerate(("promising", "promising", "works", "works"), 1):
        learn(alma, "Explicit waits")
        recall = alma.retrieve(TASK, agent="helena")
        (advice,) = recall.advice
        assert (advice.successes, advice.failures, advice.status) == (number, 0, status)
        assert len(recall.heuristics) == (number >= 3)
        assert f"worked {number} of {number}" in recall.to_prompt()
    (rule,) = recall.heuristics
    assert (rule.strategy, rule.grade, rule.successes, rule.failures) == ("Explicit waits", "earned", 4, 0)
    assert rule.lower is not None
    assert 0.5 < rule.lower < 1


def test_a_failure_beside_what_works_is_an_anti_pattern_with_that_alternative_and_its_record(
    alma: ALMA,
) -> None:
    for _ in range(4):
        learn(alma, "A fixed sleep", False, error="timed out")
        learn(alma, "Explicit waits", True)
    learn(alma, "Explicit waits", False)
    (found,) = alma.retrieve(TASK, agent="helena").anti_patterns
    assert (found.grade, found.pattern, found.failures) == ("earned", "A fixed sleep", 4)
    assert (found.better_alternative, found.alternative_successes, found.alternative_failures) == (
        "Explicit waits",
        4,
        1,
    )
    assert found.why_bad == "timed out"


def test_two_failures_without_an_alternative_stay_a_known_failure(alma: ALMA) -> None:
    learn(alma, "A fixed sleep", False)
    learn(alma, "A fixed sleep", False)
    learn(alma, "Explicit waits", True)
    (found,) = alma.retrieve(TASK, agent="helena").anti_patterns
    assert (found.grade, found.failures, found.better_alternative) == ("known_failure", 2, None)


def test_a_success_ends_a_known_failure(alma: ALMA) -> None:
    assert changes(alma, "Explicit waits", False) == [("made", "known_failure", "Explicit waits")]
    assert changes(alma, "Explicit waits", False) == [("strengthened", "known_failure", "Explicit waits")]
    assert changes(alma, "Explicit waits", True) == [("ended", "known_failure", "Explicit waits")]
    assert alma.retrieve(TASK, agent="helena").anti_patterns == ()


def test_learn_says_what_an_outcome_made_strengthened_weakened_and_ended(alma: ALMA) -> None:
    assert changes(alma, "Explicit waits", True) == []
    assert changes(alma, "Explicit waits", True) == []
    assert changes(alma, "Explicit waits", True) == [("made", "earned", "Explicit waits")]
    assert changes(alma, "Explicit waits", True) == [("strengthened", "earned", "Explicit waits")]
    for _ in range(8):
        learn(alma, "Explicit waits", True)
    assert changes(alma, "Explicit waits", False) == [("weakened", "earned", "Explicit waits")]
    last: list[tuple[str, str, str]] = []
    for _ in range(12):
        last += changes(alma, "Explicit waits", False)
    assert ("ended", "earned", "Explicit waits") in last
    assert alma.retrieve(TASK, agent="helena").heuristics == ()


def test_what_learn_said_is_what_is_believed_afterwards(alma: ALMA) -> None:
    believed: dict[str, str] = {}
    for number in range(24):
        strategy = ("Explicit waits", "A fixed sleep", "Polling")[number % 3]
        given = {"agent": "helena", "task": TASK, "outcome": number % 3 == 0, "strategy_used": strategy}
        for one in alma.learn(**given).changes:  # type: ignore[arg-type]
            name = one.belief.strategy if isinstance(one.belief, Heuristic) else one.belief.pattern
            believed.pop(name, None)
            if one.what != "ended":
                believed[name] = one.belief.grade
        recall = alma.retrieve(TASK, agent="helena", top_k=50)
        now = {one.strategy: one.grade for one in recall.heuristics} | {
            one.pattern: one.grade for one in recall.anti_patterns
        }
        assert {name: believed.get(name) for name in now} == now


def test_what_goes_back_and_forth_is_flaky_and_neither_praised_nor_condemned(alma: ALMA) -> None:
    for number in range(8):
        learn(alma, "Explicit waits", number % 2 == 0, error=None if number % 2 == 0 else "timed out")
    recall = alma.retrieve(TASK, agent="helena")
    assert (recall.heuristics, recall.anti_patterns) == ((), ())
    assert [one.status for one in recall.advice] == ["flaky"]
    assert "worked 4 of 8" in recall.advice[0].why


def test_a_stated_anti_pattern_shows_what_the_ledger_says_beside_it(alma: ALMA) -> None:
    stated = alma.add_anti_pattern(
        agent="helena", pattern="Using sleep() for async waits", why_bad="Causes flaky tests, wastes time",
        better_alternative="Use explicit waits with conditions",
    )  # fmt: skip
    assert alma.retrieve(TASK, agent="helena").anti_patterns == (stated,)
    learn(alma, "sleep(5) before the click", False)
    learn(alma, "Use explicit waits with conditions", True)
    (shown,) = [one for one in alma.retrieve(TASK, agent="helena").anti_patterns if one.id == stated.id]
    assert (shown.failures, shown.alternative_successes, shown.alternative_failures) == (1, 1, 0)
    (caution,) = alma.warn("await page.waitForTimeout(5000); sleep(5)", agent="helena", task=TASK)
    assert caution.anti_pattern.id == stated.id
    assert caution.text.index("explicit waits") < caution.text.index("sleep()")
    assert alma.warn("get a good night's sleep", agent="helena") == []


def test_exactly_the_strategies_that_were_given_are_ranked_in_their_own_bytes(alma: ALMA) -> None:
    for _ in range(3):
        learn(alma, "Explicit waits", True)
        learn(alma, "A fixed sleep", False)
    given = [
        "  We used a fixed sleep\n",
        "Never tried",
        "explicit waits",
        "Explicit waits",
        "日本\u00ad語",
        "Never tried",
    ]
    advice = alma.retrieve(TASK, agent="helena", strategies=given, top_k=1).advice
    assert sorted(one.strategy for one in advice) == sorted(given)
    assert advice[0].strategy.lower() == "explicit waits"
    assert advice[-1].strategy == "  We used a fixed sleep\n"
    assert [one.status for one in advice].count("untried") == 3
    assert alma.retrieve(TASK, agent="helena", strategies=[]).advice == ()


def test_what_was_earned_elsewhere_stays_away_and_says_why(alma: ALMA) -> None:
    for _ in range(3):
        learn(alma, "Blue and green", task="Deploy the shop to production")
    recall = alma.retrieve("zzz qqq 777", agent="helena")
    assert not recall
    assert "floor" in (recall.why_empty or "")
    assert (
        alma.retrieve("x", agent="nobody").why_empty
        == "nothing that was asked for is known yet in what this agent may read"
    )


def test_what_is_stated_comes_on_every_task(alma: ALMA) -> None:
    stated = alma.add_anti_pattern(agent="helena", pattern="Don't use sleep()", why_bad="Flaky")
    for _ in range(60):
        learn(alma, "s", task="Something entirely different")
    for task in (TASK, "zzz qqq 777", "日本語"):
        assert stated in alma.retrieve(task, agent="helena").anti_patterns


def test_retrieving_and_warning_write_nothing(alma: ALMA, database: Path) -> None:
    learn(alma, "sleep(5)", False)
    before = alma.log()
    recall = alma.retrieve(TASK, agent="helena", user="ada", strategies=["a"])
    recall.to_prompt()
    recall.explain(recall.anti_patterns[0].id)
    alma.warn("sleep(5)", agent="helena", task=TASK)
    alma.memories()
    assert alma.log() == before


def test_a_recall_asked_for_an_earlier_time_is_what_was_known_then(alma: ALMA, clock: FrozenClock) -> None:
    learn(alma, "Explicit waits")
    old = alma.add_knowledge(agent="helena", fact="The API is at version 1")
    then, known = clock(), alma.retrieve(TASK, agent="helena")
    clock.move(days=1)
    learn(alma, "A fixed sleep", False)
    new = alma.add_knowledge(agent="helena", fact="The API is at version 2", replaces=old.id)
    past = alma.retrieve(TASK, agent="helena", as_of=then)
    assert [one.id for one in past.knowledge] == [old.id]
    assert (past.outcomes, past.anti_patterns) == (known.outcomes, known.anti_patterns)
    assert [(one.strategy, one.successes) for one in past.advice] == [("Explicit waits", 1)]
    assert [one.id for one in alma.retrieve(TASK, agent="helena").knowledge] == [new.id]
    assert not alma.retrieve(TASK, agent="helena", as_of=then - timedelta(days=1))


# -- naming a strategy by its id --------------------------------------------------------------------------------


def test_an_id_stands_for_the_strategy_that_it_names(alma: ALMA) -> None:
    first = learn(alma, "Explicit waits")
    rule = alma.add_heuristic(agent="helena", condition="A slow form", strategy="Wait for the button")
    avoid = alma.add_anti_pattern(
        agent="helena", pattern="Using sleep()", why_bad="Flaky", better_alternative="Poll"
    )
    for given, strategy in (
        (first.id, "Explicit waits"), (f"b-{first.id}", "Explicit waits"),
        (rule.id, "Wait for the button"), (avoid.id, "Poll"),
    ):  # fmt: skip
        kept = learn(alma, given)
        assert (kept.strategy, kept.followed) == (strategy, given)
    (advice,) = [
        one for one in alma.retrieve(TASK, agent="helena").advice if one.strategy == "Explicit waits"
    ]
    assert advice.successes == 3


def test_the_id_of_an_untried_strategy_needs_its_recall(alma: ALMA) -> None:
    recall = alma.retrieve(TASK, agent="helena", strategies=["Never tried"])
    (advice,) = recall.advice
    assert advice.id.startswith("u-")
    kept = learn(alma, advice.id, recall=recall)
    assert (kept.strategy, kept.followed) == ("Never tried", advice.id)
    with pytest.raises(InvalidInput) as refusal:
        learn(alma, advice.id)
    assert refusal.value.field == "strategy_used"


def test_who_follows_a_warning_is_counted_for_the_alternative(alma: ALMA) -> None:
    for _ in range(4):
        learn(alma, "A fixed sleep", False)
        learn(alma, "Explicit waits", True)
    recall = alma.retrieve(TASK, agent="helena")
    (avoid,) = recall.anti_patterns
    assert avoid.better_alternative == "Explicit waits"
    assert learn(alma, avoid.alternative_id, recall=recall).strategy == "Explicit waits"
    line = next(line for line in recall.to_prompt().splitlines() if avoid.id in line)
    assert line.index(str(avoid.alternative_id)) < line.index(avoid.id)


def test_an_id_that_names_no_strategy_is_refused(alma: ALMA) -> None:
    fact = alma.add_knowledge(agent="helena", fact="f")
    avoid = alma.add_anti_pattern(agent="helena", pattern="Using sleep()", why_bad="Flaky")
    for given in (fact.id, avoid.id):
        with pytest.raises(InvalidInput) as refusal:
            learn(alma, given)
        assert refusal.value.field == "strategy_used"
    with pytest.raises(MemoryNotFound):
        learn(alma, "o-aaaaaaaaaa")
    assert learn(alma, "o-clock cleanup").strategy == "o-clock cleanup"


# -- exactly once -----------------------------------------------------------------------------------------------


def test_the_same_key_with_the_same_content_is_learned_once(
    opened: Callable[..., ALMA], clock: FrozenClock
) -> None:
    alma, other = opened(), opened()
    first = learn(alma, "Explicit waits", key="run 7", metadata={"a": 1}, domain="testing")
    clock.move(days=1)
    assert learn(other, "Explicit waits", key="run 7", metadata={"a": 1}, domain="testing") == first
    assert alma.stats().memories == {"outcome": 1}


@pytest.mark.parametrize(
    "other",
    [
        {"strategy_used": "A fixed sleep"}, {"outcome": False}, {"task": "Another"}, {"agent": "victor"}, {"error": "e"},
        {"domain": "testing"}, {"feedback": "f"}, {"metadata": {"a": 2}}, {"workflow_id": "w"}, {"duration": 2},
    ],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_the_same_key_with_other_content_is_a_conflict(alma: ALMA, other: dict[str, Any]) -> None:
    kept = learn(alma, "Explicit waits", key="run 7")
    given = {"agent": "helena", "task": TASK, "outcome": True, "strategy_used": "Explicit waits", **other}
    with pytest.raises(Conflict) as refusal:
        alma.learn(**given, key="run 7")
    assert refusal.value.current == (kept.id if given["agent"] == "helena" else None)
    assert alma.stats().memories == {"outcome": 1}


def test_a_forgotten_outcome_is_not_learned_again_under_its_key(alma: ALMA) -> None:
    kept = learn(alma, "Explicit waits", key="run 7")
    alma.forget(kept.id, reason="r")
    again = alma.learn(agent="helena", task=TASK, outcome=True, strategy_used="Explicit waits", key="run 7")
    assert not again.accepted
    assert kept.id in str(again.refused_because)
    assert alma.stats().memories == {}


# -- feedback ---------------------------------------------------------------------------------------------------


def test_helpful_and_harmful_are_evidence_and_used_is_not(alma: ALMA) -> None:
    kept = learn(alma, "Explicit waits")
    alma.feedback(kept.id, signal="used")
    assert alma.stats().memories == {"outcome": 1}
    alma.feedback(f"b-{kept.id}", signal="helpful")
    alma.feedback(kept.id, signal="harmful", note="it hung")
    (advice,) = alma.retrieve(TASK, agent="helena").advice
    assert (advice.successes, advice.failures) == (2, 1)
    assert "it hung" in advice.why


def test_who_finds_a_warning_helpful_does_not_praise_what_it_warns_of(alma: ALMA) -> None:
    learn(alma, "A fixed sleep", False)
    (avoid,) = alma.retrieve(TASK, agent="helena").anti_patterns
    alma.feedback(avoid.id, signal="helpful")
    (advice,) = alma.retrieve(TASK, agent="helena").advice
    assert advice.successes == 0
    alma.feedback(avoid.id, signal="harmful")
    (advice,) = alma.retrieve(TASK, agent="helena").advice
    assert advice.successes == 1


def test_wrong_silences_what_a_belief_rests_on_until_it_is_restored(alma: ALMA) -> None:
    for _ in range(3):
        learn(alma, "Explicit waits")
    before = alma.retrieve(TASK, agent="helena")
    (rule,) = before.heuristics
    alma.feedback(rule.id, signal="wrong", note="it was luck")
    assert not alma.retrieve(TASK, agent="helena")
    assert len(alma.restore(rule.id)) == 3
    after = alma.retrieve(TASK, agent="helena")
    assert (after.heuristics, after.advice, after.outcomes) == (
        before.heuristics,
        before.advice,
        before.outcomes,
    )


def test_two_strategies_are_one_when_somebody_says_so_and_two_again_when_not(alma: ALMA) -> None:
    one = learn(alma, "Explicit waits", True)
    other = learn(alma, "Poll until the button is there", True)
    assert len(alma.retrieve(TASK, agent="helena").advice) == 2
    alma.feedback(one.id, signal="same", note=other.id)
    assert [advice.successes for advice in alma.retrieve(TASK, agent="helena").advice] == [2]
    alma.feedback(f"b-{other.id}", signal="not_same", note=f"b-{one.id}")
    assert [advice.successes for advice in alma.retrieve(TASK, agent="helena").advice] == [1, 1]


def test_what_the_rule_joins_somebody_can_part_and_join_again(alma: ALMA) -> None:
    one = learn(alma, "Explicit waits", True)
    other = learn(alma, "We used explicit waits", False)
    counts = lambda: sorted((a.successes, a.failures) for a in alma.retrieve(TASK, agent="helena").advice)  # noqa: E731
    assert counts() == [(1, 1)]
    alma.feedback(one.id, signal="not_same", note=other.id)
    assert counts() == [(0, 1), (1, 0)]
    alma.feedback(one.id, signal="same", note=other.id)
    assert counts() == [(1, 1)]


def test_a_new_wording_is_told_which_strategies_it_may_be(alma: ALMA) -> None:
    first = learn(alma, "Wait explicitly for the submit button")
    learned = alma.learn(
        agent="helena", task=TASK, outcome=True, strategy_used="Wait explicitly for the submit element"
    )
    assert [(one.id, one.strategy) for one in learned.similar] == [(first.id, first.strategy)]
    alma.feedback(learned.similar[0].id, signal="same", note=learned.outcome.id)  # type: ignore[union-attr]
    assert [advice.successes for advice in alma.retrieve(TASK, agent="helena").advice] == [2]


# -- changing one's mind ----------------------------------------------------------------------------------------


def test_forgetting_takes_an_outcome_out_of_every_belief_and_restoring_puts_it_back(alma: ALMA) -> None:
    kept = [learn(alma, "Explicit waits") for _ in range(3)]
    before = alma.retrieve(TASK, agent="helena")
    assert [one.id for one in alma.forget(kept[1].id, reason="no", dry_run=True)] == [kept[1].id]
    assert alma.retrieve(TASK, agent="helena") == before
    alma.forget(kept[1].id, reason="misjudged")
    assert alma.retrieve(TASK, agent="helena").heuristics == ()
    assert [(one.kind, one.details["reason"]) for one in alma.log()[-1:]] == [("forgotten", "misjudged")]
    with pytest.raises(MemoryNotFound, match="restore"):
        alma.explain(kept[1].id)
    alma.restore(kept[1].id)
    after = alma.retrieve(TASK, agent="helena")
    assert (after.heuristics, after.advice) == (before.heuristics, before.advice)


def test_a_belief_forgotten_twice_is_restored_each_time(alma: ALMA) -> None:
    stated = alma.add_heuristic(agent="helena", condition="c", strategy="s")
    for _ in range(3):
        alma.forget(stated.id, reason="r")
        with pytest.raises(MemoryNotFound):
            alma.forget(stated.id, reason="r")
        alma.restore(stated.id)
        with pytest.raises(MemoryNotFound):
            alma.restore(stated.id)
    assert alma.retrieve(TASK, agent="helena").heuristics == (stated,)


def test_what_is_revised_keeps_its_old_words_in_its_history(alma: ALMA) -> None:
    stated = alma.add_anti_pattern(agent="helena", pattern="Using sleep() for waits", why_bad="Flaky")
    new = alma.revise(stated.id, pattern="Using cron( for waits", better_alternative="Poll")
    assert isinstance(new, AntiPattern)
    assert (new.id, new.pattern, new.why_bad, new.better_alternative) == (
        stated.id,
        "Using cron( for waits",
        "Flaky",
        "Poll",
    )
    assert alma.warn("sleep(5)", agent="helena") == []
    assert alma.warn("cron(5)", agent="helena")
    assert "Using sleep() for waits" in " ".join(alma.explain(stated.id).history)
    kept = learn(alma, "s")
    for act in (
        lambda: alma.revise(kept.id, task="x"),
        lambda: alma.revise(f"b-{kept.id}", strategy="x"),
        lambda: alma.revise(stated.id),
        lambda: alma.revise(stated.id, agent="victor"),
        lambda: alma.revise(stated.id, grade="earned"),
    ):
        with pytest.raises(InvalidInput):
            act()


def test_a_fact_that_ended_can_be_stated_again(alma: ALMA, clock: FrozenClock) -> None:
    one = alma.add_knowledge(agent="helena", fact="The API is at version 1")
    clock.move(days=1)
    two = alma.add_knowledge(agent="helena", fact="The API is at version 2", replaces=one.id)
    clock.move(days=1)
    back = alma.add_knowledge(agent="helena", fact="The API is at version 1", replaces=two.id)
    clock.move(days=1)
    again = alma.add_knowledge(agent="helena", fact="The API is at version 2")
    facts = alma.retrieve("API", agent="helena").knowledge
    assert {fact.id for fact in facts} == {back.id, again.id}
    assert back.id in again.contradicts


def test_saying_the_same_twice_says_it_once(alma: ALMA) -> None:
    for _ in range(2):
        alma.add_heuristic(agent="helena", condition="c", strategy="s")
        alma.add_knowledge(agent="helena", fact="f")
        alma.add_preference(user="ada", preference="p")
    assert alma.stats().memories == {"heuristic": 1, "knowledge": 1, "preference": 1}
    alma.add_heuristic(agent="victor", condition="c", strategy="s")
    assert alma.stats().memories["heuristic"] == 2


def test_facts_that_probably_contradict_are_flagged_and_both_stand(alma: ALMA) -> None:
    one = alma.add_knowledge(agent="helena", fact="The JWT of the API expires after 24 hours")
    two = alma.add_knowledge(agent="helena", fact="The JWT of the API expires after 12 hours")
    assert two.contradicts == (one.id,)
    assert len(alma.retrieve("JWT", agent="helena").knowledge) == 2
    assert alma.add_knowledge(agent="helena", fact="The shop sells shoes").contradicts == ()


# -- looking ----------------------------------------------------------------------------------------------------


def test_a_list_can_be_paged_to_its_end(alma: ALMA) -> None:
    for number in range(520):
        learn(alma, f"way {number}", task=f"{number:x} {number * 7919:x} task {number}")
    alma.add_heuristic(agent="helena", condition="c", strategy="s")
    for kind in (None, "outcome"):
        seen: list[str] = []
        while page := alma.memories(limit=300, kind=kind, after=seen[-1] if seen else None):
            seen += [one.id for one in page]
        assert len(seen) == len(set(seen))
        if kind == "outcome":
            assert len(seen) == 520
    everything = {one.id.removeprefix("b-") for one in alma.memories(kind="outcome", limit=1000)}
    assert len(everything) == 520


def test_a_list_holds_beliefs_instead_of_the_outcomes_counted_in_them(alma: ALMA) -> None:
    for _ in range(3):
        learn(alma, "Explicit waits")
    lone = learn(alma, "Once", task="Bake a chocolate cake")
    listed = alma.memories()
    assert [one.kind for one in listed] == ["outcome", "heuristic"]
    assert listed[0] == lone
    assert alma.memories(stated=True) == []
    assert len(alma.memories(stated=False)) == 2
    assert [one.id for one in alma.memories(query="cake")] == [lone.id]
    assert alma.memories(kind="heuristic")[0].id.startswith("b-")


def test_an_explanation_shows_the_outcomes_their_weights_and_what_would_change_it(alma: ALMA) -> None:
    for number in range(4):
        learn(
            alma,
            "Explicit waits",
            number != 1,
            source="word" if number == 2 else None,
            error="slow" if number == 1 else None,
        )
    recall = alma.retrieve(TASK, agent="helena")
    said = recall.explain(recall.advice[0].id)
    assert (len(said.evidence_for), len(said.evidence_against)) == (3, 1)
    assert {one.source for one in said.evidence_for} == {"verified", "word"}
    assert [one.why for one in said.evidence_against] == ["slow"]
    weights = {one.source: one.weight for one in said.evidence_for}
    assert weights["word"] == pytest.approx(weights["verified"] / 2, rel=0.01)
    numbers = dict(said.numbers)
    assert (numbers["successes"], numbers["failures"]) == (3, 1)
    assert said.how
    assert said.seen_by[0].startswith("helena")
    assert said.would_change
    assert alma.explain(recall.advice[0].id, task=TASK, agent="helena") == said


def test_the_log_says_everything_in_order(alma: ALMA) -> None:
    kept = learn(alma, "s")
    stated = alma.add_heuristic(agent="helena", condition="c", strategy="s")
    alma.revise(stated.id, strategy="t")
    alma.feedback(kept.id, signal="used")
    alma.forget(stated.id, reason="r")
    alma.restore(stated.id)
    alma.checkpoint("w", state=1)
    alma.finish("w", outcome=True)
    kinds = ["learned", "stated", "revised", "feedback", "forgotten", "restored", "checkpointed", "finished"]
    assert [one.kind for one in alma.log()] == kinds
    assert [one.kind for one in alma.log(limit=2)] == kinds[-2:]
    first = alma.log(after=0, limit=3)
    assert [one.kind for one in (*first, *alma.log(after=first[-1].seq))] == kinds


def test_a_whole_loop_opens_no_socket(tmp_path: Path) -> None:
    program = """
        import sys
        def forbid(event, arguments):
            if event.startswith("socket.") or event in ("urllib.Request", "http.client.connect"):
                raise SystemExit(f"{event} {arguments}")
        sys.addaudithook(forbid)
        from alma import ALMA
        with ALMA.open() as alma:
            alma.add_anti_pattern(agent="helena", pattern="Using sleep() for async waits", why_bad="Flaky")
            for result in (True, False):
                recall = alma.retrieve("Test the login form", agent="helena")
                alma.learn(agent="helena", task="Test the login form", outcome=result, strategy_used="Waits", recall=recall)
            assert alma.warn("sleep(5)", agent="helena")
            alma.checkpoint("w", state=1, task="Test the login form", agent="helena")
            assert alma.resume("w").recall
            alma.export("export.jsonl")
            print(alma.stats().embedder, alma.retrieve("Check that one can sign in", agent="helena").to_prompt())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("minilm")
    assert "Using sleep() for async waits" in done.stdout
    assert sorted(one.name for one in tmp_path.iterdir()) == [".alma", "export.jsonl"]


def test_what_a_narrowed_recall_shows_is_what_it_explains(alma: ALMA, clock: FrozenClock) -> None:
    def learn(outcome: bool, domain: str) -> None:
        alma.learn(agent="helena", task=TASK, outcome=outcome, strategy_used="Blue green", domain=domain)

    for outcome, domain in ((True, "ops"), (False, "ops"), (True, "web"), (True, "web"), (True, "web")):
        learn(outcome, domain)
    then = clock.move(hours=1)
    clock.move(hours=1)
    learn(False, "web")
    for narrowed in ({"domains": ["web"], "as_of": then}, {"as_of": then}, {"domains": ["ops"]}):
        recall = alma.retrieve(TASK, agent="helena", **narrowed)
        [shown] = recall.advice
        numbers = dict(recall.explain(shown.id).numbers)
        assert (shown.successes, shown.failures) == (numbers["successes"], numbers["failures"])
        assert shown.mean == numbers["mean"]


def test_what_a_resumed_workflow_taught_is_explained_as_it_is_shown(alma: ALMA) -> None:
    alma.checkpoint("cake", state={}, task=TASK, agent="helena")
    cake = "Bake a chocolate cake with cherries"
    for _ in range(2):
        alma.learn(agent="helena", task=cake, outcome=True, strategy_used="Whisk first", workflow_id="cake")
    recall = alma.resume("cake").recall
    [shown] = recall.advice
    assert dict(recall.explain(shown.id).numbers)["successes"] == shown.successes == 2
