"""Transcripts as Claude Code and Codex write them, made of what happens in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Line = dict[str, Any]
FAILED = "1 failed, 2 passed in 0.1s"
PASSED = "3 passed in 0.1s"


class Claude:
    """Lines of one session of Claude Code."""

    def __init__(self, session: str = "s-1", *, agent: str | None = None, at: int = 0) -> None:
        self.lines: list[Line] = []
        self._envelope = {
            "sessionId": session,
            "version": "2.1.31",
            "cwd": "/repo",
            "isSidechain": agent is not None,
        }
        self._envelope |= {"agentId": agent} if agent else {}
        self._at = at

    def line(self, kind: str, content: object, **more: object) -> Claude:
        self._at += 1
        stamp = f"2026-01-02T03:{self._at // 60:02}:{self._at % 60:02}Z"
        head = {"type": kind, "uuid": f"u-{self._at}", "timestamp": stamp, **self._envelope}
        self.lines.append({**head, "message": {"role": kind, "content": content}, **more})
        return self

    def prompt(self, text: str) -> Claude:
        return self.line("user", text)

    def says(self, text: str) -> Claude:
        return self.line("assistant", [{"type": "text", "text": text}])

    def uses(self, id_: str, tool: str, **arguments: object) -> Claude:
        return self.line("assistant", [{"type": "tool_use", "id": id_, "name": tool, "input": arguments}])

    def gets(self, id_: str, text: str, *, is_error: bool = False, **result: object) -> Claude:
        block = {"type": "tool_result", "tool_use_id": id_, "content": text, "is_error": is_error}
        return self.line(
            "user", [block], toolUseResult=f"Error: {text}" if is_error else {"stdout": text, **result}
        )

    def runs(self, id_: str, command: str, text: str, *, code: int = 0) -> Claude:
        said = f"Exit code {code}\n{text}" if code else text
        return self.uses(id_, "Bash", command=command).gets(id_, said, is_error=code != 0)

    @property
    def text(self) -> str:
        return written(self.lines)


class Codex:
    """Lines of one rollout of Codex."""

    def __init__(self, session: str = "c-1", *, folder: str = "/repo") -> None:
        self.lines: list[Line] = []
        self.line("session_meta", id=session, cwd=folder, cli_version="0.42.0")

    def line(self, kind: str, **payload: object) -> Codex:
        self.lines.append(
            {"timestamp": f"2026-01-02T03:04:{len(self.lines):02}Z", "type": kind, "payload": payload}
        )
        return self

    def message(self, role: str, text: str) -> Codex:
        kind = "input_text" if role == "user" else "output_text"
        return self.line("response_item", type="message", role=role, content=[{"type": kind, "text": text}])

    def calls(self, id_: str, command: Sequence[str]) -> Codex:
        arguments = json.dumps({"command": command})
        return self.line(
            "response_item", type="function_call", name="shell", arguments=arguments, call_id=id_
        )

    def gets(self, id_: str, output: object) -> Codex:
        return self.line("response_item", type="function_call_output", call_id=id_, output=output)

    def runs(self, id_: str, line: str, text: str, *, code: int = 0) -> Codex:
        output = json.dumps({"output": text, "metadata": {"exit_code": code, "duration_seconds": 0.1}})
        return self.calls(id_, ["bash", "-lc", line]).gets(id_, output)

    @property
    def text(self) -> str:
        return written(self.lines)


def written(lines: list[Line]) -> str:
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def login(session: str = "s-1", *, calls: str = "t") -> Claude:
    """A session in which the login form is tested: a failure, an edit, a pass."""
    return (
        Claude(session)
        .prompt("Test the login form")
        .runs(f"{calls}1", "pytest -q", FAILED, code=1)
        .uses(
            f"{calls}2",
            "Edit",
            file_path="/repo/login.py",
            old_string="sleep(5)",
            new_string="wait_for(button)",
        )
        .gets(f"{calls}2", "The file was updated")
        .runs(f"{calls}3", "pytest -q", PASSED)
        .says("Explicit waits on the button.\n\nAll green.")
    )
