"""Prints how far `report` can be believed: simulated agents whose memories do what is known, good, harm or nothing.

How often the 90 % intervals hold the truth, how often a harmful memory is found, and how often a harmless one is
named. The worlds are played through the pure rules; one more is played through the public verbs, on a file.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import figures
from alma import ALMA
from alma.domain.memory import Outcome
from alma.domain.report import Report
from alma.rules import benefit, exposure

SIZES = (200, 1000, 3000)
MEMORIES = 30
ELIGIBLE = 5
HOLDOUT = 0.1
HARM = -0.20
START = datetime(2026, 1, 1, tzinfo=UTC)
COVERED = (0.88, 0.93)
MOST_FALSE = 0.10
HARMFUL = "b-o-0"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What using a memory changes (`effects`, by its number), and how often an agent uses one of those it is shown.

    It prefers some as `preferred` says, and of its own accord it does what any of them says `unasked` of the time.
    """

    name: str
    effects: tuple[float, ...]
    used_if_easy: float = 0.8
    used_if_hard: float = 0.8
    easy: float = 0.75
    hard: float = 0.45
    holdout: float = 0.1
    preferred: tuple[float, ...] = ()
    unasked: float = 0.0

    @property
    def difference(self) -> float:
        """What showing memories changes on the whole: one of those shown is used, by how much it is preferred."""
        used = fmean(self.effects, self.preferred or None)
        return (self.used_if_easy + self.used_if_hard) / 2 * used - self.unasked * fmean(self.effects)

    @property
    def is_confounded(self) -> bool:
        """Whether memories are used more on some tasks than on others."""
        return self.used_if_easy != self.used_if_hard


NOTHING = (0.0,) * MEMORIES
ONE_HARMS = (HARM, *NOTHING[1:])
# The agent knows two ways. It mostly does one of them, shown or not: memory only changes which.
ONE_OR_THE_OTHER = {
    "used_if_easy": 0.92,
    "used_if_hard": 0.92,
    "easy": 0.5,
    "hard": 0.5,
    "holdout": 0.3,
    "unasked": 0.8,
}
WORLDS = (
    World(name="nothing helps or harms", effects=NOTHING),
    World(name="+10 points on the whole", effects=(1 / 8,) * MEMORIES),
    World(name="one of 30 harms by 20 points", effects=ONE_HARMS),
    World(name="used on hard tasks, no effect", effects=NOTHING, used_if_easy=0.65, used_if_hard=0.95),
    World(name="used on easy tasks, no effect", effects=NOTHING, used_if_easy=0.95, used_if_hard=0.65),
    World(name="used on hard tasks, one harms", effects=ONE_HARMS, used_if_easy=0.65, used_if_hard=0.95),
    World(name="used on easy tasks, one harms", effects=ONE_HARMS, used_if_easy=0.95, used_if_hard=0.65),
    World(name="one or the other, +30 or -30", effects=(-0.3, 0.3), preferred=(3, 20), **ONE_OR_THE_OTHER),
    World(name="one or the other, no effect", effects=(0.0, 0.0), **ONE_OR_THE_OTHER),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="runs of each world (default 200)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="attempts in a run")
    parser.add_argument("--attempts", type=int, default=1000, metavar="N", help="attempts through the verbs")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="first seed (default 0)")
    parser.add_argument("--json", type=Path, default=figures.RESULTS / "benefit.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    rows = []
    _head()
    for world in WORLDS:
        for size in asked.sizes:
            rows.append(measured(world, size, runs=asked.runs, seed=asked.seed))
            _show(rows[-1])
    _verdicts(rows)
    through = through_the_verbs(asked.attempts, seed=asked.seed)
    print("\nthrough the public verbs: " + ", ".join(f"{name} {value}" for name, value in through.items()))
    figures.keep(asked.json, {"runs": asked.runs, "worlds": rows, "verbs": through})


def played(world: World, size: int, lot: random.Random) -> Report:
    """What the report says of one run."""
    return benefit.report(
        outcomes(world, size, lot),
        agent=None,
        holdout=world.holdout,
        key=lambda strategy: strategy,
        find=_found,
    )


def outcomes(world: World, size: int, lot: random.Random) -> Iterator[Outcome]:
    """The outcomes of one run: each task is easy or hard, at most five memories are eligible, at most one is used."""
    places = range(len(world.effects))
    for number in range(size):
        recall_id = f"r-{lot.getrandbits(64):016x}"
        eligible = lot.sample(places, min(ELIGIBLE, len(places)))
        held = exposure.withheld(recall_id, world.holdout)
        chance, follows = (
            (world.easy, world.used_if_easy) if lot.random() < 0.5 else (world.hard, world.used_if_hard)
        )
        preferred = [world.preferred[one] for one in eligible] if world.preferred and not held else None
        used = lot.choices(eligible, preferred) if lot.random() < (world.unasked if held else follows) else []
        chance += sum(world.effects[one] for one in used)
        ids = tuple(f"b-o-{one}" for one in eligible)
        yield Outcome(
            id=f"o-{number}x",
            agent="helena",
            source="verified",
            origin="bench",
            created_at=START,
            task="a task",
            strategy="a strategy",
            result=float(lot.random() < chance),
            recall_id=recall_id,
            shown=() if held else ids,
            withheld=ids if held else (),
            used=tuple(f"b-o-{one}" for one in used),
            holdout=world.holdout,
        )


def _found(memory_id: str) -> Outcome:
    """The outcome that a belief is named after."""
    about = {"source": "verified", "origin": "bench", "created_at": START, "task": "a task", "result": 1.0}
    return Outcome(id=memory_id, agent="helena", strategy=memory_id, **about)  # type: ignore[arg-type]


def measured(world: World, size: int, *, runs: int, seed: int) -> dict[str, object]:
    """The figures of one world at one size."""
    reports = [played(world, size, random.Random(f"{seed} {world.name} {size} {run}")) for run in range(runs)]
    covered = [holds(one, world.difference) for one in reports]
    named = [{memory.id for memory in one.harmful} for one in reports]
    harmless = {f"b-o-{place}" for place, effect in enumerate(world.effects) if effect >= 0}
    widths = [one.difference.high - one.difference.low for one in reports if one.difference]
    return {
        "world": world.name,
        "attempts": size,
        "covered": _mean(covered),
        "width": _mean(widths),
        "sure of its sign": _mean([is_sure(one) for one in reports]),
        "covered of memories": _mean(of_memories(reports, world)),
        "found": _mean([HARMFUL in one for one in named]) if min(world.effects) < 0 else None,
        "false alarms": _mean([bool(one & harmless) for one in named]),
        "false share": _mean([len(one & harmless) / max(1, len(one)) for one in named]),
        "confounded": world.is_confounded,
    }


def _mean(values: Sequence[float]) -> float | None:
    """The mean; None where a run was too short for any."""
    return round(fmean(values), 3) if values else None


def holds(found: Report, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return found.difference is not None and found.difference.low <= truth <= found.difference.high


def is_sure(found: Report) -> bool:
    """Whether the interval leaves out 0."""
    return found.difference is not None and not found.difference.low <= 0 <= found.difference.high


def of_memories(reports: Sequence[Report], world: World) -> list[bool]:
    """Whether the interval of each memory holds what using it changes."""
    truth = {f"b-o-{place}": effect for place, effect in enumerate(world.effects)}
    gaps = [(one.id, one.difference) for found in reports for one in found.memories]
    return [gap.low <= truth[id_] <= gap.high for id_, gap in gaps if gap is not None]


def through_the_verbs(attempts: int, *, seed: int) -> dict[str, object]:
    """One run on a file: an agent that does what is advised first, and its usual thing where nothing is."""
    lot = random.Random(seed)
    chances: list[tuple[bool, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(f"embedder: hashing\nholdout: {HOLDOUT}\n")
        with ALMA.from_config(path) as alma:
            for _ in range(attempts):
                chances += _attempted(alma, lot)
            found = alma.report()
    shown, without = ([chance for held, chance in chances if held is which] for which in (False, True))
    gap = found.difference
    return {
        "attempts": attempts,
        "shown": found.shown.rate,
        "withheld": found.withheld.rate,
        "difference": gap and gap.value,
        "low": gap and gap.low,
        "high": gap and gap.high,
        "by the chances of what was done": round(fmean(shown) - fmean(without), 4) if gap else None,
        "verdict": found.verdict,
    }


KINDS = ("invoice", "login", "search", "upload", "export", "calendar")
WAYS = ("wait for the element", "poll the endpoint", "retry with a pause", "reload the page")


def _attempted(alma: ALMA, lot: random.Random) -> list[tuple[bool, float]]:
    """One attempt: whether it was withheld and how likely it was to succeed, where something earned was known."""
    kind = lot.randrange(len(KINDS))
    task = f"Test the {KINDS[kind]} form of page {lot.randrange(50)}"
    recall = alma.retrieve(task, agent="helena")
    known = [one for one in recall.advice if one.successes > one.failures]
    follows = bool(known) and lot.random() < 0.9
    way = known[0].strategy if follows else lot.choice(WAYS)
    chance = 0.85 if WAYS.index(way) == kind % len(WAYS) else 0.4
    alma.learn(agent="helena", task=task, outcome=lot.random() < chance, strategy_used=way, recall=recall)
    eligible = bool(recall.withheld or recall.advice)
    return [(bool(recall.withheld), chance)] if eligible else []


def _head() -> None:
    print(
        f"{'world':<32}{'attempts':>9}{'covered':>9}{'width':>8}{'sure':>7}{'  of memories':>13}"
        f"{'found':>8}{'false alarm':>13}{'false share':>13}"
    )


def _show(row: dict[str, object]) -> None:
    names = (
        "covered",
        "width",
        "sure of its sign",
        "covered of memories",
        "found",
        "false alarms",
        "false share",
    )
    widths = (9, 8, 7, 13, 8, 13, 13)
    cells = ["-" if row[name] is None else f"{row[name]:.3f}" for name in names]
    shown = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    print(f"{row['world']:<32}{row['attempts']:>9,}{shown}", flush=True)


def _verdicts(rows: Sequence[dict[str, object]]) -> None:
    """Coverage over all worlds, size by size: one world alone has too few runs to tell .90 from .87."""
    least, most = COVERED
    print()
    for size in dict.fromkeys(row["attempts"] for row in rows):
        of_size = [row for row in rows if row["attempts"] == size]
        for name in ("covered", "covered of memories"):
            share = fmean([float(str(row[name])) for row in of_size if row[name] is not None] or [0.0])
            reached = "reached" if least <= share <= most else "MISSED"
            print(
                f"{name}, {size:,} attempts, all worlds: {share:.3f}; to reach: {least} to {most}: {reached}"
            )
    alarms = max(float(str(row["false share"])) for row in rows)
    reached = "reached" if alarms <= MOST_FALSE else "MISSED"
    print(f"harmless among those named, the worst world: {alarms:.3f}; to reach: {MOST_FALSE}: {reached}")


if __name__ == "__main__":
    main()
