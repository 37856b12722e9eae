"""One process on one store: prints as JSON what its first and later answers took, and the most memory it held."""

from __future__ import annotations

import json
import resource
import sys
import time

from population import BUSY, some_tasks

from alma import ALMA


def main() -> None:
    """`probe.py STORE RETRIEVES LEARNS`."""
    began = time.perf_counter()
    path, retrieves, learns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    first, *others = some_tasks(1 + retrieves + learns, seed=77)
    with ALMA.open(f"sqlite:///{path}") as alma:
        alma.retrieve(first, agent=BUSY)
        cold = time.perf_counter() - began
        for text in others[:retrieves]:
            alma.retrieve(text, agent=BUSY).to_prompt()
        for text in others[retrieves:]:
            alma.learn(agent=BUSY, task=text, strategy_used="a retry with backoff", outcome="success")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"cold": cold, "megabytes": most / (1024 if sys.platform != "darwin" else 1 << 20)}))


if __name__ == "__main__":
    main()
