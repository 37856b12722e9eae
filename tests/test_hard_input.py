"""Hard input through the public API: too much of one thing, clocks that jump, odd scripts, and changes meanwhile.

Whatever comes, every answer equals that of somebody who opens the file afresh.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alma import ALMA, AlmaError, InvalidInput, MemoryNotFound, Outcome
from alma.config.loading import parse
from alma.store.sqlite import open_store
from alma.testing import FrozenClock

TASK = "Test the login form"
MANY, FEWER = 10_000, 1_000
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def learn(alma: ALMA, strategy: str = "Explicit waits", outcome: Any = True, **more: Any) -> Outcome:
    """An accepted outcome on the usual task."""
    given = {"agent": "helena", "task": TASK, "outcome": outcome, "strategy_used": strategy, **more}
    kept = alma.learn(**given).outcome
    assert kept is not None
    return kept


def fill(alma: ALMA, results: Sequence[float], *, strategy: str = "Explicit waits") -> list[Outcome]:
    """Outcomes on the usual task, written past the verbs because there are so many."""
    vector = alma._meaning.vector(TASK)
    kept = []
    with alma._store.writing() as ledger:
        alma._meaning.claim(ledger, vector)
        for number, result in enumerate(results):
            name = "".join(LETTERS[number >> shift & 31] for shift in range(45, -5, -5))
            about = {
                "agent": "helena",
                "source": "verified",
                "origin": f"call:o-{name}",
                "created_at": alma._clock(),
            }
            made = Outcome(id=f"o-{name}", **about, task=TASK, strategy=strategy, result=result)  # type: ignore[arg-type]
            remembered = ledger.remember(made, vector=vector)
            assert isinstance(remembered, Outcome)
            kept.append(remembered)
    return kept


def answers(alma: ALMA, *tasks: str) -> list[object]:
    """What every reading verb says of these tasks."""
    said: list[object] = []
    for task in tasks or (TASK,):
        recall = alma.retrieve(task, agent="helena", user="ada", strategies=["Explicit waits", "Never tried"])
        whole = alma.retrieve(task, agent="helena", user="ada")
        said += [recall, whole, whole.to_prompt(), whole.to_prompt(style="xml")]
        said += [whole.explain(one.id) for one in (*whole.advice, *whole.memories)]
        said += [alma.warn(task, agent="helena", task=task)]
    return [*said, alma.memories(limit=20), alma.stats().memories, alma.log(limit=5)]


@pytest.fixture
def fresh(database: Path, clock: FrozenClock) -> Any:
    """Opens the file as somebody would who knows nothing of what went before."""

    def open_it() -> ALMA:
        return ALMA(parse("embedder: hashing"), open_store(f"sqlite:///{database}", None), clock=clock)

    return open_it


def same_afresh(alma: ALMA, fresh: Callable[[], ALMA], *tasks: str) -> list[object]:
    """The answers, once it is sure that a fresh computation gives the same."""
    said = answers(alma, *tasks)
    other = fresh()
    try:
        assert answers(other, *tasks) == said
    finally:
        other.close()
    return said


# -- too much of one thing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "status"),
    [([1.0] * MANY, "works"), ([0.0] * FEWER, "fails"), ([0.0, 1.0] * (FEWER // 2), "flaky")],
    ids=["all successes", "all failures", "back and forth"],
)
def test_thousands_of_outcomes_of_one_strategy_are_one_advice_with_honest_numbers(
    alma: ALMA, fresh: Callable[[], ALMA], results: list[float], status: str
) -> None:
    fill(alma, results)
    recall = alma.retrieve(TASK, agent="helena")
    (advice,) = recall.advice
    assert advice.status == status
    assert (advice.successes > 0) == (1.0 in results)
    assert (advice.failures > 0) == (0.0 in results)
    assert 0 < advice.lower < advice.mean < 1 or status == "fails"
    assert len(recall.to_prompt()) < 3000
    said = alma.explain(advice.id)
    assert len(said.evidence_for) + len(said.evidence_against) <= 200
    same_afresh(alma, fresh)
    learned = alma.learn(agent="helena", task=TASK, outcome=not results[-1], strategy_used="Explicit waits")
    assert learned.accepted
    same_afresh(alma, fresh)
    gone = alma.forget(f"b-{learned.outcome.id}", reason="too much")  # type: ignore[union-attr]
    assert gone
    assert alma.restore(f"b-{learned.outcome.id}") == gone  # type: ignore[union-attr]
    same_afresh(alma, fresh)


def test_equal_texts_with_different_outcomes_are_counted_each(alma: ALMA, fresh: Callable[[], ALMA]) -> None:
    for number in range(12):
        learn(alma, outcome=number % 4 != 0, error=f"why {number}" if number % 4 == 0 else None)
    for number in range(3):
        alma.add_knowledge(
            agent="helena", fact="The API is slow", source=("person", "word", "import")[number]
        )
    (advice,) = alma.retrieve(TASK, agent="helena").advice
    assert (advice.successes, advice.failures) == (9, 3)
    assert len(alma.retrieve(TASK, agent="helena").knowledge) == 1
    same_afresh(alma, fresh)


@pytest.mark.parametrize(
    "strategy", ["x", "7", "!", "日", "🙂", "é", "-", "#", "\u0301", "a b", "not", "the"]
)
def test_a_strategy_of_one_character_is_a_strategy(
    alma: ALMA, fresh: Callable[[], ALMA], strategy: str
) -> None:
    for outcome in (True, True, True):
        learn(alma, strategy, outcome)
    learn(alma, "y", False)
    recall = alma.retrieve(TASK, agent="helena", strategies=[strategy, "y"])
    assert [(one.strategy, one.successes) for one in recall.advice] == [(strategy, 3), ("y", 0)]
    assert [one.strategy for one in recall.heuristics] == [strategy]
    same_afresh(alma, fresh)


# -- clocks -----------------------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")
JUMPS = {
    "backwards": (timedelta(days=-400), timedelta(hours=-1), timedelta(seconds=-1)),
    "ten years ahead and back": (timedelta(days=3653), timedelta(days=-3653), timedelta(days=1)),
    "standing still": (timedelta(0), timedelta(0), timedelta(0)),
}


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_what_a_clock_does_changes_nothing_that_is_believed(
    alma: ALMA, clock: FrozenClock, fresh: Callable[[], ALMA], opened: Callable[..., ALMA], tmp_path: Path,
    jumps: Sequence[timedelta],
) -> None:  # fmt: skip
    steady = ALMA(
        parse("embedder: hashing"),
        open_store(f"sqlite:///{tmp_path / 'steady.db'}", None),
        clock=FrozenClock(),
    )
    for number, jump in enumerate((*jumps, timedelta(0))):
        for one in (alma, steady):
            learn(
                one,
                ("Explicit waits", "A fixed sleep")[number % 2],
                number % 2 == 0,
                error="slow" if number % 2 else None,
            )
            one.add_knowledge(agent="helena", fact=f"Fact number {number} of the shop")
        clock.move(seconds=jump.total_seconds())
    for given in (alma, steady):
        same = given.retrieve(TASK, agent="helena")
        told = [(one.strategy, one.successes, one.failures, one.mean, one.lower) for one in same.advice]
        if given is alma:
            expected = (
                told,
                [one.fact for one in same.knowledge],
                [one.why_bad for one in same.anti_patterns],
            )
    assert (
        told,
        [one.fact for one in same.knowledge],
        [one.why_bad for one in same.anti_patterns],
    ) == expected
    steady.close()
    same_afresh(alma, fresh)


def test_the_hour_that_a_clock_goes_through_twice_is_two_hours(
    database: Path, fresh: Callable[[], ALMA]
) -> None:
    now = [datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0)]
    alma = ALMA(parse("embedder: hashing"), open_store(f"sqlite:///{database}", None), clock=lambda: now[0])
    early = learn(alma)
    now[0] = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1)
    late = learn(alma, "A fixed sleep", False)
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert [one.id for one in alma.retrieve(TASK, agent="helena", as_of=between).outcomes] == [early.id]
    assert {one.created_at.astimezone(UTC).hour for one in (early, late)} == {0, 1}
    assert [one.created_at for one in alma.memories(kind="outcome")] == [
        late.created_at.astimezone(UTC), early.created_at.astimezone(UTC),
    ]  # fmt: skip
    alma.close()


def test_a_clock_without_a_zone_is_no_crash_and_loses_nothing(
    database: Path, fresh: Callable[[], ALMA]
) -> None:
    alma = ALMA(
        parse("embedder: hashing"),
        open_store(f"sqlite:///{database}", None),
        clock=lambda: datetime(2026, 1, 1, 12),
    )
    with suppress(AlmaError):
        learn(alma)
    fact = None
    with suppress(AlmaError):
        fact = alma.add_knowledge(agent="helena", fact="The API is slow")
    alma.close()
    other = fresh()
    assert len(other.retrieve(TASK, agent="helena").knowledge) == (fact is not None)
    other.close()


def test_forgetting_by_age_and_asking_for_a_time_survive_a_clock_that_jumped(
    alma: ALMA, clock: FrozenClock, fresh: Callable[[], ALMA]
) -> None:
    clock.move(days=3653)
    ahead = learn(alma, "From the future")
    clock.move(days=-3653)
    usual = learn(alma)
    assert alma.forget(older_than="1d", reason="old", dry_run=True) == []
    past = alma.retrieve(TASK, agent="helena", as_of=clock())
    assert {one.id for one in past.outcomes} == {ahead.id, usual.id}
    clock.move(days=2)
    assert [one.id for one in alma.forget(older_than="1d", reason="old")] == [usual.id]
    same_afresh(alma, fresh)


# -- scripts ----------------------------------------------------------------------------------------------------

SCRIPTS = {
    "Japanese": ("ログインフォームをテストする", "明示的に待つ", "固定で五秒眠る", "ステージングのポートは8080です"),
    "Arabic": ("اختبر نموذج تسجيل الدخول", "انتظر الزر صراحة", "نم خمس ثوان", "منفذ الخادم هو 8080"),
    "emoji": ("🧪🔐📝 ✅", "⏳👀🔘", "😴😴😴😴😴", "🚪 port 8080 🚪"),
    "marks that turn the line": ("Test \u202ethe\u202c login\u200f form", "\u2067wait\u2069 \u200efor it", "\u202bsleep 5", "port\u200f 8080"),
    "combining": ("Tes\u0301t\u0308 the\u0323 form", "wa\u0301it", "sle\u0308ep", "po\u0323rt 8080"),
}  # fmt: skip


@pytest.mark.parametrize("texts", SCRIPTS.values(), ids=SCRIPTS)
def test_the_loop_works_in_any_script(alma: ALMA, fresh: Callable[[], ALMA], texts: tuple[str, ...]) -> None:
    task, good, bad, fact = texts
    for _ in range(3):
        learn(alma, good, True, task=task)
        learn(alma, bad, False, task=task, error=bad)
    one = alma.add_knowledge(agent="helena", fact=fact)
    two = alma.add_knowledge(agent="helena", fact=fact.replace("8080", "9090"))
    assert two.contradicts == (one.id,)
    alma.add_preference(user="ada", preference=good)
    recall = alma.retrieve(task, agent="helena", user="ada")
    assert [(a.strategy, a.successes, a.failures) for a in recall.advice] == [(good, 3, 0), (bad, 0, 3)]
    (avoid,) = recall.anti_patterns
    assert (avoid.pattern, avoid.better_alternative) == (bad, good)
    assert not any(
        0x202A <= ord(letter) <= 0x202E or 0x2066 <= ord(letter) <= 0x2069 for letter in recall.to_prompt()
    )
    same_afresh(alma, fresh, task)
    for id_ in (f"b-{recall.outcomes[0].id}", one.id):
        alma.forget(id_, reason=bad)
    alma.purge()
    same_afresh(alma, fresh, task)


# -- imports that contradict the ledger -------------------------------------------------------------------------


def test_an_import_that_contradicts_the_ledger_stands_beside_it_and_overturns_nothing(
    alma: ALMA, opened: Callable[..., ALMA], fresh: Callable[[], ALMA], tmp_path: Path
) -> None:
    other = opened(path=tmp_path / "other.db")
    for number in range(4):
        learn(alma, "Explicit waits", True)
        learn(alma, "A fixed sleep", False, error="timed out")
        learn(other, "Explicit waits", False, error=f"hung {number}")
        learn(other, "A fixed sleep", True)
    own = alma.add_knowledge(agent="helena", fact="The staging API listens on port 8080", source="person")
    other.add_knowledge(agent="helena", fact="The staging API listens on port 9090")
    before = alma.retrieve(TASK, agent="helena")
    other.export(tmp_path / "other.jsonl")
    assert alma.import_(tmp_path / "other.jsonl") == 9
    after = alma.retrieve(TASK, agent="helena")
    assert [one.strategy for one in after.advice] == [one.strategy for one in before.advice]
    assert {one.source for one in after.outcomes} >= {"import"} or len(after.outcomes) == 5
    asked = alma.retrieve("Which port does the staging API listen on?", agent="helena").knowledge
    beside = {one.source: one for one in asked}
    assert beside["person"].contradicts == (beside["import"].id,)
    assert beside["import"].contradicts == (own.id,)
    same_afresh(alma, fresh)
    assert len(alma.forget(source="import", reason="it contradicts what was seen")) == 9
    undone = alma.retrieve(TASK, agent="helena")
    assert (undone.advice, undone.anti_patterns, undone.knowledge) == (
        before.advice, before.anti_patterns, before.knowledge,
    )  # fmt: skip
    same_afresh(alma, fresh)


def test_an_import_of_the_same_memories_with_other_results_changes_none_of_them(
    alma: ALMA, opened: Callable[..., ALMA], fresh: Callable[[], ALMA], tmp_path: Path
) -> None:
    kept = learn(alma, outcome=True)
    alma.export(tmp_path / "one.jsonl")
    other = opened(path=tmp_path / "other.db")
    other.import_(tmp_path / "one.jsonl")
    other.forget(kept.id, reason="it was a failure")
    learn(other, outcome=False)
    other.export(tmp_path / "two.jsonl")
    alma.import_(tmp_path / "two.jsonl")
    assert alma.explain(kept.id).memory == kept
    (advice,) = alma.retrieve(TASK, agent="helena").advice
    assert (advice.successes, advice.failures) == (1, 1)
    same_afresh(alma, fresh)


# -- forgetting meanwhile ---------------------------------------------------------------------------------------


def test_a_recall_in_another_thread_is_of_one_moment_whatever_is_forgotten_meanwhile(
    alma: ALMA, fresh: Callable[[], ALMA]
) -> None:
    kept = [learn(alma, error=None, origin="a page") for _ in range(30)]
    wrong: list[object] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            recall = alma.retrieve(TASK, agent="helena", top_k=50)
            counts = [one.successes for one in recall.advice]
            if counts not in ([], [30]) or len(recall.outcomes) not in (0, 30):
                wrong.append((counts, len(recall.outcomes)))
            with suppress(MemoryNotFound):
                said = alma.explain(f"b-{kept[0].id}")
                if len(said.evidence_for) != 30:
                    wrong.append(len(said.evidence_for))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for one in threads:
        one.start()
    for _ in range(10):
        alma.forget(origin="a page", reason="r")
        alma.restore(alma.log()[-1].seq)
    done.set()
    for one in threads:
        one.join()
    assert wrong == []
    same_afresh(alma, fresh)


def test_a_recall_in_another_process_is_of_one_moment_whatever_is_forgotten_and_purged_meanwhile(
    alma: ALMA, database: Path, fresh: Callable[[], ALMA]
) -> None:
    for number in range(20):
        learn(alma, f"way {number}", origin="a page")
        learn(alma, "Kept", origin="elsewhere")
    program = textwrap.dedent(f"""
        import sys
        from alma import ALMA
        from alma.config.loading import parse
        from alma.store.sqlite import open_store
        with ALMA(parse("embedder: hashing"), open_store({f"sqlite:///{database}"!r}, None)) as alma:
            print("ready", flush=True)
            seen = set()
            for _ in range(150):
                recall = alma.retrieve({TASK!r}, agent="helena", top_k=50)
                seen.add((len(recall.advice), len(recall.outcomes)))
                recall.to_prompt()
            print(sorted(seen), flush=True)
    """)
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    for _ in range(8):
        alma.forget(origin="a page", reason="r")
        alma.restore(alma.log()[-1].seq)
    alma.forget(origin="a page", reason="r")
    with suppress(AlmaError):
        alma.purge()
    said = other.communicate(timeout=120)[0]
    assert other.returncode == 0
    assert set(eval(said)) <= {(21, 40), (1, 20)}
    assert [one.strategy for one in alma.retrieve(TASK, agent="helena").advice] == ["Kept"]
    same_afresh(alma, fresh)


def test_what_is_forgotten_between_a_recall_and_its_learning_is_no_harm(
    alma: ALMA, fresh: Callable[[], ALMA]
) -> None:
    kept = learn(alma)
    recall = alma.retrieve(TASK, agent="helena")
    alma.forget(kept.id, reason="r")
    alma.purge()
    assert recall.to_prompt()
    with pytest.raises(MemoryNotFound):
        recall.explain(kept.id)
    learned = alma.learn(
        agent="helena", task=TASK, outcome=True, strategy_used=recall.advice[0].id, recall=recall
    )
    assert learned.outcome is not None
    assert learned.outcome.strategy == "Explicit waits"
    with pytest.raises((MemoryNotFound, InvalidInput)):
        alma.learn(agent="helena", task=TASK, outcome=True, strategy_used=kept.id)
    same_afresh(alma, fresh)
