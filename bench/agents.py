"""Who plays a stream: ALMA through its public verbs, and the agents it is held against.

Every agent is asked for one of the strategies and told how that went; only the told learners and `Oracle` know the
hidden class, and `Usual` what is best on the whole.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from alma import ALMA, Recall
from alma.embed.protocol import Embedder
from streams import Stream

NAME = "helena"
NEAREST = 10
VARIED = 0.1
Counts = NDArray[np.float64]
Turns = NDArray[np.int64]
CURIOSITY, PRIOR, HALF_LIFE = 0.4, 0.5, 800.0


class Agent(Protocol):
    """Chooses a strategy for a task, by its number, and is told whether it worked."""

    def choose(self, turn: int, /) -> int:
        """The number of the strategy for this task."""

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """How it went."""


class Gullible(Agent, Protocol):
    """An agent whose memory others can write to."""

    def plant(self, turn: int, strategy: int, origin: str, /) -> None:
        """Be told, by this origin, that a strategy worked on a task."""


class Cached:
    """An embedder that embeds every text once, however many agents, processes and runs ask; `path` keeps the vectors."""

    def __init__(self, embedder: Embedder, path: Path | None = None) -> None:
        self._embedder = embedder
        self._known: dict[str, bytes] = {}
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self._file = None if path is None else _vectors(path)
        if self._file is not None:
            of_this_one = "SELECT text, vector FROM vector WHERE embedder = ?"
            self._known.update(self._file.execute(of_this_one, (self.name,)))

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """The vectors of these texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        made = [(self.name, text, self._embedder.embed([text])[0]) for text in new]
        self._known.update((text, vector) for _, text, vector in made)
        if self._file is not None and made:
            with self._file:
                self._file.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?, ?)", made)
        return [self._known[text] for text in texts]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _vectors(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, timeout=60)
    file.execute("PRAGMA journal_mode = WAL")
    file.execute(
        "CREATE TABLE IF NOT EXISTS vector (embedder TEXT, text TEXT, vector BLOB, PRIMARY KEY (embedder, text))"
    )
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A strategy in an advice that has a record: its number and what was shown of it."""

    strategy: int
    mean: float
    lower: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What ALMA showed before a task: strategies by their numbers, alternatives as (what failed, what is better)."""

    tried: tuple[Tried, ...]
    heuristics: tuple[int, ...]
    alternatives: tuple[tuple[int, int], ...]
    known_failures: tuple[int, ...]


class Alma:
    """The loop of the manual: `retrieve`, follow the first advice, `learn`. A store of its own, on disk.

    Only the embedder is put in by hand, so that no text is embedded twice; everything else is the public interface.
    """

    def __init__(self, stream: Stream, embedder: Embedder) -> None:
        self._stream = stream
        self._recall: Recall | None = None
        self._numbers = {text: one for one, text in enumerate(stream.strategies)}
        for said in stream.wordings:
            self._numbers.update((text, one) for one, text in enumerate(said))
        self.shown: list[Shown] = []
        self.spoke_elsewhere: list[bool] = []
        self.seconds: dict[str, list[float]] = {"retrieve": [], "learn": []}
        with ExitStack() as opening:
            folder = opening.enter_context(tempfile.TemporaryDirectory(prefix="alma-loop-"))
            self._alma = opening.enter_context(ALMA.open(f"sqlite:///{Path(folder) / 'loop.db'}"))
            self._alma._meaning.embedder = embedder
            self._open = opening.pop_all()

    def choose(self, turn: int, /) -> int:
        """What ALMA advises first."""
        if self._stream.elsewhere:
            self.spoke_elsewhere.append(self._speaks_of(self._stream.elsewhere[turn]))
        began = time.perf_counter()
        self._recall = self._alma.retrieve(
            self._stream.tasks[turn], agent=NAME, strategies=self._stream.offered(turn)
        )
        self.seconds["retrieve"].append(time.perf_counter() - began)
        self.shown.append(self._seen_in(self._recall))
        return self._numbers[self._recall.advice[0].strategy]

    def _speaks_of(self, text: str) -> bool:
        """Whether anything is said about a task of another trade: it should not be."""
        return bool(self._alma.retrieve(text, agent=NAME))

    def _seen_in(self, recall: Recall) -> Shown:
        number = self._numbers.__getitem__
        return Shown(
            tried=tuple(
                Tried(strategy=number(one.strategy), mean=one.mean, lower=one.lower)
                for one in recall.advice
                if one.successes + one.failures
            ),
            heuristics=tuple(number(one.strategy) for one in recall.heuristics),
            alternatives=tuple(
                (number(one.pattern), number(one.better_alternative))
                for one in recall.anti_patterns
                if one.better_alternative is not None
            ),
            known_failures=tuple(
                number(one.pattern) for one in recall.anti_patterns if one.better_alternative is None
            ),
        )

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Tell ALMA."""
        began = time.perf_counter()
        self._alma.learn(
            agent=NAME,
            task=self._stream.tasks[turn],
            outcome=worked,
            strategy_used=self._stream.offered(turn)[strategy],
            recall=self._recall,
        )
        self.seconds["learn"].append(time.perf_counter() - began)

    def plant(self, turn: int, strategy: int, origin: str, /) -> None:
        """Hear from somebody who has seen nothing that a strategy worked."""
        self._alma.learn(
            agent=NAME,
            task=self._stream.tasks[turn],
            outcome=True,
            strategy_used=self._stream.offered(turn)[strategy],
            source="word",
            origin=origin,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


class Careful(Alma):
    """Keeps to its usual strategy, and leaves it only for an earned heuristic, or where an earned anti-pattern of it
    names a better alternative. Like `Habit`, it now and then does something else, or nothing could ever be earned."""

    def __init__(self, stream: Stream, embedder: Embedder, seed: int) -> None:
        super().__init__(stream, embedder)
        self._habit = Habit(stream, seed)

    def choose(self, turn: int, /) -> int:
        """The usual, unless something was earned."""
        super().choose(turn)
        usual, seen = self._habit.choose(turn), self.shown[-1]
        if usual != self._habit.usual:
            return usual
        if seen.heuristics:
            return usual if usual in seen.heuristics else seen.heuristics[0]
        return dict(reversed(seen.alternatives)).get(usual, usual)


class Random:
    """Any strategy."""

    def __init__(self, stream: Stream, seed: int) -> None:
        self._strategies = len(stream.strategies)
        self._draw = random.Random(f"random {seed}")

    def choose(self, _turn: int, /) -> int:
        """Any."""
        return self._draw.randrange(self._strategies)

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Nothing."""


class Usual:
    """Always the one strategy that is best over the whole stream: told which, so no habit does better."""

    def __init__(self, stream: Stream) -> None:
        turns = range(len(stream.tasks))
        total = [sum(stream.chances(turn)[one] for turn in turns) for one in range(len(stream.strategies))]
        self.usual = total.index(max(total))

    def choose(self, _turn: int, /) -> int:
        """The best on the whole."""
        return self.usual

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Nothing."""


class Habit(Usual):
    """The usual strategy, but on one task in ten, by lot, any: the same tasks and strategies as `Careful`."""

    def __init__(self, stream: Stream, seed: int) -> None:
        super().__init__(stream)
        draw, any_ = random.Random(f"habit {seed}"), range(len(stream.strategies))
        self._plan = [
            draw.choice(any_) if draw.random() < VARIED else self.usual for _ in range(len(stream.tasks))
        ]

    def choose(self, turn: int, /) -> int:
        """What was planned."""
        return self._plan[turn]


class Neighbours:
    """What both neighbour agents share: every task so far with its vector, its strategy and its result."""

    def __init__(self, stream: Stream, embedder: Embedder, seed: int) -> None:
        found = np.frombuffer(b"".join(embedder.embed(stream.tasks)), np.int8).reshape(len(stream.tasks), -1)
        self._vectors = found / np.linalg.norm(found.astype(np.float32), axis=1, keepdims=True)
        self._turns: list[int] = []
        self._used: list[int] = []
        self._worked: list[bool] = []
        self._strategies = len(stream.strategies)
        self._draw = random.Random(f"{type(self).__name__} {seed}")

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Remember it."""
        self._turns.append(turn)
        self._used.append(strategy)
        self._worked.append(worked)

    def plant(self, turn: int, strategy: int, _origin: str, /) -> None:
        """Believe it like anything else."""
        self.learn(turn, strategy, worked=True)

    def _nearest(self, turn: int, *, successes: bool) -> Turns:
        """The numbers of what is remembered, or only of what worked, the nearest first, ties to the latest."""
        among = np.flatnonzero(self._worked) if successes else np.arange(len(self._worked))
        cosines = self._vectors[np.array(self._turns, np.int64)[among]] @ self._vectors[turn]
        nearest: Turns = among[np.lexsort((-among, -cosines))]
        return nearest


class NearestSuccess(Neighbours):
    """Repeats what worked on the most similar task."""

    def choose(self, turn: int, /) -> int:
        """The nearest success; any strategy where there is none."""
        nearest = self._nearest(turn, successes=True)
        return self._used[nearest[0]] if len(nearest) else self._draw.randrange(self._strategies)


class Vote(Neighbours):
    """The best record among the 10 most similar tasks: (successes + 1) / (attempts + 2), ties to the first."""

    def choose(self, turn: int, /) -> int:
        """The elected."""
        nearest = self._nearest(turn, successes=False)[:NEAREST]
        used, worked = np.array(self._used, np.int64)[nearest], np.array(self._worked, bool)[nearest]
        tried = np.bincount(used, minlength=self._strategies)
        won = np.bincount(used, worked, minlength=self._strategies)
        return int(np.argmax((won + 1) / (tried + 2)))


class Told:
    """A learner that is told the hidden class: ALMA's own prior, bonus and half-life, on perfect neighbourhoods."""

    prior = PRIOR

    def __init__(self, stream: Stream) -> None:
        self._classes = stream.classes
        self._won = np.zeros((len(stream.before), len(stream.strategies)))
        self._lost = np.zeros_like(self._won)

    def choose(self, turn: int, /) -> int:
        """The most appealing, ties to the first."""
        mine = self._classes[turn]
        return int(np.argmax(self._appeal(self.prior + self._won[mine], self.prior + self._lost[mine])))

    def _appeal(self, a: Counts, b: Counts) -> Counts:
        """Mean and 0.4 standard deviations of Beta(a, b)."""
        appeal: Counts = a / (a + b) + CURIOSITY * np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
        return appeal

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Count it, after everything known has aged by one outcome."""
        for counts in (self._won, self._lost):
            counts *= 0.5 ** (1 / HALF_LIFE)
        (self._won if worked else self._lost)[self._classes[turn], strategy] += 1


class ToldGreedy(Told):
    """The same without a bonus: the best mean from Beta(1, 1), ties by lot; `epsilon` of the time any strategy."""

    prior = 1.0

    def __init__(self, stream: Stream, seed: int, *, epsilon: float = 0.0) -> None:
        super().__init__(stream)
        self._draw = np.random.default_rng(seed)
        self._epsilon = epsilon

    def choose(self, turn: int, /) -> int:
        """The best so far, or any."""
        if self._draw.random() < self._epsilon:
            return int(self._draw.integers(self._won.shape[1]))
        return super().choose(turn)

    def _appeal(self, a: Counts, b: Counts) -> Counts:
        """The mean, and too little luck to matter but between equals."""
        appeal: Counts = a / (a + b) + 1e-9 * self._draw.random(len(a))
        return appeal


class ToldByLot(Told):
    """The same, but it explores by lot (Thompson sampling) instead of by a bonus."""

    def __init__(self, stream: Stream, seed: int) -> None:
        super().__init__(stream)
        self._draw = np.random.default_rng(seed)

    def _appeal(self, a: Counts, b: Counts) -> Counts:
        return self._draw.beta(a, b)


class Oracle:
    """Knows the world: what nobody can do better than."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def choose(self, turn: int, /) -> int:
        """The best for this very task."""
        chances = self._stream.chances(turn)
        return chances.index(max(chances))

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What an agent did on every task, and whether it worked."""

    chosen: tuple[int, ...]
    worked: tuple[bool, ...]


def play(agent: Agent, stream: Stream, *, tick: Callable[[], None]) -> Play:
    """Play the whole stream; `tick` is called after each task. The agent hears what is reported, true or not."""
    chosen = []
    for turn in range(len(stream.tasks)):
        chosen.append(agent.choose(turn))
        agent.learn(turn, chosen[-1], worked=stream.reported(turn, chosen[-1]))
        tick()
    worked = tuple(stream.works(turn, strategy) for turn, strategy in enumerate(chosen))
    return Play(chosen=tuple(chosen), worked=worked)
