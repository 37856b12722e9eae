"""`alma doctor` finds what is wrong and writes nothing, not even a time."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

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


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file and folder below: its bytes, when it was changed, and its mode."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (content, status.st_mtime_ns, status.st_mode)
    return found


def wrong(answer: Any) -> list[str]:
    """The names of what needs attention."""
    return [one["name"] for one in answer.json["checks"] if not one["ok"]]


def test_all_is_well_in_a_project_that_is(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    shown = alma.done("doctor").out
    assert "everything is well" in shown
    assert all(line.startswith("✓") for line in shown.splitlines()[:-1])
    said = alma.done("doctor", "--json").json
    assert said["ok"]
    assert any("1 of 1 owners" in one["said"] for one in said["checks"])


def test_it_writes_nothing(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    # Changed, so that nothing that was read before answers for it.
    alma.write(".alma/config.yaml", "project: shop\nembedder: hashing\n")
    root = alma.folder.parent
    before = everything(root)
    alma.process("doctor")
    assert everything(root) == before


def test_it_writes_nothing_while_others_have_the_store_open(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    other = sqlite3.connect(alma.database, isolation_level=None)
    other.execute("INSERT INTO setting (project, name, value) VALUES ('', 'probe', '1')")
    try:
        assert Path(f"{alma.database}-wal").stat().st_size > 0
        before = everything(alma.folder.parent)
        assert alma.process("doctor").code == 0
        assert everything(alma.folder.parent) == before
    finally:
        other.close()


def test_it_writes_nothing_where_there_is_no_memory_or_no_configuration_cache(nowhere: Any) -> None:
    before = everything(nowhere.folder.parent)
    assert nowhere.process("doctor").code == 0
    nowhere.process("doctor", "--store", "sqlite:///deep/inside/alma.db")
    assert everything(nowhere.folder.parent) == before


def test_it_sees_what_is_only_in_the_log_of_the_store(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    other = sqlite3.connect(alma.database, isolation_level=None)
    try:
        other.execute("PRAGMA user_version = 999")
        assert wrong(alma("doctor", "--json")) == ["store"]
    finally:
        other.close()


def test_it_names_a_damaged_store(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    content = alma.database.read_bytes()
    for broken in (b"", content[: len(content) // 2], content[:4096] + b"\xa5" * (len(content) - 4096)):
        alma.database.write_bytes(broken)
        answer = alma("doctor", "--json")
        assert answer.code == 1
        assert "store" in wrong(answer)
        assert alma.database.read_bytes() == broken


def test_it_names_files_that_others_may_write(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    os.chmod(alma.database, 0o666)
    os.chmod(alma.folder / ".alma", 0o777)
    answer = alma("doctor", "--json")
    assert answer.code == 1
    assert wrong(answer) == ["folder", "alma.db"]
    assert "chmod 600" in alma("doctor").out


def test_it_names_memories_that_git_would_take(alma: Any) -> None:
    alma.done("init")
    (alma.folder / ".alma" / ".gitignore").unlink()
    assert wrong(alma("doctor", "--json")) == [".gitignore"]


def test_it_names_a_wrong_configuration(alma: Any) -> None:
    alma.write(".alma/config.yaml", "embeder: hashing\n")
    answer = alma("doctor")
    assert answer.code == 1
    assert "config.yaml:1" in answer.out


def test_it_names_an_embedder_that_is_not_there_and_one_that_is_not_the_stores(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    alma.write(".alma/config.yaml", "project: shop\n")
    assert wrong(alma("doctor", "--json")) == ["vectors"]
    alma.write(".alma/config.yaml", "project: shop\nembedder: nonsense\n")
    assert alma("doctor").code == 1


def test_it_names_an_index_of_another_version_which_only_hooks_leave_as_it_is(alma: Any) -> None:
    alma.done("init")
    alma.done(*LEARN)
    with closing(sqlite3.connect(alma.database)) as store, store:
        store.execute("UPDATE setting SET value = '3' WHERE name = 'index'")
    assert wrong(alma("doctor", "--json")) == ["index"]
    alma.done("stats")
    assert wrong(alma("doctor", "--json")) == []
