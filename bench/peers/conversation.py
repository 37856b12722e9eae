"""A driver's half of the conversation with the bench: one JSON value a line, requests in, answers out.

Drivers run in the environment of their peer, so nothing of ALMA may be imported here, nor anything but the standard
library. While it works on a request a driver may ask back for the vector of a text.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Protocol

Embed = Callable[[str], list[float]]


class Peer(Protocol):
    """A library with the policy it is driven by."""

    def choose(self, task: str) -> str | None:
        """The strategy of the first success found, None if none is found."""

    def learn(self, task: str, strategy: str, *, worked: bool) -> None:
        """Keep what happened."""


def serve(opened: Callable[[str, Embed], Peer]) -> None:
    """Answer until the bench hangs up. `opened` gets a folder of its own and a way to embed."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # What a library prints must not get among the answers.

    def say(value: object) -> None:
        print(json.dumps(value), file=answers, flush=True)

    @cache
    def embed(text: str) -> list[float]:
        say({"embed": text})
        vector: list[float] = json.loads(sys.stdin.readline())
        return vector

    peer = opened(json.loads(sys.stdin.readline())["folder"], embed)
    say({"answer": None})
    for line in sys.stdin:
        request = json.loads(line)
        if "choose" in request:
            say({"answer": peer.choose(request["choose"])})
        else:
            peer.learn(*request["learn"], worked=request["worked"])
            say({"answer": None})
