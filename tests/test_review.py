"""What was noticed and said by nobody: it waits for a second session or a person, and warns of the very same until then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alma import ALMA, InvalidInput, MemoryNotFound, ScopeError, Untrusted
from alma.config.loading import load
from alma.domain.action import Action
from alma.domain.door import Door
from alma.domain.memory import IMPORT, PERSON, VERIFIED, WORD, AntiPattern, Memory, Preference

FAILED, WORKS, ERROR = "npm run tset", "npm run test:unit", "npm error Missing script: tset"
HOOK = Door(source=VERIFIED)


@pytest.fixture
def at(tmp_path: Path) -> Callable[[str], ALMA]:
    def opened(source: str, **given: object) -> ALMA:
        config = load(store=f"sqlite:///{tmp_path}/alma.db", project="shop")
        return ALMA._opened(config, door=Door(source=source), **given)  # type: ignore[arg-type]

    return opened


def notice(
    alma: ALMA, *, session: str = "session:1", failed: str = FAILED, works: str = WORKS
) -> Memory | None:
    return alma._propose(
        "anti_pattern",
        agent="claude",
        rule="correction",
        origin=session,
        evidence=[failed, ERROR, works],
        pattern=failed,
        why_bad=ERROR,
        better_alternative=works,
    )


def warned(alma: ALMA, command: str) -> list[str]:
    return [one.text for one in alma.warn(Action.command(command), agent="claude")]


def test_what_one_session_showed_warns_of_the_very_same_command_alone(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        made = notice(alma)
        assert made is not None
        [text] = warned(alma, FAILED)
        assert text.startswith(f'[{made.id}] Do "{WORKS}" (worked 1 of 1) instead')
        assert "failed 1 of 1" in text
        assert warned(alma, f"{FAILED} -- --watch") == []
        assert warned(alma, f"echo '{FAILED}'") == []
        assert not alma.retrieve("Run the tests", agent="claude")
        assert alma.warn(Action.command(FAILED), agent="helena") == []


def test_the_same_session_shows_it_only_once(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        notice(alma)
        assert notice(alma) is None
        [pending] = alma.review()
        assert len(pending.sightings) == 1


def test_a_second_session_makes_it_a_warning_of_everything_alike(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        first = notice(alma, failed="pip install --upgrad requests", works="pip install --upgrade requests")
        again = notice(
            alma,
            session="session:2",
            failed="pip install --upgrad httpx",
            works="pip install --upgrade httpx",
        )
        assert first is not None
        assert again is not None
        assert again.id == first.id
        assert warned(alma, "cd app && pip install --upgrad rich")
        assert warned(alma, "pip install --upgrade rich") == []


def test_what_works_is_never_warned_of(at: Callable[[str], ALMA]) -> None:
    failed, works = "git push origin HEAD:main", "git push -u origin topic"
    with at(VERIFIED) as alma:
        made = notice(alma, failed=failed, works=works)
        assert (
            notice(alma, session="session:2", failed=failed, works=works) == alma._gate.found(made.id).memory
        )  # type: ignore[union-attr]
        assert warned(alma, failed)
        assert warned(alma, works) == []
        assert warned(alma, "git push origin topic") == []


def test_seen_in_two_sessions_it_is_stated_as_a_models_word_and_explained_with_both(
    at: Callable[[str], ALMA],
) -> None:
    with at(VERIFIED) as alma:
        first = notice(alma)
        second = notice(alma, session="session:2")
        assert first is not None
        assert second is not None
        assert second.id == first.id
        assert isinstance(second, AntiPattern)
        assert (second.agent, second.grade, second.source) == ("claude", "earned", WORD)
        [text] = warned(alma, FAILED)
        assert "failed 2 of 2" in text
        assert "worked 2 of 2" in text
        assert [one.id for one in alma.retrieve("Run the tests", agent="claude").anti_patterns] == [first.id]
        told = alma.explain(first.id).history
        assert sum("session:1" in line or "session:2" in line for line in told) == 2
        [pending] = alma.review()
        assert not pending.is_proposed
        assert [one.origin for one in pending.sightings] == ["session:1", "session:2"]


def test_a_person_keeps_it_in_other_words(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        made = notice(alma)
        assert made is not None
    with at(PERSON) as alma:
        kept = alma.keep(made.id, why_bad="There is no such script")
        assert (kept.agent, kept.source, kept.id) == ("claude", PERSON, made.id)
        assert alma.review() == []
        [found] = alma.retrieve("Run the tests", agent="claude").anti_patterns
        assert found.why_bad == "There is no such script"
        assert ERROR in "".join(alma.explain(made.id).history)


def test_what_a_person_rejected_is_not_proposed_again(at: Callable[[str], ALMA]) -> None:
    with at(PERSON) as alma:
        made = notice(alma)
        assert made is not None
        alma.reject(made.id)
        assert alma.review() == []
        assert warned(alma, FAILED) == []
        assert notice(alma, session="session:2") is None
        assert notice(alma, session="session:3") is None
        assert alma.review() == []


def test_a_model_neither_keeps_nor_rejects(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        made = notice(alma)
        assert made is not None
    with at(WORD) as alma:
        for decide in (alma.keep, alma.reject):
            with pytest.raises(Untrusted, match="terminal"):
                decide(made.id)
        assert len(alma.review()) == 1


def test_what_somebody_said_is_not_reviewed(at: Callable[[str], ALMA]) -> None:
    with at(PERSON) as alma:
        said = alma.add_anti_pattern(agent="claude", pattern="Using sleep()", why_bad="Flaky")
        assert alma.review() == []
        with pytest.raises(InvalidInput, match="nothing to review"):
            alma.keep(said.id)
        with pytest.raises(MemoryNotFound):
            alma.reject("a-aaaaaaaaaa")


def test_an_outcome_that_was_captured_is_reviewed_once(at: Callable[[str], ALMA]) -> None:
    with at(PERSON) as alma:
        fields = {"agent": "claude", "task": "Fix the build", "strategy_used": "Pin the compiler"}
        kept = alma.learn(**fields, outcome=True, metadata={"rule": "pytest", "command": "pytest -q"}).outcome  # type: ignore[arg-type]
        gone = alma.learn(
            **fields, outcome=False, error="1 failed", metadata={"rule": "pytest", "command": "pytest"}
        ).outcome  # type: ignore[arg-type]
        alma.learn(**fields, outcome=True)  # type: ignore[arg-type]
        assert kept is not None
        assert gone is not None
        assert [one.memory.id for one in alma.review()] == [gone.id, kept.id]
        assert alma.review()[0].sightings[0].evidence == ("pytest", "1 failed")
        alma.keep(kept.id)
        alma.reject(gone.id)
        assert alma.review() == []
        assert alma._gate.found(kept.id)
        with pytest.raises(MemoryNotFound):
            alma._gate.found(gone.id)
        with pytest.raises(InvalidInput, match="never edited"):
            alma.keep(kept.id, task="Another")


def test_a_preference_is_proposed_for_an_agent_and_kept_for_its_user(at: Callable[[str], ALMA]) -> None:
    with at(PERSON) as alma:
        made = alma._propose(
            "preference", agent="claude", rule="correction by the user", origin="session:1",
            user="ada", preference="Use pnpm, not npm",
        )  # fmt: skip
        assert made is not None
        assert alma.retrieve("Install", agent="claude", user="ada").preferences == ()
        kept = alma.keep(made.id)
        assert isinstance(kept, Preference)
        assert [one.id for one in alma.retrieve("Install", agent="claude", user="ada").preferences] == [
            made.id
        ]


def test_what_was_kept_without_a_model_gets_its_vector_later(at: Callable[..., ALMA]) -> None:
    with at(VERIFIED, has_model=False) as alma:
        first = notice(alma)
        notice(alma, session="session:2")
        assert first is not None
    with at(VERIFIED) as alma:
        alma._settle()
        assert alma._gate.found(first.id).vector is not None


def test_secrets_are_redacted_and_a_purge_leaves_nothing_of_what_was_noticed(
    at: Callable[[str], ALMA], tmp_path: Path
) -> None:
    secret = "ghp_" + "a1B2" * 9
    with at(PERSON) as alma:
        made = notice(
            alma, failed=f"curl -H 'Authorization: token {secret}' https://example.com/unmistakable"
        )
        assert made is not None
        assert secret not in str(made)
        assert secret not in str(alma.review())
        alma.reject(made.id)
        alma.forget(made.id, reason="gone")
        alma.purge()
    for path in tmp_path.iterdir():
        assert b"unmistakable" not in path.read_bytes()
        assert secret.encode() not in path.read_bytes()


def test_nobody_acts_under_the_name_of_what_waits(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        notice(alma)
        for name in ("proposed:claude", "rejected:claude", "user:ada"):
            with pytest.raises(InvalidInput, match="may not begin with"):
                alma.retrieve("Run the tests", agent=name)


def test_what_an_agent_may_not_learn_is_not_proposed_for_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("agents:\n  claude:\n    can_learn: []\n")
    with ALMA._opened(load(str(path), store=f"sqlite:///{tmp_path}/a.db", project="shop"), door=HOOK) as alma:
        assert notice(alma) is None
        assert alma.review() == []
        assert [one.kind for one in alma.log()] == ["refused"]


def test_a_door_that_is_bound_to_others_reviews_nothing_of_an_agent(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        made = notice(alma)
        assert made is not None
        bound = alma._at(Door(source=PERSON, agents=("helena",)))
        for act in (
            lambda: bound.review(),
            lambda: bound.review(agent="claude"),
            lambda: bound.keep(made.id),
        ):
            with pytest.raises(ScopeError):
                act()


def test_what_nobody_looks_at_makes_room_for_what_comes(
    at: Callable[[str], ALMA], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alma.rules.proposals.MOST", 3)
    with at(VERIFIED) as alma:
        for number in range(5):
            notice(alma, failed=f"npm run no-such-script-{number}")
        assert len(alma.review()) == 3


def test_what_cannot_be_proposed_is_an_error_that_says_what_can(at: Callable[[str], ALMA]) -> None:
    with at(VERIFIED) as alma:
        for kind, fields in (
            ("knowledge", {"fact": "x"}),
            ("preference", {"user": "ada"}),
            ("anti_pattern", {}),
        ):
            with pytest.raises(InvalidInput, match="anti_pattern or a preference"):
                alma._propose(kind, agent="claude", rule="x", origin="session:1", **fields)


def test_past_sessions_confirm_nothing_before_a_live_one_shows_the_same(at: Callable[[str], ALMA]) -> None:
    given = {"pattern": FAILED, "why_bad": ERROR, "better_alternative": WORKS, "rule": "correction"}
    with at(VERIFIED) as alma:
        for session in ("claude-code:1", "claude-code:2", "claude-code:3"):
            alma._propose("anti_pattern", agent="claude", origin=session, source=IMPORT, **given)  # type: ignore[arg-type]
        [pending] = alma.review()
        assert pending.is_proposed
        live = notice(alma, session="session:1")
        assert live is not None
        assert live.agent == "claude"


def test_whoever_proposes_most_makes_room_for_the_others(
    at: Callable[[str], ALMA], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alma.rules.proposals.MOST", 4)
    with at(VERIFIED) as alma:
        own = notice(alma, session="session:own")
        assert own is not None
        for number in range(9):
            notice(alma, session="session:flood", failed=f"npm run no-such-script-{number}")
        assert own.id in [one.memory.id for one in alma.review()]
        assert len(alma.review()) == 4
