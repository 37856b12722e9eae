"""Every world that an agent is put into. Each is the drifting stream with one thing changed, so that they compare.

The figures of a world were chosen before ALMA was played in it, and none by how ALMA did.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

import population
from alma.embed.protocol import Embedder
from streams import CLASSES, STRATEGIES, Stream, drifting

Texts = Mapping[str, Sequence[str]]
Make = Callable[[dict[str, list[str]], int, int, Embedder], Stream]
USUAL, OTHERS = 0.54, 0.44
MISREPORTED = 0.10
CANDIDATES = 50
FURTHER = (
    "offer a voucher for the next month",
    "close the account and open a new one",
    "forward the case to the fraud desk",
    "raise the daily limit for a week",
    "send a new activation link",
    "unblock the device in the console",
    "translate the terms into plain words",
    "schedule a video call with an adviser",
    "reverse the last exchange",
    "wait two working days and look again",
    "update the address in the register",
    "print a statement with a stamp",
    "switch the plan to the free one",
    "collect a signature on paper",
    "record the complaint with the ombudsman",
    "move the money by hand",
)
# How people say the same again: the verb as it is, as it was and as it goes on, then what it is done to.
FORMS = (
    (("send", "sent", "sending"), "the standard help page"),
    (("ask", "asked", "asking"), "for a screenshot of the app"),
    (("issue", "issued", "issuing"), "a replacement by courier"),
    (("reset", "reset", "resetting"), "the security settings"),
    (("escalate", "escalated", "escalating"), "to the payments team"),
    (("refund", "refunded", "refunding"), "the amount at once"),
    (("check", "checked", "checking"), "the identity documents again"),
    (("explain", "explained", "explaining"), "the fee schedule by phone"),
)
OPENINGS = (
    ("", "please ", "we decided to ", "I tried to ", "we had to ", "just "),
    ("", "we ", "I ", "then we ", "I simply ", "we actually "),
    ("", "tried ", "I tried ", "we are "),
)
CLOSINGS = ("", ".", " again", " once more", ", as before", " this time", " as well")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A name, what is special in one line, how its stream is made, and whether the quick table plays it at length."""

    name: str
    about: str
    make: Make
    is_long: bool = False


def _drifting(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    return drifting(known, tasks=tasks, seed=seed)


def _stationary(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    stream = drifting(known, tasks=tasks, seed=seed)
    elsewhere = tuple(population.some_tasks(tasks, seed=1_000_000 + seed))
    return replace(stream, after=stream.before, elsewhere=elsewhere)


def _sharp(known: dict[str, list[str]], tasks: int, seed: int, embedder: Embedder) -> Stream:
    return drifting(clear(known, embedder, seed=seed), tasks=tasks, seed=seed)


def clear(known: Mapping[str, Sequence[str]], embedder: Embedder, *, seed: int) -> dict[str, list[str]]:
    """The classes of 50 drawn ones that lie farthest apart: each next one is the least like those taken so far."""
    draw = random.Random(f"sharp {seed}")
    names = draw.sample(list(known), min(CANDIDATES, len(known)))
    centres = np.array([_centre(known[name], embedder) for name in names])
    alike = centres @ centres.T
    taken = [0]
    while len(taken) < CLASSES:
        nearest = alike[:, taken].max(axis=1)
        nearest[taken] = np.inf
        taken.append(int(nearest.argmin()))
    return {names[one]: list(known[names[one]]) for one in sorted(taken)}


def _centre(texts: Sequence[str], embedder: Embedder) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The mean direction of a class, of its first texts."""
    some = [np.frombuffer(one, np.int8).astype(np.float32) for one in embedder.embed(texts[:20])]
    centre = np.mean([one / np.linalg.norm(one) for one in some], axis=0)
    found: np.ndarray[tuple[int], np.dtype[np.float32]] = centre / np.linalg.norm(centre)
    return found


def _no_signal(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    stream = drifting(known, tasks=tasks, seed=seed)
    usual = random.Random(f"no signal {seed}").randrange(len(STRATEGIES))
    row = tuple(USUAL if one == usual else OTHERS for one in range(len(STRATEGIES)))
    return replace(stream, before=(row,) * CLASSES, after=(row,) * CLASSES)


def _misreported(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    draw = random.Random(f"misreported {seed}")
    wrong = tuple(draw.random() < MISREPORTED for _ in range(tasks))
    return replace(drifting(known, tasks=tasks, seed=seed), misreported=wrong)


def _many(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    return drifting(known, tasks=tasks, seed=seed, strategies=(*STRATEGIES, *FURTHER))


def _reworded(known: dict[str, list[str]], tasks: int, seed: int, _: Embedder) -> Stream:
    draw = random.Random(f"reworded {seed}")
    said = tuple(tuple(_worded(one, draw) for one in range(len(STRATEGIES))) for _ in range(tasks))
    return replace(drifting(known, tasks=tasks, seed=seed), wordings=said)


def _worded(strategy: int, draw: random.Random) -> str:
    """A strategy in other words: one of some two hundred light rewordings."""
    verbs, rest = FORMS[strategy]
    form = draw.randrange(len(verbs))
    if draw.random() < 0.3:
        rest = re.sub(r"\b(?:the|a) ", "", rest, count=1)
    said = f"{draw.choice(OPENINGS[form])}{verbs[form]} {rest}{draw.choice(CLOSINGS)}"
    return said[0].upper() + said[1:] if draw.random() < 0.5 else said


WORLDS = {
    one.name: one
    for one in (
        World(
            name="drifting",
            about="half-way a third of the classes exchanges its best strategy",
            make=_drifting,
            is_long=True,
        ),
        World(
            name="stationary",
            about="nothing changes; between any two tasks one of another trade is asked about",
            make=_stationary,
        ),
        World(
            name="sharp",
            about="drifting, among classes whose texts lie far apart: similarity is a good guide",
            make=_sharp,
        ),
        World(
            name="no signal",
            about=f"the usual strategy works in {USUAL:.0%}, every other in {OTHERS:.0%} of all tasks",
            make=_no_signal,
        ),
        World(
            name="misreported",
            about=f"drifting, and {MISREPORTED:.0%} of all results are told the wrong way round",
            make=_misreported,
            is_long=True,
        ),
        World(name="many strategies", about="drifting, with 24 strategies instead of 8", make=_many),
        World(
            name="reworded",
            about="drifting, with every strategy worded differently each time",
            make=_reworded,
        ),
    )
}
