"""The vectors of one agent's memories of one kind, in memory, compared exactly.

Whole numbers all the way: a dot product of two int8 vectors is added up in int32, so the order of the sums, the
machine and the engine do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

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
        columns, norms = self.columns[: self.count], self.norms[: self.count]
        allowed = norms > 0
        wanted = [self.domains[name] for name in domains if name in self.domains]
        if len(wanted) < len(self.domains):
            allowed &= np.isin(columns[:, 1], wanted)
        if upto is not None:
            allowed &= columns[:, 0] <= upto
        rows = None if allowed.all() else np.flatnonzero(allowed)
        query = np.frombuffer(vector, np.int8)
        dots = self._dots(query, rows)
        length = float(np.sqrt(_products(query, query[None])[0])) or 1.0
        if rows is not None:
            columns, norms = columns[rows], norms[rows]
        return np.clip(dots / (norms * length), 0.0, 1.0), columns

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
            kept = _capped(order, columns[:, 2], per_origin)
            if len(kept) >= limit or wanted >= len(cosines):
                names, rows = ["", *self.origins], columns[kept[:limit]].tolist()
                near: list[float] = cosines[kept[:limit]].tolist()
                return [
                    (cosine, seq, names[origin + 1])
                    for cosine, (seq, _, origin) in zip(near, rows, strict=True)
                ]
            wanted *= 4


def _products(query: NDArray[np.int8], vectors: NDArray[np.int8]) -> NDArray[np.float64]:
    """Exact dot products of one vector with many, or none."""
    if not len(vectors):
        return np.zeros(0)
    products: NDArray[np.float64] = np.asarray(simsimd.cdist(query[None], vectors, metric="dot"), np.float64)
    return products.ravel()


def cosines(vector: bytes, others: Sequence[bytes]) -> list[float]:
    """The cosine of a vector with each of the others, in [0, 1]."""
    query = np.frombuffer(vector, np.int8).astype(np.float32)
    rows = np.frombuffer(b"".join(others), np.int8).reshape(len(others), -1).astype(np.float32)
    lengths = np.sqrt((rows * rows).sum(axis=1, dtype=np.float64) * np.float64(query @ query))
    found: list[float] = np.clip((rows @ query) / np.maximum(lengths, 1.0), 0.0, 1.0).tolist()
    return found


def _top(cosines: NDArray[np.float64], seqs: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    rows = np.arange(len(cosines))
    if wanted < len(cosines):
        least = np.partition(cosines, len(cosines) - wanted)[len(cosines) - wanted]
        rows = np.flatnonzero(cosines >= least)
    return rows[np.lexsort((-seqs[rows], -cosines[rows]))][:wanted]


def _capped(order: NDArray[np.int64], origins: NDArray[np.int64], per_origin: int | None) -> list[int]:
    rows: list[int] = order.tolist()
    if per_origin is None:
        return rows
    taken: dict[int, int] = {}
    kept = []
    for row, origin in zip(rows, origins[order].tolist(), strict=True):
        taken[origin] = taken.get(origin, 0) + 1
        if origin == VERIFIED_ORIGIN or taken[origin] <= per_origin:
            kept.append(row)
    return kept
