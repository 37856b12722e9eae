"""The shop as tests see it: pages that are opened and looked at, and a backend that wants a token.

The shop's address is in the environment variable SHOP.
"""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import quote

SAVED = pathlib.Path(__file__).parent / "token.txt"


class Refused(Exception):
    """The shop answered, and the answer was no."""


class Page:
    """One visit to a page of the shop. It takes its time to load, and can be looked at meanwhile."""

    def __init__(self, name: str, visit: int) -> None:
        self.name = name
        self.visit = visit
        self.reload()

    def reload(self) -> None:
        """Load the page again, from the beginning."""
        self.load = _fetched("POST", f"/pages/{quote(self.name)}?visit={self.visit}")

    def text(self) -> str:
        """What is on the page now."""
        return _fetched("GET", f"/loads/{self.load}")

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


def saved_token() -> str:
    """The token of the last time, from its file."""
    return SAVED.read_text(encoding="utf-8").strip()


def renewed_token() -> str:
    """A new token in exchange for the saved one."""
    return _fetched("POST", "/tokens/renew", saved_token())


def log_in() -> str:
    """A fresh token for name and password."""
    return _fetched("POST", "/tokens?user=victor&password=correct+horse")


def get(resource: str, token: str) -> str:
    """What the backend answers to somebody with this token. Raises Refused."""
    return _fetched("GET", f"/api/{quote(resource)}", token)


def _fetched(method: str, path: str, token: str = "") -> str:
    connection = HTTPConnection(os.environ["SHOP"], timeout=30)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200:
        raise Refused(f"{answer.status} {answer.reason}: {text}")
    return text
