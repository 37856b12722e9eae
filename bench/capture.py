"""Prints how runs, corrections and remarks are read on their labelled sets, and how fast past sessions are.

The sets stand in tests/capture. Where there are real sessions, runs and pairs of theirs are added; `--megabytes` is how large a transcript is made and read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "capture"))
from command_pairs import KEPT_ASIDE, PAIRS
from spoken import NUDGES, OBJECTIONS, SAID
from transcripts import FAILED, PASSED, Claude

import sessions
from alma.capture import claude_code, lines, remarks
from alma.capture.corrections import Failed, correction
from alma.capture.runs import verdict
from alma.past import Sessions

FIELDS = ("command", "output", "failed", "exit_code", "result")
TESTS = Path(__file__).parent.parent / "tests" / "capture"
Pair = tuple[str, str, int | None, str, str, int, int]
WORDS = "the total of a cart is computed in src/cart.py line 12: def total(items): return sum(items)"
KINDS = {"rerun-after-change": "rerun", "command-correction": "correction"}


def main(given: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    folder = os.environ.get("ALMA_BENCH_DATA", "data")
    parser.add_argument("--data", type=Path, default=Path(folder), metavar="FOLDER", help="holds sessions/")
    parser.add_argument("--megabytes", type=int, default=100, help="size of the transcript to read")
    args = parser.parse_args(given)
    real = args.data / "sessions"
    if not (real / sessions.PAIRS).exists():
        print(f"{real} is missing, so real sessions are left out.\n{sessions.WHERE}\n", file=sys.stderr)
        real = None
    print_runs(real)
    print_corrections(real and real / sessions.PAIRS)
    print_remarks()
    print_speed(args.megabytes)


def print_runs(real: Path | None) -> None:
    print("results of runs, against a reading by hand")
    made = json.loads((TESTS / "samples" / "runs_of_tools.json").read_text("utf-8"))
    sets: dict[str, list[tuple[Any, ...]]] = {  # command, output, failed, exit code, what it came to
        "of thirteen tools": [tuple(one[name] for name in FIELDS) for one in made],
        "in real sessions": list(sessions.runs(real)) if real is not None else [],
    }
    by_rule: dict[str, list[bool]] = {}
    for name, runs in sets.items():
        read = [(_read(*run), result) for *run, result in runs]
        if read:
            right = sum(told == result for (told, _), result in read)
            print(f"  {name:<18} {len(runs):>5} {right / len(runs):>7.3f} right")
        for (told, rule), result in read:
            by_rule.setdefault(rule, []).append(told == result)
    print_rules(by_rule)


def _read(command: str, output: str, failed: bool | None, exit_code: int | None) -> tuple[str, str]:
    """What a run is read as, and by which rule."""
    found = verdict(command, output, failed=failed, exit_code=exit_code)
    return ("none", "silence") if found is None else ("passed" if found.passed else "failed", found.rule)


def print_rules(by_rule: Mapping[str, Sequence[bool]]) -> None:
    """Each rule with how often it spoke and how often it was right."""
    for rule, right in sorted(by_rule.items(), key=lambda one: (-len(one[1]), one[0])):
        print(f"    {rule:<30} {len(right):>4} {sum(right) / len(right):>7.3f} right")


def print_corrections(others: Path | None) -> None:
    print("\ncorrections             pairs  called  precision  recall  reruns called")
    rows: list[tuple[str, Iterable[Pair]]] = [("known", PAIRS), ("kept aside", KEPT_ASIDE)]
    if others is not None and others.exists():
        rows.append(("of real sessions", _of_others(others)))
    elif others is not None:
        print(f"  {others} is missing: a JSON list with failing, fixed, kind, distance, edits_between")
    for name, pairs in rows:
        _print_pairs(name, list(pairs))


def _print_pairs(name: str, pairs: list[Pair]) -> None:
    rules = [correction(Failed(pair[1], pair[3], pair[2], *pair[5:]), pair[4]) for pair in pairs]
    called = [pair for pair, rule in zip(pairs, rules, strict=True) if rule]
    right = sum(pair[0] == "correction" for pair in called)
    all_, reruns = (sum(pair[0] == kind for pair in pairs) for kind in ("correction", "rerun"))
    wrong = sum(pair[0] == "rerun" for pair in called)
    precision = f"{right / len(called):.3f}" if called else "-"
    print(
        f"  {name:<20} {len(pairs):>6} {len(called):>7} {precision:>10} {right / all_:>7.3f} {wrong:>9} of {reruns}"
    )
    by_rule: dict[str, list[bool]] = {}
    for pair, rule in zip(pairs, rules, strict=True):
        if rule:
            by_rule.setdefault(rule, []).append(pair[0] == "correction")
    print_rules(by_rule)


def _of_others(path: Path) -> Iterable[Pair]:
    for one in json.loads(path.read_text("utf-8")):
        if not one["user_message_between"]:
            first, _, rest = one["failing"]["output"].partition("\n")
            code = int(first[10:]) if first.startswith("Exit code ") else None
            error = rest if code is not None else one["failing"]["output"]
            edits, later = one["edits_between"], one["distance"]
            kind = KINDS.get(one["kind"], "other")
            yield kind, one["failing"]["command"], code, error, one["fixed"]["command"], later, edits


def print_remarks() -> None:
    print("\nwhat people say")
    found = [(kind, remarks.lesson(text)) for text, kind in SAID]
    right = sum((one and one.kind) == kind for kind, one in found)
    print(f"  lessons              {len(SAID):>6} {right / len(SAID):>7.3f} right")
    by_rule: dict[str, list[bool]] = {}
    for kind, one in found:
        if one is not None:
            by_rule.setdefault(one.rule, []).append(one.kind == kind)
    print_rules(by_rule)
    right = sum(remarks.is_objection(text) == expected for text, expected in OBJECTIONS)
    print(f"  objections           {len(OBJECTIONS):>6} {right / len(OBJECTIONS):>7.3f} right")
    right = sum(remarks.is_nudge(text) == expected for text, expected in NUDGES)
    print(f"  nudges               {len(NUDGES):>6} {right / len(NUDGES):>7.3f} right")


def print_speed(megabytes: int) -> None:
    print("\nreading a transcript          MB    MB/s  MB per second of work  attempts")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.jsonl"
        size = _write(path, megabytes)
        parsing = _parsing(path)
        began, at_work = time.perf_counter(), time.process_time()
        found = sum(1 for _ in Sessions(str(path), form="claude-code"))
        seconds, at_work = time.perf_counter() - began, time.process_time() - at_work
        peaks = [_peak(path.with_name(f"{part}.jsonl"), part) for part in (5, 20)]
    print(f"  parsed, a line at a time  {size / 1e6:>6.0f} {size / 1e6 / parsing:>7.1f}")
    print(
        f"  with all that it teaches  {size / 1e6:>6.0f} {size / 1e6 / seconds:>7.1f} {size / 1e6 / at_work:>22.1f} {found:>9}"
    )
    print(f"  the same, 5 and 20 MB, traced: {peaks[0] / 1e6:.1f} and {peaks[1] / 1e6:.1f} MB at most")


def _parsing(path: Path) -> float:
    """How many seconds it takes to turn a transcript into happenings, and no more."""
    began, tally, reader = time.perf_counter(), lines.Tally(), claude_code.Reader()
    for one in lines.objects(str(path), tally, skipped=claude_code.is_skipped):
        for _ in reader.happenings(one):
            pass
    return time.perf_counter() - began


def _peak(path: Path, megabytes: int) -> int:
    """The most memory that Python held while a transcript of this size was read."""
    _write(path, megabytes)
    tracemalloc.start()
    for _ in Sessions(str(path), form="claude-code"):
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def _write(path: Path, megabytes: int) -> int:
    """A transcript with the lines of a real one in their usual shares: outputs, edits, progress, snapshots."""
    random = Random(1)
    words = [
        "the",
        "total",
        "of",
        "a",
        "cart",
        "is",
        "computed",
        "in",
        "src/cart.py",
        "line",
        "12:",
        "def",
        "total(items):",
        "return",
        "sum(items)",
    ]
    number = 0
    with path.open("w") as file:
        while file.tell() < megabytes * 1_000_000:
            number += 1
            text = " ".join(random.choices(words, k=random.randrange(20, 1200)))
            session = Claude(f"s-{number // 40}").prompt(f"Task {number}: {text[:300]}")
            session.runs(f"{number}-1", "cat src/cart.py", text).uses(
                f"{number}-2", "Edit", file_path="src/cart.py", old_string=text[:400], new_string=text[:500]
            )
            session.gets(f"{number}-2", text).runs(
                f"{number}-3", "pytest -q", f"{text}\n{random.choice((PASSED, FAILED))}"
            )
            for _ in range(3):
                session.lines.append(
                    {
                        "type": "progress",
                        "sessionId": "s",
                        "data": {"type": "bash_progress", "output": text[:800]},
                    }
                )
            session.lines.append(
                {"type": "file-history-snapshot", "messageId": "m", "snapshot": {"text": text}}
            )
            file.write(session.says(f"Done: {text[:200]}").text)
        return file.tell()


if __name__ == "__main__":
    main()
