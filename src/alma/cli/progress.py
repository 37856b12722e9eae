"""A sign of life for long work, on stderr and only where that is a terminal."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alma.cli.call import Call

PATIENCE = 0.5
TICK = 0.2


@contextmanager
def shown(doing: str, call: Call) -> Iterator[None]:
    """While the block works: after half a second, a bar that moves, for how long it will take is not known."""
    if call.as_json or not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    ticking = threading.Thread(target=_tick, args=(doing, over), daemon=True)
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()


@contextmanager
def bar(doing: str, call: Call) -> Iterator[Callable[[int, int], None] | None]:
    """While the block works: a bar of how much of it is done, told by what is given; None where nobody looks."""
    if call.as_json or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=doing, file=sys.stderr) as ticks:

        def told(done: int, of: int) -> None:
            ticks.length = max(of, 1)
            if done - ticks.pos >= of // 200 or done >= of:
                ticks.update(done - ticks.pos)

        yield told


def _tick(doing: str, over: threading.Event) -> None:
    if over.wait(PATIENCE):
        return

    def until_over() -> Iterator[int]:
        count = 0
        while not over.wait(TICK):
            count += 1
            yield count

    with click.progressbar(until_over(), label=doing, file=sys.stderr, length=None, show_eta=False) as ticks:
        for _ in ticks:
            pass
