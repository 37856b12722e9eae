"""A corrected command is told apart from a rerun after a change, and from anything else."""

from __future__ import annotations

import pytest
from command_pairs import KEPT_ASIDE, PAIRS

from alma.capture.corrections import Failed, correction

Pair = tuple[str, str, int, str, str, int, int]


def found(pair: Pair) -> str | None:
    _, failing, code, error, working, later, edits = pair
    return correction(Failed(failing, error, code, later, edits), working)


@pytest.mark.parametrize("pairs", [PAIRS, KEPT_ASIDE], ids=["known", "kept aside"])
def test_what_is_called_a_correction_is_one(pairs: tuple[Pair, ...]) -> None:
    called = [pair for pair in pairs if found(pair)]
    right = [pair for pair in called if pair[0] == "correction"]
    assert len(right) >= 0.85 * len(called)
    assert len(right) >= 0.75 * sum(pair[0] == "correction" for pair in pairs)


@pytest.mark.parametrize("pairs", [PAIRS, KEPT_ASIDE], ids=["known", "kept aside"])
def test_a_rerun_after_a_change_is_no_correction(pairs: tuple[Pair, ...]) -> None:
    reruns = [pair for pair in pairs if pair[0] == "rerun"]
    assert sum(found(pair) is not None for pair in reruns) <= 0.03 * len(reruns)


@pytest.mark.parametrize(
    ("failing", "error", "working", "rule"),
    [
        ("git log --online", "fatal: unrecognized argument: --online", "git log --oneline", "same-command"),
        ("git swtich main", "git: 'swtich' is not a git command.\n\nThe most similar command is\n\tswitch", "git switch main", "suggested-by-the-error"),
        ("docker-compose up", "bash: docker-compose: command not found", "docker compose up", "another-program"),
        ("npm test", "npm error enoent Could not read package.json: no such file or directory", "cd web && npm test", "run-differently"),
        ("curl localhost/a?b=1&c=2", "zsh: no matches found: localhost/a?b=1", "curl 'localhost/a?b=1&c=2'", "quoted"),
    ],
)  # fmt: skip
def test_each_correction_says_by_which_rule_it_was_found(
    failing: str, error: str, working: str, rule: str
) -> None:
    assert correction(Failed(failing, error, 1), working) == rule


@pytest.mark.parametrize(
    ("failed", "working"),
    [
        (Failed("git log --online", "unrecognized argument: --online", 128, later=4), "git log --oneline"),
        (Failed("git log --online", "unrecognized argument: --online", 128, edits=1), "git log --oneline"),
        (Failed("git log --online", "unrecognized argument: --online", 128), "git log --oneline || true"),
        (Failed("git log --online", "", 128), "git log --oneline"),
        (Failed("", "unknown option", 1), "git log"),
        (Failed("((((", "unknown option", 1), "`'\""),
    ],
)
def test_too_late_after_an_edit_or_with_a_swallowed_exit_code_nothing_is_corrected(
    failed: Failed, working: str
) -> None:
    assert correction(failed, working) is None
