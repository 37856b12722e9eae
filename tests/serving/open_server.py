"""The server without a token, for judges that cannot be given one: `open_server.py FOLDER`; it prints its address.

With `--fixture` it has what the conformance suite asks for beside its own tools.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import anyio
import uvicorn
from fixture import server

from alma.config.loading import load
from alma.mcp import listening
from alma.mcp.desk import Desk, seats
from alma.mcp.service import Service


async def main(folder: Path, *, fixture: bool) -> None:
    config = load(folder / ".alma" / "config.yaml")
    desk = Desk(config, seats(config, ("helena",)))
    with listening.bound("127.0.0.1", 0) as at:
        port = int(at.getsockname()[1])
        hosts = listening.hosts_of("127.0.0.1", port, allowed=())
        if fixture:
            app = server.application(desk, hosts=hosts)
        else:
            app = listening.application(Service(desk), hosts=hosts, token=None)
        print(f"http://127.0.0.1:{port}{listening.PATH}", flush=True)
        await uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[at])


if __name__ == "__main__":
    anyio.run(partial(main, Path(sys.argv[1]), fixture="--fixture" in sys.argv))
