"""Whatever goes wrong, the user is not held up: the exit code is 0, nothing is blocked, and it is said once."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from alma import ALMA
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
