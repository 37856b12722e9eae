"""Fixtures that more than one file of tests uses: a project in a folder, opened as a program would open it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from alma import ALMA
from alma.config.loading import parse
from alma.domain.door import Door
from alma.store.sqlite import SQLiteStore, open_store
from alma.testing import FrozenClock

EMBEDDER = "embedder: hashing\n"


@pytest.fixture(autouse=True)
def _nothing_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test sees the user's own settings, and none leaves anything in the user's folders."""
    for name in ("ALMA_STORE", "ALMA_PROJECT", "ALMA_AGENT", "ALMA_CONFIG", "ALMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids and lots come from a seed, so that a test about chance says the same each time."""
    monkeypatch.setattr(os, "urandom", Random(1).randbytes)


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands still until it is moved."""
    return FrozenClock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the store of a test lies."""
    return tmp_path / "alma.db"


@pytest.fixture
def opened(database: Path, clock: FrozenClock) -> Iterator[Callable[..., ALMA]]:
    """Opens ALMA on the store of this test, as often as it is called: `opened(config_text, door=, project=)`."""
    made: list[ALMA] = []

    def open_it(
        config: str = "", *, door: Door | None = None, project: str | None = None, path: Path | None = None
    ) -> ALMA:
        text = config if "embedder:" in config else EMBEDDER + config
        store: SQLiteStore = open_store(f"sqlite:///{path or database}", project)
        made.append(ALMA(parse(text), store, door=door, clock=clock))
        return made[-1]

    yield open_it
    for one in made:
        one.close()


@pytest.fixture
def alma(opened: Callable[..., ALMA]) -> ALMA:
    """ALMA without any scopes, with words instead of meanings."""
    return opened()
