"""A very small browser: a page is opened, takes its time to load, and can be looked at meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import quote

from client import fetched


class Page:
    """One visit to a page of the shop."""

    def __init__(self, name: str, visit: int) -> None:
        self.name = name
        self.visit = visit
        self.load = ""
        self.reload()

    def reload(self) -> None:
        """Load the page again, from the beginning."""
        self.load = fetched("POST", f"/pages/{quote(self.name)}?visit={self.visit}")

    def text(self) -> str:
        """What is on the page now."""
        return fetched("GET", f"/loads/{self.load}")

    def wait_until(self, condition: Callable[[], bool], longest: float = 20.0) -> None:
        """Return as soon as the condition holds; a TimeoutError if it never does."""
        end = time.monotonic() + longest
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"after {longest} s the page still says {self.text()!r}")
            time.sleep(0.02)


def open_page(name: str, visit: int) -> Page:
    """Visit a page."""
    return Page(name, visit)
