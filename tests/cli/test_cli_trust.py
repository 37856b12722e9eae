"""Who is believed at this door: a person in a terminal, and nobody who only holds the keyboard."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from alma.cli import terminal

FACT = ("add", "knowledge", "--agent", "victor", "The token expires after 24 hours", "--json")
REMOTE = "store: postgresql://ada:secret@db.example.com/shop\nembedder: hashing\n"


def test_a_terminal_is_a_person_and_a_pipe_is_not(alma: Any) -> None:
    assert alma.at_terminal(*FACT).json["source"] == "person"
    assert alma.process(*FACT).json["source"] == "word"


@pytest.mark.parametrize("name", terminal.UNATTENDED)
def test_a_terminal_that_an_agent_or_a_build_holds_is_not_a_person(alma: Any, name: str) -> None:
    assert alma.at_terminal(*FACT, env={name: "1"}).json["source"] == "word"


def test_only_a_person_calls_a_memory_wrong(alma: Any) -> None:
    kept = alma.at_terminal(*FACT).json["id"]
    answer = alma("feedback", kept, "wrong")
    assert answer.code == 1
    assert "interactive terminal" in answer.err
    assert alma.at_terminal("feedback", kept, "wrong", "--note", "it is 12 hours").code == 0
    assert alma.done("list", "--json").json == []


def test_a_person_calls_a_memory_wrong_while_an_agent_is_named_in_the_environment(alma: Any) -> None:
    kept = alma.at_terminal(*FACT).json["id"]
    assert alma.at_terminal("feedback", kept, "wrong", env={"ALMA_AGENT": "victor"}).code == 0


def test_what_a_person_said_is_neither_forgotten_nor_reworded_by_a_model(alma: Any) -> None:
    kept = alma.at_terminal(*FACT).json["id"]
    assert alma("forget", kept, "--reason", "r", "--json").json["error"]["type"] == "Untrusted"
    assert alma("revise", kept, "--fact", "Never", "--json").json["error"]["type"] == "Untrusted"
    assert len(alma.done("list", "--json").json) == 1


def test_a_found_configuration_that_names_a_server_is_not_followed(alma: Any) -> None:
    alma.write(".alma/config.yaml", REMOTE)
    for args in (("recall", "task"), ("warn", "sleep 5"), ("stats",), ("doctor",)):
        answer = alma(*args)
        assert answer.code == 1, args
        assert "alma trust" in answer.out + answer.err
        assert "secret" not in answer.out + answer.err


def test_trust_shows_what_a_file_wants_and_asks(alma: Any) -> None:
    path = alma.write(".alma/config.yaml", REMOTE)
    declined = alma.at_terminal("trust", keys=b"n\n")
    assert "postgresql://db.example.com/shop" in declined.out
    assert "secret" not in declined.out
    assert declined.code == 130
    assert "alma trust" in alma("stats").err
    accepted = alma.at_terminal("trust", str(path), keys=b"y\n")
    assert accepted.code == 0
    assert "alma trust" not in alma("stats").err
    path.write_text(path.read_text() + "# changed\n")
    assert "alma trust" in alma("stats").err


def test_only_a_person_trusts(alma: Any) -> None:
    alma.write(".alma/config.yaml", REMOTE)
    assert alma("trust", "--json").json["error"]["type"] == "Untrusted"
    assert alma.at_terminal("trust", keys=b"y\n", env={"CLAUDECODE": "1"}).code == 1
    assert "alma trust" in alma("stats").err


def test_a_file_that_wants_nothing_needs_no_trust(alma: Any) -> None:
    answer = alma.done("trust", "--json")
    assert answer.json["wants"] == []


def test_there_is_nothing_to_trust_where_there_is_no_file(nowhere: Any) -> None:
    assert nowhere("trust").code == 1
    assert nowhere("trust", "missing.yaml").code == 1


def test_sessions_that_are_left_behind_are_one_origin(alma: Any) -> None:
    code = (
        "import os, subprocess, sys\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "subprocess.run([sys.executable, '-m', 'alma', *sys.argv[2:]], stdout=open(sys.argv[1] + '.part', 'w'))\n"
        "os.rename(sys.argv[1] + '.part', sys.argv[1])"
    )
    origins = set()
    for name in ("one", "two", "three"):
        subprocess.run(
            [sys.executable, "-c", code, name, *FACT[:-2], name, "--json"], cwd=alma.folder, env=alma.env
        )
        while not (alma.folder / name).exists():
            time.sleep(0.05)
        origins.add(json.loads((alma.folder / name).read_text())["origin"])
    assert len(origins) == 1


def test_the_same_words_under_many_session_names_are_one_origin(alma: Any) -> None:
    said = ("learn", "--agent", "victor", "--task", "Publish", "--strategy", "By hand", "--success", "--json")
    kept = [alma.process(*said, env={"TERM_SESSION_ID": f"x{n}"}).json["outcome"]["origin"] for n in range(3)]
    assert len(set(kept)) == 1
    assert kept[0].startswith("terminal:")
