"""Drives LangGraph's store: in memory, indexed by the task with the bench's own vectors, searched among what worked."""

from __future__ import annotations

from conversation import Embed, serve
from langgraph.store.memory import InMemoryStore

NAMESPACE = ("helena", "outcomes")


class Store:
    """Every outcome is an item of one namespace."""

    def __init__(self, _folder: str, embed: Embed) -> None:
        def several(texts: list[str]) -> list[list[float]]:
            return [embed(text) for text in texts]

        self._store = InMemoryStore(index={"dims": 384, "embed": several, "fields": ["task"]})
        self._count = 0

    def choose(self, task: str) -> str | None:
        """The strategy of the nearest item that worked."""
        found = self._store.search(NAMESPACE, query=task, filter={"worked": True}, limit=1)
        return str(found[0].value["strategy"]) if found else None

    def learn(self, task: str, strategy: str, *, worked: bool) -> None:
        """Put an item."""
        self._count += 1
        self._store.put(NAMESPACE, str(self._count), {"task": task, "strategy": strategy, "worked": worked})


serve(Store)
