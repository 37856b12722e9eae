"""What a bench found: a table for people, and the same as JSON, by default in `bench/results`, which git ignores."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
CACHE = Path(os.environ.get("ALMA_BENCH_CACHE", RESULTS / "cache"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `most` it should not exceed, `least` it should reach; `spread`: how far single runs lay apart."""

    name: str
    value: float | None
    unit: str
    most: float | None = None
    least: float | None = None
    spread: str = ""

    @property
    def verdict(self) -> str:
        """Whether the figure is within its limits; empty where there is none."""
        if self.value is None:
            return "not measured"
        if self.most is None and self.least is None:
            return ""
        is_low_enough = self.most is None or self.value <= self.most
        is_high_enough = self.least is None or self.value >= self.least
        return "reached" if is_low_enough and is_high_enough else "MISSED"

    @property
    def limit(self) -> str:
        """What was to be reached, in signs."""
        limits = [("≥", self.least), ("≤", self.most)]
        return " ".join(f"{sign} {value:g}" for sign, value in limits if value is not None)


def of_times(name: str, seconds: Sequence[float], *, most: float | None = None) -> Figure:
    """The median in milliseconds; beside it the fastest, which a busy machine spoils least, and the 95 % quantile."""
    times = sorted(1000 * one for one in seconds)
    late = times[min(len(times) - 1, round(0.95 * len(times)))]
    return Figure(
        name=name,
        value=round(statistics.median(times), 2),
        unit="ms",
        most=most,
        spread=f"fastest {times[0]:.2f}, 95 % {late:.2f}, n = {len(times)}",
    )


def pace() -> Figure:
    """How fast the machine is just now: the same work again and again, whose time only the machine changes."""
    taken = []
    for _ in range(15):
        began = time.perf_counter()
        sum(range(1_000_000))
        taken.append(time.perf_counter() - began)
    return of_times("  the machine just now: a million additions", taken)


def show(figures: Iterable[Figure]) -> None:
    """Print one line a figure: milliseconds and the like with two digits, shares (no unit) with three."""
    for one in figures:
        value = "-" if one.value is None else f"{one.value:,.{2 if one.unit else 3}f}"
        print(
            f"{one.name:<66} {value:>10} {one.unit:<9} {one.limit:>7}  {one.verdict:<12} {one.spread}".rstrip(),
            flush=True,
        )


def keep(path: Path, found: object) -> None:
    """Write what a bench found, and on what machine, as JSON; and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
    }
    path.write_text(json.dumps({"on": machine, "found": found}, indent=2, ensure_ascii=False) + "\n")
    print(f"kept in {path}")


def as_records(figures: Iterable[Figure]) -> list[dict[str, object]]:
    """Figures for JSON."""
    return [asdict(one) | {"verdict": one.verdict} for one in figures]
