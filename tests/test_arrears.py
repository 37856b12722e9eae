"""What was recorded without a model: found by its words at once, and by its meaning from the next process that has one."""

from __future__ import annotations

from pathlib import Path

from alma import ALMA
from alma.config.loading import load
from alma.domain import ledger as events
from alma.store.sqlite import SQLiteStore

TASK = "Check that people can sign in"
SAME = "Verify the login works for users"


def without_model(place: Path, **config: object) -> ALMA:
    return ALMA._opened(load(store=f"sqlite:///{place}/alma.db", project="shop", **config), has_model=False)  # type: ignore[arg-type]


def with_model(place: Path, **config: object) -> ALMA:
    return ALMA._opened(load(store=f"sqlite:///{place}/alma.db", project="shop", **config))  # type: ignore[arg-type]


def fail(alma: ALMA, **fields: object) -> str:
    given = {"agent": "helena", "task": TASK, "outcome": "failure", "strategy_used": "Fixed sleep", **fields}
    learned = alma.learn(**given)  # type: ignore[arg-type]
    assert learned.outcome is not None
    return learned.outcome.id


def test_what_was_learned_without_a_model_is_found_by_its_words(tmp_path: Path) -> None:
    with without_model(tmp_path) as alma:
        fail(alma)
        assert alma.retrieve(TASK, agent="helena").anti_patterns
        assert not alma.retrieve("Bake a cake", agent="helena").anti_patterns


def test_the_next_process_that_learns_gives_it_a_vector_and_finds_it_by_its_meaning(tmp_path: Path) -> None:
    with without_model(tmp_path) as alma:
        fail(alma)
    with with_model(tmp_path) as alma:
        alma.learn(agent="helena", task="Bake a cake", outcome="success", strategy_used="Butter")
        found = alma.retrieve(SAME, agent="helena")
        assert [one.pattern for one in found.anti_patterns] == ["Fixed sleep"]
        assert [one.kind for one in alma.log()].count(events.EMBEDDED) == 1


def test_a_process_that_only_asked_settles_when_it_closes(tmp_path: Path) -> None:
    with without_model(tmp_path) as alma:
        one = fail(alma)
    with with_model(tmp_path) as alma:
        alma.retrieve("Bake a cake", agent="helena")
    with with_model(tmp_path) as alma:
        assert alma._gate.found(one).vector is not None


def test_settling_goes_on_until_nothing_waits_and_misses_nothing(tmp_path: Path) -> None:
    with without_model(tmp_path) as alma:
        known = [fail(alma, task=f"{TASK} on page {number}") for number in range(70)]
        known.append(fail(alma, task="ログインを確かめる"))
    with with_model(tmp_path) as alma:
        rounds = 1
        while alma._settle():
            rounds += 1
        assert rounds == 3
        missing = [one for one in known if alma._gate.found(one).vector is None]
        assert missing == [known[-1]]
        with without_model(tmp_path) as hook:
            late = fail(hook, task=f"{TASK} late")
        alma._settle()
        assert alma._gate.found(late).vector is not None


def test_an_open_process_sees_the_vectors_that_another_gave(tmp_path: Path) -> None:
    with without_model(tmp_path) as hook, with_model(tmp_path) as reader:
        fail(hook)
        reader.retrieve(TASK, agent="helena")
        with with_model(tmp_path) as other:
            assert other._settle() is False
        with with_model(tmp_path) as fresh:
            assert reader.retrieve(SAME, agent="helena") == fresh.retrieve(SAME, agent="helena")
            assert reader.retrieve(SAME, agent="helena").anti_patterns


def test_what_means_a_forbidden_domain_is_forgotten_once_that_shows(tmp_path: Path) -> None:
    with without_model(tmp_path, **_scoped(tmp_path)) as alma:
        kept = fail(alma)
        gone = fail(
            alma, task="Speed up the SQL query on the orders table with an index", strategy_used="An index"
        )
    with with_model(tmp_path, **_scoped(tmp_path)) as alma:
        alma._settle()
        assert alma._gate.found(kept).vector is not None
        [event] = [one for one in alma.log() if one.kind == events.FORGOTTEN]
        assert event.memory_id == gone
        assert "scope" in str(event.details["reason"])


def _scoped(place: Path) -> dict[str, object]:
    path = place / "config.yaml"
    path.write_text(
        "domains:\n"
        "  testing: How to test user interfaces, waits, logins, flaky tests\n"
        "  databases: Tables, SQL queries and indexes of databases\n"
        "agents:\n  helena:\n    cannot_learn: [databases]\n"
    )
    return {"path": str(path)}


def test_a_store_opened_for_reading_alone_is_left_as_it_is(tmp_path: Path) -> None:
    with without_model(tmp_path) as alma:
        one = fail(alma)
    store = SQLiteStore(str(tmp_path / "alma.db"), "shop", read_only=True)
    with ALMA(load(project="shop"), store) as alma:
        assert alma._settle() is False
        assert alma.retrieve(TASK, agent="helena").anti_patterns
        assert alma._gate.found(one).vector is None
