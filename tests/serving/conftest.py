"""A project with two agents, and its memory served to clients in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from clients import Model, connected

from alma import ALMA
from alma.config.loading import load
from alma.config.value import Config
from alma.mcp import sdk
from alma.mcp.desk import Desk, seats
from alma.mcp.service import Service

CONFIG = """\
project: shop
embedder: hashing
agents:
  helena:
    can_learn: [testing_strategies]
    cannot_learn: [database_queries]
  victor: {}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two agents, and words instead of meanings."""
    made = tmp_path / "shop"
    (made / ".alma").mkdir(parents=True)
    (made / ".alma" / "config.yaml").write_text(CONFIG, "utf-8")
    return made


@pytest.fixture
def config(folder: Path) -> Config:
    return load(folder / ".alma" / "config.yaml")


@pytest.fixture
def program(config: Config) -> Iterator[ALMA]:
    """The same memory, as the program or the person sees it that holds the store."""
    with ALMA._opened(config) as memory:
        yield memory


@pytest.fixture
def serve(config: Config) -> Iterator[Callable[..., Service]]:
    """Serves this project for these agents, in this process."""
    with ExitStack() as stack:

        def serve_it(*agents: str, origin: str | None = None, config: Config = config) -> Service:
            desk = stack.enter_context(closing(Desk(config, seats(config, agents), origin=origin)))
            return Service(desk)

        yield serve_it


@pytest.fixture
def enter(serve: Callable[..., Service]) -> Iterator[Callable[..., Model]]:
    """Connects a client in memory to a server for these agents."""
    with ExitStack() as stack:

        def enter_it(*agents: str, **settings: Any) -> Model:
            return stack.enter_context(connected(sdk.server(serve(*agents, **settings))))

        yield enter_it


@pytest.fixture
def helena(enter: Callable[..., Model]) -> Model:
    """A client of a server that is bound to helena."""
    return enter("helena")
