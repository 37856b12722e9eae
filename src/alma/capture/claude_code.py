"""Transcripts of Claude Code as happenings, whichever version wrote them.

The format is internal and changes: what is not known is passed over, and nothing is taken for granted.
"""

from __future__ import annotations

import re

from alma.capture import excerpt
from alma.capture.happening import Aside, Call, Interrupted, Prompt, Rejected, Result, Said
from alma.rules.writing import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from alma.capture.happening import Happening

    Json = Mapping[str, Any]  # Any: what other programs write

KNOWN = frozenset(
    (
        *(
            "user",
            "assistant",
            "system",
            "progress",
            "summary",
            "file-history-snapshot",
            "queue-operation",
            "pr-link",
        ),
        *("attachment", "result", "custom-title", "agent-name", "last-prompt", "permission-mode", "mode"),
    )
)
# Of these lines nothing is wanted; a quotation of them inside a text has its quotes escaped.
SKIPPED = (b'"type":"bash_progress"', b'"type":"hook_progress"', b'"type":"mcp_progress"')
SKIPPED_STARTS = (b'{"type":"file-history-snapshot"', b'{"type":"summary"', b'{"type":"attachment"')
# What looks as if a person had typed it, and was written by the program.
MACHINE = (
    r"\s*(?:<(?:local-command|command-|bash-|task-notification|ide_|user-memory|system-|teammate-message)|Caveat: The messages below"
    r"|This session is being continued from a previous|\[Request interrupted|API Error|Your task is to create a detailed summary|\[Image: )"
)
INSERTED = r"<(system-reminder|(?:ide_|command-|local-command-)\w{1,40}|task-notification)\b[^<>]{0,200}>"
# What stands in the agent's place where it said nothing.
NOT_SAID = ("", "No response requested.", "(no content)")
INTERRUPTED = "[Request interrupted by user"
REJECTED = "The user doesn't want to "
REASON = r"(?s)the user said:\s*(.*?)\s*(?:\n\nNote: The user's next message|\Z)"
NO_OUTCOME = (
    r"\s*(?:<tool_use_error>|Sibling tool call errored|\[Request interrupted|Permission to use|This command requires approval|Claude requested permissions"
    r"|Cancelled|Tool use was (?:denied|cancelled)|\[Tool (?:use|execution) |Hook \S+ denied|\S+ operation blocked by hook|spawn \S+ ENOENT|ENOENT: no such file or directory, (?:posix_)?spawn|Error: The operation was aborted)"
)
EXIT_CODE = r"\s*(?:Error: )?Exit code (\d+)\n?"
BACKGROUND = r"(?s)<status>(?:completed|failed)</status>.*?<exit_code>(-?\d+)</exit_code>"
MOST_IN_BACKGROUND = 64
MOST_STARTED = 64
MOST_KINDS = 2000
LONGEST_KIND = 100
HEAD = 4096


def is_skipped(line: bytes) -> bool:
    """Whether a line says nothing of what happened, told without parsing it."""
    if line.startswith(SKIPPED_STARTS):
        return line.count(b'}{"') == 0  # two objects on one line
    return b'"progress"' in line and any(mark in line for mark in SKIPPED) and b'}{"' not in line


def is_known(one: Json) -> bool:
    """Whether this is a line of such a transcript."""
    return one.get("type") in KNOWN and (
        "sessionId" in one or "session_id" in one or "uuid" in one or "leafUuid" in one or "messageId" in one
    )


class Reader:
    """One transcript: remembers what runs in the background, and which subagents were started.

    `kinds` has the type of the subagent of each thread, as far as any transcript said it; it is added to. `beside` is
    what another file says of this one.
    """

    def __init__(self, kinds: dict[str, str] | None = None, *, beside: Json | None = None) -> None:
        self._kind = (beside or {}).get("agentType")
        self._background: dict[str, str] = {}
        self._started: dict[str, str] = {}
        self._kinds = kinds if kinds is not None else {}

    def happenings(self, one: Json) -> Iterator[tuple[str, Happening]]:
        """What one line says happened, each with the thread it belongs to: a session, or a subagent within one."""
        kind = one.get("type")
        parent = one.get("parent_tool_use_id")
        started = self._started.get(parent) if isinstance(parent, str) else None
        self._know_kind(one, one.get("agentType") or started or self._kind)
        if kind == "progress":
            yield from self._mirrored(one)
        elif kind == "queue-operation":
            if (
                one.get("operation") == "enqueue"
                and isinstance(one.get("content"), str)
                and not re.match(MACHINE, one["content"])
            ):
                yield _thread(one), Aside(one["content"])
        elif kind in ("user", "assistant"):
            message = one.get("message")
            if isinstance(message, dict):
                thread = _thread(one)
                for happening in self._of_message(one, message, kind):
                    yield thread, happening

    def _mirrored(self, one: Json) -> Iterator[tuple[str, Happening]]:
        """What a subagent did, as its parent's transcript repeats it."""
        told = one.get("data")
        inner = (
            told.get("message") if isinstance(told, dict) and told.get("type") == "agent_progress" else None
        )
        if isinstance(told, dict) and isinstance(inner, dict):
            inner = {**inner, "sessionId": one.get("sessionId"), "agentId": told.get("agentId") or "side"}
            self._know_kind(inner, self._started.get(str(one.get("parentToolUseID"))))
            yield from self.happenings(inner) if inner.get("type") in ("user", "assistant") else ()

    def _of_message(self, one: Json, message: Json, kind: str) -> Iterator[Happening]:
        content = message.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for block in blocks if isinstance(blocks, list) else ():
            if not isinstance(block, dict):
                continue
            if kind == "assistant":
                self._start(block)
                yield from _of_agent(block, one)
            elif block.get("type") == "tool_result":
                yield from self._of_result(block, one)
            elif block.get("type") == "text":
                yield from of_person(block.get("text"), one)

    def _start(self, block: Json) -> None:
        """A tool call that starts a subagent says of which type it is."""
        given = block.get("input")
        kind = given.get("subagent_type") if isinstance(given, dict) else None
        if block.get("type") == "tool_use" and isinstance(kind, str):
            self._started[str(block.get("id"))] = kind
            while len(self._started) > MOST_STARTED:
                del self._started[next(iter(self._started))]

    def _know_kind(self, one: Json, kind: object) -> None:
        thread = _thread(one) if isinstance(kind, str) else ""
        if isinstance(kind, str) and "/" in thread:
            self._kinds.setdefault(thread, kind[:LONGEST_KIND])
            while len(self._kinds) > MOST_KINDS:
                del self._kinds[next(iter(self._kinds))]

    def _of_result(self, block: Json, one: Json) -> Iterator[Happening]:
        call = block.get("tool_use_id")
        text = text_of(block.get("content"))
        if not isinstance(call, str):
            return
        if block.get("is_error") is True and text.lstrip().startswith(REJECTED):
            yield rejected(call, text)
            return
        said = one.get("toolUseResult", one.get("tool_use_result"))
        result = said if isinstance(said, dict) else {}
        if isinstance(side := result.get("agentId"), str):
            self._know_kind({**one, "agentId": side}, self._started.get(call))
        if ended := re.search(BACKGROUND, text[:HEAD]):
            yield from self._of_background(result, text, int(ended[1]))
        elif isinstance(task := result.get("backgroundTaskId"), str):
            self._background[task] = call
            while len(self._background) > MOST_IN_BACKGROUND:
                del self._background[next(iter(self._background))]
        else:
            yield outcome(
                call,
                text,
                is_error=block.get("is_error") is True,
                interrupted=result.get("interrupted") is True,
            )

    def _of_background(self, result: Json, text: str, code: int) -> Iterator[Happening]:
        """A command in the background that came to its end."""
        inner = result.get("task")
        task = inner.get("task_id") if isinstance(inner, dict) else result.get("shellId")
        named = re.search(r"<task_id>([\w-]+)</task_id>", text)
        call = self._background.pop(str(task or (named[1] if named else "")), None)
        if call is not None:
            output = re.search(r"(?s)<(?:stdout|output)>(.*?)</(?:stdout|output)>", text)
            yield Result(call, output[1] if output else text, code != 0, code)


def outcome(call: str, text: str, *, is_error: bool, interrupted: bool = False) -> Result:
    """The result of a call, from the text that the agent was given."""
    if interrupted or (is_error and re.match(NO_OUTCOME, text)):
        return Result(call, text, None, None, interrupted)
    code = re.match(EXIT_CODE, text) if is_error else None
    if code is not None:
        return Result(call, text[code.end() :], True, int(code[1]))
    return Result(call, text, is_error, None if is_error else 0)


def rejected(call: str, text: str) -> Rejected:
    reason = re.search(REASON, text)
    return Rejected(call, reason[1] if reason and reason[1] else None)


def _of_agent(block: Json, one: Json) -> Iterator[Happening]:
    if block.get("type") == "text" and isinstance(block.get("text"), str):
        if block["text"].strip() not in NOT_SAID and not one.get("isApiErrorMessage"):
            yield Said(block["text"])
    elif block.get("type") == "tool_use" and isinstance(block.get("id"), str):
        given = block.get("input")
        yield Call(block["id"], str(block.get("name")), given if isinstance(given, dict) else {}, _at(one))


def of_person(text: object, one: Json) -> Iterator[Happening]:
    """What a message with these words says happened: a prompt, an interruption, or nothing that a person said."""
    if not isinstance(text, str) or one.get("isMeta") or one.get("isCompactSummary"):
        return
    if text.startswith(INTERRUPTED):
        yield Interrupted()
        return
    # What is private goes first: a cut could take the mark and leave the passage.
    shown = cut(excerpt.without_private(text), longest=excerpt.LONGEST_LOOKED_AT)
    words = _without_inserted(shown).strip()
    if words and not re.match(MACHINE, words):
        id_ = one.get("uuid")
        yield Prompt(words, _at(one), id_ if isinstance(id_, str) else None)


def _without_inserted(text: str) -> str:
    """A prompt without what the program itself put into it; in one pass, for a prompt may hold thousands of openings."""
    kept, at, unclosed = [], 0, set()
    for opening in re.finditer(INSERTED, text):
        name = opening[1]
        if opening.start() < at or name in unclosed:
            continue
        end = text.find(f"</{name}>", opening.end())
        if end < 0:
            unclosed.add(name)
            continue
        kept.append(text[at : opening.start()])
        at = end + len(name) + 3
    return "".join([*kept, text[at:]])


def text_of(content: object) -> str:
    """The text of what a message or a tool says: a text, or blocks of it."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(
        str(one["text"]) for one in blocks if isinstance(one, dict) and isinstance(one.get("text"), str)
    )


def _thread(one: Json) -> str:
    session = one.get("sessionId") or one.get("session_id") or "unknown"
    side = one.get("agentId") or one.get("parent_tool_use_id") or ("side" if one.get("isSidechain") else None)
    return f"{session}/{side}" if side else str(session)


def _at(one: Json) -> str | None:
    at = one.get("timestamp")
    return at if isinstance(at, str) else None
