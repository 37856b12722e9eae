"""One HTTP request to the shop on this machine. Its address comes from the environment variable SHOP."""

from __future__ import annotations

import os
from http.client import HTTPConnection


class Refused(Exception):
    """The shop answered, and the answer was no."""


def fetched(method: str, path: str, token: str = "") -> str:
    """The text of the answer. Raises Refused with status and reason."""
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
