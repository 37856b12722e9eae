"""The demonstration: the memory alone decides whether its agents repeat a mistake, and nothing of it stays behind."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alma.alma import ALMA
from alma.demo.policy import chosen
from alma.demo.screen import GREEN, Screen, wants_colours
from alma.demo.session import Attempt, telling
from alma.demo.shop import VISITS, Shop
from alma.demo.story import Lesson, Story, played, prepare, repeats, show
from alma.demo.work import HELENA, VICTOR, Task

DEMO = [sys.executable, "-c", "import sys; from alma.cli import main; sys.exit(main())", "demo"]
LOGIN = Task("Test the login form", "login", "Sign in")
SLEEP, RELOAD, WAIT = (habit.strategy for habit in HELENA.habits)
EXCEPT = ("ALMA_", "XDG_")


class Place:
    """A user with a home, a project with a memory of its own, and a temporary folder with a blank in its name."""

    def __init__(self, folder: Path) -> None:
        self.home, self.project, self.temporary = (
            folder / "home",
            folder / "project",
            folder / "temporary files",
        )
        for made in (self.home, self.project / ".alma", self.temporary):
            made.mkdir(parents=True)
        (self.project / ".alma" / "config.yaml").write_text("nonsense: true\n")

    @property
    def environ(self) -> dict[str, str]:
        """An environment in which whatever leaks into the demonstration breaks it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(EXCEPT)}
        leaks = {
            "ALMA_STORE": "sqlite:////nowhere/alma.db",
            "ALMA_CONFIG": "/nowhere",
            "ALMA_AGENT": "mallory",
        }
        proxies = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        return kept | leaks | proxies | {"HOME": str(self.home), "TMPDIR": str(self.temporary)}

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The demonstration, from inside the project."""
        return subprocess.run(
            [*DEMO, *options], cwd=self.project, env=self.environ, capture_output=True, encoding="utf-8"
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, dict]:
    place = Place(tmp_path_factory.mktemp("kept"))
    ran = place.run("--json", "--keep", "--seed", "7")
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return place, json.loads(ran.stdout)


@pytest.fixture
def alma(tmp_path: Path):
    prepare(tmp_path)
    with ALMA.from_config(tmp_path / ".alma" / "config.yaml") as opened:
        yield opened


def failed(attempts: list[dict]) -> set[tuple[str, str]]:
    return {(one["agent"], one["strategy"]) for one in attempts if one["exit_code"] != 0}


def test_what_failed_in_the_first_session_does_not_fail_again_in_the_second(kept):
    _, said = kept
    first, second = said["sessions"]["1"]["attempts"], said["sessions"]["2"]["attempts"]
    assert {agent for agent, _ in failed(first)} == {"helena", "victor"}
    assert failed(second) == set()
    assert said["repeated_mistakes"] == 0
    assert len(second) == 6


def test_a_second_session_that_starts_with_an_emptied_memory_makes_the_mistakes_of_the_first_again(
    kept, tmp_path
):
    _, said = kept
    project = tmp_path / "again"
    shutil.copytree(said["folder"], project)
    with ALMA.from_config(project / ".alma" / "config.yaml") as memory:
        for agent in ("helena", "victor", "senior_architect"):
            memory.forget(agent=agent, reason="to see what happens without")
    emptied = played(project, 2, seed=7, quiet=True)
    assert failed(said["sessions"]["1"]["attempts"]) <= {
        (a.agent, a.strategy) for a in emptied if not a.passed
    }
    assert failed(said["sessions"]["2 without memory"]["attempts"]) == {
        (a.agent, a.strategy) for a in emptied if not a.passed
    }


def test_the_outcomes_behind_what_was_learned_are_the_exit_codes_of_the_tests(kept):
    _, said = kept
    ended = {one["outcome_id"]: one["exit_code"] for n in "12" for one in said["sessions"][n]["attempts"]}
    earned = [one for one in said["learned"] if "stated" not in one["grade"]]
    assert {(one["agent"], one["says"]) for one in earned} >= {("helena", WAIT), ("helena", SLEEP)}
    for lesson in earned:
        assert [ended[one] for one in lesson["worked"]] == [0] * len(lesson["worked"])
        assert [ended[one] for one in lesson["failed"]] == [1] * len(lesson["failed"])
        assert lesson["worked"] or lesson["failed"]


def test_both_the_prompt_and_the_warnings_steer(kept):
    _, said = kept
    second = said["sessions"]["2"]["attempts"]
    for agent in ("helena", "victor"):
        assert sorted(one["warnings"] > 0 for one in second if one["agent"] == agent) == [False, False, True]


def test_failures_are_remembered_with_what_the_tests_really_printed(kept):
    _, said = kept
    reasons = {one["agent"]: one["why"] for one in said["sessions"]["1"]["attempts"] if one["exit_code"]}
    assert "not found in 'loading ...'" in reasons["helena"]
    assert "401 Unauthorized" in reasons["victor"]
    assert "expired after 24" in reasons["victor"]


def test_the_users_own_memory_and_files_are_not_touched(kept):
    place, said = kept
    assert list(place.home.iterdir()) == []
    assert [path.name for path in (place.project / ".alma").iterdir()] == ["config.yaml"]
    assert [path.resolve() for path in place.temporary.iterdir()] == [Path(said["folder"])]


def heeding_interrupts():
    """A run of the tests in the background has told its children to ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("sent", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_an_interrupted_demonstration_leaves_no_process_and_no_folder(tmp_path, sent, to_all):
    place = Place(tmp_path)
    running = subprocess.Popen(
        DEMO,
        cwd=place.project,
        env=place.environ,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=heeding_interrupts,
    )
    assert running.stdout is not None
    while "helena:" not in (line := running.stdout.readline()):
        assert line, "it ended by itself"
    os.killpg(running.pid, sent) if to_all else running.send_signal(sent)
    running.communicate(timeout=60)  # the pipe ends when its last writer has ended
    assert running.returncode == 130
    assert list(place.temporary.iterdir()) == []


def test_an_agent_follows_its_first_habit_while_nothing_is_known(alma):
    assert chosen(alma, HELENA, LOGIN).habit == HELENA.habits[0]
    assert chosen(alma, VICTOR, LOGIN).habit == VICTOR.habits[0]


def test_an_agent_believes_a_memory_that_says_the_opposite(alma):
    for task in ("Test the login form", "Test the sign-up form"):
        alma.learn(agent="helena", task=task, outcome="failure", strategy_used=WAIT, domain=HELENA.domain)
        alma.learn(agent="helena", task=task, outcome="success", strategy_used=RELOAD, domain=HELENA.domain)
    assert chosen(alma, HELENA, LOGIN).habit.strategy == RELOAD


def test_a_warning_changes_the_course_on_a_task_that_no_memory_resembles(alma):
    alma.learn(
        agent="helena",
        task="Test the login form",
        outcome="failure",
        strategy_used=SLEEP,
        domain=HELENA.domain,
    )
    choice = chosen(alma, HELENA, Task("Check the photo carousel", "photos", "First photo"))
    assert [one.matched for one in choice.heeded] == ["time.sleep("]
    assert choice.habit.strategy == RELOAD


def test_of_three_visits_to_a_page_one_is_too_slow_for_a_fixed_pause_whatever_the_seed():
    for seed in range(50):
        shop = Shop(b"key", seed=seed)
        delays = [shop.delay("login", visit) for visit in range(1, VISITS + 1)]
        assert sum(delay > 0.3 for delay in delays) == 1
        assert max(delays) >= 0.8


def test_a_token_is_refused_when_the_clock_has_moved_by_more_than_a_day():
    shop = Shop(b"key", seed=0)
    token = shop.token("victor")
    shop.move_clock(23)
    assert shop.refusal(token) is None
    shop.move_clock(2)
    assert shop.refusal(token) == "the token is 25 hours old, it expired after 24"
    assert shop.refusal("victor.9999999999.00") == "this is no token of this shop"


def test_a_repeated_mistake_is_the_same_strategy_failing_again_for_the_same_agent():
    before = (attempt("helena", SLEEP, 1), attempt("helena", WAIT, 0))
    after = (attempt("helena", SLEEP, 1), attempt("victor", SLEEP, 1), attempt("helena", WAIT, 1))
    assert repeats(after, of=before) == [after[0]]
    assert Story(before, after, after, ()).repeated == 1


def test_the_ending_names_what_was_learned_its_outcomes_and_the_mistakes():
    first, second = (attempt("helena", SLEEP, 1), attempt("helena", WAIT, 0)), (attempt("helena", WAIT, 0),)
    lesson = Lesson("helena", "anti-pattern, known_failure", SLEEP, (), ("o-abc",), ("b-o-abc",))
    shown = io.StringIO()
    show(Story(first, second, first, (lesson,)), Screen(shown))
    rows = shown.getvalue().split("\n")
    assert any(SLEEP in row and "0 of 1" in row and row.endswith("known failure") for row in rows)
    assert any(row.strip() == "from o-abc" for row in rows)
    assert [row.split()[-5:] for row in rows if row.startswith("  session 2")] == [
        ["0", "0", "1", "of", "1"],
        ["1", "1", "1", "of", "1"],
    ]


def test_a_screen_that_cannot_show_marks_or_colours_gets_neither():
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Screen(plain).line("passed", GREEN, mark="pass")
    plain.flush()
    assert plain.buffer.getvalue() == b"ok passed\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("environ", "colours"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_whose_user_wants_them(environ, colours):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert wants_colours(Terminal(), environ) is colours
    assert not wants_colours(io.StringIO(), environ)


def test_why_a_test_failed_is_its_last_error():
    output = "F\n-----\nTraceback ...\nAssertionError: 'a' not found in 'b'\n\n-----\nRan 1 test\n\nFAILED (failures=1)"
    assert telling(output) == "AssertionError: 'a' not found in 'b'"
    assert telling("killed") == "killed"


def attempt(agent: str, strategy: str, exit_code: int) -> Attempt:
    return Attempt(agent, "a task", strategy, exit_code, 0.1, None, 0, "o-1")
