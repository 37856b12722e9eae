"""`alma report`: whether memory helps, on the screen and as JSON."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from alma import ALMA

TASK = "Test the login form"

pytestmark = pytest.mark.usefixtures("drawn")


def lived(command: Any, *, holdout: float) -> None:
    """Sixty attempts in the command's own store; what it states as working never works."""
    path = command.folder / ".alma" / "config.yaml"
    path.write_text(f"{path.read_text()}holdout: {holdout}\n")
    with ALMA.from_config(path) as alma:
        stated = alma.add_heuristic(agent="victor", condition="Forms", strategy="Click twice")
        alma.learn(agent="victor", task=TASK, outcome=True, strategy_used="Wait for the button")
        for number in range(60):
            recall = alma.retrieve(TASK, agent="victor")
            follows = number % 2 == 0
            own = f"Way {number}" if recall.withheld else "Wait for the button"
            alma.learn(
                agent="victor",
                task=TASK,
                outcome=not follows,
                strategy_used=stated.id if follows else own,
                recall=recall,
            )


def test_a_memory_that_was_never_used_says_how_to_measure_it(alma: Any) -> None:
    assert "recall=" in alma.done("report").out
    alma.done("learn", "--agent", "victor", "--task", TASK, "--strategy", "Wait", "--success")
    assert "1 outcomes, 0 with what they were shown" in alma.done("report").out


def test_the_report_shows_both_sides_the_difference_and_what_should_be_retired(alma: Any) -> None:
    lived(alma, holdout=0.3)
    shown = alma.done("report").out
    assert "EARNED MEMORIES" in shown
    assert "withheld" in shown
    assert "points (90 %:" in shown
    assert "± 10 points" in shown
    (command,) = [line.partition(": ")[2] for line in shown.splitlines() if line.startswith("to silence it")]
    assert command.startswith("alma forget h-")
    answer = alma.at_terminal("forget", command.split()[2], "--reason", "harm")
    assert answer.code == 0, answer
    assert "to silence it" not in alma.done("report").out


def test_an_earned_strategy_that_does_harm_is_warned_of_after_the_command_that_the_report_proposes(
    alma: Any,
) -> None:
    strategies = ("Canary release", 'It\'s a "blue-green" switch', "Rolling update", "Feature flag first")
    with ALMA.from_config(alma.folder / ".alma" / "config.yaml") as memory:
        for number in range(172):
            strategy = strategies[number % 4]
            works = number < 12 or (number % 12 == 1 if strategy == strategies[1] else number % 12 > 3)
            recall = memory.retrieve(TASK, agent="victor")
            memory.learn(agent="victor", task=TASK, outcome=works, strategy_used=strategy, recall=recall)
    shown = alma.done("report").out
    assert "to silence it" not in shown
    (command,) = [line.partition(": ")[2] for line in shown.splitlines() if line.startswith("to have it")]
    answer = alma.at_terminal(*shlex.split(command)[1:])
    assert answer.code == 0, answer
    assert "to have it" not in alma.done("report").out
    found = alma.done("recall", TASK, "--agent", "victor", "--json").json
    assert strategies[1] not in [one["strategy"] for one in (*found["advice"], *found["heuristics"])]
    assert found["anti_patterns"][0]["pattern"] == strategies[1]


def test_as_json_the_report_has_the_fields_of_the_value(alma: Any) -> None:
    lived(alma, holdout=0.3)
    report = alma.done("report", "--agent", "victor", "--json").json
    assert (report["agent"], report["holdout"], report["recalled"]) == ("victor", 0.3, 60)
    assert report["shown"]["attempts"] + report["withheld"]["attempts"] == 60
    assert set(report["difference"]) == {"value", "low", "high"}
    assert report["memories"][0] == report["harmful"][0]
    assert alma.done("report", "--agent", "helena", "--json").json["attempts"] == 0


def test_a_few_memories_are_shown_and_the_number_of_the_others(alma: Any) -> None:
    lived(alma, holdout=0.0)
    answer = alma.done("report", "--limit", "1")
    assert "set holdout: 0.1" in answer.out
    assert "… and 1 more" in answer.err
    assert "MEMORY" not in alma.done("report", "--limit", "0").out


def test_nothing_is_withheld_on_the_command_line(alma: Any) -> None:
    lived(alma, holdout=0.99)
    for _ in range(3):
        found = alma.done("recall", TASK, "--agent", "victor", "--json").json
        assert (bool(found["advice"]), found["withheld"]) == (True, [])
