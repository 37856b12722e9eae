"""Rollbacks on the command line: silenced in one event, undone by its number."""

from __future__ import annotations

from typing import Any


def learned(alma: Any, strategy: str) -> str:
    task = ("--task", "Test the login form", "--strategy", strategy, "--success")
    id_: str = alma.done("learn", "--agent", "helena", *task, "--json").json["outcome"]["id"]
    return id_


def test_what_filters_forgot_comes_back_by_the_number_that_the_log_shows(alma: Any) -> None:
    kept = [learned(alma, strategy) for strategy in ("Explicit waits", "A fixed sleep")]
    said = alma.done("forget", "--agent", "helena", "--older-than", "0m", "--reason", "archived").out
    assert alma.done("list", "--json").json == []
    number = next(
        one["seq"] for one in alma.done("log", "--json").json if one["details"].get("reason") == "archived"
    )
    assert f"2 forgotten; `alma restore {number}` undoes this" in said
    shown = next(line for line in alma.done("log").out.splitlines() if line.split()[0] == str(number))
    assert "2 memories; reason: archived" in " ".join(shown.split())
    assert [one["id"] for one in alma.done("restore", str(number), "--json").json] == kept
    assert len(alma.done("list", "--kind", "outcome", "--json").json) == 2
    again = alma("restore", str(number))
    assert again.code == 1
    assert "Traceback" not in again.err


def test_what_is_forgotten_by_its_id_says_the_command_that_undoes_it(alma: Any) -> None:
    kept = learned(alma, "Explicit waits")
    said = alma.done("forget", kept, "--reason", "r").out
    assert f"1 forgotten; `alma restore {kept}` undoes this" in said
    none = alma.done("forget", "--origin", "nobody", "--reason", "r").out
    assert none.strip() == "0 forgotten"


def test_an_id_beside_a_filter_is_refused_but_the_agent_of_the_environment_is_no_filter(alma: Any) -> None:
    kept = learned(alma, "Explicit waits")
    for given in (("--agent", "helena"), ("--origin", "o"), ("--source", "word"), ("--older-than", "1d")):
        refused = alma("forget", kept, *given, "--reason", "r")
        assert refused.code == 2
        assert "an id or filters, not both" in refused.err
    assert len(alma.done("list", "--json").json) == 1
    alma.patch.setenv("ALMA_AGENT", "victor")
    alma.done("forget", kept, "--reason", "r")
    assert alma.done("list", "--agent", "helena", "--json").json == []


def test_the_log_counts_memories_and_shows_no_numbers_of_rows(alma: Any) -> None:
    for strategy in ("Explicit waits", "A fixed sleep"):
        learned(alma, strategy)
    fact = alma.done("add", "knowledge", "--agent", "victor", "Tokens last a day", "--json").json["id"]
    alma.done("revise", fact, "--valid-to", "2040-01-01")
    alma.done("forget", "--agent", "helena", "--reason", "archived")
    alma.done("forget", fact, "--reason", "wrong")
    alma.done("purge")
    shown = " ".join(alma.done("log").out.split())
    assert "2 memories; reason: [purged]" in shown
    assert "3 memories" in shown
    assert "seqs" not in shown
    assert "valid_to" not in shown


def test_a_list_marks_facts_that_have_ended_or_are_yet_to_hold(alma: Any) -> None:
    def add(fact: str, *more: str) -> str:
        id_: str = alma.done("add", "knowledge", "--agent", "victor", fact, *more, "--json").json["id"]
        return id_

    old = add("Tokens last a day")
    new = add("Tokens last an hour", "--replaces", old)
    later = add("Staging is closed", "--valid-from", "2999-05-01", "--valid-to", "2999-06-01")
    rows = {line.split()[0]: " ".join(line.split()) for line in alma.done("list").out.splitlines()}
    assert f"{old} knowledge, ended victor" in rows[old]
    assert f"{new} knowledge victor" in rows[new]
    assert f"{later} knowledge, from 2999-05-01 victor" in rows[later]
    shown = " ".join(alma.done("explain", old).out.split())
    assert f"replaced by {new}" in shown
    assert "holds from 2999-05-01 to 2999-06-01" in " ".join(alma.done("explain", later).out.split())
