"""Who plays a stream: ALMA through its public verbs, and the agents it is held against.

Every agent is asked for one of the strategies and told how that went; only the told learners and `Oracle` know the
hidden class, and `Usual` what is best on the whole.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from alma import ALMA, Recall
from alma.embed.protocol import Embedder
from streams import CLASSES, STRATEGIES, Stream

NAME = "helena"
NEAREST = 10
Counts = NDArray[np.float64]
Turns = NDArray[np.int64]
CURIOSITY, PRIOR, HALF_LIFE = 0.4, 0.5, 800.0


class Agent(Protocol):
    """Chooses a strategy for a task, by its number, and is told whether it worked."""

    def choose(self, turn: int, /) -> int:
        """The number of the strategy for this task."""

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """How it went."""


class Cached:
    """An embedder that embeds every text once, however many agents ask."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, bytes] = {}
        self.name = embedder.name
        self.dimensions = embedder.dimensions

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """The vectors of these texts."""
        for text in texts:
            if text not in self._known:
                [self._known[text]] = self._embedder.embed([text])
        return [self._known[text] for text in texts]


class Alma:
    """The loop of the manual: `retrieve`, follow the first advice, `learn`. A store of its own, on disk."""

    def __init__(self, stream: Stream, embedder: Embedder) -> None:
        self._stream = stream
        self._recall: Recall | None = None
        with ExitStack() as opening:
            folder = opening.enter_context(tempfile.TemporaryDirectory(prefix="alma-loop-"))
            self._alma = opening.enter_context(ALMA.open(f"sqlite:///{Path(folder) / 'loop.db'}"))
            self._alma._meaning.embedder = embedder
            self._open = opening.pop_all()

    def choose(self, turn: int, /) -> int:
        """What ALMA advises first."""
        self._recall = self._alma.retrieve(self._stream.tasks[turn], agent=NAME, strategies=STRATEGIES)
        return STRATEGIES.index(self._recall.advice[0].strategy)

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Tell ALMA."""
        self._alma.learn(
            agent=NAME,
            task=self._stream.tasks[turn],
            outcome=worked,
            strategy_used=STRATEGIES[strategy],
            recall=self._recall,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


class Random:
    """Any strategy."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(f"random {seed}")

    def choose(self, _turn: int, /) -> int:
        """Any."""
        return self._draw.randrange(len(STRATEGIES))

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Nothing."""


class Usual:
    """Always the one strategy that is best over the whole stream: told which, so no habit does better."""

    def __init__(self, stream: Stream) -> None:
        turns = range(len(stream.tasks))
        total = [sum(stream.chances(turn)[one] for turn in turns) for one in range(len(STRATEGIES))]
        self._best = total.index(max(total))

    def choose(self, _turn: int, /) -> int:
        """The best on the whole."""
        return self._best

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Nothing."""


class Neighbours:
    """What both neighbour agents share: every task so far with its vector, its strategy and its result."""

    def __init__(self, stream: Stream, embedder: Embedder, seed: int) -> None:
        found = np.frombuffer(b"".join(embedder.embed(stream.tasks)), np.int8).reshape(len(stream.tasks), -1)
        self._vectors = found / np.linalg.norm(found.astype(np.float32), axis=1, keepdims=True)
        self._used = np.zeros(len(stream.tasks), np.int64)
        self._worked = np.zeros(len(stream.tasks), bool)
        self._draw = random.Random(f"{type(self).__name__} {seed}")

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Remember it."""
        self._used[turn], self._worked[turn] = strategy, worked

    def _nearest(self, turn: int, among: Turns) -> Turns:
        """The turns among these, the nearest first, ties to the latest."""
        cosines = self._vectors[among] @ self._vectors[turn]
        return among[np.lexsort((-among, -cosines))]


class NearestSuccess(Neighbours):
    """Repeats what worked on the most similar task."""

    def choose(self, turn: int, /) -> int:
        """The nearest success; any strategy where there is none."""
        nearest = self._nearest(turn, np.flatnonzero(self._worked[:turn]))
        return int(self._used[nearest[0]]) if len(nearest) else self._draw.randrange(len(STRATEGIES))


class Vote(Neighbours):
    """The best record among the 10 most similar tasks: (successes + 1) / (attempts + 2), ties to the first."""

    def choose(self, turn: int, /) -> int:
        """The elected."""
        nearest = self._nearest(turn, np.arange(turn))[:NEAREST]
        used, worked = self._used[nearest], self._worked[nearest]
        tried = np.bincount(used, minlength=len(STRATEGIES))
        won = np.bincount(used, worked, minlength=len(STRATEGIES))
        return int(np.argmax((won + 1) / (tried + 2)))


class Told:
    """A learner that is told the hidden class: ALMA's own prior, bonus and half-life, on perfect neighbourhoods."""

    prior = PRIOR

    def __init__(self, stream: Stream) -> None:
        self._classes = stream.classes
        self._won = np.zeros((CLASSES, len(STRATEGIES)))
        self._lost = np.zeros((CLASSES, len(STRATEGIES)))

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
            return int(self._draw.integers(len(STRATEGIES)))
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


def play(agent: Agent, stream: Stream, *, tick: Callable[[], None]) -> list[bool]:
    """Whether each task of the stream succeeded; `tick` is called after each."""
    results = []
    for turn in range(len(stream.tasks)):
        strategy = agent.choose(turn)
        results.append(stream.works(turn, strategy))
        agent.learn(turn, strategy, worked=results[-1])
        tick()
    return results
