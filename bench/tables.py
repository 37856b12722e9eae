"""What the loop found, as tables for people and as values for JSON: every agent in every world, and the figures to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import figures
import measures
import poison
from figures import Figure
from measures import TOLD, YARDSTICK, Seed, Truth
from worlds import WORLDS

NAMES = {
    "random": "nothing (random)",
    "usual": "always the usual strategy",
    "nearest": "the nearest success",
    "vote": "a vote of the 10 nearest",
    "alma": "ALMA",
    "told_epsilon": "told the class, best mean, ε = 0.1",
    "told_by_lot": "told the class, explores by lot",
    "told_greedy": "told the class, best mean",
    "told": "told the class, mean + 0.4 σ",
    "oracle": "an oracle",
    "habit": "the usual, one in ten any",
    "careful": "the same, but leaves it for what ALMA earned",
}
COLUMNS = ("success", "share", "first_100", "first_500", "share_500", "last_quarter", "repeats", "recovery")
HEADS = ("success", "share", "100", "500", "share", "last ¼", "repeats", "back in")
# Over fewer tasks there is too little to learn for the share to mean anything.
LONG_ENOUGH = 1500
Attacks = Sequence[Mapping[str, Mapping[poison.Attack, float]]]
Row = dict[str, Any]  # JSON


def show(by_world: Mapping[str, Sequence[Seed]], attacks: Attacks) -> Row:
    """Print everything; gives the same for JSON."""
    worlds = {name: of_world(name, seeds) for name, seeds in by_world.items()}
    for name, world in worlds.items():
        _show_world(name, world)
    if by_world:
        _show_shown(worlds)
    if attacks:
        _show_attacks(attacks)
    if "drifting" in worlds:
        _show_others(worlds["drifting"])
    found = to_reach(by_world, attacks)
    print()
    figures.show(found)
    return {
        "yardstick": YARDSTICK,
        "worlds": worlds,
        "turned": [
            {"agent": agent, "origins": attack.origins, "records": attack.records, "share": round(share, 4)}
            for agent, shares in _turned(attacks).items()
            for attack, share in shares.items()
        ],
        "figures": figures.as_records(found),
    }


def of_world(name: str, seeds: Sequence[Seed]) -> Row:
    """All that is known of one world."""
    agents = list(NAMES.keys() & seeds[0].plays.keys())
    agents.sort(key=list(NAMES).index)
    return {
        "about": WORLDS[name].about,
        "seeds": len(seeds),
        "tasks": len(seeds[0].stream.tasks),
        "agents": {agent: _row(seeds, agent) for agent in agents},
        "curves": {agent: measures.curve(seeds, agent) for agent in agents},
        "shown": {
            "bounds that hold": _truth(measures.bounds_hold(seeds)),
            "first bounds that hold": _truth(measures.bounds_hold(seeds, first_only=True)),
            "heuristics that are right": _truth(measures.heuristics_right(seeds)),
            "heuristics that are the best": _truth(measures.heuristics_right(seeds, best=True)),
            "alternatives that are better": _truth(measures.alternatives_better(seeds)),
            "known failures that fail": _truth(measures.known_failures_fail(seeds)),
            "answered": _truth(measures.answered(seeds)),
        },
        "silent elsewhere": measures.silent_elsewhere(seeds),
        "calibration": measures.calibration(seeds),
        "milliseconds": {verb: measures.milliseconds(seeds, verb) for verb in ("retrieve", "learn")},
    }


def _row(seeds: Sequence[Seed], agent: str) -> Row:
    return {
        "success": round(measures.success(seeds, agent), 4),
        "share": _rounded(measures.share(seeds, agent)),
        "first_100": round(measures.success(seeds, agent, 0, 100), 4),
        "first_500": round(measures.success(seeds, agent, 0, 500), 4),
        "share_500": _rounded(measures.share(seeds, agent, tasks=500)),
        "last_quarter": round(measures.last_quarter(seeds, agent), 4),
        "repeats": round(measures.repeated_failures(seeds, agent), 4),
        "recovery": measures.recovery(seeds, agent),
        "of": {of: _rounded(measures.share(seeds, agent, of=of)) for of in TOLD},
        "of_500": {of: _rounded(measures.share(seeds, agent, of=of, tasks=500)) for of in TOLD},
        "success_by_seed": [round(measures.success([one], agent), 4) for one in seeds],
        "share_by_seed": [_rounded(measures.share([one], agent)) for one in seeds],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _truth(of: Truth) -> Row:
    share = of.share
    return {
        "share": None if share is None else round(share, 4),
        "shown": of.shown,
        "on": round(of.often, 4),
    }


def _show_world(name: str, world: Row) -> None:
    print(f"\n{name}: {world['about']} ({world['seeds']} seeds × {world['tasks']:,} tasks)")
    print(f"{'agent that follows …':<46}{''.join(f'{one:>9}' for one in HEADS)}")
    for agent, row in world["agents"].items():
        print(f"{NAMES[agent]:<46}{''.join(_cell(row[one]) for one in COLUMNS)}".rstrip())


def _cell(value: float | None) -> str:
    if value is None:
        return f"{'-':>9}"
    return f"{value:>9}" if isinstance(value, int) else f"{value:>9.3f}"


def _show_shown(worlds: Mapping[str, Row]) -> None:
    """How true what ALMA showed was, world by world."""
    print("\nWhat ALMA showed: how much of it was true, and on which share of the tasks it was shown")
    heads = ("bounds", "of first", "heuristics", "the best", "alternatives", "known fail.", "answered")
    print(f"{'':<18}{''.join(f'{one:>14}' for one in heads)}{'retrieve':>10}{'learn':>9}")
    for name, world in worlds.items():
        cells = "".join(_share_and_often(one) for one in world["shown"].values())
        times = world["milliseconds"]
        print(f"{name:<18}{cells}{times['retrieve']:>7.1f} ms{times['learn']:>6.1f} ms")


def _share_and_often(of: Row) -> str:
    share = "-" if of["share"] is None else f"{of['share']:.3f}"
    return f"{share + ' @ ' + format(of['on'], '.2f'):>14}"


def _show_attacks(attacks: Attacks) -> None:
    print(f"\npoisoned: the share of tasks that planted records turn ({len(attacks)} seeds)")
    heads = [f"{one.records} of {one.origins}" for one in poison.ATTACKS]
    print(f"{'records of origins':<46}{''.join(f'{one:>9}' for one in heads)}")
    for agent, shares in _turned(attacks).items():
        print(f"{NAMES[agent]:<46}{''.join(_cell(shares[one]) for one in poison.ATTACKS)}")


def _turned(attacks: Attacks) -> dict[str, dict[poison.Attack, float]]:
    """The mean over all seeds."""
    agents = list(attacks[0]) if attacks else []
    return {
        agent: {attack: fmean(one[agent][attack] for one in attacks) for attack in poison.ATTACKS}
        for agent in agents
    }


def _show_others(world: Row) -> None:
    """ALMA's share of what other told learners gain: they differ in how they explore."""
    print("\nALMA's share of the gain of other told learners, drifting: of all tasks, of the first 500")
    alma = world["agents"]["alma"]
    for of in TOLD:
        note = "  (the yardstick)" if of == YARDSTICK else ""
        print(f"{NAMES[of]:<46}{_cell(alma['of'][of])}{_cell(alma['of_500'][of])}{note}")


def to_reach(by_world: Mapping[str, Sequence[Seed]], attacks: Attacks) -> list[Figure]:
    """The figures that were asked for, as far as their worlds were played."""
    found: list[Figure] = []
    if drifting := by_world.get("drifting"):
        found += [*_shares(drifting), _recovered(drifting), *_promotions(drifting)]
    if (reworded := by_world.get("reworded")) and len(reworded[0].stream.tasks) >= LONG_ENOUGH:
        found.append(
            Figure(
                name="reworded: share of the told learner's gain over random",
                value=measures.share(reworded, "alma"),
                unit="",
                least=0.92,
                spread=_by_seed(reworded),
            )
        )
    if no_signal := by_world.get("no signal"):
        found.append(_lost("no signal: loss of who leaves its usual", no_signal, "habit", "careful", most=1))
    if drifting and (wrong := by_world.get("misreported")):
        found.append(_lost_to_misreports(drifting, wrong))
    if stationary := by_world.get("stationary"):
        held = measures.bounds_hold(stationary)
        found += [
            _precise("stationary: shown lower bounds that hold", held, least=0.90),
            *_scope(stationary),
        ]
    return [*found, *_attacks(attacks)]


def _shares(seeds: Sequence[Seed]) -> list[Figure]:
    return [
        Figure(
            name="drifting: share of the told learner's gain over random",
            value=measures.share(seeds, "alma"),
            unit="",
            least=1.0,
            spread=_by_seed(seeds),
        ),
        Figure(
            name="drifting: the same over the first 500 tasks",
            value=measures.share(seeds, "alma", tasks=500),
            unit="",
            least=0.85,
            spread=_by_seed(seeds, tasks=500),
        ),
    ]


def _by_seed(seeds: Sequence[Seed], *, tasks: int | None = None) -> str:
    shares = [measures.share([one], "alma", tasks=tasks) for one in seeds]
    known = [one for one in shares if one is not None]
    return f"seeds {min(known):.3f} to {max(known):.3f}" if known else ""


def _recovered(seeds: Sequence[Seed]) -> Figure:
    """One that does not come back takes, as far as can be seen, as long as the stream goes on."""
    mine, theirs = (measures.recovery(seeds, one) for one in ("alma", YARDSTICK))
    longest = measures.tasks_after_change(seeds)
    known = bool(mine or theirs)
    return Figure(
        name="drifting: tasks until the changed classes are back, beside told",
        value=(mine or longest) / (theirs or longest) if known else None,
        unit="×",
        most=1.5,
        spread=f"{mine or f'not in {longest}'} against {theirs or f'not in {longest}'}",
    )


def _promotions(seeds: Sequence[Seed]) -> list[Figure]:
    heuristics, alternatives = measures.heuristics_right(seeds), measures.alternatives_better(seeds)
    return [
        _precise("drifting: shown heuristics that are right", heuristics, least=0.94),
        Figure(
            name="  on which share of the tasks one is shown", value=heuristics.often, unit="", least=0.15
        ),
        _precise("drifting: shown alternatives that are truly better", alternatives, least=0.95),
        Figure(
            name="  on which share of the tasks one is shown", value=alternatives.often, unit="", least=0.10
        ),
    ]


def _precise(name: str, of: Truth, *, least: float) -> Figure:
    return Figure(name=name, value=of.share, unit="", least=least, spread=f"of {of.shown:,}")


def _lost(name: str, seeds: Sequence[Seed], without: str, following: str, *, most: float) -> Figure:
    lost = [100 * (measures.success([one], without) - measures.success([one], following)) for one in seeds]
    return Figure(
        name=name,
        value=fmean(lost),
        unit="points",
        most=most,
        spread=f"seeds {min(lost):.1f} to {max(lost):.1f}",
    )


def _lost_to_misreports(right: Sequence[Seed], wrong: Sequence[Seed]) -> Figure:
    tasks = min(len(right[0].stream.tasks), len(wrong[0].stream.tasks))

    def lost(agent: str) -> float:
        return 100 * (measures.success(right, agent, 0, tasks) - measures.success(wrong, agent, 0, tasks))

    return Figure(
        name="misreported: loss to 10 % wrong results",
        value=lost("alma"),
        unit="points",
        most=3,
        spread=f"the told learner {lost(YARDSTICK):.1f}",
    )


def _scope(seeds: Sequence[Seed]) -> list[Figure]:
    return [
        Figure(
            name="out of scope: silent on tasks of another trade",
            value=measures.silent_elsewhere(seeds),
            unit="",
            least=0.90,
        ),
        Figure(
            name="  and tasks of its own on which something is known",
            value=measures.answered(seeds).often,
            unit="",
            least=0.90,
        ),
    ]


def _attacks(attacks: Attacks) -> list[Figure]:
    shares = _turned(attacks).get("alma", {})
    return [
        Figure(
            name=f"poisoned: tasks turned by {attack.records} records of {attack.origins}",
            value=share,
            unit="",
            most=poison.MOST[attack.origins][attack.records],
            spread=f"the nearest success {_turned(attacks)['nearest'][attack]:.3f}",
        )
        for attack, share in shares.items()
    ]
