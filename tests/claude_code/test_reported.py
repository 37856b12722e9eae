"""What an agent reports with `alma_learn` and what the hooks see of the same attempt are one outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, Outcome
from alma.config.loading import load
from alma.mcp.desk import Desk, seats
from alma.mcp.tools import NAMED

from .conftest import Project

LOGIN, SAID = "Test the login form", "Wait for the submit button to be enabled"
TOOL = "mcp__alma__alma_learn"
PASSED, FAILED = "3 passed in 0.1s", "Exit code 1\n1 failed, 2 passed in 0.1s"


@pytest.fixture
def desk(project: Project) -> Iterator[Desk]:
    """The server that Claude Code has started beside the hooks."""
    config = load(cwd=str(project.folder), environ=project.env)
    made = Desk(config, seats(config, ("claude",)))
    yield made
    made.close()


def reported(
    project: Project, desk: Desk, *, how: str = "text", tool: str = TOOL, **said: Any
) -> dict[str, Any]:
    """The agent calls `alma_learn`, and the hooks hear of it as Claude Code tells them."""
    given = {"task": "Testing of the login", "outcome": "success", "strategy_used": SAID, **said}
    text, document = NAMED["alma_learn"].answer(desk, given)
    answers: dict[str, object] = {
        "text": [{"type": "text", "text": text}],
        "json": [{"type": "text", "text": json.dumps(document)}],
        "whole": {"content": [{"type": "text", "text": text}], "structuredContent": document},
        "bare": text,
    }
    call = {"tool_name": tool, "tool_input": given, "tool_use_id": f"report-{document['outcome']['id']}"}
    project.hook("PostToolUse", **call, tool_response=answers[how])
    outcome: dict[str, Any] = document["outcome"]
    return outcome


def ran_tests(project: Project, *, printed: str) -> None:
    call = {"tool_name": "Bash", "tool_input": {"command": "python -m pytest -q"}, "tool_use_id": "run"}
    if printed == FAILED:
        project.hook("PostToolUseFailure", **call, error=printed)
    else:
        project.hook("PostToolUse", **call, tool_response={"stdout": printed, "stderr": ""})


def stopped(project: Project) -> None:
    project.hook("Stop", last_assistant_message="I changed the waits of the login form.")


def outcomes(alma: ALMA) -> list[Outcome]:
    return [one for one in alma.memories(kind="outcome") if isinstance(one, Outcome)]


@pytest.mark.parametrize("how", ["text", "json", "whole", "bare"])
def test_what_was_seen_takes_the_place_of_what_was_reported_in_the_words_of_the_report(
    project: Project, alma: ALMA, desk: Desk, how: str
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    said = reported(project, desk, how=how)
    stopped(project)
    [kept] = outcomes(alma)
    assert (kept.task, kept.strategy, kept.source) == (LOGIN, SAID, "verified")
    assert kept.metadata["instead_of"] == said["id"]
    assert kept.metadata["rule"] == "pytest-summary"
    [advice] = alma.retrieve(LOGIN, agent="claude", strategies=[SAID]).advice
    assert (advice.successes, advice.failures) == (1, 0)


def test_an_explanation_says_whose_words_the_strategy_is_in_and_how_the_result_was_read(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    said = reported(project, desk)
    stopped(project)
    how = alma.explain(outcomes(alma)[0].id).how
    assert "its result was read from ‘python -m pytest -q’ by the rule ‘pytest-summary’" in how
    assert any("in a model's words" in one and said["id"] in one for one in how)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("I waited for the button.", "in a model's words, those of its last message"),
        ("Done.", "what was edited"),
    ],
)
def test_without_a_report_an_explanation_says_whether_a_model_or_the_steps_gave_the_words(
    project: Project, alma: ALMA, message: str, words: str
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    project.hook("Stop", last_assistant_message=message)
    [kept] = outcomes(alma)
    for id_ in (kept.id, f"b-{kept.id}"):
        assert any(words in one for one in alma.explain(id_).how)


def test_what_was_seen_is_believed_where_the_report_says_otherwise(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=FAILED)
    reported(project, desk)
    stopped(project)
    assert [one.result for one in outcomes(alma)] == [0.0]


def test_the_place_that_was_taken_is_on_record_and_can_be_given_back(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    said = reported(project, desk)
    stopped(project)
    [kept] = outcomes(alma)
    [event] = [one for one in alma.log() if one.kind == "forgotten"]
    assert (event.memory_id, event.details["reason"]) == (said["id"], f"the same attempt was seen: {kept.id}")
    alma.restore(said["id"])
    assert {one.id for one in outcomes(alma)} == {kept.id, said["id"]}


def test_the_report_counts_the_attempt_once(project: Project, alma: ALMA, desk: Desk) -> None:
    NAMED["alma_recall"].answer(desk, {"task": "Testing of the login"})
    project.hook("SessionStart", source="startup")
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    reported(project, desk)
    stopped(project)
    report = alma.report()
    assert (report.attempts, report.recalled) == (1, 1)


def test_what_the_agent_had_asked_for_itself_goes_over_to_what_was_seen(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    known = alma.learn(agent="claude", task="Testing of the login", outcome=True, strategy_used=SAID).outcome
    assert known is not None
    project.configured("prompt_recall: off\n")
    project.hook("UserPromptSubmit", prompt=LOGIN)
    _, recall = NAMED["alma_recall"].answer(desk, {"task": "Testing of the login"})
    ran_tests(project, printed=PASSED)
    reported(project, desk, strategy_used=f"b-{known.id}", recall_id=recall["recall_id"])
    stopped(project)
    kept = next(one for one in outcomes(alma) if "rule" in one.metadata)
    assert kept.recall_id == recall["recall_id"]
    assert kept.used == (f"b-{known.id}",)


def test_a_memory_that_the_agent_said_it_used_since_the_prompt_was_used(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    early, late = (
        alma.add_heuristic(agent="claude", condition="Testing the login form", strategy=strategy).id
        for strategy in ("Use user 7", "Use the second tab")
    )
    project.hook("SessionStart", source="startup")
    NAMED["alma_feedback"].answer(desk, {"memory_id": early, "signal": "used"})
    project.hook("UserPromptSubmit", prompt=LOGIN)
    NAMED["alma_feedback"].answer(desk, {"memory_id": late, "signal": "used"})
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert outcomes(alma)[0].used == (late,)


def test_of_several_reports_the_one_that_says_what_was_seen_is_of_the_attempt_and_the_others_stay(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    other = reported(project, desk, strategy_used="A fixed sleep", outcome="failure")
    ran_tests(project, printed=PASSED)
    reported(project, desk)
    stopped(project)
    assert {(one.strategy, one.source) for one in outcomes(alma)} == {
        ("A fixed sleep", "word"),
        (SAID, "verified"),
    }
    assert other["id"] in {one.id for one in outcomes(alma)}


def test_a_failure_that_was_reported_before_a_success_was_seen_stays_and_lends_it_no_words(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    said = reported(project, desk, strategy_used="A fixed sleep", outcome="failure", error="still flaky")
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert {(one.strategy, one.result, one.source) for one in outcomes(alma)} == {
        ("A fixed sleep", 0.0, "word"),
        ("I changed the waits of the login form.", 1.0, "verified"),
    }
    assert said["id"] in {one.id for one in outcomes(alma)}


@pytest.mark.parametrize(
    ("prompt", "task", "is_same"),
    [
        (LOGIN, "test the LOGIN form.", True),
        ("Fix the login", "Fix the login form so that an empty address is refused", True),
        (LOGIN, "Deploy the docs site", False),
        (LOGIN, "Login", False),
        ("Rename the cart module", "Test the cart on a phone", False),
    ],
)
def test_a_report_of_another_task_is_another_outcome(
    project: Project, alma: ALMA, desk: Desk, prompt: str, task: str, is_same: bool
) -> None:
    project.hook("UserPromptSubmit", prompt=prompt)
    said = reported(project, desk, task=task)
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert (said["id"] not in {one.id for one in outcomes(alma)}) is is_same
    assert len(outcomes(alma)) == (1 if is_same else 2)


def test_a_report_from_before_the_prompt_stays_however_it_comes_up_again(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    given = {"task": LOGIN, "outcome": "success", "strategy_used": SAID, "key": "login"}
    NAMED["alma_learn"].answer(desk, given)
    for configuration in ("", "prompt_recall: off\n"):
        project.configured(configuration)
        project.hook("UserPromptSubmit", prompt=LOGIN)
        said = reported(project, desk, **given)
        ran_tests(project, printed=PASSED)
        stopped(project)
        assert said["id"] in {one.id for one in outcomes(alma)}


def test_a_report_stands_for_an_attempt_that_was_told_to_go_on(
    project: Project, alma: ALMA, desk: Desk
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    reported(project, desk)
    project.hook("UserPromptSubmit", prompt="continue")
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert [(one.strategy, one.source) for one in outcomes(alma)] == [(SAID, "verified")]


@pytest.mark.parametrize(
    "answer",
    [
        "Not kept: claude may not learn in 'Kept as [{}]'.",
        '{{"accepted": false, "outcome": {{"id": "{}"}}}}',
        '{{"accepted": true, "outcome": {{"strategy": "x"}}, "id": "{}"}}',
        '[{{"id": "{}"}}]',
        '{{"accepted": true, "outcome": {{"id": "{}"',
    ],
)
def test_an_id_that_an_answer_only_quotes_is_no_report(
    project: Project, alma: ALMA, desk: Desk, answer: str
) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    given = {"task": LOGIN, "outcome": "success", "strategy_used": SAID}
    _, document = NAMED["alma_learn"].answer(desk, given)
    id_ = document["outcome"]["id"]
    call = {"tool_name": TOOL, "tool_input": given, "tool_use_id": "c1"}
    project.hook("PostToolUse", **call, tool_response=[{"type": "text", "text": answer.format(id_)}])
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert id_ in {one.id for one in outcomes(alma)}
    assert len(outcomes(alma)) == 2


def test_without_a_result_that_was_seen_the_report_stands(project: Project, alma: ALMA, desk: Desk) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    said = reported(project, desk)
    stopped(project)
    assert [one.id for one in outcomes(alma)] == [said["id"]]


def test_a_report_of_an_earlier_attempt_stands(project: Project, alma: ALMA, desk: Desk) -> None:
    project.hook("UserPromptSubmit", prompt="Mend the cart")
    said = reported(project, desk, task="Mend the cart", strategy_used="Round at the end")
    stopped(project)
    project.hook("UserPromptSubmit", prompt=LOGIN)
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert said["id"] in {one.id for one in outcomes(alma)}
    assert len(outcomes(alma)) == 2


@pytest.mark.parametrize("tool", ["Bash", "mcp__other__alma_learn", "mcp__alma__alma_explain"])
def test_no_other_tool_can_take_anything_away(project: Project, alma: ALMA, desk: Desk, tool: str) -> None:
    project.hook("UserPromptSubmit", prompt=LOGIN)
    said = reported(project, desk, tool=tool)
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert said["id"] in {one.id for one in outcomes(alma)}


def test_what_a_program_or_another_agent_learned_is_no_report(project: Project, alma: ALMA) -> None:
    learned = [
        alma.learn(agent=agent, task=LOGIN, outcome=True, strategy_used=SAID, source=source).outcome
        for agent, source in (("claude", "verified"), ("helena", "word"))
    ]
    project.hook("UserPromptSubmit", prompt=LOGIN)
    for number, one in enumerate(learned):
        assert one is not None
        call = {"tool_name": TOOL, "tool_input": {}, "tool_use_id": f"c{number}"}
        project.hook("PostToolUse", **call, tool_response=f"Kept as [{one.id}]: it worked.")
    ran_tests(project, printed=PASSED)
    stopped(project)
    assert len(outcomes(alma)) == 3


def test_an_imported_transcript_adds_nothing_to_what_its_agent_reported(
    project: Project, alma: ALMA, desk: Desk, tmp_path: Path
) -> None:
    text, document = NAMED["alma_learn"].answer(
        desk, {"task": LOGIN, "outcome": "success", "strategy_used": SAID}
    )
    common = {"sessionId": "past", "uuid": "u", "timestamp": "2026-01-02T03:04:05Z"}

    def used(id_: str, name: str, given: object) -> dict[str, object]:
        block = {"type": "tool_use", "id": id_, "name": name, "input": given}
        return {"type": "assistant", **common, "message": {"content": [block]}}

    def gave(id_: str, content: object) -> dict[str, object]:
        block = {"type": "tool_result", "tool_use_id": id_, "content": content}
        return {"type": "user", **common, "message": {"content": [block]}}

    lines = [
        {"type": "user", **common, "message": {"content": LOGIN}},
        used("t1", "Bash", {"command": "python -m pytest -q"}),
        gave("t1", PASSED),
        used("t2", TOOL, {"task": LOGIN}),
        gave("t2", [{"type": "text", "text": text}]),
        {
            "type": "assistant",
            **common,
            "message": {"content": [{"type": "text", "text": "I waited for it."}]},
        },
    ]
    past = tmp_path / "past.jsonl"
    past.write_text("\n".join(map(json.dumps, lines)))
    done = alma.import_(past, format="claude-code", agent="claude")
    assert (done, done.attempts, done.known) == (0, 1, 1)
    assert [one.id for one in outcomes(alma)] == [document["outcome"]["id"]]
