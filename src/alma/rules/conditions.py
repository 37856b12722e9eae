"""What a belief needs, one condition at a time, with its value here: all of them hold exactly where `beliefs` states it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alma.domain.memory import UNTRUSTED, Outcome
from alma.domain.recall import Condition
from alma.rules import beliefs, posterior, trust
from alma.rules.evidence import Record, Weighed

HEURISTIC, ANTI_PATTERN, KNOWN_FAILURE = "earned heuristic", "earned anti-pattern", "known failure"
ORIGINS = 2
LEAST_WORKED = 2


def of_heuristic(record: Record, among: Sequence[Record]) -> tuple[Condition, ...]:
    """Why this strategy is, or is not, a heuristic here."""
    return tuple(_of_heuristic(record, among))


def _of_heuristic(record: Record, among: Sequence[Record]) -> Iterator[Condition]:
    succeeded = _ended(record.counted, well=True)
    yield _enough(HEURISTIC, "success", len(succeeded), 3, " on tasks like this")
    yield _believed(HEURISTIC, "successes", succeeded, among, seen=3)
    if beliefs.is_flaky(record):
        yield _flaky(HEURISTIC)
    base = max(0.5, rate_of_others(record, among))
    sure = posterior.above(record.won, record.lost, base)
    says = f"success above {two(base)} here has a probability of"
    if beliefs.is_clean(record):
        yield _at_least(HEURISTIC, f"no failure here: {says}", sure, beliefs.SURE_IF_CLEAN)
        return
    yield _at_least(HEURISTIC, says, sure, beliefs.SURE_HEURISTIC)
    lower = posterior.lower(record.won, record.lost)
    yield _at_least(HEURISTIC, "success is, with 90 % certainty, above", lower, beliefs.LEAST_LOWER)


def of_anti_pattern(record: Record, among: Sequence[Record]) -> tuple[Condition, ...]:
    """Why this strategy is, or is not, known to be worse than another one here."""
    return tuple(_of_anti_pattern(record, among))


def _of_anti_pattern(record: Record, among: Sequence[Record]) -> Iterator[Condition]:
    failed = _ended(record.near, well=False)
    yield _enough(ANTI_PATTERN, "failure", len(failed), 2, " on this task and those near it")
    yield _believed(ANTI_PATTERN, "failures", failed, among, seen=1)
    if beliefs.is_flaky(record):
        yield _flaky(ANTI_PATTERN)
    if beliefs.is_heuristic(record, among):
        says = "it works often enough here to be a heuristic"
        yield Condition(belief=ANTI_PATTERN, says=says, value=1.0, needs=0.0, held=False)
    other = rival(record, among)
    if other is None:
        best = max((_worked(one) for one in among if one.key != record.key), default=0)
        none = (
            "none that is not flaky, and believable" if best >= LEAST_WORKED else f"the best did {best} times"
        )
        says = f"another strategy that surely worked {LEAST_WORKED} times here: {none}"
        yield Condition(
            belief=ANTI_PATTERN, says=says, value=float(best), needs=float(LEAST_WORKED), held=False
        )
        return
    sure = posterior.better((other.won, other.lost), (record.won, record.lost))
    says = f"that {quoted(other.strategy)} ({beliefs.belief_id(other)}) is better has a probability of"
    yield _at_least(ANTI_PATTERN, says, sure, beliefs.SURE_CONTRAST)


def of_known_failure(record: Record, among: Sequence[Record]) -> tuple[Condition, ...]:
    """Why this strategy is, or is not, only known to have failed here."""
    return tuple(_of_known_failure(record, among))


def _of_known_failure(record: Record, among: Sequence[Record]) -> Iterator[Condition]:
    failed, succeeded = _ended(beliefs.told(record), well=False), beliefs.worked(record)
    where = "tasks like this" if record.counted else "the nearest tasks that it was tried on"
    yield _enough(KNOWN_FAILURE, "failure", len(failed), 1, f" on {where}")
    yield _believed(KNOWN_FAILURE, "failures", failed, among, seen=1)
    if beliefs.is_flaky(record):
        yield _flaky(KNOWN_FAILURE)
    believed = _believed(KNOWN_FAILURE, "successes", succeeded, among, seen=1)
    count = len(succeeded)
    says = f"{count} {results('success', count)}, needs none" + (
        "" if believed.held or not count else " that may be believed, and none of these may"
    )
    yield Condition(
        belief=KNOWN_FAILURE,
        says=says,
        value=float(len(succeeded)),
        needs=0.0,
        held=not succeeded or not believed.held,
    )


def rate_of_others(record: Record, among: Sequence[Record]) -> float:
    """The weighted success rate of the other strategies here, .5 where there are none."""
    others = [one for one in among if one.key != record.key]
    weight = sum(one.weight for one in others)
    return sum(one.won for one in others) / weight if weight else 0.5


def rival(record: Record, among: Sequence[Record]) -> Record | None:
    """The strategy that this one is held against: of those that surely worked twice, the best lower bound."""
    rivals = [
        one
        for one in among
        if one.key != record.key
        and _worked(one) >= LEAST_WORKED
        and not beliefs.is_flaky(one)
        and _believed(ANTI_PATTERN, "", _ended(one.near, well=True), among, seen=1).held
    ]
    return max(
        rivals,
        key=lambda one: (posterior.lower(one.won, one.lost), -beliefs.anchor(one).seq),
        default=None,
    )


def results(result: str, count: int) -> str:
    """`success` or `failure`, as many as there are."""
    return result if count == 1 else f"{result}{'es' if result.endswith('s') else 's'}"


def quoted(text: str, longest: int = 60) -> str:
    """Somebody's words inside a sentence: on one line, cut where they are long, and marked as theirs: no end quote."""
    words = " ".join(text.replace("‘", "'").replace("’", "'").split())
    return f"‘{words if len(words) <= longest else words[: longest - 1].rstrip() + '…'}’"


def _worked(record: Record) -> int:
    return len(_ended(record.near, well=True))


def _ended(weighed: Sequence[Weighed], *, well: bool) -> list[Outcome]:
    return [one.outcome for one in weighed if one.outcome.succeeded == well]


def _believed(
    belief: str, what: str, outcomes: Sequence[Outcome], among: Sequence[Record], *, seen: int
) -> Condition:
    """Whether enough of them were seen to happen, or else they come from two origins."""
    verified = sum(trust.is_verified(one.source) for one in outcomes)
    if verified >= seen:
        says = f"{verified} of these {what} seen to happen, needs {seen}"
        return Condition(belief=belief, says=says, value=float(verified), needs=float(seen), held=True)
    if not verified and any(trust.is_verified(w.outcome.source) for one in among for w in one.weighed):
        says = f"none of these {what} was seen to happen, and other outcomes here were: needs 1"
        return Condition(belief=belief, says=says, value=0.0, needs=1.0, held=False)
    origins = len({one.origin for one in outcomes if one.source != UNTRUSTED})
    says = (
        f"{what} from {origins} {'origin' if origins == 1 else 'origins'}, needs {ORIGINS} "
        f"(or {seen} seen to happen)"
    )
    return Condition(
        belief=belief, says=says, value=float(origins), needs=float(ORIGINS), held=origins >= ORIGINS
    )


def _enough(belief: str, result: str, count: int, needs: int, where: str) -> Condition:
    return Condition(
        belief=belief,
        says=f"{count} distinct {results(result, count)}{where}, needs {needs}",
        value=float(count),
        needs=float(needs),
        held=count >= needs,
    )


def _at_least(belief: str, says: str, value: float, needs: float) -> Condition:
    return Condition(
        belief=belief,
        says=f"{says} {two(value)}, needs {two(needs)}",
        value=floored(value, 4),
        needs=needs,
        held=value >= needs,
    )


def _flaky(belief: str) -> Condition:
    says = "flaky: on the same task it goes back and forth between success and failure"
    return Condition(belief=belief, says=says, value=1.0, needs=0.0, held=False)


def two(value: float) -> str:
    """Two decimals, never rounded up to a threshold that was not reached."""
    return f"{floored(value, 2):.2f}"


def floored(value: float, digits: int) -> float:
    """A share cut to so many decimals."""
    scale = float(10**digits)
    return int(value * scale + 1e-9) / scale
