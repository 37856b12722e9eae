"""What a configuration may not do merely because it was found, and which contents this user has trusted with it.

Trust is for one content of one file and is kept in the user's own folder: a clone cannot bring it along.
"""

from __future__ import annotations

import json
import os

from alma.config.addresses import absolute, database, is_sqlite, without_secrets
from alma.config.own_files import home, read_own, write_own
from alma.domain.errors import ConfigError, Untrusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCAL_EMBEDDERS = ("minilm", "hashing")


def store_demand(url: str, folder: str) -> str | None:
    """What this store needs trust for: a server, or a file outside the project's folder. None when nothing."""
    if not is_sqlite(url):
        return f"the store {without_secrets(url)!r:.200}"
    file = database(absolute(url, folder))
    inside = os.path.join(os.path.realpath(folder), "")
    # realpath, so that neither `..` nor a link leads out unseen
    if file is not None and not os.path.realpath(file).startswith(inside):
        return f"a database outside its folder, {os.path.realpath(file)!r:.200}"
    return None


def embedder_demand(embedder: str) -> str | None:
    """What this embedder needs trust for: any that may send texts away. None for those in the package."""
    return None if embedder in LOCAL_EMBEDDERS else f"the embedder {embedder!r:.200}"


def variable_demands(names: Iterable[str]) -> list[str]:
    """What naming environment variables needs trust for."""
    return [f"the environment variable {name!r:.200}" for name in sorted(set(names))]


def untrusted(path: str, demands: list[str]) -> Untrusted:
    """The refusal, with what to do."""
    from shlex import quote  # only on the way out: it is slow to load

    return Untrusted(
        f"{path} was found, not named, and wants to use {' and '.join(demands)}. Nothing was opened or sent. "
        f"Look at the file; if it is yours, run: alma trust {quote(path)}",
        source="untrusted",
    )


def untrusted_link(alma_folder: str, demand: str) -> Untrusted:
    """The refusal of an `.alma` that is a link out of its project and has no configuration to trust."""
    return Untrusted(
        f"{alma_folder} was found, not named, and leads to {demand}. Nothing was opened. "
        f"If you mean it, name the store with --store or ALMA_STORE",
        source="untrusted",
    )


def trust(path: str, *, environ: Mapping[str, str] | None = None) -> str:
    """Trust the present content of this file, until it changes; give its sha256. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    record = _record(environ)
    if record is None:
        raise ConfigError("there is no home folder to keep trust in: set HOME or XDG_CONFIG_HOME")
    path = os.path.realpath(path)
    try:
        with open(path, "rb") as file:
            digest = _digest(file.read())
        kept = {**_trusted(record), path: digest}
        write_own(record, json.dumps(kept, indent=1, sort_keys=True).encode() + b"\n")
    except OSError as failure:
        raise ConfigError(f"cannot be trusted: {failure}", path=path) from failure
    return digest


def is_trusted(path: str, content: bytes, *, environ: Mapping[str, str] | None = None) -> bool:
    """Whether this user trusted exactly this content of this file."""
    record = _record(os.environ if environ is None else environ)
    return record is not None and _trusted(record).get(os.path.realpath(path)) == _digest(content)


def _record(environ: Mapping[str, str]) -> str | None:
    folder = home(environ, "XDG_CONFIG_HOME", ".config")
    return os.path.join(folder, "trusted.json") if folder else None


def _trusted(record: str) -> dict[str, object]:
    kept = read_own(record)
    try:
        trusted = json.loads(kept) if kept is not None else {}
    except ValueError:
        trusted = None
    if not isinstance(trusted, dict):
        raise ConfigError("this is not a list of trusted files; remove it and trust them again", path=record)
    return trusted


def _digest(content: bytes) -> str:
    from hashlib import sha256  # only where trust is asked for: it is slow to load

    return sha256(content).hexdigest()
