"""Knowledge over time: what is said twice stands once, what contradicts is named, what was known then can be asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from alma import ALMA, AntiPattern, Conflict, Knowledge
from alma.config.loading import parse
from alma.domain.memory import Memory
from alma.store.sqlite import open_store
from alma.testing import FrozenClock

API = "The staging API listens on port 8080"
TASK = "Call the staging API"


def known(alma: ALMA, **more: object) -> tuple[Knowledge, ...]:
    return alma.retrieve(TASK, **{"agent": "helena", **more}).knowledge  # type: ignore[arg-type]


def ids(found: object) -> list[str]:
    return [one.id for one in found]  # type: ignore[attr-defined]


# -- said twice -------------------------------------------------------------------------------------------------


def test_the_same_text_from_two_sources_is_shown_once_with_both(alma: ALMA) -> None:
    imported = alma.add_knowledge(agent="helena", fact=API, source="import", origin="docs/api.md")
    said = alma.add_knowledge(agent="helena", fact=API, source="person", origin="standup")
    (shown,) = known(alma)
    assert (shown.id, shown.source) == (said.id, "person")
    assert [(one.id, one.source, one.origin) for one in shown.also] == [
        (imported.id, "import", "docs/api.md")
    ]
    line = next(line for line in alma.retrieve(TASK, agent="helena").to_prompt().splitlines() if API in line)
    assert said.id in line
    assert f"also {imported.id}, imported" in line


def test_the_same_fact_in_other_words_is_shown_once_and_takes_one_place(alma: ALMA) -> None:
    first = alma.add_knowledge(agent="helena", fact=API)
    again = alma.add_knowledge(agent="helena", fact="The staging API is listening on port 8080.")
    other = alma.add_knowledge(agent="helena", fact="The staging API speaks JSON")
    shown = known(alma, top_k=2)
    assert {one.id for one in shown} & {first.id, again.id}
    assert other.id in ids(shown)
    assert len(shown) == 2
    for told, beside in ((first, again), (again, first)):
        assert ids(alma.explain(told.id).memory.also) == [beside.id]  # type: ignore[attr-defined]


def test_what_an_agent_may_not_read_is_not_named_beside_what_it_may(opened: Callable[..., ALMA]) -> None:
    alma = opened(
        "agents:\n  senior: {share_with: [junior]}\n  junior: {cannot_learn: [backend]}\n  victor: {}\n"
    )
    hidden = alma.add_knowledge(agent="senior", fact=API, domain="backend")
    alma.add_knowledge(agent="victor", fact="The staging API listens on port 9090", domain="testing")
    own = alma.add_knowledge(
        agent="junior", fact="The staging API is listening on port 8080", domain="testing"
    )
    assert own.contradicts == ()
    (shown,) = known(alma, agent="junior")
    assert (shown.id, shown.also, shown.contradicts) == (own.id, (), ())
    assert hidden.id not in alma.retrieve(TASK, agent="junior").to_prompt()


def test_what_is_only_shown_is_never_stored(alma: ALMA) -> None:
    first = alma.add_knowledge(agent="helena", fact=API, source="import")
    alma.add_knowledge(agent="helena", fact=API)
    (shown,) = known(alma)
    assert shown.also
    revised = alma.revise(shown.id, valid_to=None)
    assert isinstance(revised, Knowledge)
    assert revised.also == ()
    assert all(one.also == () for one in alma.memories() if isinstance(one, Knowledge))
    assert first.also == ()


# -- contradictions ---------------------------------------------------------------------------------------------


def test_a_contradiction_is_named_when_it_is_said_in_every_recall_and_in_explain(alma: ALMA) -> None:
    one = alma.add_knowledge(agent="helena", fact=API)
    two = alma.add_knowledge(agent="helena", fact="The staging API listens on port 9090")
    assert two.contradicts == (one.id,)
    assert {fact.id: fact.contradicts for fact in known(alma)} == {one.id: (two.id,), two.id: (one.id,)}
    prompt = alma.retrieve(TASK, agent="helena").to_prompt()
    for this, that in ((one, two), (two, one)):
        line = next(line for line in prompt.splitlines() if line.startswith(f"- [{this.id}]"))
        assert f"probably contradicts {that.id}" in line
        assert that.id in " ".join(alma.explain(this.id).contradictions)


def test_a_contradiction_with_what_a_senior_shares_is_named_too(opened: Callable[..., ALMA]) -> None:
    alma = opened("agents:\n  senior: {share_with: [junior]}\n  junior: {}\n")
    said = alma.add_knowledge(agent="senior", fact=API, domain="apis")
    made = alma.add_knowledge(agent="junior", fact="The staging API listens on port 9090", domain="apis")
    assert made.contradicts == (said.id,)
    assert alma.add_knowledge(agent="senior", fact="The staging API listens on port 7070").contradicts == (
        said.id,
    )


@pytest.mark.parametrize("how", ["forgotten", "replaced", "ended", "reworded"])
def test_a_contradiction_that_is_settled_is_no_longer_named(alma: ALMA, clock: FrozenClock, how: str) -> None:
    one = alma.add_knowledge(agent="helena", fact=API)
    two = alma.add_knowledge(agent="helena", fact="The staging API listens on port 9090")
    clock.move(hours=1)
    if how == "forgotten":
        alma.forget(one.id, reason="moved")
    elif how == "replaced":
        alma.add_knowledge(agent="helena", fact="The staging API needs a token", replaces=one.id)
    elif how == "ended":
        alma.revise(one.id, valid_to=clock())
    else:
        alma.revise(one.id, fact="The production API listens on port 8080")
    clock.move(hours=1)
    now = {fact.id: fact.contradicts for fact in known(alma)}
    assert now[two.id] == ()
    assert (one.id in now) == (how == "reworded")


# -- replaced, and valid for a time -----------------------------------------------------------------------------


def test_what_replaces_ends_what_was_and_both_can_be_asked_for(alma: ALMA, clock: FrozenClock) -> None:
    old = alma.add_knowledge(agent="helena", fact=API)
    before = clock()
    clock.move(days=1)
    new = alma.add_knowledge(
        agent="helena", fact="The staging API listens on port 9090", replaces=old.id, valid_from=clock() - timedelta(hours=36)
    )  # fmt: skip
    assert new.contradicts == ()
    assert ids(known(alma)) == [new.id]
    assert ids(known(alma, as_of=before)) == [old.id]
    with pytest.raises(Conflict):
        alma.add_knowledge(agent="helena", fact="The staging API listens on port 1", replaces=old.id)


def test_a_fact_comes_and_goes_with_its_time(alma: ALMA, clock: FrozenClock) -> None:
    begins, ends = clock() + timedelta(days=1), clock() + timedelta(days=2)
    fact = alma.add_knowledge(agent="helena", fact=API, valid_from=begins, valid_to=ends)
    seen = []
    for _ in range(4):
        seen.append(ids(known(alma)))
        clock.move(days=1)
    assert seen == [[], [fact.id], [], []]


def test_what_a_forgotten_fact_had_replaced_holds_again_and_ends_again_when_it_is_restored(
    alma: ALMA, clock: FrozenClock
) -> None:
    old = alma.add_knowledge(agent="helena", fact=API)
    clock.move(days=1)
    planted = alma.add_knowledge(
        agent="helena", fact="The staging API listens on port 6666", replaces=old.id, origin="a page"
    )
    clock.move(days=1)
    alma.forget(origin="a page", reason="planted")
    assert ids(known(alma)) == [old.id]
    alma.restore(planted.id)
    assert ids(known(alma)) == [planted.id]
    new = alma.add_knowledge(agent="helena", fact="The staging API listens on port 9090", replaces=planted.id)
    clock.move(days=1)
    alma.forget(planted.id, reason="never true")
    assert ids(known(alma)) == [new.id], "what followed the forgotten one still stands"


def test_a_fact_and_what_replaced_it_that_went_and_came_back_together_are_as_they_were(
    alma: ALMA, clock: FrozenClock
) -> None:
    old = alma.add_knowledge(agent="helena", fact=API, origin="a page")
    clock.move(days=1)
    new = alma.add_knowledge(agent="helena", fact="The staging API is gone", replaces=old.id, origin="a page")
    clock.move(days=1)
    alma.forget(origin="a page", reason="planted")
    alma.restore(alma.log()[-1].seq)
    assert alma.log()[-1].kind == "restored"
    assert ids(known(alma)) == [new.id]
    alma.forget(new.id, reason="never true")
    assert ids(known(alma)) == [old.id]


def test_a_clock_that_ran_ahead_silences_no_fact(alma: ALMA, clock: FrozenClock) -> None:
    clock.move(days=3653)
    early = alma.add_knowledge(agent="helena", fact=API)
    clock.move(days=-3653)
    assert ids(known(alma)) == [early.id]
    new = alma.add_knowledge(agent="helena", fact="The staging API listens on port 9090", replaces=early.id)
    assert ids(known(alma)) == [new.id]
    clock.move(days=3653)
    ahead = alma.add_knowledge(agent="helena", fact="The staging API listens on port 7070", replaces=new.id)
    clock.move(days=-3653)
    assert ids(known(alma)) == [ahead.id]


def test_a_fact_that_was_replaced_says_when_it_ended_and_what_by(alma: ALMA, clock: FrozenClock) -> None:
    old = alma.add_knowledge(agent="helena", fact=API)
    clock.move(days=1)
    new = alma.add_knowledge(
        agent="helena", fact="The staging API listens on port 9090", replaces=old.id, origin="a page"
    )
    said = alma.explain(old.id)
    assert said.how[0].endswith(f"; held until 2026-01-02, replaced by {new.id}")
    ended = "it has ended, and holds again only if somebody revises its end"
    assert said.would_change == (f"{ended}, or forgets {new.id}",)
    assert said.history == (f"2026-01-02 12:00 replaced by a program (with {new.id}; it had no end before)",)
    assert alma.explain(new.id).would_change == ("it stands until somebody revises or forgets it",)
    alma.forget(new.id, reason="planted")
    said = alma.explain(old.id)
    assert said.how[0].endswith("; it stands until withdrawn")
    assert f"because {new.id} was forgotten; its end was 2026-01-02 12:00" in said.history[-1]
    alma.restore(new.id)
    last = alma.add_knowledge(agent="helena", fact="The staging API is gone", replaces=new.id)
    clock.move(days=1)
    assert alma.explain(old.id).would_change == (ended,), "what replaced it has ended itself"
    alma.forget(new.id, reason="never true")
    assert ids(known(alma)) == [last.id]
    assert f"replaced by {new.id}" in alma.explain(old.id).how[0]


def test_a_fact_says_from_when_and_until_when_it_holds(alma: ALMA, clock: FrozenClock) -> None:
    begins, ends = clock() + timedelta(days=1), clock() + timedelta(days=2)
    fact = alma.add_knowledge(agent="helena", fact=API, valid_from=begins, valid_to=ends)
    open_ = alma.add_knowledge(agent="helena", fact="The staging API speaks JSON", valid_from=begins)
    told = []
    for _ in range(3):
        told += [alma.explain(one.id).how[0].partition("; ")[2] for one in (fact, open_)]
        clock.move(days=1)
    assert told == [
        "holds from 2026-01-02 to 2026-01-03", "holds from 2026-01-02",
        "holds until 2026-01-03", "it stands until withdrawn",
        "held until 2026-01-03", "it stands until withdrawn",
    ]  # fmt: skip
    assert alma.explain(fact.id).would_change == (
        "it has ended, and holds again only if somebody revises its end",
    )
    alma.revise(fact.id, valid_to=None, valid_from=None)
    assert alma.explain(fact.id).how[0].endswith("it stands until withdrawn")
    assert (
        alma.explain(fact.id)
        .history[-1]
        .endswith("(its end was 2026-01-03 12:00; its beginning was 2026-01-02 12:00)")
    )


# -- what was known then ----------------------------------------------------------------------------------------


def _words(found: Memory) -> object:
    return getattr(found, "fact", None) or getattr(found, "pattern", None) or getattr(found, "strategy", None)


def test_what_was_reworded_comes_in_the_words_of_that_time(alma: ALMA, clock: FrozenClock) -> None:
    fact = alma.add_knowledge(agent="helena", fact=API)
    avoid = alma.add_anti_pattern(agent="helena", pattern="Using sleep() for waits", why_bad="Flaky")
    rule = alma.add_heuristic(agent="helena", condition="A slow form", strategy="Explicit waits")
    moments = [(clock(), alma.retrieve(TASK, agent="helena"))]
    for port in (8081, 8082):
        clock.move(hours=1)
        alma.revise(
            fact.id, fact=f"The staging API listens on port {port}", valid_to=clock() + timedelta(days=9)
        )
        alma.revise(avoid.id, pattern=f"Using cron( for {port}", better_alternative="Poll")
        alma.revise(rule.id, strategy=f"Wait {port} ms")
        moments.append((clock(), alma.retrieve(TASK, agent="helena")))
        clock.move(hours=1)
    for moment, recall in moments:
        past = alma.retrieve(TASK, agent="helena", as_of=moment)
        assert past.knowledge == recall.knowledge
        assert past.anti_patterns == recall.anti_patterns
        assert past.heuristics == recall.heuristics
        assert [_words(one) for one in past.memories] == [_words(one) for one in recall.memories]
    first = alma.retrieve(TASK, agent="helena", as_of=moments[0][0]).anti_patterns[0]
    assert isinstance(first, AntiPattern)
    assert (first.triggers, first.better_alternative) == (avoid.triggers, None)


def test_before_anything_was_said_nothing_was_known(alma: ALMA, clock: FrozenClock) -> None:
    before = clock() - timedelta(seconds=1)
    alma.add_knowledge(agent="helena", fact=API)
    alma.add_heuristic(agent="helena", condition="A slow form", strategy="Explicit waits")
    alma.add_anti_pattern(agent="helena", pattern="Using sleep() for waits", why_bad="Flaky")
    alma.add_preference(user="ada", preference="Short answers")
    past = alma.retrieve(TASK, agent="helena", user="ada", as_of=before)
    assert (past.memories, past.preferences) == ((), ())


def test_another_process_sees_the_same_past(alma: ALMA, clock: FrozenClock, database: object) -> None:
    fact = alma.add_knowledge(agent="helena", fact=API)
    then = clock()
    clock.move(hours=1)
    alma.revise(fact.id, fact="The staging API has moved")
    fresh = ALMA(parse("embedder: hashing"), open_store(f"sqlite:///{database}", None), clock=clock)
    try:
        assert [one.fact for one in known(fresh, as_of=then)] == [API]
        assert fresh.retrieve(TASK, agent="helena", as_of=then) == alma.retrieve(
            TASK, agent="helena", as_of=then
        )
    finally:
        fresh.close()


def test_what_is_remembered_of_words_ends_with_the_next_statement_of_anyone(
    opened: Callable[..., ALMA],
) -> None:
    here, there = opened(), opened()
    first = here.add_knowledge(agent="helena", fact="The gateway is at version 1")

    def is_named(other: Knowledge) -> bool:
        return other.id in " ".join(here.explain(first.id).contradictions)

    assert not is_named(first)
    second = there.add_knowledge(agent="helena", fact="The gateway is at version 2")
    assert is_named(second)
    there.learn(agent="helena", task="the gateway", outcome=True, strategy_used="Ask for its version")
    assert is_named(second)
    there.forget(second.id, reason="no longer")
    assert not is_named(second)
    there.restore(second.id)
    assert is_named(second)
