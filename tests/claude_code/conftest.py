"""A project as Claude Code works in it: its events sent to the hooks as processes of their own, as it sends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA
from alma.config.loading import load
from alma.install import plugin

CONFIG = "project: shop\nembedder: hashing\n"
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass
class Answer:
    """What a hook answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.out) if self.out else {}
        return said

    @property
    def inner(self) -> dict[str, Any]:
        said: dict[str, Any] = self.document.get("hookSpecificOutput", {})
        return said

    @property
    def context(self) -> str:
        return str(self.inner.get("additionalContext", ""))

    @property
    def notice(self) -> str:
        return str(self.document.get("systemMessage", ""))

    @property
    def lines(self) -> list[str]:
        return self.context.splitlines()


@dataclass
class Project:
    """A folder with a memory, and the events of sessions in it."""

    folder: Path
    env: dict[str, str]

    def hook(self, event: str, *, session: str = "s-1", cwd: Path | None = None, **fields: object) -> Answer:
        """Send one event, and give the answer, which never is a traceback and never blocks."""
        said = {"session_id": session, "cwd": str(cwd or self.folder), "hook_event_name": event, **fields}
        return self.sent(event, json.dumps(said).encode())

    def sent(self, event: str, content: bytes) -> Answer:
        ran = subprocess.run(
            self.line(event), input=content, capture_output=True, env=self.env, cwd="/", check=False
        )
        answer = Answer(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
        assert answer.code == 0, answer
        assert "Traceback" not in answer.err
        return answer

    def line(self, event: str) -> list[str]:
        return [sys.executable, *plugin.QUICKLY, "hook", event]

    def warned(self, command: str, **fields: Any) -> Answer:
        return self.hook("PreToolUse", tool_name="Bash", tool_input={"command": command}, **fields)

    def configured(self, more: str) -> None:
        (self.folder / ".alma" / "config.yaml").write_text(CONFIG + more, "utf-8")

    @property
    def database(self) -> Path:
        return self.folder / ".alma" / "alma.db"

    @property
    def log(self) -> Path:
        return self.folder / ".alma" / "hooks.log"

    def opened(self) -> ALMA:
        """The memory as a program opens it."""
        return ALMA._opened(load(cwd=str(self.folder), environ=self.env))

    def bytes(self) -> bytes:
        """Everything that lies in `.alma/`."""
        return b"".join(
            path.read_bytes() for path in sorted((self.folder / ".alma").rglob("*")) if path.is_file()
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a memory that holds nothing yet."""
    folder = tmp_path / "my shop\nand more"
    (folder / ".alma").mkdir(parents=True)
    env = {name: value for name, value in os.environ.items() if name in KEPT}
    home = tmp_path / "home"
    home.mkdir()
    made = Project(folder, {**env, "HOME": str(home)})
    made.configured("")
    return made


@pytest.fixture
def alma(project: Project) -> Iterator[ALMA]:
    """The memory of the project."""
    with project.opened() as memory:
        yield memory
