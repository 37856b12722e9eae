"""Rollouts of Codex as happenings, whichever version wrote them."""

from __future__ import annotations

import json
import re
import shlex

from alma.capture.happening import Call, Interrupted, Prompt, Rejected, Result, Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from alma.capture.happening import Happening

    Json = Mapping[str, Any]  # Any: what other programs write

KNOWN = frozenset(("session_meta", "turn_context", "response_item", "event_msg", "compacted"))
SKIPPED = (
    b'"type":"reasoning"',
    b'"type":"token_count"',
    b'"type":"agent_reasoning',
    b'"type":"turn_context"',
)
MACHINE = r"\s*(?:<(?:environment_context|user_instructions|turn_aborted|ENVIRONMENT_CONTEXT|INSTRUCTIONS)|# AGENTS\.md instructions)"
REQUEST = r"(?s).*?^##+ My request for Codex:?\s*\n(.*)"
EXIT_CODE = r"(?i)(?:\bexit code: |Process exited with code |exited with code |\bexit code )(-?\d+)"
REJECTED = "rejected by user"
SHELLS = (
    "bash",
    "sh",
    "zsh",
    "/bin/bash",
    "/bin/sh",
    "/bin/zsh",
    "powershell.exe",
    "pwsh",
    "pwsh.exe",
    "powershell",
)
PATCHED = r"(?m)^\*\*\* (?:Update|Add|Delete) File: (.+)$"


def is_skipped(line: bytes) -> bool:
    """Whether a line says nothing of what happened, told without parsing it."""
    return any(mark in line[:400] for mark in SKIPPED) and b'}{"' not in line


def is_known(one: Json) -> bool:
    """Whether this is a line of such a rollout."""
    return one.get("type") in KNOWN and "payload" in one


class Reader:
    """One rollout: remembers whose it is."""

    def __init__(self, kinds: dict[str, str] | None = None, *, beside: Json | None = None) -> None:
        del kinds, beside  # it knows no subagents
        self._session = "unknown"

    def happenings(self, one: Json) -> Iterator[tuple[str, Happening]]:
        """What one line says happened, each with the session it belongs to."""
        payload = one.get("payload")
        if not isinstance(payload, dict):
            return
        if one.get("type") == "session_meta" and isinstance(payload.get("id"), str):
            self._session = payload["id"]
        elif one.get("type") == "event_msg" and payload.get("type") == "turn_aborted":
            yield self._session, Interrupted()
        elif one.get("type") == "response_item":
            at = one.get("timestamp")
            for happening in _of_item(payload, at if isinstance(at, str) else None):
                yield self._session, happening


def _of_item(item: Json, at: str | None) -> Iterator[Happening]:
    kind, call = item.get("type"), item.get("call_id")
    if kind == "message":
        yield from _of_message(item, at)
    elif kind in ("function_call", "custom_tool_call", "local_shell_call") and isinstance(call, str):
        yield _called(item, call, at)
    elif kind in ("function_call_output", "custom_tool_call_output") and isinstance(call, str):
        yield _returned(call, item.get("output"))


def _of_message(item: Json, at: str | None) -> Iterator[Happening]:
    content = item.get("content")
    for block in content if isinstance(content, list) else ():
        text = block.get("text") if isinstance(block, dict) else None
        if not isinstance(text, str) or not text.strip():
            continue
        if item.get("role") == "assistant":
            yield Said(text)
        elif item.get("role") == "user" and not re.match(MACHINE, text):
            request = re.match(REQUEST, text, re.M)
            yield Prompt(request[1] if request else text, at)


def _called(item: Json, call: str, at: str | None) -> Call:
    given = item.get("arguments", item.get("input", item.get("action")))
    name = str(item.get("name") or "shell")
    arguments = _object(given) if isinstance(given, str) else given
    if not isinstance(arguments, dict):
        arguments = {"patch": given if isinstance(given, str) else ""}
    command = arguments.get("command", arguments.get("cmd"))
    line = _line(command) if isinstance(command, list) else command
    patch = (
        line
        if isinstance(line, str) and "*** Begin Patch" in line
        else arguments.get("patch", arguments.get("input"))
    )
    if isinstance(patch, str) and (found := re.search(PATCHED, patch)):
        return Call(call, "apply_patch", {"path": found[1].strip(), **_sides(patch)}, at)
    return Call(call, name, {**arguments, "command": line} if isinstance(line, str) else arguments, at)


def _sides(patch: str) -> dict[str, str]:
    """What a patch takes out, and what it puts in."""
    rows = patch.splitlines()
    return {
        "old_string": "\n".join(row[1:] for row in rows if row.startswith("-")),
        "new_string": "\n".join(row[1:] for row in rows if row.startswith("+")),
    }


def _line(words: list[object]) -> str | None:
    """The command line of `["bash", "-lc", LINE]`, or of a program with its arguments."""
    if not words or not all(isinstance(word, str) for word in words):
        return None
    given = [str(word) for word in words]
    if len(given) >= 3 and given[0] in SHELLS and given[-2].lower() in ("-c", "-lc", "-command", "-ic"):
        return given[-1]
    return shlex.join(given)


def _returned(call: str, output: object) -> Happening:
    told = _object(output) if isinstance(output, str) else output
    if isinstance(told, dict):
        about = told.get("metadata")
        code = about.get("exit_code") if isinstance(about, dict) else None
        text = told.get("output", told.get("content"))
        return _ended(call, text if isinstance(text, str) else "", code if isinstance(code, int) else None)
    text = output if isinstance(output, str) else ""
    if REJECTED in text[:400]:
        return Rejected(call)
    code = re.search(EXIT_CODE, text[:400])
    return _ended(call, text, int(code[1]) if code else None)


def _ended(call: str, text: str, code: int | None) -> Result:
    return Result(call, text, None if code is None else code != 0, code, interrupted=code == 124)


def _object(text: str) -> object:
    try:
        return json.loads(text) if text.lstrip().startswith("{") else text
    except (ValueError, RecursionError):
        return text
