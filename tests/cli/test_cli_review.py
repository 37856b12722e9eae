"""`alma review` through the front door: in a terminal a person decides, elsewhere there is a list."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from alma import ALMA
from alma.config.loading import load
from alma.domain.door import Door

ALMA_COMMAND = str(Path(sys.executable).parent / "alma")
FAILED, WORKS = "npm run tset", "npm run test:unit"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with _opened(tmp_path) as alma:
        for number, failed in enumerate((FAILED, "cargo tset")):
            alma._propose(
                "anti_pattern", agent="claude", rule="correction", origin=f"session:{number}",
                evidence=[f"\x1b[31m{failed}"], pattern=failed, why_bad="no such script", better_alternative=WORKS,
            )  # fmt: skip
    return tmp_path


def _opened(place: Path) -> ALMA:
    (place / ".alma").mkdir(exist_ok=True)
    return ALMA._opened(load(store=f"sqlite:///{place}/.alma/alma.db", project="shop"), door=Door())


def run(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ALMA_COMMAND, *args], cwd=project, capture_output=True, text=True, timeout=60)


def in_terminal(project: Path, *args: str, typed: Sequence[str] = ()) -> str:
    """What a person sees who types these lines; `script` is not everywhere, so the terminal is our own."""
    leader, follower = pty.openpty()
    hidden = ("CI", "CLAUDECODE", "AI_AGENT", "AGENT", "CLAUDE_CODE_ENTRYPOINT")
    environ = {name: value for name, value in os.environ.items() if name not in hidden}
    started = subprocess.Popen(
        [ALMA_COMMAND, *args], cwd=project, stdin=follower, stdout=follower, stderr=follower, env=environ
    )
    os.close(follower)
    os.write(leader, "".join(f"{line}\n" for line in typed).encode())
    seen = b""
    try:
        while chunk := os.read(leader, 4096):
            seen += chunk
    except OSError:  # the other end was closed
        pass
    started.wait(60)
    os.close(leader)
    return seen.decode().replace("\r\n", "\n")


def test_elsewhere_it_lists_with_the_evidence_and_says_who_decides(project: Path) -> None:
    ran = run(project, "review")
    assert ran.returncode == 0
    assert f"{FAILED} — no such script (instead: {WORKS})" in ran.stdout
    assert "correction (session:0)" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "a person decides" in ran.stderr


def test_as_json_it_is_the_fields_of_pending(project: Path) -> None:
    found = json.loads(run(project, "review", "--json").stdout)
    assert [one["memory"]["pattern"] for one in found] == ["cargo tset", FAILED]
    assert found[0]["is_proposed"] is True
    assert found[0]["sightings"][0]["rule"] == "correction"


@pytest.mark.parametrize("option", ["--keep", "--reject"])
def test_what_a_program_decides_is_refused(project: Path, option: str) -> None:
    [_, about] = json.loads(run(project, "review", "--json").stdout)
    ran = run(project, "review", option, about["memory"]["id"])
    assert ran.returncode == 1
    assert "only a person" in ran.stderr
    assert len(json.loads(run(project, "review", "--json").stdout)) == 2


def test_a_person_keeps_one_in_other_words_and_rejects_the_other(project: Path) -> None:
    seen = in_terminal(project, "review", typed=("r", "w", "", "There is no such script", ""))
    assert "1 of 2" in seen
    assert "rejected" in seen
    assert json.loads(run(project, "review", "--json").stdout) == []
    [kept] = json.loads(run(project, "list", "--agent", "claude", "--json").stdout)
    assert (kept["pattern"], kept["why_bad"], kept["source"]) == (FAILED, "There is no such script", "person")


def test_skipping_and_quitting_change_nothing(project: Path) -> None:
    in_terminal(project, "review", typed=("s", "q"))
    assert len(json.loads(run(project, "review", "--json").stdout)) == 2


def test_a_person_decides_about_one_by_its_id(project: Path) -> None:
    found = json.loads(run(project, "review", "--json").stdout)
    first, second = (one["memory"]["id"] for one in found)
    assert f"kept {first}" in in_terminal(project, "review", "--keep", first)
    assert f"rejected {second}" in in_terminal(project, "review", "--reject", second, "--reason", "never")
    assert json.loads(run(project, "review", "--json").stdout) == []


@pytest.mark.parametrize(
    "args",
    [
        ("--keep", "a-1", "--reject", "a-2"),
        ("--pattern", "x"),
        ("--reason", "x"),
        ("--keep", "a-1", "--reason", "x"),
    ],
)
def test_options_that_do_not_belong_together_are_wrong_usage(project: Path, args: tuple[str, ...]) -> None:
    ran = run(project, "review", *args)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_where_nothing_waits_it_says_so(tmp_path: Path) -> None:
    with _opened(tmp_path):
        pass
    ran = run(tmp_path, "review")
    assert ran.returncode == 0
    assert "nothing to review" in ran.stderr
