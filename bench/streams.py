"""A stream: real customer messages whose hidden class decides which strategy works. The drifting one is made here.

The drifting world was chosen once, so that random, the usual strategy, the vote and the oracle stand where the trial that the
design rests on had them (.443, .55, .609, .86). For every class one strategy is good (it works with a chance from .80
to .92), the rest are not (.10 to .60), and one strategy, the same for all classes, is passable wherever it is not the
good one (.45 to .65): all drawn evenly. Half-way, a third of the classes exchanges its good strategy with another one,
drawn among the rest. Luck is one number a task, the same for every agent. The told learner does better here than in
the trial (.74 against .67): it depends on how that learner explores, see `agents.py`. No parameter was chosen by ALMA's
own result.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

CLASSES = 20
GOOD, PASSABLE, POOR = (0.80, 0.92), (0.45, 0.65), (0.10, 0.60)
DRIFTING = 1 / 3
STRATEGIES = (
    "send the standard help page",
    "ask for a screenshot of the app",
    "issue a replacement by courier",
    "reset the security settings",
    "escalate to the payments team",
    "refund the amount at once",
    "check the identity documents again",
    "explain the fee schedule by phone",
)
WHERE_TO_GET_IT = """\
The texts of Banking77 are not part of this project. They are published by PolyAI under CC BY 4.0:
https://github.com/PolyAI-LDN/task-specific-datasets (folder banking_data), or "PolyAI/banking77" on Hugging Face.
Put train.csv (columns text, category) into FOLDER/banking77/ and name FOLDER with --data or ALMA_BENCH_DATA."""


class MissingTexts(Exception):
    """A bench needs texts that are not here; the message says where they can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Tasks in order with their hidden classes, the chances of every strategy before and after, and each task's luck.

    `wordings` are the words of every strategy at every task, where they change; `misreported` says of every task
    whether its result is told the wrong way round; `elsewhere` are texts of another trade, asked about and not done.
    """

    tasks: tuple[str, ...]
    classes: tuple[int, ...]
    before: tuple[tuple[float, ...], ...]
    after: tuple[tuple[float, ...], ...]
    luck: tuple[float, ...]
    strategies: tuple[str, ...] = STRATEGIES
    wordings: tuple[tuple[str, ...], ...] = ()
    misreported: tuple[bool, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def change(self) -> int:
        """The first task after the change."""
        return (len(self.tasks) + 1) // 2

    @property
    def changed(self) -> frozenset[int]:
        """The classes whose chances change."""
        return frozenset(one for one, row in enumerate(self.before) if row != self.after[one])

    def offered(self, turn: int) -> tuple[str, ...]:
        """The strategies in the words of this task."""
        return self.wordings[turn] if self.wordings else self.strategies

    def chances(self, turn: int) -> tuple[float, ...]:
        """How likely each strategy works on this task."""
        now = self.before if 2 * turn < len(self.tasks) else self.after
        return now[self.classes[turn]]

    def works(self, turn: int, strategy: int) -> bool:
        """Whether this strategy works on this task."""
        return self.luck[turn] < self.chances(turn)[strategy]

    def reported(self, turn: int, strategy: int) -> bool:
        """What the agent hears of it."""
        return self.works(turn, strategy) != (bool(self.misreported) and self.misreported[turn])


def texts(folder: Path) -> dict[str, list[str]]:
    """Banking77 by intent. Raises MissingTexts."""
    path = folder / "banking77" / "train.csv"
    if not path.is_file():
        raise MissingTexts(f"{path} is not there.\n{WHERE_TO_GET_IT}")
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["category"], []).append(" ".join(row["text"].split()))
    return dict(sorted(found.items()))


def drifting(
    known: dict[str, list[str]], *, tasks: int, seed: int, strategies: tuple[str, ...] = STRATEGIES
) -> Stream:
    """A stream of this seed. Where the drawn classes hold fewer texts than tasks, they come round again."""
    draw = random.Random(f"drifting {seed}")
    chosen = draw.sample(list(known), CLASSES)
    pool = [(text, number) for number, name in enumerate(chosen) for text in known[name]]
    turns: list[tuple[str, int]] = []
    while len(turns) < tasks:
        turns += draw.sample(pool, len(pool))
    usual = draw.randrange(len(strategies))
    before = [_chances(usual, len(strategies), draw) for _ in chosen]
    after = [list(row) for row in before]
    for number in draw.sample(range(CLASSES), round(CLASSES * DRIFTING)):
        row = after[number]
        best = max(range(len(row)), key=row.__getitem__)
        other = draw.choice([one for one in range(len(row)) if one != best])
        row[best], row[other] = row[other], row[best]
    return Stream(
        tasks=tuple(text for text, _ in turns[:tasks]),
        classes=tuple(number for _, number in turns[:tasks]),
        before=tuple(map(tuple, before)),
        after=tuple(map(tuple, after)),
        luck=tuple(draw.random() for _ in range(tasks)),
        strategies=strategies,
    )


def _chances(usual: int, strategies: int, draw: random.Random) -> list[float]:
    """How likely each strategy works in one class."""
    chances = [draw.uniform(*POOR) for _ in range(strategies)]
    chances[usual] = draw.uniform(*PASSABLE)
    chances[draw.choice([one for one in range(len(chances)) if one != usual])] = draw.uniform(*GOOD)
    return chances
