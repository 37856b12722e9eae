"""How long a verb takes beyond the embedder: the embedder's own time is taken out call by call, not on average."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from alma import ALMA
from alma.embed.protocol import Embedder


class Watched:
    """An embedder that adds up the time it takes."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self.seconds = 0.0

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """What the embedder gives."""
        began = time.perf_counter()
        try:
            return self._embedder.embed(texts)
        finally:
            self.seconds += time.perf_counter() - began


def watched(path: Path, embedder: Embedder) -> tuple[ALMA, Watched]:
    """A store opened with a watched embedder."""
    alma, watch = ALMA.open(f"sqlite:///{path}"), Watched(embedder)
    alma._meaning.embedder = watch
    return alma, watch


def times(
    watch: Watched, texts: Iterable[str], verb: Callable[[str], object]
) -> tuple[list[float], list[float]]:
    """Seconds beyond the embedder and in the embedder, for each text."""
    beyond, inside = [], []
    for text in texts:
        before, began = watch.seconds, time.perf_counter()
        verb(text)
        taken = time.perf_counter() - began
        inside.append(watch.seconds - before)
        beyond.append(taken - inside[-1])
    return beyond, inside
