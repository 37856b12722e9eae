"""What a run of tests, a build or a linter came to, on outputs that were read by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alma.capture.runs import verdict

SAMPLES = Path(__file__).parent / "samples"


def runs(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SAMPLES / name).read_text("utf-8"))
    return found


def read(run: dict[str, Any]) -> str:
    found = verdict(run["command"], run["output"], failed=run["failed"], exit_code=run["exit_code"])
    return "none" if found is None else "passed" if found.passed else "failed"


def test_runs_of_many_tools_are_read_rightly_even_where_a_pipe_hides_the_exit_code() -> None:
    found = runs("runs_of_tools.json")
    hidden = [run for run in found if run["result"] == "failed" and not run["failed"]]
    assert len(hidden) >= 30
    assert sum(read(run) == run["result"] for run in found) >= 0.97 * len(found)
    assert sum(read(run) == "failed" for run in hidden) >= 0.97 * len(hidden)


@pytest.mark.parametrize(
    ("command", "output", "failed", "expected"),
    [
        ("pytest -q", "3 passed in 0.1s", False, ("tests", True, "pytest-summary")),
        ("pytest -q | tail -3", "1 failed, 3 passed in 0.1s", False, ("tests", False, "pytest-summary")),
        ("pytest -q || true", "1 failed, 3 passed in 0.1s", False, ("tests", False, "pytest-summary")),
        ("set -o pipefail; pytest -q | tail -3", "", True, ("tests", False, "exit-code")),
        ("pytest -q; echo done", "1 failed in 0.1s\ndone", False, ("tests", False, "pytest-summary")),
        ("pytest -q; echo exit=$?", "exit=1", False, ("tests", False, "exit-code")),
        ("go test ./... | head -50", "ok  \tshop/cart\t0.1s\n", False, ("tests", True, "go-test")),
        ("go test ./... 2>&1 | tail", "--- FAIL: TestTotal (0.00s)\nFAIL", False, ("tests", False, "go-test")),
        ("cargo test", "test result: ok. 3 passed; 0 failed", False, ("tests", True, "cargo-test")),
        ("cat build/test-results/TEST-cart.xml", '<testsuite name="cart" tests="3" failures="1">', False, ("tests", False, "junit-report")),
        ("cat junit.xml", '<testsuites tests="3" failures="0" errors="0">', False, ("tests", True, "junit-report")),
        ("npm run build && npm run lint", "", False, ("build", True, "exit-code")),
        ("eslint src | tail", "", False, ("lint", True, "silent")),
        ("gofmt -l .", "cart.go\n", False, ("lint", False, "files-listed")),
        ("mvn -q verify", "[ERROR] Tests run: 4, Failures: 1, Errors: 0", True, ("tests", False, "maven-tests")),
        ("\x1b[1mpytest\x1b[0m -q", "", False, None),
        ("python manage.py test", "Ran 3 tests in 0.1s\n\nOK", False, ("tests", True, "unittest-summary")),
    ],
)  # fmt: skip
def test_each_result_says_by_which_rule_it_was_read(
    command: str, output: str, failed: bool, expected: tuple[str, bool, str] | None
) -> None:
    found = verdict(command, output, failed=failed, exit_code=int(failed))
    assert (found and (found.kind, found.passed, found.rule)) == expected


@pytest.mark.parametrize(
    ("command", "output", "failed"),
    [
        ("pytest -q", "bash: pytest: command not found", True),
        ("pytest --no-such", "pytest: error: unrecognized arguments: --no-such", True),
        ("pytest -q", "no tests ran in 0.01s", True),
        ("go test ./cart", "?   \tshop/cart\t[no test files]", False),
        ("pytest -q | tail", "", False),
        ("cat test.log", "1 failed, 3 passed in 0.1s", False),
        ("grep -rn FAILED .", "log:FAILED tests/test_a.py::test_a", False),
        ("git commit -m 'pytest: 1 failed in 0.1s'", "1 file changed", False),
        ("echo '3 passed in 0.1s'", "3 passed in 0.1s", False),
        ("pytest --version", "pytest 8.3", False),
        ("ruff format .", "1 file reformatted", False),
        ("npm run dev", "ready", False),
        ("pytest -q &", "", False),
    ],
)
def test_what_is_no_run_or_never_ran_proves_nothing(command: str, output: str, failed: bool) -> None:
    assert verdict(command, output, failed=failed, exit_code=127 if failed else 0) is None


@pytest.mark.parametrize(
    "output",
    ["1 passed, " * 6000, "\n" * 64_000, " " * 64_000, "\x1b]" * 30_000, "x\r" * 30_000, "a.go:1:1: " * 6000, "Tests: " + "1 " * 30_000],
    ids=["counts", "newlines", "blanks", "escapes", "returns", "places", "numbers"],
)  # fmt: skip
def test_an_output_made_to_be_slow_is_read_like_any_other(output: str) -> None:
    assert verdict("pytest -q | tail", output, failed=False) is None
    found = verdict("pytest -q", f"{output}\n1 failed in 0.1s", failed=True, exit_code=1)
    assert found is not None
    assert not found.passed
