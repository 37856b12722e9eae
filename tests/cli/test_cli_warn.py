"""`alma warn` is asked before every action: it must be right, light, and the same by both of its ways."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from alma.cli import ending, program, warning

SLEEP = (
    *("add", "anti-pattern", "--agent", "victor", "--pattern", "Using sleep() for async waits"),
    *("--why", "flaky", "--instead", "Use explicit waits"),
)
HEAVY = (
    *("click", "numpy", "onnxruntime", "tokenizers", "yaml", "argparse"),
    *("pathlib", "typing", "importlib.metadata", "tempfile", "subprocess", "asyncio"),
)
LIGHT = """
import sys
from alma.cli import main
code = main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def test_it_warns_of_the_command_and_stays_silent_on_prose(alma: Any) -> None:
    alma.done(*SLEEP)
    who = ("--agent", "victor")
    hit = alma.done("warn", "sleep 5 && npm test", *who)
    assert "Use explicit waits" in hit.out
    assert len(hit.out.splitlines()) == 1
    silent = alma.done("warn", "get a good night's sleep", *who)
    assert (silent.out, silent.err) == ("", "")
    assert alma.done("warn", "await page.waitForTimeout(5000); sleep(5)", *who).out


def test_the_exit_code_tells_whether_something_was_found_only_when_it_is_asked(alma: Any) -> None:
    alma.done(*SLEEP)
    who = ("--agent", "victor")
    assert alma("warn", "sleep 5", *who).code == 0
    assert alma("warn", "sleep 5", "--exit-code", *who).code == 3
    assert alma("warn", "ls", "--exit-code", *who).code == 0
    assert alma.process("warn", "sleep 5", "--exit-code", *who).code == 3


def test_cautions_as_json_say_what_matched(alma: Any) -> None:
    alma.done(*SLEEP)
    [caution] = alma.done("warn", "sleep 5", "--agent", "victor", "--json").json
    assert caution["matched"] == "sleep("
    assert caution["anti_pattern"]["better_alternative"] == "Use explicit waits"
    assert caution["anti_pattern"]["id"] in caution["text"]
    assert alma.done("warn", "ls", "--agent", "victor", "--json").json == []


def test_an_edit_can_come_from_standard_input(alma: Any) -> None:
    alma.done(*SLEEP)
    assert alma("warn", "-", "--agent", "victor", "--exit-code", typed="x = 1\nsleep(5)\n").code == 3


def test_one_agent_is_not_warned_by_what_another_learned(alma: Any) -> None:
    alma.done(*SLEEP)
    assert alma("warn", "sleep 5", "--agent", "helena", "--exit-code").code == 0


def test_it_loads_nothing_heavy(alma: Any) -> None:
    alma.done(*SLEEP)
    for action, code in (("sleep 5", 3), ("ls -la", 0)):
        ran = subprocess.run(
            [sys.executable, "-c", LIGHT, "warn", action, "--agent", "victor", "--exit-code"],
            capture_output=True,
            text=True,
            cwd=alma.folder,
            env=alma.env,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        loaded = set(ran.stderr.split())
        assert "alma.alma" in loaded
        assert loaded.isdisjoint(HEAVY)


LINES = [
    ("sleep 5",),
    ("sleep 5", "--exit-code"),
    ("--exit-code", "sleep 5"),
    ("sleep 5", "--json"),
    ("sleep 5", "--agent", "victor", "--exit-code"),
    ("sleep 5", "--agent=victor", "--exit-code"),
    ("--agent", "helena", "--agent", "victor", "sleep 5", "--exit-code"),
    ("--agent", "victor", "--", "sleep 5"),
    ("--agent", "victor", "--", "--sleep"),
    ("--agent", "victor", "--task", "--json", "sleep 5"),
    ("--agent", "victor", "--task", "wait", "sleep 5"),
    ("-", "--agent", "victor"),
    ("sleep 5", "--task", "-", "--agent", "victor"),
    ("--agent", "victor", "--store", "sqlite:///other.db", "sleep 5"),
    ("--store", "nowhere", "sleep 5"),
    ("--project", "other", "sleep 5", "--agent", "victor"),
    ("--config", "missing.yaml", "sleep 5"),
    ("--config", ".alma/config.yaml", "sleep 5", "--agent", "victor"),
    ("--agent", "", "sleep 5"),
    ("--agent", "user:x", "sleep 5"),
    ("--task", "", "sleep 5"),
    ("--task=", "sleep 5"),
    ("",),
    ("   ",),
    (),
    ("a", "b"),
    ("--agent",),
    ("sleep 5", "--agent"),
    ("--nonsense", "sleep 5"),
    ("-x", "sleep 5"),
    ("sleep 5", "--exit"),
    ("sleep 5", "--exit-code=yes"),
    ("sleep 5", "--json=1"),
    ("--help",),
    ("sleep 5", "-h"),
]


@pytest.mark.parametrize("args", LINES)
def test_both_ways_answer_alike(alma: Any, args: tuple[str, ...]) -> None:
    alma.done(*SLEEP)

    def by_the_library(given: list[str]) -> int:
        return ending.of(lambda: program.run(["warn", *given]), as_json=ending.is_json_wanted(given))

    answer = alma("warn", *args, typed="sleep(5)")
    second = alma.by(by_the_library, *args, typed="sleep(5)")
    assert (answer.code, answer.out, answer.err) == (second.code, second.out, second.err)


def test_what_is_plainly_right_is_answered_without_the_library(alma: Any) -> None:
    assert warning.plainly(["sleep 5", "--agent", "victor", "--exit-code", "--json"]) is not None
    assert warning.plainly(["--help"]) is None
    assert warning.plainly(["--nonsense", "x"]) is None
