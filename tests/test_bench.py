"""The benches run, small: what they measure is for people to read, that they can measure it is tested here."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent / "bench"
SUBJECTS = "card account transfer cash refund limit fee currency".split()  # noqa: SIM905
MATTERS = "is late,was refused,looks wrong,is missing".split(",")  # noqa: SIM905


def run(script: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCH / script, *arguments],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith("ALMA_")},
        capture_output=True,
        text=True,
        check=False,
    )


def messages(folder: Path) -> Path:
    (folder / "banking77").mkdir()
    with (folder / "banking77" / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "category"))
        for subject in SUBJECTS:
            for matter in MATTERS:
                for day in ("today", "again", "abroad"):
                    writer.writerow((f"My {subject} {matter} {day}, why?", f"{subject} {matter}"))
    return folder


def test_the_loop_is_played_by_every_agent_and_kept_as_json(tmp_path: Path) -> None:
    kept = tmp_path / "loop.json"
    options = ("--tasks", "30", "--seeds", "2", "--workers", "1", "--json", kept)
    ran = run("loop.py", "--data", messages(tmp_path), *options, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    agents = json.loads(kept.read_text())["found"]["agents"]
    told = {"told_by_lot", "told_epsilon", "told_greedy", "told"}
    assert {"random", "usual", "nearest", "vote", "alma", "oracle"} | told == set(agents)
    assert all(len(row["by_seed"]) == 2 and 0 <= row["mean"] <= 1 for row in agents.values())
    assert agents["random"]["share"] == dict.fromkeys(told, 0)
    assert all(agents[name]["share"][name] == 1 for name in told)


def test_the_loop_gives_its_verdict_on_the_hardest_learner_too(tmp_path: Path) -> None:
    kept = tmp_path / "loop.json"
    options = ("--tasks", "30", "--seeds", "1", "--workers", "1", "--json", kept)
    ran = run("loop.py", "--data", messages(tmp_path), *options, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    share = json.loads(kept.read_text())["found"]["agents"]["alma"]["share"]["told"]
    verdict = "reached" if share >= 0.92 else "MISSED"
    assert (
        f"\n{share:.3f} {verdict}: of the learner told the class, ALMA's own bonus, the hardest\n"
        in ran.stdout
    )


def test_the_loop_without_its_texts_says_where_they_can_be_had(tmp_path: Path) -> None:
    ran = run("loop.py", "--data", tmp_path, cwd=tmp_path)
    assert ran.returncode == 1
    assert "PolyAI" in ran.stderr
    assert "ALMA_BENCH_DATA" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_latency_measures_every_figure_and_loses_nothing_in_a_crowd(tmp_path: Path) -> None:
    kept = tmp_path / "latency.json"
    small = (
        "--sizes",
        "120",
        "--rounds",
        "2",
        "--startup-memories",
        "60",
        "--processes",
        "3",
        "--each",
        "10",
    )
    ran = run("latency.py", *small, "--folder", tmp_path, "--json", kept, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    figures = {one["name"]: one for one in json.loads(kept.read_text())["found"]}
    assert all(one["value"] is not None for one in figures.values())
    crowd = [one["value"] for name, one in figures.items() if name.startswith("3 processes")]
    assert crowd == [0, 0, 0]
    assert list(tmp_path.iterdir()) == [kept]
