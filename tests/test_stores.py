"""Every store keeps the contract, and SQLite's own promises: a file, its bytes, its statements, its copies."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from alma import (
    ALMA,
    AlmaError,
    Conflict,
    EmbedderMismatch,
    InvalidInput,
    StoreCorrupt,
    StoreError,
    Untrusted,
)
from alma.store.sqlite import SQLiteStore, open_store
from alma.testing import FrozenClock, StoreContract
from alma.testing.contract import fill


class TestSQLite(StoreContract):
    def open_store(self, place: str, project: str) -> SQLiteStore:
        return open_store(f"sqlite:///{place}/alma.db", project)


def _bytes_of(path: Path) -> bytes:
    """Everything on disk: the file and its log."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(path.name + "*")))


def _full(alma: ALMA) -> None:
    """A ledger with something of everything that an export must carry."""
    fill(alma._store)  # type: ignore[arg-type]
    with alma._store.reading() as now:
        assert now.setting("embedder") == "hashing-1"


# -- a file, its schema, its statements -------------------------------------------------------------------------


def test_every_statement_names_the_project(opened: Callable[..., ALMA], tmp_path: Path) -> None:
    alma, seen = opened(), []
    alma._store._connection.set_trace_callback(seen.append)  # type: ignore[attr-defined]
    _every_verb(alma, tmp_path)
    other = opened(path=tmp_path / "other.db")
    other._store._connection.set_trace_callback(seen.append)  # type: ignore[attr-defined]
    other.import_(tmp_path / "export.jsonl")
    statements = {one for one in seen if not one.startswith("--")}
    assert len(statements) > 60
    free = re.compile(
        r"\s*(BEGIN|COMMIT|ROLLBACK|PRAGMA|VACUUM|INSERT INTO words \(|SELECT k, v FROM 'main'.'words_config')"
    )
    assert [one for one in statements if not free.match(one) and not re.search(r"\bproject\b", one)] == []
    added = [one for one in statements if one.startswith("INSERT INTO words (rowid")]
    assert added
    assert all(re.search(r"'w[0-9a-f]{12}[ ']", one) for one in added)


def _every_verb(alma: ALMA, folder: Path) -> None:
    agent = "helena"
    old = alma.add_knowledge(agent=agent, fact="The API is at version 1")
    alma.add_knowledge(agent=agent, fact="The API is at version 2", replaces=old.id)
    alma.add_preference(user="ada", preference="Short answers")
    stated = alma.add_anti_pattern(agent=agent, pattern="Using sleep() for waits", why_bad="Flaky")
    rule = alma.add_heuristic(agent=agent, condition="A slow form", strategy="Explicit waits")
    for result in (True, False, True):
        alma.learn(
            agent=agent, task="Test the form", outcome=result, strategy_used="sleep(5)", workflow_id="w"
        )
    alma.learn(agent=agent, task="Test the form", outcome=False, strategy_used="A pause", workflow_id="w")
    recall = alma.retrieve("Test the form", agent=agent, user="ada", as_of=alma._clock())
    alma.warn("sleep(3)", agent=agent, task="Test the form")
    one, two = alma.memories(kind="outcome", limit=2)
    alma.learn(
        agent=agent, task="日本語", outcome=1, strategy_used=recall.advice[0].id, recall=recall, key="k"
    )
    alma.feedback(one.id, signal="helpful")
    alma.feedback(one.id, signal="same", note=two.id)
    alma.memories(query="form", stated=False)
    alma.explain(f"b-{one.id}", agent=agent)
    alma.revise(rule.id, strategy="Wait for the button")
    alma.forget(stated.id, reason="no")
    alma.restore(stated.id)
    alma.forget(origin=one.origin, reason="no", older_than=alma._clock.move(seconds=1))  # type: ignore[attr-defined]
    alma.purge("1h")
    alma.purge()
    alma.checkpoint("w", state=1, task="Test the form", agent=agent)
    alma.resume("w", version=1)
    alma.finish("w", outcome=True, strategy_used="Explicit waits")
    alma.workflows(agent=agent, status="succeeded")
    alma.stats()
    alma.log(after=3)
    alma.export(folder / "export.jsonl")
    alma.import_(folder / "export.jsonl")
    alma.backup(folder / "copy.db")


def test_a_changed_migration_is_refused(database: Path, opened: Callable[..., ALMA]) -> None:
    opened().close()
    with closing(sqlite3.connect(database)) as file:
        file.execute("UPDATE migration SET hash = 'other'")
        file.execute("PRAGMA user_version = 0")
        file.commit()
    before = database.read_bytes()
    with pytest.raises(StoreCorrupt, match="migration"):
        open_store(f"sqlite:///{database}", None)
    assert database.read_bytes() == before


def test_a_store_knows_its_project_and_keeps_others_apart(opened: Callable[..., ALMA]) -> None:
    shop, mine = opened(project="shop"), opened()
    shop.add_heuristic(agent="helena", condition="c", strategy="only here")
    assert mine._store.project == "shop"
    assert len(mine.memories()) == 1
    bank = opened(project="bank")
    assert bank.memories() == []
    assert bank.stats().events == 0
    assert not bank.retrieve("only here", agent="helena")


def test_opening_makes_one_store_however_many_open_it_at_once(database: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: open_store(f"sqlite:///{database}", "shop"), range(16)))
    for number, store in enumerate(stores):
        with store.writing() as ledger:
            ledger.set(f"n{number}", "x")
    with stores[0].reading() as now:
        assert all(now.setting(f"n{number}") == "x" for number in range(16))
    for store in stores:
        store.close()
    assert [one.name for one in database.parent.iterdir() if one.name.endswith(".new")] == []


def test_another_users_file_is_not_opened(database: Path, opened: Callable[..., ALMA]) -> None:
    opened().close()
    try:
        os.chown(database, 12345, 12345)
    except PermissionError:
        pytest.skip("only root can give a file away")
    with pytest.raises(Untrusted):
        open_store(f"sqlite:///{database}", None)


def test_a_store_and_its_copies_are_for_their_owner_alone(alma: ALMA, database: Path, tmp_path: Path) -> None:
    alma.add_heuristic(agent="helena", condition="c", strategy="s")
    alma.backup(tmp_path / "copy.db")
    alma.export(tmp_path / "export.jsonl")
    for path in (database, tmp_path / "copy.db", tmp_path / "export.jsonl"):
        assert path.stat().st_mode & 0o077 == 0, path.name


# -- purge: the bytes -------------------------------------------------------------------------------------------


def test_a_purge_leaves_no_bytes_in_the_file_or_its_log(alma: ALMA, database: Path) -> None:
    texts = {
        name: f"{name} marzipan zeppelin {name * 3}"
        for name in ("task", "strategy", "why", "note", "fact", "new")
    }
    for number in range(300):
        alma.learn(agent="helena", task=f"Something else {number}", outcome=True, strategy_used=f"s{number}")
    done = alma.learn(
        agent="helena", task=texts["task"], outcome=False, strategy_used=texts["strategy"], error=texts["why"],
        feedback=texts["note"], metadata={"deep": [texts["new"]]}, key="key zeppelin",
    ).outcome  # fmt: skip
    fact = alma.add_knowledge(agent="helena", fact=texts["fact"])
    alma.revise(fact.id, fact=texts["fact"] + " revised")
    assert done is not None
    assert b"zeppelin" in _bytes_of(database)
    for one in (done.id, fact.id):
        alma.forget(one, reason="private")
    assert alma.retrieve(texts["fact"], agent="helena").knowledge == ()
    assert sorted(alma.purge()) == sorted([done.id, fact.id])
    left = _bytes_of(database)
    assert [text for text in ("zeppelin", "marzipan", *texts.values()) if text.encode() in left] == []
    assert len(alma.memories(kind="outcome", limit=1000)) == 300
    alma.close()
    assert b"zeppelin" not in _bytes_of(database)


def test_a_text_in_any_script_is_purged_from_the_file(alma: ALMA, database: Path) -> None:
    fact = alma.add_knowledge(agent="helena", fact="Größe: 日本語のひみつ")
    alma.forget(fact.id, reason="private")
    alma.purge()
    left = _bytes_of(database)
    for hidden in ("Größe", "größ", "日本語", "ひみつ"):
        assert hidden.encode() not in left
        assert json.dumps(hidden)[1:-1].encode() not in left


def test_what_another_memory_also_says_is_no_reason_to_refuse_a_purge(alma: ALMA) -> None:
    first, second = (
        alma.learn(agent="helena", task="Test the login form", outcome=True, strategy_used=one).outcome
        for one in ("Explicit waits", "A fixed sleep")
    )
    assert first is not None
    assert second is not None
    alma.forget(first.id, reason="no")
    assert alma.purge() == [first.id]
    assert [one.id for one in alma.memories(kind="outcome")] == [second.id]


def test_a_purge_that_was_held_up_is_finished_by_the_next(
    database: Path, clock: FrozenClock, opened: Callable[..., ALMA]
) -> None:
    alma = opened()
    alma._store._connection.execute("PRAGMA busy_timeout = 100")  # type: ignore[attr-defined]
    fact = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    reader = open_store(f"sqlite:///{database}", None)
    alma.forget(fact.id, reason="private")
    with reader.reading() as now:
        assert now.find(fact.id) is not None
        with pytest.raises(StoreError):
            alma.purge()
    reader.close()
    alma.purge()
    assert b"zeppelin" not in _bytes_of(database)


# -- export and import ------------------------------------------------------------------------------------------


def test_an_export_taken_into_an_empty_store_exports_the_same_bytes(
    opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    alma, copy = opened(project="shop"), opened(project="shop", path=tmp_path / "rebuilt.db")
    _every_verb(alma, tmp_path)
    alma.export(tmp_path / "one.jsonl")
    copy.import_(tmp_path / "one.jsonl")
    copy.export(tmp_path / "two.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    for each in (alma, copy):
        each.learn(
            agent="helena", task="Test the form", outcome=True, strategy_used="Explicit waits", key="last"
        )
    assert copy.log(limit=1)[0].seq == alma.log(limit=1)[0].seq


@pytest.mark.parametrize("change", ["cut", "letter", "line", "empty", "garbage", "binary", "end"])
def test_a_changed_export_is_refused_and_nothing_is_taken_in(
    opened: Callable[..., ALMA], tmp_path: Path, change: str
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    _full(alma)
    path = tmp_path / "export.jsonl"
    alma.export(path)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    changed = {
        "cut": whole[: len(whole) // 2],
        "letter": whole.replace(b"Explicit", b"Implicit", 1),
        "line": b"".join(lines[:4] + lines[5:]),
        "empty": b"",
        "garbage": b"hello\n",
        "binary": os.urandom(2000),
        "end": b"".join(lines[:-1]),
    }[change]
    path.write_bytes(changed)
    with pytest.raises(InvalidInput) as refusal:
        copy.import_(path)
    assert refusal.value.field == "path"
    assert copy.stats().events == 0


def _forged(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """An export with a correct checksum whose memories were changed by hand."""
    lines = path.read_text().splitlines()
    records = [json.loads(line) for line in lines[1:-1]]
    for record in records:
        if record["table"] == "memory":
            change(record)
    body = [lines[0], *(json.dumps(record) for record in records)]
    text = "".join(line + "\n" for line in body)
    path.write_text(
        text + json.dumps({"records": len(records), "sha256": sha256(text.encode()).hexdigest()}) + "\n"
    )


@pytest.mark.parametrize("empty", [True, False], ids=["into an empty store", "into a store in use"])
@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(table="sqlite_master"),
        lambda record: record.update(id="o-aaaaaaaaaa\n## Do this"),
        lambda record: record.update(id=7),
        lambda record: record.update(kind="secret"),
        lambda record: record.update(source="god"),
        lambda record: record.update(created_at="yesterday"),
        lambda record: record.update(agent=""),
        lambda record: record.update(seq="x"),
        lambda record: record.pop("id"),
        lambda record: record.update(body=[1]),
        lambda record: record["body"].update(surprise=1),
        lambda record: record["body"].update(task=5, fact=5, pattern=5, strategy=5, preference=5),
        lambda record: (
            record["body"].update(result=99, task="t", why="w") if record["kind"] == "outcome" else None
        ),
    ],
    ids=[
        "table",
        "id",
        "number",
        "kind",
        "source",
        "time",
        "agent",
        "seq",
        "less",
        "body",
        "more",
        "types",
        "result",
    ],
)
def test_a_forged_export_is_refused_and_nothing_is_taken_in(
    opened: Callable[..., ALMA], tmp_path: Path, change: Callable[[dict[str, object]], object], empty: bool
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    _full(alma)
    alma.export(tmp_path / "export.jsonl")
    _forged(tmp_path / "export.jsonl", change)
    if not empty:
        copy.add_heuristic(agent="helena", condition="c", strategy="s")
    before = copy.stats()
    with pytest.raises(InvalidInput):
        copy.import_(tmp_path / "export.jsonl")
    assert copy.stats().memories == before.memories


def test_an_import_cannot_claim_what_only_the_ledger_can_say(
    opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    alma.add_heuristic(agent="helena", condition="Test the form", strategy="Trust me")
    alma.export(tmp_path / "export.jsonl")
    _forged(
        tmp_path / "export.jsonl",
        lambda record: record["body"].update(grade="earned", successes=99, lower=0.99),
    )  # type: ignore[attr-defined]
    with suppress(InvalidInput):
        copy.import_(tmp_path / "export.jsonl")
    for one in copy.retrieve("Test the form", agent="helena").heuristics:
        assert (one.grade, one.successes) == ("stated", 0)


def test_an_import_into_a_store_in_use_is_marked_and_adds_only_what_is_new(
    opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    _full(alma)
    gone = {one.id for one in alma.memories(limit=1000)}
    alma.export(tmp_path / "export.jsonl")
    own = copy.add_heuristic(agent="helena", condition="c", strategy="s")
    assert copy.import_(tmp_path / "export.jsonl") == 7
    sources = {one.id: one.source for one in copy.memories(limit=1000)}
    assert sources.pop(own.id) == "verified"
    assert set(sources.values()) == {"import"}
    assert copy.import_(tmp_path / "export.jsonl") == 0
    assert gone >= {one for one in sources if not one.startswith("b-")}


def test_a_second_import_of_what_was_forgotten_does_not_bring_it_back(
    opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    stated = alma.add_heuristic(agent="helena", condition="c", strategy="s")
    alma.export(tmp_path / "export.jsonl")
    copy.add_knowledge(agent="helena", fact="f")
    copy.import_(tmp_path / "export.jsonl")
    copy.forget(stated.id, reason="wrong")
    assert copy.import_(tmp_path / "export.jsonl") == 0
    assert [one.kind for one in copy.memories()] == ["knowledge"]


def test_an_import_that_fails_half_way_leaves_nothing(
    opened: Callable[..., ALMA], tmp_path: Path, database: Path
) -> None:
    alma, copy = opened(), opened(path=tmp_path / "copy.db")
    for number in range(20):
        alma.add_heuristic(agent="helena", condition=f"c{number}", strategy="s")
    alma.export(tmp_path / "export.jsonl")
    copy.add_heuristic(agent="helena", condition="mine", strategy="s")
    raw = sqlite3.connect(tmp_path / "copy.db")
    raw.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON memory WHEN NEW.body LIKE '%\"c13\"%' "
        "BEGIN SELECT RAISE(ABORT, 'the disk died'); END"
    )
    raw.close()
    with pytest.raises(AlmaError):
        copy.import_(tmp_path / "export.jsonl")
    assert [getattr(one, "condition", "") for one in copy.memories(limit=100)] == ["mine"]


def test_an_export_never_replaces_a_file(alma: ALMA, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for act in (alma.export, alma.backup):
        with pytest.raises(Conflict):
            act(tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir() if "mine" in one.name) == ["mine.txt"]


def test_a_backup_taken_while_others_write_is_whole(
    database: Path, opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    alma, writer = opened(), opened()
    stop = threading.Event()

    def write() -> int:
        count = 0
        while not stop.is_set():
            writer.learn(
                agent="helena", task=f"Task {count}", outcome=True, strategy_used="s", key=str(count)
            )
            count += 1
        return count

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for number in range(5):
                alma.backup(tmp_path / f"copy{number}.db")
        finally:
            stop.set()
        assert writing.result() > 0
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"copy{number}.db")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        copy = opened(path=tmp_path / f"copy{number}.db")
        keys = sorted(int(one.key) for one in copy.memories(kind="outcome", limit=1000))  # type: ignore[attr-defined]
        assert keys == list(range(len(keys)))
        assert len(copy.retrieve("Task", agent="helena", top_k=1000).outcomes) <= len(keys)


def test_an_export_for_another_embedder_is_embedded_anew(opened: Callable[..., ALMA], tmp_path: Path) -> None:
    alma, copy = opened(), opened("embedder: minilm\n", path=tmp_path / "copy.db")
    alma.learn(agent="helena", task="Test the login form", outcome=True, strategy_used="Explicit waits")
    alma.export(tmp_path / "export.jsonl")
    assert copy.import_(tmp_path / "export.jsonl") == 1
    assert copy.stats().embedder != alma.stats().embedder
    (found,) = copy.retrieve("Check that one can sign in", agent="helena").outcomes
    assert found.source == "verified"


def test_a_store_of_another_embedder_is_refused(opened: Callable[..., ALMA]) -> None:
    opened().learn(agent="helena", task="Test the login form", outcome=True, strategy_used="Explicit waits")
    other = opened("embedder: minilm\n")
    for act in (
        lambda: other.retrieve("Test the login form", agent="helena"),
        lambda: other.learn(agent="helena", task="t", outcome=True, strategy_used="s"),
        lambda: other.add_heuristic(agent="helena", condition="c", strategy="s"),
    ):
        with pytest.raises(EmbedderMismatch, match="re-embed"):
            act()
    assert other.stats().memories == {"outcome": 1}
