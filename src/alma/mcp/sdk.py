"""The service carried by the official SDK, in either of its major versions, and served over stdio.

The SDK is imported here and where it listens to HTTP. Its versions agree on the messages: these are made from JSON.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio
import mcp.types as wire
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from alma.mcp.service import INSTRUCTIONS, NAME, TITLE, Refusal, Service, Wire

Handler = Callable[..., Awaitable[Any]]  # the SDK's types differ between its versions
INVALID_PARAMS = -32602
# How the second version calls it, what it is called in the types of both, and the method that answers.
METHODS = (
    ("on_list_tools", "ListTools", "tools"),
    ("on_call_tool", "CallTool", "call"),
    ("on_list_resources", "ListResources", "resources"),
    ("on_list_resource_templates", "ListResourceTemplates", "templates"),
    ("on_read_resource", "ReadResource", "read"),
    ("on_list_prompts", "ListPrompts", "prompts"),
    ("on_get_prompt", "GetPrompt", "prompt"),
    ("on_completion", "Complete", "complete"),
)
IS_FIRST = hasattr(Server, "list_tools")


def server(service: Service) -> Any:  # a Server of whichever version
    """The service as a server of the SDK that is installed."""
    return _of_first(service) if IS_FIRST else _of_second(service)


def _of_second(service: Service) -> Any:  # as above
    from mcp.server.caching import CacheHint

    async def handled(answer: Callable[[Wire], Wire], result: Any, _: Any, params: Any) -> Any:
        return await _answered(answer, params, result)

    handlers: dict[str, Handler] = {
        name: partial(handled, getattr(service, answer), getattr(wire, f"{kind}Result"))
        for name, kind, answer in METHODS
    }
    # Memories are one project's own: nobody keeps them for others, and nobody takes them for fresh.
    methods = ("tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read")
    hints = {name: CacheHint(ttl_ms=0, scope="private") for name in (*methods, "server/discover")}
    said = {"version": version("alma-memory"), "title": TITLE, "instructions": INSTRUCTIONS}
    return Server(NAME, **said, cache_hints=hints, **handlers)  # type: ignore[call-overload]


def _of_first(service: Service) -> Any:  # as above
    first: Any = Server
    made = first(NAME, version=version("alma-memory"), instructions=INSTRUCTIONS)

    async def handled(answer: Callable[[Wire], Wire], result: Any, request: Any) -> Any:
        return getattr(wire, "ServerResult")(await _answered(answer, request.params, result))  # noqa: B009

    for _, kind, answer in METHODS:
        asked, given = getattr(wire, f"{kind}Request"), getattr(wire, f"{kind}Result")
        made.request_handlers[asked] = partial(handled, getattr(service, answer), given)
    return made


async def _answered(answer: Callable[[Wire], Wire], params: Any, result: Any) -> Any:
    """The answer, made in a thread: other requests go on meanwhile."""
    asked = params.model_dump(mode="json", by_alias=True) if params is not None else {}
    try:
        return result.model_validate(await anyio.to_thread.run_sync(answer, asked))
    except Refusal as refusal:
        raise _error(refusal) from None


def _error(refusal: Refusal) -> Exception:
    from mcp.shared import exceptions

    said = wire.ErrorData(code=INVALID_PARAMS, message=str(refusal), data=refusal.about)
    if IS_FIRST:
        first: Exception = getattr(exceptions, "McpError")(said)  # noqa: B009
        return first
    return exceptions.MCPError.from_error_data(said)


async def over_stdio(service: Service) -> None:
    """Serve whoever started this process, until standard input ends."""
    # What anything else prints must not get between the messages.
    ours = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    out = anyio.wrap_file(io.TextIOWrapper(ours, encoding="utf-8", newline="\n"))
    made = server(service)
    async with stdio_server(stdout=out) as (reading, writing):
        await made.run(reading, writing, made.create_initialization_options())
