"""`alma run` is the command itself with a memory: output, exit code and signals pass through, and the result is learned."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from alma.cli import telling
from alma.config.value import VERIFY
from alma.verifying import is_verified

HOW = ("run", "--agent", "victor", "--task", "Verify the token", "--strategy", "Decode it by hand")
PYTHON = (sys.executable, "-c")


def outcomes(alma: Any) -> list[dict[str, Any]]:
    """What was learned, newest first."""
    return list(alma.done("list", "--kind", "outcome", "--json").json)


def test_the_output_passes_through_and_the_exit_code_is_passed_on(alma: Any) -> None:
    code = "import sys; print('to out'); print('KeyError: token', file=sys.stderr); sys.exit(7)"
    answer = alma.process(*HOW, "--", *PYTHON, code)
    assert answer.code == 7
    assert answer.out == "to out\n"
    assert "KeyError: token" in answer.err
    [kept] = outcomes(alma)
    assert kept["result"] == 0.0
    assert kept["why"].startswith("exit code 7: KeyError: token")
    assert "to out" in kept["why"]
    assert kept["duration"] > 0


def test_a_success_is_learned_without_an_error(alma: Any) -> None:
    assert alma(*HOW, "--", *PYTHON, "print('fine')").code == 0
    [kept] = outcomes(alma)
    assert (kept["result"], kept["why"], kept["source"]) == (1.0, None, "word")


def test_the_result_of_a_named_command_is_verified(alma: Any) -> None:
    alma.write(".alma/config.yaml", f"embedder: hashing\nverify: ['{sys.executable} -c*']\n")
    assert alma(*HOW, "--", *PYTHON, "pass").code == 0
    assert outcomes(alma)[0]["source"] == "verified"


def test_output_is_passed_on_while_the_command_still_runs(alma: Any) -> None:
    code = "import sys; print('first', flush=True); sys.stdin.readline(); print('last')"
    command = subprocess.Popen(
        [sys.executable, "-m", "alma", *HOW, "--", *PYTHON, code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=alma.folder,
        env=alma.env,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"first\n"
    assert command.communicate(b"go on\n")[0] == b"last\n"
    assert command.returncode == 0


def test_bytes_pass_through_as_they_are(alma: Any) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 300)"
    ran = subprocess.run(
        [sys.executable, "-m", "alma", *HOW, "--", *PYTHON, code],
        capture_output=True,
        cwd=alma.folder,
        env=alma.env,
        check=False,
    )
    assert ran.stdout == bytes(range(256)) * 300


def test_only_the_end_of_a_long_output_is_kept(alma: Any) -> None:
    code = "import sys; print('early', *['x' * 90] * 2000, sep='\\n'); print('AssertionError: late'); sys.exit(1)"
    assert alma.process(*HOW, "--", *PYTHON, code).code == 1
    why = outcomes(alma)[0]["why"]
    assert why.startswith("exit code 1: AssertionError: late")
    assert "early" not in why
    assert len(why) < 5000


def stored(alma: Any) -> bytes:
    """Every byte of the store, with what waits beside it."""
    return b"".join(path.read_bytes() for path in alma.database.parent.iterdir() if path.is_file())


def key_block(lines: int) -> tuple[str, list[str]]:
    """A private key that opens nothing, and the lines inside it."""
    body = [hashlib.sha512(str(number).encode()).hexdigest()[:64] for number in range(lines)]
    dashes = "-" * 5
    return "\n".join([f"{dashes}BEGIN PRIVATE KEY{dashes}", *body, f"{dashes}END PRIVATE KEY{dashes}"]), body


@pytest.mark.parametrize("after", [100, 5 * 1024, 60 * 1024, 62 * 1024, 70 * 1024])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_private_key_in_the_output_is_never_stored(alma: Any, after: int, end: str) -> None:
    key, body = key_block(60)
    line = "lorem ipsum dolor sit amet, harmless all of it\n"
    alma.write("said", f"starting\n{key}\n{(line * 2000)[:after]}{end}")
    assert alma(*HOW, "--", *PYTHON, "print(open('said').read(), end=''); exit(1)").code == 1
    alma.done("learn", "--agent", "victor", "--task", "t", "--strategy", "s", "--success")
    held = stored(alma)
    assert [part for part in body if part.encode() in held] == []


def test_the_rest_of_a_key_that_never_ends_is_not_stored(alma: Any) -> None:
    _, body = key_block(1500)
    alma.write("said", "\n".join(body) + "\nValueError: no key\n")
    assert alma(*HOW, "--", *PYTHON, "print(open('said').read()); exit(1)").code == 1
    assert [part for part in body if part.encode() in stored(alma)] == []
    assert outcomes(alma)[0]["why"] == "exit code 1: ValueError: no key"


@pytest.mark.parametrize("after", [0, 250, 290, 4080, 4096, 5000, 64_480, 64_500, 64_512, 80_000])
def test_a_key_inside_one_long_line_is_never_stored(alma: Any, after: int) -> None:
    key = "sk-" + "proj-" + "A1b2C3d4E5f6G7h8" + "I9j0K1l2M3n4O5p6"
    before = '{"error": "' + "lorem " * 40
    alma.write("said", f'{before}", "api_key": "{key}", "z": "{("filler and " * 8000)[:after]}"}}')
    assert alma(*HOW, "--", *PYTHON, "print(open('said').read(), end=''); exit(1)").code == 1
    held = stored(alma)
    assert [start for start in range(0, 24, 4) if key[start + 8 : start + 24].encode() in held] == []


def test_a_command_that_is_not_there_teaches_nothing(alma: Any) -> None:
    answer = alma(*HOW, "--", "no-such-command-anywhere")
    assert answer.code == 127
    assert "nothing was learned" in answer.err
    script = alma.write("script", "not executable")
    assert alma(*HOW, "--", str(script)).code == 126
    assert outcomes(alma) == []


def test_words_that_are_wrong_are_refused_before_anything_is_run(alma: Any) -> None:
    wrong = ("run", "--agent", "victor", "--task", " ", "--strategy", "s")
    assert alma(*wrong, "--", *PYTHON, "open('ran', 'w')").code == 2
    assert not (alma.folder / "ran").exists()


def test_a_refusal_by_scope_does_not_change_the_exit_code(alma: Any) -> None:
    how = ("run", "--agent", "helena", "--domain", "database_queries", "--task", "t", "--strategy", "s")
    answer = alma(*how, "--", *PYTHON, "raise SystemExit(5)")
    assert answer.code == 5
    assert "refused" in answer.err
    assert outcomes(alma) == []


def test_the_commands_own_options_are_not_taken_for_ours(alma: Any) -> None:
    code = "import sys; sys.exit(0 if sys.argv[1:] == ['--json', '--agent', 'x', '--', '-q'] else 9)"
    assert alma(*HOW, "--", *PYTHON, code, "--json", "--agent", "x", "--", "-q").code == 0
    assert alma(*HOW, *PYTHON, code, "--json", "--agent", "x", "--", "-q").code == 0


def test_as_json_the_document_is_alone_on_stdout(alma: Any) -> None:
    answer = alma.process(*HOW, "--json", "--", *PYTHON, "print('noise'); raise SystemExit(3)")
    assert answer.code == 3
    assert (answer.json["exit_code"], answer.json["verified"]) == (3, False)
    assert answer.json["learned"]["outcome"]["result"] == 0.0
    assert "noise" in answer.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_command_and_nothing_is_learned(alma: Any, number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: (open('told', 'w').close(), sys.exit(0)))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(0.05)"
    )
    command = subprocess.Popen(
        [sys.executable, "-m", "alma", *HOW, "--", *PYTHON, code],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=alma.folder,
        env=alma.env,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"ready\n"
    command.send_signal(number)
    _, said = command.communicate(timeout=60)
    assert command.returncode == 128 + number
    assert b"Traceback" not in said
    assert (alma.folder / "told").exists()
    assert outcomes(alma) == []


def test_a_command_that_is_killed_has_failed(alma: Any) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert alma(*HOW, "--", *PYTHON, code).code == 128 + signal.SIGKILL
    assert "SIGKILL" in outcomes(alma)[0]["why"]


def test_what_a_command_leaves_behind_is_not_waited_for(alma: Any) -> None:
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid)"
    began = time.monotonic()
    answer = alma.process(*HOW, "--", *PYTHON, code)
    os.kill(int(answer.out), signal.SIGKILL)
    assert answer.code == 0
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "command",
    [
        ("pytest",),
        ("pytest", "-q"),
        ("pytest", "-k", "login or logout", "-n", "4"),
        ("python", "-m", "pytest", "tests"),
        ("npm", "test"),
        ("npm", "run", "test:unit"),
        ("make", "test"),
        ("./gradlew", "test"),
        ("cargo", "test", "--", "--nocapture"),
        ("cargo", "test", "-p", "shop"),
        ("make", "test", "-sj4"),
        ("make", "check", "lint", "--no-print-directory"),
        ("pytest", "-vrfE", "--cov=shop", "--color=no", "-kVersion or help"),
        ("python", "-m", "unittest", "-v", "tests.test_shop"),
        ("python3", "-m", "unittest", "discover", "-q"),
        ("go", "test", "./...", "-race", "-count=1"),
        ("uv", "run", "pytest", "-x"),
        ("npx", "jest", "--ci"),
    ],
)
def test_test_runners_are_verified(command: tuple[str, ...]) -> None:
    assert is_verified(command, VERIFY)


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", "pytest; true"),
        ("bash", "-c", "pytest || true"),
        ("env", "PATH=/tmp/evil", "pytest"),
        ("PYTEST_ADDOPTS=--co", "pytest"),
        ("true",),
        ("true", "pytest"),
        ("echo", "pytest"),
        ("/tmp/evil/pytest",),
        ("./pytest",),
        ("pytest/../evil",),
        ("pytests/run",),
        ("make test/evil",),
        ("npm test; true",),
        ("python", "-c", "pass  # -m pytest"),
        ("pytest", "--version"),
        ("pytest", "--collect-only", "-q"),
        ("pytest", "--co"),
        ("npm", "test", "--if-present"),
        ("make", "test", "-n"),
        ("make", "test", "SHELL=/bin/true"),
        ("cargo", "test", "--no-run"),
        ("mvn", "test", "-DskipTests=true"),
        *(
            ("make", "test", word)
            for word in ("-sn", "-kq", "-st", "--dry", "--just", "--rec", "--que", "--touch")
        ),
        *(
            ("make", "test", *words)
            for words in (("-o", "test"), ("-otest",), ("-f", "/dev/null"), ("-C", "/tmp"))
        ),
        *(
            ("make", "test", word)
            for word in ("--eval=test: ; @true", "--eval", "CHECK=true", ".SHELLFLAGS=-n")
        ),
        *(
            ("pytest", word)
            for word in ("--co", "--coll", "--collect-o", "-h", "-qh", "-qV", "--hel", "--vers")
        ),
        *(("pytest", word) for word in ("@options", "-oaddopts=--co", "-cother.ini", "--override-ini=x=y")),
        ("uv", "run", "pytest", "-qV"),
        ("pytest-evil",),
        ("python3", "-m", "pytest-evil"),
        ("python3", "-m", "pytest; true"),
        *(("python3", "-m", "unittest", word) for word in ("-h", "--hel", "-vh", "-knothing", "--pattern=x")),
        ("python3", "-m", "unittest", "-k", "nothing"),
        ("python3", "-m", "unittest", "discover", "-s", "empty"),
        ("python3", "-m", "unittest", "discover", "empty"),
        *(
            ("go", "test", word)
            for word in ("-run=^$", "--run=^$", "-list=.", "-c", "-n", "-exec=true", "-skip=.")
        ),
        *(("cargo", "test", *words) for words in (("--list",), ("--no-r",), ("nothing",), ("--", "nothing"))),
        ("ctest", "-Rnothing"),
        ("npm", "test", "--script-shell=/bin/true"),
    ],
)
def test_what_only_looks_like_a_test_runner_is_not_verified(command: tuple[str, ...]) -> None:
    assert not is_verified(command, VERIFY)


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("make test", "MAKEFLAGS", "n"),
        ("make test", "GNUMAKEFLAGS", "-n"),
        ("make test", "MAKEFILES", "other.mk"),
        ("pytest", "PYTEST_ADDOPTS", "-q --collect-only"),
        ("pytest", "PYTEST_ADDOPTS", "--co"),
        ("python -m pytest", "PYTEST_ADDOPTS", "'open"),
        ("pytest", "PYTEST_PLUGINS", "other"),
        ("go test", "GOFLAGS", "-run=^$"),
        ("npm test", "npm_config_script_shell", "/bin/true"),
    ],
)
def test_options_in_the_environment_are_looked_at_too(command: str, name: str, value: str) -> None:
    assert is_verified(command.split(), VERIFY, environ={})
    assert not is_verified(command.split(), VERIFY, environ={name: value})


def test_options_in_the_environment_that_change_nothing_are_let_through() -> None:
    assert is_verified(("pytest",), VERIFY, environ={"PYTEST_ADDOPTS": "-q --color=no"})


def test_what_a_person_wrote_into_the_pattern_itself_is_let_through() -> None:
    assert is_verified(("make", "ci", "CHECK=1"), ["make ci CHECK=1"])
    assert is_verified(
        ("python", "-m", "unittest", "discover", "-s", "tests"), ["python -m unittest discover -s tests*"]
    )
    assert not is_verified(("make", "ci", "CHECK=1", "-n"), ["make ci CHECK=1*"])


def program(alma: Any, name: str) -> None:
    """A program of this name that always ends well, found first."""
    path = alma.write(name, "#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    alma.patch.setenv("PATH", str(path.parent), prepend=os.pathsep)


@pytest.mark.parametrize("folder", ["bin", "../elsewhere"])
def test_a_program_from_the_project_or_a_temporary_folder_is_not_verified(alma: Any, folder: str) -> None:
    program(alma, f"{folder}/pytest")
    alma.patch.setattr("tempfile.tempdir", str(alma.folder.parent))
    assert alma(*HOW, "--", "pytest", "-q").code == 0
    assert outcomes(alma)[0]["source"] == "word"


@pytest.mark.parametrize("beside", ["env/pyvenv.cfg", None])
def test_a_program_of_a_virtual_environment_or_of_node_is_verified(alma: Any, beside: str | None) -> None:
    if beside:
        alma.write(beside, "")
    program(alma, "env/bin/pytest" if beside else "node_modules/.bin/pytest")
    assert alma(*HOW, "--", "pytest", "-q").code == 0
    assert outcomes(alma)[0]["source"] == "verified"


def test_a_module_of_the_folder_is_not_taken_for_the_test_runner(alma: Any) -> None:
    assert is_verified(("python", "-m", "pytest"), VERIFY)
    alma.write("pytest.py", "")
    assert not is_verified(("python", "-m", "pytest"), VERIFY)


@pytest.mark.parametrize("way", ["option", "variable", "store"])
def test_the_patterns_of_another_configuration_do_not_verify_for_this_store(alma: Any, way: str) -> None:
    store = f"sqlite:///{alma.database}"
    own = f"embedder: hashing\nproject: shop\nverify: ['{sys.executable} -c*']\n"
    path = alma.write("../own/own.yaml", f"{own}store: {store}\n")
    options = ["--config", str(path)] if way == "option" else []
    if way == "variable":
        alma.patch.setenv("ALMA_CONFIG", str(path))
    elif way == "store":
        alma.write("../own/.alma/config.yaml", own)
        alma.patch.chdir(path.parent)
        options = ["--store", store]
    assert alma(*HOW, *options, "--", *PYTHON, "pass").code == 0
    alma.patch.delenv("ALMA_CONFIG", raising=False)
    alma.patch.chdir(alma.folder)
    assert outcomes(alma)[0]["source"] == "word"


def test_without_patterns_nothing_is_verified() -> None:
    assert not is_verified(("pytest",), ())


@pytest.mark.parametrize(
    ("output", "first"),
    [
        (b"", "exit code 1"),
        (b"one line\n", "exit code 1: one line"),
        (b"E   ValueError: bad\n3 passed\n", "exit code 1: E   ValueError: bad"),
        (b"\x1b[31mFAILED\x1b[0m test_login\nbye\n", "exit code 1: FAILED test_login"),
        (b"\xff\xfe\n", "exit code 1: \ufffd\ufffd"),
    ],
)
def test_an_error_begins_with_the_line_that_tells_most(output: bytes, first: str) -> None:
    assert telling.error("exit code 1", output).split("\n")[0] == first
