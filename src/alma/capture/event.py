"""A hook event of Claude Code as happenings: the same as its transcript will say."""

from __future__ import annotations

from alma.capture import claude_code
from alma.capture.happening import Call, Ended, Interrupted, Result, Said
from alma.domain.digest import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from alma.capture.happening import Happening

    Json = Mapping[str, Any]  # Any: what other programs write

LONGEST_ID = 200


def happenings(event: Json) -> list[Happening]:
    """What an event says happened; nothing where it says nothing, or not in a way that is known."""
    name = event.get("hook_event_name")
    if name == "UserPromptSubmit":
        text = event.get("prompt")
        return list(claude_code.of_person(text, {}))
    if name in ("PostToolUse", "PostToolUseFailure"):
        return _used(event, failed=name == "PostToolUseFailure")
    if name in ("Stop", "SubagentStop"):
        last = event.get("last_assistant_message")
        return [*([Said(last)] if isinstance(last, str) and last.strip() else []), Ended()]
    return [Ended()] if name == "SessionEnd" else []


def _used(event: Json, *, failed: bool) -> list[Happening]:
    id_, given = event.get("tool_use_id"), event.get("tool_input")
    if not isinstance(id_, str) or not isinstance(given, dict):
        return []
    id_ = id_ if len(id_) <= LONGEST_ID else digest(id_)  # it is kept with the session
    call = Call(id_, str(event.get("tool_name")), given)
    if failed and event.get("is_interrupt") is True:
        return [call, Interrupted()]
    told = event.get("error") if failed else event.get("tool_response")
    if failed and isinstance(told, str) and told.lstrip().startswith(claude_code.REJECTED):
        return [call, claude_code.rejected(id_, told)]
    return [call, _result(id_, told, failed=failed)]


def _result(id_: str, told: object, *, failed: bool) -> Result:
    said = told if isinstance(told, dict) else {}
    text = "\n".join(
        str(said[name]) for name in ("stdout", "stderr") if isinstance(said.get(name), str) and said[name]
    )
    if not text:  # a tool of a server answers with blocks, as a transcript has them
        text = claude_code.text_of(told if not said else said.get("content"))
    if said.get("backgroundTaskId"):
        return Result(id_, text)
    return claude_code.outcome(id_, text, is_error=failed, interrupted=said.get("interrupted") is True)
