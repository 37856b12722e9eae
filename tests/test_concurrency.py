"""Many at once on one file: nothing lost, nothing stale, and every answer that of a fresh computation.

The workers are real processes; what they do is drawn from a seed, so that a failure can be repeated.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any

import pytest

from alma import ALMA, AlmaError, Conflict, InvalidInput, MemoryNotFound, NotFound, StoreLocked
from alma.config.loading import parse
from alma.domain.values import replace
from alma.store.sqlite import SQLiteStore, open_store
from alma.testing import FrozenClock

CONFIG = """
embedder: hashing
agents:
  senior: {share_with: [junior]}
  junior: {cannot_learn: [backend]}
"""
AGENTS = ("senior", "junior", "victor")
TASKS = (
    "Test the login form", "Test the login page form", "Check that the login form works", "Deploy the shop",
    "Deploy the shop to production", "日本語のテストを書く", "Upgrade the database", "Upgrade the database server",
)  # fmt: skip
STRATEGIES = (
    "Explicit waits",
    "sleep(5)",
    "sleep 5 && npm test",
    "We used explicit waits",
    "A blue-green switch",
)
PROCESSES = 8


def open_at(path: str) -> ALMA:
    """ALMA on this file, as each of the processes opens it."""
    return ALMA(parse(CONFIG), open_store(f"sqlite:///{path}", "shop"), clock=FrozenClock())


def answers(alma: ALMA) -> list[str]:
    """What every reading verb says, to everything that can be asked here."""
    said = [
        repr(replace(alma.stats(), store="", bytes=0)),
        repr(alma.log(limit=1000)),
        repr(alma.workflows()),
    ]
    for agent in AGENTS:
        for task in TASKS:
            recall = alma.retrieve(
                task, agent=agent, user="ada", strategies=STRATEGIES[:2] if agent == "victor" else None
            )
            said += [repr(recall), repr(recall.candidates), recall.to_prompt(), recall.to_prompt(200, "xml")]
        for action in ("sleep(3)", "sleep 9 && npm test", "npm publish --force"):
            said.append(repr(alma.warn(action, agent=agent, task=TASKS[0])))
        listed = alma.memories(agent=agent, limit=200)
        said.append(repr(listed))
        for one in listed[:15]:
            said += [repr(alma.explain(one.id, agent=agent)), repr(alma.explain(one.id, task=TASKS[0]))]
    for number in range(3):
        with suppress(NotFound):
            said.append(repr(alma.resume(f"w{number}")))
    return said


class Worker:
    """Does one thing after another to a ledger, as its seed says."""

    def __init__(self, alma: ALMA, seed: int, export: str) -> None:
        self.alma = alma
        self.random = random.Random(seed)
        self.export = export

    def act(self) -> None:
        """One act, which others may have made impossible."""
        pick = self.random.choice
        verb: Callable[[], object] = pick(
            [self.learn] * 8 + [self.state] * 2 + [self.forget] * 3 + [self.restore] * 3
            + [self.revise] * 2 + [self.say] * 3 + [self.save, self.take_in, self.read]
        )  # fmt: skip
        with suppress(MemoryNotFound, Conflict):
            verb()

    def learn(self) -> None:
        pick = self.random.choice
        self.alma.learn(
            agent=pick(AGENTS), task=pick(TASKS), outcome=self.random.random(), strategy_used=pick(STRATEGIES),
            error=pick([None, "timed out", "refused"]), domain=pick([None, "testing", "backend"]),
            source=pick([None, "word"]), origin=pick([None, "a", "b"]), workflow_id=pick([None, "w0", "w1"]),
        )  # fmt: skip

    def state(self) -> None:
        agent, number = self.random.choice(AGENTS), self.random.randrange(6)
        self.alma.add_knowledge(agent=agent, fact=f"The API is at version {number}")
        self.alma.add_anti_pattern(agent=agent, pattern=f"sleep({number})", why_bad="flaky")
        self.alma.add_preference(user="ada", preference=f"Answer in {number} words")

    def some(self, *kinds: str) -> str:
        found = [one.id for kind in kinds for one in self.alma.memories(kind=kind, limit=30)]
        return self.random.choice(found or ["o-none"])

    def forget(self) -> None:
        if self.random.random() < 0.15:
            self.alma.forget(origin="a", reason="rolled back")
        else:
            self.alma.forget(self.some("outcome", "knowledge", "anti_pattern", "preference"), reason="no")

    def restore(self) -> None:
        gone = [event for event in self.alma.log(limit=300) if event.kind == "forgotten" and event.memory_id]
        if gone:
            self.alma.restore(str(self.random.choice(gone).memory_id))

    def revise(self) -> None:
        self.alma.revise(self.some("knowledge"), fact=f"The API is at version {self.random.randrange(99)}")

    def say(self) -> None:
        signal = self.random.choice(["used", "helpful", "harmful", "wrong", "same", "not_same"])
        other = self.some("outcome")
        with suppress(InvalidInput):  # of one and the same strategy nothing can be said
            self.alma.feedback(self.some("outcome"), signal=signal, note=other)

    def save(self) -> None:
        name = f"w{self.random.randrange(3)}"
        self.alma.checkpoint(name, state={"n": self.random.random()}, task=TASKS[0], agent="senior")

    def take_in(self) -> None:
        self.alma.import_(self.export)

    def read(self) -> None:
        self.alma.retrieve(self.random.choice(TASKS), agent=self.random.choice(AGENTS)).to_prompt()


def interleaved(path: str, seed: int, export: str, together: Any, said: Any) -> None:
    """One of the eight: acts, waits for the others, answers with all that it kept in memory."""
    with open_at(path) as alma:
        worker = Worker(alma, seed, export)
        together.wait(120)
        for _ in range(30):
            worker.act()
        together.wait(240)
        Path(said, f"{seed}.json").write_text(json.dumps(answers(alma)))


def spawn(target: Callable[..., None], *arguments: tuple[object, ...]) -> None:
    """Run a process for each of these arguments, and wait until all have ended well."""
    context: SpawnContext = multiprocessing.get_context("spawn")
    running = [context.Process(target=target, args=given) for given in arguments]
    for one in running:
        one.start()
    for one in running:
        one.join(300)
    assert [one.exitcode for one in running] == [0] * len(running)


def test_eight_processes_interleaved_answer_like_a_fresh_one_and_like_a_rebuilt_store(tmp_path: Path) -> None:
    path, export, rebuilt = (str(tmp_path / name) for name in ("alma.db", "foreign.jsonl", "rebuilt.db"))
    with open_at(str(tmp_path / "foreign.db")) as foreign:
        for seed in range(3):
            Worker(foreign, 100 + seed, "").learn()
            Worker(foreign, 100 + seed, "").state()
        foreign.export(export)
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(PROCESSES)
    spawn(interleaved, *((path, seed, export, together, str(tmp_path)) for seed in range(PROCESSES)))
    with open_at(path) as fresh:
        wanted = answers(fresh)
        fresh.export(tmp_path / "all.jsonl")
    for seed in range(PROCESSES):
        assert json.loads((tmp_path / f"{seed}.json").read_text()) == wanted, f"process {seed} is stale"
    with open_at(rebuilt) as copy:
        copy.import_(tmp_path / "all.jsonl")
        assert answers(copy) == wanted
        copy.export(tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "all.jsonl").read_bytes()


def learning(path: str, seed: int, acknowledged: Any, together: Any) -> None:
    """One of the eight: what any process was told is kept, this one sees at once."""
    with open_at(path) as alma:
        together.wait(120)
        for number in range(200):
            alma.learn(
                agent=AGENTS[seed % 3], task=f"{TASKS[number % 8]} {number}", outcome=True,
                strategy_used=f"strategy {number % 5}", key=f"{seed}:{number}",
            )  # fmt: skip
            with acknowledged.get_lock():
                acknowledged.value += 1
            known = acknowledged.value
            with alma._store.reading() as now:
                assert now.head() >= known
                assert now.keyed(f"{seed}:{number}") is not None


def test_eight_processes_learn_two_hundred_times_each_and_all_is_there(tmp_path: Path) -> None:
    path = str(tmp_path / "alma.db")
    context = multiprocessing.get_context("spawn")
    acknowledged, together = context.Value("i", 0), context.Barrier(PROCESSES)
    watcher = open_at(path)
    spawn(learning, *((path, seed, acknowledged, together) for seed in range(PROCESSES)))
    with watcher as alma:
        assert alma.stats().memories == {"outcome": 1600}
        with alma._store.reading() as now:
            found = [now.keyed(f"{seed}:{number}") for seed in range(PROCESSES) for number in range(200)]
        assert None not in found


def test_the_same_key_from_eight_threads_is_learned_once(tmp_path: Path) -> None:
    alma = [open_at(str(tmp_path / "alma.db")) for _ in range(8)]
    together = threading.Barrier(8)

    def learn(one: ALMA) -> str:
        together.wait(60)
        kept = one.learn(agent="victor", task="t", outcome=True, strategy_used="s", key="once").outcome
        assert kept is not None
        return kept.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(learn, alma))) == 1
    assert alma[0].stats().memories == {"outcome": 1}
    for one in alma:
        one.close()


def test_one_alma_serves_many_threads(tmp_path: Path) -> None:
    with open_at(str(tmp_path / "alma.db")) as alma, ThreadPoolExecutor(8) as pool:

        def work(number: int) -> int:
            alma.learn(agent="victor", task=f"Task {number}", outcome=True, strategy_used="s")
            return len(alma.retrieve(f"Task {number}", agent="victor", top_k=1000).outcomes)

        assert min(pool.map(work, range(64))) > 0
        assert alma.stats().memories == {"outcome": 64}


def test_restoring_at_once_from_several_sides_restores_once(tmp_path: Path) -> None:
    alma = [open_at(str(tmp_path / "alma.db")) for _ in range(4)]
    kept = [alma[0].add_heuristic(agent="victor", condition=f"c{n}", strategy="s").id for n in range(6)]
    together = threading.Barrier(4)

    def flip(one: ALMA) -> None:
        for memory_id in kept:
            for act in (lambda: one.forget(memory_id, reason="no"), lambda: one.restore(memory_id)):  # noqa: B023
                together.wait(60)
                with suppress(MemoryNotFound, Conflict):
                    act()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(flip, alma))
    for one in alma:
        assert one.stats().memories == {"heuristic": 6}
        assert one.stats().forgotten == 0
        assert len(one.retrieve("c1", agent="victor", top_k=50).heuristics) == 6
        one.close()


def test_two_who_revise_different_fields_both_keep_their_words(tmp_path: Path) -> None:
    alma = [open_at(str(tmp_path / "alma.db")) for _ in range(2)]
    memory_id = alma[0].add_heuristic(agent="victor", condition="c", strategy="s").id
    together = threading.Barrier(2)

    def revise(who: int) -> None:
        for number in range(40):
            together.wait(60)
            alma[who].revise(memory_id, **{("condition", "strategy")[who]: f"{who} {number}"})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(revise, range(2)))
    (found,) = alma[0].memories(kind="heuristic")
    assert (found.condition, found.strategy) == ("0 39", "1 39")  # type: ignore[attr-defined]
    for one in alma:
        one.close()


def test_a_version_is_given_to_one_of_those_who_expect_it(tmp_path: Path) -> None:
    alma = [open_at(str(tmp_path / "alma.db")) for _ in range(8)]
    alma[0].checkpoint("w", state=0)
    together = threading.Barrier(8)

    def save(who: int) -> bool:
        together.wait(60)
        try:
            return alma[who].checkpoint("w", state=who, expected_version=1).version == 2
        except Conflict as conflict:
            return conflict.current != 2

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(8))) == 1
    for one in alma:
        one.close()


def test_a_process_that_was_forked_has_its_own_connection(tmp_path: Path) -> None:
    program = """
        import os, sys
        from alma import ALMA
        alma = ALMA.open(sys.argv[1], project="shop", config=sys.argv[2])
        def learn(who, number):
            alma.learn(agent="victor", task=f"Task {number}", outcome=True, strategy_used=who, key=f"{who}{number}")
        learn("before", 0)
        child = os.fork()
        for number in range(30):
            learn("parent" if child else "child", number)
        assert len(alma.retrieve("Task 1", agent="victor").outcomes) > 1
        if not child:
            alma.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        learn("after", 0)
        assert alma.stats().memories == {"outcome": 62}, alma.stats()
        alma.close()
    """
    (tmp_path / "config.yaml").write_text(CONFIG)
    run(program, f"sqlite:///{tmp_path}/alma.db", str(tmp_path / "config.yaml"))
    with open_at(str(tmp_path / "alma.db")) as alma:
        assert alma._store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)  # type: ignore[attr-defined]


def test_what_a_forked_process_learns_is_kept_though_its_parent_and_others_close_the_store(
    tmp_path: Path,
) -> None:
    program = """
        import os, subprocess, sys
        from alma import ALMA
        alma = ALMA.open(sys.argv[1], project="shop", config=sys.argv[2])
        def learn(who):
            alma.learn(agent="victor", task=f"Task of {who}", outcome=True, strategy_used=who)
        learn("parent")
        closed, told = os.pipe()
        child = os.fork()
        if not child:
            learn("child")
            os.read(closed, 1)
            learn("child again")
            os._exit(0)
        alma.close()
        other = "import sys; from alma import ALMA; ALMA.open(sys.argv[1], config=sys.argv[2]).close()"
        subprocess.run([sys.executable, "-c", other, *sys.argv[1:]], check=True)
        os.write(told, b"x")
        assert os.waitpid(child, 0)[1] == 0
        with ALMA.open(sys.argv[1], config=sys.argv[2]) as alma:
            assert alma.stats().memories == {"outcome": 3}, alma.stats()
    """
    (tmp_path / "config.yaml").write_text(CONFIG)
    run(program, f"sqlite:///{tmp_path}/alma.db", str(tmp_path / "config.yaml"))


def test_a_process_that_is_forked_in_the_middle_of_a_transaction_can_do_nothing_with_it(
    tmp_path: Path,
) -> None:
    program = """
        import os, sys
        from alma import ALMA
        from alma.domain.errors import StoreError
        alma = ALMA.open(sys.argv[1], project="shop", config=sys.argv[2])
        try:
            with alma._store.writing() as ledger:
                child = os.fork()
        except StoreError as error:
            os._exit(0 if child == 0 and "forked" in str(error) else 2)
        assert child
        assert os.waitpid(child, 0)[1] == 0
        alma.learn(agent="victor", task="Task", outcome=True, strategy_used="afterwards")
    """
    (tmp_path / "config.yaml").write_text(CONFIG)
    run(program, f"sqlite:///{tmp_path}/alma.db", str(tmp_path / "config.yaml"))


def run(program: str, *arguments: str) -> str:
    """Run a program of its own, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def killed_while(program: str, *arguments: str, after: float) -> list[str]:
    """Start a program, kill it this long after its first line, and give the lines it had printed."""
    running = subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(program), *arguments], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    with running, running.stdout as output:
        first = output.readline()
        time.sleep(after)
        running.send_signal(signal.SIGKILL)
        return [first, *output.read().splitlines()]


def test_a_kill_in_the_middle_of_learning_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    program = """
        import sys
        from test_concurrency import open_at
        alma = open_at(sys.argv[1])
        first = alma.stats().memories.get("outcome", 0)
        for number in range(first, 10_000):
            alma.learn(agent="victor", task=f"Task {number}", outcome=True, strategy_used="s", key=str(number))
            print(number)
    """
    path = str(tmp_path / "alma.db")
    for attempt in range(4):
        acknowledged = [int(line) for line in killed_while(_here(program), path, after=0.08 * attempt)]
        with open_at(path) as alma, alma._store.reading() as now:
            count = now.stats().memories["outcome"]
            assert count in (acknowledged[-1] + 1, acknowledged[-1] + 2)
            assert all(now.keyed(str(number)) is not None for number in range(count))
            assert alma._store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)  # type: ignore[attr-defined]


def test_a_kill_in_the_middle_of_a_checkpoint_leaves_the_last_one_whole(tmp_path: Path) -> None:
    program = """
        import sys
        from test_concurrency import open_at
        alma = open_at(sys.argv[1])
        number = alma.resume("deploy-v2").version + 1
        state = {"number": number, "blob": "steps " * (16 * 2**20 // 6 - 20), "end": number}
        print(alma.checkpoint("deploy-v2", state=state).version)
    """
    path = str(tmp_path / "alma.db")
    with open_at(path) as alma:
        alma.checkpoint("deploy-v2", state={"number": 1, "end": 1})
    last = 1
    for written in (0.1, 0.5, 0.9):
        with subprocess.Popen(
            [sys.executable, "-c", _here(program), path], stdout=subprocess.PIPE
        ) as running:
            while running.poll() is None and _size(path + "-wal") < written * 16 * 2**20:
                time.sleep(0.001)
            running.send_signal(signal.SIGKILL)
            said = running.stdout.read() if running.stdout is not None else b""
        with open_at(path) as alma:
            resumed = alma.resume("deploy-v2")
        state: Any = resumed.state
        assert resumed.version in ((last, last + 1) if not said else (last + 1,))
        assert (state["number"], state["end"]) == (resumed.version, resumed.version)
        last = resumed.version


def _size(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


def _here(program: str) -> str:
    return f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n{textwrap.dedent(program)}"


def test_a_lock_that_another_program_holds_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    path = str(tmp_path / "alma.db")
    with open_at(path) as holder:
        holder.add_heuristic(agent="victor", condition="c", strategy="s")
        store = SQLiteStore(path, "shop", timeout=0.3)
        waiting = ALMA(parse(CONFIG), store, clock=FrozenClock())
        with holder._store.writing():
            for act in (
                lambda: waiting.learn(agent="victor", task="t", outcome=True, strategy_used="s"),
                lambda: waiting.add_knowledge(agent="victor", fact="f"),
                lambda: waiting.checkpoint("w", state=1),
                lambda: waiting.forget(agent="victor", reason="no"),
            ):
                with pytest.raises(StoreLocked) as refusal:
                    act()
                assert refusal.value.store == path
            assert waiting.retrieve("c", agent="victor").heuristics
            assert waiting.warn("sleep(5)", agent="victor") == []
        assert waiting.stats().events == 1
        waiting.add_knowledge(agent="victor", fact="f")
        assert holder.stats().memories == {"heuristic": 1, "knowledge": 1}
        waiting.close()


def test_what_one_process_forgets_another_stops_saying_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "alma.db")
    program = """
        import sys
        from alma import ALMA
        with ALMA.open(sys.argv[1], project="shop", config=sys.argv[2]) as alma:
            for one in alma.memories(agent="victor", kind=sys.argv[3] or None):
                alma.forget(one.id, reason="no")
    """
    (tmp_path / "config.yaml").write_text(CONFIG)
    with open_at(path) as alma:
        alma.learn(
            agent="victor",
            task="Deploy the shop",
            outcome=False,
            strategy_used="npm publish --force",
            error="no",
        )
        alma.add_anti_pattern(agent="victor", pattern="Using sleep() to wait", why_bad="flaky")
        assert alma.retrieve("Deploy the shop", agent="victor").outcomes
        assert alma.warn("npm publish --force", agent="victor")
        assert alma.warn("sleep(5)", agent="victor")
        run(program, f"sqlite:///{path}", str(tmp_path / "config.yaml"), "outcome")
        assert alma.retrieve("Deploy the shop", agent="victor").outcomes == ()
        assert alma.warn("npm publish --force", agent="victor") == []
        run(program, f"sqlite:///{path}", str(tmp_path / "config.yaml"), "")
        assert not alma.retrieve("Deploy the shop", agent="victor")
        assert alma.warn("sleep(5)", agent="victor") == []
        with pytest.raises(AlmaError):
            alma.explain(alma.log()[0].memory_id or "")


LEARNS = """
import sys
from alma import ALMA
from alma.config.loading import parse
from alma.store.sqlite import open_store
with ALMA(parse("embedder: hashing"), open_store(f"sqlite:///{sys.argv[1]}", "shop")) as alma:
    alma.learn(agent="victor", task=sys.argv[2], outcome=True, strategy_used="In a program that ends")
    print(alma.stats().memories["outcome"])
"""


def learned_elsewhere(path: str, task: str) -> int:
    """Another program learns and ends; how many outcomes it saw."""
    ran = subprocess.run(
        [sys.executable, "-c", LEARNS, path, task], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


def look_at_the_file(path: str) -> None:
    open_at(path).close()


def purge_something(path: str) -> None:
    with open_at(path) as alma:
        kept = alma.add_knowledge(agent="victor", fact="The staging server is called aubergine")
        alma.forget(kept.id, reason="wrong")
        alma.purge()


@pytest.mark.parametrize("meanwhile", [look_at_the_file, purge_something])
def test_a_program_that_opens_a_file_twice_loses_nothing_when_another_one_ends(
    tmp_path: Path, meanwhile: Callable[[str], None]
) -> None:
    path = str(tmp_path / "alma.db")
    with open_at(path) as alma:
        alma.learn(agent="victor", task="First", outcome=True, strategy_used="Carefully")
        meanwhile(path)
        assert learned_elsewhere(path, "Second") == 2
        alma.learn(agent="victor", task="Third", outcome=True, strategy_used="Carefully")
        alma.purge()
        assert learned_elsewhere(path, "Fourth") == 4
        alma.learn(agent="victor", task="Fifth", outcome=True, strategy_used="Carefully")
    assert learned_elsewhere(path, "Sixth") == 6


def test_opening_a_file_again_and_again_keeps_no_handle(tmp_path: Path) -> None:
    path = str(tmp_path / "alma.db")
    with open_at(path):
        before = len(os.listdir("/dev/fd"))
        for _ in range(20):
            open_at(path).close()
        assert len(os.listdir("/dev/fd")) <= before + 2  # one of ours, and one of SQLite's
    assert len(os.listdir("/dev/fd")) < before
