"""The whole demonstration: a folder, two sessions in two processes, and the second one again without its memory.

Nothing outside the folder is read or written: no configuration, no memory and no variable of the user's own.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from alma.alma import ALMA
from alma.config.loading import load
from alma.demo.screen import DIM, Screen
from alma.demo.session import SECRET, Attempt
from alma.demo.shop import Shop
from alma.domain.errors import AlmaError
from alma.domain.memory import STATED, AntiPattern, Heuristic

CONFIG = """\
project: demo
store: sqlite:///.alma/alma.db
strict_agents: true
domains:
  testing_strategies: How to test user interfaces, waits, flaky tests
  api_authentication: How to sign in to an API, tokens and their expiry
agents:
  helena:
    can_learn: [testing_strategies]
  victor:
    can_learn: [api_authentication]
  senior_architect:
    share_with: [helena]
"""
LONGEST_SESSION = 300
ENDING = 10


class DemoFailed(AlmaError):
    """A session of the demonstration did not come to its end."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the memory holds for an agent at the end, and the outcomes that it comes from: their ids by result."""

    agent: str
    grade: str
    says: str
    worked: tuple[str, ...]
    failed: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened: the attempts of both sessions, those of the second without a memory, and what was learned."""

    first: tuple[Attempt, ...]
    second: tuple[Attempt, ...]
    emptied: tuple[Attempt, ...]
    lessons: tuple[Lesson, ...]

    @property
    def repeated(self) -> int:
        """Mistakes of the second session that the same agent had made in the first."""
        return len(repeats(self.second, of=self.first))


def mistakes(attempts: tuple[Attempt, ...]) -> list[Attempt]:
    """The attempts that failed."""
    return [one for one in attempts if not one.passed]


def repeats(attempts: tuple[Attempt, ...], *, of: tuple[Attempt, ...]) -> list[Attempt]:
    """The mistakes that are in `of` already: the same agent failed with the same strategy."""
    made = {(one.agent, one.strategy) for one in mistakes(of)}
    return [one for one in mistakes(attempts) if (one.agent, one.strategy) in made]


def told(folder: Path, *, seed: int, screen: Screen, quiet: bool) -> Story:
    """Play everything in `folder`, which is empty. Raises DemoFailed, AlmaError."""
    prepare(folder)
    screen.heading("Session 1: nobody knows anything yet")
    first = played(folder, 1, seed=seed, quiet=quiet)
    bare = without_memory(folder, folder / "without memory")
    screen.heading("Session 2: a new process, the same tasks in other words, and something new")
    with playing(bare, 2, seed=seed, quiet=True) as again:
        second = played(folder, 2, seed=seed, quiet=quiet)
        screen.line()
        screen.line("The same second session once more, with its memory emptied ...", DIM)
        emptied = ended(again, bare, 2)
    return Story(first, second, emptied, lessons(folder))


def prepare(folder: Path) -> None:
    """The agents' project: what their tests import, yesterday's token, and the memory's configuration."""
    (folder / ".alma").mkdir()
    (folder / ".alma" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    source = files("alma.demo") / "workspace" / "storefront.py"
    (folder / "storefront.py").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    secret = secrets.token_bytes(32)
    (folder / SECRET).write_bytes(secret)
    (folder / "token.txt").write_text(Shop(secret, seed=0).token("victor"), encoding="utf-8")


def without_memory(folder: Path, bare: Path) -> Path:
    """A copy of the project in which nothing was ever learned."""
    bare.mkdir()
    for path in folder.iterdir():
        if path.is_file():
            shutil.copy2(path, bare)
    (bare / ".alma").mkdir()
    shutil.copy2(folder / ".alma" / "config.yaml", bare / ".alma")
    return bare


def played(folder: Path, number: int, *, seed: int, quiet: bool) -> tuple[Attempt, ...]:
    """Run a session to its end."""
    with playing(folder, number, seed=seed, quiet=quiet) as process:
        return ended(process, folder, number)


@contextmanager
def playing(folder: Path, number: int, *, seed: int, quiet: bool) -> Iterator[subprocess.Popen[bytes]]:
    """A session in a process of its own, which does not outlive the block."""
    command = [sys.executable, "-P", "-m", "alma.demo.session", str(folder), str(number), f"--seed={seed}"]
    process = subprocess.Popen([*command, *["--quiet"][:quiet]], env=environment(folder, os.environ))
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(ENDING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ended(process: subprocess.Popen[bytes], folder: Path, number: int) -> tuple[Attempt, ...]:
    """What a session left behind. Raises DemoFailed."""
    try:
        code = process.wait(LONGEST_SESSION)
    except subprocess.TimeoutExpired:
        raise DemoFailed(f"session {number} did not end within {LONGEST_SESSION} seconds") from None
    if code != 0:
        raise DemoFailed(f"session {number} ended with exit code {code}; what it said stands above")
    left = json.loads((folder / f"session-{number}.json").read_text(encoding="utf-8"))
    return tuple(Attempt(**one) for one in left)


def environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything of ALMA's, and with ALMA's own small files inside the folder."""
    kept = {name: value for name, value in environ.items() if not name.startswith("ALMA_")}
    own = str(folder / ".alma" / "user")
    return kept | {"XDG_CACHE_HOME": own, "XDG_CONFIG_HOME": own, "XDG_DATA_HOME": own}


def lessons(folder: Path) -> tuple[Lesson, ...]:
    """What the memory holds for the two agents: what was stated, and beliefs with the outcomes behind them."""
    config = load(folder / ".alma" / "config.yaml", environ=environment(folder, os.environ))
    with ALMA._opened(config) as alma:
        found = [
            _lesson(alma, memory, agent)
            for agent in ("helena", "victor")
            for kind in ("heuristic", "anti_pattern")
            for memory in alma.memories(agent=agent, kind=kind)
            if isinstance(memory, Heuristic | AntiPattern)
        ]
    joined: dict[tuple[str, str], Lesson] = {}
    for one in found:
        name = (one.agent, one.says)
        joined[name] = _together(joined[name], one) if name in joined else one
    return tuple(joined.values())


def _lesson(alma: ALMA, memory: Heuristic | AntiPattern, agent: str) -> Lesson:
    why = alma.explain(memory.id, agent=agent)
    seen = (
        {}
        if memory.grade == STATED
        else {e.outcome_id: e.result for e in why.evidence_for + why.evidence_against}
    )
    kind = "anti-pattern" if isinstance(memory, AntiPattern) else memory.kind
    return Lesson(
        agent=agent,
        grade=f"stated by {memory.owner}" if memory.grade == STATED else f"{kind}, {memory.grade}",
        says=memory.strategy if isinstance(memory, Heuristic) else memory.pattern,
        worked=tuple(name for name, result in seen.items() if result >= 0.5),
        failed=tuple(name for name, result in seen.items() if result < 0.5),
        ids=(memory.id,),
    )


def _together(one: Lesson, other: Lesson) -> Lesson:
    """The same strategy is believed around more than one task: one lesson with the outcomes of both."""
    return replace(
        one,
        worked=tuple(dict.fromkeys(one.worked + other.worked)),
        failed=tuple(dict.fromkeys(one.failed + other.failed)),
        ids=one.ids + other.ids,
    )


def show(story: Story, screen: Screen) -> None:
    """What was learned and from what, the mistakes, and what to do next."""
    screen.heading("What was learned, and from which outcomes")
    screen.table(
        [["agent", "strategy", "worked", "believed as"], *map(_row, story.lessons)],
        notes=[_from(one) for one in story.lessons],
    )
    screen.heading("Mistakes")
    screen.table(
        [
            ["", "failed tests", "repeated mistakes", "tasks done"],
            ["session 1", *_counts(story.first, None)],
            ["session 2, knowing what session 1 learned", *_counts(story.second, story.first)],
            ["session 2 again, with its memory emptied", *_counts(story.emptied, story.first)],
        ]
    )
    screen.heading("Now in your own project")
    screen.table(
        [
            ["command", "what it does"],
            ["alma init", "makes a memory here"],
            ['alma recall "TASK"', "says what is known before a task"],
            [
                'alma run --task "TASK" --strategy "HOW" -- pytest',
                "runs the tests and learns from their exit code",
            ],
        ]
    )


def _row(lesson: Lesson) -> list[str]:
    tries = len(lesson.worked) + len(lesson.failed)
    record = f"{len(lesson.worked)} of {tries}" if tries else ""
    return [lesson.agent, lesson.says, record, lesson.grade.replace("known_failure", "known failure")]


def _from(lesson: Lesson) -> str:
    return f"from {' '.join(lesson.failed + lesson.worked) or lesson.ids[0]}"


def _counts(attempts: tuple[Attempt, ...], before: tuple[Attempt, ...] | None) -> list[str]:
    again = "" if before is None else str(len(repeats(attempts, of=before)))
    done = len({(one.agent, one.task) for one in attempts if one.passed})
    asked = len({(one.agent, one.task) for one in attempts})
    return [str(len(mistakes(attempts))), again, f"{done} of {asked}"]
