"""Draws what the benches found: learning curves, calibration, cost against size. Reads `bench/results`, measures nothing.

Backgrounds are clear and every line is of a middle tone, so that the pictures can be read on light and on dark pages.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import figures
from tables import NAMES

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
INK = "#7d8590"
COLOURS = {
    "random": "#9aa0a6",
    "usual": "#b5892e",
    "nearest": "#c2584f",
    "vote": "#8a6fd1",
    "alma": "#1f9d6b",
    "told_epsilon": "#3b82c4",
    "oracle": "#9aa0a6",
}
DASHED = ("oracle", "told_epsilon")
SMOOTH = 5
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "alma",
    "font.size": 10,
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.25,
    "legend.frameon": False,
}
Found = Mapping[str, Any]  # JSON


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what there are results for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=figures.RESULTS, metavar="FOLDER")
    parser.add_argument("--folder", type=Path, default=PICTURES, metavar="FOLDER", help="for the pictures")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        if worlds := _found(asked.results / "loop.json").get("worlds"):
            for name in ("drifting", "reworded"):
                if name in worlds:
                    _keep(learning(worlds[name]), asked.folder / f"learning-{name}.svg")
            _keep(calibration(worlds), asked.folder / "calibration.svg")
        if costs := _found(asked.results / "latency.json"):
            _keep(cost(costs["figures"]), asked.folder / "cost.svg")


def _found(path: Path) -> Found:
    """What a bench kept; a list is given as `figures`."""
    if not path.is_file():
        return {}
    found = json.loads(path.read_text())["found"]
    return {"figures": found} if isinstance(found, list) else dict(found)


def _keep(picture: Figure, path: Path) -> None:
    picture.savefig(path, transparent=True, metadata={"Date": None})
    print(f"drawn: {path}")


def _plain() -> tuple[Figure, Axes]:
    picture = Figure(figsize=(7.2, 4.0), layout="constrained")
    axes = picture.add_subplot()
    axes.grid(axis="y")
    return picture, axes


def learning(world: Found) -> Figure:
    """Success as tasks go by, smoothed over 250 tasks; the change is marked."""
    picture, axes = _plain()
    for agent, colour in COLOURS.items():
        curve = np.array(world["curves"][agent])
        smooth = np.convolve(curve, np.full(SMOOTH, 1 / SMOOTH), mode="valid")
        tasks = world["tasks"] / len(curve) * (np.arange(len(smooth)) + SMOOTH / 2)
        width, style = (2.4 if agent == "alma" else 1.4), ("--" if agent in DASHED else "-")
        axes.plot(tasks, smooth, color=colour, linewidth=width, linestyle=style, label=NAMES[agent])
    axes.axvline(world["tasks"] / 2, color=INK, linewidth=0.8, linestyle=":")
    axes.text(world["tasks"] / 2, axes.get_ylim()[0], " a third of the classes changes", va="bottom")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(f"tasks (mean of {world['seeds']} streams, smoothed over {SMOOTH * 50})")
    axes.set_ylabel("share of tasks that succeed")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9)
    return picture


def calibration(worlds: Mapping[str, Found]) -> Figure:
    """What was shown as the chance of success beside what it truly was; the size is how often."""
    picture, axes = _plain()
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":", label="as good as shown")
    for name, colour in (("stationary", COLOURS["told_epsilon"]), ("drifting", COLOURS["alma"])):
        if name not in worlds:
            continue
        bins = worlds[name]["calibration"]
        total = sum(one["count"] for one in bins)
        shown, true = ([one[part] for one in bins] for part in ("shown", "true"))
        axes.plot(shown, true, color=colour, linewidth=1.4, label=name)
        axes.scatter(shown, true, s=[10 + 400 * one["count"] / total for one in bins], color=colour)
    axes.set_xlabel("mean that was shown with a strategy")
    axes.set_ylabel("chance that it truly works")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(loc="upper left")
    return picture


def cost(found: Sequence[Found]) -> Figure:
    """Medians of `retrieve` and `learn` by how many memories there are."""
    picture, axes = _plain()
    for verb, colour in (("retrieve", COLOURS["alma"]), ("learn", COLOURS["told_epsilon"])):
        points = sorted(_by_size(found, verb).items())
        if points:
            sizes, times = zip(*points, strict=True)
            axes.plot(sizes, times, color=colour, marker="o", linewidth=1.6, label=verb)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("memories in the store")
    axes.set_ylabel("milliseconds (median, without the embedder)")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left")
    return picture


def _by_size(found: Sequence[Found], verb: str) -> dict[int, float]:
    """Medians by size, out of the names of figures."""
    sizes: dict[int, float] = {}
    for one in found:
        named = re.fullmatch(rf"`{verb}`, .*beyond the embedder, ([\d,]+) memories", one["name"])
        if named and one["value"] is not None:
            sizes[int(named[1].replace(",", ""))] = one["value"]
    return sizes


if __name__ == "__main__":
    main()
