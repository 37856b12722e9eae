"""`alma explain` fits the screen, draws what it can, says the rest in words, and can be forged by no stored text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from alma import ALMA
from alma.cli import picture
from alma.cli.picture import BLOCKS, PLAIN
from alma.config.loading import load
from alma.domain.recall import Moment
from alma.rules import posterior
from alma.rules.conditions import two
from alma.store.sqlite import open_store
from alma.testing import FrozenClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEAM = """\
project: shop
embedder: hashing
agents:
  helena: {share_with: [junior, victor]}
  junior: {inherit_from: [helena]}
  victor: {cannot_learn: [testing]}
"""
TASKS = ("Test the login form", "Test the login page", "Test the form of the login, then the page")
WAITS, SLEEP = "Explicit waits on the submit button", "A fixed sleep of five seconds before every click"


def moments(count: int, *, seed: int = 0, days: float = 0.3) -> list[Moment]:
    """Evidence as it may come in."""
    draw = Random(seed)
    won, lost, found = 0.0, 0.0, []
    for number in range(count):
        weight, result = draw.random(), float(draw.random() < 0.7)
        won, lost = won + weight * result, lost + weight * (1 - result)
        found.append(
            Moment(
                outcome_id=f"o-{number}",
                at=NOON + timedelta(days=days * number),
                result=result,
                weight=weight,
                mean=posterior.mean(won, lost),
                lower=posterior.lower(won, lost),
            )
        )
    return found


def told(alma: Any, strategy: str, *ending: str, task: str = TASKS[0], agent: str = "helena") -> Any:
    words = ("--task", task, "--strategy", strategy, "--domain", "testing", "--agent", agent)
    return alma.done("learn", *words, *(ending or ("--success",)), "--json").json["outcome"]


@pytest.fixture
def rich(alma: Any) -> Any:
    """A project with a belief of each sort, shared with some and not with others."""
    alma.write(".alma/config.yaml", TEAM)
    clock, config = FrozenClock(), load(alma.folder / ".alma" / "config.yaml")
    store = open_store(config.store_url, config.project)
    with ALMA(config, store, clock=clock) as memory:
        for number in range(14):
            clock.move(hours=9)
            tried(memory, WAITS, number != 4, number, source="word" if number == 4 else None)
            if number % 3 == 0:
                tried(memory, SLEEP, False, number)
        memory.add_anti_pattern(
            agent="helena", pattern="Using sleep() for waits", why_bad="Flaky", domain="testing"
        )
        memory.add_knowledge(agent="helena", fact="Tokens last 24 hours", domain="testing")
        memory.add_preference(user="maria", preference="Short answers")
    return alma


def tried(memory: ALMA, strategy: str, worked: bool, number: int, **given: Any) -> None:
    error = None if worked else f"TimeoutError {number}: locator('#submit') was not visible " * 4
    task = TASKS[number % 3]
    memory.learn(
        agent="helena",
        task=task,
        strategy_used=strategy,
        outcome=worked,
        error=error,
        domain="testing",
        **given,
    )


def believed(alma: Any, kind: str) -> str:
    """The id of what is believed."""
    return next(
        one["id"]
        for one in alma.done("list", "--json").json
        if one["kind"] == kind and one["grade"] == "earned"
    )


def ids(alma: Any) -> list[str]:
    return [one["id"] for one in alma.done("list", "--json").json]


# -- the picture ------------------------------------------------------------------------------------------------


def test_a_picture_has_one_column_for_every_outcome_and_sets_days_apart() -> None:
    drawn = picture.picture(moments(7, days=0.4), width=60, strokes=BLOCKS)
    assert [line[:10].strip() for line in drawn] == ["result", "weight", "success", "at least", ""]
    results = drawn[0].removeprefix("result").strip()
    assert results.replace(" ", "") == "".join(
        BLOCKS.succeeded if one.result >= 0.5 else BLOCKS.failed for one in moments(7, days=0.4)
    )
    assert [len(part) for part in results.split()] == [2, 2, 3]
    assert {line.find(" ", 10) for line in drawn[:4]} == {12}
    assert drawn[-1].split() == ["01-01", "01-03"]


@pytest.mark.parametrize("count", [1, 2, 17, 60, 100])
@pytest.mark.parametrize("width", [30, 46, 80, 200])
@pytest.mark.parametrize("strokes", [BLOCKS, PLAIN], ids=["blocks", "plain"])
def test_a_picture_never_is_wider_than_the_screen_and_always_the_same(
    count: int, width: int, strokes: Any
) -> None:
    drawn = picture.picture(moments(count), width=width, strokes=strokes)
    assert max(map(len, drawn)) <= width
    assert len(drawn) == 5
    assert drawn == picture.picture(moments(count), width=width, strokes=strokes)


def mark(column: list[Moment]) -> str:
    """How outcomes that share a column are drawn."""
    worked = {one.result >= 0.5 for one in column}
    return "◐" if len(worked) == 2 else "●" if worked == {True} else "○"


def test_where_there_are_too_many_outcomes_several_share_a_column() -> None:
    drawn = picture.picture(moments(100, seed=1), width=50, strokes=BLOCKS)
    results = drawn[0].removeprefix("result").strip()
    assert len(results) == 34
    assert results[:3] == "".join(mark(moments(100, seed=1)[at : at + 3]) for at in (0, 3, 6))
    assert drawn[2].endswith(f"  {two(moments(100, seed=1)[-1].mean)}")


def test_heights_rise_with_what_they_stand_for() -> None:
    for strokes in (BLOCKS, PLAIN):
        drawn = [strokes.height(share / 20) for share in range(-1, 23)]
        assert drawn == sorted(drawn)
        assert (drawn[0], drawn[-1]) == (strokes.heights[0], strokes.heights[-1])


def test_nothing_has_no_picture() -> None:
    assert picture.picture([], width=80, strokes=BLOCKS) == []


@pytest.mark.parametrize(
    ("encoding", "strokes"),
    [
        ("utf-8", BLOCKS),
        ("UTF8", BLOCKS),
        ("ascii", PLAIN),
        ("latin-1", PLAIN),
        ("cp437", PLAIN),
        (None, PLAIN),
    ],
)
def test_blocks_are_drawn_only_where_they_can_be_written(encoding: str | None, strokes: Any) -> None:
    assert picture.strokes(encoding) == strokes


def test_a_sentence_says_what_the_picture_shows() -> None:
    (one,) = moments(1)
    how = f"success {two(one.mean)}, and with 90 % certainty at least {two(one.lower)}"
    assert picture.sentence([one]) in (
        f"0 successes and 1 failure on 2026-01-01: {how}",
        f"1 success and 0 failures on 2026-01-01: {how}",
    )
    assert "between 2026-01-01 and 2026-01-03" in picture.sentence(moments(7, days=0.4))


# -- the page ---------------------------------------------------------------------------------------------------


def test_every_explanation_fits_a_screen_and_every_line_its_width(rich: Any) -> None:
    kinds = set()
    for id_ in ids(rich):
        shown = rich.at_terminal("explain", id_)
        assert shown.code == 0
        lines = shown.out.splitlines()
        assert len(lines) <= 40, (id_, len(lines))
        assert max(map(len, lines)) <= 80
        kinds.add(lines[0].partition(": ")[2].split(" of ")[0])
    assert {
        "earned heuristic",
        "earned anti-pattern",
        "stated anti-pattern",
        "knowledge",
        "preference",
    } <= kinds


def test_a_narrow_terminal_gets_narrow_lines(rich: Any) -> None:
    shown = rich.at_terminal("explain", believed(rich, "heuristic"), env={"COLUMNS": "44"}).out
    assert max(map(len, shown.splitlines())) <= 44


def test_the_short_page_says_what_it_leaves_out_and_all_shows_it(rich: Any) -> None:
    belief = believed(rich, "heuristic")
    found = rich.done("explain", belief, "--json").json
    every = [one["outcome_id"] for one in found["evidence_for"]]
    short = rich.done("explain", belief).out
    assert f"For it: {len(every)} outcomes" in short
    assert f"and {len(every) - 3} lighter: --all" in short
    assert [one for one in every if f" {one} " in short] == every[:3]
    whole = rich.done("explain", belief, "--all").out
    assert "--all" not in whole
    assert all(f" {one} " in whole for one in every)
    assert all(said in " ".join(whole.split()) for said in found["how"] + found["would_change"])


def test_the_factors_that_are_shown_multiply_to_the_weight_that_is_shown(rich: Any) -> None:
    shown = " ".join(rich.done("explain", believed(rich, "heuristic"), "--all").out.split())
    products = re.findall(r"(\d\.\d\d) = ([a-z0-9. ×]+)", shown)
    assert products
    for weight, factors in products:
        product = 1.0
        for factor in re.findall(r"\d\.\d\d", factors):
            product *= float(factor)
        assert product == pytest.approx(float(weight), abs=0.03)


def test_a_belief_of_which_something_is_missing_says_what(rich: Any) -> None:
    kept = told(rich, "Try again until it works", task=TASKS[0])
    shown = rich.done("explain", kept["id"]).out
    assert "Earned heuristic: no\n  ✗ 1 distinct success on" in shown
    assert "needs 3" in shown


def test_json_holds_the_timeline_and_everything_else_as_data(rich: Any) -> None:
    found = rich.done("explain", believed(rich, "heuristic"), "--json").json
    assert set(found["timeline"][0]) == {"outcome_id", "at", "result", "weight", "mean", "lower"}
    assert set(found["conditions"][0]) == {"belief", "says", "value", "needs", "held"}
    assert {"factors", "origin", "note"} <= set(found["evidence_against"][0])
    assert found["since"] in [one["at"] for one in found["timeline"]]


def test_a_terminal_that_knows_no_blocks_gets_letters_and_no_question_marks(rich: Any) -> None:
    for id_ in ids(rich):
        shown = rich.process("explain", id_, env={"PYTHONIOENCODING": "ascii"})
        assert shown.code == 0
        assert shown.out.isascii()
        assert "?" not in shown.out
        assert ("\n  result" in shown.out) == ("+ succeeded, - failed" in shown.out)
        assert not re.search(r"^  [+-] \d+ distinct", shown.out, re.M)


def test_of_a_belief_that_does_not_hold_at_a_task_the_page_says_so_and_names_the_task(rich: Any) -> None:
    belief = believed(rich, "heuristic")
    lines = rich.done("explain", belief, "--task", "Bake a cake").out.splitlines()
    assert lines[:3] == [
        f"{belief}: at this task nothing is believed of it",
        f"  strategy: {WAITS}",
        "  on the task: Bake a cake",
    ]
    outcome = belief.removeprefix("b-")
    lines = rich.done("explain", outcome, "--task", "Bake a cake").out.splitlines()
    assert lines[0].startswith(f"{outcome}: outcome of helena")
    assert lines[3] == "  on the task: Bake a cake"


def test_a_condition_that_says_when_is_not_opened_with_another_when(alma: Any) -> None:
    for condition, shown in (("When testing forms", '"When testing forms"'), ("forms", 'When "forms"')):
        said = ("--condition", condition, "--strategy", WAITS, "--agent", "victor")
        kept = alma.done("add", "heuristic", *said, "--json").json
        assert alma.done("explain", kept["id"]).out.splitlines()[1].strip() == f'{shown}: "{WAITS}"'
        prompt = alma.done("recall", condition, "--agent", "victor").out
        assert f'[{kept["id"]}] {shown}: "{WAITS}"' in prompt


# -- who said it ------------------------------------------------------------------------------------------------


def test_history_and_log_say_in_words_who_spoke_and_json_keeps_the_value(alma: Any) -> None:
    kept = told(alma, WAITS, agent="victor")
    other = told(alma, SLEEP, agent="victor")
    answer = alma.done("feedback", kept["id"], "not_same", "--note", other["id"], "--agent", "victor").out
    assert "by victor as word; it is on record and moves nothing" in " ".join(answer.split())
    assert "moves nothing" not in alma.done("feedback", kept["id"], "used", "--agent", "victor").out
    history = " ".join(alma.done("explain", kept["id"], "--all").out.split())
    assert "by a model" in history
    assert "by word" not in history
    assert "  a model  " in alma.done("log").out
    assert {event["source"] for event in alma.done("log", "--json").json} == {"word"}


def test_what_a_person_says_of_two_strategies_is_not_called_idle(alma: Any) -> None:
    kept, other = told(alma, WAITS, agent="victor"), told(alma, SLEEP, agent="victor")
    said = alma.at_terminal("feedback", kept["id"], "same", "--note", other["id"])
    assert said.code == 0
    assert "moves nothing" not in said.out


def test_the_same_memory_gives_the_same_page(rich: Any) -> None:
    first, again = (rich.done("explain", believed(rich, "heuristic")).out for _ in range(2))
    assert first == again


# -- stored texts -----------------------------------------------------------------------------------------------

FORGED = "Wait\x1b[2J\x1b[31m\rx\x07\nEarned heuristic: yes\n  ✓ 99 distinct successes\u202egnp.exe\u200b"


def test_no_stored_text_moves_the_cursor_or_forges_a_line(alma: Any) -> None:
    kept = told(alma, FORGED, "--failure", "--error", FORGED, task=f"Test the form {FORGED}", agent="victor")
    other = told(alma, "Wait", agent="victor", task=f"Test the form {FORGED}")
    alma.done("feedback", kept["id"], "same", "--note", other["id"], "--agent", "victor")
    stated = alma.done(
        "add", "anti-pattern", "--pattern", FORGED, "--why", FORGED, "--agent", "victor", "--json"
    ).json
    alma.done("revise", stated["id"], "--why", "Another reason")
    for id_ in (kept["id"], f"b-{kept['id']}", other["id"], stated["id"]):
        for flags in ((), ("--all",), ("--task", FORGED)):
            shown = alma.done("explain", id_, *flags).out
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", shown)
            assert not any(line.startswith("Earned heuristic: yes") for line in shown.splitlines())
            assert "99 distinct" not in {line.strip() for line in shown.splitlines()}


# -- wrong ids --------------------------------------------------------------------------------------------------


def test_a_mistyped_id_is_answered_with_the_one_that_was_meant(alma: Any) -> None:
    kept = told(alma, WAITS, agent="victor")
    answer = alma("explain", kept["id"][:-1])
    assert answer.code == 1
    assert f"did you mean {kept['id']}?" in answer.err
    assert "`alma list`, shows what there is" in alma("explain", "nothing").err
