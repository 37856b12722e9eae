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
    assert "alma log" in said
    assert alma.done("list", "--json").json == []
    number = next(
        one["seq"] for one in alma.done("log", "--json").json if one["details"].get("reason") == "archived"
    )
    assert [one["id"] for one in alma.done("restore", str(number), "--json").json] == kept
    assert len(alma.done("list", "--kind", "outcome", "--json").json) == 2
    again = alma("restore", str(number))
    assert again.code == 1
    assert "Traceback" not in again.err
