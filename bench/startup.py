"""How long whole processes take, each in turn in one run, so that a busy machine is equally unfair to all."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from alma.install import plugin
from figures import Figure, of_times
from population import BUSY

MATCHING = "sleep 5 && pytest -x --lf"
STRANGE = "ls -la docs"


# What Claude Code sends to a hook, and how many times as long as `python -c pass` its answer may take.
HOOKS: dict[str, tuple[dict[str, object], int]] = {
    "PreToolUse": ({"tool_name": "Bash", "tool_input": {"command": MATCHING}}, 6),
    "SessionStart": ({"source": "startup"}, 8),
    "UserPromptSubmit": ({"prompt": "Test the flaky login form of acorn-api on Safari"}, 12),
}


def environment() -> dict[str, str]:
    """This process's environment, but with compiled modules kept, as on any user's machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("ALMA_")
    }


def startup(folder: Path, *, rounds: int) -> list[Figure]:
    """Figures of the command line in a folder whose `.alma` holds 10,000 memories."""
    command = Path(sys.executable).with_name("alma")
    commands: dict[str, Sequence[str | Path]] = {
        "bare": (sys.executable, "-c", "pass"),
        "import": (sys.executable, "-c", "import alma"),
        "help": (command, "--help"),
        "match": (command, "warn", MATCHING, "--agent", BUSY),
        "none": (command, "warn", STRANGE, "--agent", BUSY),
    }
    hooked = _hooked(folder)
    for event in HOOKS:
        commands[event] = (sys.executable, *plugin.QUICKLY, "hook", event)
    if not command.exists():
        commands = {name: line for name, line in commands.items() if line[0] != command}
    said = {event: _said(event, hooked) for event in HOOKS}
    times = _taken(commands, folder, said, rounds=rounds)
    bare = statistics.median(times["bare"])
    ratios = [
        _ratio(
            f"`alma warn`, an action that {'matches' if name == 'match' else 'matches nothing'}",
            times.get(name),
            bare,
        )
        for name in ("match", "none")
    ]
    ratios += [
        _ratio(f"`alma hook {event}`", times[event], bare, most=most) for event, (_, most) in HOOKS.items()
    ]
    return [
        of_times("python -c pass, whole process", times["bare"]),
        of_times("`import alma` beyond it", [one - bare for one in times["import"]], most=40),
        of_times("`alma --help`, whole process", times["help"], most=150)
        if "help" in times
        else Figure(name="`alma --help`, whole process", value=None, unit="ms", most=150),
        *ratios,
    ]


def _hooked(folder: Path) -> Path:
    """The same memories in a project whose configuration names who they belong to, as a subagent."""
    copy = folder.with_name("hooked")
    shutil.copytree(folder, copy)
    (copy / ".alma" / "config.yaml").write_text(f"agents:\n  {BUSY}: {{}}\n", "utf-8")
    return copy


def _said(event: str, folder: Path) -> str:
    about = {"session_id": "bench", "cwd": str(folder), "hook_event_name": event, "agent_type": BUSY}
    return json.dumps({**about, **HOOKS[event][0]})


def _ratio(name: str, times: Sequence[float] | None, bare: float, *, most: int = 5) -> Figure:
    name = f"{name}, 10,000 memories"
    if times is None:
        return Figure(name=name, value=None, unit="× bare", most=most)
    median = statistics.median(times)
    return Figure(
        name=name,
        value=round(median / bare, 2),
        unit="× bare",
        most=most,
        spread=f"median {1000 * median:.1f} ms",
    )


def _taken(
    commands: Mapping[str, Sequence[str | Path]], folder: Path, said: Mapping[str, str], *, rounds: int
) -> dict[str, list[float]]:
    for name, line in commands.items():
        _run(line, folder, said.get(name, ""))
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, line in commands.items():
            times[name].append(_run(line, folder, said.get(name, "")))
    return times


def _run(line: Sequence[str | Path], folder: Path, said: str) -> float:
    began = time.perf_counter()
    ended = subprocess.run(
        line, cwd=folder, env=environment(), input=said, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, line))} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return taken
