"""The vectors of one agent's memories of one kind, in memory, compared exactly.

Whole numbers all the way: a dot product of two int8 vectors is added up in int32, so the order of the sums, the
machine and the engine do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import simsimd
from numpy.typing import NDArray

CHUNK = 256
# Copying some rows out costs about four times as much as multiplying them.
WORTH_ALL = 4
VERIFIED_ORIGIN = -1


class Block:
    """The vectors of one agent's memories of one kind: rows are added, or marked as gone, and never move."""

    def __init__(self) -> None:
        self.upto = 0
        self.count = 0
        self.vectors = np.zeros((0, 0), np.int8)
        self.norms = np.zeros(0, np.float64)
        self.columns = np.zeros((0, 3), np.int64)
        self.domains: dict[str, int] = {}
        self.origins: dict[str, int] = {}
        self.names = [""]
        self.places: dict[int, int] = {}
        self.placed = 0
        self.live: Counter[str] = Counter()

    def add(self, rows: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Rows of (seq, domain, origin or "" where verified, bytes)."""
        if not rows:
            return
        vectors = np.frombuffer(b"".join(row[3] for row in rows), np.int8).reshape(len(rows), -1)
        self._make_room(len(rows), vectors.shape[1])
        first = self.count
        self.vectors[first : first + len(rows)] = vectors
        for start in range(0, len(rows), CHUNK):
            chunk = vectors[start : start + CHUNK].astype(np.int32)
            lengths = np.sqrt(np.einsum("ij,ij->i", chunk, chunk).astype(np.float64))
            self.norms[first + start : first + start + len(chunk)] = lengths
        self.columns[first : first + len(rows)] = np.array(
            [
                (seq, self._code(self.domains, domain), self._origin(origin))
                for seq, domain, origin, _ in rows
            ],
            np.int64,
        )
        self.count += len(rows)
        self.live.update(domain for _, domain, _, _ in rows)

    @property
    def is_verified(self) -> bool:
        """Whether everything in it was seen, or said by a person."""
        return not self.origins

    def drop(self, seqs: Sequence[int]) -> None:
        """Take rows out; they stay in place with a norm of zero, which no search returns."""
        gone = np.isin(self.columns[: self.count, 0], np.array(seqs, np.int64)) & (
            self.norms[: self.count] > 0
        )
        names = list(self.domains)
        self.live.subtract(names[code] for code in self.columns[: self.count, 1][gone].tolist())
        self.norms[: self.count][gone] = 0.0

    def search(
        self, vector: bytes, *, domains: Iterable[str], upto: int | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Cosines, and (seq, domain, origin), of every live row that may be read."""
        columns = self.columns[: self.count]
        allowed = self.norms[: self.count] > 0
        wanted = [self.domains[name] for name in domains if name in self.domains]
        if len(wanted) < len(self.domains):
            allowed &= np.isin(columns[:, 1], wanted)
        if upto is not None:
            allowed &= columns[:, 0] <= upto
        rows = None if allowed.all() else np.flatnonzero(allowed)
        cosines = self._cosines(vector, rows)
        return cosines, columns if rows is None else columns[rows]

    def cosines(self, vector: bytes, seqs: Sequence[int]) -> dict[int, float]:
        """The cosines of those of these memories that are in it, by their numbers."""
        added = range(self.placed, self.count)
        self.places.update(zip(self.columns[self.placed : self.count, 0].tolist(), added, strict=True))
        self.placed = self.count
        found = {seq: row for seq in seqs if (row := self.places.get(seq)) is not None and self.norms[row]}
        near: list[float] = self._cosines(vector, np.array([*found.values()], np.int64)).tolist()
        return dict(zip(found, near, strict=True))

    def _cosines(self, vector: bytes, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """With every row, or with these rows."""
        query = np.frombuffer(vector, np.int8)
        norms = self.norms[: self.count]
        lengths = (norms if rows is None else norms[rows]) * _length(vector)
        return np.minimum(np.maximum(self._dots(query, rows) / lengths, 0.0), 1.0)

    def _dots(self, query: NDArray[np.int8], rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """Dot products with every row, or with these rows."""
        vectors = self.vectors[: self.count]
        if rows is None:
            return _products(query, vectors)
        if len(rows) * WORTH_ALL < self.count:
            return _products(query, vectors[rows])
        return _products(query, vectors)[rows]

    def _make_room(self, more: int, dimensions: int) -> None:
        room = len(self.norms)
        if self.count + more <= room:
            return
        new = max(self.count + more, room + room // 2)
        vectors = np.zeros((new, dimensions), np.int8)
        vectors[: self.count] = self.vectors[: self.count].reshape(self.count, dimensions)
        self.vectors = vectors
        self.norms = np.concatenate([self.norms, np.zeros(new - room, np.float64)])
        self.columns = np.concatenate([self.columns, np.zeros((new - room, 3), np.int64)])

    @staticmethod
    def _code(names: dict[str, int], name: str) -> int:
        return names.setdefault(name, len(names))

    def _origin(self, origin: str) -> int:
        if origin and origin not in self.origins:
            self.names.append(origin)
        return self._code(self.origins, origin) if origin else VERIFIED_ORIGIN

    def nearest(
        self,
        vector: bytes,
        *,
        limit: int,
        domains: Iterable[str],
        upto: int | None = None,
        per_origin: int | None = None,
    ) -> list[tuple[float, int, str]]:
        """(cosine, seq, origin) of the nearest, ties to the newest, at most `per_origin` of one unverified origin.

        The origin is empty where it is verified.
        """
        if not self.count:
            return []
        cosines, columns = self.search(vector, domains=domains, upto=upto)
        wanted = limit
        while True:
            order = _top(cosines, columns[:, 0], wanted)
            seqs, _, origins = columns[order].T.tolist()
            found = list(zip(cosines[order].tolist(), seqs, origins, strict=True))
            kept = found if self.is_verified else _capped(found, per_origin)
            if len(kept) >= limit or wanted >= len(cosines):
                return [(cosine, seq, self.names[origin + 1]) for cosine, seq, origin in kept[:limit]]
            wanted *= 4


@lru_cache(64)
def _length(vector: bytes) -> float:
    query = np.frombuffer(vector, np.int8)
    return float(np.sqrt(_products(query, query[None])[0])) or 1.0


def _products(query: NDArray[np.int8], vectors: NDArray[np.int8]) -> NDArray[np.float64]:
    """Exact dot products of one vector with many, or none."""
    if not len(vectors):
        return np.zeros(0)
    products: NDArray[np.float64] = np.asarray(simsimd.cdist(query[None], vectors, metric="dot"), np.float64)
    return products.ravel()


def _top(cosines: NDArray[np.float64], seqs: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    if wanted < len(cosines):
        least = np.partition(cosines, len(cosines) - wanted)[len(cosines) - wanted]
        rows = np.flatnonzero(cosines >= least)
    else:
        rows = np.arange(len(cosines))
    return rows[np.lexsort((-seqs[rows], -cosines[rows]))][:wanted]


def _capped(found: list[tuple[float, int, int]], per_origin: int | None) -> list[tuple[float, int, int]]:
    if per_origin is None:
        return found
    taken: dict[int, int] = {}
    kept = []
    for one in found:
        origin = one[2]
        taken[origin] = taken.get(origin, 0) + 1
        if origin == VERIFIED_ORIGIN or taken[origin] <= per_origin:
            kept.append(one)
    return kept
