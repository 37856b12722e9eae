"""Text -> domain, or unsorted. A help, not a lock: who must be certain names the domain or refuses the unsorted.

How sure it is that a text means a domain comes from the cosines of `minilm` with the descriptions, in a multinomial
logistic where "none of them" is one more answer: the nearer a text is to all of them, the less each one tells.
`bench/sorting.py` measures the rule, and with `--fit` its three weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

from alma.domain.scope import UNSORTED, Agent
from alma.domain.values import value

NEAR, NONE, CROWD = 18.11, 1.96, 29.12
# The mean counts this many more domains that are not near at all: of one or two, a mean says little.
FAR = 3

SURE = 0.70
LIKELY, CLEAR = 0.40, 2.0


@value
class Admission:
    """Whether an agent may learn something, and in which domain it is kept.

    `certainty`, in [0, 1], is said where the domain was found by meaning: that it is this one, or, of what is refused,
    that it is something the agent may not learn.
    """

    domain: str
    refused_because: str | None = None
    certainty: float | None = None


def admitted(agent: Agent, domain: str | None, meant: Mapping[str, float]) -> Admission:
    """Decide on a write. `meant` is how near the text is to each described domain; empty where none is described."""
    if domain is not None:
        return _named(agent, domain)
    chances = certainties(meant)
    order = sorted(chances, key=lambda name: (-chances[name], name))
    forbidden = [name for name in order if not agent.may_learn(name)]
    refused = sum(chances[name] for name in forbidden)
    if refused >= LIKELY and refused >= CLEAR * (sum(chances.values()) - refused):
        return _refused(agent, forbidden[0], refused, alone=len(forbidden) == 1)
    if order and chances[order[0]] >= SURE:
        return Admission(domain=order[0], certainty=chances[order[0]])
    return _named(agent, UNSORTED)


def certainties(meant: Mapping[str, float]) -> dict[str, float]:
    """How sure it is that a text means each domain; what is missing to 1 is that it means none of them."""
    none = NONE + CROWD * sum(meant.values()) / (len(meant) + FAR)
    odds = {name: exp(NEAR * near - none) for name, near in meant.items()}
    total = 1 + sum(odds.values())
    return {name: one / total for name, one in odds.items()}


def _named(agent: Agent, domain: str) -> Admission:
    if agent.may_learn(domain):
        return Admission(domain=domain)
    what = "what cannot be sorted into a domain" if domain == UNSORTED else f"{domain!r}"
    return Admission(domain=domain, refused_because=f"{agent.name} may not learn {what}{_allowed(agent)}")


def _refused(agent: Agent, domain: str, certainty: float, *, alone: bool) -> Admission:
    what = "that" if alone else "that, or something else that it may not learn,"
    because = (
        f"{agent.name} may not learn {domain!r}, and {what} is what this seems to be about "
        f"({min(99, round(100 * certainty))} % sure)"
    )
    return Admission(domain=domain, refused_because=because, certainty=certainty)


def _allowed(agent: Agent) -> str:
    if agent.can_learn is None:
        return ""
    return f"; it may learn {', '.join(agent.can_learn) or 'nothing'}"
