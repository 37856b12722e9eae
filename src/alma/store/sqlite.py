"""ALMA in one SQLite file: WAL, full durability, several processes at once, and no loadable extensions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from _weakrefset import WeakSet  # `weakref` itself would be loaded for this alone
from collections.abc import Callable, Iterable, Iterator, Sequence

from alma.domain.errors import InvalidInput, StoreError, StoreLocked, StoreReadOnly
from alma.rules import indexing
from alma.store import handles, sql
from alma.store.cache import Cache
from alma.store.files import new_file
from alma.store.rows import as_json
from alma.store.snapshot import Snapshot
from alma.store.transaction import Ledger

TIMEOUT = 30.0
HASTY_TIMEOUT = 1.0
# After a purge the file is built anew; that it holds none of the longest texts is looked at as well.
LOOKED_FOR = 200
# A text that is longer may lie on several pages, with other bytes between them: its two ends are looked for.
LONGEST = 96


def open_store(
    url: str, project: str | None, *, fallback_project: str = "default", in_haste: bool = False
) -> SQLiteStore:
    """Open `sqlite:///relative.db` or `sqlite:////absolute.db`; what follows the third slash is the path as it is.

    Without `project` it is the one that the file was made for. A missing file is made. In haste it waits for others a
    second at most, and leaves an index that is out of date to the next process that has the time.
    Raises StoreError and its kinds, Untrusted for another user's file, InvalidInput for another URL.
    """
    if not url.startswith("sqlite:///") or url in ("sqlite:///", "sqlite:///:memory:"):
        allowed = "sqlite:///relative.db, sqlite:////absolute.db"
        raise InvalidInput("store", f"{url!r} names no SQLite file", allowed=allowed)
    path = os.path.abspath(url.removeprefix("sqlite:///"))
    if not os.path.lexists(path):
        sql.make(path)
    if in_haste:
        return SQLiteStore(
            path, project, fallback_project=fallback_project, timeout=HASTY_TIMEOUT, reindexes=False
        )
    return SQLiteStore(path, project, fallback_project=fallback_project)


class SQLiteStore:
    """One project in one file. One connection a process, one thread at a time.

    A process that forks closes it before, and both sides open their own when they need one: SQLite would believe that
    the child has the locks of its parent. Where a transaction is open meanwhile, the child can do no more with it.
    """

    def __init__(
        self,
        path: str,
        project: str | None,
        *,
        fallback_project: str = "default",
        timeout: float = TIMEOUT,
        read_only: bool = False,
        reindexes: bool = True,
    ) -> None:
        self.path = path
        self._timeout = timeout
        self._read_only = read_only
        self._lock = threading.RLock()
        self._cache = Cache()
        self._in_use = False
        self._closed = False
        self._inherited = False
        self._open: sqlite3.Connection | None = None
        _stores.add(self)
        kept = self._kept_project(project or fallback_project)
        self.project = project or kept
        if reindexes:
            self._bring_index_up_to_date()

    @property
    def _connection(self) -> sqlite3.Connection:
        """Opened when it is needed for the first time, and after a fork."""
        if self._open is None:
            sql.inspect(self.path)
            self._file = handles.taken(self.path)
            try:
                self._open, self.writable = sql.connect(
                    self.path, timeout=self._timeout, read_only=self._read_only
                )
            except BaseException:
                handles.left(self._file)
                raise
        return self._open

    def _disconnect(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
            handles.left(self._file)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"sqlite:///{self.path}"

    def _kept_project(self, fallback: str) -> str:
        """The project this file was made for; the first to ask decides."""
        get = "SELECT value FROM setting WHERE project = '' AND name = 'project'"
        with sql.as_store_errors(self.path):
            row = self._connection.execute(get).fetchone()
            if row is None and self.writable:
                keep = "INSERT OR IGNORE INTO setting (project, name, value) VALUES ('', 'project', ?)"
                self._connection.execute(keep, (fallback,))
                row = self._connection.execute(get).fetchone()
        return str(row[0]) if row else fallback

    def _bring_index_up_to_date(self) -> None:
        """Terms and keys are computed by rules: where those have changed, the indexes are built anew."""
        get = "SELECT value FROM setting WHERE project = '' AND name = 'index'"
        row = self._connection.execute(get).fetchone()
        if self.writable and (row is None or row[0] != str(indexing.VERSION)):
            with self.writing() as ledger:
                ledger.reindex()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot of one moment."""
        with self._transaction("BEGIN"):
            yield Snapshot(self._connection, project=self.project, path=self.path, cache=self._cache)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Ledger]:
        """A transaction; others wait for it, up to the time-out."""
        if not self.writable:
            raise StoreReadOnly(
                f"{self.path} can be read but not written; nothing was written", store=self.path
            )
        with self._transaction("BEGIN IMMEDIATE"):
            yield Ledger(self._connection, project=self.project, path=self.path, cache=self._cache)

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock, sql.as_store_errors(self.path):
            if self._closed:
                raise StoreError(f"{self.path} was closed; open it again", store=self.path)
            self._require_own()
            if self._in_use:
                raise StoreError(f"{self.path}: transactions do not nest", store=self.path)
            self._in_use = True
            try:
                if self._connection.in_transaction:  # an interrupt came between two steps
                    self._connection.execute("ROLLBACK")
                self._connection.execute(begin)
                yield
                self._require_own()
                self._connection.execute("COMMIT")
            except BaseException:
                if not self._inherited and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._cache.clear()
                raise
            finally:
                self._in_use = False

    def _require_own(self) -> None:
        """Raise StoreError where the connection is that of another process."""
        if self._inherited:
            raise StoreError(
                f"{self.path}: this process was forked while a transaction was open and cannot use the store; use it in"
                " the parent, or fork before it is used",
                store=self.path,
            )

    def backup(self, path: str) -> None:
        """A consistent copy while in use. Raises Conflict if there is something at `path`."""
        with (
            new_file(path) as draft,
            contextlib.closing(sqlite3.connect(draft)) as copy,
            self._lock,
            sql.as_store_errors(path),
        ):
            self._connection.backup(copy)

    def scrub(self, gone: Sequence[str]) -> None:
        """Merge the words index, build the file anew, empty the log, and look at the bytes that are left."""
        with self._lock:
            try:
                with sql.as_store_errors(self.path):
                    self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
                    self._connection.execute("VACUUM")
                    busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                    unused = self._connection.execute("PRAGMA freelist_count").fetchone()[0]
            except StoreLocked as error:
                raise self._unfinished("another program is writing") from error
        if busy:
            raise self._unfinished("another program keeps an old log of it open")
        looked_for = sorted(set(gone), key=len, reverse=True)[:LOOKED_FOR]
        if unused or not all(map(self._is_said_elsewhere, self._held(looked_for))):
            raise self._unfinished("the file still holds bytes of it")

    def _unfinished(self, problem: str) -> StoreError:
        return StoreError(
            f"{self.path}: what was purged is gone from the store, but {problem}: close other programs and purge again",
            store=self.path,
        )

    def _held(self, texts: Sequence[str]) -> list[str]:
        """Those of these texts, or of the ends of long ones, whose bytes are in the file or in its log."""
        pieces = dict.fromkeys(piece for text in texts for piece in (text[:LONGEST], text[-LONGEST:]))
        forms = {
            form: piece
            for piece in pieces
            for form in (piece.encode("utf-8", "surrogatepass"), as_json(piece)[1:-1].encode())
        }
        names = [name for name in (self.path, self.path + "-wal") if os.path.exists(name)]
        return [forms[form] for name in names for form in _holds(name, forms)]

    def _is_said_elsewhere(self, text: str) -> bool:
        """Whether something that was not purged, in any project of this file, says the same."""
        statement = """
            SELECT 1 FROM memory WHERE instr(body, %(text)s) OR instr(body, %(json)s) OR instr(origin, %(text)s)
            UNION ALL SELECT 1 FROM event WHERE instr(details, %(text)s) OR instr(details, %(json)s)
            UNION ALL SELECT 1 FROM signature WHERE instr(key, %(text)s)
            UNION ALL SELECT 1 FROM checkpoint
            WHERE instr(state, %(text)s) OR instr(state, %(json)s) OR instr(task, %(text)s) OR instr(step, %(text)s)
               OR instr(workflow_id, %(text)s)
            UNION ALL SELECT 1 FROM session WHERE instr(state, %(text)s) OR instr(state, %(json)s)
            LIMIT 1 -- of every project
        """
        with self._lock, sql.as_store_errors(self.path):
            values = {"text": text.encode("utf-8", "replace").decode(), "json": as_json(text)[1:-1]}
            return sql.run(self._connection, statement, values).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            if not self._inherited:
                self._disconnect()

    def _before_fork(self) -> None:
        if self._lock.acquire(timeout=self._timeout) and not self._in_use:
            self._disconnect()

    def _after_fork(self) -> None:
        with contextlib.suppress(RuntimeError):  # its lock was not to be had
            self._lock.release()

    def _in_child(self) -> None:
        self._lock = threading.RLock()
        self._inherited = self._open is not None
        self._cache = Cache()  # another thread may have been in the middle of it


_stores: WeakSet[SQLiteStore] = WeakSet()


def _each(done: Callable[[SQLiteStore], None]) -> Callable[[], None]:
    def of_all() -> None:
        for one in list(_stores):
            done(one)

    return of_all


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_each(SQLiteStore._before_fork),
        after_in_parent=_each(SQLiteStore._after_fork),
        after_in_child=_each(SQLiteStore._in_child),
    )


def _holds(path: str, needles: Iterable[bytes]) -> list[bytes]:
    sought, found = list(needles), []
    longest = max(map(len, sought), default=0)
    rest = b""
    for chunk in handles.chunks(path, 1 << 20):
        if not sought:
            break
        window = rest + chunk
        found += (new := [needle for needle in sought if needle in window])
        sought = [needle for needle in sought if needle not in new]
        rest = window[-longest:]
    return found
