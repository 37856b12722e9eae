"""Prints how other memory libraries do on the drifting stream, each driven as its documentation says.

Each is installed into an environment of its own and driven by a small program in `peers/`, with the same vectors as
ALMA. They store and search; what to do with what is found is left to the agent, and ours follows the first success.
Such an agent never leaves what once worked, whatever it is given, which is not the library's fault: so each plays a
second time with an agent that does anything, by lot, on one task in ten. One that cannot be installed or started is named with the reason, and has no figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean, median
from typing import Any, Self

import numpy as np

import figures
import measures
from agents import VARIED, Agent, Alma, Cached, NearestSuccess, Play, Random, ToldGreedy, Vote, play
from alma import plugins
from alma.embed.protocol import Embedder
from measures import YARDSTICK, Seed
from streams import MissingTexts, Stream, drifting, texts

DRIVERS = Path(__file__).parent / "peers"
OURS = {
    "random": "nothing (random)",
    "nearest": "the nearest success, exactly",
    "vote": "a vote of the 10 nearest",
    "alma": "ALMA",
    YARDSTICK: "told the class, best mean, ε = 0.1",
}
EXPLORING = "nearest exploring"
Row = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library: what is installed, and the program that drives it. The versions are those that were driven."""

    name: str
    driver: str
    packages: tuple[str, ...]


LIBRARIES = {
    one.name: one
    for one in (
        Library(name="mem0", driver="with_mem0.py", packages=("mem0ai==2.2.1", "langchain==1.4.7")),
        Library(name="langgraph", driver="with_langgraph.py", packages=("langgraph==1.2.22", "numpy")),
        Library(name="chromadb", driver="with_chromadb.py", packages=("chromadb==1.5.9",)),
        Library(
            name="alma-0.11",
            driver="with_alma_0_11.py",
            packages=("alma-memory==0.11.0", "numpy", "faiss-cpu"),
        ),
    )
}


class Unavailable(Exception):
    """A library cannot be installed, or its driver gave up; the message is the last thing that was said."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Install, play, print, keep."""
    asked = _asked(arguments)
    try:
        known = texts(asked.data)
    except MissingTexts as error:
        sys.exit(str(error))
    with closing(Cached(plugins.embedder("minilm"), asked.cache / "vectors.db")) as embedder:
        streams = [drifting(known, tasks=asked.tasks, seed=seed) for seed in range(asked.seeds)]
        ours = [_ours(stream, embedder, seed) for seed, stream in enumerate(streams)]
        theirs = {
            name: _theirs(
                LIBRARIES[name], streams, embedder, cache=asked.cache, may_install=not asked.installed
            )
            for name in asked.peers
        }
    found = _rows(ours, theirs)
    _show(found, tasks=asked.tasks, seeds=asked.seeds)
    figures.keep(asked.json, {"tasks": asked.tasks, "seeds": asked.seeds, "agents": found})


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="+", choices=list(LIBRARIES), default=list(LIBRARIES))
    parser.add_argument(
        "--installed", action="store_true", help="install nothing: drive those whose environments are there"
    )
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="streams to play (default 1)")
    parser.add_argument("--tasks", type=int, default=500, metavar="N", help="tasks in each (default 500)")
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument(
        "--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds banking77/train.csv"
    )
    parser.add_argument(
        "--cache", type=Path, default=figures.CACHE, metavar="FOLDER", help="for vectors and environments"
    )
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "peers.json", metavar="FILE")
    return parser.parse_args(arguments)


def _ours(stream: Stream, embedder: Embedder, seed: int) -> Seed:
    """What our own agents got out of a stream."""
    agents: dict[str, Agent] = {
        "random": Random(stream, seed),
        "nearest": NearestSuccess(stream, embedder, seed),
        EXPLORING: Exploring(NearestSuccess(stream, embedder, seed), stream, seed),
        "vote": Vote(stream, embedder, seed),
        YARDSTICK: ToldGreedy(stream, seed, epsilon=0.1),
    }
    plays = {name: play(agent, stream, tick=_nothing) for name, agent in agents.items()}
    with Alma(stream, embedder) as alma:
        plays["alma"] = play(alma, stream, tick=_nothing)
    return Seed(stream=stream, plays=plays, seconds=alma.seconds)


def _nothing() -> None:
    """Not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What a library got out of every stream, and its median seconds."""

    plays: Sequence[Play]
    exploring: Sequence[Play] = ()
    seconds: Mapping[str, float]


class Exploring:
    """Follows another agent, but on one task in ten, by lot, does anything: the same on the same stream."""

    def __init__(self, agent: Agent, stream: Stream, seed: int) -> None:
        self._agent, self._strategies = agent, len(stream.strategies)
        self._draw = random.Random(f"exploring {seed}")

    def choose(self, turn: int, /) -> int:
        """What the other chooses, or any."""
        chosen, drawn = self._agent.choose(turn), self._draw.randrange(self._strategies)
        return drawn if self._draw.random() < VARIED else chosen

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """The other learns it."""
        self._agent.learn(turn, strategy, worked=worked)


def _theirs(
    library: Library, streams: Sequence[Stream], embedder: Embedder, *, cache: Path, may_install: bool
) -> Driven | str:
    """What a library got out of them, or why it could not be driven."""
    print(f"{library.name} …", end=" ", file=sys.stderr, flush=True)
    plays: dict[bool, list[Play]] = {False: [], True: []}
    seconds: dict[str, list[float]] = {"choose": [], "learn": []}
    try:
        python = environment(library, cache / "peers" / library.name, may_install=may_install)
        for (seed, stream), explores in product(enumerate(streams), plays):
            with Driver([str(python), str(DRIVERS / library.driver)], stream, embedder, seed) as driver:
                agent = Exploring(driver, stream, seed) if explores else driver
                plays[explores].append(play(agent, stream, tick=_nothing))
            for verb, times in driver.seconds.items():
                seconds[verb] += times
    except Unavailable as error:
        print("could not be driven", file=sys.stderr)
        return str(error)
    print("done", file=sys.stderr)
    return Driven(
        plays=plays[False],
        exploring=plays[True],
        seconds={verb: median(times) for verb, times in seconds.items()},
    )


def environment(library: Library, folder: Path, *, may_install: bool) -> Path:
    """The interpreter of the library's own environment, made where it is missing. Raises Unavailable."""
    python = folder / "bin" / "python"
    made = folder / "installed.txt"
    wanted = "\n".join(library.packages)
    if not made.is_file() or made.read_text() != wanted:
        if not may_install:
            raise Unavailable("not installed here: `python bench/peers.py` does that")
        _ran(sys.executable, "-m", "venv", "--clear", str(folder))
        _ran(str(python), "-m", "pip", "install", "--quiet", *library.packages)
        made.write_text(wanted)
    return python


def _ran(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Unavailable(_last_line(ran.stderr) or f"{command[0]} ended with {ran.returncode}")


def _last_line(said: str) -> str:
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")


class Driver:
    """An agent that asks a library, in a process of its own, and does anything where it finds nothing."""

    def __init__(self, command: Sequence[str], stream: Stream, embedder: Embedder, seed: int) -> None:
        self._stream, self._embedder = stream, embedder
        self._draw = random.Random(f"peer {seed}")
        self.seconds: dict[str, list[float]] = {"choose": [], "learn": []}
        self._embedding = 0.0
        with ExitStack() as opening:
            folder = opening.enter_context(tempfile.TemporaryDirectory(prefix="alma-peer-"))
            self._said = opening.enter_context((Path(folder) / "said.txt").open("w+"))
            self._process = opening.enter_context(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True
                )
            )
            opening.callback(self._process.kill)
            self._asked({"folder": folder})
            self._open = opening.pop_all()

    def choose(self, turn: int, /) -> int:
        """What it found first, or anything."""
        answer = self._timed("choose", {"choose": self._stream.tasks[turn]})
        strategies = self._stream.strategies
        return strategies.index(answer) if answer in strategies else self._draw.randrange(len(strategies))

    def learn(self, turn: int, strategy: int, /, *, worked: bool) -> None:
        """Let it keep that."""
        said = [self._stream.tasks[turn], self._stream.strategies[strategy]]
        self._timed("learn", {"learn": said, "worked": worked})

    def _timed(self, verb: str, request: object) -> Any:
        """The answer; the time that the bench takes to embed is left out."""
        began, self._embedding = time.perf_counter(), 0.0
        answer = self._asked(request)
        self.seconds[verb].append(time.perf_counter() - began - self._embedding)
        return answer

    def _asked(self, request: object) -> Any:
        """The answer to a request, once all that is asked back was answered. Raises Unavailable."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            while line := self._process.stdout.readline():
                said = json.loads(line)
                if "embed" not in said:
                    return said["answer"]
                began = time.perf_counter()
                print(json.dumps(self._vector(said["embed"])), file=self._process.stdin, flush=True)
                self._embedding += time.perf_counter() - began
        except BrokenPipeError:
            pass
        self._said.seek(0)
        raise Unavailable(_last_line(self._said.read()) or "the driver ended without a word")

    def _vector(self, text: str) -> list[float]:
        [made] = self._embedder.embed([text])
        vector = np.frombuffer(made, np.int8).astype(np.float64)
        return [float(one) for one in vector / np.linalg.norm(vector)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _rows(ours: Sequence[Seed], theirs: Mapping[str, Driven | str]) -> dict[str, Row]:
    played: dict[str, Driven | str] = {
        name: Driven(
            plays=[one.plays[name] for one in ours],
            exploring=[one.plays[EXPLORING] for one in ours] if name == "nearest" else (),
            seconds=_seconds(ours, name),
        )
        for name in OURS
    }
    played |= theirs
    return {
        name: {"why not": one} if isinstance(one, str) else _row(one, ours) for name, one in played.items()
    }


def _seconds(ours: Sequence[Seed], name: str) -> Mapping[str, float]:
    verbs = {"choose": "retrieve", "learn": "learn"} if name == "alma" else {}
    return {
        told: median(second for one in ours for second in one.seconds[verb]) for told, verb in verbs.items()
    }


def _row(of: Driven, ours: Sequence[Seed]) -> Row:
    least, most = measures.success(ours, "random"), measures.success(ours, YARDSTICK)
    mean = _mean(of.plays)
    return {
        "success": round(mean, 4),
        "share": round((mean - least) / (most - least), 4) if most > least else None,
        "exploring": round(_mean(of.exploring), 4) if of.exploring else None,
        "by_seed": [round(fmean(one.worked), 4) for one in of.plays],
        "milliseconds": {verb: round(1000 * one, 2) for verb, one in of.seconds.items()},
    }


def _mean(plays: Sequence[Play]) -> float:
    return fmean(fmean(one.worked) for one in plays)


def _show(found: Mapping[str, Row], *, tasks: int, seeds: int) -> None:
    print(
        f"Banking77, drifting: {seeds} seeds × {tasks:,} tasks; every library follows the first success found"
    )
    print(f"{'':<46}{'success':>9}{'share':>9}{'exploring':>11}{'before':>12}{'after a task':>14}")
    for name, row in found.items():
        title = OURS.get(name) or " ".join((name, *LIBRARIES[name].packages[:1]))
        if "why not" in row:
            print(f"{title:<46}  not measured: {row['why not']}")
            continue
        share, exploring = ("" if one is None else f"{one:.3f}" for one in (row["share"], row["exploring"]))
        times = [row["milliseconds"].get(verb) for verb in ("choose", "learn")]
        before, after = ("" if one is None else f"{one:.1f} ms" for one in times)
        print(f"{title:<46}{row['success']:>9.3f}{share:>9}{exploring:>11}{before:>12}{after:>14}".rstrip())


if __name__ == "__main__":
    main()
