"""Resources, prompts and completions: what can be read or picked without calling a tool."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from mcp.types import PromptReference, ResourceTemplateReference

from alma import ALMA
from alma.mcp.prompts import AFTER, BEFORE
from alma.mcp.resources import BRIEFING, MEMORY, WORKFLOW
from alma.mcp.service import INSTRUCTIONS
from alma.mcp.tools import NAMED
from alma.rules.prompt import tokens

TASK = "Test the login form"


def read(model: Any, uri: str) -> Any:
    [content] = model.ask("read_resource", uri).contents
    return content


def completed(model: Any, about: str, name: str, value: str) -> list[str]:
    if about.startswith("alma:"):
        ref: Any = ResourceTemplateReference(type="ref/resource", uri=about)
    else:
        ref = PromptReference(type="ref/prompt", name=about)
    return list(model.ask("complete", ref, {"name": name, "value": value}).completion.values)


def test_the_resources_are_counts_and_a_briefing_of_each_agent(enter: Callable[..., Any]) -> None:
    listed = enter("helena", "victor").ask("list_resources").resources
    assert [str(one.uri) for one in listed] == [
        "alma://stats",
        "alma://agents/helena/briefing",
        "alma://agents/victor/briefing",
    ]
    templates = enter("helena").ask("list_resource_templates").resource_templates
    assert [one.uri_template for one in templates] == [BRIEFING, MEMORY, WORKFLOW]
    assert all(one.title and one.description and one.mime_type for one in [*listed, *templates])


def test_counts_are_of_the_agents_that_are_served(helena: Any, program: ALMA) -> None:
    program.learn(agent="victor", task=TASK, outcome=True, strategy_used="x")
    helena.done("alma_learn", task=TASK, outcome="success", strategy_used="x")
    counts = json.loads(read(helena, "alma://stats").text)
    assert counts["agents"] == {"helena": 1}
    assert "store" not in counts


def test_a_memory_is_read_by_its_id_and_one_that_is_not_there_is_an_error_about_its_address(
    helena: Any,
) -> None:
    made = helena.done("alma_add", kind="knowledge", fact="The port is 5432").json["memory"]
    assert json.loads(read(helena, f"alma://memories/{made['id']}").text) == made
    with pytest.raises(Exception, match="does not exist in this project") as caught:
        read(helena, "alma://memories/k-aaaaaaaaaa")
    assert caught.value.error.data == {"uri": "alma://memories/k-aaaaaaaaaa"}


def test_a_briefing_holds_what_was_stated_and_the_strongest_beliefs_within_its_budget(
    helena: Any, program: ALMA
) -> None:
    assert read(helena, "alma://agents/helena/briefing").text == "Nothing is known yet.\n"
    for number in range(60):
        program.add_knowledge(
            agent="helena", fact=f"Port {number} is taken by service {number}", domain="testing_strategies"
        )
    for _ in range(4):
        program.learn(
            agent="helena",
            task=TASK,
            outcome=True,
            strategy_used="Explicit waits",
            domain="testing_strategies",
        )
    text = read(helena, "alma://agents/helena/briefing").text
    assert "Explicit waits" in text
    assert "Port 59" in text
    assert tokens(text) <= 800
    assert text == read(helena, "alma://agents/helena/briefing").text


def test_the_prompt_before_a_task_holds_what_is_known_and_the_one_after_says_how_to_tell(helena: Any) -> None:
    helena.done("alma_learn", task=TASK, outcome="success", strategy_used="Explicit waits")
    listed = helena.ask("list_prompts").prompts
    assert [(one.name, [arg.name for arg in one.arguments]) for one in listed] == [
        (BEFORE, ["task"]),
        (AFTER, ["task"]),
    ]
    before = helena.ask("get_prompt", BEFORE, {"task": TASK}).messages[0]
    assert before.role == "user"
    assert "Explicit waits" in before.content.text
    assert "alma_learn" in helena.ask("get_prompt", AFTER, {"task": TASK}).messages[0].content.text


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("during_task", {"task": TASK}, "there is no prompt 'during_task'; there are before_task and"),
        (BEFORE, {}, "task: must be text"),
        (BEFORE, {"task": " "}, "task: is empty"),
        (BEFORE, {"task": TASK, "style": "xml"}, "style: is unknown; allowed: task"),
        (AFTER, {"task": TASK, "agent": "victor"}, "agent: is unknown"),
    ],
)
def test_a_prompt_that_is_asked_for_wrongly_says_what_is_allowed(
    helena: Any, name: str, arguments: dict[str, str], says: str
) -> None:
    with pytest.raises(Exception, match=says):
        helena.ask("get_prompt", name, arguments)


def test_a_prompt_says_who_acts_where_there_is_a_choice(enter: Callable[..., Any]) -> None:
    both = enter("helena", "victor")
    [before, _] = both.ask("list_prompts").prompts
    assert [(one.name, one.required) for one in before.arguments] == [("task", True), ("agent", True)]
    assert both.ask("get_prompt", BEFORE, {"task": TASK, "agent": "victor"}).messages
    with pytest.raises(Exception, match="agent: is missing; allowed: helena, victor"):
        both.ask("get_prompt", BEFORE, {"task": TASK})


def test_ids_and_agents_are_completed_and_nothing_else(enter: Callable[..., Any], program: ALMA) -> None:
    both = enter("helena", "victor")
    hidden = program.learn(agent="default", task=TASK, outcome=True, strategy_used="x").outcome
    kept = both.done("alma_learn", task=TASK, outcome="success", strategy_used="x", agent="victor").json[
        "outcome"
    ]["id"]
    assert hidden is not None
    [listed] = completed(both, MEMORY, "memory_id", "")
    assert listed in (kept, f"b-{kept}")
    assert completed(both, MEMORY, "memory_id", "zzz") == []
    assert completed(both, BRIEFING, "agent", "v") == ["victor"]
    assert completed(both, BEFORE, "agent", "") == ["helena", "victor"]
    assert completed(both, BEFORE, "task", "T") == []
    assert completed(both, "nonsense", "agent", "") == []


def test_a_workflow_is_read_by_its_id_where_it_stopped_and_another_agents_stays_out_of_reach(
    helena: Any, program: ALMA
) -> None:
    helena.done("alma_checkpoint", workflow_id="deploy v2/shop", state={"built": False})
    helena.done("alma_checkpoint", workflow_id="deploy v2/shop", state={"built": None}, step="build")
    found = json.loads(read(helena, "alma://workflows/deploy%20v2%2Fshop").text)
    assert (found["version"], found["step"], found["state"]) == (2, "build", {"built": None})
    program.checkpoint("audit", state={"secret": 1}, agent="victor")
    for named, says in (("audit", "helena"), ("none", "there is no checkpoint of 'none'")):
        with pytest.raises(Exception, match=says) as caught:
            read(helena, f"alma://workflows/{named}")
        assert "secret" not in str(caught.value)


def test_ids_of_workflows_are_completed_for_the_agents_that_are_served_the_latest_first(
    enter: Callable[..., Any], program: ALMA
) -> None:
    for name, agent in (
        ("deploy-1", "helena"),
        ("audit", "helena"),
        ("deploy-2", "helena"),
        ("deploy-3", "victor"),
    ):
        program.checkpoint(name, state={}, agent=agent)
    program.checkpoint("deploy-4", state={})  # nobody's: only a program can go on with it
    helena = enter("helena")
    assert completed(helena, WORKFLOW, "workflow_id", "deploy") == ["deploy-2", "deploy-1"]
    assert completed(enter("helena", "victor"), WORKFLOW, "workflow_id", "") == [
        "deploy-3",
        "deploy-2",
        "audit",
        "deploy-1",
    ]
    assert completed(helena, MEMORY, "workflow_id", "deploy") == []


def test_no_more_is_completed_than_the_protocol_allows_and_it_says_that_there_is_more(
    serve: Callable[..., Any], program: ALMA
) -> None:
    for number in range(101):
        program.checkpoint(f"deploy-{number:03}", state={}, agent="helena")
    asked = {
        "ref": {"type": "ref/resource", "uri": WORKFLOW},
        "argument": {"name": "workflow_id", "value": ""},
    }
    said = serve("helena").complete(asked)["completion"]
    assert said["values"] == [f"deploy-{number:03}" for number in range(100, 0, -1)]
    assert (said["total"], said["hasMore"]) == (101, True)


def test_instructions_name_every_tool_that_a_task_needs_and_are_short(helena: Any) -> None:
    assert helena.client.instructions == INSTRUCTIONS
    named = {name for name in NAMED if name in INSTRUCTIONS}
    assert NAMED.keys() - named == {"alma_forget"}
    assert tokens(INSTRUCTIONS) < 320


def test_every_list_is_one_page_and_a_cursor_is_refused(serve: Callable[..., Any]) -> None:
    service = serve("helena")
    for method in (service.tools, service.resources, service.templates, service.prompts):
        assert "nextCursor" not in method({})
        with pytest.raises(Exception, match="every list is one page"):
            method({"cursor": "x"})


def test_nobody_may_keep_an_answer_for_others(helena: Any) -> None:
    for method in ("list_tools", "list_prompts", "list_resources", "list_resource_templates"):
        said = helena.ask(method)
        assert (said.cache_scope, said.ttl_ms) == ("private", 0)
