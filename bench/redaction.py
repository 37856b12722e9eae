"""Prints how redaction does on the labelled list beside detect-secrets' default plugins, and how fast it is.

A secret is caught when no eight characters in a row of its random part can still be read; of detect-secrets any
finding on the line counts. A third of the list was held back while the patterns were tuned; its figures stand apart.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from detect_secrets.core.plugins import initialize
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file, scan_line
from detect_secrets.plugins.high_entropy_strings import HighEntropyStringsPlugin
from detect_secrets.settings import default_settings

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "rules"))
from secret_shapes import HARMLESS, SHAPES, Drawn, held_back

from alma.rules.redaction import redact

Part = TypeVar("Part")
Finds = Callable[[str], bool]
DASHES = "-" * 5
HOSTILE = (
    *(
        "a",
        "password=",
        "password:",
        'password="',
        'password=\\"',
        "://a:",
        "sk-",
        "eyJ",
        "-eyJ",
        "curl -u a:",
    ),
    *("key", "token ", f"{DASHES}BEGIN", f"{DASHES}BEGIN PRIVATE KEY{DASHES}", "AAAA+", "[redacted: "),
)


def ours_catches(drawn: Drawn) -> bool:
    return not drawn.survives_in(redact(drawn.line))


def ours_changes(line: str) -> bool:
    return redact(line) != line


def theirs_as_file(text: str, suffix: str = ".txt") -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=suffix, encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        return any(True for _ in scan_file(file.name))


def theirs_as_settings(text: str) -> bool:
    return theirs_as_file(text, ".conf")


def theirs_as_line(text: str) -> bool:
    """As `detect-secrets scan --string` decides: what is only entropy must be above its own limit."""
    return any(_counts(found) for line in text.split("\n") for found in scan_line(line))


def _counts(found: PotentialSecret) -> bool:
    plugin = initialize.from_secret_type(found.type)
    if not isinstance(plugin, HighEntropyStringsPlugin):
        return True
    return bool(plugin.calculate_shannon_entropy(found.secret_value or "") > plugin.entropy_limit)


def split(whole: Sequence[Part]) -> dict[str, list[Part]]:
    held = held_back(len(whole))
    return {
        "tuned on": [each for place, each in enumerate(whole) if place not in held],
        "held back": [each for place, each in enumerate(whole) if place in held],
        "all": list(whole),
    }


def print_table(draws: int) -> None:
    shapes, lines = split(SHAPES), split(HARMLESS)
    print(
        f"{'':26}{'part':11}{'secrets':>8}{'caught':>8}{'recall':>9}{'harmless':>10}{'alarms':>8}{'precision':>11}"
    )
    programs: list[tuple[str, Callable[[Drawn], bool], Finds, int]] = [
        ("alma, one draw", ours_catches, ours_changes, 1),
        (f"alma, {draws} draws", ours_catches, ours_changes, draws),
        ("detect-secrets, text file", lambda drawn: theirs_as_file(drawn.line), theirs_as_file, 1),
        (
            "detect-secrets, settings",
            lambda drawn: theirs_as_settings(drawn.line),
            theirs_as_settings,
            1,
        ),
        ("detect-secrets, per line", lambda drawn: theirs_as_line(drawn.line), theirs_as_line, 1),
    ]
    for name, catches, alarms, count in programs:
        for part in shapes:
            drawn = [shape.draw(number) for shape in shapes[part] for number in range(count)]
            caught = sum(map(catches, drawn))
            false = sum(map(alarms, lines[part]))
            precision = caught / (caught + false * count)
            print(
                f"{name:26}{part:11}{len(drawn):8}{caught:8}{caught / len(drawn):9.4f}"
                f"{len(lines[part]):10}{false:8}{precision:11.4f}"
            )


def print_missed() -> None:
    drawn = [shape.draw() for shape in SHAPES]
    file = {each.name for each in drawn if not theirs_as_file(each.line)}
    settings = {each.name for each in drawn if not theirs_as_settings(each.line)}
    line = {each.name for each in drawn if not theirs_as_line(each.line)}
    ours = {each.name for each in drawn if not ours_catches(each)}
    print(f"\nmissed by alma ({len(ours)}): {', '.join(sorted(ours))}")
    print(
        f"missed by alma, caught by one way of detect-secrets: {', '.join(sorted(ours - (file & settings & line))) or 'none'}"
    )
    print(f"missed by detect-secrets in a text file ({len(file)}): {', '.join(sorted(file))}")
    print(f"missed by detect-secrets in a settings file ({len(settings)}): {', '.join(sorted(settings))}")
    print(f"missed by detect-secrets per line ({len(line)}): {', '.join(sorted(line))}")
    changed = [each for each in HARMLESS if ours_changes(each)]
    print(f"\nharmless lines changed by alma ({len(changed)}):", *changed, sep="\n  ")


def print_speed(megabytes: float) -> None:
    prose = "\n".join(HARMLESS) + "\n"
    mixed = prose + "\n".join(shape.draw().line for shape in SHAPES) + "\n"
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(Path("src").rglob("*.py")))
    print(f"\nthroughput on {megabytes:g} MB")
    size = int(megabytes * 1_000_000)
    texts = {"Python source": source, "look-alikes": prose, "look-alikes and secrets": mixed}
    for name, text in {**texts, **{repr(piece) + " repeated": piece for piece in HOSTILE}}.items():
        long = (text * (size // len(text) + 1))[:size]
        start = time.perf_counter()
        redact(long)
        seconds = time.perf_counter() - start
        print(f"  {name:42}{megabytes / seconds:9.1f} MB/s{seconds:9.2f} s")
    start = time.perf_counter()
    for _ in range(200):
        redact(HARMLESS[30])
    print(f"  one short line{(time.perf_counter() - start) / 200 * 1e6:37.0f} µs")


def print_cold() -> None:
    """A fresh interpreter each time, with compiled bytecode as an installed package has it."""
    scripts = {
        "import of the module": "pass",
        "import and a first line without a hint": "redact('the build took 40 s and passed')",
        "import and a first line with a password": "redact('password = \"hunter2xyz\"')",
    }
    print()
    for name, action in scripts.items():
        script = (
            "import time, alma.rules; s = time.perf_counter(); from alma.rules.redaction import redact; "
            f"{action}; print(time.perf_counter() - s)"
        )
        with tempfile.TemporaryDirectory() as cache:
            surroundings = {"PYTHONPYCACHEPREFIX": cache}
            runs = [
                float(subprocess.check_output([sys.executable, "-c", script], text=True, env=surroundings))
                for _ in range(10)
            ]
        print(f"{name}, median of 9: {sorted(runs[1:])[4] * 1000:.2f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=20, help="random draws of each shape")
    options.add_argument("--megabytes", type=float, default=10)
    chosen = options.parse_args()
    with default_settings():
        print_table(chosen.draws)
        print_missed()
    print_speed(chosen.megabytes)
    print_cold()


if __name__ == "__main__":
    main()
