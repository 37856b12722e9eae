"""What `report` answers: how attempts went with earned memories and without, and how sure that is."""

from __future__ import annotations

from alma.domain.values import value


@value
class Arm:
    """Attempts of one sort: how many, how many succeeded, and the share of those (None: there are none).

    An attempt of which several outcomes were learned counts once, as the share of them that succeeded. `warned` of
    them were on tasks where a strategy was known to fail, and `repeated` used such a strategy; `tokens` is the
    length of their prompts together.
    """

    attempts: int = 0
    successes: float = 0
    rate: float | None = None
    warned: int = 0
    repeated: int = 0
    tokens: int = 0


@value
class Difference:
    """How much more often one sort of attempts succeeds than another, in [-1, 1], with its 90 % interval."""

    value: float
    low: float
    high: float


@value
class Benefit:
    """One memory: how attempts went that were shown it and used it, that were shown it and did not, and that went
    without it. Each attempt counts once, whatever was learned of it. `difference` is what using it changes: its users
    against what they would have reached without any memory, as the lots tell; while they do not, used against not
    used. Observed, for the agent chose when to use it; None while there are fewer than five of either.

    `verdict` is helps, harms, no difference, or not enough evidence. Where it harms, `retire` is the command that ends
    it: what was stated is forgotten; what was earned is stated as something to avoid, for its evidence is what warns
    of it. None where that was done. Advice and beliefs about one strategy are one memory, named after the one shown
    last.
    """

    id: str
    text: str
    used: Arm
    unused: Arm
    withheld: Arm
    difference: Difference | None
    verdict: str
    retire: str | None = None


@value
class Report:
    """Whether memory helps. `shown` and `withheld` are the attempts for which something earned was known and lots
    were drawn; `difference` is between these two, None while one of them is empty.

    `attempts` counts all outcomes, `recalled` those that say what they were shown, `tokens` their prompts; what was
    forgotten is among them until it is purged. `holdout` is the share in force;
    `needed` is how many withheld attempts it takes to know the difference to 10 points. `verdict` says it in a
    sentence. `memories` are those that were used most, at most 1,000; `harmful` those to be retired.
    """

    agent: str | None
    attempts: int
    recalled: int
    tokens: int
    holdout: float
    shown: Arm
    withheld: Arm
    difference: Difference | None
    needed: int
    verdict: str
    memories: tuple[Benefit, ...] = ()
    harmful: tuple[Benefit, ...] = ()
