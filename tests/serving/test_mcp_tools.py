"""The nine tools through the SDK's client: what they take and give, and what a model is told when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alma import ALMA, InvalidInput
from alma.config.loading import load
from alma.config.value import Config
from alma.mcp import tools as mcp_tools
from alma.mcp.desk import MOST_RECALLS, Desk, seats
from alma.mcp.tools import ADDED, FIELDS, NAMED
from alma.rules.writing import REVISABLE

TASK = "Test the login form"
ORDER = "recall warn learn add feedback explain forget checkpoint resume"
# Reads only, takes something away, does no more when it is done twice.
HINTS = {
    "alma_recall": (True, False, True),
    "alma_warn": (True, False, True),
    "alma_learn": (False, False, False),
    "alma_add": (False, False, True),
    "alma_feedback": (False, False, False),
    "alma_explain": (True, False, True),
    "alma_forget": (False, True, True),
    "alma_checkpoint": (False, False, False),
    "alma_resume": (True, False, True),
}


def tools(model: Any) -> dict[str, Any]:
    return {one.name: one for one in model.ask("list_tools").tools}


def learned(model: Any, outcome: Any = "failure", strategy: str = "sleep(5)", **more: Any) -> Any:
    return model.done("alma_learn", task=TASK, outcome=outcome, strategy_used=strategy, **more)


def test_the_nine_tools_are_listed_in_one_order_with_the_same_bytes_each_time(helena: Any) -> None:
    first, second = (helena.ask("list_tools").model_dump_json() for _ in range(2))
    assert [name.removeprefix("alma_") for name in tools(helena)] == ORDER.split()
    assert first == second


@pytest.mark.parametrize("name", HINTS)
def test_every_tool_has_a_title_and_all_four_hints(helena: Any, name: str) -> None:
    tool = tools(helena)[name]
    hints = tool.annotations
    assert tool.title
    assert (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint) == HINTS[name]
    assert hints.open_world_hint is False


@pytest.mark.parametrize("name", HINTS)
def test_every_schema_is_one_describes_each_argument_and_limits_every_list(helena: Any, name: str) -> None:
    tool = tools(helena)[name]
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
    assert tool.input_schema["additionalProperties"] is False
    assert all(one["description"] for one in tool.input_schema["properties"].values())
    assert [one for one in arrays(tool.input_schema) if "maxItems" not in one] == []


def arrays(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for one in schema for found in arrays(one)]
    if not isinstance(schema, dict):
        return []
    inner = [found for one in schema.values() for found in arrays(one)]
    return [schema, *inner] if schema.get("type") == "array" and "items" in schema else inner


@pytest.mark.parametrize(
    ("agents", "enum", "is_required"),
    [
        (("helena",), None, False),
        (("helena", "victor"), ["helena", "victor"], True),
        ((), ["helena", "victor", "default"], False),
    ],
    ids=["one", "several", "none"],
)
def test_who_acts_can_be_said_only_where_there_is_a_choice(
    enter: Callable[..., Any], agents: tuple[str, ...], enum: list[str] | None, is_required: bool
) -> None:
    for tool in tools(enter(*agents)).values():
        said = tool.input_schema["properties"].get("agent")
        assert (said or {}).get("enum") == enum
        assert ("agent" in tool.input_schema["required"]) == is_required


def test_a_failure_comes_back_before_the_next_attempt_and_explain_names_both(helena: Any) -> None:
    failed = learned(helena, error="Timeout after 5 s").json["outcome"]["id"]
    recall = helena.done("alma_recall", task=TASK)
    assert f"b-{failed}" in recall.text
    assert recall.json["prompt"] in recall.text
    assert f"b-{failed}" in recall.json["shown"]
    worked = learned(helena, "success", "Explicit waits", recall_id=recall.json["recall_id"])
    why = helena.done("alma_explain", memory_id=f"b-{worked.json['outcome']['id']}")
    assert "Explicit waits" in why.text
    assert why.json["evidence_for"][0]["strategy"] == "Explicit waits"


def test_an_action_that_failed_is_warned_of_with_what_to_do_instead(helena: Any, program: ALMA) -> None:
    program.add_anti_pattern(
        agent="helena",
        pattern="Using sleep() for async waits",
        why_bad="Flaky",
        better_alternative="Explicit waits",
        domain="testing_strategies",
    )
    warned = helena.done("alma_warn", action="sleep 5 && npm test", task=TASK)
    assert "Explicit waits" in warned.text
    [caution] = warned.json["cautions"]
    assert caution["anti_pattern"]["better_alternative"] == "Explicit waits"
    assert helena.done("alma_warn", action="npm test").json == {"cautions": []}


STATED = {
    "heuristic": {"condition": "the page loads late", "strategy": "Wait for the button"},
    "anti_pattern": {"pattern": "sleep() in tests", "why_bad": "Flaky", "triggers": ["sleep("]},
    "knowledge": {"fact": "The token expires after 24 hours", "valid_from": "2026-01-02"},
    "preference": {"user": "ada", "preference": "Short answers", "category": "style"},
}


@pytest.mark.parametrize("kind", STATED)
def test_each_kind_can_be_stated_judged_explained_and_forgotten(helena: Any, kind: str) -> None:
    made = helena.done("alma_add", kind=kind, **STATED[kind]).json["memory"]
    assert made["source"] == "word"
    assert made["kind"] == kind
    assert helena.done("alma_feedback", memory_id=made["id"], signal="used").json["signal"] == "used"
    assert helena.done("alma_explain", memory_id=made["id"]).json["memory"]["id"] == made["id"]
    gone = helena.done("alma_forget", memory_id=made["id"], reason="a mistake").json["forgotten"]
    assert [one["id"] for one in gone] == [made["id"]]


def test_every_field_that_can_be_stated_can_be_stated_here() -> None:
    for kind, (_, needed, optional) in ADDED.items():
        assert set(REVISABLE[kind]) <= {*needed, *optional} <= FIELDS.keys()


def test_a_fact_can_be_replaced(helena: Any) -> None:
    old = helena.done("alma_add", kind="knowledge", fact="The port is 5432").json["memory"]["id"]
    new = helena.done("alma_add", kind="knowledge", fact="The port is 6000", replaces=old).json["memory"]
    assert new["replaces"] == old


def test_a_long_task_is_saved_and_resumed_with_its_state_as_it_was(helena: Any) -> None:
    state = {"done": ["lint"] * 60, "note": "a\u200bb", "left": None, "share": 0.123456789}
    saved = helena.done("alma_checkpoint", workflow_id="deploy", state=state, task=TASK, step="build")
    assert saved.json["version"] == 1
    learned(helena)
    back = helena.done("alma_resume", workflow_id="deploy")
    assert back.json["state"] == state
    assert json.dumps(state) in back.text
    assert back.json["recall"]["advice"][0]["strategy"] == "sleep(5)"
    learned(helena, recall_id=back.json["recall_id"])
    assert "version 1" in helena.refused(
        "alma_checkpoint", workflow_id="deploy", state={}, expected_version=0
    )


@pytest.mark.parametrize("state", [None, [], "text", 0, False])
def test_any_json_is_a_state(helena: Any, state: object) -> None:
    helena.done("alma_checkpoint", workflow_id="w", state=state)
    assert helena.done("alma_resume", workflow_id="w").json["state"] == state


def test_every_answer_is_what_its_schema_says(helena: Any, program: ALMA) -> None:
    said = {
        "alma_learn": learned(helena, error="Timeout"),
        "alma_recall": helena.done("alma_recall", task=TASK, strategies=["sleep(5)", "Explicit waits"]),
        "alma_add": helena.done("alma_add", kind="knowledge", fact="The token expires after 24 hours"),
        "alma_checkpoint": helena.done("alma_checkpoint", workflow_id="w", state={}, task=TASK),
        "alma_resume": helena.done("alma_resume", workflow_id="w"),
    }
    memory_id = said["alma_learn"].json["outcome"]["id"]
    program.learn(agent="helena", task=TASK, outcome=False, strategy_used="sleep(5)")
    said["alma_warn"] = helena.done("alma_warn", action="sleep(5)")
    said["alma_explain"] = helena.done("alma_explain", memory_id=f"b-{memory_id}")
    said["alma_feedback"] = helena.done("alma_feedback", memory_id=memory_id, signal="helpful")
    said["alma_forget"] = helena.done("alma_forget", memory_id=memory_id, reason="a mistake")
    assert said.keys() == NAMED.keys()
    for name, one in said.items():
        Draft202012Validator(NAMED[name].gives).validate(one.json)
        assert one.text


def test_what_is_left_out_may_also_be_null(helena: Any) -> None:
    assert helena.done("alma_recall", task=TASK, user=None, strategies=None, top_k=None).json["prompt"] == ""


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("recall", {}, "task: is missing"),
        ("recall", {"taks": TASK}, "taks: is unknown; did you mean task?"),
        ("recall", {"task": 7}, "task: 7 is a number; allowed: string"),
        ("recall", {"task": "  "}, "task: is empty"),
        ("recall", {"task": TASK, "top_k": 0}, "top_k: 0 is too small; allowed: from 1 on"),
        ("recall", {"task": TASK, "top_k": True}, "top_k: True is a boolean; allowed: integer"),
        ("recall", {"task": TASK, "max_tokens": 10**9}, "max_tokens: 1000000000 is too large"),
        ("recall", {"task": TASK, "strategies": []}, "strategies: is empty"),
        ("recall", {"task": TASK, "strategies": ["x"] * 51}, "strategies: holds too many; allowed: up to 50"),
        ("recall", {"task": TASK, "strategies": [3]}, "strategies[0]: 3 is a number"),
        (
            "learn",
            {"task": TASK, "outcome": "meh", "strategy_used": "x"},
            'allowed: "success", "failure", or a',
        ),
        ("learn", {"task": TASK, "outcome": 2, "strategy_used": "x"}, "outcome: 2 is not allowed"),
        (
            "learn",
            {"task": TASK, "outcome": 1, "strategy_used": "x", "recall_id": "r-0"},
            "recall_id: r-0 is none",
        ),
        (
            "learn",
            {"task": TASK, "outcome": 1, "strategy_used": "x", "source": "person"},
            "source: is unknown",
        ),
        ("add", {"kind": "wish"}, "kind: 'wish' is unknown; allowed: heuristic, anti_pattern"),
        ("add", {"kind": "outcome"}, "kind: 'outcome' is unknown"),
        ("add", {"kind": "knowledge"}, "fact: is missing"),
        (
            "add",
            {"kind": "knowledge", "fact": "x", "pattern": "y"},
            "pattern: is unknown; allowed: fact, replaces",
        ),
        (
            "add",
            {"kind": "knowledge", "fact": "x", "valid_to": "soon"},
            "valid_to: is no time; allowed: such as 2026",
        ),
        ("feedback", {"memory_id": "o-aaaaaaaaaa", "signal": "used"}, "does not exist in this project"),
        (
            "feedback",
            {"memory_id": "o-aaaaaaaaaa", "signal": "wrong"},
            "signal: 'wrong' is unknown; allowed: used",
        ),
        ("explain", {"memory_id": "o-aaaaaaaaaa"}, "does not exist in this project"),
        ("forget", {"memory_id": "o-aaaaaaaaaa"}, "reason: is missing"),
        ("resume", {"workflow_id": "none"}, "there is no checkpoint of 'none'"),
        ("resume", {"workflow_id": "none", "version": "1"}, "version: '1' is text; allowed: integer"),
    ],
)
def test_a_wrong_call_is_a_tool_error_that_says_what_to_change(
    helena: Any, tool: str, arguments: dict[str, Any], says: str
) -> None:
    assert says in helena.refused(f"alma_{tool}", **arguments)


def test_a_tool_that_does_not_exist_is_an_error_of_the_protocol_that_lists_the_tools(helena: Any) -> None:
    with pytest.raises(Exception, match="there is no tool 'alma_purge'; there are alma_recall"):
        helena.call("alma_purge")


def test_a_domain_that_the_agent_may_not_learn_is_refused_and_nothing_is_kept(
    helena: Any, program: ALMA
) -> None:
    said = learned(helena, domain="database_queries")
    assert said.json["accepted"] is False
    assert "Not kept" in said.text
    assert "database_queries" in said.json["refused_because"]
    assert program.memories() == []


def test_the_recall_that_an_outcome_began_with_is_on_record_named_or_not(helena: Any, program: ALMA) -> None:
    learned(helena)
    named = helena.done("alma_recall", task=TASK).json["recall_id"]
    learned(helena, recall_id=named)
    latest = helena.done("alma_recall", task=TASK).json["recall_id"]
    learned(helena)
    kept = program.memories(kind="outcome", agent="helena")
    assert [getattr(one, "recall_id", None) for one in kept] == [latest, named, None]


def half_withheld(folder: Path) -> Config:
    path = folder / ".alma" / "config.yaml"
    path.write_text(f"{path.read_text('utf-8')}\nholdout: 0.5\n", "utf-8")
    return load(path)


def test_a_task_has_one_lot_however_often_it_is_asked_and_another_in_another_server(
    enter: Callable[..., Any], folder: Path, program: ALMA
) -> None:
    for _ in range(3):
        program.learn(agent="helena", task=TASK, outcome=True, strategy_used="Explicit waits")
    config = half_withheld(folder)
    models = [enter("helena", config=config) for _ in range(16)]
    asked = [
        [one.done("alma_recall", task=task).json for task in (TASK, TASK.lower(), f"{TASK}.")]
        for one in models
    ]
    lots = [{bool(answer["advice"]) for answer in answers} for answers in asked]
    assert all(len(lot) == 1 for lot in lots)
    assert {True} in lots
    assert {False} in lots


def test_a_model_from_which_something_is_withheld_is_told_that_nothing_is_relevant(
    enter: Callable[..., Any], folder: Path, program: ALMA
) -> None:
    learned = program.learn(agent="helena", task=TASK, outcome=True, strategy_used="Explicit waits").outcome
    config = half_withheld(folder)
    told = (enter("helena", config=config).done("alma_recall", task=TASK) for _ in range(64))
    without = next(one for one in told if not one.json["advice"])
    said = f"{without.text} {without.json}"
    assert "nothing relevant" in without.text
    assert "nothing relevant" in without.json["why_empty"]
    assert learned is not None
    assert not any(word in said for word in ("withheld", "holdout", "`report`", learned.id))


def test_what_a_withheld_recall_came_to_is_in_the_report(
    enter: Callable[..., Any], folder: Path, program: ALMA
) -> None:
    program.learn(agent="helena", task=TASK, outcome=True, strategy_used="Explicit waits")
    config = half_withheld(folder)
    models = (enter("helena", config=config) for _ in range(64))
    without = next(one for one in models if not one.done("alma_recall", task=TASK).json["advice"])
    learned(without)
    assert program.report().withheld.attempts == 1


def test_only_the_latest_recalls_are_remembered(helena: Any) -> None:
    asked = [helena.done("alma_recall", task=f"Task {number}") for number in range(MOST_RECALLS + 1)]
    gone, kept = asked[0].json["recall_id"], asked[1].json["recall_id"]
    call = {"outcome": "success", "strategy_used": "Explicit waits"}
    assert "call alma_recall again" in helena.refused("alma_learn", task="Task 0", recall_id=gone, **call)
    helena.done("alma_learn", task="Task 1", recall_id=kept, **call)


def test_the_same_key_is_learned_once(helena: Any, program: ALMA) -> None:
    first, second = (learned(helena, key="run 1").json["outcome"]["id"] for _ in range(2))
    assert first == second
    assert "run 1" in helena.refused(
        "alma_learn", task=TASK, outcome="success", strategy_used="other", key="run 1"
    )


def test_a_project_that_asked_for_no_memory_gets_none(tmp_path: Path) -> None:
    bare = load(cwd=str(tmp_path))
    with closing(Desk(bare, seats(bare, ("claude",)))) as desk:
        for call in (desk.seat, lambda: desk.memory.stats()):
            with pytest.raises(InvalidInput, match="alma init"):
                call()
    assert list(tmp_path.iterdir()) == []


def test_what_hooks_recorded_without_a_model_is_found_by_its_meaning_after_the_first_recall(
    config: Config,
) -> None:
    hook = ALMA._opened(config, has_model=False)
    with closing(hook):
        kept = hook.learn(agent="victor", task=TASK, outcome=True, strategy_used="Explicit waits").outcome
    assert kept is not None
    with closing(Desk(config, seats(config, ("victor",)))) as desk:
        mcp_tools.recall(desk.seat(), task="Something else")
        with desk._settling:  # once it is free again, the work is done
            assert desk.memory._gate.found(kept.id).vector is not None
