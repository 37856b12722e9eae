"""Drives chromadb: a collection on disk with the bench's own vectors, searched among what worked."""

from __future__ import annotations

import chromadb
from chromadb.config import Settings
from conversation import Embed, serve


class Chroma:
    """Every outcome is a record with its strategy and result as metadata."""

    def __init__(self, folder: str, embed: Embed) -> None:
        client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
        self._records = client.create_collection(
            "outcomes", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        self._embed = embed
        self._count = 0

    def choose(self, task: str) -> str | None:
        """The strategy of the nearest record that worked."""
        found = self._records.query(
            query_embeddings=[self._embed(task)], n_results=1, where={"worked": True}
        )["metadatas"]
        return str(found[0][0]["strategy"]) if found and found[0] else None

    def learn(self, task: str, strategy: str, *, worked: bool) -> None:
        """Add a record."""
        self._count += 1
        self._records.add(
            ids=[str(self._count)],
            embeddings=[self._embed(task)],
            metadatas=[{"strategy": strategy, "worked": worked}],
        )


serve(Chroma)
