"""Who may learn and read what: domains, agents, and the view that one agent has of everybody's memories.

`cannot_learn` wins over everything; a family name covers its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from alma.domain.values import field, positional

UNSORTED = "unsorted"


def inside(domain: str, family: str) -> bool:
    """Whether `domain` is `family` or a member of it: `testing.selectors` is inside `testing`.

    Upper and lower case, blanks, hyphens and look-alike letters of other widths make no other domain.
    """
    domain, family = _normal(domain), _normal(family)
    return domain == family or domain.startswith(family + ".")


@lru_cache(1024)
def _normal(domain: str) -> str:
    if not domain.isascii():
        from unicodedata import normalize

        domain = normalize("NFKC", domain)
    return domain.casefold().replace("-", "_").replace(" ", "_")


@positional
class Agent:
    """What one declared agent may learn, with whom it shares, and how many memories it may hold."""

    name: str
    can_learn: tuple[str, ...] | None = None
    cannot_learn: tuple[str, ...] = ()
    share_with: tuple[str, ...] = ()
    inherit_from: tuple[str, ...] = ()
    quota: int | None = None

    @property
    def is_unrestricted(self) -> bool:
        """Neither `can_learn` nor `cannot_learn` was said of it."""
        return self.can_learn is None and not self.cannot_learn

    def may_learn(self, domain: str) -> bool:
        """Whether a write in this domain is allowed. What is unsorted may be kept unless it is refused by name."""
        if any(inside(domain, family) for family in self.cannot_learn):
            return False
        if self.can_learn is None:
            return True
        if _normal(domain) == UNSORTED:
            return bool(self.can_learn)
        return any(inside(domain, family) for family in self.can_learn)


@positional
class View:
    """What one agent may read: its own memories, and those of its `owners` that it may learn.

    `everything` is the view of whoever holds the store itself, `of` are the views that several agents have together;
    either is no single agent's.
    """

    agent: Agent
    owners: tuple[str, ...]
    everything: bool = False
    of: tuple[View, ...] = ()

    def may_read(self, owner: str, domain: str) -> bool:
        """Whether a memory of `owner` in `domain` is inside this view."""
        if self.everything:
            return True
        if self.of:
            return owner in self.owners and any(one.may_read(owner, domain) for one in self.of)
        if owner == self.agent.name:
            return self.agent.may_learn(domain)
        if owner not in self.owners:
            return False
        if _normal(domain) == UNSORTED:
            return self.agent.is_unrestricted
        return self.agent.may_learn(domain)


@positional
class Scopes:
    """The declared agents and the described domains of one project."""

    agents: Mapping[str, Agent] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)

    def agent(self, name: str) -> Agent:
        """The declared agent of this name, or one without restrictions."""
        return self.agents.get(name) or Agent(name)

    def view(self, name: str) -> View:
        """What `name` may read. One side of a sharing is enough, and it never reaches further than one step."""
        agent = self.agent(name)
        sharing = (a.name for a in self.agents.values() if name in a.share_with)
        return View(agent, tuple(_unique([name, *sharing, *agent.inherit_from])))


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
