"""The labelled set: which of these commands, edits and tool calls repeat what is known to fail, and which do not.

`known.json` holds what is stated and what failed, `actions.jsonl` the actions with the names of what each repeats. The
labels were set by reading, before the first run. Those marked `claude-code` and `codex` are excerpts of transcripts that
the projects entireio/cli, obra/episodic-memory and others publish under the MIT licence, with home folders renamed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, Action

HERE = Path(__file__).parent
ACTIONS = [json.loads(line) for line in (HERE / "actions.jsonl").read_text("utf-8").splitlines()]
KNOWN = json.loads((HERE / "known.json").read_text("utf-8"))


@dataclass
class Verdict:
    """What was warned of in the whole set: rightly, wrongly, and not although it should have been."""

    right: int
    wrong: list[str]
    missed: list[str]

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed))


def taught(alma: ALMA) -> dict[str, str]:
    """Everything that is stated and everything that failed, by id."""
    names = {}
    for one in KNOWN["stated"]:
        words = {key: text for key, text in one.items() if key != "name"}
        names[alma.add_anti_pattern(agent="claude", **words).id] = one["name"]
    for one in KNOWN["failed"]:
        learned = alma.learn(
            agent="claude",
            task=one["task"],
            strategy_used=one["strategy"],
            outcome="failure",
            error=one["error"],
        )
        assert learned.outcome is not None
        names[f"b-{learned.outcome.id}"] = one["name"]
    return names


def judged(alma: ALMA, names: dict[str, str], actions: list[dict[str, Any]]) -> Verdict:
    verdict = Verdict(0, [], [])
    for one in actions:
        found = alma.warn(Action.tool(one["tool"], one["input"]), agent="claude")
        said, wanted = {names[caution.anti_pattern.id] for caution in found}, set(one["warns"])
        shown = json.dumps(one["input"])[:160]
        verdict.right += len(said & wanted)
        verdict.wrong += [f"{name}: {shown}" for name in said - wanted]
        verdict.missed += [f"{name}: {shown}" for name in wanted - said]
    return verdict


def test_the_set_is_large_enough_and_half_of_it_comes_from_real_sessions() -> None:
    sources = Counter(one["from"] for one in ACTIONS)
    assert len(ACTIONS) >= 300
    assert sources["claude-code"] + sources["codex"] >= 150
    known = {one["name"] for one in (*KNOWN["stated"], *KNOWN["failed"])}
    assert {name for one in ACTIONS for name in one["warns"]} == known


@pytest.mark.parametrize("source", ["all", "sessions", "written"])
def test_warnings_are_right_and_few_are_missed(alma: ALMA, source: str) -> None:
    chosen = [
        one for one in ACTIONS if source == "all" or (one["from"] == "written") == (source == "written")
    ]
    verdict = judged(alma, taught(alma), chosen)
    assert verdict.precision >= 0.97, verdict.wrong
    assert verdict.recall >= 0.90, verdict.missed
