"""What the processes of a session keep between them: bounded, without secrets, and changed without a gap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alma import ALMA, InvalidInput
from alma.testing import FrozenClock


def test_changes_that_come_at_once_are_all_kept(alma: ALMA) -> None:
    def counted(state: Any) -> tuple[dict[str, object], int]:
        count = int(state.get("count", 0)) + 1
        return {**state, "count": count}, count

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: alma._sessions.update("s", counted), range(40)))
    assert sorted(given) == list(range(1, 41))
    assert alma._sessions.read("s") == {"count": 40}


def test_secrets_do_not_reach_what_is_kept(alma: ALMA) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    alma._sessions.begin("s", {"task": f"Use {secret}"})
    assert secret not in str(alma._sessions.read("s"))


@pytest.mark.parametrize(
    "state", [{"task": "x" * 300_000}, {"task": object()}, {"n": float("nan")}, {"t": "a\0"}]
)
def test_what_is_too_large_or_no_json_is_refused_and_the_last_state_stands(alma: ALMA, state: Any) -> None:
    alma._sessions.begin("s", {"task": "first"})
    with pytest.raises(InvalidInput):
        alma._sessions.update("s", lambda _: (state, None))
    assert alma._sessions.read("s") == {"task": "first"}


def test_sessions_that_nobody_ended_are_gone_after_a_week(alma: ALMA, clock: FrozenClock) -> None:
    alma._sessions.begin("old", {"task": "x"})
    clock.move(days=8)
    alma._sessions.begin("new", {})
    assert alma._sessions.read("old") == {}


def test_what_a_session_keeps_is_no_memory_and_does_not_leave_with_an_export(
    alma: ALMA, tmp_path: Any
) -> None:
    alma._sessions.begin("s", {"task": "a task of a session"})
    alma.export(tmp_path / "out.jsonl")
    assert "a task of a session" not in (tmp_path / "out.jsonl").read_text("utf-8")
    assert alma.log() == []


def test_ending_gives_what_was_known(alma: ALMA) -> None:
    alma._sessions.begin("s", {"task": "x"})
    assert alma._sessions.end("s") == {"task": "x"}
    assert alma._sessions.end("s") == {}
