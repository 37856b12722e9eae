"""One process that asks a store, as a user's does: prints as JSON the seconds of its first and of its warm `retrieve`s.

A process that has just filled a store holds what no user's process holds, and is a tenth slower for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from alma import plugins
from population import BUSY, some_tasks
from watch import times, watched


def main() -> None:
    """`asking.py STORE AGENT ROUNDS`: beyond the embedder, and the embedder beside the warm ones."""
    path, agent, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    alma, watch = watched(path, plugins.embedder("minilm"))

    def retrieve(text: str) -> object:
        return alma.retrieve(text, agent=agent)

    with alma:
        opening, *texts = some_tasks(1 + 2 * rounds, seed=7 if agent == BUSY else 8)
        retrieve(opening)
        first, _ = times(watch, texts[:rounds], retrieve)
        warm, inside = times(watch, texts[rounds:], retrieve)
    print(json.dumps({"first": first, "warm": warm, "inside": inside}))


if __name__ == "__main__":
    main()
