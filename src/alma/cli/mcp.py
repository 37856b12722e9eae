"""The command `mcp`: the memory as a server for agents, on standard input and output or at an address."""

from __future__ import annotations

import sys

import click

from alma import plugins
from alma.cli import screen
from alma.cli.options import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.cli.call import Call

HOST, PORT = "127.0.0.1", 8627
WAITING = (
    "alma mcp speaks the Model Context Protocol on standard input and output: a client starts it, "
    "such as `claude mcp add alma -- alma mcp`. With --http it listens at an address. Ctrl-C ends it."
)


class ForAgents(Verb):
    """A command that may name several agents."""

    several_agents = True


@click.command("mcp", cls=ForAgents)
@click.option("--http", is_flag=True, help="Listen for HTTP instead of standard input.")
@click.option("--host", default=HOST, show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one."
)
@click.option(
    "--allow-host", metavar="NAME:PORT", multiple=True, help="Another name to be called by. Can be repeated."
)
@click.option(
    "--token-file", metavar="FILE", type=click.Path(), help="The bearer token. Default: $ALMA_API_KEY."
)
def mcp(
    *,
    agents: tuple[str, ...],
    http: bool,
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    token_file: str | None,
    call: Call,
) -> None:
    """Serve the memory to agents over MCP.

    It speaks for the agents that --agent names, whatever a model says. Without --agent: for every agent that is
    declared. Over HTTP every request needs the bearer token; one is made and shown where there is none.
    """
    serving = plugins.server("mcp")
    named = agents or ((call.named_agent,) if call.named_agent is not None else ())
    if http:
        tell = _json if call.as_json else _told
        address = {"host": host, "port": port, "allowed": allow_host, "token_file": token_file}
        serving.over_http(call.config, agents=named, tell=tell, **address)
        return
    if call.as_json:
        raise click.UsageError("--json goes with --http: standard output belongs to the protocol")
    if sys.stdin is not None and sys.stdin.isatty():
        screen.err(WAITING)
    serving.over_stdio(call.config, agents=named)


def _told(url: str, token: str | None) -> None:
    screen.err(f"listening at {url}")
    if token is not None:
        screen.err(f"token, new for this run: {token}")
        screen.err("set ALMA_API_KEY, or --token-file, to keep one")


def _json(url: str, token: str | None) -> None:
    screen.out_json({"url": url, "token": token})
    sys.stdout.flush()
