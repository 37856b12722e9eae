"""SQL as it is written in ALMA, run on SQLite: named parameters, errors as ALMA's own, one place that opens files."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from functools import lru_cache

from alma.domain.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked, StoreReadOnly, Untrusted
from alma.store import handles, migrate
from alma.store.files import FAILURES
from alma.store.rows import DamagedRow

OLDEST = (3, 39, 0)
_PARAMETER = re.compile(r"%\((\w+)\)s")
_MAGIC = b"SQLite format 3\0"
_BY_CODE = {
    "SQLITE_BUSY": (
        StoreLocked,
        "another program holds its lock; nothing was written; try again when it is done",
    ),
    "SQLITE_LOCKED": (StoreLocked, "another program holds its lock; try again"),
    "SQLITE_FULL": (StoreFull, "the disk is full; nothing was written"),
    "SQLITE_READONLY": (StoreReadOnly, "it can be read but not written; nothing was written"),
    "SQLITE_CORRUPT": (
        StoreCorrupt,
        "it is damaged and was left as it is; restore a copy made by `alma backup`",
    ),
    "SQLITE_NOTADB": (StoreCorrupt, "it is no SQLite database and was left as it is"),
}


@lru_cache(maxsize=256)
def _translated(sql: str) -> str:
    return _PARAMETER.sub(r":\1", sql)


@contextlib.contextmanager
def as_store_errors(where: str) -> Iterator[None]:
    """Turn SQLite's errors into ALMA's, each with what to do next."""
    try:
        yield
    except DamagedRow as error:
        raise StoreCorrupt(f"{where}: {error}; restore a copy made by `alma backup`", store=where) from error
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        for code, (kind, advice) in _BY_CODE.items():
            if name.startswith(code):
                raise kind(f"{where}: {advice}", store=where) from error
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise StoreError(f"{where}: {error}", store=where) from error


def run(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, object]) -> sqlite3.Cursor:
    """Execute one statement with named parameters."""
    return connection.execute(_translated(sql), parameters)


def connect(path: str, *, timeout: float, read_only: bool) -> tuple[sqlite3.Connection, bool]:
    """An open connection to an existing store that was inspected, and whether it can write."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old: ALMA needs 3.39 or newer", store=path)
    writable = not read_only and os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)
    connection = _open(path, "mode=rw", timeout) if writable else _open_read_only(path, timeout)
    try:
        with as_store_errors(path):
            _prepare(connection, path, writable=writable)
    except BaseException:
        connection.close()
        raise
    return connection, writable


def _open(path: str, options: str, timeout: float) -> sqlite3.Connection:
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    with as_store_errors(path):
        return sqlite3.connect(
            f"file:{quoted}?{options}",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )


def _open_read_only(path: str, timeout: float) -> sqlite3.Connection:
    """`mode=ro` needs to write beside a WAL file; where even that is impossible, nothing can change either."""
    connection = _open(path, "mode=ro", timeout)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return _open(path, "immutable=1", timeout)
    return connection


def _prepare(connection: sqlite3.Connection, path: str, *, writable: bool) -> None:
    number = migrate.version(connection, path)
    _refuse_strange(connection, path)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -8000")
    if not writable:
        return
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    if number < migrate.LATEST:
        connection.execute("BEGIN IMMEDIATE")
        migrate.upgrade(connection, path)
        connection.execute("COMMIT")


def _refuse_strange(connection: sqlite3.Connection, path: str) -> None:
    """A store that somebody prepared may hold views and triggers that run when it is read."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    for kind, name, statement in rows:
        virtual = statement.upper().lstrip().startswith("CREATE VIRTUAL")
        if kind in ("view", "trigger") or (virtual and name != "words"):
            raise StoreCorrupt(
                f"{path} holds a {kind} {name!r} that ALMA did not make; it was left as it is", store=path
            )


def inspect(path: str) -> None:
    """Refuse what is no whole store before SQLite touches it. Raises StoreCorrupt, or Untrusted for another's file."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(f"{path} is no file", store=path)
        _refuse_others(path, status.st_uid)
        header = handles.head(path, 100)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", store=path) from error
    if os.path.lexists(path + "-journal"):
        raise StoreCorrupt(
            f"{path}-journal lies beside it: ALMA never leaves one, and playing it back could delete other files; "
            "look at where the store came from, then remove that file",
            store=path,
        )
    if not header:
        raise StoreCorrupt(
            f"{path} is empty (0 bytes) and was left as it is: restore a backup, or remove it to start anew",
            store=path,
        )
    if not header.startswith(_MAGIC) or len(header) < 100:
        raise StoreCorrupt(f"{path} is no SQLite database and was left as it is", store=path)
    page = int.from_bytes(header[16:18], "big")
    needed = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    wal = path + "-wal"
    if status.st_size < needed and not (os.path.exists(wal) and os.path.getsize(wal)):
        raise StoreCorrupt(
            f"{path} is cut off ({status.st_size} of {needed} bytes) and was left as it is: restore a backup",
            store=path,
        )


def _refuse_others(path: str, owner: int) -> None:
    """Another user's store could put words into an agent's mouth; root's may be read, and sudo's user is root's."""
    me = getattr(os, "geteuid", lambda: owner)()
    sudo = os.environ.get("SUDO_UID", "") if me == 0 else ""
    if owner not in (me, 0) and str(owner) != sudo:
        raise Untrusted(
            f"{path} belongs to another user (id {owner}), who could put words into your agents' mouths, and is not "
            "opened; work on a copy of your own",
            source="untrusted",
        )


def make(path: str) -> None:
    """Make a new store, whole or not at all: nobody ever sees it half-made, and the first one wins."""
    draft = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    try:
        if os.path.basename(os.path.dirname(path)) == ".alma":
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with as_store_errors(path):
            connection = sqlite3.connect(draft, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                migrate.create(connection)
                connection.execute("COMMIT")
            finally:
                connection.close()
        os.chmod(draft, 0o600)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        kind = FAILURES.get(error.errno or 0, StoreError)
        raise kind(f"{path} cannot be made: {error.strerror}", store=path) from error
    finally:
        for leftover in (draft, draft + "-wal", draft + "-shm"):
            with contextlib.suppress(FileNotFoundError, OSError):
                os.unlink(leftover)
