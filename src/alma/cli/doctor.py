"""The command `doctor`: looks at everything that ALMA needs here, and writes nothing to any of it.

A store is looked at in a copy: even a read-only connection to a SQLite file in WAL mode makes files beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from tempfile import TemporaryDirectory

from alma import plugins
from alma.alma import ALMA
from alma.cli import screen
from alma.cli.ending import DONE, FAILED
from alma.cli.options import verb
from alma.config.loading import load
from alma.config.places import FILE, NAME
from alma.domain.errors import AlmaError, StoreError
from alma.rules import indexing
from alma.store import sql
from alma.store.sqlite import SQLiteStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from alma.cli.call import Call
    from alma.config.value import Config

OLDEST_PYTHON = (3, 11)
LARGE_LOG = 64 * 1024 * 1024
LITTLE_SPACE = 200 * 1024 * 1024
TRIES = 3


class Check:
    """One thing that was looked at: whether it is well, what was seen, and what to do."""

    __slots__ = ("advice", "name", "ok", "said")

    def __init__(self, name: str, said: str, *, ok: bool = True, advice: str = "") -> None:
        self.name = name
        self.said = said
        self.ok = ok
        self.advice = advice

    def as_document(self) -> dict[str, object]:
        """The same for programs."""
        return {"name": self.name, "ok": self.ok, "said": self.said, "advice": self.advice or None}


@verb("doctor")
def doctor(*, call: Call) -> int:
    """Look for what is wrong, and change nothing."""
    checks = []
    for check in _checks(call):
        checks.append(check)
        if not call.as_json:
            _show(check)
    wrong = sum(not check.ok for check in checks)
    if call.as_json:
        screen.out_json({"ok": not wrong, "checks": [check.as_document() for check in checks]})
    else:
        screen.out("everything is well" if not wrong else f"{wrong} of {len(checks)} need attention")
    return FAILED if wrong else DONE


def _show(check: Check) -> None:
    screen.out(f"{'✓' if check.ok else '✗'} {check.name}: {screen.line(check.said)}")
    if check.advice:
        screen.out(f"    {screen.line(check.advice)}")


def _checks(call: Call) -> Iterator[Check]:
    yield _python()
    yield _sqlite()
    try:
        # A cache of the configuration would be written too: without a folder for it, there is none.
        environ = {**os.environ, "XDG_CACHE_HOME": os.devnull}
        config = load(call.path, store=call.store, project=call.project, environ=environ)
    except AlmaError as error:
        yield Check("configuration", str(error), ok=False)
        return
    yield Check("configuration", config.path or "none found; everything has its default")
    yield Check(
        "agents", f"{', '.join(config.agent_names) or 'none declared'}; {config.usual_agent} acts here"
    )
    yield (embedder := _embedder(config))
    yield from _folder(config)
    yield from _store(config, embedder)


def _python() -> Check:
    said = ".".join(map(str, sys.version_info[:3]))
    advice = "ALMA needs Python 3.11 or newer"
    return _check("Python", said, ok=sys.version_info >= OLDEST_PYTHON, advice=advice)


def _sqlite() -> Check:
    advice = f"ALMA needs SQLite {'.'.join(map(str, sql.OLDEST))} or newer: use a newer Python"
    return _check(
        "SQLite", sqlite3.sqlite_version, ok=sqlite3.sqlite_version_info >= sql.OLDEST, advice=advice
    )


def _check(name: str, said: str, *, ok: bool, advice: str) -> Check:
    return Check(name, said, ok=ok, advice="" if ok else advice)


def _embedder(config: Config) -> Check:
    """Loading it compares its files with those that were published; one text shows that it runs."""
    try:
        made = plugins.embedder(config.embedder)
        [vector] = made.embed(["a test"])
    except AlmaError as error:
        return Check("embedder", str(error), ok=False)
    return Check("embedder", f"{made.name}, {len(vector)} dimensions; its files are whole")


def _folder(config: Config) -> Iterator[Check]:
    folder = os.path.join(config.folder or os.getcwd(), NAME)
    if not os.path.isdir(folder):
        advice = "begin one with: alma init" if config.database is not None else ""
        yield Check("folder", f"there is no {folder} yet", advice=advice)
        return
    yield _private("folder", folder, wanted=0o700)
    for name in (FILE, os.path.basename(config.database or "")):
        path = os.path.join(folder, name)
        if name and os.path.isfile(path):
            yield _private(name, path, wanted=0o600)
    ignored = os.path.exists(os.path.join(folder, ".gitignore"))
    yield _check(
        ".gitignore",
        "memories stay out of git" if ignored else "memories could be committed to git",
        ok=ignored,
        advice=f"echo '*' > {os.path.join(folder, '.gitignore')}",
    )


def _private(name: str, path: str, *, wanted: int) -> Check:
    """Others may read only what its owner lets them, and write nothing: who writes here speaks to the agents."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    open_to = [who for who, bit in (("its group", 0o020), ("everybody", 0o002)) if mode & bit]
    said = f"{path} can be written by {' and '.join(open_to)}" if open_to else path
    return _check(name, said, ok=not open_to, advice=f"chmod {wanted:o} {path}")


def _store(config: Config, embedder: Check) -> Iterator[Check]:
    path = config.database
    if path is None:
        yield Check("store", "not a SQLite file; its own server is to be asked")
        return
    if not os.path.exists(path):
        yield Check("store", f"there is no {path} yet; the first thing that is learned makes it")
        return
    yield from _sizes(path)
    try:
        with TemporaryDirectory(prefix="alma-doctor-") as folder:
            yield from _copied(config, _copy(path, folder), path, embedder)
    except AlmaError as error:
        yield Check("store", str(error), ok=False)
    except OSError as error:
        yield Check("store", f"{path} cannot be looked at: {error.strerror or error}", ok=False)


def _sizes(path: str) -> Iterator[Check]:
    log = path + "-wal"
    size = os.path.getsize(log) if os.path.exists(log) else 0
    advice = "a program that has it open keeps it from shrinking: close what uses ALMA, then run any command"
    yield _check("write-ahead log", f"{size:,} bytes", ok=size <= LARGE_LOG, advice=advice)
    free = shutil.disk_usage(os.path.dirname(path)).free
    yield _check(
        "disk", f"{free / 1e9:,.1f} GB free", ok=free >= LITTLE_SPACE, advice="make room: learning needs some"
    )


def _copy(path: str, folder: str) -> str:
    """A copy of the store and its log, of one moment. Raises StoreError where it keeps changing meanwhile."""
    sql.inspect(path)
    copy = os.path.join(folder, "copy.db")
    for _ in range(TRIES):
        before = _state(path)
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, copy + end)
        if _state(path) == before:
            return copy
    raise StoreError(f"{path} is being written all the time: look again when it is quiet", store=path)


def _state(path: str) -> list[tuple[int, int] | None]:
    found = [os.stat(path + end) if os.path.exists(path + end) else None for end in ("", "-wal")]
    return [(one.st_size, one.st_mtime_ns) if one else None for one in found]


def _copied(config: Config, copy: str, path: str, embedder: Check) -> Iterator[Check]:
    connection, _ = sql.connect(copy, timeout=5.0, read_only=False)
    with closing(connection), sql.as_store_errors(path):
        problems = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
        index = connection.execute(
            "SELECT value FROM setting WHERE project = '' AND name = 'index'"
        ).fetchone()
    if problems != ["ok"]:
        advice = "put a copy made by `alma backup` in its place, or learn on at another --store"
        yield Check("store", f"{path} is damaged: {'; '.join(problems)}", ok=False, advice=advice)
        return
    yield _indexed(index[0] if index else None)
    opened = SQLiteStore(copy, config.project, fallback_project=config.default_project)
    with ALMA(config, opened) as memory:
        counted = memory.stats()
    yield Check("store", f"{path} is whole; schema {counted.schema}, project {counted.project}")
    memories = sum(counted.memories.values())
    yield Check("memories", f"{memories:,} of {len(counted.agents)} owners, {counted.events:,} events")
    if embedder.ok:
        yield _same_embedder(counted.embedder, plugins.embedder(config.embedder).name)


def _indexed(version: str | None) -> Check:
    """Hooks are in haste and leave this to others, and what may only be read stays as it is."""
    if version == str(indexing.VERSION):
        return Check("index", "of this version")
    said = "of another version of ALMA; until it is built anew, hooks find less than there is"
    return Check("index", said, ok=False, advice="any command builds it anew, such as: alma stats")


def _same_embedder(stored: str | None, given: str) -> Check:
    advice = (
        "set `embedder:` back, or re-embed: alma export memories.jsonl, then import it into a new --store"
    )
    said = f"the vectors were made by {stored}" if stored else "no vectors yet"
    return _check("vectors", said, ok=stored in (None, given), advice=advice)
