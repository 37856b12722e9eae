"""`alma mcp`: the memory of one configuration, served for its agents until the client leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio

from alma.config.value import Config
from alma.mcp import sdk
from alma.mcp.desk import Desk, seats
from alma.mcp.service import Service

Tell = Callable[[str, str | None], None]


def over_stdio(config: Config, *, agents: tuple[str, ...]) -> None:
    """Serve whoever started this process. Raises AlmaError."""
    desk = Desk(config, seats(config, agents))
    try:
        anyio.run(sdk.over_stdio, Service(desk))
    finally:
        desk.close()


def over_http(
    config: Config,
    *,
    agents: tuple[str, ...],
    host: str,
    port: int,
    allowed: tuple[str, ...],
    token_file: str | None,
    tell: Tell,
) -> None:
    """Listen at an address, which `tell` is told, with the token if that is new. Raises AlmaError."""
    from alma.mcp import listening  # here: over stdio nobody needs it, and it is slow to load

    token, is_new = listening.token_of(named=config.api_key, path=token_file)
    with listening.bound(host, port) as at:
        hosts = listening.hosts_of(host, int(at.getsockname()[1]), allowed=allowed)
        desk = Desk(config, seats(config, agents))
        try:
            tell(f"http://{hosts[0]}{listening.PATH}", token if is_new else None)
            anyio.run(partial(listening.over_http, Service(desk), at=at, hosts=hosts, token=token))
        finally:
            desk.close()
