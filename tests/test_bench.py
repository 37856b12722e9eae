"""The benches run, small: what they measure is for people to read, that they can measure it is tested here."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alma import plugins

BENCH = Path(__file__).parent.parent / "bench"
sys.path.insert(0, str(BENCH))

import agents  # noqa: E402
import finding  # noqa: E402
import measures  # noqa: E402
import peers  # noqa: E402
import streams  # noqa: E402
import worlds  # noqa: E402
from finding import Collection  # noqa: E402

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


def played(folder: Path, *options: str) -> dict[str, Any]:
    """What the loop kept."""
    kept = folder / "loop.json"
    where = ("--workers", "1", "--cache", folder / "cache", "--json", kept)
    ran = run("loop.py", "--data", messages(folder), *options, *where, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(kept.read_text())["found"]
    return found


def a_stream(
    *, tasks: int = 2, after: tuple[tuple[float, ...], ...] | None = None, misreported: tuple[bool, ...] = ()
) -> streams.Stream:
    """One class and two strategies: the first works in .8, the other in .1 of all tasks, and luck is always .5."""
    chances = ((0.8, 0.1),)
    return streams.Stream(
        tasks=tuple(f"task {turn}" for turn in range(tasks)),
        classes=(0,) * tasks,
        before=chances,
        after=after or chances,
        luck=(0.5,) * tasks,
        strategies=("wait", "retry"),
        misreported=misreported,
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


def test_what_wrong_results_cost_is_played_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "misreports.json"
    where = ("--workers", "1", "--cache", tmp_path / "cache", "--json", kept)
    data = messages(tmp_path)
    ran = run("misreports.py", "--data", data, "--seeds", "2", "--tasks", "40", *where, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    played = json.loads(kept.read_text())["found"]["played"]
    assert len(played) == 2
    assert all(0 < chance < 1 for pair in played for chance in pair)
    assert "points" in ran.stdout


def test_every_agent_plays_every_world_and_what_came_of_it_is_kept_as_json(tmp_path: Path) -> None:
    found = played(tmp_path, "--tasks", "16", "--seeds", "1")
    agents = {"random", "usual", "nearest", "vote", "alma", "oracle"}
    told = {"told", "told_by_lot", "told_epsilon", "told_greedy"}
    assert len(found["worlds"]) == 7
    for name, world in found["worlds"].items():
        careful = {"habit", "careful"} if name == "no signal" else set()
        assert set(world["agents"]) == agents | told | careful
        assert all(len(row["success_by_seed"]) == 1 for row in world["agents"].values())
        assert all(0 <= row["success"] <= 1 for row in world["agents"].values())
    assert {one["agent"] for one in found["turned"]} == {"nearest", "vote", "alma"}
    # With so few tasks nothing is said of strategies in other words.
    assert len(found["figures"]) == 18
    assert not [one for one in found["figures"] if one["name"].startswith("reworded")]


def test_shares_are_of_the_gain_of_the_told_learner_over_random() -> None:
    worked = {"random": 20, "told_epsilon": 60, "alma": 50, "told": 21}
    plays = {
        name: agents.Play(chosen=(0,) * 100, worked=tuple(turn < won for turn in range(100)))
        for name, won in worked.items()
    }
    seed = measures.Seed(stream=a_stream(tasks=100), plays=plays, seconds={})
    assert measures.share([seed], "random") == 0
    assert measures.share([seed], "told_epsilon") == 1
    assert measures.share([seed], "alma") == pytest.approx(0.75)
    assert measures.share([seed], "alma", of="told") is None, (
        "one point of gain is nothing to take a share of"
    )


def test_who_is_told_wrong_results_is_judged_by_the_right_ones() -> None:
    stream = a_stream(misreported=(True, False))
    assert [stream.works(turn, 0) for turn in (0, 1)] == [True, True]
    assert [stream.reported(turn, 0) for turn in (0, 1)] == [False, True]


def test_a_shown_bound_holds_where_the_true_chance_reaches_it() -> None:
    tried = (
        agents.Tried(strategy=0, mean=0.9, lower=0.75),
        agents.Tried(strategy=1, mean=0.9, lower=0.75),
    )
    seen = agents.Shown(tried=tried, heuristics=(0, 1), alternatives=((1, 0), (0, 1)), known_failures=(1,))
    seed = measures.Seed(stream=a_stream(), plays={}, shown=[seen, seen], seconds={})
    held, right = measures.bounds_hold([seed]), measures.heuristics_right([seed])
    assert (held.true, held.shown, held.often) == (2, 4, 1.0)
    assert (right.true, right.shown) == (2, 4)
    assert measures.alternatives_better([seed]).share == 0.5
    assert measures.known_failures_fail([seed]).share == 1.0


def test_a_failure_is_repeated_where_the_strategy_failed_last_in_that_class() -> None:
    stream = a_stream(tasks=4)
    played = agents.Play(chosen=(1, 1, 0, 1), worked=(False, False, True, False))
    seed = measures.Seed(stream=stream, plays={"one": played}, seconds={})
    assert measures.repeated_failures([seed], "one") == 0.5


def test_changed_classes_are_back_when_the_true_chances_are() -> None:
    stream = a_stream(tasks=400, after=((0.1, 0.8),))
    quick = agents.Play(chosen=(0,) * 200 + (1,) * 200, worked=(True,) * 400)
    slow = agents.Play(chosen=(0,) * 300 + (1,) * 100, worked=(True,) * 400)
    never = agents.Play(chosen=(0,) * 400, worked=(True,) * 400)
    any_ = agents.Play(chosen=(0, 1) * 200, worked=(True,) * 400)
    plays = {"quick": quick, "slow": slow, "never": never, "random": any_}
    seed = measures.Seed(stream=stream, plays=plays, seconds={})
    assert measures.recovery([seed], "quick") == 25
    assert measures.recovery([seed], "never") is None
    assert 100 < (measures.recovery([seed], "slow") or 0) < 150


def test_no_two_strategies_are_ever_worded_alike_and_each_is_in_many_ways() -> None:
    draw = random.Random(1)
    said = [{worlds._worded(one, draw) for _ in range(300)} for one in range(len(streams.STRATEGIES))]
    assert all(len(one) > 80 for one in said)
    assert sum(map(len, said)) == len(set().union(*said))


def test_a_library_is_driven_in_a_process_of_its_own_and_asks_back_for_vectors(tmp_path: Path) -> None:
    program = tmp_path / "driver.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(BENCH / 'peers')!r})\n"
        "from conversation import serve\n"
        "class One:\n"
        "    def __init__(self, folder, embed): self.embed, self.kept = embed, []\n"
        "    def choose(self, task):\n"
        "        print('said by a library')\n"
        "        near = [strategy for vector, strategy in self.kept if vector == self.embed(task)]\n"
        "        return near[0] if near else None\n"
        "    def learn(self, task, strategy, *, worked): self.kept.append((self.embed(task), strategy))\n"
        "serve(One)\n"
    )
    stream = a_stream(tasks=3)
    with peers.Driver([sys.executable, str(program)], stream, plugins.embedder("hashing"), 1) as driver:
        driver.learn(0, 1, worked=True)
        assert driver.choose(0) == 1
        assert [len(times) for times in driver.seconds.values()] == [1, 1]


def test_a_library_that_cannot_be_driven_is_named_with_the_reason(tmp_path: Path) -> None:
    kept = tmp_path / "peers.json"
    options = ("--tasks", "30", "--installed", "--cache", tmp_path / "cache", "--json", kept)
    ran = run("peers.py", "--data", messages(tmp_path), *options, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(kept.read_text())["found"]["agents"]
    assert {"mem0", "langgraph", "chromadb", "alma-0.11", "alma", "nearest"} <= set(found)
    assert "not installed here" in found["mem0"]["why not"]
    assert ran.stdout.count("not measured") == 4


def test_pictures_are_drawn_of_what_was_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    played(tmp_path, "--tasks", "60", "--seeds", "1", "--worlds", "drifting", "stationary")
    drawn = run("pictures.py", "--results", tmp_path, "--folder", tmp_path / "pictures", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    assert {one.name for one in (tmp_path / "pictures").iterdir()} == {
        "learning-drifting.svg",
        "calibration.svg",
    }


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


def test_sorting_measures_every_rule_on_the_texts_of_software_work(tmp_path: Path) -> None:
    kept = tmp_path / "sorting.json"
    ran = run("sorting.py", "--data", tmp_path, "--json", kept, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "PolyAI" in ran.stderr
    found = json.loads(kept.read_text())["found"]
    assert list(found) == ["software work"]
    rules = found["software work"]["rules"]
    assert all(0 <= row["right"] <= 1 for row in rules.values())
    before, now = rules["thresholds on cosine and lead (before)"], rules["ALMA"]
    assert now["forbidden_kept"] < before["forbidden_kept"]
    steps = found["software work"]["calibration"]
    assert [row["stated"] for row in steps] == sorted(row["stated"] for row in steps)


def test_the_simulation_of_the_report_plays_every_world_and_is_kept_as_json(tmp_path: Path) -> None:
    kept = tmp_path / "benefit.json"
    options = ("--runs", "3", "--sizes", "200", "--attempts", "60", "--json", kept)
    ran = run("benefit.py", *options, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(kept.read_text())["found"]
    assert len(found["worlds"]) == 9
    assert all(0 <= row["covered"] <= 1 for row in found["worlds"])
    assert found["verbs"]["attempts"] == 60
    assert "harmless among those named" in ran.stdout


def test_sameness_judges_the_rule_and_what_is_simpler_and_keeps_it_as_json(tmp_path: Path) -> None:
    kept = tmp_path / "sameness.json"
    ran = run("sameness.py", "--errors", "all", "--json", kept, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(kept.read_text())["found"]
    assert {name.split(" ≥ ")[0] for name in found["methods"]} == {
        "the rule",
        "equal texts",
        "MiniLM",
        "three characters",
    }
    assert found["methods"]["equal texts"]["all"]["light"] == 0
    for part in ("all", "held back"):
        rule = found["methods"]["the rule"][part]
        verdict = "reached" if rule["light"] >= 0.9 else "MISSED"
        assert f"{part}, light" in ran.stdout
        assert f"{rule['light']:.3f}  ≥ 0.90  {verdict}" in ran.stdout
    assert "Synced with `uv sync --all-extras`" in ran.stdout


def collection(*wanted: set[int]) -> Collection:
    """Four documents, and a question for each of these sets of them."""
    return Collection(
        name="drinks",
        documents=("green tea", "black tea", "coffee", "cold milk"),
        questions=tuple((f"question {number}", frozenset(one)) for number, one in enumerate(wanted)),
        tell=lambda alma, agent: [],
        kind="knowledge",
    )


def test_what_is_found_among_the_first_is_a_share_of_what_was_wanted() -> None:
    asked = collection({0, 1}, {3})
    assert finding.found_at([[0, 2, 1, 3], [0, 1, 2, 3]], asked, first=2) == [0.5, 0.0]
    assert finding.found_at([[0, 1], [3, 0]], asked, first=2) == [1.0, 1.0]


def test_average_precision_counts_what_was_never_found_as_nothing() -> None:
    asked = collection({0, 1})
    assert finding.average_precision([[0, 2, 1]], asked) == [pytest.approx((1 + 2 / 3) / 2)]
    assert finding.average_precision([[0]], asked) == [0.5]
    assert finding.average_precision([[2, 3]], asked) == [0.0]


def test_each_simpler_way_to_search_finds_what_says_the_same() -> None:
    asked = replace(collection({0}), questions=(("tea that is green", frozenset({0})),))
    for way in (finding.by_bm25, finding.by_characters):
        assert int(way(asked).argmax()) == 0
