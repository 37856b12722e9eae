"""What a session of Claude Code was shown, went without and followed: written with its outcomes, and in the report."""

from __future__ import annotations

import pytest

from alma import ALMA, Outcome
from alma.rules import exposure

from .conftest import Project

LOGIN = "Test the login form"
WAIT, SLEEP = "Wait for the submit button", "Sleep five seconds"
ALL_BUT_NONE = "holdout: 0.999999\n"
PASSED, FAILED = "3 passed in 0.1s", "1 failed, 2 passed in 0.1s"


def known(alma: ALMA) -> tuple[str, str, str]:
    """What worked, what failed, and what somebody stated about the login form: their ids."""
    ids = []
    for strategy, worked in ((WAIT, True), (WAIT, True), (WAIT, True), (SLEEP, False), (SLEEP, False)):
        learned = alma.learn(agent="claude", task=LOGIN, outcome=worked, strategy_used=strategy)
        assert learned.outcome is not None
        ids.append(f"b-{learned.outcome.id}")
    stated = alma.add_heuristic(agent="claude", condition="Testing the login form", strategy="Use user 7").id
    return ids[0], ids[3], stated


def worked(project: Project, *, session: str, said: str, printed: str = PASSED, **more: object) -> None:
    """A run of the tests, and the agent's last words."""
    call = {"tool_name": "Bash", "tool_input": {"command": "pytest -q"}, "tool_use_id": f"{session}-{said}"}
    if printed == FAILED:
        error = f"Exit code 1\n{printed}"
        project.hook("PostToolUseFailure", session=session, **call, error=error, **more)
    else:
        response = {"stdout": printed, "stderr": "", "interrupted": False}
        project.hook("PostToolUse", session=session, **call, tool_response=response, **more)
    event = "SubagentStop" if "agent_id" in more else "Stop"
    project.hook(event, session=session, last_assistant_message=said, **more)


def played(project: Project, *, session: str, said: str, prompt: str = LOGIN, printed: str = PASSED) -> str:
    """A session of one prompt; gives all that it was told."""
    told = project.hook("SessionStart", session=session, source="startup").context
    told += project.hook("UserPromptSubmit", session=session, prompt=prompt).context
    worked(project, session=session, said=said, printed=printed)
    project.hook("SessionEnd", session=session, reason="other")
    return told


def outcome(alma: ALMA, session: str) -> Outcome:
    found = [one for one in alma.memories(kind="outcome", limit=1000) if one.origin == f"session:{session}"]
    assert len(found) == 1
    assert isinstance(found[0], Outcome)
    return found[0]


@pytest.fixture
def both(project: Project) -> tuple[str, str]:
    """Names of two sessions: with a share of one half, the first is shown everything, and the second goes without."""
    names = [f"s-{number}" for number in range(20)]
    drawn = {exposure.withheld(exposure.unit_of(name), 0.5): name for name in names}
    return drawn[False], drawn[True]


def test_what_a_session_was_shown_and_followed_is_written_with_its_outcome(
    project: Project, alma: ALMA
) -> None:
    good, bad, stated = known(alma)
    told = played(project, session="one", said=f"I followed [{good}] with the button of the form.")
    kept = outcome(alma, "one")
    assert {good, bad, stated} == {id_ for id_ in (good, bad, stated) if f"[{id_}]" in told}
    assert set(kept.shown) == {good, bad, stated}
    assert (kept.followed, kept.used, kept.strategy) == (good, (good,), WAIT)
    assert (kept.withheld, kept.repeated, kept.holdout) == ((), (), 0.0)
    assert kept.warned == (bad,)
    assert kept.tokens > 0


def test_the_same_strategy_in_the_last_message_is_one_that_was_used_and_a_known_failure_one_that_was_repeated(
    project: Project, alma: ALMA
) -> None:
    good, bad, _ = known(alma)
    played(project, session="one", said=f"{WAIT}.\n\nAll tests pass.")
    played(project, session="two", said=f"{SLEEP}.", printed=FAILED)
    assert outcome(alma, "one").used == (good,)
    assert outcome(alma, "two").used == ()
    assert outcome(alma, "two").repeated == (bad,)


def test_to_name_a_warning_is_not_to_do_what_it_warns_of(project: Project, alma: ALMA) -> None:
    _, bad, _ = known(alma)
    played(project, session="one", said=f"I looked for the button myself and avoided [{bad}].")
    kept = outcome(alma, "one")
    assert kept.strategy.startswith("I looked for the button")
    assert kept.followed is None


def test_every_memory_that_the_last_message_names_was_used(project: Project, alma: ALMA) -> None:
    good, _, stated = known(alma)
    played(project, session="one", said=f"I followed [{good}] and [{stated}] while testing the form.")
    assert set(outcome(alma, "one").used) == {good, stated}


def test_the_report_knows_two_sessions_the_one_that_was_shown_what_was_earned_and_the_one_that_was_not(
    project: Project, alma: ALMA, both: tuple[str, str]
) -> None:
    good, bad, stated = known(alma)
    project.configured("holdout: 0.5\n")
    shown, without = both
    told = played(project, session=shown, said=f"I followed [{good}].")
    assert good in told
    assert bad in told
    told = played(project, session=without, said="I clicked and hoped for the best.", printed=FAILED)
    assert f"[{stated}]" in told
    assert "b-o-" not in told
    assert WAIT not in told
    assert SLEEP not in told
    report = alma.report()
    assert report.recalled == 2
    assert (report.shown.attempts, report.shown.successes) == (1, 1)
    assert (report.withheld.attempts, report.withheld.successes) == (1, 0)
    benefit = next(one for one in report.memories if one.id == good)
    assert (benefit.used.attempts, benefit.withheld.attempts) == (1, 1)
    kept = outcome(alma, without)
    assert set(kept.withheld) == {good, bad}
    assert kept.shown == (stated,)


def test_lots_are_drawn_for_a_session_and_what_it_began_with_holds_to_its_end(
    project: Project, alma: ALMA
) -> None:
    good, bad, stated = known(alma)
    project.configured(ALL_BUT_NONE)
    block = project.hook("SessionStart", source="startup").context
    assert "b-o-" not in block
    project.configured("")
    assert project.hook("UserPromptSubmit", prompt=LOGIN).out == ""
    worked(project, session="s-1", said="I clicked the button until it worked.")
    project.hook("UserPromptSubmit", prompt="Now test the login form with the keyboard")
    worked(project, session="s-1", said="I pressed the keys of the form one by one.", printed=FAILED)
    first, second = (one for one in alma.memories(kind="outcome") if one.origin == "session:s-1")
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert first.recall_id == second.recall_id
    assert set(first.withheld) == set(second.withheld) == {good, bad}
    assert first.shown == second.shown == (stated,)
    report = alma.report()
    assert (report.withheld.attempts, report.withheld.successes) == (1, 0.5)


def test_lines_beside_a_prompt_are_withheld_as_the_block_is(project: Project, alma: ALMA) -> None:
    project.configured(ALL_BUT_NONE)
    project.hook("SessionStart", source="startup")
    good, bad, stated = known(alma)
    [line] = project.hook("UserPromptSubmit", prompt=LOGIN).lines
    assert f"[{stated}]" in line
    assert "worked" not in line
    worked(project, session="s-1", said="I clicked the button until it worked.")
    kept = outcome(alma, "s-1")
    assert kept.shown == (stated,)
    assert set(kept.withheld) == {good, bad}


def test_a_shortened_session_goes_without_the_same(project: Project, alma: ALMA) -> None:
    known(alma)
    project.configured(ALL_BUT_NONE)
    first = project.hook("SessionStart", source="startup").out
    project.hook("UserPromptSubmit", prompt=LOGIN)
    assert project.hook("SessionStart", source="compact").out == first


def test_a_warning_at_the_action_is_never_withheld(project: Project, alma: ALMA) -> None:
    alma.learn(
        agent="claude", task=LOGIN, outcome=False, strategy_used="npm publish --force", error="402 Payment"
    )
    project.configured(ALL_BUT_NONE)
    assert project.hook("SessionStart", source="startup").out == ""
    assert "402" in project.warned("npm publish --force").context


def test_a_subagent_with_a_memory_of_its_own_has_the_lot_of_its_session(project: Project, alma: ALMA) -> None:
    project.configured("agents:\n  helena: {}\n" + ALL_BUT_NONE)
    for _ in range(3):
        alma.learn(agent="helena", task=LOGIN, outcome=True, strategy_used=WAIT)
    helena = {"agent_id": "a1", "agent_type": "helena"}
    handed = {"subagent_type": "helena", "prompt": LOGIN}
    project.hook("SessionStart", source="startup")
    project.hook("PreToolUse", tool_name="Task", tool_input=handed)
    assert project.hook("SubagentStart", **helena).out == ""
    worked(project, session="s-1", said="I clicked the button until it worked.", **helena)
    kept = outcome(alma, "s-1")
    assert kept.agent == "helena"
    assert len(kept.withheld) == 1
    assert kept.recall_id == exposure.unit_of("s-1")


def test_a_subagent_that_was_told_nothing_has_no_part_in_the_comparison(project: Project, alma: ALMA) -> None:
    known(alma)
    helper = {"agent_id": "a1", "agent_type": "Explore"}
    project.hook("SessionStart", source="startup")
    handed = {"subagent_type": "Explore", "prompt": LOGIN}
    project.hook("PreToolUse", tool_name="Task", tool_input=handed)
    project.hook("SubagentStart", **helper)
    worked(project, session="s-1", said="I clicked the button until it worked.", **helper)
    assert outcome(alma, "s-1").recall_id is None


def test_where_nothing_is_added_beside_prompts_the_block_is_what_was_shown(
    project: Project, alma: ALMA
) -> None:
    good, bad, stated = known(alma)
    project.configured("prompt_recall: off\n")
    played(project, session="one", said=f"I followed [{good}] with the form.")
    assert set(outcome(alma, "one").shown) == {good, bad, stated}


def test_what_the_session_was_told_after_a_prompt_is_not_said_to_have_helped_with_the_one_before(
    project: Project, alma: ALMA
) -> None:
    project.hook("SessionStart", source="startup")
    project.hook("UserPromptSubmit", prompt="Mend the cart")
    call = {"tool_name": "Bash", "tool_input": {"command": "pytest -q"}, "tool_use_id": "c1"}
    project.hook("PostToolUse", **call, tool_response={"stdout": PASSED, "stderr": ""})
    project.hook("SubagentStop", agent_id="", last_assistant_message="I rounded the total of the cart.")
    known(alma)
    assert "b-o-" in project.hook("UserPromptSubmit", prompt=LOGIN).context
    assert outcome(alma, "s-1").shown == ()


@pytest.mark.parametrize(
    "kept",
    [
        {
            "shown": 5,
            "withheld": "b-o-aaaaaaaaaa",
            "against": {},
            "holdout": "much",
            "tokens": -3,
            "head": "x",
        },
        {"shown": ["b-o-aaaaaaaaaa", 7, "nothing"], "holdout": 2, "tokens": "many", "subagents": [1]},
    ],
)
def test_a_state_that_is_none_of_ours_is_passed_over(
    project: Project, alma: ALMA, kept: dict[str, object]
) -> None:
    alma._sessions.begin("s-1", kept)
    project.hook("UserPromptSubmit", prompt=LOGIN)
    worked(project, session="s-1", said="I clicked the button until it worked.")
    found = outcome(alma, "s-1")
    assert (found.withheld, found.holdout) == ((), 0.0)


@pytest.mark.parametrize("session_is_told", [True, False])
def test_to_name_what_somebody_said_to_avoid_is_not_to_do_it(
    project: Project, alma: ALMA, session_is_told: bool
) -> None:
    avoid = alma.add_anti_pattern(agent="claude", pattern="Using sleep() for waits", why_bad="flaky").id
    if session_is_told:
        project.hook("SessionStart", source="startup")
    project.hook("UserPromptSubmit", prompt=LOGIN)
    said = f"I waited for the button, as [{avoid}] says."
    worked(project, session="s-1", said=said)
    assert outcome(alma, "s-1").strategy == said


def test_a_session_that_was_shortened_was_shown_what_it_is_told_afterwards(
    project: Project, alma: ALMA
) -> None:
    good, bad, stated = known(alma)
    project.hook("SessionStart", source="startup")
    alma.forget(good, reason="wrong")
    alma.forget(stated, reason="wrong")
    project.hook("SessionStart", source="compact")
    project.hook("UserPromptSubmit", prompt=LOGIN)
    worked(project, session="s-1", said="I clicked the button until it worked.")
    assert outcome(alma, "s-1").shown == (bad,)


def test_an_attempt_in_which_the_session_was_shortened_was_shown_what_it_was_told_before(
    project: Project, alma: ALMA
) -> None:
    good, bad, stated = known(alma)
    project.hook("SessionStart", source="startup")
    project.hook("UserPromptSubmit", prompt=LOGIN)
    alma.forget(stated, reason="wrong")
    for _ in range(2):
        project.hook("SessionStart", source="compact")
    project.hook("UserPromptSubmit", prompt="continue")
    worked(project, session="s-1", said=f"I followed [{good}] with the form.")
    kept = outcome(alma, "s-1")
    assert set(kept.shown) == {good, bad, stated}
    assert (kept.used, kept.strategy) == ((good,), WAIT)


def test_a_line_beside_a_prompt_is_told_again_once_the_session_was_shortened_and_its_attempt_had_it(
    project: Project, alma: ALMA
) -> None:
    project.hook("SessionStart", source="startup")
    good, _, stated = known(alma)
    first = project.hook("UserPromptSubmit", prompt=LOGIN).lines
    alma.forget(stated, reason="wrong")
    project.hook("SessionStart", source="compact")
    worked(project, session="s-1", said=f"I followed [{good}].")
    assert f"[{stated}]" in "".join(first)
    assert {good, stated} <= set(outcome(alma, "s-1").shown)
    alma.restore(stated)
    again = project.hook("UserPromptSubmit", prompt=f"{LOGIN} with the keyboard").lines
    assert f"[{stated}]" in "".join(again)


FLAKY = "Fix the flaky login tests"
HEEDED = "I heeded the warning [{}] and, following it, replaced the pause by an explicit wait."


def failed_once(alma: ALMA) -> str:
    """A failure that is told at the action alone, and its id."""
    learned = alma.learn(
        agent="claude", task=FLAKY, outcome=False, strategy_used="npm publish --force", error="402 Payment"
    )
    assert learned.outcome is not None
    return f"b-{learned.outcome.id}"


def test_to_heed_a_warning_at_the_action_is_not_to_do_what_it_warns_of(project: Project, alma: ALMA) -> None:
    bad = failed_once(alma)
    project.hook("SessionStart", source="startup")
    project.hook("UserPromptSubmit", prompt="Release the shop")
    assert f"[{bad}]" in project.warned("npm publish --force").context
    worked(project, session="s-1", said=HEEDED.format(bad))
    kept = outcome(alma, "s-1")
    assert (kept.followed, kept.strategy) == (None, HEEDED.format(bad))


@pytest.mark.parametrize("prefix", ["b-", ""])
def test_a_subagent_that_names_what_failed_has_not_done_it(project: Project, alma: ALMA, prefix: str) -> None:
    bad = prefix + failed_once(alma).removeprefix("b-")
    helper = {"agent_id": "a1", "agent_type": "general-purpose"}
    project.hook("SessionStart", source="startup")
    handed = {"subagent_type": "general-purpose", "prompt": "Release the shop"}
    project.hook("PreToolUse", tool_name="Task", tool_input=handed)
    project.hook("SubagentStart", **helper)
    worked(project, session="s-1", said=HEEDED.format(bad), **helper)
    kept = outcome(alma, "s-1")
    assert (kept.followed, kept.strategy) == (None, HEEDED.format(bad))


@pytest.mark.parametrize(
    "said",
    [
        "I did not follow [{}]. I added retries around the click.",
        "I follow none of the records; [{}] did not fit, so I added retries around the click.",
        "Contrary to [{}], I removed the test.",
    ],
)
@pytest.mark.parametrize("printed", [PASSED, FAILED])
def test_a_memory_that_was_named_and_denied_gets_neither_credit_nor_blame(
    project: Project, alma: ALMA, said: str, printed: str
) -> None:
    good, _, _ = known(alma)
    played(project, session="one", said=said.format(good), printed=printed)
    kept = outcome(alma, "one")
    assert (kept.followed, kept.used) == (None, ())
    # A sentence that only names what was not followed tells nothing of what was done.
    assert kept.strategy == said.format(good).removeprefix(f"I did not follow [{good}]. ")
