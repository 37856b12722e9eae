"""The server as a client sees it: the SDK's own client, in memory, over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


@dataclass
class Said:
    """What a tool answered."""

    text: str
    json: Any
    is_error: bool


class Model:
    """A client, called as a model calls its tools."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self.client = client

    def ask(self, method: str, *args: Any) -> Any:
        """Any method of the SDK's client."""
        return self._portal.call(getattr(self.client, method), *args)

    def call(self, tool: str, **arguments: Any) -> Said:
        got = self.ask("call_tool", tool, arguments)
        [block] = got.content
        assert "Traceback" not in block.text
        return Said(block.text, got.structured_content, bool(got.is_error))

    def done(self, tool: str, **arguments: Any) -> Said:
        """The same where it must succeed."""
        said = self.call(tool, **arguments)
        assert not said.is_error, said.text
        return said

    def refused(self, tool: str, **arguments: Any) -> str:
        """The same where it must be a tool error; what it says."""
        said = self.call(tool, **arguments)
        assert said.is_error, said.text
        assert said.json is None
        return said.text


@contextmanager
def connected(to: Any) -> Iterator[Model]:
    """A client of a server, of a process, of a transport."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(to)) as client:
        yield Model(portal, client)


def command(*args: str, folder: Path, env: dict[str, str] | None = None) -> StdioServerParameters:
    """How a client starts `alma mcp` in a folder."""
    return StdioServerParameters(
        command=sys.executable, args=["-m", "alma", "mcp", *args], cwd=folder, env=env
    )


@contextmanager
def started(*args: str, folder: Path, env: dict[str, str] | None = None) -> Iterator[Model]:
    """A client of `alma mcp` as a process of its own."""
    with connected(stdio_client(command(*args, folder=folder, env=env))) as model:
        yield model


@dataclass
class Listening:
    """A server that listens at an address, and the token that it showed."""

    url: str
    token: str | None
    process: subprocess.Popen[str]

    @property
    def host(self) -> str:
        return self.url.split("/")[2]


@contextmanager
def listening(*args: str, folder: Path, env: dict[str, str] | None = None) -> Iterator[Listening]:
    """`alma mcp --http` as a process of its own, at a free port."""
    line = [sys.executable, "-m", "alma", "mcp", "--http", "--port", "0", "--json", *args]
    with subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Listening(**_document(process), process=process)
        finally:
            process.terminate()


def _document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The first JSON document that a process prints."""
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("}"):
            return dict(json.loads(text))
    raise AssertionError(f"it ended before it listened: {text!r}")
