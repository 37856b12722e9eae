"""The command as it is used: in a folder of its own, with nothing of this machine's environment around it."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from alma.cli import main

CONFIG = """\
project: shop
embedder: hashing
domains:
  testing_strategies: How to test user interfaces, waits, flaky tests
agents:
  helena:
    can_learn: [testing_strategies]
    cannot_learn: [database_queries]
  victor: {}
"""
KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Command:
    """`alma` in `folder`: called with arguments in this process, or as a process of its own."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, typed: str | bytes = b"") -> Answer:
        return self.by(main, *args, typed=typed)

    def by(self, door: Callable[[list[str]], int], *args: str, typed: str | bytes = b"") -> Answer:
        """The same through another function than `main`."""
        content = typed.encode() if isinstance(typed, str) else typed
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        self.capture.readouterr()
        code = door(list(args))
        said = self.capture.readouterr()
        assert "Traceback" not in said.err
        return Answer(code, said.out, said.err)

    def done(self, *args: str, typed: str | bytes = b"") -> Answer:
        """The same where it must succeed."""
        answer = self(*args, typed=typed)
        assert answer.code == 0, answer
        return answer

    def process(self, *args: str, typed: bytes = b"", env: dict[str, str] | None = None) -> Answer:
        """The same in a process of its own."""
        ran = subprocess.run(
            [sys.executable, "-m", "alma", *args],
            input=typed,
            capture_output=True,
            cwd=self.folder,
            env={**self.env, **(env or {})},
            check=False,
        )
        answer = Answer(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
        assert "Traceback" not in answer.err
        return answer

    def at_terminal(self, *args: str, keys: bytes = b"", env: dict[str, str] | None = None) -> Answer:
        """The same where a person sits: standard input, output and error are one terminal."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "alma", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.folder,
            env={**self.env, **(env or {})},
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, keys)
        shown: list[bytes] = []
        reader = threading.Thread(target=_read_all, args=(ours, shown))
        reader.start()
        code = child.wait()
        reader.join()
        os.close(ours)
        return Answer(code, b"".join(shown).decode().replace("\r\n", "\n"))

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    @property
    def database(self) -> Path:
        return self.folder / ".alma" / "alma.db"


def _read_all(terminal: int, into: list[bytes]) -> None:
    try:
        while chunk := os.read(terminal, 4096):
            into.append(chunk)
    except OSError:
        return  # how Linux says that the other end is closed


@pytest.fixture
def alma(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command in a project with two agents."""
    home, folder = tmp_path / "home", tmp_path / "shop"
    home.mkdir()
    (folder / ".alma").mkdir(parents=True)
    (folder / ".alma" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name in KEPT}
    env["HOME"] = str(home)
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return Command(folder, capsys, monkeypatch, env)


@pytest.fixture
def nowhere(alma: Command) -> Command:
    """The command in a folder that has no memory yet."""
    folder = alma.folder.parent / "empty"
    folder.mkdir()
    alma.patch.chdir(folder)
    return Command(folder, alma.capture, alma.patch, alma.env)
