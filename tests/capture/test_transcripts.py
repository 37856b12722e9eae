"""Transcripts as other programs leave them: what is in them is found, and what is wrong with them harms nothing."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from transcripts import FAILED, PASSED, Claude, Codex, login

from alma import InvalidInput
from alma.capture.finding import Attempt, Correction, Finding, Objection, Proposal
from alma.past import MOST_THREADS, Sessions


def found(folder: Path, *files: str | bytes, form: str = "claude-code") -> list[Finding]:
    for number, content in enumerate(files):
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{number}.jsonl").write_bytes(data)
    return [one.finding for one in Sessions(str(folder), form=form)]


def attempts(findings: list[Finding]) -> list[tuple[str, str, float]]:
    return [(one.task, one.strategy, one.result) for one in findings if isinstance(one, Attempt)]


LOGIN = [("Test the login form", "Explicit waits on the button.", 1.0)]


def test_a_session_of_claude_code_is_read(tmp_path: Path) -> None:
    assert attempts(found(tmp_path, login().text)) == LOGIN


def test_a_rollout_of_codex_is_read(tmp_path: Path) -> None:
    rollout = (
        Codex()
        .message("user", "<environment_context>\n  <cwd>/repo</cwd>\n</environment_context>")
        .message("user", "# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\nTest the login form")
        .line("event_msg", type="user_message", message="Test the login form")
        .runs("1", "git log --online", "fatal: unrecognized argument: --online", code=128)
        .runs("2", "git log --oneline", "abc")
        .calls("3", ["bash", "-lc", "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: login.py\n-sleep(5)\n+wait()\n*** End Patch\nEOF"])
        .gets("3", json.dumps({"output": "Success", "metadata": {"exit_code": 0}}))
        .calls("4", ["pytest", "-q"])
        .gets("4", "Process exited with code 0\nOutput:\n" + PASSED)
        .message("assistant", "Explicit waits on the button.")
    )  # fmt: skip
    findings = found(tmp_path, rollout.text, form="codex")
    assert attempts(findings) == LOGIN
    assert [(one.failing, one.working) for one in findings if isinstance(one, Correction)] == [
        ("git log --online", "git log --oneline")
    ]


@pytest.mark.parametrize(
    ("output", "result"),
    [
        (json.dumps({"output": FAILED, "metadata": {"exit_code": 1}}), 0.0),
        ("failed in sandbox LinuxSeccomp with execution error: exit code: 1, stdout: " + FAILED, 0.0),
        ("Process exited with code 1\n" + FAILED, 0.0),
        ("exec command rejected by user", None),
        (json.dumps({"output": "command timed out", "metadata": {"exit_code": 124}}), None),
        ({"unknown": True}, None),
        (None, None),
    ],
)
def test_results_of_codex_are_read_in_every_form(
    output: object, result: float | None, tmp_path: Path
) -> None:
    rollout = (
        Codex()
        .message("user", "Test the form")
        .calls("1", ["bash", "-lc", "pytest -q"])
        .gets("1", output)
        .message("assistant", "Done")
    )
    assert [one[2] for one in attempts(found(tmp_path, rollout.text, form="codex"))] == (
        [] if result is None else [result]
    )


@pytest.mark.parametrize(
    ("text", "is_error", "result"),
    [
        ("Exit code 1\n" + FAILED, True, 0.0),
        (FAILED, True, 0.0),
        (PASSED, False, 1.0),
        ("<tool_use_error>Sibling tool call errored</tool_use_error>", True, None),
        ("Permission to use Bash with command pytest has been denied.", True, None),
        ("[Request interrupted by user for tool use]", True, None),
        ("Exit code 137\nKilled", True, None),
    ],
)
def test_results_of_every_version_of_claude_code_are_read(
    text: str, is_error: bool, result: float | None, tmp_path: Path
) -> None:
    session = (
        Claude()
        .prompt("Test the form")
        .uses("1", "Bash", command="pytest -q")
        .gets("1", text, is_error=is_error)
    )
    assert [one[2] for one in attempts(found(tmp_path, session.says("Done").text))] == (
        [] if result is None else [result]
    )  # fmt: skip


def test_the_true_end_of_a_command_in_the_background_is_what_counts(tmp_path: Path) -> None:
    session = (
        Claude()
        .prompt("Test the form")
        .uses("1", "Bash", command="pytest -q", run_in_background=True)
        .gets("1", "Command running in background with ID: b1", backgroundTaskId="b1")
        .uses("2", "TaskOutput", task_id="b1")
        .gets("2", f"<task_id>b1</task_id><status>failed</status>\n<exit_code>1</exit_code>\n<output>{FAILED}</output>")
        .says("Done")
    )  # fmt: skip
    assert [one[2] for one in attempts(found(tmp_path, session.text))] == [0.0]


def test_what_a_person_did_not_type_is_no_prompt(tmp_path: Path) -> None:
    session = login()
    for text in (
        "<command-name>/clear</command-name>",
        "<local-command-stdout>ok</local-command-stdout>",
        "<bash-input>ls</bash-input>",
        "<task-notification>done</task-notification>",
        "<system-reminder>Remember the rules</system-reminder>",
        "This session is being continued from a previous conversation",
    ):
        session.prompt(text).runs(f"after {text}", "pytest -q", PASSED).says("No response requested")
    session.line("user", "Caveat", isMeta=True).line("user", "Summary", isCompactSummary=True)
    assert [one[0] for one in attempts(found(tmp_path, session.text))] == ["Test the login form"]


def test_a_rejection_an_interruption_and_a_message_typed_meanwhile_are_proposals(tmp_path: Path) -> None:
    session = (
        Claude()
        .prompt("Install everything")
        .uses("1", "Bash", command="npm install")
        .gets("1", "The user doesn't want to proceed with this tool use. The tool use was rejected. To tell you how to proceed, the user said:\nuse pnpm instead of npm", is_error=True)
        .uses("2", "Bash", command="pnpm install")
        .line("user", [{"type": "text", "text": "[Request interrupted by user for tool use]"}])
        .prompt("don't commit the lock file")
    )  # fmt: skip
    session.lines.append(
        {"type": "queue-operation", "operation": "enqueue", "sessionId": "s-1", "content": "always run the linter"}
    )  # fmt: skip
    findings = found(tmp_path, session.text)
    assert [(one.rule.partition(":")[0], one.kind) for one in findings if isinstance(one, Proposal)] == [
        ("rejected-with-a-reason", "anti_pattern"),
        ("interrupted-and-corrected", "anti_pattern"),
        ("said-while-working", "preference"),
    ]


def test_an_objection_is_about_the_attempt_before_it(tmp_path: Path) -> None:
    findings = found(tmp_path, login().prompt("No, that still fails on Safari").text)
    attempt = next(one for one in findings if isinstance(one, Attempt))
    assert [one.attempt for one in findings if isinstance(one, Objection)] == [attempt.key]


def test_a_subagent_counts_once_whether_it_is_read_in_its_own_file_or_in_its_parent(tmp_path: Path) -> None:
    child = (
        Claude("s-1", agent="a1").prompt("Run the tests").runs("k1", "pytest -q", PASSED).says("They pass")
    )
    parent = login()
    parent.lines += [
        {"type": "progress", "sessionId": "s-1", "uuid": "p", "data": {"type": "agent_progress", "agentId": "a1", "message": line}}
        for line in child.lines
    ]  # fmt: skip
    assert len(attempts(found(tmp_path, parent.text))) == 2
    assert len(attempts(found(tmp_path, parent.text, child.text))) == 2


def test_resumed_and_cut_copies_of_a_session_count_once(tmp_path: Path) -> None:
    whole = (
        login()
        .prompt("Now the cart")
        .runs("t9", "pytest -q", FAILED, code=1)
        .says("The cart is not rounded yet")
    )
    cut = login().text
    other = login("s-2").text
    found_ = found(tmp_path, cut[: len(cut) // 2], whole.text, other, whole.text)
    assert attempts(found_) == [*LOGIN, ("Now the cart", "The cart is not rounded yet", 0.0)]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda rows: "\n".join([*rows[:-1], rows[-1], '{"type":"user","message":{"content":"cut in the mid']),
        lambda rows: "\n".join([rows[0] + '{"type":"summary","leafUuid":"x","summary":"glued"}', *rows[1:]]),
        lambda rows: "\n".join(['{"type":"summary","leafUuid":"x"}' + rows[0], *rows[1:]]),
        lambda rows: "\n".join(['{"type":"assistant","mess' + rows[0], *rows[1:]]),
        lambda rows: "\n".join(['{"type":"from-the-future","sessionId":"s-1"}', *rows]),
        lambda rows: "\n".join([row.replace('"2.1.31"', '"99.0.0-beta"') for row in rows]),
        lambda rows: "\n\n\r\n".join(["[]", "3", "null", '"text"', *rows]),
        lambda rows: "\n".join(['{"type":"user","sessionId":3,"message":{"content":[3,null,{"type":"text","text":{}}]}}', *rows]),
        lambda rows: "\n".join(['{"type":"user","sessionId":"s-1","message":{"content":[{"type":"tool_result","tool_use_id":[],"content":{}}]}}', *rows]),
        lambda rows: "\n".join(["[" * 100_000, *rows]),
    ],
    ids=["cut", "glued after", "glued before", "cut and glued", "unknown type", "unknown version", "no objects", "odd types", "odd result", "deep"],
)  # fmt: skip
def test_what_is_wrong_with_a_line_harms_no_other(spoilt: object, tmp_path: Path) -> None:
    rows = login().text.splitlines()
    assert callable(spoilt)
    assert attempts(found(tmp_path, spoilt(rows))) == LOGIN


def test_binary_output_is_read_over(tmp_path: Path) -> None:
    session = login().text.encode()
    noise = bytes(range(256)) * 64 + b"\n"
    assert attempts(found(tmp_path, noise + session + noise)) == LOGIN
    control = (
        Claude()
        .prompt("Look")
        .runs("1", "pytest -q", "\x00\x1b[31m\x07\ud800" + FAILED, code=1)
        .says("Rounded the cart\x00")
    )
    told = [one for one in found(tmp_path, control.text) if isinstance(one, Attempt)]
    assert [(one.result, one.strategy) for one in told] == [(0.0, "Rounded the cart")]
    assert "\x00" not in (told[0].why or "")


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"just a text\n", b'{\n  "messages": [\n    {}\n  ]\n}\n', b'{"alma":1}\n{"records":0}\n', bytes(range(256))],
    ids=["empty", "blank", "text", "pretty-printed", "another kind", "binary"],
)  # fmt: skip
def test_a_jsonl_that_is_no_transcript_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no transcript of claude-code"):
        found(tmp_path, content)


def test_other_files_beside_a_transcript_are_passed_over_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(login().text)
    (tmp_path / "b.jsonl").write_text("no transcript\n")
    (tmp_path / "c.txt").write_text(login().text)
    (tmp_path / "d.jsonl").mkdir()
    sessions = Sessions(str(tmp_path), form="claude-code")
    assert len(list(sessions)) == 1
    assert (sessions.files, sessions.skipped) == (1, 1)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        Sessions(str(tmp_path / "nothing"), form="codex")


def test_memory_does_not_grow_with_the_size_of_a_transcript(tmp_path: Path) -> None:
    def peak(copies: int) -> int:
        path = tmp_path / f"{copies}.jsonl"
        with path.open("w") as file:
            for number in range(copies):
                session = Claude(f"s-{number % 100}").runs(f"c{number}", "cat big.log", "x" * 40_000)
                file.write(session.text)
            file.write(login().text)
        tracemalloc.start()
        assert len(list(Sessions(str(path), form="claude-code"))) == 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(4 * MOST_THREADS), peak(40 * MOST_THREADS)
    assert large < 1.3 * small


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alma.capture.lines.LONGEST_LINE", 10_000)
    long = Claude().prompt("y" * 50_000).text
    assert attempts(found(tmp_path, long + login().text)) == LOGIN
