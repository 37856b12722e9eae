"""What an attempt was shown, what was withheld from it, and what `report` makes of that: through the public verbs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, InvalidInput, Outcome, Recall, ScopeError
from alma.domain.door import Door
from alma.domain.values import replace
from alma.rules import exposure
from alma.store.records import checked

TASK = "Test the login form"
GOOD, BAD = "Explicit waits", "A fixed sleep"
ALL_BUT_NONE = "holdout: 0.999999\n"

pytestmark = pytest.mark.usefixtures("drawn")


def learn(alma: ALMA, strategy: str = GOOD, outcome: bool = True, **more: Any) -> Outcome:
    given = {"agent": "helena", "task": TASK, "outcome": outcome, "strategy_used": strategy, **more}
    kept = alma.learn(**given).outcome
    assert kept is not None
    return kept


def experienced(alma: ALMA) -> ALMA:
    """Four successes of one strategy, four failures of the other, and something of every stated kind."""
    for _ in range(4):
        learn(alma, GOOD)
        learn(alma, BAD, False, error="timed out")
    alma.add_heuristic(agent="helena", condition="Slow forms", strategy="Wait for the spinner")
    alma.add_anti_pattern(
        agent="helena", pattern="Using sleep() for waits", why_bad="Flaky", better_alternative=GOOD
    )
    alma.add_knowledge(agent="helena", fact="The login form has a captcha")
    alma.add_preference(user="ada", preference="Short answers")
    return alma


Opened = Callable[..., ALMA]


# -- what is withheld -------------------------------------------------------------------------------------------


def test_a_withheld_attempt_goes_without_everything_earned_and_keeps_what_was_stated(opened: Opened) -> None:
    whole = experienced(opened()).retrieve(TASK, agent="helena", user="ada")
    recall = opened(ALL_BUT_NONE).retrieve(TASK, agent="helena", user="ada")
    assert (recall.advice, recall.outcomes, recall.candidates) == ((), (), ())
    assert [one.grade for one in recall.heuristics] == ["stated"]
    assert [one.grade for one in recall.anti_patterns] == ["stated"]
    assert (recall.knowledge, recall.preferences) == (whole.knowledge, whole.preferences)
    assert recall.anti_patterns[0].alternative_successes == 0
    assert recall.withheld == tuple(one for one in whole.shown if one.startswith(("b-", "o-")))
    assert set(recall.withheld).isdisjoint(recall.shown)
    prompt = recall.to_prompt()
    assert not [one for one in recall.withheld if one in prompt]
    assert "worked" not in prompt


def test_a_recall_from_which_everything_was_withheld_says_so(opened: Opened) -> None:
    learn(opened())
    recall = opened(ALL_BUT_NONE).retrieve(TASK, agent="helena")
    assert not recall
    assert "withheld" in (recall.why_empty or "")
    assert "holdout" in (recall.why_empty or "")
    assert recall.to_prompt() == ""


def test_where_nothing_was_known_nothing_was_withheld(opened: Opened) -> None:
    recall = opened(ALL_BUT_NONE).retrieve(TASK, agent="helena")
    assert recall.withheld == ()
    assert "withheld" not in (recall.why_empty or "")


def test_strategies_that_are_ranked_for_a_withheld_attempt_are_all_untried_in_the_order_given(
    opened: Opened,
) -> None:
    experienced(opened())
    recall = opened(ALL_BUT_NONE).retrieve(TASK, agent="helena", strategies=[BAD, "Something else", GOOD])
    assert [one.strategy for one in recall.advice] == [BAD, "Something else", GOOD]
    assert {one.status for one in recall.advice} == {"untried"}
    assert recall.withheld


def test_warnings_at_the_action_are_not_withheld(opened: Opened) -> None:
    learn(opened(), "npm publish --force", False, error="402 Payment Required")
    (caution,) = opened(ALL_BUT_NONE).warn("npm publish --force", agent="helena")
    assert "402" in caution.text


def test_about_the_asked_share_of_attempts_is_withheld_and_each_is_drawn_by_its_own_id(
    opened: Opened,
) -> None:
    learn(opened())
    alma = opened("holdout: 0.3\n")
    recalls = [alma.retrieve(TASK, agent="helena") for _ in range(400)]
    assert len({one.id for one in recalls}) == 400
    assert 0.2 < sum(bool(one.withheld) for one in recalls) / 400 < 0.4
    for one in recalls:
        assert bool(one.withheld) == exposure.withheld(one.id, 0.3)
    assert len({one.to_prompt() for one in recalls if not one.withheld}) == 1


def test_without_holdout_nothing_is_drawn_and_the_same_question_has_the_same_id(alma: ALMA) -> None:
    learn(alma)
    first, second = (alma.retrieve(TASK, agent="helena") for _ in range(2))
    assert first == second
    assert first.withheld == ()
    assert learn(alma, recall=first).holdout == 0


def test_a_workflow_is_one_attempt_and_keeps_what_it_learned_itself(opened: Opened) -> None:
    alma = experienced(opened(ALL_BUT_NONE))
    learn(alma, "Its own way", workflow_id="w")
    alma.checkpoint("w", state=1, task=TASK, agent="helena")
    first, second = (alma.resume("w").recall for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.id, first.withheld) == (second.id, second.withheld)
    assert [one.strategy for one in first.advice] == ["Its own way"]
    assert first.withheld


def test_what_cannot_be_told_from_what_was_learned_afterwards_is_not_withheld(opened: Opened) -> None:
    learn(opened())
    terminal = opened(ALL_BUT_NONE, door=Door(follows=False))
    assert terminal.retrieve(TASK, agent="helena").withheld == ()


# -- what is written --------------------------------------------------------------------------------------------


def test_what_was_shown_and_used_is_written_with_the_outcome(alma: ALMA) -> None:
    recall = experienced(alma).retrieve(TASK, agent="helena", user="ada")
    prompt = recall.to_prompt()
    kept = learn(alma, "We used explicit waits", recall=recall)
    good = next(one.id for one in recall.advice if one.strategy == GOOD)
    bad = next(one.id for one in recall.anti_patterns if one.pattern == BAD)
    stated = next(one.id for one in recall.anti_patterns if one.grade == "stated")
    assert (kept.recall_id, kept.shown, kept.withheld) == (recall.id, recall.shown, ())
    assert set(kept.used) == {good, stated}
    assert set(kept.warned) == {bad, stated}
    assert (kept.repeated, kept.left_out, kept.followed) == ((), (), None)
    assert kept.tokens == -(-len(prompt) * 2 // 7)
    assert kept.eligible == recall.shown


def test_who_does_again_what_was_shown_as_failing_repeats_a_failure(alma: ALMA) -> None:
    recall = experienced(alma).retrieve(TASK, agent="helena")
    kept = learn(alma, "A fixed sleep once more", False, recall=recall)
    assert [one.pattern for one in recall.anti_patterns if one.id in kept.repeated] == [BAD]
    assert kept.used == ()
    by_trigger = learn(alma, "Call sleep(5) before the click", False, recall=recall)
    assert [one.grade for one in recall.anti_patterns if one.id in by_trigger.repeated] == ["stated"]


def test_a_memory_whose_id_is_named_was_used(alma: ALMA) -> None:
    recall = experienced(alma).retrieve(TASK, agent="helena")
    named = next(one for one in recall.heuristics if one.grade == "stated")
    kept = learn(alma, named.id, recall=recall)
    assert (kept.followed, kept.used, kept.strategy) == (named.id, (named.id,), "Wait for the spinner")


def test_a_memory_that_was_said_to_be_used_since_the_recall_was_used(alma: ALMA) -> None:
    experienced(alma)
    (fact,) = alma.memories(kind="knowledge")
    alma.feedback(fact.id, signal="used", agent="helena")
    assert learn(alma, "Solve it", recall=alma.retrieve(TASK, agent="helena")).used == ()
    recall = alma.retrieve(TASK, agent="helena")
    alma.feedback(fact.id, signal="used", agent="helena")
    assert learn(alma, "Solve it by hand", recall=recall).used == (fact.id,)


def test_what_did_not_fit_into_the_prompt_is_on_record(alma: ALMA) -> None:
    recall = experienced(alma).retrieve(TASK, agent="helena")
    prompt = recall.to_prompt(max_tokens=110)
    kept = learn(alma, recall=recall)
    assert kept.left_out
    assert not [one for one in kept.left_out if f"[{one}]" in prompt]
    assert kept.tokens <= 110


def test_of_a_withheld_attempt_what_it_would_have_been_shown_is_on_record(opened: Opened) -> None:
    alma = experienced(opened(ALL_BUT_NONE))
    recall = alma.retrieve(TASK, agent="helena")
    kept = learn(alma, GOOD, recall=recall)
    assert kept.withheld == recall.withheld
    assert set(kept.used) & set(kept.withheld)
    assert set(kept.warned) & set(kept.withheld)
    assert kept.holdout == 0.999999


def test_an_attempt_writes_what_its_prompt_said(opened: Opened) -> None:
    alma = experienced(opened(ALL_BUT_NONE))
    with alma.attempt(TASK, agent="helena") as attempt:
        prompt = attempt.prompt
        attempt.strategy = GOOD
    assert attempt.learned is not None
    assert attempt.learned.outcome is not None
    assert attempt.learned.outcome.withheld
    assert attempt.learned.outcome.tokens == -(-len(prompt) * 2 // 7) > 0


def test_an_outcome_without_a_recall_is_no_longer_than_before(
    alma: ALMA, database: Path, tmp_path: Path
) -> None:
    kept = learn(alma)
    path = tmp_path / "all.jsonl"
    alma.export(path)
    (row,) = [one for one in map(json.loads, path.read_text().splitlines()) if one.get("table") == "memory"]
    assert row["body"] == {"task": kept.task, "strategy": kept.strategy, "result": 1.0}


def test_what_was_shown_survives_an_export_and_no_forged_share_comes_in(
    opened: Opened, tmp_path: Path
) -> None:
    alma = experienced(opened("holdout: 0.5\n"))
    kept = [learn(alma, recall=alma.retrieve(TASK, agent="helena")) for _ in range(8)]
    path = tmp_path / "all.jsonl"
    alma.export(path)
    copy = opened("holdout: 0.5\n", path=tmp_path / "copy.db")
    copy.import_(path)
    assert [
        one for one in copy.memories(kind="outcome", limit=1000) if one.id in {o.id for o in kept}
    ] == kept[::-1]
    assert copy.report() == alma.report()


@pytest.mark.parametrize("forged", [{"holdout": 1}, {"holdout": "x"}, {"tokens": -1}, {"used": ["no id"]}])
def test_an_export_with_a_forged_exposure_is_refused(alma: ALMA, forged: dict[str, Any]) -> None:
    learn(alma)
    with alma._store.reading() as now:
        (row,) = [one for one in now.records() if one["table"] == "memory"]
    assert checked(row)
    with pytest.raises(InvalidInput):
        checked({**row, "body": {**row["body"], **forged}})  # type: ignore[dict-item]


# -- the report -------------------------------------------------------------------------------------------------


def lived(alma: ALMA, attempts: int = 40) -> ALMA:
    """Attempts of an agent that does what works where it is told, and what fails where it is not."""
    for _ in range(attempts):
        recall = alma.retrieve(TASK, agent="helena")
        recall.to_prompt()
        learn(alma, GOOD if recall.advice else BAD, bool(recall.advice), recall=recall)
    return alma


def test_the_report_tells_shown_attempts_from_withheld_ones(opened: Opened) -> None:
    report = lived(experienced(opened("holdout: 0.3\n"))).report()
    assert (report.attempts, report.recalled, report.holdout) == (48, 40, 0.3)
    assert report.shown.attempts + report.withheld.attempts == 40
    assert (report.shown.rate, report.withheld.rate) == (1.0, 0.0)
    assert (report.shown.repeated, report.withheld.repeated) == (0, report.withheld.attempts)
    assert report.shown.tokens > report.withheld.tokens * report.shown.attempts / report.withheld.attempts
    assert report.tokens == report.shown.tokens + report.withheld.tokens
    assert report.difference is not None
    assert 0.5 < report.difference.low < report.difference.value == 1.0
    assert report.verdict.startswith("memories help")


def test_the_report_names_what_was_used_by_its_strategy(opened: Opened) -> None:
    report = lived(experienced(opened("holdout: 0.3\n"))).report()
    (good,) = [one for one in report.memories if one.text == GOOD]
    assert good.used.attempts == report.shown.attempts
    assert good.withheld.attempts == report.withheld.attempts
    assert (good.verdict, good.retire) == ("not enough evidence", None)


def test_a_memory_that_does_harm_is_proposed_for_retirement_and_can_be_retired(alma: ALMA) -> None:
    stated = alma.add_heuristic(agent="helena", condition="Forms", strategy="Click twice")
    for number in range(60):
        recall = alma.retrieve(TASK, agent="helena")
        followed = number % 2 == 0
        learn(alma, stated.id if followed else f"Way {number}", not followed, recall=recall)
    (harmful,) = alma.report().harmful
    assert (harmful.id, harmful.used.rate, harmful.unused.rate) == (stated.id, 0.0, 1.0)
    assert (harmful.retire or "").startswith(f"alma forget {stated.id} ")
    alma.forget(stated.id, reason="harm")
    assert alma.report().harmful == ()


def test_without_withheld_attempts_the_report_says_how_to_get_some(alma: ALMA) -> None:
    assert "recall=" in alma.report().verdict
    lived(experienced(alma), 3)
    report = alma.report()
    assert (report.recalled, report.difference, report.withheld.attempts) == (3, None, 0)
    assert "set holdout: 0.1" in report.verdict


def test_the_report_of_an_agent_is_of_its_own_attempts(opened: Opened) -> None:
    sharing = "holdout: 0.3\nagents:\n  helena: {share_with: [victor]}\n  victor: {cannot_learn: [secret]}\n"
    alma = lived(experienced(opened(sharing)), 6)
    recall = alma.retrieve(TASK, agent="victor")
    learn(alma, recall=recall, agent="victor")
    assert (alma.report(agent="helena").recalled, alma.report(agent="victor").recalled) == (6, 1)
    assert alma.report().recalled == 7
    with pytest.raises(InvalidInput):
        alma.report(agent="")


def test_a_bound_door_reports_what_its_agents_own_and_names_only_what_they_may_read(opened: Opened) -> None:
    config = "agents:\n  helena: {}\n  victor: {inherit_from: [helena]}\n"
    alma = opened(config)
    learn(alma, "Helena's way")
    learn(alma, "Victor's way", agent="victor")
    for agent in ("helena", "victor"):
        learn(alma, "Another way", agent=agent, recall=alma.retrieve(TASK, agent=agent))
    bound = opened(config, door=Door(agents=("victor",)))
    assert (bound.report().attempts, bound.report().recalled) == (2, 1)
    assert {one.text for one in bound.report().memories} == {"Helena's way", "Victor's way", "Another way"}
    with pytest.raises(ScopeError):
        bound.report(agent="helena")
    parted = opened("agents:\n  helena: {}\n  victor: {}\n", door=Door(agents=("victor",)))
    assert {one.text for one in parted.report().memories} == {"Victor's way"}


SHOP, SWITCH = "Deploy the web shop", "Blue-green switch"
OTHERS = ("Rolling update", "Canary release", "Feature flag first")


def harmed(alma: ALMA, attempts: int = 172) -> ALMA:
    """Strategies that look alike at first, each followed in its turn; one of them mostly fails from then on."""
    strategies = (SWITCH, *OTHERS)
    for number in range(attempts):
        recall = alma.retrieve(SHOP, agent="helena")
        strategy = strategies[number % 4]
        worked = number < 12 or (number % 12 == 0 if strategy == SWITCH else number % 12 > 3)
        learn(alma, strategy, worked, task=SHOP, recall=recall)
    return alma


def test_what_was_forgotten_stays_in_the_comparison_and_speaks_of_no_memory_until_it_is_purged(
    opened: Opened,
) -> None:
    alma = lived(experienced(opened("holdout: 0.3\n")))
    before = alma.report()
    alma.forget(agent="helena", reason="a fresh start")
    after = alma.report()
    assert (after.attempts, after.shown, after.withheld) == (before.attempts, before.shown, before.withheld)
    assert before.memories
    assert after.memories == ()
    assert alma.report(agent="helena").attempts == before.attempts
    assert alma.report(agent="victor").attempts == 0
    alma.purge()
    assert alma.report().attempts == 0


def test_what_was_forgotten_of_others_is_not_in_the_report_of_an_agent_or_of_a_bound_door(
    opened: Opened,
) -> None:
    alma = lived(experienced(opened()), 4)
    alma.forget(agent="helena", reason="a fresh start")
    learn(alma, agent="victor")
    assert opened(door=Door(agents=("victor",))).report().attempts == 1
    assert opened(door=Door(agents=("helena",))).report().attempts == 12


def test_an_earned_memory_that_does_harm_is_warned_of_and_no_longer_recommended_once_it_is_retired(
    opened: Opened,
) -> None:
    alma = harmed(opened())
    before = alma.report()
    (harmful,) = before.harmful
    said = shlex.split(harmful.retire or "")
    assert said[:5] == ["alma", "add", "anti-pattern", "--pattern", SWITCH]
    assert SWITCH in [one.strategy for one in alma.retrieve(SHOP, agent="helena").advice]
    options = dict(zip(said[3::2], said[4::2], strict=True))
    stated = alma.add_anti_pattern(
        agent=options["--agent"], pattern=options["--pattern"], why_bad=options["--why"]
    )
    recall = alma.retrieve(SHOP, agent="helena")
    assert recall.anti_patterns[0] == replace(
        stated,
        failures=recall.anti_patterns[0].failures,
        successes=recall.anti_patterns[0].successes,
    )
    assert recall.anti_patterns[0].failures > recall.anti_patterns[0].successes
    assert SWITCH not in [one.strategy for one in recall.advice]
    assert SWITCH not in [one.strategy for one in recall.heuristics]
    assert SWITCH not in [one.better_alternative for one in recall.anti_patterns]
    do, _, avoid = recall.to_prompt().partition("## Avoid")
    assert SWITCH not in do
    assert f'"{SWITCH}" failed' in avoid
    after = alma.report()
    assert (after.shown, after.withheld, after.harmful) == (before.shown, before.withheld, ())
    (row,) = [one for one in after.memories if one.text == SWITCH]
    assert (row.verdict, row.retire, row.used) == ("harms", None, harmful.used)


def test_a_strategy_that_a_person_says_to_avoid_is_last_among_those_that_are_ranked_and_not_to_be_done(
    alma: ALMA,
) -> None:
    for _ in range(6):
        learn(alma, GOOD)
    alma.add_anti_pattern(agent="helena", pattern=GOOD, why_bad="It hides the slow query")
    recall = alma.retrieve(TASK, agent="helena", strategies=[GOOD, "Something else"])
    assert [one.strategy for one in recall.advice] == ["Something else", GOOD]
    assert "## Do this" not in recall.to_prompt()
    kept = learn(alma, GOOD, recall=recall)
    assert kept.used == ()
    assert recall.anti_patterns[0].id in kept.repeated


def test_what_a_model_says_to_avoid_takes_no_recommendation_away(alma: ALMA) -> None:
    for _ in range(6):
        learn(alma, GOOD)
    alma.add_anti_pattern(agent="helena", pattern=GOOD, why_bad="Because I say so", source="word")
    recall = alma.retrieve(TASK, agent="helena")
    assert recall.advice[0].strategy == GOOD
    assert GOOD in recall.to_prompt().partition("## Avoid")[0]
    assert learn(alma, GOOD, recall=recall).used


def test_the_warning_of_a_strategy_that_was_tried_here_comes_before_others_that_are_stated(
    alma: ALMA,
) -> None:
    harmed(alma, 12)
    said = alma.add_anti_pattern(agent="helena", pattern=SWITCH, why_bad="It fails")
    for number in range(8):
        alma.add_anti_pattern(agent="helena", pattern=f"{SHOP}: way {number}", why_bad=SHOP)
    recall = alma.retrieve(SHOP, agent="helena")
    assert (len(recall.anti_patterns), recall.anti_patterns[0].id) == (5, said.id)


def test_an_attempt_of_which_three_outcomes_were_learned_is_one_attempt_with_one_prompt(
    opened: Opened,
) -> None:
    alma = opened("holdout: 0.000001\n")
    learn(alma, GOOD)
    recall = alma.retrieve(TASK, agent="helena")
    recall.to_prompt()
    kept = [learn(alma, GOOD, outcome, recall=recall) for outcome in (True, False, True)]
    report = alma.report()
    assert (report.attempts, report.shown.attempts, report.memories[0].used.attempts) == (4, 1, 1)
    assert report.memories[0].used.successes == pytest.approx(2 / 3, abs=0.01)
    assert report.tokens == report.shown.tokens == kept[0].tokens


def test_a_workflow_that_goes_without_is_one_withheld_attempt_whatever_it_taught_itself(
    opened: Opened,
) -> None:
    alma = opened(ALL_BUT_NONE)
    learn(alma, GOOD)
    alma.checkpoint("w", state=1, task=TASK, agent="helena")
    for _ in range(3):
        recall = alma.resume("w").recall
        kept = learn(alma, GOOD, recall=recall, workflow_id="w")
    assert [one for one in kept.shown if one.startswith("b-")]
    assert [one for one in kept.withheld if one.startswith("b-")]
    assert set(kept.used) == {one for one in kept.eligible if one.startswith("b-")}
    learn(alma, GOOD, recall=alma.retrieve(TASK, agent="helena"))
    report = alma.report()
    assert (report.shown.attempts, report.withheld.attempts) == (0, 2)
    (row,) = report.memories
    assert (row.used.attempts, row.unused.attempts, row.withheld.attempts) == (0, 0, 2)


def test_a_recall_that_was_not_made_by_retrieve_can_be_learned_with(alma: ALMA) -> None:
    kept = learn(alma, recall=Recall(id="r-0123456789abcdef", task=TASK, agent="helena"))
    assert (kept.recall_id, kept.shown, kept.holdout) == ("r-0123456789abcdef", (), 0)


def test_where_something_was_seen_words_alone_retire_nothing(opened: Opened) -> None:
    alma = opened()
    stated = alma.add_heuristic(agent="helena", condition="Forms", strategy="Click twice")
    for number in range(40):
        recall = alma.retrieve(TASK, agent="helena")
        follows = number % 2 == 0
        learn(alma, stated.id if follows else GOOD, not follows, recall=recall, source="word")
    assert [one.id for one in alma.report().harmful] == [stated.id]
    learn(alma, GOOD, recall=alma.retrieve(TASK, agent="helena"))
    report = alma.report()
    assert (report.harmful, report.attempts) == ((), 41)
    assert report.memories[0].verdict == "harms"
