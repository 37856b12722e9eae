"""Forgetting: what is old weighs less, what is forgotten is silent, what is purged is gone to the last byte."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, InvalidInput, Knowledge, MemoryNotFound, Outcome, ScopeError, StoreError, Untrusted
from alma.config.loading import parse
from alma.domain.door import Door
from alma.domain.errors import ConfigError
from alma.domain.memory import Memory
from alma.rules import indexing
from alma.store.sqlite import open_store
from alma.store.words import index_word, scope_of
from alma.testing import FrozenClock

TASK = "Test the login form"


def learn(alma: ALMA, strategy: str = "Explicit waits", outcome: Any = True, **more: Any) -> Outcome:
    """An accepted outcome on the usual task."""
    given = {"agent": "helena", "task": TASK, "outcome": outcome, "strategy_used": strategy, **more}
    kept = alma.learn(**given).outcome
    assert kept is not None
    return kept


def ids(found: Sequence[Memory]) -> list[str]:
    return [one.id for one in found]


def answers(alma: ALMA, agent: str = "helena") -> tuple[object, ...]:
    """What an agent is told; the id of a recall names the moment, so it is left out."""
    recall = alma.retrieve(TASK, agent=agent, top_k=50)
    shown = (recall.advice, recall.heuristics, recall.anti_patterns, recall.outcomes, recall.knowledge)
    return (*shown, alma.memories(limit=1000), alma.warn("sleep(5)", agent=agent))


# -- decay and archive ------------------------------------------------------------------------------------------


def test_an_explanation_shows_how_much_less_an_old_outcome_weighs(opened: Callable[..., ALMA]) -> None:
    alma = opened("half_life: 2\n")
    kept = [learn(alma, origin=f"run {number}") for number in range(5)]
    said = alma.explain(f"b-{kept[-1].id}")
    weights = {one.outcome_id: one.weight for one in said.evidence_for}
    for older, newer in zip(kept, kept[2:], strict=False):
        assert weights[older.id] == pytest.approx(weights[newer.id] / 2, rel=0.01)


@pytest.mark.parametrize("how", ["forgotten", "called wrong"])
def test_a_belief_that_is_silenced_is_not_believed_any_more(alma: ALMA, how: str) -> None:
    for _ in range(70):
        learn(alma)
    belief = alma.retrieve(TASK, agent="helena").heuristics[0]
    if how == "forgotten":
        assert len(alma.forget(belief.id, reason="wrong")) == 70
    else:
        alma.feedback(belief.id, signal="wrong")
    assert not alma.retrieve(TASK, agent="helena")
    assert len(alma.restore(belief.id)) == 70


def test_what_lies_further_off_does_not_take_the_place_of_what_was_silenced(alma: ALMA) -> None:
    near = [learn(alma) for _ in range(3)]
    off = [learn(alma, task=f"{TASK} of the second shop, once more, with two users") for _ in range(3)]
    assert alma.retrieve(TASK, agent="helena").advice[0].successes == 3
    gone = alma.forget(f"b-{near[0].id}", reason="wrong")
    assert {*ids(gone)} == {*ids(near), *ids(off)}
    assert not alma.retrieve(TASK, agent="helena").advice


def test_what_is_old_is_archived_and_what_is_new_stays(alma: ALMA, clock: FrozenClock) -> None:
    old = [learn(alma, f"way {number}") for number in range(3)]
    clock.move(days=100)
    new = learn(alma, "A new way")
    dry = alma.forget(older_than="90d", agent="helena", reason="archived", dry_run=True)
    assert ids(dry) == ids(old)
    assert len(alma.memories()) == 4
    assert alma.forget(older_than="90d", agent="helena", reason="archived") == dry
    assert ids(alma.memories()) == [new.id]
    last = alma.log()[-1]
    assert (last.kind, last.agent, last.source, last.details["reason"]) == (
        "forgotten", "helena", "verified", "archived",
    )  # fmt: skip
    assert ids(alma.restore(last.seq)) == ids(old)


# -- rollback ---------------------------------------------------------------------------------------------------


def test_a_rollback_by_origin_is_one_event_and_is_undone_as_a_whole(alma: ALMA) -> None:
    learn(alma, "Kept", origin="a colleague")
    for number in range(3):
        learn(alma, "sleep(5)", False, origin="a page", error=f"why {number}")
    alma.add_knowledge(agent="victor", fact="The door code is 1234", origin="a page", source="untrusted")
    before, count = answers(alma), len(alma.log())
    dry = alma.forget(origin="a page", reason="it was planted", dry_run=True)
    assert answers(alma) == before
    gone = alma.forget(origin="a page", reason="it was planted")
    assert gone == dry
    assert len(gone) == 4
    [event] = alma.log()[count:]
    assert (event.kind, event.details["origin"], event.details["reason"]) == (
        "forgotten", "a page", "it was planted",
    )  # fmt: skip
    assert [one.strategy for one in alma.retrieve(TASK, agent="helena").outcomes] == ["Kept"]
    assert ids(alma.restore(event.seq)) == ids(gone)
    assert answers(alma) == before
    assert len(alma.log()) == count + 2
    undone = alma.log()[-1]
    assert (undone.kind, undone.memory_id, undone.details["undoes"]) == ("restored", None, event.seq)
    assert sorted(undone.details["seqs"]) == sorted(one.seq for one in gone)  # type: ignore[call-overload]
    with pytest.raises(MemoryNotFound):
        alma.restore(event.seq)


def test_a_rollback_by_source_takes_that_source_alone(alma: ALMA) -> None:
    said = learn(alma, "sleep(5)", False, source="word")
    seen = learn(alma, "Explicit waits")
    assert ids(alma.forget(source="word", reason="a model's word")) == [said.id]
    assert ids(alma.memories(kind="outcome")) == [seen.id]
    assert ids(alma.restore(str(alma.log()[-1].seq))) == [said.id]


def test_undoing_a_rollback_brings_back_nothing_that_was_forgotten_since(alma: ALMA) -> None:
    one, two, three = (learn(alma, f"way {number}", origin="a page") for number in range(3))
    alma.forget(origin="a page", reason="planted")
    rollback = alma.log()[-1].seq
    assert ids(alma.restore(one.id)) == [one.id]
    alma.restore(two.id)
    alma.forget(two.id, reason="really wrong")
    assert ids(alma.restore(rollback)) == [three.id]
    assert sorted(ids(alma.memories(kind="outcome"))) == sorted([one.id, three.id])


def test_a_model_cannot_undo_what_a_person_forgot_since_under_any_name(
    opened: Callable[..., ALMA], clock: FrozenClock
) -> None:
    alma = opened()
    model = opened(door=Door(source="word", agents=("helena",), origin="chat"))
    mine = learn(model)
    model.forget(mine.id, reason="not mine")
    model.restore(mine.id)
    model.forget(mine.id, reason="not mine")
    forgotten = model.log()[-1].seq
    model.restore(forgotten)
    alma.forget(origin="chat", reason="planted")
    for name in (mine.id, alma.log()[-1].seq):
        with pytest.raises(Untrusted):
            model.restore(name)
    assert ids(alma.restore(mine.id)) == [mine.id]


def test_a_door_undoes_no_rollback_that_touched_others(opened: Callable[..., ALMA]) -> None:
    alma = opened()
    learn(alma, origin="a page")
    learn(alma, origin="a page", agent="victor")
    alma.forget(origin="a page", reason="planted")
    door = opened(door=Door(source="verified", agents=("helena",)))
    with pytest.raises(MemoryNotFound):
        door.restore(alma.log()[-1].seq)
    assert alma.memories() == []


def test_the_history_of_a_memory_tells_of_the_rollback_that_took_it_along(alma: ALMA) -> None:
    one = learn(alma, origin="a page")
    other = learn(alma, origin="elsewhere")
    alma.forget(origin="a page", reason="planted")
    alma.restore(alma.log()[-1].seq)
    told = " ".join(alma.explain(one.id).history)
    assert "planted" in told
    assert "restored" in told
    assert alma.explain(other.id).history == ()


def test_each_agent_is_told_of_its_own_memory_that_a_rollback_of_several_came_back(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened()
    kept = [learn(alma, origin="a page", agent=agent) for agent in ("helena", "victor")]
    alma.forget(origin="a page", reason="planted by victor")
    number = alma.log()[-1].seq
    alma.restore(number)
    for one in kept:
        [said] = alma.explain(one.id, agent=one.agent).history
        assert f"restored by a program (undoes event {number})" in said
        assert "planted" in alma.explain(one.id).history[0]


def test_what_a_belief_rests_on_comes_back_in_one_event_that_each_of_it_remembers(alma: ALMA) -> None:
    kept = [learn(alma) for _ in range(4)]
    belief = f"b-{kept[0].id}"
    assert len(alma.forget(belief, reason="misjudged")) == 4
    count = len(alma.log())
    assert len(alma.restore(belief)) == 4
    assert [(one.kind, one.memory_id) for one in alma.log()[count:]] == [("restored", belief)]
    assert all("restored" in alma.explain(one.id).history[-1] for one in kept)


def test_another_process_sees_what_a_rollback_brought_back(opened: Callable[..., ALMA]) -> None:
    alma, other = opened(), opened()
    for number in range(5):
        learn(alma, f"way {number}", origin="a page")
    before = answers(other)
    alma.forget(origin="a page", reason="planted")
    assert answers(other)[3] == ()
    alma.restore(alma.log()[-1].seq)
    assert answers(other) == before


FILTERS: tuple[dict[str, Any], ...] = (
    {"agent": "helena"}, {"origin": "a page"}, {"source": "word"}, {"older_than": "1d"},
)  # fmt: skip


@pytest.mark.parametrize("filters", FILTERS, ids=[next(iter(one)) for one in FILTERS])
@pytest.mark.parametrize("dry_run", [True, False])
def test_an_id_beside_filters_is_refused_and_nothing_is_forgotten(
    alma: ALMA, filters: dict[str, Any], dry_run: bool
) -> None:
    kept = learn(alma)
    before = alma.log()
    with pytest.raises(InvalidInput, match="an id or filters, not both"):
        alma.forget(kept.id, reason="r", dry_run=dry_run, **filters)
    assert alma.log() == before
    assert alma.memories(kind="outcome")


def test_a_source_that_does_not_exist_is_refused_with_those_that_do(alma: ALMA) -> None:
    with pytest.raises(InvalidInput, match="person, verified, word, import, untrusted") as refused:
        alma.forget(source="bogus", reason="r")
    assert refused.value.field == "source"


@pytest.mark.parametrize("name", ["0", 0, -1, "999999999999999999999999", 10**30, "", None, True, 1.5])
def test_a_number_of_no_event_restores_nothing(alma: ALMA, name: Any) -> None:
    learn(alma)
    with pytest.raises((MemoryNotFound, InvalidInput)):
        alma.restore(name)


def test_the_log_says_who_what_and_why_of_everything_that_was_forgotten(alma: ALMA) -> None:
    kept = learn(alma)
    other = learn(alma, agent="victor", origin="a page")
    alma.forget(kept.id, reason="misjudged")
    alma.restore(kept.id)
    alma.forget(origin="a page", reason="planted")
    alma.purge()
    said = [
        (one.kind, one.agent, one.source, one.memory_id, one.details.get("reason")) for one in alma.log()[2:]
    ]
    assert said == [
        ("forgotten", "helena", "verified", kept.id, "misjudged"),
        ("restored", "helena", "verified", kept.id, None),
        ("forgotten", "victor", "verified", None, "[purged]"),
        ("purged", "", "verified", None, None),
    ]
    assert alma.log()[-1].details["seqs"] == [other.seq]


# -- quotas -----------------------------------------------------------------------------------------------------

QUOTA = "agents:\n  helena: {quota: 4}\n  victor: {share_with: [helena]}\n"


def test_beyond_its_quota_an_agents_oldest_outcomes_are_archived(opened: Callable[..., ALMA]) -> None:
    alma = opened(QUOTA)
    others = [learn(alma, agent="victor") for _ in range(6)]
    kept = [learn(alma, f"way {number}") for number in range(6)]
    assert ids(alma.memories(agent="victor", kind="outcome")) == ids(others[::-1])
    assert alma.stats().agents == {"helena": 4, "victor": 6}
    archived = [one for one in alma.log() if one.kind == "forgotten"]
    assert [one.details for one in archived] == [{"reason": "quota", "seqs": [one.seq]} for one in kept[:2]]
    assert ids(alma.restore(kept[0].id)) == [kept[0].id]
    learn(alma, "one more")
    assert alma.stats().agents["helena"] == 4


def test_what_people_state_is_never_archived_and_too_much_of_it_is_refused(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(QUOTA)
    earned = learn(alma)
    for number in range(4):
        alma.add_heuristic(agent="helena", condition=f"c {number}", strategy="s")
    for write in (
        lambda: alma.restore(earned.id),
        lambda: alma.add_knowledge(agent="helena", fact="f"),
        lambda: alma.add_anti_pattern(agent="helena", pattern="p", why_bad="w"),
    ):
        with pytest.raises(ScopeError, match=r"4 memories.*forget.*quota"):
            write()
    learned = alma.learn(agent="helena", task=TASK, outcome=True, strategy_used="s")
    assert not learned.accepted
    assert "quota" in str(learned.refused_because)
    refused = [one.details["verb"] for one in alma.log()[-4:]]
    assert refused == ["restore", "add_knowledge", "add_anti_pattern", "learn"]
    assert alma.stats().memories == {"heuristic": 4}
    assert alma.add_heuristic(agent="helena", condition="c 1", strategy="s")
    assert alma.add_preference(user="helena", preference="Short answers")
    assert learn(alma, agent="victor")


def test_what_a_model_says_pushes_out_nothing_that_was_seen(opened: Callable[..., ALMA]) -> None:
    alma = opened(QUOTA)
    seen = [learn(alma, f"seen {number}") for number in range(2)]
    for number in range(20):
        learn(alma, f"said {number}", source="word")
    assert {one.id for one in seen} <= set(ids(alma.memories(kind="outcome")))
    for number in range(4):
        learn(alma, f"seen later {number}")
    left = alma.memories(kind="outcome")
    assert [one.source for one in left] == ["verified"] * 4
    refused = alma.learn(agent="helena", task=TASK, outcome=True, strategy_used="s", source="word")
    assert not refused.accepted


MODEL = Door(source="word", agents=("helena",), origin="session 1")


def state(alma: ALMA, number: int, **more: Any) -> Knowledge:
    """A fact that shares no word with the others."""
    return alma.add_knowledge(agent="helena", fact=f"junk{number} lies about thing{number}", **more)


def test_what_models_state_makes_room_before_what_was_seen(opened: Callable[..., ALMA]) -> None:
    alma, model = (
        opened("agents: {helena: {quota: 20}}\n"),
        opened("agents: {helena: {quota: 20}}\n", door=MODEL),
    )
    seen = [learn(alma, f"way {number}") for number in range(10)]
    said = [state(model, number) for number in range(10)]
    later = [learn(alma, f"other way {number}") for number in range(5)]
    kept = set(ids(alma.memories(limit=100, kind="outcome")))
    assert kept == {one.id for one in (*seen, *later)}
    assert ids(alma.memories(kind="knowledge")) == ids(said[:4:-1])
    assert [one.details["reason"] for one in alma.log() if one.kind == "forgotten"] == ["quota"] * 5


def test_what_models_say_fills_half_of_a_quota_and_refuses_nobody_else(opened: Callable[..., ALMA]) -> None:
    alma, model = opened(QUOTA), opened(QUOTA, door=MODEL)
    said = [state(model, number) for number in range(2)]
    with pytest.raises(ScopeError, match="half"):
        state(model, 2)
    assert not model.learn(agent="helena", task=TASK, outcome=True, strategy_used="s").accepted
    assert [learn(alma, f"way {number}").source for number in range(2)] == ["verified"] * 2
    assert ids(alma.memories(kind="knowledge")) == ids(said[::-1])
    for number in range(4):
        alma.add_heuristic(agent="helena", condition=f"c {number}", strategy="s", source="person")
    assert alma.stats().memories == {"heuristic": 4}


def test_a_model_makes_room_for_its_own_outcomes_with_its_oldest(opened: Callable[..., ALMA]) -> None:
    alma, model = opened(QUOTA), opened(QUOTA, door=MODEL)
    said = [learn(model, f"way {number}") for number in range(5)]
    assert ids(alma.memories(kind="outcome")) == ids(said[:2:-1])


@pytest.mark.parametrize("source", ["verified", "word"])
def test_a_fact_can_be_replaced_however_full_a_quota_is(opened: Callable[..., ALMA], source: str) -> None:
    alma = opened(QUOTA)
    facts = [state(alma, number, source=source) for number in range(2)]
    facts += [state(alma, number) for number in range(2, 4)]
    for number in range(10, 14):
        facts[0] = state(alma, number, source=source, replaces=facts[0].id)
        assert {one.id for one in alma.memories()} == {one.id for one in facts}
    archived = [one for one in alma.log() if one.kind == "forgotten"]
    assert [one.details["reason"] for one in archived] == ["quota"] * 4


def test_what_is_restored_makes_room_as_a_write_does(opened: Callable[..., ALMA]) -> None:
    alma = opened(QUOTA)
    kept = [learn(alma, f"way {number}", origin="a page") for number in range(4)]
    alma.forget(origin="a page", reason="planted")
    number = alma.log()[-1].seq
    later = [learn(alma, f"other way {number}") for number in range(3)]
    assert ids(alma.restore(number)) == ids(kept)
    assert ids(alma.memories(kind="outcome")) == ids(kept[::-1])
    assert ids(alma.restore(later[0].id)) == [later[0].id]
    assert alma.stats().agents == {"helena": 4}


def test_feedback_that_cannot_be_counted_says_so(opened: Callable[..., ALMA]) -> None:
    alma = opened("agents: {helena: {quota: 1}}\n")
    rule = alma.add_heuristic(agent="helena", condition="forms", strategy="Validate them")
    with pytest.raises(ScopeError, match=rf"{rule.id} cannot be counted: the quota"):
        alma.feedback(rule.id, signal="harmful")
    assert [one.kind for one in alma.log()] == ["stated", "refused"]


def test_a_large_quota_archives_a_hundredth_at_once(opened: Callable[..., ALMA]) -> None:
    alma = opened("agents: {helena: {quota: 300}}\n")
    for number in range(310):
        learn(alma, f"way {number}")
    assert [len(one.details["seqs"]) for one in alma.log(limit=1000) if one.kind == "forgotten"] == [4, 4, 4]  # type: ignore[arg-type]
    assert alma.stats().memories["outcome"] <= 300


def test_an_import_keeps_to_the_quota(opened: Callable[..., ALMA], tmp_path: Path) -> None:
    source = opened(path=tmp_path / "source.db")
    for number in range(10):
        learn(source, f"way {number}")
    source.export(tmp_path / "export.jsonl")
    alma = opened(QUOTA)
    learn(alma, "my own")
    alma.import_(tmp_path / "export.jsonl")
    assert alma.stats().agents == {"helena": 4}


def test_an_exact_copy_may_exceed_the_quota_until_the_next_write(
    opened: Callable[..., ALMA], tmp_path: Path
) -> None:
    source = opened(path=tmp_path / "source.db")
    for number in range(10):
        learn(source, f"way {number}")
    source.export(tmp_path / "export.jsonl")
    alma = opened(QUOTA)
    assert alma.import_(tmp_path / "export.jsonl") == 10
    assert alma.stats().agents == {"helena": 10}
    learn(alma, "my own")
    assert alma.stats().agents == {"helena": 4}


@pytest.mark.parametrize("quota", ["0", "-1", "1.5", "many", "true", "'10'", ".inf", "[1]"])
def test_a_quota_is_a_whole_number_from_one(quota: str) -> None:
    with pytest.raises(ConfigError, match=r"line 3: agents\.helena\.quota"):
        parse(f"embedder: hashing\nagents:\n  helena: {{quota: {quota}}}\n")


# -- purge ------------------------------------------------------------------------------------------------------

MARK = "zeppelin"
TEXT = 'quotes " and \\ marzipan zeppelin Größe 日本 🙂'


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file beside the store: the store, its log, its shared memory, backups, and whatever else lies there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def forms(text: str) -> set[bytes]:
    """A text in every form in which it could lie in a file."""
    escaped = json.dumps(text)[1:-1]
    twice = json.dumps(escaped)[1:-1]
    as_is = {
        one.encode(code)
        for one in (text, text.lower(), escaped, twice)
        for code in ("utf-8", "utf-16-le", "utf-16-be")
    }
    return {one for one in as_is if len(one) > 3}


def traces(folder: Path, *texts: str) -> list[tuple[str, str]]:
    """(file, text) of everything that can still be read."""
    return [
        (name, text)
        for name, held in files(folder)
        for text in texts
        if any(one in held for one in forms(text))
    ]


def everything_said(alma: ALMA) -> list[str]:
    """Ids of memories that say the text in every field, and of events that quote it."""
    done = alma.learn(
        agent="helena", task=f"task {TEXT}", outcome=False, strategy_used=f"sleep({MARK}) {TEXT}", error=f"why {TEXT}",
        feedback=f"feedback {TEXT}", key=f"key {TEXT}", metadata={f"name {MARK}": [{"deep": TEXT}]},
        workflow_id=f"flow-{MARK}", origin=f"origin {MARK}",
    ).outcome  # fmt: skip
    assert done is not None
    again = learn(alma, f"again {TEXT}", task=f"task {TEXT}")
    rule = alma.add_heuristic(agent="helena", condition=f"when {TEXT}", strategy=f"do {TEXT}")
    avoid = alma.add_anti_pattern(
        agent="helena", pattern=f"`{MARK} --force` {TEXT}", why_bad=TEXT, better_alternative=f"instead {TEXT}",
        triggers=[f"{MARK} --force"],
    )  # fmt: skip
    fact = alma.add_knowledge(agent="helena", fact=f"fact {TEXT}")
    newer = alma.add_knowledge(agent="helena", fact=f"newer {TEXT}", replaces=fact.id)
    liked = alma.add_preference(user="ada", preference=f"likes {TEXT}", category=f"about {MARK}")
    alma.revise(avoid.id, pattern=f"`{MARK} -f` {TEXT}", triggers=[f"{MARK} -f"])
    alma.revise(rule.id, strategy=f"reworded {TEXT}")
    alma.feedback(done.id, signal="same", note=again.id)
    alma.feedback(f"b-{done.id}", signal="used", note=f"note {TEXT}")
    alma.feedback(done.id, signal="not_same", note=again.id)
    alma.feedback(rule.id, signal="used", note=f"note {TEXT}")
    return [done.id, again.id, rule.id, avoid.id, fact.id, newer.id, liked.id]


def test_after_a_purge_no_byte_of_a_text_is_in_any_file_nor_in_a_later_backup(
    alma: ALMA, database: Path, tmp_path: Path
) -> None:
    for number in range(200):
        learn(alma, f"way {number}", task=f"Something else {number}")
    gone = everything_said(alma)
    assert traces(tmp_path, MARK)
    for one in gone:
        alma.forget(one, reason=f"it said: fact {TEXT}")
    assert sorted(alma.purge()) == sorted(gone)
    alma.backup(tmp_path / "later.db")
    alma.export(tmp_path / "later.jsonl")
    assert traces(tmp_path, TEXT, "marzipan", "Größe", "日本", "🙂") == []
    # What is left of the mark are names, which the log keeps: the workflow and the origin are nobody's words.
    left = sqlite3.connect(database)
    with closing(left):
        assert left.execute("PRAGMA freelist_count").fetchone() == (0,)
        for table in ("memory", "signature", "vector"):
            assert not any(MARK in str(row) for row in left.execute(f"SELECT * FROM {table}"))
        assert not any(MARK in str(row) for row in left.execute("SELECT details FROM event"))
    assert traces(tmp_path, MARK) == []
    assert len(alma.memories(kind="outcome", limit=1000)) == 200
    alma.close()
    assert traces(tmp_path, MARK, TEXT) == []


def test_a_purge_leaves_no_word_and_no_vector_in_the_indexes(alma: ALMA, database: Path) -> None:
    learn(alma, task="Something else")
    fact = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    with alma._store.reading() as now:
        kept = now.find(fact.id)
    assert kept is not None
    assert kept.vector is not None
    scope = scope_of(alma._store.project, "helena", "knowledge", fact.domain, embedded=False, seen=False)
    hidden = {index_word(scope, term) for term in indexing.terms_of(fact.fact)}
    assert hidden <= _index_words(database)
    alma.forget(fact.id, reason="private")
    alma.purge()
    assert hidden.isdisjoint(_index_words(database))
    assert all(kept.vector not in held for _, held in files(database.parent))


def _index_words(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as looking:
        looking.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab('main', 'words', 'row')")
        return {row[0] for row in looking.execute("SELECT term FROM held")}


def test_a_purge_leaves_what_others_say_and_takes_what_quotes_it(alma: ALMA, tmp_path: Path) -> None:
    one = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    other = alma.add_knowledge(agent="victor", fact="marzipan zeppelin")
    third = learn(alma)
    alma.feedback(third.id, signal="used", note="because of marzipan zeppelin")
    alma.forget(one.id, reason="r")
    assert alma.purge() == [one.id]
    assert ids(alma.retrieve("marzipan zeppelin", agent="victor").knowledge) == [other.id]
    alma.forget(other.id, reason="it said marzipan zeppelin")
    alma.purge()
    assert traces(tmp_path, "marzipan", MARK) == []
    said = [one.details for one in alma.log() if "reason" in one.details or "note" in one.details]
    assert [one.get("reason") or one.get("note") for one in said] == [
        "because of [purged]", "[purged]", "[purged]",
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["by its id", "by its origin", "twice", "as wrong", "as a belief"])
def test_after_a_purge_no_word_of_what_was_said_of_a_memory_is_left(
    alma: ALMA, tmp_path: Path, how: str
) -> None:
    if how == "as a belief":
        kept = [learn(alma, "Ask Zarquon to pay", origin="a page") for _ in range(3)]
        name = f"b-{kept[0].id}"
    else:
        name = alma.add_knowledge(agent="helena", fact="Customer Zarquon pays late", origin="a page").id
    alma.feedback(name, signal="used", note="Zarquon is the walrus")
    if how == "by its origin":
        alma.forget(origin="a page", reason="Zarquon asked for it")
    elif how == "as wrong":
        alma.feedback(name, signal="wrong", note="Zarquon has paid")
    else:
        alma.forget(name, reason="Zarquon asked for it")
    if how == "twice":
        alma.restore(name)
        alma.forget(name, reason="Nothing of Zarquon is to be kept")
    events = [(one.seq, one.at, one.kind, one.agent, one.source, one.memory_id) for one in alma.log()]
    assert alma.purge()
    alma.backup(tmp_path / "later.db")
    alma.export(tmp_path / "later.jsonl")
    assert "arquon" not in repr(alma.log())
    assert traces(tmp_path, "arquon", "walrus", "asked for it", "has paid", "Nothing of") == []
    log = [(one.seq, one.at, one.kind, one.agent, one.source, one.memory_id) for one in alma.log()]
    assert log[:-1] == events
    alma.import_(tmp_path / "later.jsonl")


def test_a_purge_leaves_the_reasons_of_what_is_still_only_forgotten(alma: ALMA, clock: FrozenClock) -> None:
    old, new = (
        alma.add_knowledge(agent="helena", fact=f"The fact of {name}") for name in ("walnuts", "figs")
    )
    alma.forget(old.id, reason="no longer so")
    clock.move(days=40)
    alma.forget(new.id, reason="no longer so")
    assert alma.purge("30d") == [old.id]
    assert [one.details["reason"] for one in alma.log() if one.kind == "forgotten"] == [
        "[purged]", "no longer so",
    ]  # fmt: skip


def test_a_purged_memory_that_an_export_brings_back_begins_without_its_old_words(
    alma: ALMA, tmp_path: Path
) -> None:
    fact = alma.add_knowledge(agent="helena", fact="The walnuts are in the cellar")
    alma.revise(fact.id, fact="The walnuts are in the attic")
    alma.export(tmp_path / "before.jsonl")
    for _ in range(2):
        alma.forget(fact.id, reason="walnuts are private")
        assert alma.purge() == [fact.id]
        assert alma.import_(tmp_path / "before.jsonl") == 1
        assert not any(word in " ".join(alma.explain(fact.id).history) for word in ("cellar", "private"))


def test_a_text_of_many_pages_is_gone_too(alma: ALMA, tmp_path: Path) -> None:
    long = " ".join(f"{MARK}{number:x}" for number in range(700))
    fact = alma.add_knowledge(agent="helena", fact=long)
    learn(alma, error=long, metadata={"log": long})
    alma.forget(agent="helena", reason="private")
    assert fact.id in alma.purge()
    assert traces(tmp_path, MARK, "zeppelin1") == []


def test_a_purge_that_another_process_holds_up_says_so_and_the_next_finishes_it(
    alma: ALMA, database: Path, tmp_path: Path
) -> None:
    alma._store._connection.execute("PRAGMA busy_timeout = 200")  # type: ignore[attr-defined]
    fact = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    alma.forget(fact.id, reason="private")
    reader = textwrap.dedent(f"""
        import sys
        from alma.store.sqlite import open_store
        with open_store({f"sqlite:///{database}"!r}, None).reading() as now:
            assert now.find({fact.id!r}) is not None
            print("reading", flush=True)
            sys.stdin.readline()
            assert now.find({fact.id!r}) is not None
    """)
    other = subprocess.Popen(
        [sys.executable, "-c", reader], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "reading\n"
        with pytest.raises(StoreError, match="purge again"):
            alma.purge()
        assert alma.retrieve("marzipan zeppelin", agent="helena").knowledge == ()
        with pytest.raises(MemoryNotFound):
            alma.restore(fact.id)
    finally:
        other.communicate("\n", timeout=60)
    assert other.returncode == 0
    assert alma.purge() == []
    assert traces(tmp_path, "marzipan", MARK) == []


def test_a_purge_that_fails_half_way_purges_nothing(alma: ALMA, database: Path) -> None:
    fact = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    alma.forget(fact.id, reason="private")
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        alma._store._connection.execute("PRAGMA busy_timeout = 100")  # type: ignore[attr-defined]
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            alma.purge()
        holder.execute("ROLLBACK")
    assert ids(alma.restore(fact.id)) == [fact.id]


def test_a_purge_by_age_leaves_what_was_forgotten_since(
    alma: ALMA, clock: FrozenClock, tmp_path: Path
) -> None:
    old, new = (
        alma.add_knowledge(agent="helena", fact=f"{name} zeppelin") for name in ("marzipan", "walnut")
    )
    alma.forget(old.id, reason="r")
    clock.move(days=40)
    alma.forget(new.id, reason="r")
    assert alma.purge("30d") == [old.id]
    assert "forgotten_before" in alma.log()[-1].details
    assert traces(tmp_path, "marzipan") == []
    assert ids(alma.restore(new.id)) == [new.id]


def test_a_backup_taken_before_is_a_file_of_its_own(alma: ALMA, tmp_path: Path) -> None:
    fact = alma.add_knowledge(agent="helena", fact="marzipan zeppelin")
    alma.backup(tmp_path / "before.db")
    alma.forget(fact.id, reason="r")
    alma.purge()
    alma.backup(tmp_path / "after.db")
    assert {name for name, _ in traces(tmp_path, MARK)} == {"before.db"}
    restored = open_store(f"sqlite:///{tmp_path / 'before.db'}", None)
    with restored.reading() as now:
        assert now.find(fact.id) is not None
    restored.close()
    assert os.path.exists(tmp_path / "after.db")
