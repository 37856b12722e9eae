"""The bench on same strategies runs, and says for each part whether its figures are reached."""

from __future__ import annotations

import json
from pathlib import Path

from test_bench import run


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
