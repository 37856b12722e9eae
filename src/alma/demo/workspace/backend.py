"""The shop's backend as a program sees it: tokens, and data that is given for a valid token."""

from __future__ import annotations

import pathlib
from urllib.parse import quote

from client import fetched


def saved_token() -> str:
    """The token of the last time, from its file."""
    return (pathlib.Path(__file__).parent / "token.txt").read_text(encoding="utf-8").strip()


def renewed_token() -> str:
    """A new token in exchange for the saved one."""
    return fetched("POST", "/tokens/renew", saved_token())


def log_in() -> str:
    """A fresh token for name and password."""
    return fetched("POST", "/tokens?user=victor&password=correct+horse")


def get(resource: str, token: str) -> str:
    """What the backend answers; an error with its status and its reason when it refuses."""
    return fetched("GET", f"/api/{quote(resource)}", token)
