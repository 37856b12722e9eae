"""The service over streamable HTTP: who may ask, at which address, and with which token.

A page in a browser on the same machine can reach a loopback address too: host, origin and token are all checked.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import Route

from alma.domain.errors import InvalidInput
from alma.mcp import sdk
from alma.mcp.service import Service
from alma.rules.writing import LARGEST_STATE

PATH = "/mcp"
SHORTEST_TOKEN = 16
# Seconds for answers that are under way when the server is told to stop; a client may hold a stream open for ever.
LAST_WORDS = 3
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# The largest state, written as JSON in JSON, and what stands around it.
LARGEST_REQUEST = 2 * LARGEST_STATE


class Token:
    """The one token of this server, compared in a time that tells nothing of it."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whoever holds the token; nobody else."""
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            return None
        return AccessToken(token=token, client_id="alma", scopes=[])


def token_of(*, named: str | None, path: str | None) -> tuple[str, bool]:
    """The token from a file, else from the environment, else a new one; and whether it is new.

    Raises InvalidInput for one that could be guessed, or that others can read.
    """
    found = _read(path) if path is not None else named
    if found is None:
        return secrets.token_urlsafe(32), True
    if len(found) < SHORTEST_TOKEN or not found.isascii() or not found.isprintable() or " " in found:
        allowed = f"one line of at least {SHORTEST_TOKEN} letters and digits without blanks"
        raise InvalidInput("token", "is no token that can be used", allowed=allowed)
    return found, False


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise InvalidInput(
                    "token", f"{path} can be read by others", allowed=f"a file of your own: chmod 600 {path}"
                )
            return file.read(4096).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("token", f"{path} cannot be read: {error}") from None


def application(service: Service, *, hosts: tuple[str, ...], token: str | None) -> Starlette:
    """The service at `/mcp`. `hosts` are the names, with their ports, by which it may be called."""
    manager = StreamableHTTPSessionManager(
        app=sdk.server(service),
        # No session is kept, so that none can be taken over and none pile up; who asks is what the token says.
        stateless=True,
        security_settings=guarded(hosts),
        max_request_body_size=LARGEST_REQUEST,
    )
    return placed(manager, token=token)


def guarded(hosts: tuple[str, ...]) -> TransportSecuritySettings:
    """Only who calls the server by one of these names is heard, and pages that came from there."""
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=list(hosts), allowed_origins=origins)


def placed(manager: StreamableHTTPSessionManager, *, token: str | None) -> Starlette:
    """What a manager answers, at `/mcp`, for whoever holds the token."""

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    endpoint: Any = _Endpoint(manager.handle_request)
    if token is None:
        return Starlette(routes=[Route(PATH, endpoint)], lifespan=running)
    backend = BearerAuthBackend(Token(token))
    return Starlette(
        routes=[Route(PATH, RequireAuthMiddleware(endpoint, required_scopes=[]))],
        middleware=[Middleware(AuthenticationMiddleware, backend=backend)],
        lifespan=running,
    )


class _Endpoint:
    """A route that is no function: it answers every HTTP method itself."""

    def __init__(self, handle: Callable[..., Any]) -> None:  # ASGI
        self._handle = handle

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # ASGI
        await self._handle(scope, receive, send)


def bound(host: str, port: int) -> socket.socket:
    """A socket at this address; port 0 takes a free one. Raises InvalidInput where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()  # now: whoever is told the address may ask before the first request is taken
    except (OSError, OverflowError) as error:
        made.close()
        raise InvalidInput("port", f"{host}:{port} cannot be listened at: {error}") from None
    return made


def hosts_of(host: str, port: int, *, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The names by which the server may be called: its own, those of this machine, and those that are allowed."""
    own = f"[{host}]" if ":" in host else host
    named = (f"{one}:{port}" for one in (own, *LOOPBACK))
    return tuple(dict.fromkeys([*named, *allowed]))


async def over_http(service: Service, *, at: socket.socket, hosts: tuple[str, ...], token: str) -> None:
    """Serve until the process is told to stop."""
    app = application(service, hosts=hosts, token=token)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_WORDS,
    )
    await uvicorn.Server(config).serve(sockets=[at])
