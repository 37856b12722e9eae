"""However a command ends, it ends with the right exit code and in words: never with a traceback."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from typing import Any

import pytest

from alma.store.sqlite import SQLiteStore

LEARN = (
    "learn",
    "--agent",
    "victor",
    "--task",
    "Test the login form",
    "--strategy",
    "Explicit waits",
    "--success",
)


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("--nonsense",),
        ("recall",),
        ("recall", "a", "b"),
        ("recall", "task", "--top-k", "many"),
        ("recall", "task", "--top-k", "0"),
        ("recall", "task", "--max-tokens", "0"),
        ("recall", "   "),
        ("recall", "task", "--as-of", "yesterday"),
        ("recall", "task", "--kind", "dream"),
        ("recall", "task", "--agent", "two\nlines"),
        ("recall", "task", "--store", "nowhere"),
        ("recall", "task", "--store", "oracle://x/y"),
        ("learn", "--task", "t", "--strategy", "s"),
        ("learn", "--task", "t", "--strategy", "s", "--success", "--failure"),
        ("learn", "--task", "t", "--strategy", "s", "--result", "2"),
        ("learn", "--task", "", "--strategy", "s", "--success"),
        ("learn", "--task", "t", "--strategy", " ", "--success"),
        ("warn",),
        ("warn", ""),
        ("warn", "a", "b"),
        ("warn", "a", "--nonsense"),
        ("add",),
        ("add", "dream"),
        ("add", "knowledge"),
        ("add", "anti-pattern", "--pattern", "p"),
        ("add", "anti-pattern", "--pattern", "p", "--why", "w", "--trigger", "  "),
        ("feedback", "o-aaaaaaaaaa", "great"),
        ("forget", "--reason", "r"),
        ("forget", "o-aaaaaaaaaa"),
        ("forget", "--older-than", "soon", "--reason", "r"),
        ("checkpoint", "w"),
        ("checkpoint", "w", "--state", "missing.json"),
        ("import", "missing.jsonl"),
        ("import", "missing.jsonl", "--format", "csv"),
        ("run", "--task", "t", "--strategy", "s"),
        ("list", "--limit", "1001"),
        ("log", "--after", "-1"),
        ("workflows", "--finish", "w"),
        ("init", "missing-folder"),
    ],
)
def test_wrong_usage_ends_with_two_and_names_what_is_wrong(alma: Any, args: tuple[str, ...]) -> None:
    answer = alma(*args)
    assert answer.code == 2, answer
    assert "error: " in answer.err
    as_json = alma("--json", *args)
    assert as_json.code == 2
    assert as_json.json["error"]["message"]
    assert as_json.err == ""


def test_wrong_usage_shows_the_right_one_and_the_nearest_name(alma: Any) -> None:
    answer = alma("recal", "task")
    assert "Usage: alma" in answer.err
    assert "recall" in answer.err


def test_an_argument_is_named_as_it_is_on_the_command_line(alma: Any) -> None:
    answer = alma("learn", "--task", "t", "--strategy", " ", "--success")
    assert "error: --strategy: is empty" in answer.err
    said = alma("learn", "--task", "t", "--strategy", " ", "--success", "--json").json["error"]
    assert (said["type"], said["field"]) == ("InvalidInput", "strategy_used")


@pytest.mark.parametrize(
    "args",
    [
        ("explain", "o-aaaaaaaaaa"),
        ("feedback", "o-aaaaaaaaaa", "used"),
        ("restore", "o-aaaaaaaaaa"),
        ("revise", "o-aaaaaaaaaa", "--fact", "f"),
        ("forget", "o-aaaaaaaaaa", "--reason", "r"),
        ("resume", "nothing"),
        ("list", "--after", "o-aaaaaaaaaa"),
        ("learn", "--task", "t", "--strategy", "b-o-aaaaaaaaaa", "--success"),
    ],
)
def test_what_is_not_there_ends_with_one_and_says_what_was_sought(alma: Any, args: tuple[str, ...]) -> None:
    answer = alma(*args, "--json")
    assert answer.code == 1
    assert answer.json["error"]["sought"] in args


def test_what_the_scope_refuses_ends_with_four_and_is_in_the_log(alma: Any) -> None:
    helena = ("--agent", "helena", "--domain", "database_queries")
    refused = alma("learn", *helena, "--task", "t", "--strategy", "s", "--failure")
    assert refused.code == 4
    assert "database_queries" in refused.err
    assert (
        alma("learn", *helena, "--task", "t", "--strategy", "s", "--failure", "--json").json["accepted"]
        is False
    )
    stated = alma("add", "knowledge", *helena, "Indexes help", "--json")
    assert stated.code == 4
    assert stated.json["error"]["type"] == "ScopeError"
    assert [one["kind"] for one in alma.done("log", "--json").json] == ["refused"] * 3


def test_a_configuration_with_a_typo_is_named_with_its_line(alma: Any) -> None:
    alma.write(".alma/config.yaml", "embedder: hashing\nagent:\n  helena: {}\n")
    answer = alma("recall", "task")
    assert answer.code == 1
    assert "config.yaml:2" in answer.err
    assert "agents" in answer.err


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + bytes(50)])
def test_a_damaged_store_is_an_error_and_is_left_as_it_is(alma: Any, content: bytes) -> None:
    alma.database.write_bytes(content)
    for args in (LEARN, ("recall", "task"), ("warn", "sleep 5"), ("list",), ("stats",), ("doctor",)):
        assert alma(*args).code == 1, args
        assert alma.database.read_bytes() == content


def test_a_store_that_was_cut_off_is_an_error(alma: Any) -> None:
    alma.done(*LEARN)
    content = alma.database.read_bytes()
    for left in (len(content) // 2, 4096, 101):
        alma.database.write_bytes(content[:left])
        assert alma("recall", "task").code == 1
        assert alma("warn", "sleep 5", "--json").json["error"]["type"] == "StoreCorrupt"
        assert alma.database.read_bytes() == content[:left]


def test_pages_that_were_overwritten_are_no_bug_of_alma(alma: Any) -> None:
    alma.done(*LEARN)
    content = bytearray(alma.database.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    alma.database.write_bytes(content)
    for args in (LEARN, ("recall", "task"), ("list",), ("stats",), ("doctor",)):
        answer = alma(*args)
        assert answer.code == 1, args
        assert "bug" not in answer.out + answer.err


def test_a_store_of_a_newer_version_is_refused_with_what_to_do(alma: Any) -> None:
    alma.done(*LEARN)
    with sqlite3.connect(alma.database) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    answer = alma("recall", "task")
    assert answer.code == 1
    assert "pip install --upgrade" in answer.err


def test_a_store_that_another_program_holds_is_an_error_for_writers_and_none_for_readers(alma: Any) -> None:
    alma.done(*LEARN)
    alma.patch.setitem(SQLiteStore.__init__.__kwdefaults__, "timeout", 0.1)
    other = sqlite3.connect(alma.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = alma(*LEARN, "--json")
        assert (answer.code, answer.json["error"]["type"]) == (1, "StoreLocked")
        assert alma("recall", "task").code == 0
        assert alma("warn", "sleep 5").code == 0
    finally:
        other.close()
    alma.done(*LEARN)


def test_the_vectors_of_another_embedder_are_not_compared(alma: Any) -> None:
    alma.done(*LEARN)
    alma.write(".alma/config.yaml", "project: shop\n")
    answer = alma("recall", "task")
    assert answer.code == 1
    assert "alma export" in answer.err


def test_ten_megabytes_of_text_are_refused_and_nothing_is_kept(alma: Any) -> None:
    huge = "wait " * 2_000_000
    answer = alma("learn", "--agent", "victor", "--task", "-", "--strategy", "s", "--success", typed=huge)
    assert answer.code == 2
    assert "too long" in answer.err
    assert alma("recall", "-", typed=huge).code == 2
    assert alma("warn", "-", typed=huge).code in (0, 2)
    assert alma.done("list", "--json").json == []


def test_ten_megabytes_of_output_are_cut_and_say_so(alma: Any) -> None:
    said = alma.done(
        *(
            "learn",
            "--agent",
            "victor",
            "--task",
            "t",
            "--strategy",
            "s",
            "--failure",
            "--error",
            "-",
            "--json",
        ),
        typed="error: late\n" * 900_000,
    )
    assert "characters left out" in said.json["outcome"]["why"]


@pytest.mark.parametrize(
    "args", [("recall", "-"), ("warn", "-"), ("add", "knowledge", "-"), ("checkpoint", "w", "--state", "-")]
)
@pytest.mark.parametrize("typed", [b"nul \0 byte", b"\xff\xfe not UTF-8", b""])
def test_bytes_that_are_no_text_are_wrong_usage(alma: Any, args: tuple[str, ...], typed: bytes) -> None:
    assert alma(*args, typed=typed).code == 2


def test_json_nested_too_deeply_is_wrong_usage(alma: Any) -> None:
    assert alma("checkpoint", "w", "--state", "-", typed="[" * 100_000).code == 2
    assert alma("checkpoint", "w", "--state", "-", typed="[" * 900 + "]" * 900).code == 2


def test_an_argument_that_is_no_utf8_does_not_end_in_a_traceback(alma: Any) -> None:
    odd = os.fsdecode(b"caf\xe9")
    alma.done("learn", "--agent", "victor", "--task", odd, "--strategy", odd, "--success")
    assert alma.process("recall", odd, "--agent", "victor").code == 0
    assert alma.process("list", "--store", f"sqlite:///{odd}.db").code in (0, 2)


def test_what_was_not_expected_is_called_a_bug_in_one_line(alma: Any) -> None:
    alma.done(*LEARN)
    alma.patch.setattr("alma.alma.ALMA.stats", lambda _: 1 / 0)
    answer = alma("stats")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "this is a bug in ALMA: ZeroDivisionError" in answer.err
    assert alma("stats", "--json").json["error"]["type"] == "ZeroDivisionError"


def test_a_bug_shows_its_traceback_to_whoever_asks_for_it(alma: Any) -> None:
    code = "import sys, alma.alma as a; a.ALMA.stats = None\nfrom alma.cli import main; sys.exit(main(['stats']))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=alma.folder,
        env={**alma.env, "ALMA_DEBUG": "1"},
        check=False,
    )
    assert ran.returncode == 1
    assert "Traceback" in ran.stderr


def test_a_reader_that_goes_away_is_no_error(alma: Any) -> None:
    alma.done(*LEARN)
    command = subprocess.Popen(
        [sys.executable, "-m", "alma", "log"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=alma.folder,
        env=alma.env,
    )
    assert command.stdout is not None
    command.stdout.close()
    assert command.stderr is not None
    said = command.stderr.read()
    command.stderr.close()
    assert (command.wait(), said) == (0, b"")


def heeding_interrupts() -> None:
    """A run of the tests in the background has told its children to ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_ends_with_130_and_no_words(alma: Any) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "alma", "recall", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=alma.folder,
        env={**alma.env, "PYTHONVERBOSE": "1"},
        preexec_fn=heeding_interrupts,
    )
    # It reads standard input last: once that module is loaded, nothing but the interrupt ends it.
    assert command.stderr is not None
    while b"alma.cli.terminal" not in (line := command.stderr.readline()) or b"import" not in line:
        assert line
    command.send_signal(signal.SIGINT)
    _, said = command.communicate()
    assert command.returncode == 130
    assert b"Traceback" not in said


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_locale_without_the_letters_replaces_them(alma: Any, encoding: str) -> None:
    alma.done("add", "knowledge", "--agent", "victor", "naïve 東京 ✓")
    env = {"PYTHONIOENCODING": encoding}
    for args in (("list",), ("recall", "naïve", "--agent", "victor"), ("doctor",)):
        ran = subprocess.run(
            [sys.executable, "-m", "alma", *args],
            capture_output=True,
            cwd=alma.folder,
            env={**alma.env, **env},
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert b"?" in ran.stdout


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("alma list >&-", 0),
        ("alma list --json >&- 2>&-", 0),
        ("alma explain nothing >&- 2>&-", 1),
        ("alma warn 'sleep 5' --json >&-", 0),
        ("alma recall - <&-", 2),
        ("alma list <&-", 0),
        ("alma list > /dev/full", 1),
        ("alma list --json > /dev/full", 1),
        ("alma warn 'sleep 5' --json > /dev/full", 1),
    ],
)
def test_streams_that_are_closed_or_full_do_not_end_in_a_traceback(alma: Any, line: str, code: int) -> None:
    alma.done(*LEARN)
    ran = subprocess.run(
        ["sh", "-c", line.replace("alma", f"{sys.executable} -m alma", 1)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=alma.folder,
        env=alma.env,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert b"Traceback" not in ran.stderr
    assert b"bug" not in ran.stderr


@pytest.mark.parametrize("result", ["3", "-1", "nan"])
def test_a_result_that_is_none_is_spoken_of_as_the_option(alma: Any, result: str) -> None:
    answer = alma("learn", "--task", "t", "--strategy", "s", "--result", result)
    assert answer.code == 2
    assert f"--result is {result}; it must be a number from 0 to 1" in answer.err
    assert "True" not in answer.err


@pytest.mark.parametrize(
    "letter",
    ["\ufe0f", "\U000e0041", "\u3164", "\u2800", "\u034f", "\u115f", "\U000e0100", "\u00ad", "\ue000"],
)
def test_what_cannot_be_seen_is_left_out_for_people(alma: Any, letter: str) -> None:
    alma.done("add", "knowledge", "--agent", "victor", f"Indexes{letter * 3} help the café")
    for args in (("list",), ("recall", "Indexes", "--agent", "victor", "--why")):
        shown = alma.done(*args).out
        assert letter not in shown
        assert "help the café" in shown
    assert alma.done("list", "--json").json[0]["fact"].count(letter) == 3
