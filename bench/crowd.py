"""Eight processes that learn on one file at once: is everything there, and did each see what the others had written?

A process announces an id only after its `learn` returned; whoever reads the announcement must find the memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from alma import ALMA, AlmaError
from figures import Figure
from startup import environment

LOOKS_EVERY = 10


def crowd(folder: Path, *, processes: int, each: int) -> list[Figure]:
    """Figures of `processes` that learn `each` outcomes on one new file."""
    path = folder / "crowd.db"
    ALMA.open(f"sqlite:///{path}").close()
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, __file__, str(path), str(number), str(each)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for number in range(processes)
    ]
    found = [json.loads(one.communicate()[0] or '{"failed": 1, "unseen": 0, "looked": 0}') for one in running]
    taken = time.perf_counter() - began
    with ALMA.open(f"sqlite:///{path}") as alma:
        kept = sum(alma.stats().memories.values())
    name = f"{processes} processes × {each} `learn` on one file"
    looked = sum(one["looked"] for one in found)
    return [
        Figure(name=f"{name}: missing", value=processes * each - kept, unit="of all", most=0, spread=f"{taken:.1f} s"),
        Figure(
            name=f"{name}: not seen by another", value=sum(one["unseen"] for one in found), unit="", most=0,
            spread=f"looked for {looked}",
        ),
        Figure(name=f"{name}: errors shown", value=sum(one["failed"] for one in found), unit="", most=0),
    ]  # fmt: skip


def member(path: Path, number: int, each: int) -> dict[str, int]:
    """One of the processes."""
    board = path.with_suffix(".announced")
    found = {"failed": 0, "unseen": 0, "looked": 0}
    with ALMA.open(f"sqlite:///{path}") as alma, board.open("a") as announce:
        for turn in range(each):
            try:
                task = f"Load part {turn} of shard {number}"
                learned = alma.learn(agent="crowd", task=task, strategy_used="a retry", outcome=turn % 3 > 0)
                announce.write(f"{learned.outcome.id if learned.outcome else ''}\t{task}\n")
                announce.flush()
                if turn % LOOKS_EVERY == LOOKS_EVERY - 1:
                    _look(alma, board, found)
            except AlmaError as error:
                print(error, file=sys.stderr)
                found["failed"] += 1
    return found


def _look(alma: ALMA, board: Path, found: dict[str, int]) -> None:
    """Whether what was announced last is seen: by its id, and as an outcome of its own task."""
    with board.open() as file:
        lines = file.readlines()
    for line in lines[-3:]:
        name, _, task = line.rstrip("\n").partition("\t")
        recall = alma.retrieve(task, agent="crowd")
        found["looked"] += 1
        found["unseen"] += name not in {one.memory.id for one in recall.candidates}


if __name__ == "__main__":
    print(json.dumps(member(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
