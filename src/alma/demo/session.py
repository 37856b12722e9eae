"""One session of work, in a process of its own: `python -m alma.demo.session FOLDER NUMBER`.

Retrieve, choose, warn, run the test, learn from its exit code. Sessions share the memory's file and nothing else.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import NoReturn

from alma.alma import ALMA
from alma.demo.policy import Choice, chosen
from alma.demo.screen import BOLD, DIM, GREEN, RED, YELLOW, Screen
from alma.demo.shop import Shop, opened
from alma.demo.work import ASSIGNMENTS, HELENA, Assignment
from alma.domain.errors import AlmaError
from alma.domain.memory import STATED
from alma.domain.recall import Recall

LONGEST_TEST = 60
# After the token was saved: the next morning, and some days later.
HOURS_LATER = {1: (25, 26, 30, 36), 2: (49, 52, 73, 100)}
SECRET = "shop.key"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One test that was run: what was tried, how it ended, and how often the agent was warned off other ways."""

    agent: str
    task: str
    strategy: str
    exit_code: int
    seconds: float
    why: str | None
    warnings: int
    outcome_id: str

    @property
    def passed(self) -> bool:
        """Whether the test passed."""
        return self.exit_code == 0


class Session:
    """The work of one session in one folder, against one shop."""

    def __init__(self, alma: ALMA, folder: Path, shop: Shop, address: str, *, number: int, screen: Screen):
        self._alma = alma
        self._folder = folder
        self._shop = shop
        self._address = address
        self._number = number
        self._screen = screen
        self._said: set[str] = set()
        self.attempts: list[Attempt] = []

    def run(self) -> None:
        """Every assignment of this session."""
        if self._number == 1:
            self._senior_speaks()
        agent = ""
        for assignment in ASSIGNMENTS[self._number]:
            if assignment.trade.agent != agent:
                agent = assignment.trade.agent
                self._screen.line()
                self._screen.line(f"{agent}: {assignment.trade.title}", BOLD)
            self._work(assignment)

    def _senior_speaks(self) -> None:
        said = self._alma.add_anti_pattern(
            agent="senior_architect",
            pattern="Reloading until it passes: page.reload()",
            why_bad="each reload starts anew, and what passes then passes by luck",
            better_alternative="Find out what has to be there",
            domain=HELENA.domain,
        )
        self._screen.line(f'{said.agent} shares with helena: avoid "{said.pattern}"', mark="told", indent=2)

    def _work(self, assignment: Assignment) -> None:
        """Until every test passes, at most as often as the agent has habits. Tasks run side by side."""
        left = list(assignment.tasks)
        for _ in assignment.trade.habits:
            choices = [chosen(self._alma, assignment.trade, task) for task in left]
            made = self._attempted(assignment, choices)
            self.attempts += made
            left = [task for task, attempt in zip(left, made, strict=True) if not attempt.passed]
            if not left:
                return

    def _attempted(self, assignment: Assignment, choices: Sequence[Choice]) -> list[Attempt]:
        for choice in choices:
            (self._folder / f"{choice.task.module}.py").write_text(choice.test, encoding="utf-8")
        results = run_tests([one.task.module for one in choices], folder=self._folder, address=self._address)
        made = []
        for choice, result in zip(choices, results, strict=True):
            made.append(self._learned(assignment, choice, result))
            self._show(choice, made[-1])
        return made

    def _learned(self, assignment: Assignment, choice: Choice, result: Result) -> Attempt:
        """The exit code is the outcome; what the test printed is why."""
        why = telling(result.output) if result.exit_code else None
        learned = self._alma.learn(
            agent=assignment.trade.agent,
            task=choice.task.wording,
            outcome=result.exit_code == 0,
            strategy_used=choice.habit.strategy,
            domain=assignment.trade.domain,
            error=why,
            duration=result.seconds,
            recall=choice.recall,
        )
        assert learned.outcome is not None, learned.refused_because
        return Attempt(
            agent=assignment.trade.agent,
            task=choice.task.wording,
            strategy=choice.habit.strategy,
            exit_code=result.exit_code,
            seconds=round(result.seconds, 2),
            why=why,
            warnings=len(choice.heeded),
            outcome_id=learned.outcome.id,
        )

    def _show(self, choice: Choice, attempt: Attempt) -> None:
        """The task, what the prompt says of it if that is news, the warnings, and how the test ended."""
        screen = self._screen
        screen.line(f'"{attempt.task}"', indent=2)
        told = most_important(choice.recall)
        if told not in self._said:
            screen.line(f"prompt: {told}", DIM, indent=4, rows=1)
            self._said.add(told)
        for caution in choice.heeded:
            screen.line(without_ids(caution.text), YELLOW, mark="warning", indent=4)
        if attempt.passed:
            ending = f"{attempt.strategy}   exit 0, {attempt.seconds:.1f} s"
            screen.line(ending, GREEN, mark="pass", indent=4)
        else:
            screen.line(attempt.strategy, RED, mark="fail", indent=4)
            said = (attempt.why or "").split("\n")[0]
            screen.line(f"exit {attempt.exit_code}: {said}", RED, indent=6)


@dataclass(frozen=True, slots=True)
class Result:
    """How a test ended."""

    exit_code: int
    output: str
    seconds: float


def run_tests(modules: Sequence[str], *, folder: Path, address: str) -> list[Result]:
    """Run test files at the same time, each in a Python of its own; none outlives the call."""
    began = time.monotonic()
    with ExitStack() as stack:
        running = [_started(module, folder=folder, address=address) for module in modules]
        for process in running:
            stack.callback(_ended, process)
        return [_result(process, began) for process in running]


def _started(module: str, *, folder: Path, address: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-E", "-S", "-B", "-m", "unittest", module],
        cwd=folder,
        env={**os.environ, "SHOP": address},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _result(process: subprocess.Popen[str], began: float) -> Result:
    try:
        output = process.communicate(timeout=LONGEST_TEST)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0] + f"\nTimeoutError: no result within {LONGEST_TEST} seconds"
    return Result(process.returncode, output, time.monotonic() - began)


def _ended(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.communicate()


def telling(output: str) -> str:
    """Of a test's output the last error, from the line that names it to the line under it; else its last lines."""
    lines = output.rstrip().split("\n")
    errors = [
        number for number, line in enumerate(lines) if re.match(r"[\w.]*(Error|Exception|Refused)\b", line)
    ]
    kept = lines[errors[-1] :] if errors else lines[-8:]
    return "\n".join(takewhile(lambda line: not line.startswith("-----"), kept)).strip()


def most_important(recall: Recall) -> str:
    """The first line of the prompt that was earned, else the first that was stated."""
    lines = [line[2:] for line in recall.to_prompt().split("\n") if line.startswith("- [")]
    stated = tuple(f"[{one.id}]" for one in recall.memories if getattr(one, "grade", None) == STATED)
    earned = [line for line in lines if not line.startswith(stated)]
    return without_ids(next(iter([*earned, *lines]), "nothing on a task like this"))


def without_ids(text: str) -> str:
    """A line as it is shown here: the ids, which an agent needs, are left to the table at the end."""
    return re.sub(r"\[(?:b-o|[ohak])-[a-z2-7]{10}\] ?", "", text)


def main() -> None:
    """Work through one session, and leave what happened in `session-NUMBER.json`."""
    parser = ArgumentParser(prog="python -m alma.demo.session", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("number", type=int, choices=sorted(ASSIGNMENTS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        attempts = worked(asked.folder, asked.number, seed=asked.seed, screen=Screen(quiet=asked.quiet))
    except KeyboardInterrupt:
        sys.exit(130)
    except (AlmaError, OSError) as error:
        sys.exit(f"session {asked.number}: {error}")
    written = json.dumps([asdict(one) for one in attempts], indent=1)
    (asked.folder / f"session-{asked.number}.json").write_text(written, encoding="utf-8")


def worked(folder: Path, number: int, *, seed: int, screen: Screen) -> list[Attempt]:
    """Open the shop and the memory, and work through a session; gives every attempt."""
    shop = Shop((folder / SECRET).read_bytes(), seed=seed)
    shop.move_clock(Random(f"{seed} {number}").choice(HOURS_LATER[number]))
    with ALMA.from_config(folder / ".alma" / "config.yaml") as alma, opened(shop) as address:
        session = Session(alma, folder, shop, address, number=number, screen=screen)
        session.run()
    return session.attempts


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
