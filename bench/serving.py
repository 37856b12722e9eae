"""How long a client waits for `alma_recall`: the SDK's own client, over stdio, to a real process with the real model.

The server notes what its embedder took for each call, and that is taken out call by call.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

import figures
from alma import plugins
from alma.config.loading import load
from alma.mcp import sdk
from alma.mcp.desk import Desk, seats
from alma.mcp.service import Service
from figures import Figure, of_times, pace
from population import BUSY, fill, some_tasks
from startup import environment
from watch import Watched

MOST_RECALL = 20.0


class Noted(Watched):
    """A watched embedder that notes each call in a file."""

    note: Path

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """What the embedder gives."""
        before = self.seconds
        try:
            return super().embed(texts)
        finally:
            with self.note.open("a") as file:
                file.write(f"{self.seconds - before}\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, keep; or, where it is told to, be the server that is measured."""
    asked = _asked(arguments)
    if asked.serve is not None:
        serve(asked.serve)
        return
    with tempfile.TemporaryDirectory(prefix="alma-bench-") as name:
        path = Path(name) / "alma.db"
        fill(path, asked.memories, embedder=plugins.embedder("minilm"))
        found = [*recalls(path, asked.memories, rounds=asked.rounds), *said(path)]
    figures.show(found)
    figures.keep(asked.json, figures.as_records(found))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memories", type=int, default=10_000, metavar="N", help="in the store")
    parser.add_argument("--rounds", type=int, default=100, help="calls behind each figure (default 100)")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "serving.json", metavar="FILE")
    parser.add_argument("--serve", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def serve(path: Path) -> None:
    """The server: as `alma mcp --agent helena`, with an embedder that notes what it takes."""
    config = load(store=f"sqlite:///{path}")
    desk = Desk(config, seats(config, (BUSY,)))
    noted = Noted(plugins.embedder("minilm"))
    noted.note = path.with_suffix(".embedder")
    desk.memory._meaning.embedder = noted
    anyio.run(sdk.over_stdio, Service(desk))


def recalls(path: Path, size: int, *, rounds: int) -> list[Figure]:
    """Figures of a client's `alma_recall`, after as many to warm up."""
    texts = some_tasks(2 * rounds, seed=7)
    waited = anyio.run(_waited, path, texts)[rounds:]
    lines = path.with_suffix(".embedder").read_text().split()
    embedded = [float(line) for line in lines[-len(waited) :]]
    beyond = [whole - inside for whole, inside in zip(waited, embedded, strict=True)]
    return [
        of_times(f"`alma_recall` over stdio, warm, beyond the embedder, {size:,}", beyond, most=MOST_RECALL),
        of_times("  the embedder beside it", embedded),
        pace(),
    ]


async def _waited(path: Path, texts: Sequence[str]) -> list[float]:
    """Seconds from a client's call to its answer, for each text."""
    line = [__file__, "--serve", str(path)]
    server = StdioServerParameters(command=sys.executable, args=line, env=environment(), cwd=path.parent)
    found = []
    async with Client(stdio_client(server)) as client:
        for text in texts:
            began = time.perf_counter()
            answer = await client.call_tool("alma_recall", {"task": text})
            found.append(time.perf_counter() - began)
            if answer.is_error:
                raise SystemExit(f"alma_recall: {answer.content}")
    return found


def said(path: Path) -> list[Figure]:
    """How much of a model's context the tools take, and how soon a process answers."""
    config = load(store=f"sqlite:///{path}")
    desk = Desk(config, seats(config, (BUSY,)))
    listed = Service(desk).tools({})["tools"]
    desk.close()
    shown = [{name: one[name] for name in ("name", "description", "inputSchema")} for one in listed]
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "alma", "mcp", "--store", f"sqlite:///{path}"],
        stdin=subprocess.DEVNULL,
        env=environment(),
        check=True,
    )
    taken = time.perf_counter() - began
    return [
        Figure(name="the nine tools as a model sees them", value=_length(shown), unit="KB"),
        Figure(name="`alma mcp` started and ended, whole process", value=round(1000 * taken), unit="ms"),
    ]


def _length(value: Any) -> float:  # JSON
    return round(len(json.dumps(value)) / 1024, 1)


if __name__ == "__main__":
    main()
