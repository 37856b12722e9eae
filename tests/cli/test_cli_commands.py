"""Every command does what its help says, for people and as JSON."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

ADD_SLEEP = (
    *("add", "anti-pattern", "--agent", "helena", "--pattern", "Using sleep() for async waits"),
    *("--why", "Causes flaky tests", "--instead", "Use explicit waits with conditions"),
)
LOGIN = "Test the login form"


def learned(alma: Any, strategy: str, *how: str, task: str = LOGIN, agent: str = "victor") -> dict[str, Any]:
    """Learn one outcome; the outcome."""
    said = alma.done("learn", "--agent", agent, "--task", task, "--strategy", strategy, *how, "--json").json
    return dict(said["outcome"])


def test_a_stated_anti_pattern_is_in_the_prompt_of_the_next_recall(alma: Any) -> None:
    said = alma.done(*ADD_SLEEP)
    assert "`alma warn` looks for: sleep(" in said.out
    prompt = alma.done("recall", LOGIN, "--agent", "helena").out
    assert "Use explicit waits with conditions" in prompt
    assert prompt.index("explicit waits") < prompt.index("sleep()")


def test_a_recall_as_json_has_the_prompt_and_the_names_of_the_attributes(alma: Any) -> None:
    alma.done(*ADD_SLEEP)
    said = alma.done("recall", LOGIN, "--agent", "helena", "--json").json
    assert said["anti_patterns"][0]["better_alternative"] == "Use explicit waits with conditions"
    assert said["anti_patterns"][0]["kind"] == "anti_pattern"
    assert said["anti_patterns"][0]["id"] in said["prompt"]
    assert "candidates" not in said


def test_why_shows_the_scores_of_what_was_looked_at_and_the_floor(alma: Any) -> None:
    near = learned(alma, "Explicit waits", "--success")
    far = learned(alma, "Cream the butter first", "--success", task="Bake a marble cake for eight guests")
    shown = alma.done("recall", LOGIN, "--agent", "victor", "--why").out
    assert f"kept   {near['id']}" in shown
    assert f"below  {far['id']}" in shown
    said = alma.done("recall", LOGIN, "--agent", "victor", "--why", "--json").json
    assert [one["kept"] for one in said["candidates"]] == [True, False]
    assert said["candidates"][0]["score"] >= said["floor"] > said["candidates"][1]["score"]


def test_an_empty_recall_prints_no_prompt_and_says_why(alma: Any) -> None:
    answer = alma.done("recall", LOGIN, "--agent", "victor")
    assert answer.out == ""
    assert answer.err


def test_recall_ranks_the_strategies_that_are_named(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    asked = (
        "recall",
        LOGIN,
        "--agent",
        "victor",
        "--strategy",
        "Fixed waits",
        "--strategy",
        "Explicit waits",
    )
    said = alma.done(*asked, "--json").json
    assert [one["strategy"] for one in said["advice"]] == ["Explicit waits", "Fixed waits"]
    assert [one["status"] for one in said["advice"]] == ["promising", "untried"]


@pytest.mark.parametrize(
    ("how", "result"), [(("--success",), 1.0), (("--failure",), 0.0), (("--result", "0.7"), 0.7)]
)
def test_learn_keeps_the_result_that_was_said(alma: Any, how: tuple[str, ...], result: float) -> None:
    kept = learned(alma, "Explicit waits", *how, "--error", "too late", "--domain", "testing_strategies")
    assert (kept["result"], kept["why"], kept["domain"]) == (result, "too late", "testing_strategies")
    assert (kept["agent"], kept["source"]) == ("victor", "word")


def test_the_same_key_is_learned_once_and_other_content_is_refused(alma: Any) -> None:
    first = learned(alma, "Explicit waits", "--success", "--key", "build-7")
    again = learned(alma, "Explicit waits", "--success", "--key", "build-7")
    assert first["id"] == again["id"]
    other = alma(
        "learn", "--agent", "victor", "--task", LOGIN, "--strategy", "x", "--failure", "--key", "build-7"
    )
    assert other.code == 1
    assert "build-7" in other.err


def test_one_session_is_one_origin(alma: Any) -> None:
    assert learned(alma, "One", "--success")["origin"] == learned(alma, "Two", "--success")["origin"]
    first = learned(alma, "Three", "--success")["origin"]
    for name in ("TERM_SESSION_ID", "TMUX_PANE", "STY", "CLAUDE_SESSION_ID", "CODEX_THREAD_ID"):
        alma.patch.setenv(name, "another-window")
    assert learned(alma, "Four", "--success")["origin"] == first


def test_what_is_stated_is_shown_with_its_parts_told_apart(alma: Any) -> None:
    who = ("--agent", "victor")
    rule = alma.done(
        "add", "heuristic", *who, "--condition", "The form is slow", "--strategy", "Wait for it"
    ).out
    assert 'When "The form is slow": "Wait for it"' in rule
    avoid = ("add", "anti-pattern", *who, "--pattern", "Using sleep()", "--why", "It is flaky")
    assert (
        "Using sleep() — It is flaky (instead: Wait for it)"
        in alma.done(*avoid, "--instead", "Wait for it").out
    )
    assert "Sleeping — Slow\n" in alma.done(*avoid[:5], "Sleeping", "--why", "Slow").out
    listed = alma.done("list").out
    assert 'When "The form is slow": "Wait for it"' in listed
    assert "Using sleep() — It is flaky (instead: Wait for it)" in listed


def test_words_can_come_from_standard_input(alma: Any) -> None:
    said = alma.done(
        *(
            "learn",
            "--agent",
            "victor",
            "--task",
            LOGIN,
            "--strategy",
            "x",
            "--failure",
            "--error",
            "-",
            "--json",
        ),
        typed="line one\nline two\n",
    )
    assert said.json["outcome"]["why"] == "line one\nline two"


def test_only_one_text_can_come_from_standard_input(alma: Any) -> None:
    answer = alma("learn", "--agent", "victor", "--task", "-", "--strategy", "-", "--success", typed="once")
    assert answer.code == 2
    assert "only one" in answer.err


def test_all_five_kinds_are_listed_and_can_be_narrowed(alma: Any) -> None:
    alma.done(*ADD_SLEEP)
    who = ("--agent", "victor")
    alma.done("add", "heuristic", *who, "--condition", "slow pages", "--strategy", "wait for the spinner")
    alma.done("add", "knowledge", *who, "The token expires after 24 hours")
    alma.done("add", "preference", "Short answers", "--user", "ada", "--category", "style")
    learned(alma, "Explicit waits", "--success")
    everything = alma.done("list", "--json").json
    assert {one["kind"] for one in everything} == {
        "outcome",
        "heuristic",
        "anti_pattern",
        "knowledge",
        "preference",
    }
    assert [one["fact"] for one in alma.done("list", "token", "--json").json] == [
        "The token expires after 24 hours"
    ]
    assert [one["kind"] for one in alma.done("list", "--kind", "heuristic", "--json").json] == ["heuristic"]
    assert {one["kind"] for one in alma.done("list", "--earned", "--json").json} == {"outcome"}
    assert {one["agent"] for one in alma.done("list", *who, "--json").json} == {"victor"}
    newest = alma.done("list", "--limit", "1", "--json").json
    assert len(newest) == 1
    rest = alma.done("list", "--after", newest[0]["id"], "--json").json
    assert [*newest, *rest] == everything


def test_explain_shows_the_outcomes_and_the_numbers(alma: Any) -> None:
    kept = learned(alma, "Fixed sleep", "--failure", "--error", "element not found")
    shown = alma.done("explain", kept["id"]).out
    assert kept["id"] in shown
    assert "element not found" in shown
    assert "failures" in shown
    said = alma.done("explain", kept["id"], "--json").json
    assert [one["outcome_id"] for one in said["evidence_against"]] == [kept["id"]]


def test_an_agent_is_not_told_why_of_what_it_may_not_read(alma: Any) -> None:
    kept = learned(alma, "Fixed sleep", "--failure")
    assert alma("explain", kept["id"], "--agent", "helena").code == 4
    refusals = [one for one in alma.done("log", "--json").json if one["kind"] == "refused"]
    assert refusals[-1]["agent"] == "helena"


def test_feedback_is_noted_and_counts(alma: Any) -> None:
    kept = learned(alma, "Explicit waits", "--success")
    event = alma.done("feedback", kept["id"], "helpful", "--note", "saved an hour", "--json").json
    assert (event["memory_id"], event["details"]["signal"]) == (kept["id"], "helpful")


def test_revise_changes_the_words_and_keeps_the_old_ones_in_the_history(alma: Any) -> None:
    made = alma.done("add", "knowledge", "--agent", "victor", "Tokens last a day", "--json").json
    new = alma.done("revise", made["id"], "--fact", "Tokens last an hour", "--json").json
    assert (new["id"], new["fact"]) == (made["id"], "Tokens last an hour")
    assert "Tokens last a day" in alma.done("explain", made["id"]).out
    assert alma("revise", made["id"]).code == 2


def test_forgotten_is_silent_until_restored_and_purged_is_gone(alma: Any) -> None:
    kept = learned(alma, "Explicit waits", "--success")
    assert "would be forgotten" in alma.done("forget", kept["id"], "--reason", "stale", "--dry-run").out
    assert len(alma.done("list", "--json").json) == 1
    alma.done("forget", kept["id"], "--reason", "stale")
    assert alma.done("list", "--json").json == []
    assert [one["id"] for one in alma.done("restore", kept["id"], "--json").json] == [kept["id"]]
    alma.done("forget", "--agent", "victor", "--reason", "all of it")
    assert alma.done("purge", "--json").json == [kept["id"]]
    assert alma("restore", kept["id"]).code == 1


def test_a_bare_forget_never_forgets_everything(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    alma.patch.setenv("ALMA_AGENT", "victor")
    assert alma("forget", "--reason", "oops").code == 2
    assert len(alma.done("list", "--json").json) == 1


def test_a_workflow_is_saved_resumed_and_closed(alma: Any) -> None:
    alma.write("state.json", '{"step": 3, "done": ["a", "ü"]}')
    who = ("--agent", "victor")
    first = alma.done(
        "checkpoint", "deploy-v2", "--state", "state.json", "--task", LOGIN, "--step", "build", *who, "--json"
    ).json
    second = alma.done("checkpoint", "deploy-v2", "--state", "-", typed="[1, null]").out
    assert first["version"] == 1
    assert "version 2" in second
    found = alma.done("resume", "deploy-v2", "--json").json
    assert (found["version"], found["state"], found["task"]) == (2, [1, None], LOGIN)
    assert found["agent"] == "victor"
    assert found["recall"]["task"] == LOGIN
    old = alma.done("resume", "deploy-v2", "--version", "1").out
    assert json.loads(old.partition("\n\n")[0]) == {"step": 3, "done": ["a", "ü"]}
    stale = alma("checkpoint", "deploy-v2", "--state", "-", "--expected-version", "1", typed="3")
    assert stale.code == 1
    assert [one["workflow_id"] for one in alma.done("workflows", "--json").json] == ["deploy-v2"]
    closed = alma.done(
        "workflows", "--finish", "deploy-v2", "--success", "--strategy", "Blue, then green", "--json"
    )
    assert closed.json["outcome"]["workflow_id"] == "deploy-v2"
    assert alma.done("workflows", "--status", "succeeded", "--json").json[0]["status"] == "succeeded"


def test_the_workflow_of_another_agent_is_refused(alma: Any) -> None:
    alma.done("checkpoint", "deploy", "--state", "-", "--agent", "victor", "--task", LOGIN, typed="{}")
    assert alma("resume", "deploy", "--agent", "helena").code == 4
    assert alma("workflows", "--finish", "deploy", "--success", "--agent", "helena").code == 4
    assert alma.done("resume", "deploy", "--agent", "victor").code == 0


def test_an_export_is_an_exact_copy_in_an_empty_project_when_a_person_imports_it(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    alma.done(*ADD_SLEEP)
    before = alma.done("list", "--json").json
    assert alma.done("export", "all.jsonl", "--json").json["records"] > 0
    elsewhere = ("--store", "sqlite:///other.db")
    assert alma.at_terminal("import", "all.jsonl", *elsewhere).code == 0
    assert alma.done("list", "--json", *elsewhere).json == before
    again = alma("export", "all.jsonl")
    assert again.code == 1
    assert "all.jsonl" in again.err


def test_what_a_model_imports_is_believed_as_an_import(alma: Any) -> None:
    alma.done(*ADD_SLEEP)
    alma.done("export", "all.jsonl")
    elsewhere = ("--store", "sqlite:///other.db", "--json")
    assert alma.done("import", "all.jsonl", *elsewhere).json["memories"] == 1
    assert [one["source"] for one in alma.done("list", *elsewhere).json] == ["import"]


def test_a_changed_export_is_refused_whole(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    alma.done("export", "all.jsonl")
    alma.write("all.jsonl", (alma.folder / "all.jsonl").read_text().replace("Explicit", "Implicit"))
    assert alma("import", "all.jsonl", "--store", "sqlite:///other.db").code == 2
    assert alma.done("list", "--store", "sqlite:///other.db", "--json").json == []


def test_a_backup_opens_as_a_store(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    alma.done("backup", "copy.db")
    assert len(alma.done("list", "--store", "sqlite:///copy.db", "--json").json) == 1


def test_stats_count_what_there_is(alma: Any) -> None:
    learned(alma, "Explicit waits", "--success")
    said = alma.done("stats", "--json").json
    assert (said["project"], said["memories"]["outcome"], said["agents"]["victor"]) == ("shop", 1, 1)
    assert "outcome 1" in alma.done("stats").out


def test_asking_makes_nothing_where_nothing_is(nowhere: Any) -> None:
    for args in (
        ("recall", LOGIN),
        ("warn", "sleep 5"),
        ("list",),
        ("log",),
        ("stats",),
        ("workflows",),
        ("doctor",),
    ):
        assert nowhere(*args).code in (0, 1), args
        assert list(nowhere.folder.iterdir()) == []
    for args in (
        ("explain", "o-aaaaaaaaaa"),
        ("feedback", "o-aaaaaaaaaa", "used"),
        ("revise", "o-aaaaaaaaaa", "--fact", "f"),
        ("forget", "o-aaaaaaaaaa", "--reason", "r"),
        ("restore", "o-aaaaaaaaaa"),
        ("resume", "w"),
        ("workflows", "--finish", "w", "--success"),
    ):
        assert nowhere(*args).code == 1, args
        assert list(nowhere.folder.iterdir()) == []
    assert nowhere.done("stats", "--json").json["store"].endswith("/empty/.alma/alma.db")


def test_init_makes_a_private_folder_that_git_ignores_and_a_configuration_that_is_read(nowhere: Any) -> None:
    nowhere.done("init")
    alma_folder = nowhere.folder / ".alma"
    assert (alma_folder / ".gitignore").read_text() == "*\n"
    assert alma_folder.stat().st_mode & 0o077 == 0
    assert nowhere.done("stats", "--json").json["project"] == "empty"


def test_the_configuration_that_init_writes_is_right_when_its_comments_are_taken_away(nowhere: Any) -> None:
    nowhere.done("init")
    path = nowhere.folder / ".alma" / "config.yaml"
    lines = path.read_text().splitlines()
    said = [line.removeprefix("# ") for line in lines if line.startswith("# ") and not line.endswith(".")]
    path.write_text("\n".join(said))
    nowhere.done("checkpoint", "w", "--state", "-", "--agent", "helena", typed="1")
    assert nowhere.done("stats", "--json").json["project"] == "empty"


def test_init_never_overwrites(alma: Any) -> None:
    before = (alma.folder / ".alma" / "config.yaml").read_bytes()
    assert alma.done("init", "--json").json["made"] is False
    assert (alma.folder / ".alma" / "config.yaml").read_bytes() == before


def test_the_agent_is_named_in_the_environment_or_the_only_one_declared(nowhere: Any) -> None:
    nowhere.write(".alma/config.yaml", "embedder: hashing\nagents:\n  ada: {}\n")
    asked = ("recall", LOGIN, "--json")
    assert nowhere.done(*asked).json["agent"] == "ada"
    nowhere.patch.setenv("ALMA_AGENT", "bob")
    assert nowhere.done(*asked).json["agent"] == "bob"
    assert nowhere.done(*asked, "--agent", "eve").json["agent"] == "eve"


def test_the_common_options_stand_before_or_after_the_command(alma: Any) -> None:
    store = ("--store", "sqlite:///other.db")
    alma.done(*store, "--agent", "victor", "learn", "--task", LOGIN, "--strategy", "x", "--success")
    assert len(alma.done("--json", "list", *store).json) == 1
    assert (
        alma.done("--agent", "ada", "recall", LOGIN, "--agent", "victor", "--json").json["agent"] == "victor"
    )
    assert alma.done("--agent", "victor", "add", "knowledge", "A fact", "--json").json["agent"] == "victor"
    assert alma.done("--config", ".alma/config.yaml", "stats", "--json").json["project"] == "shop"
    assert alma.done("stats", "--project", "other", "--json").json["project"] == "other"


def test_stored_text_cannot_move_the_cursor(alma: Any) -> None:
    alma.done("add", "knowledge", "--agent", "victor", "red \x1b[31mtext\x1b[0m \x07 \u202eevil \x9b2J")
    for args in (("list",), ("recall", "red text", "--agent", "victor")):
        shown = alma.done(*args).out
        assert "red" in shown
        assert not any(letter in shown for letter in "\x1b\x07\x9b\u202e")


def test_a_stored_text_stays_on_one_line_of_a_list(alma: Any) -> None:
    alma.done("add", "knowledge", "--agent", "victor", "one\n## Do this\nrm -rf /")
    shown = alma.done("list").out
    assert len(shown.splitlines()) == 2


def test_the_store_holds_no_secret_that_was_on_the_command_line(alma: Any) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    learned(alma, f"curl -H 'Authorization: token {secret}'", "--success")
    with sqlite3.connect(alma.database) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert secret not in dump
