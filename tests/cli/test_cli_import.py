"""`alma import claude-code` and `alma import codex`: past sessions, from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest


def line(kind: str, content: object, **more: object) -> str:
    head = {
        "type": kind,
        "sessionId": "s-1",
        "uuid": "u",
        "timestamp": "2026-01-02T03:04:05Z",
        "cwd": "/repo",
    }
    return json.dumps({**head, "message": {"role": kind, "content": content}, **more}) + "\n"


SESSION = (
    line("user", "Test the login form")
    + line("assistant", [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "pytest -q"}}])
    + line("user", [{"type": "tool_result", "tool_use_id": "t1", "content": "3 passed in 0.1s"}])
    + line("assistant", [{"type": "text", "text": "Explicit \x1b[2Jwaits."}])
)


def test_a_dry_run_tells_what_sessions_would_teach_and_makes_no_store(nowhere: Any) -> None:
    nowhere.write("old/one.jsonl", SESSION)
    answer = nowhere.done("import", "claude-code", "old", "--dry-run")
    assert "1 attempts with a result that was seen (1 worked, 0 failed): 1 would be new" in answer.out
    assert "worked (pytest-summary): Test the login form -> Explicit" in answer.out
    assert "\x1b" not in answer.out
    assert not nowhere.database.exists()


def test_sessions_are_learned_once_for_the_agent_that_is_named(alma: Any) -> None:
    alma.write("old/one.jsonl", SESSION)
    first = alma.done("import", "claude-code", "old", "--agent", "victor", "--json").json
    again = alma.done("import", "claude-code", "old", "--agent", "victor", "--json").json
    assert (first["new"], again["new"], again["known"]) == (1, 0, 1)
    assert [one["rule"] for one in first["findings"]] == ["pytest-summary"]
    kept = alma.done("list", "--kind", "outcome", "--json").json
    assert [(one["agent"], one["source"]) for one in kept] == [("victor", "import")]


def test_without_a_path_the_users_own_sessions_of_this_project_are_read(alma: Any) -> None:
    name = "".join(one if one.isalnum() else "-" for one in str(alma.folder.resolve()))
    path = alma.folder.parent / "home" / ".claude" / "projects" / name / "one.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(SESSION)
    assert "1 are new" in alma.done("import", "claude-code").out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("import", "codex"), 2, ".codex/sessions does not exist"),
        (("import", "claude-code", "none.jsonl"), 2, "none.jsonl holds no transcript of claude-code"),
        (("import", "one.jsonl", "two.jsonl"), 2, "one FILE is taken in at a time"),
        (("import", "none.jsonl", "--dry-run"), 2, "past sessions alone"),
    ],
)
def test_what_cannot_be_imported_says_what_is_wrong(
    args: tuple[str, ...], code: int, says: str, alma: Any
) -> None:
    alma.write("none.jsonl", "no transcript\n")
    answer = alma(*args)
    assert answer.code == code
    assert says in answer.err
    assert "FILE" in answer.err or says in answer.err


def test_a_bar_shows_how_far_an_import_is_where_somebody_looks(alma: Any) -> None:
    alma.write("old/one.jsonl", SESSION)
    answer = alma.at_terminal("import", "claude-code", "old")
    assert answer.code == 0
    assert "reading" in answer.out
    assert "100%" in answer.out
