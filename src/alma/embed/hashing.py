"""The embedder `hashing`: words and character trigrams hashed into a short vector, for tests. It knows no meaning."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from alma.embed.vectors import int8_bytes

_READ = 4_000
_WORD_WEIGHT = 3.0


class Hashing:
    """Texts that share words, or parts of words, get similar vectors; equal texts get equal bytes, on any machine."""

    name = "hashing-1"

    def __init__(self, dimensions: int = 64) -> None:
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """One vector a text, in order."""
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> bytes:
        vector = np.zeros(self.dimensions, np.float32)
        for feature, weight in _features(text[:_READ].lower()):
            code = zlib.crc32(feature.encode("utf-8", "surrogatepass"))
            vector[(code >> 1) % self.dimensions] += weight if code & 1 else -weight
        if not vector.any():
            # No feature at all, or all of them cancelled out: every text still needs a direction.
            vector[0] = 1
        return int8_bytes(vector)


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in re.findall(r"\w+", text):
        yield word, _WORD_WEIGHT
        padded = f"^{word}$"
        for start in range(len(padded) - 2):
            yield padded[start : start + 3], 1.0
