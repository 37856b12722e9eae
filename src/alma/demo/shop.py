"""A small real shop on 127.0.0.1: pages that take a varying time to load, tokens that expire after 24 hours.

Its clock can be moved ahead. It knows nothing of agents or memory; how long each visit takes is drawn by a seed.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from random import Random
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

HOUR = 3600
TOKEN_HOURS = 24
VISITS = 3
PASSWORD = "correct horse"
PAGES = {
    "login": "Welcome back. Sign in",
    "signup": "New here? Create account",
    "photos": "First photo of 12",
    "theme": "Light mode, Dark mode",
}
API = {
    "invoices": '["invoice 1", "invoice 2"]',
    "invoice-1": '{"invoice 1": "3 teapots"}',
    "stock": '{"teapots": 12}',
    "warehouse": '{"healthy": true}',
}
LOADING = "loading ..."


class Shop:
    """What the shop knows. `secret` signs its tokens, so a later process of the same shop knows them."""

    def __init__(self, secret: bytes, *, seed: int) -> None:
        self._secret = secret
        self._seed = seed
        self._ahead = 0.0
        self._numbers = count(1)
        self._loads: dict[str, tuple[str, float]] = {}

    def move_clock(self, hours: float) -> None:
        """Let so many hours pass."""
        self._ahead += hours * HOUR

    def now(self) -> float:
        """The shop's time, in seconds."""
        return time.time() + self._ahead

    def load(self, name: str, visit: int) -> str:
        """Begin to load a page; gives the number under which it can be looked at."""
        number = str(next(self._numbers))
        self._loads[number] = (name, time.monotonic() + self.delay(name, visit))
        return number

    def page(self, number: str) -> str:
        """What is on the page now."""
        name, ready = self._loads[number]
        return PAGES[name] if time.monotonic() >= ready else LOADING

    def delay(self, name: str, visit: int) -> float:
        """Seconds until it is there. Of every three visits to a page one is slow; which one, and how slow, is drawn from seed and page."""
        draw = Random(f"{self._seed} {name}")
        delays = [draw.uniform(0.8, 1.0), *(draw.uniform(0.05, 0.1) for _ in range(VISITS - 1))]
        draw.shuffle(delays)
        return delays[(visit - 1) % VISITS]

    def token(self, user: str) -> str:
        """A token that is valid from now on."""
        return self._signed(f"{user}.{self.now():.0f}")

    def _signed(self, claim: str) -> str:
        return f"{claim}.{hmac.digest(self._secret, claim.encode(), 'sha256').hex()}"

    def refusal(self, token: str) -> str | None:
        """Why this token is not accepted now, or None."""
        claim = token.rpartition(".")[0]
        if not claim or not hmac.compare_digest(token, self._signed(claim)):
            return "this is no token of this shop"
        hours = (self.now() - float(claim.rpartition(".")[2])) / HOUR
        if hours > TOKEN_HOURS:
            return f"the token is {hours:.0f} hours old, it expired after {TOKEN_HOURS}"
        return None


@contextmanager
def opened(shop: Shop) -> Iterator[str]:
    """Serve the shop on a free port of 127.0.0.1 until the block ends; gives host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Counter, shop))
    server.daemon_threads = True
    serving = Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    serving.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class _Counter(BaseHTTPRequestHandler):
    """Answers one connection."""

    def __init__(self, shop: Shop, *arguments: object) -> None:
        self._shop = shop
        super().__init__(*arguments)  # type: ignore[arg-type]  # what the server hands over

    def do_GET(self) -> None:
        """Look at a page that is loading, or ask the backend."""
        match self._path():
            case ["loads", number]:
                self._answer(200, self._shop.page(number))
            case ["api", name] if name in API:
                self._for_token(API[name])
            case _:
                self._answer(404, "there is nothing here")

    def do_POST(self) -> None:
        """Open a page, log in, or renew a token."""
        asked = parse_qs(urlsplit(self.path).query)
        match self._path():
            case ["pages", name] if name in PAGES:
                self._answer(200, self._shop.load(name, int(asked["visit"][0])))
            case ["tokens"] if asked.get("password") == [PASSWORD]:
                self._answer(200, self._shop.token(asked["user"][0]))
            case ["tokens", "renew"]:
                self._for_token(self._shop.token("victor"))
            case _:
                self._answer(404, "there is nothing here")

    def _for_token(self, text: str) -> None:
        refusal = self._shop.refusal(self.headers.get("Authorization", "").removeprefix("Bearer "))
        self._answer(401, refusal) if refusal else self._answer(200, text)

    def _path(self) -> list[str]:
        return [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the demonstration does the talking."""
