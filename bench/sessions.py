"""Real sessions, which are not part of this project, with our own reading of what runs in them came to.

`readings/runs.json` holds what each run came to, read by hand: under the id of its tool call, or under that of a pair of
commands and its side. It holds none of their words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alma.capture import claude_code, codex, lines
from alma.capture.happening import Call, Result

READINGS = Path(__file__).parent / "readings" / "runs.json"
PAIRS = "pairs.json"
WHERE = """Real sessions are not part of this project. Put into FOLDER/sessions, and name FOLDER with --data or ALMA_BENCH_DATA:
  claude-code__*.jsonl   transcripts of Claude Code (such as those of entireio/cli and obra/episodic-memory on GitHub, MIT)
  codex__*.jsonl         rollouts of Codex
  pairs.json             pairs of a failing command and a later one that worked, labelled by hand"""
EXIT_CODE = r"^Exit code \d+\n"


def pairs(folder: Path) -> list[dict[str, Any]]:  # JSON
    """The labelled pairs."""
    found: list[dict[str, Any]] = json.loads((folder / PAIRS).read_text("utf-8"))
    return found


def runs(folder: Path) -> Iterator[tuple[str, str, bool | None, int | None, str]]:
    """(command, output, failed, exit code, what it came to) of every run that was read by hand."""
    readings: dict[str, str] = json.loads(READINGS.read_text("utf-8"))
    for id_, *run in [*_called(folder), *_paired(folder)]:
        if id_ in readings:
            command, output, failed, code = run
            yield command, output, failed, code, readings.pop(id_)


def _called(folder: Path) -> Iterator[tuple[str, str, str, bool | None, int | None]]:
    for file in sorted(folder.glob("*.jsonl")):
        form: Any = codex if file.name.startswith("codex") else claude_code  # modules of one shape
        reader, tally, commands = form.Reader(), lines.Tally(), {}
        for one in lines.objects(str(file), tally, skipped=form.is_skipped):
            for _, happening in reader.happenings(one):
                if isinstance(happening, Call):
                    said = happening.arguments.get("command")
                    commands[happening.id] = said[-1] if isinstance(said, list) and said else said
                elif isinstance(happening, Result) and isinstance(commands.get(happening.call_id), str):
                    command = commands[happening.call_id]
                    yield happening.call_id, command, happening.text, happening.failed, happening.exit_code


def _paired(folder: Path) -> Iterator[tuple[str, str, str, bool, int | None]]:
    for pair in pairs(folder):
        for side, failed in (("failing", True), ("fixed", False)):
            run = pair[side]
            output = re.sub(EXIT_CODE, "", run["output"])
            yield (
                f"{pair['id']}/{side}",
                run["command"],
                output,
                failed,
                run.get("exit_code") if failed else 0,
            )
