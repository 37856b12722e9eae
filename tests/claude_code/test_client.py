"""The real Claude Code, without a login: it validates, installs and starts what ALMA gives it.

`make test` installs it into `.venv/judges`; ALMA_JUDGES names another folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from alma import ALMA
from alma.config.loading import load
from alma.install import plugin

ROOT = Path(__file__).resolve().parents[2]
JUDGES = Path(os.environ.get("ALMA_JUDGES", ROOT / ".venv" / "judges"))
CLAUDE = JUDGES / "node_modules" / "@anthropic-ai" / "claude-code" / "bin" / "claude.exe"
QUIET = {
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}
MOST_TOKENS = 600


@dataclass
class Client:
    """Claude Code with a home of its own, in a project that the user trusts."""

    home: Path
    folder: Path
    env: dict[str, str]

    def __call__(self, *args: str, cwd: Path | None = None, typed: str = "") -> str:
        assert CLAUDE.exists(), f"{CLAUDE} is missing: `make .venv/judges/installed` gets it"
        ran = subprocess.run(
            [CLAUDE, *args],
            input=typed,
            capture_output=True,
            text=True,
            cwd=cwd or self.folder,
            env=self.env,
            timeout=120,
            check=False,
        )
        self.code = ran.returncode
        return ran.stdout + ran.stderr

    def alma(self, *args: str) -> None:
        line = [sys.executable, "-m", "alma", *args]
        subprocess.run(line, cwd=self.folder, env=self.env, check=True, capture_output=True)

    def asked(self, prompt: str, *args: str, cwd: Path | None = None) -> list[dict[str, str]]:
        """What the hooks answered to a prompt; the model itself is not asked, for nobody is logged in."""
        line = ("-p", "--output-format", "stream-json", "--verbose", "--include-hook-events", *args)
        said = self(*line, cwd=cwd, typed=prompt)
        rows = [json.loads(row) for row in said.splitlines() if row.startswith("{")]
        return [row for row in rows if row.get("subtype") == "hook_response"]

    def transcripts(self) -> str:
        """Everything that Claude Code wrote down of its sessions."""
        found = (self.home / ".claude" / "projects").rglob("*.jsonl")
        return "\n".join(path.read_text("utf-8") for path in found)


@pytest.fixture
def claude(tmp_path: Path) -> Client:
    home, folder = tmp_path / "home", tmp_path / "my shop"
    (folder / ".alma").mkdir(parents=True)
    (folder / ".alma" / "config.yaml").write_text("embedder: hashing\n", "utf-8")
    (folder / "web").mkdir()
    home.mkdir()
    # Claude Code takes the settings of a repository for all folders in it.
    subprocess.run(["git", "init", "-q", folder], check=True)
    trusted = {"projects": {str(folder): {"hasTrustDialogAccepted": True}}}
    (home / ".claude.json").write_text(json.dumps(trusted), "utf-8")
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")
    env = {name: value for name, value in os.environ.items() if name in kept}
    made = Client(home, folder, {**env, **QUIET, "HOME": str(home)})
    with ALMA._opened(load(cwd=str(folder), environ=made.env)) as alma:
        alma.add_anti_pattern(
            agent="claude", pattern="Using sleep()", why_bad="flaky", better_alternative="Explicit waits"
        )
        alma.learn(
            agent="claude",
            task="Bring the moon buggy home",
            outcome="failure",
            strategy_used="Push it",
            error="too heavy",
        )
        for number in range(120):  # so that the first block has no place for that failure
            for result in ("failure", "success"):
                alma.learn(agent="claude", task=f"Chore {number}", outcome=result, strategy_used="As always")
    return made


@pytest.mark.parametrize("folder", [plugin.MARKETPLACE, f"{plugin.MARKETPLACE}/alma", str(ROOT)])
def test_what_is_shipped_is_valid_to_the_letter(claude: Client, folder: str) -> None:
    said = claude("plugin", "validate", folder, "--strict")
    assert claude.code == 0, said


def test_the_marketplace_can_be_added_and_the_plugin_installed_at_a_low_cost(claude: Client) -> None:
    claude("plugin", "marketplace", "add", plugin.MARKETPLACE)
    said = claude("plugin", "install", "alma@alma")
    assert claude.code == 0, said
    [listed] = json.loads(claude("plugin", "list", "--json"))
    assert (listed["id"], listed["enabled"]) == ("alma@alma", True)
    cost = re.search(r"Always-on:\s+~([\d,]+) tok", claude("plugin", "details", "alma@alma"))
    assert cost
    assert int(cost[1].replace(",", "")) <= MOST_TOKENS


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_a_session_holds_what_alma_remembers(claude: Client, scope: str) -> None:
    claude.alma("install", "claude-code", scope)
    for cwd in (claude.folder, claude.folder / "web"):
        answered = claude.asked("How do I bring the moon buggy home?", cwd=cwd)
        assert [one["hook_event"] for one in answered] == ["SessionStart", "UserPromptSubmit"]
        assert [one["outcome"] for one in answered] == ["success", "success"]
    held = claude.transcripts()
    assert held.count("Explicit waits") >= 2
    assert held.count("too heavy") >= 2
    with ALMA._opened(load(cwd=str(claude.folder), environ=claude.env)) as alma:
        ended = alma.workflows()
    assert {one.step for one in ended} == {"ended"}  # SessionEnd was heard as well


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_claude_code_knows_nothing_of_alma_once_it_is_uninstalled(claude: Client, scope: str) -> None:
    claude.alma("install", "claude-code", scope)
    assert len(claude.asked("hello")) == 2
    claude.alma("install", "claude-code", scope, "--uninstall")
    assert claude.asked("hello") == []
    assert "alma" not in claude("plugin", "list")
    for name in ("known_marketplaces.json", "installed_plugins.json"):
        path = claude.home / ".claude" / "plugins" / name
        assert not path.exists() or "alma" not in path.read_text("utf-8")


def test_both_scopes_at_once_say_everything_once(claude: Client) -> None:
    claude.alma("install", "claude-code", "--project")
    claude.alma("install", "claude-code", "--user")
    assert len(claude.asked("hello")) == 2


@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_claude_code_reaches_the_server(claude: Client, scope: str) -> None:
    claude.alma("install", "claude-code", scope)
    assert re.search(r"plugin:alma:alma: .*Connected", claude("mcp", "list"), re.I)
