"""Every command can be asked what it does, quickly and without loading what it needs, and shells can complete it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from alma.alma import SIGNALS
from alma.cli import learning, options, warning
from alma.cli.caution import warn
from alma.cli.program import COMMANDS, program
from alma.domain.memory import KINDS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md"
NESTED = ("anti-pattern", "heuristic", "knowledge", "preference")
EVERY = [(name,) for name in COMMANDS] + [("add", name) for name in NESTED]


def found(path: tuple[str, ...]) -> click.Command:
    """The command of this path."""
    command: click.Command | None = program
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    return command


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_says_what_it_does(alma: Any, path: tuple[str, ...]) -> None:
    shown = alma.done(*path, "--help").out
    assert shown.startswith(f"Usage: alma {' '.join(path)}")
    assert "--help" in shown
    if path[0] != "demo":
        assert "--json" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_the_same_as_their_own_help(name: str) -> None:
    said = " ".join((found((name,)).help or "").split("\n\n")[0].split())
    assert said == COMMANDS[name][1]


def test_help_lists_every_command_and_is_shown_when_nothing_is_said(alma: Any) -> None:
    shown = alma.done("--help").out
    assert [line.split()[0] for line in shown.partition("Commands:\n")[2].splitlines() if line[2:3].strip()][
        : len(COMMANDS)
    ] == list(COMMANDS)
    assert alma.done().out == shown
    assert alma.done("-h").out == shown


def test_the_version_is_shown(alma: Any) -> None:
    assert alma.done("--version").out.startswith("alma 0.")


@pytest.mark.parametrize("args", [("--help",), ("recall", "--help"), ("run", "--help"), ("nonsense",)])
def test_help_loads_nothing_heavy(alma: Any, args: tuple[str, ...]) -> None:
    code = "import sys; from alma.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, env=alma.env, check=True
    )
    loaded = set(ran.stderr.split())
    assert loaded.isdisjoint({"numpy", "onnxruntime", "tokenizers", "yaml", "sqlite3"})
    if args == ("--help",):
        assert loaded.isdisjoint({"alma.alma", "alma.domain.memory", "importlib.metadata"})


def test_what_is_said_twice_to_be_quick_is_the_same(alma: Any) -> None:
    assert list(options.KIND.choices) == list(KINDS)
    assert sorted(learning.SIGNALS) == sorted(SIGNALS)
    said = {name for one in warn.params if isinstance(one, click.Option) for name in one.opts}
    assert said == {*warning.VALUES, *warning.FLAGS}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(alma: Any, shell: str) -> None:
    answer = alma.process(env={"_ALMA_COMPLETE": f"{shell}_source"})
    if shell == "bash" and answer.code == 1:
        pytest.skip("no bash here")
    assert "_ALMA_COMPLETE" in answer.out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("alma re", {"review", "recall", "report", "revise", "restore", "resume"}),
        ("alma warn --ex", {"--exit-code"}),
        ("alma recall --agent h", {"helena"}),
        ("alma warn x --agent v", {"victor"}),
        ("alma learn --domain t", {"testing_strategies"}),
        ("alma list --kind h", {"heuristic"}),
        ("alma add k", {"knowledge"}),
    ],
)
def test_what_can_come_next_is_completed(alma: Any, line: str, expected: set[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_ALMA_COMPLETE": "bash_complete"}
    said = alma.process(*line.split()[1:2], env=words).out
    assert {one.partition(",")[2] for one in said.split()} == expected


def test_completion_is_silent_where_the_configuration_is_wrong(alma: Any) -> None:
    alma.write(".alma/config.yaml", "nonsense: [")
    words = {"COMP_WORDS": "alma recall --agent h", "COMP_CWORD": "3", "_ALMA_COMPLETE": "bash_complete"}
    answer = alma.process(env=words)
    assert (answer.out.strip(), answer.err) == ("", "")


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_and_option_is_in_the_reference(path: tuple[str, ...]) -> None:
    reference = REFERENCE.read_text(encoding="utf-8")
    assert f"alma {' '.join(path)}" in reference
    for param in found(path).params:
        for name in (*param.opts, *param.secondary_opts) if isinstance(param, click.Option) else ():
            assert f"{name}" in reference, name
