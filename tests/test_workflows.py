"""Work resumes where it stopped, with what was learned before; an attempt is the whole loop in one block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alma import ALMA, Attempt, Conflict, InvalidInput, WorkflowNotFound
from alma.testing import FrozenClock

TASK = "Deploy the shop"


def test_a_state_comes_back_as_it_was_saved(alma: ALMA) -> None:
    current_state = {
        "step": 3,
        "done": ["build", "test"],
        "deep": {"none": None, "ü": [1.5, -0.0, 2**53, True]},
    }
    saved = alma.checkpoint(workflow_id="deploy-v2", state=current_state)
    resumed = alma.resume(workflow_id="deploy-v2")
    assert resumed == saved
    assert (resumed.workflow_id, resumed.version, resumed.step, resumed.state) == (
        "deploy-v2",
        1,
        None,
        current_state,
    )
    assert resumed.recall is not None
    assert not resumed.recall
    assert resumed.recall.why_empty


@pytest.mark.parametrize(
    "state",
    [None, True, 0, -1, 1e308, "", "text", [], {}, [[]], {"": ""}, {"a": {"b": {"c": [1, {"d": None}]}}}],
)
def test_any_json_is_a_state(alma: ALMA, state: Any) -> None:
    alma.checkpoint("w", state=state)
    found = alma.resume("w").state
    assert found == state
    assert type(found) is type(state)


def test_versions_count_up_and_every_one_can_be_resumed(alma: ALMA, clock: FrozenClock) -> None:
    for number in range(1, 4):
        clock.move(hours=1)
        assert alma.checkpoint("w", state=number, step=f"step {number}").version == number
    assert alma.resume("w").state == 3
    first = alma.resume("w", version=1)
    assert (first.state, first.step) == (1, "step 1")
    assert first.created_at < alma.resume("w").created_at
    for version in (4, 99):
        with pytest.raises(WorkflowNotFound):
            alma.resume("w", version=version)
    with pytest.raises(WorkflowNotFound) as refusal:
        alma.resume("unknown")
    assert refusal.value.sought == "unknown"


def test_an_expected_version_guards_against_a_second_writer(alma: ALMA) -> None:
    assert alma.checkpoint("w", state=1, expected_version=0).version == 1
    with pytest.raises(Conflict) as refusal:
        alma.checkpoint("w", state=2, expected_version=0)
    assert refusal.value.current == 1
    assert alma.resume("w").state == 1
    assert alma.checkpoint("w", state=2, expected_version=1).version == 2


def test_task_and_agent_are_kept_from_the_version_before(alma: ALMA) -> None:
    alma.checkpoint("w", state=1, task=TASK, agent="victor")
    assert alma.checkpoint("w", state=2).task == TASK
    resumed = alma.resume("w")
    assert (resumed.task, resumed.agent) == (TASK, "victor")


def test_resuming_brings_what_is_known_now_and_what_this_workflow_taught_first(alma: ALMA) -> None:
    alma.checkpoint("deploy", state=1, task=TASK, agent="victor")
    for number in range(8):
        alma.learn(agent="victor", task=TASK, outcome=True, strategy_used=f"Another way {number}")
    own = alma.learn(
        agent="victor",
        task="Run the migration",
        outcome=False,
        strategy_used="By hand",
        error="locked",
        workflow_id="deploy",
    ).outcome
    stated = alma.add_heuristic(agent="victor", condition="always", strategy="Tell the team")
    recall = alma.resume("deploy").recall
    assert recall is not None
    assert recall.outcomes[0] == own
    assert recall.heuristics == (stated,)
    assert any(one.pattern == "By hand" for one in recall.anti_patterns)
    assert "By hand" in recall.to_prompt()
    assert own not in alma.retrieve(TASK, agent="victor").outcomes


def test_a_workflow_does_not_bring_what_its_agent_may_not_read(opened: Callable[..., ALMA]) -> None:
    before, after = opened(), opened("agents: {victor: {cannot_learn: [backend]}}")
    before.learn(
        agent="victor", task=TASK, outcome=True, strategy_used="s", workflow_id="w", domain="backend"
    )
    before.checkpoint("w", state=1, task=TASK, agent="victor")
    recall = after.resume("w").recall
    assert recall is not None
    assert recall.outcomes == ()


def test_finishing_closes_the_workflow_and_learns_where_a_strategy_is_named(alma: ALMA) -> None:
    alma.checkpoint("w", state=1, task=TASK, agent="victor")
    learned = alma.finish("w", outcome="success", strategy_used="Blue and green")
    assert learned.accepted
    assert learned.outcome is not None
    assert (learned.outcome.task, learned.outcome.workflow_id, learned.outcome.result) == (TASK, "w", 1.0)
    (found,) = alma.workflows(status="succeeded")
    assert (found.workflow_id, found.agent, found.version) == ("w", "victor", 1)
    alma.checkpoint("v", state=1)
    assert not alma.finish("v", outcome=0.2).accepted
    assert [one.workflow_id for one in alma.workflows(status="failed")] == ["v"]
    assert alma.workflows(status="open") == []
    with pytest.raises(WorkflowNotFound):
        alma.finish("unknown", outcome=True)
    with pytest.raises(InvalidInput):
        alma.finish("w", outcome="banana")
    assert len(alma.workflows(status="succeeded")) == 1


def test_workflows_are_listed_latest_first(alma: ALMA) -> None:
    for name in ("one", "two", "one"):
        alma.checkpoint(name, state=1, agent="victor" if name == "one" else "helena", step=name)
    assert [(one.workflow_id, one.version) for one in alma.workflows()] == [("one", 2), ("two", 1)]
    assert [one.workflow_id for one in alma.workflows(agent="helena")] == ["two"]


# -- attempts ---------------------------------------------------------------------------------------------------


def test_leaving_an_attempt_normally_is_a_success(alma: ALMA) -> None:
    alma.add_heuristic(agent="helena", condition="c", strategy="Explicit waits")
    with alma.attempt(TASK, agent="helena", domain="deploys", workflow_id="w", origin="o") as attempt:
        assert "Explicit waits" in attempt.prompt
        attempt.strategy = "Explicit waits"
    assert attempt.learned is not None
    kept = attempt.learned.outcome
    assert kept is not None
    assert (kept.result, kept.why, kept.domain, kept.workflow_id, kept.origin) == (
        1.0,
        None,
        "deploys",
        "w",
        "o",
    )
    assert kept.recall_id == attempt.recall.id
    assert kept.shown == attempt.recall.shown


def _leave(attempt: Attempt, error: BaseException) -> None:
    """Enter the block, name a strategy, and leave by this exception."""
    with attempt:
        attempt.strategy = "A fixed sleep"
        raise error


def test_an_exception_is_a_failure_with_its_text_and_goes_on(alma: ALMA) -> None:
    attempt = alma.attempt(TASK, agent="helena")
    with pytest.raises(TimeoutError):
        _leave(attempt, TimeoutError("the button never came"))
    assert attempt.learned is not None
    assert attempt.learned.outcome is not None
    assert attempt.learned.outcome.result == 0.0
    assert attempt.learned.outcome.why == "TimeoutError: the button never came"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_nothing_is_learned_when_it_was_interrupted(alma: ALMA, error: type[BaseException]) -> None:
    attempt = alma.attempt(TASK, agent="helena")
    with pytest.raises(error):
        _leave(attempt, error())
    assert attempt.learned is None
    assert alma.stats().events == 0


def test_nothing_is_learned_without_a_strategy_or_when_abandoned(alma: ALMA) -> None:
    with alma.attempt(TASK, agent="helena"):
        pass
    with alma.attempt(TASK, agent="helena") as attempt:
        attempt.strategy = "s"
        attempt.succeed()
        attempt.abandon()
    with pytest.raises(ValueError, match="no"), alma.attempt(TASK, agent="helena"):
        raise ValueError("no")
    assert alma.stats().events == 0


def test_what_was_said_outweighs_how_the_block_was_left(alma: ALMA) -> None:
    with alma.attempt(TASK, agent="helena") as failed:
        failed.strategy = "s"
        failed.fail("wrong total")
    succeeded = alma.attempt(TASK, agent="helena")
    succeeded.succeed()
    with pytest.raises(ValueError, match="later"):
        _leave(succeeded, ValueError("later"))
    with alma.attempt(TASK, agent="helena") as twice:
        twice.strategy = "s"
        twice.fail("first")
        twice.succeed()
    results = [(one.learned.outcome.result, one.learned.outcome.why) for one in (failed, succeeded, twice)]  # type: ignore[union-attr]
    assert results == [(0.0, "wrong total"), (1.0, None), (1.0, None)]


def test_an_attempt_that_follows_an_advice_by_its_id_counts_for_that_strategy(alma: ALMA) -> None:
    alma.learn(agent="helena", task=TASK, outcome=True, strategy_used="Blue and green")
    with alma.attempt(TASK, agent="helena") as attempt:
        attempt.strategy = attempt.recall.advice[0].id
    assert attempt.learned is not None
    assert attempt.learned.outcome is not None
    assert attempt.learned.outcome.strategy == "Blue and green"
    assert attempt.learned.outcome.followed == attempt.recall.advice[0].id
