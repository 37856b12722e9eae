"""`same` and `not_same`: what somebody says of two strategies joins or parts their evidence, and can be unsaid."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from alma import ALMA, InvalidInput, Outcome
from alma.domain.door import Door

TASK = "Test the login form"
WAITS, POLL = "Explicit waits on the button", "Poll until the button is there"


def learn(alma: ALMA, strategy: str, outcome: bool = True) -> Outcome:
    kept = alma.learn(agent="helena", task=TASK, outcome=outcome, strategy_used=strategy).outcome
    assert kept is not None
    return kept


def successes(alma: ALMA) -> list[int]:
    """How many successes each strategy has."""
    return sorted(one.successes for one in alma.retrieve(TASK, agent="helena").advice)


def test_what_was_joined_is_parted_by_what_is_said_of_another_wording(alma: ALMA) -> None:
    one, other = learn(alma, WAITS), learn(alma, POLL)
    reworded = learn(alma, "We polled until the button was there")
    alma.feedback(one.id, signal="same", note=other.id)
    assert successes(alma) == [3]
    alma.feedback(reworded.id, signal="not_same", note=one.id)
    assert successes(alma) == [1, 2]


def test_every_step_of_changing_ones_mind_stays_in_the_trail(alma: ALMA) -> None:
    one, other = learn(alma, WAITS), learn(alma, POLL)
    for signal in ("same", "not_same", "same"):
        alma.feedback(one.id, signal=signal, note=other.id)
    assert [event.details["same"] for event in alma.log() if event.kind == "joined"] == [True, False, True]
    assert successes(alma) == [2]


def test_who_joined_or_parted_two_strategies_and_when_is_explained_from_both_sides(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(door=Door(source="person"))
    one, other = learn(alma, WAITS), learn(alma, POLL)
    alma.feedback(one.id, signal="same", note=other.id)
    joined = f"‘{WAITS}’ ({one.id}) was joined with ‘{POLL}’ ({other.id}) by a person"
    assert joined in alma.explain(f"b-{one.id}").history[-1]
    assert joined in alma.explain(f"b-{other.id}").history[-1]
    alma.feedback(one.id, signal="not_same", note=other.id)
    assert f"was held apart from ‘{POLL}’ ({other.id}) by a person" in alma.explain(one.id).history[-1]


def test_over_a_third_the_history_names_the_two_of_which_it_was_said(alma: ALMA) -> None:
    first, second, third = learn(alma, WAITS), learn(alma, POLL), learn(alma, "Reload the page")
    alma.feedback(first.id, signal="same", note=second.id)
    alma.feedback(second.id, signal="same", note=third.id)
    for name in (first.id, second.id, third.id):
        told = [said.partition(" was joined with ") for said in alma.explain(name).history]
        assert [(f"({first.id})" in one, f"({second.id})" in other) for one, _, other in told] == [
            (True, True),
            (False, False),
        ]
        assert (f"({second.id})" in told[1][0], f"({third.id})" in told[1][2]) == (True, True)


@pytest.mark.parametrize("signal", ["same", "not_same"])
def test_nothing_is_said_of_a_strategy_and_itself(alma: ALMA, signal: str) -> None:
    one, again = learn(alma, WAITS), learn(alma, WAITS)
    for name, note in ((one.id, one.id), (one.id, f"b-{one.id}"), (one.id, again.id)):
        with pytest.raises(InvalidInput, match="in the very same words"):
            alma.feedback(name, signal=signal, note=note)
    assert not [event for event in alma.log() if event.kind == "joined"]


@pytest.mark.parametrize("source", ["person", "verified", "word", "import", "untrusted"])
def test_what_an_agent_says_of_two_strategies_is_a_models_word_and_moves_nothing(
    opened: Callable[..., ALMA], source: str
) -> None:
    alma = opened(door=Door(source=source, origin="a talk"))
    one, other = learn(alma, WAITS), learn(alma, POLL)
    said = alma.feedback(one.id, signal="same", note=other.id, agent="helena")
    assert said.source == (source if source in ("import", "untrusted") else "word")
    assert len(successes(alma)) == 2
    assert alma.explain(one.id).history[-1].endswith("on record only, and moves nothing")
    opened().feedback(one.id, signal="same", note=other.id)
    opened().feedback(one.id, signal="not_same", note=other.id, agent="helena")
    assert len(successes(alma)) == 1


def test_what_was_said_outlives_forgetting_and_restoring_what_it_was_said_of(alma: ALMA) -> None:
    one, other = learn(alma, WAITS), learn(alma, POLL)
    alma.feedback(one.id, signal="same", note=other.id)
    alma.forget(one.id, reason="a trial")
    learn(alma, WAITS)
    assert successes(alma) == [2]
    alma.restore(one.id)
    assert successes(alma) == [3]


def test_purging_one_of_the_two_takes_what_was_said_of_them_along(alma: ALMA) -> None:
    one, other = learn(alma, WAITS), learn(alma, POLL)
    alma.feedback(one.id, signal="same", note=other.id)
    alma.forget(one.id, reason="a trial")
    alma.purge()
    learn(alma, WAITS)
    assert successes(alma) == [1, 1]


def test_commands_that_differ_only_in_how_they_are_typed_share_their_evidence(alma: ALMA) -> None:
    for strategy in ("pytest -x -q tests", "Ran `pytest tests -q --exitfirst`", "pytest -xq tests"):
        learn(alma, strategy)
    learn(alma, "pytest -x -v tests", False)
    assert successes(alma) == [0, 3]


def test_a_store_with_keys_of_an_older_version_is_indexed_anew(
    opened: Callable[..., ALMA], database: Path
) -> None:
    alma = opened()
    learn(alma, "Call the API over http", False)
    learn(alma, "Call the API over https")
    alma.close()
    with closing(sqlite3.connect(database)) as store, store:
        store.execute("UPDATE OR IGNORE signature SET key = 'strategy:older'")
        store.execute("UPDATE setting SET value = '4' WHERE name = 'index'")
    assert successes(opened()) == [0, 1]
    with closing(sqlite3.connect(database)) as store:
        keys = {key for (key,) in store.execute("SELECT key FROM signature")}
    assert "strategy:older" not in keys
