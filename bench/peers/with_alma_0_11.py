"""Drives alma-memory 0.11, the version before this one: its quick start, `retrieve` before a task, `learn` after it.

What it calls a heuristic is followed first, then the first outcome that succeeded; what it calls an anti-pattern is
left out. It refuses to learn a strategy that it calls an anti-pattern, and then nothing is learned. Its local embedder
is all-MiniLM-L6-v2, as the bench's is: where that would be loaded, the bench gives the vectors, so nothing is
downloaded. (`ALMA.from_config` stores no vectors in 0.11.0 and finds nothing again; `quickstart` does.)
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from conversation import Embed, serve

AGENT = "helena"


class Model:
    """Stands where the model would be loaded."""

    embed: Embed

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def encode(self, text: str | list[str], **_: object) -> object:
        """A vector, or several."""
        if isinstance(text, str):
            return np.array(Model.embed(text), np.float32)
        return np.array([Model.embed(one) for one in text], np.float32)

    def get_sentence_embedding_dimension(self) -> int:
        """How long they are."""
        return 384


class Alma011:
    """The loop of its manual."""

    def __init__(self, folder: str, embed: Embed) -> None:
        Model.embed = staticmethod(embed)
        sys.modules["sentence_transformers"] = ModuleType("sentence_transformers")
        sys.modules["sentence_transformers"].SentenceTransformer = Model  # type: ignore[attr-defined]
        from alma.exceptions import ScopeViolationError

        from alma import ALMA

        logging.disable(logging.ERROR)
        self._alma = ALMA.quickstart(project_id="bench", storage_dir=str(Path(folder)))
        self._refused = ScopeViolationError

    def choose(self, task: str) -> str | None:
        """The first heuristic, else the first success, unless it warns of it."""
        found = self._alma.retrieve(task=task, agent=AGENT, top_k=5)
        bad = [one.pattern for one in found.anti_patterns]
        good = [one.strategy for one in found.heuristics]
        good += [one.strategy_used for one in found.outcomes if one.success]
        return next((one for one in good if not any(one in pattern for pattern in bad)), None)

    def learn(self, task: str, strategy: str, *, worked: bool) -> None:
        """Learn it, if it lets us."""
        try:
            self._alma.learn(
                agent=AGENT,
                task=task,
                outcome="success" if worked else "failure",
                strategy_used=strategy,
            )
        except self._refused:
            return


serve(Alma011)
