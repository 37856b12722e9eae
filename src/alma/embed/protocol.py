"""What an embedder is: texts in, int8 vectors out. Vectors are compared as integers, so every engine agrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """Turns texts into vectors. Two embedders whose `name` is equal give the same bytes for the same text."""

    @property
    def name(self) -> str:
        """Name and version, e.g. `minilm-1`: stored with the vectors, so that two are never mixed."""

    @property
    def dimensions(self) -> int:
        """Length of every vector."""

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """One vector a text, in order: `dimensions` signed bytes, scaled so that the largest is 127."""
