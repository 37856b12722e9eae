"""When a text is sorted into a domain, refused, or left unsorted, and how sure that is said to be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma.domain.scope import Agent
from alma.rules.sorting import CLEAR, LIKELY, SURE, admitted, certainties

HELENA = Agent("helena", ("tests",), ("database", "backend"))
DOMAINS = ("tests", "database", "backend", "frontend", "deployment")
meanings = st.dictionaries(st.sampled_from(DOMAINS), st.floats(0, 1))
lists = st.lists(st.sampled_from((*DOMAINS, "unsorted")), unique=True).map(tuple)
agents = st.builds(Agent, st.just("helena"), st.none() | lists, lists)


# -- how sure ---------------------------------------------------------------------------------------------------


@given(meanings)
def test_certainties_are_chances_of_which_something_is_left_for_none_of_them(meant: dict[str, float]) -> None:
    chances = certainties(meant)
    assert chances.keys() == meant.keys()
    assert all(0 < chance < 1 for chance in chances.values())
    assert sum(chances.values()) < 1


@given(meanings, st.randoms(use_true_random=False))
def test_the_order_in_which_domains_are_described_does_not_matter(
    meant: dict[str, float], draw: random.Random
) -> None:
    names = list(meant)
    draw.shuffle(names)
    assert certainties({name: meant[name] for name in names}) == pytest.approx(certainties(meant))


@given(meanings.filter(len), st.floats(0.01, 0.5))
def test_the_nearer_a_text_is_to_a_domain_the_surer_and_the_less_sure_of_all_others(
    meant: dict[str, float], more: float
) -> None:
    name = next(iter(meant))
    before, after = certainties(meant), certainties({**meant, name: meant[name] + more})
    assert after[name] > before[name]
    assert all(after[other] < before[other] for other in meant if other != name)


def test_a_text_that_is_near_to_everything_tells_less_than_one_that_is_near_to_one() -> None:
    alone = certainties({"tests": 0.4, "database": 0.05, "backend": 0.05, "frontend": 0.05})
    crowded = certainties({"tests": 0.4, "database": 0.35, "backend": 0.35, "frontend": 0.35})
    assert alone["tests"] > SURE > crowded["tests"]


def test_a_single_described_domain_can_be_sure_too() -> None:
    assert certainties({"tests": 0.5})["tests"] > SURE > LIKELY > certainties({"tests": 0.05})["tests"]


# -- what comes of it -------------------------------------------------------------------------------------------


def test_what_is_surely_of_an_allowed_domain_is_sorted_into_it() -> None:
    said = admitted(HELENA, None, {"tests": 0.5, "database": 0.1})
    assert (said.domain, said.refused_because) == ("tests", None)
    assert said.certainty is not None
    assert said.certainty >= SURE


def test_what_is_clearly_of_a_forbidden_domain_is_refused_and_says_how_sure() -> None:
    said = admitted(HELENA, None, {"tests": 0.1, "database": 0.35})
    assert said.domain == "database"
    assert said.certainty is not None
    assert said.refused_because == (
        "helena may not learn 'database', and that is what this seems to be about "
        f"({round(100 * said.certainty)} % sure)"
    )


def test_nothing_is_said_to_be_wholly_sure() -> None:
    said = admitted(HELENA, None, {"tests": 0.0, "database": 1.0})
    assert said.refused_because is not None
    assert said.refused_because.endswith("(99 % sure)")


def test_two_forbidden_domains_between_which_a_text_stands_refuse_it_together() -> None:
    meant = {"tests": 0.05, "database": 0.3, "backend": 0.3, "frontend": 0.05, "deployment": 0.05}
    assert max(certainties(meant).values()) < SURE
    said = admitted(HELENA, None, meant)
    assert said.domain == "backend"
    assert "that, or something else that it may not learn, is what" in (said.refused_because or "")


@pytest.mark.parametrize(
    "meant",
    [
        {},
        {"tests": 0.05, "database": 0.06},
        {"tests": 0.4, "database": 0.42},
        {"tests": 0.42, "database": 0.4, "backend": 0.05},
    ],
)
def test_what_is_near_to_nothing_or_to_both_sides_is_unsorted(meant: dict[str, float]) -> None:
    said = admitted(HELENA, None, meant)
    assert (said.domain, said.refused_because, said.certainty) == ("unsorted", None, None)


def test_an_agent_that_refuses_the_unsorted_learns_only_what_is_sure() -> None:
    strict = Agent("helena", None, ("database", "unsorted"))
    assert admitted(strict, None, {"tests": 0.5, "database": 0.1}).refused_because is None
    assert admitted(strict, None, {"tests": 0.06, "database": 0.05}).refused_because == (
        "helena may not learn what cannot be sorted into a domain"
    )


def test_a_domain_that_is_named_is_never_compared() -> None:
    assert admitted(HELENA, "tests", {"database": 1.0}).refused_because is None
    said = admitted(HELENA, "database", {"tests": 1.0})
    assert said.refused_because == "helena may not learn 'database'; it may learn tests"
    assert said.certainty is None


@given(agents, meanings)
def test_whatever_is_kept_may_be_learned_and_whatever_is_refused_may_not(
    agent: Agent, meant: dict[str, float]
) -> None:
    said = admitted(agent, None, meant)
    assert agent.may_learn(said.domain) is (said.refused_because is None)


@given(agents, meanings)
def test_nothing_is_refused_by_meaning_while_what_is_allowed_is_as_likely(
    agent: Agent, meant: dict[str, float]
) -> None:
    said = admitted(agent, None, meant)
    if said.refused_because is not None and said.certainty is not None:
        allowed = sum(chance for name, chance in certainties(meant).items() if agent.may_learn(name))
        assert said.certainty >= LIKELY
        assert said.certainty >= CLEAR * allowed
