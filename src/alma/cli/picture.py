"""The evidence over time as a few lines of characters: one column an outcome, oldest first. The same input, the same lines."""

from __future__ import annotations

from alma.domain.values import value
from alma.rules.conditions import two

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from alma.domain.recall import Moment

LABELS = ("result", "weight", "success", "at least", "")
LABEL_WIDTH = max(map(len, LABELS)) + 2
FIGURE_WIDTH = 6
LEAST_COLUMNS = 10


_TYPED = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "×": "x"})


@value
class Strokes:
    """The characters that a picture is made of: an outcome, several in one column, and heights from low to high."""

    succeeded: str
    failed: str
    both: str
    heights: str
    times: str
    held: str
    missed: str
    legend: str = ""

    def plain(self, text: str) -> str:
        """A line of ours in these characters alone: quotes, dashes and ellipses as typewriters have them."""
        return text.translate(_TYPED) if self is PLAIN else text

    def height(self, share: float) -> str:
        """A share in [0, 1] as one character."""
        return self.heights[min(len(self.heights) - 1, max(0, int(share * len(self.heights))))]


BLOCKS = Strokes(succeeded="●", failed="○", both="◐", heights="▁▂▃▄▅▆▇█", times="×", held="✓", missed="✗")
PLAIN = Strokes(
    succeeded="+",
    failed="-",
    both="~",
    heights="0123456789",
    times="x",
    held="[x]",
    missed="[ ]",
    legend="+ succeeded, - failed, ~ both in one column; heights from 0 to 9",
)


def strokes(encoding: str | None) -> Strokes:
    """Blocks where the terminal can write them, letters and digits where it cannot."""
    try:
        "".join((BLOCKS.succeeded, BLOCKS.both, BLOCKS.heights, BLOCKS.held)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def picture(timeline: Sequence[Moment], *, width: int, strokes: Strokes) -> list[str]:
    """Results, weights, the success that they speak for and its lower bound, one line each, within `width`."""
    room = max(LEAST_COLUMNS, width - LABEL_WIDTH - FIGURE_WIDTH)
    columns = _columns(timeline, room)
    if not columns:
        return []
    last = timeline[-1]
    rows = (
        ("result", [_result(one, strokes) for one in columns], ""),
        ("weight", [strokes.height(_mean([m.weight for m in one])) for one in columns], ""),
        ("success", [strokes.height(one[-1].mean) for one in columns], two(last.mean)),
        ("at least", [strokes.height(one[-1].lower) for one in columns], two(last.lower)),
    )
    gaps = _gaps(columns, room)
    drawn = [
        f"{label:<{LABEL_WIDTH}}{_spread(cells, gaps)}  {figure}".rstrip() for label, cells, figure in rows
    ]
    days = _days(columns, gaps, room)
    return [*drawn, f"{'':<{LABEL_WIDTH}}{days}"] if days else drawn


def sentence(timeline: Sequence[Moment]) -> str:
    """What the picture shows, in words."""
    first, last = timeline[0], timeline[-1]
    won = sum(one.result >= 0.5 for one in timeline)
    lost = len(timeline) - won
    when = f"on {first.at:%Y-%m-%d}" if first.at.date() == last.at.date() else _between(timeline)
    return (
        f"{_count(won, 'success', 'successes')} and {_count(lost, 'failure', 'failures')} {when}: "
        f"success {two(last.mean)}, and with 90 % certainty at least {two(last.lower)}"
    )


def _between(timeline: Sequence[Moment]) -> str:
    times = [one.at for one in timeline]
    return f"between {min(times):%Y-%m-%d} and {max(times):%Y-%m-%d}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _columns(timeline: Sequence[Moment], room: int) -> list[Sequence[Moment]]:
    """One outcome a column; where there are too many, as many in each as it takes."""
    size = max(1, -(-len(timeline) // room))
    return [timeline[at : at + size] for at in range(0, len(timeline), size)]


def _result(column: Sequence[Moment], strokes: Strokes) -> str:
    results = {one.result >= 0.5 for one in column}
    if len(results) == 2:
        return strokes.both
    return strokes.succeeded if results == {True} else strokes.failed


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _gaps(columns: Sequence[Sequence[Moment]], room: int) -> set[int]:
    """The columns before which a new day begins, if there is room to set them apart."""
    found = {at for at in range(1, len(columns)) if _day(columns[at]) != _day(columns[at - 1])}
    return found if len(columns) + len(found) <= room else set()


def _day(column: Sequence[Moment]) -> date:
    return column[0].at.date()


def _spread(cells: Sequence[str], gaps: set[int]) -> str:
    return "".join((" " if at in gaps else "") + cell for at, cell in enumerate(cells))


def _days(columns: Sequence[Sequence[Moment]], gaps: set[int], room: int) -> str:
    """Month and day under the first outcome of a day, as many as there is room for."""
    line = ""
    for place, day in _begins(columns, gaps):
        if (not line or place > len(line)) and place + 5 <= room:
            line = f"{line:<{place}}{day:%m-%d}"
    return line


def _begins(columns: Sequence[Sequence[Moment]], gaps: set[int]) -> Iterator[tuple[int, date]]:
    place = 0
    for at, column in enumerate(columns):
        place += at in gaps
        if at == 0 or _day(column) != _day(columns[at - 1]):
            yield place, _day(column)
        place += 1
