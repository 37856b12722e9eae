"""The server as it is run: a process on standard input and output, and one that listens for HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from clients import Listening, connected, listening, started
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from alma import ALMA
from alma.mcp.tools import NAMED

TASK = "Test the login form"
TOKEN = "a-token-of-somebody-0123456789"
FIRST_SDK = Path(sys.prefix) / "first-sdk"
ASKED = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


def run(*args: str, folder: Path, typed: bytes = b"", env: dict[str, str] | None = None) -> Any:
    line = [sys.executable, "-m", "alma", "mcp", *args]
    ran = subprocess.run(line, cwd=folder, input=typed, env=env, capture_output=True, check=False)
    assert b"Traceback" not in ran.stderr
    return ran


def answered(
    server: Listening, *, token: str | None = None, path: str = "/mcp", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one request as any program could send it."""
    said = {
        "Host": server.host,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Mcp-Protocol-Version": "2025-11-25",
        **headers,
    }
    if token is not None:
        said["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", int(server.host.rpartition(":")[2]))
    connection.request("POST", path, body=json.dumps(ASKED), headers=said)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def test_a_process_serves_the_loop_and_what_it_learned_is_there_for_the_next(folder: Path) -> None:
    with started("--agent", "helena", folder=folder) as model:
        model.done("alma_learn", task=TASK, outcome="success", strategy_used="Explicit waits")
    with started("--agent", "helena", folder=folder) as model:
        assert "Explicit waits" in model.done("alma_recall", task=TASK).text
        assert "victor cannot act here" in model.refused("alma_recall", task=TASK, agent="victor")


def test_a_process_is_one_origin_and_the_next_is_another(folder: Path, program: ALMA) -> None:
    for number in range(2):
        with started("--agent", "helena", folder=folder) as model:
            for again in range(2):
                model.done("alma_learn", task=f"{TASK} {number}{again}", outcome="success", strategy_used="x")
    origins = [one.origin for one in program.memories(kind="outcome")]
    assert [origins.count(one) for one in dict.fromkeys(origins)] == [2, 2]


def test_it_ends_when_its_client_leaves_and_prints_nothing_that_is_no_message(folder: Path) -> None:
    ask = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    first = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": ask}
    ran = run(folder=folder, typed=json.dumps(first).encode() + b"\nno JSON\n\xff\xfe\n")
    assert ran.returncode == 0
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert said[0]["result"]["serverInfo"]["name"] == "alma"
    assert {one["jsonrpc"] for one in said} == {"2.0"}


def test_what_else_is_printed_in_the_process_does_not_get_between_the_messages(folder: Path) -> None:
    noisy = "import os; from alma.mcp import tools; old = tools.Tool.answer\n"
    noisy += (
        "def new(self, *a):\n os.write(1, b'noise\\n'); print('noise', flush=True); return old(self, *a)\n"
    )
    noisy += "tools.Tool.answer = new; from alma.cli import main; main(['mcp', '--agent', 'helena'])"
    process = StdioServerParameters(command=sys.executable, args=["-c", noisy], cwd=folder)
    with connected(stdio_client(process)) as model:
        model.done("alma_recall", task=TASK)
        model.done("alma_recall", task=TASK)


def test_two_servers_and_a_program_write_at_once(folder: Path, program: ALMA) -> None:
    with (
        started("--agent", "helena", folder=folder) as one,
        started("--agent", "victor", folder=folder) as two,
    ):
        for number in range(5):
            one.done("alma_learn", task=f"{TASK} {number}", outcome="success", strategy_used="x")
            two.done("alma_learn", task=f"{TASK} {number}", outcome="success", strategy_used="y")
            program.learn(agent="victor", task=f"{TASK} {number}", outcome=True, strategy_used="z")
    assert len(program.memories(kind="outcome")) == 15


def test_two_sessions_of_hooks_and_a_server_write_at_once_and_nothing_is_lost(
    folder: Path, program: ALMA
) -> None:
    def told(session: str, number: int) -> None:
        call = {
            "tool_name": "Bash",
            "tool_input": {"command": "pytest -q"},
            "tool_use_id": f"{session}-{number}",
        }
        for event, fields in (
            ("UserPromptSubmit", {"prompt": f"{TASK} {session} {number}"}),
            ("PostToolUse", {**call, "tool_response": {"stdout": "3 passed in 0.1s"}}),
            ("Stop", {"last_assistant_message": f"Explicit waits, {session} {number}"}),
        ):
            said = {"session_id": session, "cwd": str(folder), "hook_event_name": event, **fields}
            line = [sys.executable, "-m", "alma", "hook", event]
            ran = subprocess.run(line, input=json.dumps(said), capture_output=True, text=True, cwd=folder)
            assert (ran.returncode, ran.stderr) == (0, "")
            assert "systemMessage" not in ran.stdout, ran.stdout

    def session_of(name: str) -> None:
        for number in range(4):
            told(name, number)

    with started("--agent", "helena", folder=folder) as server, ThreadPoolExecutor() as threads:
        sessions = [threads.submit(session_of, name) for name in ("one", "two")]
        for number in range(8):
            server.done("alma_learn", task=f"{TASK} {number}", outcome="success", strategy_used="x")
            server.done("alma_recall", task=TASK)
        for session in sessions:
            session.result()
    origins = Counter(one.origin.partition(":")[0] for one in program.memories(kind="outcome", limit=100))
    assert (origins["session"], origins["mcp"]) == (8, 8)


def test_without_its_packages_the_command_says_how_to_install_them(folder: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "mcp").mkdir(parents=True)
    (hidden / "mcp" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')"
    )
    ran = run(folder=folder, env={**os.environ, "PYTHONPATH": str(hidden)})
    assert ran.returncode == 1
    assert b"pip install 'alma-memory[mcp]'" in ran.stderr


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--agent", "user:ada"), 2, "may not begin with 'user:'"),
        (("--json",), 2, "--json goes with --http"),
        (("--http", "--port", "70000"), 2, "--port"),
        (("--http", "--host", "203.0.113.7"), 2, "--port: 203.0.113.7:8627 cannot be listened at"),
        (("--http", "--token-file", "nowhere"), 2, "--token: nowhere cannot be read"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    folder: Path, args: tuple[str, ...], code: int, says: str
) -> None:
    ran = run(*args, folder=folder)
    assert (ran.returncode, ran.stdout if "--json" not in args else b"") == (code, b"")
    assert says in (ran.stderr + ran.stdout).decode()


def test_an_agent_that_is_not_declared_where_agents_are_strict_is_refused_at_every_call(folder: Path) -> None:
    path = folder / ".alma" / "config.yaml"
    path.write_text("strict_agents: true\n" + path.read_text("utf-8"), "utf-8")
    with started("--agent", "helna", folder=folder) as model:
        assert "declared: helena, victor" in model.refused("alma_recall", task=TASK)
    with started(folder=folder) as model:
        assert "agent: is missing; allowed: helena, victor" in model.refused("alma_recall", task=TASK)


@pytest.fixture
def secured(folder: Path) -> Any:
    """A server over HTTP that is bound to helena, with a token of its own making."""
    with listening("--agent", "helena", folder=folder) as server:
        yield server


@asynccontextmanager
async def transport(url: str, token: str) -> AsyncIterator[Any]:
    said = {"Authorization": f"Bearer {token}"}
    async with (
        create_mcp_http_client(headers=said) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


def over_http(server: Listening, token: str) -> Any:
    return connected(transport(server.url, token))


def test_over_http_whoever_has_the_token_is_served(secured: Listening, program: ALMA) -> None:
    assert secured.url.startswith("http://127.0.0.1:")
    with over_http(secured, str(secured.token)) as model:
        assert [one.name for one in model.ask("list_tools").tools] == list(NAMED)
        model.done("alma_learn", task=TASK, outcome="success", strategy_used="Explicit waits")
    with over_http(secured, str(secured.token)) as model:
        assert "Explicit waits" in model.done("alma_recall", task=TASK).text
    [kept] = program.memories(kind="outcome")
    assert (kept.agent, kept.source) == ("helena", "word")


def test_over_http_nobody_else_is_served(secured: Listening) -> None:
    for token in (None, "", "wrong", f"{secured.token}x", str(secured.token)[:-1], "é"):
        status, headers, body = answered(secured, token=token.encode().decode("latin-1") if token else token)
        assert status == 401
        assert "Bearer" in headers["www-authenticate"]
        assert "alma_recall" not in body
    status, _, body = answered(secured, token=secured.token)
    assert (status, "alma_recall" in body) == (200, True)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_page_that_another_name_leads_to_is_refused_even_with_the_token(
    secured: Listening, host: str
) -> None:
    assert answered(secured, token=secured.token, Host=host)[0] in (400, 421)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
def test_a_page_from_elsewhere_is_refused_even_with_the_token(secured: Listening, origin: str) -> None:
    assert answered(secured, token=secured.token, Origin=origin)[0] == 403


def test_a_page_of_this_machine_may_ask_by_any_of_its_names(secured: Listening) -> None:
    port = secured.host.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", "[::1]"):
        host = f"{name}:{port}"
        assert answered(secured, token=secured.token, Host=host, Origin=f"http://{host}")[0] == 200


def test_only_one_path_answers(secured: Listening) -> None:
    assert answered(secured, token=secured.token, path="/")[0] == 404
    assert answered(secured, token=None, path="/other")[0] == 404


def test_the_token_of_the_environment_or_of_a_file_is_never_shown(folder: Path, tmp_path: Path) -> None:
    held = tmp_path / "token"
    held.write_text(TOKEN + "\n")
    held.chmod(0o600)
    ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--token-file", str(held)), {**os.environ}),
        ((), {**os.environ, "ALMA_API_KEY": TOKEN}),
    ]
    for args, env in ways:
        with listening(*args, folder=folder, env=env) as server:
            assert server.token is None
            assert answered(server, token=TOKEN)[0] == 200
            assert answered(server)[0] == 401


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (TOKEN, 0o644, "can be read by others"),
        ("short", 0o600, "at least 16"),
        ("", 0o600, "at least 16"),
        ("two words of a token", 0o600, "without blanks"),
        ("tökentökentöken", 0o600, "cannot be read"),
    ],
)
def test_a_token_that_others_know_or_guess_is_refused(
    folder: Path, tmp_path: Path, content: str, mode: int, says: str
) -> None:
    held = tmp_path / "token"
    held.write_text(content, "utf-8")
    held.chmod(mode)
    ran = run("--http", "--port", "0", "--token-file", str(held), folder=folder)
    assert ran.returncode == 2
    assert says in ran.stderr.decode()


def test_another_name_can_be_allowed(folder: Path) -> None:
    with listening("--allow-host", "alma.example:443", folder=folder) as server:
        assert answered(server, token=server.token, Host="alma.example:443")[0] == 200
        assert answered(server, token=server.token, Host="alma.example")[0] == 421


@pytest.fixture
def first_sdk() -> dict[str, str]:
    """The environment in which a process finds the first version of the SDK."""
    assert FIRST_SDK.is_dir(), f"`make test` installs the SDK's first version into {FIRST_SDK}"
    return {**os.environ, "PYTHONPATH": str(FIRST_SDK)}


def test_the_first_version_of_the_sdk_serves_the_same(
    folder: Path, first_sdk: dict[str, str], serve: Callable[..., Any]
) -> None:
    said = "import mcp.server.fastmcp"  # which the second version has no longer
    subprocess.run([sys.executable, "-c", said], env=first_sdk, check=True)
    with started("--agent", "helena", folder=folder, env=first_sdk) as model:
        listed = [one.model_dump(by_alias=True, exclude_none=True) for one in model.ask("list_tools").tools]
        assert listed == serve("helena").tools({})["tools"]
        model.done("alma_learn", task=TASK, outcome="success", strategy_used="Explicit waits")
        assert "Explicit waits" in model.done("alma_recall", task=TASK).text
        assert "task: is missing" in model.refused("alma_recall")
        assert len(model.ask("list_resources").resources) == 2
        assert model.ask("get_prompt", "after_task", {"task": TASK}).messages
        with pytest.raises(Exception, match="does not exist"):
            model.ask("read_resource", "alma://memories/o-aaaaaaaaaa")
        with pytest.raises(Exception, match="there is no tool"):
            model.call("alma_purge")


def test_the_first_version_of_the_sdk_listens_behind_the_same_token(
    folder: Path, first_sdk: dict[str, str]
) -> None:
    with listening("--agent", "helena", folder=folder, env=first_sdk) as server:
        assert answered(server)[0] == 401
        assert answered(server, token=server.token, Host="evil.example")[0] == 421
        with over_http(server, str(server.token)) as model:
            model.done("alma_recall", task=TASK)
