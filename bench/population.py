"""Stores filled with a realistic mix of generated memories, in bulk. What is measured afterwards goes through ALMA.

Texts are templates over a large vocabulary. 1,000 of them are embedded by the real model; the vector of every other
memory is one of those with noise, because embedding 100,000 texts would take ten minutes and change no figure.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from alma import ALMA, AntiPattern, Heuristic, Knowledge, Memory, Outcome
from alma.embed.protocol import Embedder
from alma.rules import signatures

BUSY, QUIET = "helena", "victor"
EMBEDDED = 1_000
BATCH = 2_000
NOISE = 0.5
SHARES = {"outcome": 0.85, "heuristic": 0.05, "anti_pattern": 0.05, "knowledge": 0.05}


def several(words: str) -> tuple[str, ...]:
    """Words or phrases, written with commas between them."""
    return tuple(words.split(","))


VERBS = several(
    "Test,Fix,Deploy,Migrate,Profile,Document,Refactor,Monitor,Rename,Cache,Secure,Translate,Upgrade,Debug"
)
QUALITIES = several("flaky,slow,new,broken,nightly,public,legacy,internal,failing,shared,paginated,encrypted")
THINGS = several(
    "login form,checkout page,payment webhook,search index,invoice export,user import,session cookie,upload form,"
    "date picker,password reset,audit log,rate limiter,job queue,image resizer,mail template,feature flag,"
    "database schema,release script,access token,health check,shopping cart,product list,report table,menu bar"
)
FIRST = several(
    "acorn,amber,birch,cedar,cobalt,copper,delta,ember,falcon,garnet,harbor,indigo,juniper,kestrel,lotus"
)
LAST = several(
    "api,app,bot,cli,core,db,edge,feed,gate,hub,jobs,lake,mail,node,ops,pay,queue,relay,sync,ui,vault,web"
)
WHERE = several(
    "in staging,on Safari,behind the proxy,for guests,on the ARM runner,under load,after the upgrade,"
    "with two tenants,before the release,on Windows,in the nightly build,without network"
)
MEANS = several(
    "explicit waits with conditions,a fixed sleep of five seconds,`npm ci --prefer-offline`,a retry with backoff,"
    "`git rebase --onto main`,a fresh container,a mocked clock,a feature flag,`pytest -x --lf`,page.waitForTimeout(5000),"
    "a smaller batch,the staging database,a longer timeout,`docker compose up --wait`,test ids as selectors"
)
WHYS = several(
    "TimeoutError: waited 30000 ms for the element,AssertionError: expected 200 and got 502,connection reset by peer,"
    "the snapshot differed in 3 places,permission denied for the service account,the cache served an old version"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A filled store: where it is, how many memories it holds, and how long their texts are in all."""

    path: Path
    count: int
    text_bytes: int


def tasks(seed: int) -> Iterator[str]:
    """Endless different task texts: the same for the same seed."""
    draw = random.Random(seed)
    while True:
        place = f"{draw.choice(FIRST)}-{draw.choice(LAST)}"
        text = f"{draw.choice(VERBS)} the {draw.choice(QUALITIES)} {draw.choice(THINGS)} of {place}"
        yield f"{text} {draw.choice(WHERE)}" + (
            f", ticket {draw.randrange(90_000)}" if draw.random() < 0.3 else ""
        )


def some_tasks(count: int, *, seed: int) -> list[str]:
    """The first `count` task texts of a seed."""
    return [text for text, _ in zip(tasks(seed), range(count), strict=False)]


def fill(path: Path, count: int, *, embedder: Embedder, quiet: int = 0) -> Population:
    """A new store with `count` memories of one agent, and `quiet` more of another, spread evenly among them."""
    texts = tasks(seed=count)
    some = embedder.embed(some_tasks(min(EMBEDDED, count), seed=1))
    draw, total, size = random.Random(count), count + quiet, 0
    every = total // quiet if quiet else total + 1
    with ALMA.open(f"sqlite:///{path}") as alma:
        for start in range(0, total, BATCH):
            numbers = range(start, min(start + BATCH, total))
            vectors = _noisy(some, len(numbers), seed=start)
            with alma._store.writing() as ledger:
                alma._meaning.claim(ledger, vectors[0])
                for number, vector in zip(numbers, vectors, strict=True):
                    agent = QUIET if number % every == every - 1 else BUSY
                    memory = _memory(number, agent, next(texts), draw)
                    size += _length(memory)
                    ledger.remember(memory, vector=vector)
            print(
                f"\rfilling {path.name}: {numbers[-1] + 1:,} of {total:,}",
                end="",
                file=sys.stderr,
                flush=True,
            )
    print(file=sys.stderr)
    return Population(path=path, count=total, text_bytes=size)


def _noisy(vectors: Sequence[bytes], count: int, *, seed: int) -> list[bytes]:
    draw = np.random.default_rng(seed)
    known = np.frombuffer(b"".join(vectors), np.int8).reshape(len(vectors), -1).astype(np.float32)
    known = known[draw.integers(len(vectors), size=count)]
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    noise = draw.standard_normal(known.shape, np.float32)
    mixed = known + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return [
        row.tobytes()
        for row in np.rint(mixed * (127 / np.abs(mixed).max(axis=1, keepdims=True))).astype(np.int8)
    ]


def _memory(number: int, agent: str, task: str, draw: random.Random) -> Memory:
    [kind] = draw.choices(list(SHARES), weights=list(SHARES.values()))
    means, why = f"{draw.choice(VERBS)} it with {draw.choice(MEANS)}", draw.choice(WHYS)
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    about = {"agent": agent, "source": "verified", "origin": f"call-{number}", "created_at": made}
    name = "".join("abcdefghijklmnopqrstuvwxyz234567"[number >> shift & 31] for shift in range(45, -5, -5))
    if kind == "outcome":
        won = draw.random() < 0.6
        details = {"task": task, "strategy": means, "result": float(won), "why": None if won else why}
        return Outcome(id=f"o-{name}", **about, **details)  # type: ignore[arg-type]
    if kind == "heuristic":
        return Heuristic(id=f"h-{name}", **about, condition=task, strategy=means)  # type: ignore[arg-type]
    if kind == "knowledge":
        return Knowledge(id=f"k-{name}", **about, fact=f"{task}: {means}; {why}")  # type: ignore[arg-type]
    triggers = signatures.triggers_of(means)
    bad = {"pattern": means, "why_bad": f"{why} ({task})", "better_alternative": draw.choice(MEANS)}
    return AntiPattern(id=f"a-{name}", **about, **bad, triggers=triggers)  # type: ignore[arg-type]


def _length(memory: Memory) -> int:
    """Bytes of everything that somebody wrote."""
    fields = ("task", "strategy", "why", "condition", "fact", "pattern", "why_bad", "better_alternative")
    return sum(len((getattr(memory, field, None) or "").encode()) for field in fields)
