"""Drives mem0 with `infer=False`: no model reads the memories, which are searched among what worked.

The vectors are the bench's own, through the embedder that mem0 documents for LangChain; the vector store is the local
one that it comes with. A language model has to be configured; it is never called.
"""

from __future__ import annotations

import os
from pathlib import Path

from conversation import Embed, serve
from langchain_core.embeddings import Embeddings

AGENT = "helena"


class Ours(Embeddings):
    """The bench's vectors."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    def embed_query(self, text: str) -> list[float]:
        """One."""
        return self._embed(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Several."""
        return [self._embed(text) for text in texts]


class Mem0:
    """Every outcome is a memory of the agent, in the words of its task, with strategy and result as metadata."""

    def __init__(self, folder: str, embed: Embed) -> None:
        os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=folder)
        from mem0 import Memory

        vectors = {
            "collection_name": "bench",
            "path": str(Path(folder) / "qdrant"),
            "embedding_model_dims": 384,
        }
        self._memory = Memory.from_config(
            {
                "embedder": {
                    "provider": "langchain",
                    "config": {"model": Ours(embed), "embedding_dims": 384},
                },
                "llm": {"provider": "openai", "config": {"api_key": "never used"}},
                "vector_store": {"provider": "qdrant", "config": vectors},
                "history_db_path": str(Path(folder) / "history.db"),
            }
        )

    def choose(self, task: str) -> str | None:
        """The strategy of the best match that worked."""
        found = self._memory.search(task, filters={"agent_id": AGENT, "worked": True}, top_k=1)["results"]
        return str(found[0]["metadata"]["strategy"]) if found else None

    def learn(self, task: str, strategy: str, *, worked: bool) -> None:
        """Add a memory as it is."""
        self._memory.add(task, agent_id=AGENT, infer=False, metadata={"strategy": strategy, "worked": worked})


serve(Mem0)
