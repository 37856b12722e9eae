"""Helena learns only what Helena may learn, reads only what she may learn, and every refusal is on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma import (
    ALMA,
    ConfigError,
    InvalidInput,
    MemoryNotFound,
    Outcome,
    ScopeError,
    WorkflowNotFound,
)
from alma.config.loading import parse
from alma.domain.door import Door
from alma.domain.values import replace
from alma.store.sqlite import open_store

HELENA = """
agents:
  helena:
    can_learn: [testing_strategies, selector_patterns]
    cannot_learn: [backend_logic, database_queries]
"""
TASK = "Test the login form"


def learn(alma: ALMA, agent: str = "helena", domain: str | None = None, **more: Any) -> Outcome | None:
    """An outcome of this agent in this domain, or None where it was refused."""
    given = {"task": TASK, "outcome": True, "strategy_used": "Explicit waits", **more}
    return alma.learn(agent=agent, domain=domain, **given).outcome


def refusals(alma: ALMA) -> list[tuple[str, str, str | None]]:
    """(verb, agent, domain) of everything that was refused."""
    return [
        (str(one.details["verb"]), one.agent, one.details.get("domain"))  # type: ignore[misc]
        for one in alma.log(limit=1000)
        if one.kind == "refused"
    ]


# -- writing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "allowed", "forbidden"),
    [
        ("{}", ["testing", "anything", "unsorted"], []),
        ("{can_learn: []}", [], ["testing", "unsorted", "a.b"]),
        ("{can_learn: [testing]}", ["testing", "testing.selectors", "testing.selectors.css", "unsorted"], ["test", "testings", "backend", "selectors"]),
        ("{can_learn: [testing.selectors]}", ["testing.selectors", "testing.selectors.css"], ["testing", "testing.waits"]),
        ("{cannot_learn: [backend]}", ["testing", "backend_logic", "unsorted"], ["backend", "backend.sql"]),
        ("{can_learn: [testing], cannot_learn: [testing]}", [], ["testing", "testing.waits"]),
        ("{can_learn: [testing], cannot_learn: [testing.secret]}", ["testing", "testing.waits"], ["testing.secret", "testing.secret.x"]),
        ("{can_learn: [testing.secret], cannot_learn: [testing]}", [], ["testing.secret", "testing"]),
        ("{cannot_learn: [unsorted]}", ["testing"], ["unsorted"]),
        ("{can_learn: [testing], cannot_learn: [unsorted]}", ["testing"], ["unsorted"]),
        ("{can_learn: [unsorted]}", ["unsorted"], ["testing"]),
    ],
)  # fmt: skip
def test_what_an_agent_may_learn(
    opened: Callable[..., ALMA], scope: str, allowed: list[str], forbidden: list[str]
) -> None:
    alma = opened(f"agents: {{helena: {scope}}}")
    for domain in allowed:
        assert learn(alma, domain=domain) is not None, domain
    for domain in forbidden:
        said = alma.learn(agent="helena", task=TASK, outcome=True, strategy_used="s", domain=domain)
        assert not said.accepted
        assert said.outcome is None
        assert domain in (said.refused_because or "") or domain == "unsorted"
    assert refusals(alma) == [("learn", "helena", domain) for domain in forbidden]
    assert alma.stats().memories.get("outcome", 0) == len(allowed)


def test_a_write_without_a_domain_is_unsorted_where_none_is_described(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    kept = learn(alma)
    assert kept is not None
    assert kept.domain == "unsorted"
    strict = opened("agents: {helena: {cannot_learn: [unsorted]}}")
    assert learn(strict) is None
    assert refusals(strict) == [("learn", "helena", "unsorted")]


def test_every_stating_verb_refuses_and_the_refusal_is_on_record(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    for act in (
        lambda: alma.add_heuristic(agent="helena", condition="c", strategy="s", domain="backend_logic"),
        lambda: alma.add_anti_pattern(agent="helena", pattern="p", why_bad="w", domain="backend_logic.sql"),
        lambda: alma.add_knowledge(agent="helena", fact="f", domain="database_queries"),
    ):
        with pytest.raises(ScopeError) as refusal:
            act()
        assert refusal.value.agent == "helena"
        assert refusal.value.domain in ("backend_logic", "backend_logic.sql", "database_queries")
    assert [domain for *_, domain in refusals(alma)] == [
        "backend_logic",
        "backend_logic.sql",
        "database_queries",
    ]
    assert alma.memories() == []


def test_helena_cannot_learn_database_queries_however_she_tries(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    stated = alma.add_heuristic(agent="helena", condition="c", strategy="s", domain="testing_strategies")
    assert learn(alma, domain="database_queries") is None
    with alma.attempt(TASK, agent="helena", domain="database_queries") as attempt:
        attempt.strategy = "SELECT"
    assert attempt.learned is not None
    assert not attempt.learned.accepted
    with pytest.raises(InvalidInput):
        alma.revise(stated.id, domain="database_queries")
    assert [one.domain for one in alma.memories()] == ["testing_strategies"]
    assert len(refusals(alma)) == 2


def test_a_key_that_was_used_does_not_open_a_forbidden_domain(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    assert learn(alma, domain="testing_strategies", key="k") is not None
    said = alma.learn(
        agent="helena",
        task=TASK,
        outcome=True,
        strategy_used="Explicit waits",
        domain="database_queries",
        key="k",
    )
    assert not said.accepted
    assert said.outcome is None


# -- what is meant ----------------------------------------------------------------------------------------------

DESCRIBED = """
embedder: minilm
domains:
  testing_strategies: How to test user interfaces, waits, flaky tests
  database_queries: SQL queries, indexes, joins, query plans and slow database queries
agents:
  helena: {can_learn: [testing_strategies], cannot_learn: [database_queries]}
"""


def test_what_is_clearly_about_a_described_domain_is_sorted_into_it_or_refused(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(DESCRIBED)
    waits = alma.learn(
        agent="helena",
        task="Test the user interface for flaky waits",
        outcome=True,
        strategy_used="Explicit waits",
    )
    assert waits.outcome is not None
    assert waits.outcome.domain == "testing_strategies"
    said = alma.learn(
        agent="helena",
        task="Speed up the slow SQL query that joins orders",
        outcome=True,
        strategy_used="Add an index",
    )
    assert not said.accepted
    assert "database_queries" in (said.refused_because or "")
    with pytest.raises(ScopeError):
        alma.add_knowledge(agent="helena", fact="The SQL query plan shows that the join uses no index")
    cake = alma.learn(
        agent="helena", task="Bake a chocolate cake", outcome=True, strategy_used="Less sugar"
    ).outcome
    assert cake is not None
    assert cake.domain == "unsorted"
    assert len(refusals(alma)) == 2


def test_new_words_cannot_carry_a_memory_into_a_forbidden_domain(opened: Callable[..., ALMA]) -> None:
    alma = opened(DESCRIBED)
    fact = alma.add_knowledge(agent="helena", fact="Flaky user interface tests need explicit waits")
    with pytest.raises(ScopeError):
        alma.revise(fact.id, fact="The SQL query plan shows that the join uses no index")
    assert [one.fact for one in alma.retrieve("waits", agent="helena").knowledge] == [fact.fact]
    assert refusals(alma)


# -- reading and sharing ----------------------------------------------------------------------------------------

TEAM = """
agents:
  senior: {share_with: [junior, qa]}
  junior: {inherit_from: [mentor], cannot_learn: [secrets]}
  qa: {can_learn: [testing]}
  mentor: {inherit_from: [grandmaster], share_with: []}
"""


def read_by(alma: ALMA, agent: str) -> set[tuple[str, str]]:
    """(owner, domain) of every outcome that the agent is given by any reading verb; all of them agree."""
    recall = alma.retrieve(TASK, agent=agent, top_k=1000)
    found = {(one.owner, one.domain) for one in recall.outcomes}
    assert found == {
        (one.owner, one.domain) for one in alma.memories(agent=agent, kind="outcome", limit=1000)
    }
    warned = {one.anti_pattern.owner for one in alma.warn("sleep(5)", agent=agent)}
    assert warned <= {owner for owner, _ in found}
    for one in recall.outcomes:
        said = alma.explain(one.id, agent=agent)
        assert {e.owner for e in (*said.evidence_for, *said.evidence_against)} <= {
            owner for owner, _ in found
        }
    return found


def test_sharing_needs_one_side_reaches_one_step_and_never_into_what_may_not_be_learned(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(TEAM)
    for agent in ("senior", "mentor", "grandmaster", "stranger"):
        for domain in ("testing", "testing.waits", "secrets", None):
            learn(alma, agent, domain, strategy_used="sleep(5)", outcome=False)
    both = {"testing", "testing.waits"}
    assert read_by(alma, "junior") == {(owner, domain) for owner in ("senior", "mentor") for domain in both}
    assert read_by(alma, "qa") == {("senior", domain) for domain in both}
    every = {*both, "secrets", "unsorted"}
    assert read_by(alma, "mentor") == {
        (owner, domain) for owner in ("mentor", "grandmaster") for domain in every
    }
    assert read_by(alma, "senior") == {("senior", domain) for domain in every}
    assert read_by(alma, "stranger") == {("stranger", domain) for domain in every}
    assert read_by(alma, "nobody") == set()


def test_what_is_shared_is_seen_not_copied_and_carries_its_owner(opened: Callable[..., ALMA]) -> None:
    alma = opened(TEAM)
    stated = alma.add_anti_pattern(agent="senior", pattern="Using sleep()", why_bad="Flaky", domain="testing")
    recall = alma.retrieve(TASK, agent="junior")
    assert [(one.id, one.owner) for one in recall.anti_patterns] == [(stated.id, "senior")]
    assert 'learned by "senior"' in recall.to_prompt()
    assert alma.stats().memories == {"anti_pattern": 1}
    alma.forget(stated.id, reason="no longer")
    assert not alma.retrieve(TASK, agent="junior")


def test_unsorted_is_shared_only_with_those_who_have_no_scope_at_all(opened: Callable[..., ALMA]) -> None:
    alma = opened(
        "agents: {senior: {share_with: [free, can, cannot]}, can: {can_learn: [x]}, cannot: {cannot_learn: [x]}}"
    )
    learn(alma, "senior")
    assert read_by(alma, "free") == {("senior", "unsorted")}
    assert read_by(alma, "can") == read_by(alma, "cannot") == set()


def test_a_forbidden_domain_that_is_asked_for_brings_nothing(opened: Callable[..., ALMA]) -> None:
    open_to_all, alma = opened(), opened(HELENA)
    learn(open_to_all, "helena", "database_queries")
    open_to_all.add_knowledge(agent="helena", fact="Test the login form with SQL", domain="database_queries")
    for domains in (["database_queries"], ["database_queries", "backend_logic"], ["database_queries.x"], []):
        recall = alma.retrieve(TASK, agent="helena", domains=domains, strategies=["Explicit waits"])
        assert (recall.outcomes, recall.knowledge) == ((), ())
        assert [one.status for one in recall.advice] == ["untried"]
    assert open_to_all.retrieve(TASK, agent="helena", domains=["database_queries"]).outcomes


def test_domains_narrow_to_families(opened: Callable[..., ALMA]) -> None:
    alma = opened()
    for domain in ("testing", "testing.waits", "testings", "backend"):
        learn(alma, "helena", domain)
    found = alma.retrieve(TASK, agent="helena", domains=["testing"]).outcomes
    assert {one.domain for one in found} == {"testing", "testing.waits"}


def test_a_changed_configuration_takes_effect_on_what_was_learned_before(opened: Callable[..., ALMA]) -> None:
    before = opened("agents: {senior: {share_with: [helena]}}")
    own, shared = learn(before, "helena", "backend"), learn(before, "senior", "testing")
    assert own is not None
    assert shared is not None
    assert len(before.retrieve(TASK, agent="helena").outcomes) == 2
    after = opened("agents: {helena: {cannot_learn: [backend]}}")
    assert not after.retrieve(TASK, agent="helena")
    assert after.memories(agent="helena") == []
    for one in (own, shared):
        with pytest.raises(ScopeError):
            after.explain(one.id, agent="helena")
    assert len(before.retrieve(TASK, agent="helena").outcomes) == 2


def test_what_may_not_be_read_is_refused_by_id_too_and_on_record(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    hidden = learn(alma, "victor", "backend")
    mine = learn(alma, "helena", "testing_strategies", strategy_used="Other waits")
    assert hidden is not None
    assert mine is not None
    before = alma.stats().memories
    for name in (hidden.id, f"b-{hidden.id}"):
        for act in (
            lambda: alma.explain(name, agent="helena"),  # noqa: B023
            lambda: alma.explain(name, task=TASK, agent="helena"),  # noqa: B023
            lambda: alma.feedback(name, signal="helpful", agent="helena"),  # noqa: B023
            lambda: alma.feedback(mine.id, signal="same", note=name, agent="helena"),  # noqa: B023
            lambda: learn(alma, "helena", "testing_strategies", strategy_used=name),  # noqa: B023
        ):
            with pytest.raises((ScopeError, MemoryNotFound)):
                act()
    assert alma.stats().memories == before
    assert {agent for _, agent, _ in refusals(alma)} == {"helena"}
    assert len(refusals(alma)) == 10
    assert alma.explain(hidden.id, agent="victor").memory == hidden


def test_what_others_know_in_a_forbidden_domain_leaks_through_no_number_or_text(
    opened: Callable[..., ALMA],
) -> None:
    # Age is counted in all outcomes of their owner, so ageing is left out here.
    alma = opened(
        "half_life: 1000000000\nagents: {senior: {share_with: [junior]}, junior: {cannot_learn: [secrets]}}"
    )
    learn(alma, "senior", "testing")
    learn(alma, "junior", "testing", outcome=False)
    before = _all_answers(alma)
    for _ in range(4):
        learn(alma, "senior", "secrets", outcome=False, error="zeppelin", strategy_used="Explicit waits")
        alma.add_knowledge(agent="senior", fact="zeppelin", domain="secrets")
        alma.add_anti_pattern(agent="senior", pattern="zeppelin --force", why_bad="z", domain="secrets")
    assert _all_answers(alma) == before


def _all_answers(alma: ALMA) -> list[str]:
    recall = alma.retrieve(TASK, agent="junior", strategies=["Explicit waits", "zeppelin"])
    listed = alma.memories(agent="junior")
    parts = [
        recall.advice,
        recall.outcomes,
        recall.anti_patterns,
        recall.knowledge,
        recall.candidates,
        recall.floor,
    ]
    return [
        *map(repr, parts),
        repr(listed),
        *(repr(alma.explain(one.id, agent="junior")) for one in listed),
        repr(alma.warn("zeppelin --force", agent="junior")),
        recall.to_prompt(),
    ]


def test_preferences_belong_to_a_user_and_to_no_agent(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA)
    kept = alma.add_preference(user="ada", preference="Short answers")
    assert alma.retrieve(TASK, agent="helena", user="ada").preferences == (kept,)
    assert alma.retrieve(TASK, agent="helena", user="bob").preferences == ()
    assert alma.retrieve(TASK, agent="helena").preferences == ()
    assert not alma.retrieve(TASK, agent="helena", user="ada")


# -- doors and names --------------------------------------------------------------------------------------------


def test_a_door_lets_nobody_act_or_read_as_somebody_else(opened: Callable[..., ALMA], tmp_path: Path) -> None:
    alma = opened()
    theirs, mine = learn(alma, "victor", strategy_used="Other"), learn(alma, "helena")
    rule = alma.add_heuristic(agent="victor", condition="c", strategy="s")
    gone = alma.add_heuristic(agent="victor", condition="c", strategy="gone")
    alma.forget(gone.id, reason="r")
    alma.checkpoint("theirs", state="secret", task=TASK, agent="victor")
    assert theirs is not None
    assert mine is not None
    door = opened(door=Door(source="word", agents=("helena",), origin="session"))
    before = alma.stats()
    acts: list[Callable[[], object]] = [
        lambda: door.retrieve(TASK, agent="victor"),
        lambda: door.warn("sleep(5)", agent="victor"),
        lambda: learn(door, "victor"),
        lambda: door.add_knowledge(agent="victor", fact="f"),
        lambda: door.explain(theirs.id),
        lambda: door.explain(theirs.id, agent="victor"),
        lambda: door.feedback(theirs.id, signal="harmful"),
        lambda: door.feedback(theirs.id, signal="harmful", agent="helena"),
        lambda: door.revise(rule.id, strategy="evil"),
        lambda: door.resume("theirs"),
        lambda: door.checkpoint("theirs", state="mine now"),
        lambda: door.checkpoint("theirs", state="mine now", agent="helena"),
        lambda: door.finish("theirs", outcome=False),
        lambda: door.memories(agent="victor"),
    ]
    assert [number for number, act in enumerate(acts) if not _is_refused(act)] == []
    assert len(refusals(alma)) == len(acts)
    assert {one.owner for one in door.memories()} <= {"helena"}
    assert [one.workflow_id for one in door.workflows()] == []
    assert door.forget(agent="victor", reason="r") == []
    with pytest.raises(MemoryNotFound):
        door.restore(gone.id)
    after = alma.stats()
    assert (after.memories, after.forgotten, after.workflows) == (
        before.memories,
        before.forgotten,
        before.workflows,
    )


def at_door(alma: ALMA, *agents: str, source: str = "word") -> ALMA:
    """The same memory through a door that is bound to these agents."""
    return alma._at(Door(source=source, agents=agents, origin="session"))


FORBIDDEN = "agents: {helena: {cannot_learn: [secrets]}, victor: {}}"


def test_leaving_out_the_agent_shows_nothing_at_a_door_that_its_agent_may_not_learn(
    opened: Callable[..., ALMA],
) -> None:
    before = opened()
    for _ in range(3):
        recall = before.retrieve(TASK, agent="helena")
        old = learn(before, domain="secrets", strategy_used="The zeppelin way", recall=recall)
    fact = before.add_knowledge(agent="helena", fact="A zeppelin has hydrogen", domain="secrets")
    before.revise(fact.id, fact="A zeppelin has helium")
    assert old is not None
    door = at_door(opened(FORBIDDEN), "helena")
    assert door.memories() == door.memories(kind="outcome") == door.memories(query="zeppelin") == []
    for name in (old.id, f"b-{old.id}", fact.id):
        for act in (
            lambda: door.explain(name),  # noqa: B023
            lambda: door.feedback(name, signal="used"),  # noqa: B023
            lambda: door.forget(name, reason="r", dry_run=True),  # noqa: B023
        ):
            with pytest.raises(ScopeError) as refusal:
                act()
            assert "secrets" not in str(refusal.value)
    with pytest.raises(ScopeError):
        door.revise(fact.id, fact="f")
    assert door.forget(agent="helena", reason="r", dry_run=True) == []
    report = door.report()
    assert (report.attempts, report.memories) == (0, ())
    assert report == replace(door.report(agent="helena"), agent=None)
    assert not [
        one for one in door.log(limit=1000) if "zeppelin" in str(one.details) or "secrets" in str(one)
    ]
    with pytest.raises(MemoryNotFound) as unknown:
        door.explain(f"{fact.id[:-1]}{'a' if fact.id[-1] != 'a' else 'b'}")
    assert fact.id not in str(unknown.value)


def test_a_door_shows_what_any_of_its_agents_may_read(opened: Callable[..., ALMA]) -> None:
    alma = opened(
        "agents: {senior: {share_with: [junior]}, junior: {cannot_learn: [secrets]}, helena: {cannot_learn: [api]}}"
    )
    shared = learn(alma, "senior", "testing")
    hidden = learn(opened(), "senior", "secrets")
    own = learn(opened(), "helena", "secrets", strategy_used="Her own")
    lost = learn(opened(), "helena", "api", strategy_used="Hers no more")
    assert shared is not None
    assert hidden is not None
    assert own is not None
    assert lost is not None
    door = at_door(alma, "junior", "helena")
    assert {one.id for one in door.memories(kind="outcome")} == {shared.id, own.id}
    assert door.explain(shared.id).evidence_for
    assert door.explain(own.id).memory == own
    for one in (hidden, lost):
        with pytest.raises(ScopeError):
            door.explain(one.id)
    # What is shared may be read, and no more: who names no agent speaks in the owner's name.
    with pytest.raises(ScopeError):
        door.feedback(shared.id, signal="used")
    assert door.report().attempts == 1


def test_a_shared_memory_names_nothing_that_its_reader_may_not_read(opened: Callable[..., ALMA]) -> None:
    alma = opened(
        "agents: {helena: {}, senior: {share_with: [helena]}, carol: {inherit_from: [helena], cannot_learn: [old]}}"
    )
    said = "The payment token expires after {} hours"
    first = alma.add_knowledge(agent="helena", fact=said.format(6), domain="old")
    theirs = alma.add_knowledge(agent="senior", fact=said.format(24), domain="api")
    fact = alma.add_knowledge(agent="helena", fact=said.format(12), domain="api", replaces=first.id)
    recall = alma.retrieve("Check the payment token", agent="helena")
    recall.to_prompt()
    outcome = learn(
        alma, domain="api", task="Check the payment token", recall=recall, strategy_used="Read the header"
    )
    assert outcome is not None
    assert theirs.id in fact.contradicts
    assert theirs.id in outcome.shown
    foreign = (theirs.id, first.id)
    for seen, agent in ((alma, "carol"), (at_door(alma, "carol"), "carol"), (at_door(alma, "carol"), None)):
        listed = seen.memories(agent=agent)
        told = [*listed, *seen.memories(agent=agent, kind="outcome")]
        told += [seen.explain(one.id, agent=agent).memory for one in (fact, outcome)]
        assert fact.id in [one.id for one in listed]
        assert [name for name in foreign if name in repr(told)] == []
        again = [one for one in told if isinstance(one, Outcome)]
        assert {(one.shown, one.used, one.warned, one.withheld, one.followed) for one in again} == {
            ((), (), (), (), None)
        }
    found = alma.retrieve("Check the payment token", agent="carol")
    assert outcome.id in [one.id for one in found.outcomes]
    assert [
        name for name in foreign if name in repr((found.outcomes, found.candidates, found.knowledge))
    ] == []
    for own in (alma.explain(outcome.id, agent="helena").memory, alma.explain(outcome.id).memory):
        assert own == outcome
    assert alma.explain(fact.id, agent="helena").memory == fact
    assert fact in alma.memories()


def test_a_refusal_at_a_door_says_not_whose_it_is(opened: Callable[..., ALMA]) -> None:
    alma = opened("agents: {carol: {}, helena: {}}")
    theirs = learn(alma, "senior", "ministry")
    fact = alma.add_knowledge(agent="senior", fact="A fact", domain="ministry")
    alma.checkpoint("deploy", state=1, agent="senior")
    assert theirs is not None
    door = at_door(alma, "carol", "helena")
    acts: list[Callable[[], object]] = [
        lambda: door.explain(theirs.id),
        lambda: door.explain(theirs.id, agent="carol"),
        lambda: door.feedback(theirs.id, signal="used"),
        lambda: door.feedback(theirs.id, signal="used", agent="carol"),
        lambda: learn(door, "carol", strategy_used=theirs.id),
        lambda: door.forget(theirs.id, reason="r"),
        lambda: door.forget(f"b-{theirs.id}", reason="r"),
        lambda: door.revise(fact.id, fact="f"),
        lambda: door.add_knowledge(agent="carol", fact="f", replaces=fact.id),
        lambda: door.checkpoint("deploy", state=2),
        lambda: door.resume("deploy"),
        lambda: door.finish("deploy", outcome=True),
    ]
    for act in acts:
        with pytest.raises(ScopeError) as refusal:
            act()
        told = f"{refusal.value} {refusal.value.agent} {refusal.value.domain}"
        assert "senior" not in told
        assert "ministry" not in told
    assert len(refusals(alma)) == len(acts)
    assert "senior" not in repr(door.log())
    assert "ministry" not in repr(door.log())


def test_neither_filters_nor_numbers_ask_a_door_what_others_have(opened: Callable[..., ALMA]) -> None:
    alma = opened()
    theirs = alma.add_knowledge(agent="senior", fact="A fact", source="person", origin="ticket-77")
    rule = alma.add_knowledge(agent="senior", fact="Another fact", source="word")
    liked = alma.add_preference(user="ada", preference="Short answers", source="word")
    door = at_door(alma, "carol")
    for filters in (
        {"agent": "senior"},
        {"source": "person"},
        {"origin": "ticket-77"},
        {"source": "word"},
        {"agent": "nobody"},
    ):
        assert door.forget(**filters, reason="r", dry_run=True) == []  # type: ignore[arg-type]
        assert door.forget(**filters, reason="r") == []  # type: ignore[arg-type]
    at_door(alma, "senior").forget(rule.id, reason="r")
    alma.forget(theirs.id, reason="r")
    alma.forget(liked.id, reason="r")
    last = alma.log()[-1].seq
    told = set()
    for number in range(last + 5):
        with pytest.raises(MemoryNotFound) as unknown:
            door.restore(number)
        told.add(str(unknown.value).replace(str(number), "N"))
    assert len(told) == 1
    for name in (theirs.id, rule.id):
        with pytest.raises(MemoryNotFound):
            door.restore(name)
    assert alma.log()[-1].seq == last


def test_a_preference_is_its_users_and_read_by_who_has_its_id_or_names_the_user(
    opened: Callable[..., ALMA],
) -> None:
    alma = opened(HELENA)
    kept = alma.add_preference(user="ada", preference="Short answers")
    door = at_door(alma, "helena")
    assert door.retrieve(TASK, agent="helena", user="ada").preferences == (kept,)
    assert door.explain(kept.id).memory == kept
    assert door.explain(kept.id, agent="helena").memory == kept
    assert door.memories() == door.memories(agent="helena") == []
    assert kept in alma.memories()


def test_a_door_to_one_agent_saves_in_its_name(opened: Callable[..., ALMA]) -> None:
    alma = opened()
    door = at_door(alma, "helena")
    assert door.checkpoint("w", state=1, task=TASK).agent == "helena"
    assert door.resume("w").state == 1
    assert door.checkpoint("w", state=2).version == 2
    assert [one.workflow_id for one in door.workflows()] == ["w"]
    other = at_door(alma, "carol")
    for act in (lambda: other.resume("w"), lambda: other.checkpoint("w", state=3)):
        with pytest.raises(ScopeError):
            act()
    several = at_door(alma, "helena", "carol")
    with pytest.raises(InvalidInput, match="helena, carol"):
        several.checkpoint("new", state=1)
    assert several.checkpoint("new", state=1, agent="carol").agent == "carol"
    assert several.checkpoint("new", state=2).agent == "carol"


def test_a_workflow_that_is_nobodys_is_out_of_reach_of_every_door(opened: Callable[..., ALMA]) -> None:
    alma = opened()
    assert alma.checkpoint("nobodys", state="secret", task=TASK).agent is None
    door = at_door(alma, "helena")
    for act in (
        lambda: door.resume("nobodys"),
        lambda: door.resume("nobodys", version=1),
        lambda: door.finish("nobodys", outcome=True),
    ):
        with pytest.raises(WorkflowNotFound):
            act()
    with pytest.raises(ScopeError):
        door.checkpoint("nobodys", state="mine now")
    assert (alma.resume("nobodys").state, alma.workflows()[0].status) == ("secret", "open")
    assert alma.checkpoint("nobodys", state=2, agent="helena").version == 2
    assert door.resume("nobodys").state == 2
    with pytest.raises(WorkflowNotFound):
        door.resume("nobodys", version=1)


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except ScopeError:
        return True
    return False


def test_a_strict_project_knows_only_declared_agents(opened: Callable[..., ALMA]) -> None:
    alma = opened(HELENA + "strict_agents: true\n")
    for act in (
        lambda: alma.retrieve(TASK, agent="helen"),
        lambda: learn(alma, "helen"),
        lambda: alma.warn("x", agent="helen"),
        lambda: alma.add_knowledge(agent="helen", fact="f"),
        lambda: alma.checkpoint("w", state=1, agent="helen"),
        lambda: alma.memories(agent="helen"),
    ):
        with pytest.raises(ScopeError, match="helena") as refusal:
            act()
        assert refusal.value.agent == "helen"
    assert alma.stats().memories == {}
    assert learn(alma, "helena", "testing_strategies") is not None


def test_two_agents_of_one_name_are_an_error_with_both_lines() -> None:
    with pytest.raises(ConfigError) as refusal:
        parse("agents:\n  helena:\n    can_learn: [a]\n  helena:\n    can_learn: [b]\n", path="config.yaml")
    assert refusal.value.line == 4
    assert "2" in str(refusal.value)


def test_agents_of_two_projects_know_nothing_of_each_other(
    opened: Callable[..., ALMA], database: Path
) -> None:
    config = "agents: {senior: {share_with: [helena]}}"
    shop, bank = opened(config, project="shop"), opened(config, project="bank")
    kept = learn(shop, "senior")
    learn(shop, "helena", strategy_used="sleep(5)", outcome=False)
    assert kept is not None
    assert not bank.retrieve(TASK, agent="helena")
    assert bank.warn("sleep(5)", agent="helena") == []
    assert (bank.memories(), bank.log()) == ([], [])
    for act in (
        lambda: bank.explain(kept.id),
        lambda: bank.forget(kept.id, reason="r"),
        lambda: bank.feedback(kept.id, signal="used"),
        lambda: bank.restore(kept.id),
        lambda: learn(bank, "helena", strategy_used=kept.id),
    ):
        with pytest.raises(MemoryNotFound):
            act()
    again = open_store(f"sqlite:///{database}", "shop")
    with again.reading() as now:
        assert now.size
        assert now.stats().memories == {"outcome": 2}
    again.close()


def test_through_a_bound_door_counts_are_those_of_its_agents(opened: Callable[..., ALMA]) -> None:
    everyone = opened()
    for agent in ("helena", "victor", "victor"):
        everyone.learn(agent=agent, task="Test the form", outcome=True, strategy_used="Explicit waits")
    everyone.checkpoint("w", state=1, task="Test the form", agent="victor")
    counted = opened(door=Door(agents=("helena",))).stats()
    assert (counted.memories, counted.agents, counted.workflows) == ({"outcome": 1}, {"helena": 1}, 0)
    assert counted.events < everyone.stats().events
    assert everyone.stats().workflows == 1
