"""One process on one store: prints as JSON what its first and later answers took, and the most memory it held."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from alma import ALMA
from population import BUSY, some_tasks


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
    print(json.dumps({"cold": cold, "megabytes": peak()}))


def peak() -> float:
    """The most resident memory of this process so far, in MB.

    Linux hands a parent's `ru_maxrss` on to its child, so there the kernel's figure for this program alone is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    main()
