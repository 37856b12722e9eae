"""How long whole processes take, each in turn in one run, so that a busy machine is equally unfair to all."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from figures import Figure, of_times
from population import BUSY

MATCHING = "sleep 5 && pytest -x --lf"
STRANGE = "ls -la docs"


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
    if not command.exists():
        commands = {name: line for name, line in commands.items() if line[0] != command}
    times = _taken(commands, folder, rounds=rounds)
    bare = statistics.median(times["bare"])
    ratios = [
        _ratio(
            f"`alma warn`, an action that {'matches' if name == 'match' else 'matches nothing'}",
            times.get(name),
            bare,
        )
        for name in ("match", "none")
    ]
    return [
        of_times("python -c pass, whole process", times["bare"]),
        of_times("`import alma` beyond it", [one - bare for one in times["import"]], most=40),
        of_times("`alma --help`, whole process", times["help"], most=150)
        if "help" in times
        else Figure(name="`alma --help`, whole process", value=None, unit="ms", most=150),
        *ratios,
    ]


def _ratio(name: str, times: Sequence[float] | None, bare: float) -> Figure:
    name = f"{name}, 10,000 memories"
    if times is None:
        return Figure(name=name, value=None, unit="× bare", most=5)
    median = statistics.median(times)
    return Figure(
        name=name,
        value=round(median / bare, 2),
        unit="× bare",
        most=5,
        spread=f"median {1000 * median:.1f} ms",
    )


def _taken(
    commands: Mapping[str, Sequence[str | Path]], folder: Path, *, rounds: int
) -> dict[str, list[float]]:
    for line in commands.values():
        _run(line, folder)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, line in commands.items():
            times[name].append(_run(line, folder))
    return times


def _run(line: Sequence[str | Path], folder: Path) -> float:
    began = time.perf_counter()
    ended = subprocess.run(line, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    taken = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, line))} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return taken
