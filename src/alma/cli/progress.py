"""A sign of life for long work, on stderr and only where that is a terminal."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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
