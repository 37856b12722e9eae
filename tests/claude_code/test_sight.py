"""Which runs count as seen: what a model could arrange for itself does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from alma.config.loading import load
from alma.config.value import Config
from alma.hooks import sight


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (".alma", "sub", "sub/tests"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def config(project: Path) -> Config:
    return load(cwd=str(project))


@pytest.mark.parametrize(
    "line",
    [
        "pytest -q",
        "pytest -q tests/test_cart.py -k 'rounding and not slow'",
        "pytest -q 2>&1 | tail -20",
        "cd sub && pytest -q",
        "cd sub && cd tests && pytest -q | head -n 5",
        "npm test",
        "python -m pytest -q",
        "cargo test",
    ],
)
def test_what_is_named_and_runs_in_the_project_is_seen(line: str, config: Config, project: Path) -> None:
    assert sight.is_seen(line, config, str(project))


@pytest.mark.parametrize(
    "line",
    [
        "cd . || pytest -q",
        "pytest --bad || pytest -q tests/ok.py",
        "pytest -q || true",
        "pytest -q; true",
        "pytest -q; echo '5 passed'",
        "pytest -q $(cat opts)",
        "pytest -q `cat opts`",
        "pytest $OPTS",
        'pytest "$OPTS"',
        "pytest --c{o,o}",
        "pytest *",
        "pytest --c[o]",
        "pytest -q\ntrue",
        "pytest -q &",
        "pytest -q > /dev/null",
        "pytest -q <<< x",
        "! pytest -q",
        "cd ~/fake && pytest -q",
        "cd ~ && pytest",
        "cd - && pytest",
        "cd $HOME && pytest",
        "cd /tmp && pytest",
        "cd .. && pytest",
        "cd nowhere && pytest",
        "cd sub && cd ../.. && pytest",
        "pytest /tmp/fake_test.py",
        "pytest ../fake_test.py",
        "pytest --rootdir=/tmp fake",
        "pytest -p evil",
        "PYTEST_ADDOPTS=-x pytest",
        "env pytest",
        "timeout 5 pytest",
        "./pytest -q",
        "tail -5 fake.txt",
        "head fake.txt | pytest -q | tail -f fake.txt",
        "echo pytest",
        "",
    ],
)
def test_what_could_be_arranged_is_not_seen(line: str, config: Config, project: Path) -> None:
    assert not sight.is_seen(line, config, str(project))


def test_a_module_that_stands_in_the_way_is_looked_for_where_the_run_was(
    config: Config, project: Path
) -> None:
    (project / "sub" / "pytest.py").write_text("print('3 passed')")
    assert not sight.is_seen("cd sub && python -m pytest -q", config, str(project))
    assert sight.is_seen("python -m pytest -q", config, str(project))


def test_the_last_run_of_a_command_decides() -> None:
    state = sight.with_run({"task": "x"}, "pytest -q", is_seen=True)
    assert sight.saw(state, "pytest -q")
    assert not sight.saw(state, "npm test")
    assert not sight.saw(sight.with_run(state, "pytest -q", is_seen=False), "pytest -q")
