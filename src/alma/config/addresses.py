"""Store URLs: where a SQLite path leads, and how a URL is shown. What follows `sqlite:///` is a path, literally."""

from __future__ import annotations

import os

SQLITE = "sqlite:///"


def problem_of(url: str) -> str | None:
    """What is wrong with this text as a store URL, or None. Whether its scheme is known is not decided here."""
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme or not scheme[0].isalpha() or not scheme.replace("+", "").isalnum():
        return "must be a URL such as sqlite:///.alma/alma.db or postgresql://host/name"
    if not url.isprintable():
        return "must be a URL on one line, without control characters"
    if is_sqlite(url) and (not rest.startswith("/") or rest.endswith("/")):
        return "needs three slashes and a file: sqlite:///relative.db, or sqlite:////absolute/path.db"
    if url == "sqlite:///:memory:":
        return "must name a file: a store in memory would be gone with the process"
    if is_sqlite(url) and not url.startswith(SQLITE):
        return "must begin with sqlite:/// in small letters"
    return None


def is_sqlite(url: str) -> bool:
    """Whether this store is a SQLite file."""
    return url.partition(":")[0].lower() == "sqlite"


def absolute(url: str, folder: str) -> str:
    """The same store with a relative SQLite path made absolute from `folder`."""
    if not url.startswith(SQLITE):
        return url
    return SQLITE + os.path.normpath(os.path.join(folder, url.removeprefix(SQLITE)))


def database(url: str) -> str | None:
    """The file behind an absolute SQLite URL; None for any other store."""
    return url.removeprefix(SQLITE) if url.startswith(SQLITE) else None


def without_secrets(url: str) -> str:
    """The URL as it may be printed: without user, password and query."""
    if is_sqlite(url):
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
