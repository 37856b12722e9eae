"""What bad input gets: an error that names the field and what is allowed, and nothing half-written."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from alma import (
    ALMA,
    Action,
    AlmaError,
    InvalidInput,
    MemoryNotFound,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
)
from alma.config.loading import parse
from alma.meaning import Meaning
from alma.store import migrate
from alma.store.sqlite import SQLiteStore, open_store
from alma.testing import FrozenClock
from verbs import LEARN, TEXTS, Text, of_sort


def unchanged(alma: ALMA, act: Callable[[], object]) -> InvalidInput:
    """The InvalidInput that an act raises, once it is sure that nothing was written."""
    before = alma.stats().events
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert alma.stats().events == before
    return refusal.value


# -- outcomes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ("success", 1.0), ("Success", 1.0), ("SUCCESS", 1.0), (" failure ", 0.0), ("FAILURE", 0.0),
        (True, 1.0), (False, 0.0), (1, 1.0), (0, 0.0), (0.7, 0.7), (0.5, 0.5), (0.49, 0.49),
    ],
)  # fmt: skip
def test_an_outcome_is_a_word_in_any_case_a_bool_or_a_number(alma: ALMA, given: Any, result: float) -> None:
    kept = alma.learn(**{**LEARN, "outcome": given}).outcome  # type: ignore[arg-type]
    assert kept is not None
    assert (kept.result, kept.succeeded) == (result, result >= 0.5)


@pytest.mark.parametrize(
    "given", ["banana", "", "succes", "true", "1", "0.7", 1.5, -0.1, float("nan"), float("inf"), None, [], {}, 10**400, b"success"]
)  # fmt: skip
def test_anything_else_is_no_outcome(alma: ALMA, given: Any) -> None:
    error = unchanged(alma, lambda: alma.learn(**{**LEARN, "outcome": given}))  # type: ignore[arg-type]
    assert error.field == "outcome"
    assert "success" in error.allowed
    assert len(str(error)) < 500


# -- texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", of_sort("text", "name"), ids=str)
@pytest.mark.parametrize(
    "given", ["", " \n\t ", 7, b"bytes", "a\0b"], ids=["empty", "blank", "number", "bytes", "nul"]
)
def test_a_text_that_is_none_is_refused_by_name(alma: ALMA, text: Text, given: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        text.write(alma, given)
    assert refusal.value.field in (text.field, "fields")
    assert alma.stats().memories.get("outcome", 0) == 0


@pytest.mark.parametrize("text", of_sort("text"), ids=str)
def test_a_text_of_more_than_eight_kibibytes_is_refused(alma: ALMA, text: Text) -> None:
    with pytest.raises(InvalidInput) as refusal:
        text.write(alma, "word " * 1639)
    assert refusal.value.field in (text.field, "fields")
    assert "8,192" in str(refusal.value) or text.field in ("key", "category", "triggers")


def test_the_limit_is_counted_in_bytes_and_is_reached_exactly(alma: ALMA) -> None:
    for longest in ("x" * 8192, "ü" * 4096, "日" * 2730, "🙂" * 2048):
        kept = alma.learn(agent="helena", task=longest, outcome=True, strategy_used="s").outcome
        assert kept is not None
        assert kept.task == longest
        longer = partial(alma.learn, agent="helena", task=longest + "xyz", outcome=True, strategy_used="s")
        error = unchanged(alma, longer)
        assert error.field == "task"


@pytest.mark.parametrize("text", of_sort("output"), ids=str)
def test_a_long_output_is_cut_to_head_and_tail_and_says_so(alma: ALMA, text: Text, database: Path) -> None:
    text.write(alma, "HEAD " + "noise " * 20_000 + "TAIL")
    said = repr([*alma.memories(limit=10), *alma.memories(kind="outcome"), *alma.log()])
    assert "HEAD" in said
    assert "TAIL" in said
    assert "left out" in said
    assert re.search(r"[\d,]+ characters left out", said)
    assert len(said) < 60_000


@pytest.mark.parametrize("text", TEXTS, ids=str)
def test_ten_megabytes_are_refused_or_cut_and_never_kept(alma: ALMA, text: Text, database: Path) -> None:
    if text.field == "state":
        text.write(alma, "0123456789" * 1_000_000)
        return
    with suppress(InvalidInput):
        text.write(alma, "0123456789" * 1_000_000)
    assert sum(one.stat().st_size for one in database.parent.iterdir()) < 1_000_000


def test_reading_verbs_refuse_what_is_no_text_too(alma: ALMA) -> None:
    given: Sequence[tuple[str, Callable[[Any], object]]] = (
        ("task", lambda text: alma.retrieve(text, agent="helena")),
        ("agent", lambda text: alma.retrieve("t", agent=text)),
        ("user", lambda text: alma.retrieve("t", agent="helena", user=text)),
        ("agent", lambda text: alma.warn("sleep(5)", agent=text)),
        ("action", lambda text: alma.warn(text, agent="helena")),
        ("task", lambda text: alma.warn("sleep(5)", agent="helena", task=text)),
        ("query", lambda text: alma.memories(query=text)),
        ("agent", lambda text: alma.memories(agent=text)),
        ("workflow_id", lambda text: alma.resume(text)),
        ("memory_id", lambda text: alma.explain(text)),
    )
    for field, act in given:
        for bad in ("", 7, b"x", "a\0b" if field != "memory_id" else ""):
            with pytest.raises(InvalidInput) as refusal:
                act(bad)
            assert refusal.value.field == field, bad


def test_a_list_is_never_taken_letter_by_letter(alma: ALMA) -> None:
    given: Sequence[tuple[str, Any]] = (
        ("strategies", "waits"), ("domains", "testing"), ("kinds", "outcome"), ("strategies", 7), ("domains", [7]),
        ("kinds", ["banana"]), ("strategies", ["ok", ""]), ("domains", ["ok", "a\nb"]), ("strategies", [None]),
    )  # fmt: skip
    for field, value in given:
        with pytest.raises(InvalidInput) as refusal:
            alma.retrieve("t", agent="helena", **{field: value})
        assert refusal.value.field.removesuffix("_used") in (field, "kind", "strategy"), (field, value)
    with pytest.raises(InvalidInput):
        alma.add_anti_pattern(agent="helena", pattern="p", why_bad="w", triggers="sleep(")


def test_numbers_are_checked(alma: ALMA) -> None:
    given: Sequence[tuple[str, Callable[[Any], object], Sequence[Any]]] = (
        ("top_k", lambda n: alma.retrieve("t", agent="helena", top_k=n), (0, -1, 1.5, True, "5", 10**9)),
        ("limit", lambda n: alma.memories(limit=n), (0, -1, 1001, None)),
        ("limit", lambda n: alma.log(limit=n), (0, -1, 1001, "x")),
        ("after", lambda n: alma.log(after=n), (-1, "x", 1.5)),
        ("duration", lambda n: alma.learn(**LEARN, duration=n), (-1, float("nan"), float("inf"), "5", True, 10**400)),  # type: ignore[arg-type]
        ("version", lambda n: alma.resume("w", version=n), (0, -1, 1.5, "1")),
        ("expected_version", lambda n: alma.checkpoint("w", state=1, expected_version=n), (-1, 1.5, "1")),
        ("max_tokens", lambda n: alma.retrieve("t", agent="helena").to_prompt(n), (0, -1, 1.5, "x", True)),
        ("style", lambda s: alma.retrieve("t", agent="helena").to_prompt(style=s), ("html", None, 7)),
        ("signal", lambda s: alma.feedback("o-x", signal=s), ("good", None, [], "")),
        ("status", lambda s: alma.workflows(status=s), ("done", [], 7)),
        ("format", lambda s: alma.import_("x", format=s), ("csv", None)),
        ("source", lambda s: alma.learn(**LEARN, source=s), ("god", "", 7, [])),  # type: ignore[arg-type]
        ("older_than", lambda s: alma.forget(older_than=s, reason="r"), ("soon", "²d", "5", "-1d", 7, "9" * 30 + "d")),
        ("as_of", lambda s: alma.retrieve("t", agent="helena", as_of=s), ("2026-01-01", 7)),
        ("valid_from", lambda s: alma.add_knowledge(agent="helena", fact="f", valid_from=s), ("now", 7)),
        ("metadata", lambda s: alma.learn(**LEARN, metadata=s), ([1], "x", {"a": {1}}, {"a": float("nan")}, {1: 2})),  # type: ignore[arg-type]
        ("recall", lambda s: alma.learn(**LEARN, recall=s), ("r-1", 7, {})),  # type: ignore[arg-type]
        ("state", lambda s: alma.checkpoint("w", state=s), ({1}, float("nan"), {1: 2}, object(), b"x", {"a": "\0"})),
        ("path", lambda s: alma.import_(s), ("/no/such/file", "/")),
    )  # fmt: skip
    for field, act, values in given:
        for value in values:
            error = unchanged(alma, lambda: act(value))  # noqa: B023
            assert error.field == field, (field, value)


def test_a_state_that_is_too_large_or_too_deep_is_refused_and_the_largest_is_kept(alma: ALMA) -> None:
    assert unchanged(alma, lambda: alma.checkpoint("w", state="x" * (16 * 2**20))).field == "state"
    deep: object = []
    for _ in range(5000):
        deep = [deep]
    assert unchanged(alma, lambda: alma.checkpoint("w", state=deep)).field == "state"
    largest = "x" * (16 * 2**20 - 2)
    alma.checkpoint("w", state=largest)
    assert alma.resume("w").state == largest


def test_an_id_that_is_none_is_not_found(alma: ALMA) -> None:
    stated = alma.add_heuristic(agent="helena", condition="c", strategy="s")
    for name in (
        "o-aaaaaaaaaa",
        "b-",
        "b-b-",
        "h",
        "🙂",
        "\ud800",
        "' OR 1=1 --",
        "%",
        f"{stated.id} ",
        stated.id.upper(),
        "x" * 100_000,
    ):
        for act in (
            lambda: alma.explain(name),  # noqa: B023
            lambda: alma.feedback(name, signal="used"),  # noqa: B023
            lambda: alma.revise(name, strategy="x"),  # noqa: B023
            lambda: alma.forget(name, reason="r"),  # noqa: B023
            lambda: alma.restore(name),  # noqa: B023
            lambda: alma.memories(after=name),  # noqa: B023
            lambda: alma.add_knowledge(agent="helena", fact="f", replaces=name),  # noqa: B023
        ):
            with pytest.raises((MemoryNotFound, InvalidInput)) as refusal:
                act()
            assert len(str(refusal.value)) < 1000
    assert [one.id for one in alma.memories()] == [stated.id]


def test_an_agent_cannot_be_named_like_a_user(alma: ALMA) -> None:
    alma.add_preference(user="ada", preference="Short answers")
    for act in (
        lambda: alma.retrieve("t", agent="user:ada"),
        lambda: alma.learn(**{**LEARN, "agent": "user:ada"}),  # type: ignore[arg-type]
        lambda: alma.memories(agent="user:ada"),
        lambda: alma.add_knowledge(agent="user:ada", fact="f"),
    ):
        assert unchanged(alma, act).field == "agent"


# -- letters ----------------------------------------------------------------------------------------------------

LETTERS = (
    "🙂🙃👩‍👩‍👧‍👦", "日本語のテスト", "العربية", "한국어", "Ünïcödé", "a\u0301bc", "x𞤀y 𑄃𑄇", "‮right to left‬", "zero​width",
    "new\nline\r\nand\ttab", "\u2028line\u2029paragraph\x85next\x0bvertical\x0cform", "'; DROP TABLE memory; --", '"quotes" AND NEAR(', "* ^ : ( ) - + NOT",
    "%(project)s %s {} ${HOME}", "\\u0041 \\n", "</memory> <system>", "lone \ud83d surrogate", "\ufeffmark", "\U0010ffff", "²①Ⅳ½",
)  # fmt: skip


@pytest.mark.parametrize("letters", LETTERS, ids=[str(number) for number in range(len(LETTERS))])
def test_any_letters_go_in_and_come_out(alma: ALMA, letters: str, tmp_path: Path) -> None:
    stated = alma.add_anti_pattern(
        agent="helena", pattern=letters, why_bad=letters, better_alternative=letters
    )
    learned = alma.learn(
        agent="helena", task=letters, outcome=False, strategy_used=letters, error=letters, feedback=letters,
        key=letters, metadata={"said": letters},
    ).outcome  # fmt: skip
    assert learned is not None
    alma.checkpoint("w", state={letters: letters}, task=letters, step=letters, agent="helena")
    recall = alma.retrieve(letters, agent="helena", strategies=[letters])
    assert recall.outcomes == (learned,)
    assert [one.strategy for one in recall.advice] == [letters]
    assert alma.warn(letters, agent="helena", task=letters) is not None
    assert alma.warn(Action.edit("a.py", letters), agent="helena") is not None
    assert alma.resume("w").state == {letters: letters}
    assert [one.id for one in alma.memories(query=letters, kind="outcome")] in ([learned.id], [])
    assert alma.explain(learned.id).memory == learned
    alma.revise(stated.id, pattern=letters + " revised")
    alma.forget(learned.id, reason=letters)
    alma.restore(learned.id)
    for style in ("markdown", "xml"):
        alma.retrieve(letters, agent="helena").to_prompt(style=style).encode()
    alma.export(tmp_path / "export.jsonl")
    alma.forget(learned.id, reason=letters)
    alma.purge()


# -- times ------------------------------------------------------------------------------------------------------


def test_a_time_without_a_zone_is_utc(alma: ALMA, clock: FrozenClock) -> None:
    begins = datetime(2026, 1, 1, 9)
    fact = alma.add_knowledge(agent="helena", fact="The API is at version 1", valid_from=begins)
    assert fact.valid_from == begins.replace(tzinfo=UTC)
    assert alma.retrieve("API", agent="helena", as_of=datetime(2026, 1, 1, 12)).knowledge == (fact,)
    tokyo = timezone(timedelta(hours=9))
    assert alma.retrieve("API", agent="helena", as_of=datetime(2026, 1, 1, 21, tzinfo=tokyo)).knowledge == (
        fact,
    )


def test_times_at_the_ends_of_the_calendar_are_no_crash(alma: ALMA) -> None:
    alma.add_knowledge(agent="helena", fact="The API is at version 1")
    for at in (
        datetime.min,
        datetime.max,
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ):
        assert alma.retrieve("API", agent="helena", as_of=at) is not None
    for zone, at in (
        (timezone(timedelta(hours=14)), datetime.min),
        (timezone(timedelta(hours=-12)), datetime.max),
    ):
        with pytest.raises(InvalidInput) as refusal:
            alma.retrieve("API", agent="helena", as_of=at.replace(tzinfo=zone))
        assert refusal.value.field == "as_of"


def test_a_fact_cannot_end_before_it_begins(alma: ALMA, clock: FrozenClock) -> None:
    late, early = clock(), clock() - timedelta(days=1)
    assert (
        unchanged(
            alma, lambda: alma.add_knowledge(agent="helena", fact="f", valid_from=late, valid_to=early)
        ).field
        == "valid_to"
    )
    fact = alma.add_knowledge(agent="helena", fact="f", valid_from=late)
    assert unchanged(alma, lambda: alma.revise(fact.id, valid_to=early)).field == "valid_to"


def test_a_clock_that_jumps_back_loses_and_reorders_nothing(alma: ALMA, clock: FrozenClock) -> None:
    ids = []
    for days in (0, -30, 3, -400, 1):
        clock.move(days=days)
        kept = alma.learn(
            agent="helena", task="Test the form", outcome=True, strategy_used="Explicit waits"
        ).outcome
        assert kept is not None
        ids.append(kept.id)
        alma.checkpoint("w", state=days)
    assert [one.id for one in alma.memories(kind="outcome")] == ids[::-1]
    assert [one.successes for one in alma.retrieve("Test the form", agent="helena").advice] == [5]
    assert alma.resume("w").version == 5
    assert [event.seq for event in alma.log()] == sorted(event.seq for event in alma.log())
    assert alma.memories(kind="heuristic")


# -- embedders --------------------------------------------------------------------------------------------------


class Broken:
    """An embedder that gives what is no vector of its size."""

    name = "broken-1"
    dimensions = 64

    def __init__(self, vector: bytes) -> None:
        self.vector = vector

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        return [self.vector for _ in texts]


@pytest.mark.parametrize(
    "vector", [b"", b"\x01" * 63, b"\x01" * 65, bytes(64)], ids=["none", "short", "long", "zero"]
)
def test_a_vector_that_is_none_is_refused_and_nothing_is_kept(alma: ALMA, vector: bytes) -> None:
    alma.learn(agent="helena", task="Test the form", outcome=True, strategy_used="s")
    meaning = Meaning("hashing", {})
    meaning.__dict__["embedder"] = Broken(vector)
    Broken.name = "hashing-1"
    broken = ALMA(parse("embedder: hashing"), alma._store, meaning=meaning)
    for act in (
        lambda: broken.learn(agent="helena", task="t", outcome=True, strategy_used="s"),
        lambda: broken.add_heuristic(agent="helena", condition="c", strategy="s"),
        lambda: broken.retrieve("Test the form", agent="helena"),
    ):
        assert unchanged(alma, act).field == "vector"
    assert alma.retrieve("Test the form", agent="helena").outcomes


# -- files ------------------------------------------------------------------------------------------------------


def _sqlite(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        for statement in statements:
            file.execute(statement)
        file.commit()


def _filled(path: Path) -> None:
    store = open_store(f"sqlite:///{path}", "shop")
    with ALMA(parse("embedder: hashing"), store, clock=FrozenClock()) as alma:
        for number in range(200):
            alma.learn(agent="helena", task=f"Task {number}", outcome=True, strategy_used="s" * 100)


def _truncated(path: Path, share: float) -> None:
    _filled(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


BROKEN: dict[str, tuple[Callable[[Path], object], type[StoreError]]] = {
    "zero bytes": (lambda path: path.write_bytes(b""), StoreCorrupt),
    "garbage": (lambda path: path.write_bytes(os.urandom(50_000)), StoreCorrupt),
    "text": (lambda path: path.write_text("hello\n" * 1000), StoreCorrupt),
    "half a header": (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\0" * 30), StoreCorrupt),
    "a header alone": (lambda path: _truncated(path, 0.001), StoreCorrupt),
    "cut at a third": (lambda path: _truncated(path, 0.33), StoreCorrupt),
    "cut at the end": (lambda path: _truncated(path, 0.999), StoreCorrupt),
    "another program's": (lambda path: _sqlite(path, "CREATE TABLE mine (a)"), StoreCorrupt),
    "another's log": (
        lambda path: _sqlite(path, "PRAGMA journal_mode = WAL", "CREATE TABLE mine (a)"),
        StoreCorrupt,
    ),
    "empty but SQLite's": (lambda path: _sqlite(path, "VACUUM"), StoreCorrupt),
    "newer": (
        lambda path: (_filled(path), _sqlite(path, f"PRAGMA user_version = {migrate.LATEST + 1}")),
        StoreNewer,
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path, broken: str) -> None:
    make, kind = BROKEN[broken]
    path = tmp_path / "alma.db"
    make(path)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    for _ in range(2):
        with pytest.raises(kind) as refusal:
            ALMA.open(f"sqlite:///{path}")
        assert str(path) in str(refusal.value)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    with pytest.raises(kind):
        SQLiteStore(str(path), "shop", read_only=True)
    assert path.read_bytes() == before[path.name]


def test_damage_inside_a_file_is_said_by_the_verb_that_meets_it_and_never_repaired_in_silence(
    tmp_path: Path,
) -> None:
    path = tmp_path / "alma.db"
    _filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt), ALMA.open(f"sqlite:///{path}", config=_hashing(tmp_path)) as alma:
        alma.memories(limit=1000)
    assert path.read_bytes() == before


def _hashing(folder: Path) -> Path:
    (folder / "config.yaml").write_text("embedder: hashing\n")
    return folder / "config.yaml"


@pytest.mark.parametrize("place", ["{0}", "{0}/file/alma.db", "/proc/nothing/alma.db"])
def test_a_place_where_no_store_can_be_is_an_error_of_alma(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(AlmaError):
        ALMA.open(f"sqlite:///{place.format(tmp_path)}")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "url",
    ["", "alma.db", "sqlite://", "sqlite:///", "mysql://x/y", "sqlite:///:memory:", 7, "sqlite:///a\nb"],
)
def test_a_url_that_names_no_store_is_refused(
    url: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AlmaError):
        ALMA.open(url)
    assert list(tmp_path.rglob("*.db")) == []


# -- disks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True)
    if done.returncode:
        pytest.skip("this machine does not let us mount a disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def _read_only(disk: Path) -> None:
    done = subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True)
    if done.returncode:
        pytest.skip("this machine does not let us mount a disk as read-only")


def _opened(path: Path, *, read_only: bool = False) -> ALMA:
    store = SQLiteStore(str(path), "shop", read_only=read_only)
    return ALMA(parse("embedder: hashing"), store, clock=FrozenClock())


MAKE = """
    import os, sys
    from alma.alma import ALMA
    from alma.config.loading import parse
    from alma.store.sqlite import open_store
    alma = ALMA(parse("embedder: hashing"), open_store("sqlite:///" + sys.argv[1], "shop"))
    alma.learn(agent="helena", task="Test the form", outcome=False, strategy_used="sleep(5)", error="timed out")
    alma.add_anti_pattern(agent="helena", pattern="Using sleep() for waits", why_bad="Flaky")
    alma.checkpoint("deploy", state={"step": 3}, task="Test the form", agent="helena")
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), 9)
    alma.close()
"""


def _made(path: Path, *, killed: bool) -> None:
    given = [str(path), "kill" if killed else "close"]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MAKE), *given], capture_output=True, text=True
    )
    assert done.returncode == (-signal.SIGKILL if killed else 0), done.stderr


def _reads(alma: ALMA) -> None:
    assert [one.strategy for one in alma.retrieve("Test the form", agent="helena").advice] == ["sleep(5)"]
    assert alma.warn("sleep(9)", agent="helena")
    assert alma.resume("deploy").state == {"step": 3}
    (outcome,) = [one for one in alma.memories() if one.kind != "anti_pattern" or one.id.startswith("b-")]
    assert alma.explain(outcome.id).evidence_for
    assert alma.stats().memories == {"anti_pattern": 1, "outcome": 1}
    assert len(alma.log()) == 3


def _writes_nothing(alma: ALMA) -> None:
    for act in (
        lambda: alma.learn(**LEARN),  # type: ignore[arg-type]
        lambda: alma.add_knowledge(agent="helena", fact="f"),
        lambda: alma.checkpoint("w", state=1),
        lambda: alma.forget(agent="helena", reason="r"),
        lambda: alma.purge(),
    ):
        with pytest.raises(StoreReadOnly):
            act()


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "with a log left behind"])
def test_a_read_only_disk_can_be_read_and_says_so_when_written(disk: Path, killed: bool) -> None:
    _made(disk / "alma.db", killed=killed)
    _read_only(disk)
    before = {one.name: one.read_bytes() for one in disk.iterdir() if not one.name.endswith("-shm")}
    with _opened(disk / "alma.db") as alma:
        _reads(alma)
        _writes_nothing(alma)
    assert {one.name: one.read_bytes() for one in disk.iterdir() if not one.name.endswith("-shm")} == before


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "with a log left behind"])
def test_a_store_opened_for_reading_alone_reads_and_does_not_write(tmp_path: Path, killed: bool) -> None:
    path = tmp_path / "alma.db"
    _made(path, killed=killed)
    before = path.read_bytes()
    with _opened(path, read_only=True) as alma:
        _reads(alma)
        _writes_nothing(alma)
    assert path.read_bytes() == before


def test_a_scope_refusal_on_a_read_only_store_is_still_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "alma.db"
    _made(path, killed=False)
    store = SQLiteStore(str(path), "shop", read_only=True)
    config = parse("embedder: hashing\nagents: {helena: {cannot_learn: [secrets]}}")
    with ALMA(config, store, clock=FrozenClock()) as alma:
        assert not alma.learn(**LEARN, domain="secrets").accepted  # type: ignore[arg-type]
        assert alma.retrieve("Test the form", agent="helena", domains=["secrets"]).outcomes == ()


def _learned_until_full(alma: ALMA) -> tuple[int, StoreFull]:
    """How many were acknowledged, and the error that ended it."""
    task = "Fill the disk " + "x" * 3000
    for number in range(5000):
        try:
            alma.learn(agent="helena", task=task, outcome=True, strategy_used="s", key=str(number))
        except StoreFull as error:
            return number, error
    raise AssertionError("the disk never filled")


def test_a_full_disk_is_said_and_leaves_nothing_half_written(disk: Path) -> None:
    path, filler = disk / "alma.db", disk / "filler"
    _made(path, killed=False)
    filler.write_bytes(b"\0" * 900_000)
    with _opened(path) as alma:
        kept, refusal = _learned_until_full(alma)
        assert refusal.store == str(path)
        assert kept > 10
        with pytest.raises(StoreFull):
            alma.checkpoint("deploy", state="x" * 1_000_000)
        assert alma.stats().memories["outcome"] == kept + 1
        assert alma.resume("deploy").state == {"step": 3}
        assert alma.retrieve("Fill the disk " + "x" * 3000, agent="helena").outcomes
        with pytest.raises(StoreFull):
            alma.export(disk / "export.jsonl")
        assert not (disk / "export.jsonl").exists()
        filler.unlink()
        alma.learn(agent="helena", task="After", outcome=True, strategy_used="s", key="after")
        assert alma.stats().memories["outcome"] == kept + 2
        assert alma._store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)  # type: ignore[attr-defined]
    with _opened(path) as alma:
        assert alma.stats().memories["outcome"] == kept + 2


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "with a log left behind"])
def test_a_store_on_a_full_disk_can_be_opened_or_says_why_not(disk: Path, killed: bool) -> None:
    path = disk / "alma.db"
    _made(path, killed=killed)
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    program = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from alma import StoreError
        from test_bad_input import _opened
        try:
            with _opened(Path(sys.argv[1])) as alma:
                alma.retrieve("Test the form", agent="helena")
        except StoreError as error:
            print(type(error).__name__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("", "StoreFull", "StoreError")
    (disk / "filler").unlink()
    with _opened(path) as alma:
        _reads(alma)


def test_a_new_store_on_a_full_disk_is_not_half_made(disk: Path) -> None:
    (disk / "filler").write_bytes(b"\0" * (2 * 2**20 - 16384))
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{disk}/alma.db", "shop")
    assert [one.name for one in disk.iterdir()] == ["filler"]
    (disk / "filler").unlink()
    open_store(f"sqlite:///{disk}/alma.db", "shop").close()
