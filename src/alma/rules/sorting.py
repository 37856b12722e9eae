"""Text -> domain, or unsorted. A help, not a lock: who must be certain names the domain or refuses the unsorted.

The thresholds are cosines of the text with the descriptions of the domains.
"""

from __future__ import annotations

from collections.abc import Mapping

from alma.domain.scope import UNSORTED, Agent
from alma.domain.values import value

SURE_SCORE = 0.30
SURE_LEAD = 0.08
CLEAR_SCORE = 0.18
CLEAR_LEAD = 0.10


@value
class Admission:
    """Whether an agent may learn something, and in which domain it is kept."""

    domain: str
    refused_because: str | None = None


def admitted(agent: Agent, domain: str | None, meant: Mapping[str, float]) -> Admission:
    """Decide on a write. `meant` is how near the text is to each described domain; empty where none is described."""
    if domain is None:
        domain, forbidden = _sorted(agent, meant)
        if forbidden is not None:
            return Admission(
                domain=forbidden,
                refused_because=f"{agent.name} may not learn {forbidden!r}, and that is what this seems to be about",
            )
    if not agent.may_learn(domain):
        what = "what cannot be sorted into a domain" if domain == UNSORTED else f"{domain!r}"
        return Admission(domain=domain, refused_because=f"{agent.name} may not learn {what}{_allowed(agent)}")
    return Admission(domain=domain)


def _sorted(agent: Agent, meant: Mapping[str, float]) -> tuple[str, str | None]:
    """The domain, and the forbidden one that leads the allowed ones clearly, if one does."""
    order = sorted(meant, key=lambda name: (-meant[name], name))
    if not order:
        return UNSORTED, None
    best = order[0]
    lead = meant[best] - (meant[order[1]] if len(order) > 1 else 0.0)
    if meant[best] >= SURE_SCORE and lead >= SURE_LEAD:
        return best, None
    allowed = max((meant[name] for name in order if agent.may_learn(name)), default=0.0)
    if not agent.may_learn(best) and meant[best] >= CLEAR_SCORE and meant[best] - allowed >= CLEAR_LEAD:
        return UNSORTED, best
    return UNSORTED, None


def _allowed(agent: Agent) -> str:
    if agent.can_learn is None:
        return ""
    return f"; it may learn {', '.join(agent.can_learn) or 'nothing'}"
