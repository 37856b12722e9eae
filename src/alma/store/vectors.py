"""The vectors of one agent in memory, compared exactly.

Whole numbers all the way: float32 holds every dot product of two int8 vectors of up to 1,040 dimensions, so the
order of the sums, the machine and the engine do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024
VERIFIED_ORIGIN = -1


class Block:
    """The vectors of one agent: rows are added, or marked as gone, and never move."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self.upto = 0
        self.count = 0
        self.vectors = np.zeros((0, dimensions), np.int8)
        self.norms = np.zeros(0, np.float64)
        self.columns = np.zeros((0, 5), np.int64)
        self.names: dict[str, int] = {}

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Rows of (seq, kind, domain, origin or None where verified, ordinal, bytes)."""
        rows = list(rows)
        if not rows:
            return
        vectors = np.frombuffer(b"".join(row[5] for row in rows), np.int8)  # type: ignore[misc]
        vectors = vectors.reshape(len(rows), self.dimensions)
        self._make_room(len(rows))
        at = slice(self.count, self.count + len(rows))
        self.vectors[at] = vectors
        for start in range(0, len(rows), CHUNK):
            chunk = vectors[start : start + CHUNK].astype(np.int32)
            there = slice(at.start + start, at.start + start + len(chunk))
            self.norms[there] = np.sqrt(np.einsum("ij,ij->i", chunk, chunk).astype(np.float64))
        self.columns[at] = np.array(
            [(row[0], self._code(row[1]), self._code(row[2]), self._origin(row[3]), row[4]) for row in rows],
            np.int64,
        )
        self.count += len(rows)

    def drop(self, seqs: Sequence[int]) -> None:
        """Take rows out; they stay in place with a norm of zero, which no search returns."""
        gone = np.isin(self.columns[: self.count, 0], np.array(seqs, np.int64))
        self.norms[: self.count][gone] = 0.0

    def search(
        self, vector: bytes, *, kinds: Sequence[str], domains: Iterable[str], upto: int | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Cosines, and (seq, kind, domain, origin, ordinal) of every live row that may be read."""
        columns = self.columns[: self.count]
        allowed = self.norms[: self.count] > 0
        allowed &= self._among(columns[:, 1], kinds) & self._among(columns[:, 2], domains)
        if upto is not None:
            allowed &= columns[:, 0] <= upto
        rows = None if allowed.all() else np.flatnonzero(allowed)
        query = np.frombuffer(vector, np.int8).astype(np.float32)
        dots = self._dots(query, rows)
        norms = self.norms[: self.count] if rows is None else self.norms[rows]
        length = float(np.sqrt(np.float64(query @ query))) or 1.0
        return np.clip(dots / (norms * length), 0.0, 1.0), columns if rows is None else columns[rows]

    def _dots(self, query: NDArray[np.float32], rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
        total = self.count if rows is None else len(rows)
        dots = np.empty(total, np.float64)
        floats = np.empty((min(CHUNK, total), self.dimensions), np.float32)
        for start in range(0, total, CHUNK):
            stop = min(start + CHUNK, total)
            chunk = floats[: stop - start]
            chunk[:] = self.vectors[start:stop] if rows is None else self.vectors[rows[start:stop]]
            dots[start:stop] = chunk @ query
        return dots

    def _among(self, codes: NDArray[np.int64], names: Iterable[str]) -> NDArray[np.bool_]:
        wanted = {self.names[name] for name in names if name in self.names}
        if len(wanted) == 1:
            return np.equal(codes, next(iter(wanted)))
        return np.isin(codes, list(wanted))

    def _make_room(self, more: int) -> None:
        room = len(self.norms)
        if self.count + more <= room:
            return
        extra = max(more, room // 2) - (room - self.count) if room else more
        extra = max(extra, self.count + more - room)
        self.vectors = np.concatenate([self.vectors, np.zeros((extra, self.dimensions), np.int8)])
        self.norms = np.concatenate([self.norms, np.zeros(extra, np.float64)])
        self.columns = np.concatenate([self.columns, np.zeros((extra, 5), np.int64)])

    def _code(self, name: object) -> int:
        return self.names.setdefault(str(name), len(self.names))

    def _origin(self, origin: object) -> int:
        return VERIFIED_ORIGIN if origin is None else self._code(f"origin:{origin}")


def best(
    found: Sequence[tuple[NDArray[np.float64], NDArray[np.int64]]], *, limit: int, per_origin: int | None
) -> list[tuple[int, float]]:
    """(seq, cosine) of the nearest of all blocks, ties to the newest, capped for each unverified origin."""
    cosines = np.concatenate([part[0] for part in found])
    columns = np.concatenate([part[1] for part in found])
    wanted = limit
    while True:
        order = _top(cosines, columns[:, 0], wanted)
        kept = _capped(order, columns[:, 3], per_origin)
        if len(kept) >= limit or wanted >= len(cosines):
            return [(int(columns[i, 0]), float(cosines[i])) for i in kept[:limit]]
        wanted *= 4


def _top(cosines: NDArray[np.float64], seqs: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    rows = np.arange(len(cosines))
    if wanted < len(cosines):
        least = np.partition(cosines, len(cosines) - wanted)[len(cosines) - wanted]
        rows = np.flatnonzero(cosines >= least)
    return rows[np.lexsort((-seqs[rows], -cosines[rows]))][:wanted]


def _capped(order: NDArray[np.int64], origins: NDArray[np.int64], per_origin: int | None) -> list[int]:
    if per_origin is None:
        return [int(i) for i in order]
    taken: dict[int, int] = {}
    kept = []
    for i in order:
        origin = int(origins[i])
        taken[origin] = taken.get(origin, 0) + 1
        if origin == VERIFIED_ORIGIN or taken[origin] <= per_origin:
            kept.append(int(i))
    return kept
