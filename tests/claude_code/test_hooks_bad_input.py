"""Whatever goes wrong, the user is not held up: the exit code is 0, nothing is blocked, and it is said once."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from alma import ALMA, Outcome
from alma.hooks.events import EVENTS

from .conftest import Project

NO_EVENTS = {
    "nothing": b"",
    "no JSON": b"sleep 5",
    "half of it": b'{"session_id": "s',
    "a list": b"[1, 2]",
    "null": b"null",
    "bytes": b"\xff\xfe\x00\x80",
    "deep": b"[" * 100_000,
}
STRANGE = {
    "nothing at all": {},
    "no session": {"session_id": None, "prompt": "x"},
    "a session that is no name": {"session_id": "../../etc\n\0" + "x" * 5000, "prompt": "x", "source": 5},
    "a session with half a letter": {"session_id": "\ud800", "prompt": "\ud800 half"},
    "wrong types": {
        "session_id": 5,
        "cwd": [],
        "prompt": {},
        "tool_name": 7,
        "tool_input": "x",
        "agent_type": [],
    },
    "a folder that is gone": {"cwd": "/no/such/folder", "session_id": "s", "prompt": "x"},
    "a folder with NUL": {"cwd": "a\0b", "session_id": "s", "prompt": "x"},
    "a tool without a name": {"tool_name": " ", "tool_input": {}},
    "a command with NUL": {"tool_name": "Bash", "tool_input": {"command": "sleep 5\0"}},
    "a very long command": {"tool_name": "Bash", "tool_input": {"command": "sleep 5; " * 200_000}},
    "a very long prompt": {"session_id": "s", "prompt": "test the login form " * 100_000},
    "unknown fields": {"session_id": "s", "prompt": "hello", "new_field": {"deep": [1]}},
}


@pytest.mark.parametrize("content", NO_EVENTS.values(), ids=NO_EVENTS.keys())
def test_what_is_no_event_is_passed_over(project: Project, content: bytes) -> None:
    for event in ("SessionStart", "PreToolUse"):
        answer = project.sent(event, content)
        assert not answer.inner
        assert (
            "allowed: what Claude Code sends to a hook" in answer.notice
            or not answer.out
            or "an object" in answer.notice
        )


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE.keys())
def test_an_event_that_is_not_as_expected_is_answered_as_far_as_it_goes(
    project: Project, said: dict[str, object]
) -> None:
    for event in EVENTS:
        answer = project.sent(event, json.dumps({"cwd": str(project.folder), **said}).encode())
        assert "permissionDecision" not in answer.inner


def test_an_unknown_event_fails_without_blocking(project: Project) -> None:
    ran = subprocess.run(
        project.line("Nonsense"), input=b"{}", capture_output=True, env=project.env, check=False
    )
    assert ran.returncode == 1  # 2 would block what was asked about
    assert b"SessionStart" in ran.stderr


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def _foreign(path: Path) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as ours:
        ours.execute("PRAGMA user_version = 999")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BROKEN = {"garbage": _garbage, "foreign": _foreign, "newer": _newer, "a folder": _folder}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_store_that_cannot_be_used_is_said_once_in_a_session(
    project: Project, broken: Callable[[Path], None]
) -> None:
    project.opened().close()
    broken(project.database)
    before = project.database.read_bytes() if project.database.is_file() else b""
    first = project.hook("SessionStart", session="one")
    assert first.notice.startswith("ALMA could not help here: ")
    assert not first.inner
    for event in ("UserPromptSubmit", "PreToolUse", "PreCompact", "SessionEnd"):
        again = project.hook(event, session="one", prompt="x", tool_name="Bash", tool_input={"command": "ls"})
        assert (again.out, again.err) == ("", "")
    assert project.hook("PreToolUse", session="two", tool_name="Bash", tool_input={"command": "ls"}).notice
    assert len(project.log.read_text("utf-8").splitlines()) == 6
    assert (project.database.read_bytes() if project.database.is_file() else b"") == before


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Another program is writing all the while."""
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def without(database: Path, table: str) -> Iterator[None]:
    """Whatever needs this table fails; a transaction that leaves it alone goes through."""
    with closing(sqlite3.connect(database)) as other:
        other.execute(f"ALTER TABLE {table} RENAME TO away")
        yield
        other.execute(f"ALTER TABLE away RENAME TO {table}")


def ran(project: Project, command: str, printed: str, *, failed: bool = False, **more: object) -> None:
    """The agent ran a command, which printed this."""
    call = {"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": f"{command}{printed}"}
    if failed:
        answer = project.hook("PostToolUseFailure", **call, error=f"Exit code 1\n{printed}", **more)
    else:
        response = {"stdout": printed, "stderr": "", "interrupted": False}
        answer = project.hook("PostToolUse", **call, tool_response=response, **more)
    assert not answer.out


def outcomes(alma: ALMA) -> list[Outcome]:
    return [one for one in alma.memories(kind="outcome", limit=100) if isinstance(one, Outcome)]


def test_a_store_that_others_hold_is_read_and_not_waited_for(project: Project, alma: ALMA) -> None:
    alma.add_anti_pattern(agent="claude", pattern="Using sleep() for waits", why_bad="flaky")
    holder = sqlite3.connect(project.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        assert project.hook("SessionStart").context
        assert project.warned("sleep 5").lines
        assert "another program holds its lock" in project.hook("UserPromptSubmit", prompt="hello").notice
        assert project.hook("SessionEnd").out == ""  # the same was said already
    finally:
        holder.close()


def test_a_subagent_is_denied_its_task_also_where_nothing_can_be_kept(project: Project, alma: ALMA) -> None:
    project.configured("warn: deny\n")
    alma.add_anti_pattern(agent="claude", pattern="Running `terraform destroy`", why_bad="production is gone")
    task = {"subagent_type": "general-purpose", "prompt": "Run this:\n```\nterraform destroy\n```\n"}
    with held(project.database):
        first = project.hook("PreToolUse", tool_name="Task", tool_input=task)
        again = project.hook("PreToolUse", tool_name="Task", tool_input=task)
    assert [one.inner["permissionDecision"] for one in (first, again)] == ["deny", "deny"]
    assert "production is gone" in first.context
    assert "another program holds its lock" in first.notice
    assert not again.notice


def test_a_subagent_is_told_what_it_learned_also_where_nothing_can_be_kept(
    project: Project, alma: ALMA
) -> None:
    project.configured("agents:\n  helena: {}\n")
    alma.add_heuristic(agent="helena", condition="Testing the login form", strategy="Use user 7")
    with held(project.database):
        answer = project.hook("SubagentStart", agent_id="a1", agent_type="helena")
    assert "Use user 7" in answer.context
    assert "another program holds its lock" in answer.notice


@pytest.mark.parametrize("event", ["Stop", "UserPromptSubmit"])
def test_an_outcome_that_could_not_be_taken_in_is_taken_in_by_the_next_event(
    project: Project, alma: ALMA, event: str
) -> None:
    project.hook("UserPromptSubmit", prompt="Fix the cart totals")
    ran(project, "pytest -q", "3 passed in 0.1s")
    with without(project.database, "signature"):
        notice = project.hook("Stop", last_assistant_message="Rounded once at the end.").notice
    assert "no such table: signature" in notice
    assert not outcomes(alma)
    for _ in range(2):
        project.hook(event, prompt="Explain the cache to me", last_assistant_message="That was all.")
    assert [(one.task, one.strategy) for one in outcomes(alma)] == [
        ("Fix the cart totals", "Rounded once at the end.")
    ]


def test_what_waits_to_be_taken_in_costs_no_prompt_its_lines(project: Project, alma: ALMA) -> None:
    for _ in range(3):
        alma.learn(
            agent="claude", task="Test the login form", outcome=True, strategy_used="Wait for the button"
        )
    project.hook("UserPromptSubmit", prompt="Fix the cart totals")
    ran(project, "pytest -q", "3 passed in 0.1s")
    with without(project.database, "signature"):
        project.hook("Stop", last_assistant_message="Rounded once at the end.")
        answer = project.hook("UserPromptSubmit", prompt="Test the login form")
    assert "Wait for the button" in answer.context
    project.hook("SessionEnd", reason="other")
    assert "Fix the cart totals" in [one.task for one in outcomes(alma)]


@pytest.mark.parametrize(
    "prompt",
    [
        "注文の合計が丸められる不具合を直してください。" * 170,
        "テスト" * 1000,
        "\U0001f600 total " * 3000,
        "合" * 2700,
    ],
)
def test_a_long_prompt_in_any_script_opens_its_own_attempt(project: Project, alma: ALMA, prompt: str) -> None:
    project.hook("UserPromptSubmit", prompt="Explain how the login module works")
    project.hook("Stop", last_assistant_message="It keeps sessions in Redis and signs cookies.")
    assert not project.hook("UserPromptSubmit", prompt=prompt).out
    ran(project, "pytest -q", "1 failed, 2 passed in 0.1s", failed=True)
    project.hook("Stop", last_assistant_message="合計の計算をDecimalに変えました。")
    (only,) = outcomes(alma)
    assert only.task[:2] == prompt[:2]
    assert only.result == 0.0


def test_a_prompt_opens_its_attempt_also_where_nothing_can_be_recalled(project: Project, alma: ALMA) -> None:
    for _ in range(3):
        alma.learn(
            agent="claude", task="Test the login form", outcome=True, strategy_used="Wait for the button"
        )
    with without(project.database, "place"):
        assert "no such table: place" in project.hook("UserPromptSubmit", prompt="Test the login form").notice
    ran(project, "pytest -q", "3 passed in 0.1s")
    project.hook("Stop", last_assistant_message="Clicked through the form by hand.")
    assert len(outcomes(alma)) == 4


def test_many_subagents_with_long_output_in_any_script_cost_no_outcome(project: Project, alma: ALMA) -> None:
    long = "\U0001f600" * 2000
    project.hook("UserPromptSubmit", prompt=f"Fix the build {long}")
    printed = "1 failed, 2 passed in 0.1s\n" + "\n".join([long[:200]] * 80)
    for number in range(10):
        who = {"agent_id": f"a{number}{long}", "agent_type": "general-purpose"}
        task = {"subagent_type": "general-purpose", "prompt": f"Do this {long}"}
        assert not project.hook("PreToolUse", tool_name="Task", tool_input=task).out
        assert not project.hook("SubagentStart", **who).out
        ran(project, f"pytest -q {long}", printed, failed=True, **who)
    ran(project, "pytest -q", "3 passed in 0.1s")
    assert not project.hook("SubagentStop", last_assistant_message="Split the grammar in two.", **who).out
    assert not project.hook("Stop", last_assistant_message="Rewrote the parser.").out
    assert {one.strategy for one in outcomes(alma)} == {"Split the grammar in two.", "Rewrote the parser."}


@pytest.mark.skipif(
    os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root may write everywhere"
)
def test_a_store_on_a_read_only_disk_still_warns(project: Project, alma: ALMA) -> None:
    alma.add_anti_pattern(agent="claude", pattern="Using sleep() for waits", why_bad="flaky")
    alma.close()
    project.database.chmod(0o444)
    (project.folder / ".alma").chmod(0o555)
    # Root may write whatever the modes say; without that right it may not.
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
    line = [*(drop if os.geteuid() == 0 else []), *project.line("PreToolUse")]
    said = {
        "session_id": "s",
        "cwd": str(project.folder),
        "tool_name": "Bash",
        "tool_input": {"command": "sleep 5"},
    }
    try:
        ran = subprocess.run(
            line, input=json.dumps(said).encode(), capture_output=True, env=project.env, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert b"sleep()" in ran.stdout
    finally:
        (project.folder / ".alma").chmod(0o755)


@pytest.mark.parametrize(
    "text", ["agents: [", "nonsense: 1\n", "warn: maybe\n", "store: postgresql://far/away\n"]
)
def test_a_configuration_that_cannot_be_used_is_said_once(project: Project, text: str) -> None:
    (project.folder / ".alma" / "config.yaml").write_text(text, "utf-8")
    assert project.warned("ls").notice
    assert project.warned("ls").out == ""
    assert not project.database.exists()


def test_the_log_is_not_written_through_a_link_and_stays_small(project: Project, tmp_path: Path) -> None:
    project.configured("nonsense: 1\n")
    victim = tmp_path / "victim"
    victim.write_text("mine", "utf-8")
    project.log.symlink_to(victim)
    assert project.hook("SessionStart").notice
    assert victim.read_text("utf-8") == "mine"
    project.log.unlink()
    project.log.write_text("old line\n" * 20_000, "utf-8")
    project.warned("ls")
    assert project.log.stat().st_size < 2000


def test_the_log_holds_no_secrets(project: Project) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    project.configured(f"{secret}: 1\n")
    assert secret not in project.warned("ls").out
    assert secret not in project.log.read_text("utf-8")


def test_a_hook_whose_input_is_closed_goes_on(project: Project) -> None:
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" <&-', sys.executable, "-P", "-m", "alma", "hook", "PreToolUse"],
        capture_output=True,
        env=project.env,
        check=False,
        cwd=project.folder,
    )
    assert ran.returncode == 0
    assert b"Traceback" not in ran.stderr
