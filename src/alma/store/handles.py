"""The bytes of a database beside SQLite: a handle is closed only once this process has no connection to the file.

Whoever closes any handle of a file gives up all locks of the process on it, those of SQLite too. Another program that
closes the store would then believe itself to be alone and take the log away, and what was written afterwards would be
lost (https://www.sqlite.org/howtocorrupt.html, "Posix advisory locks canceled by a separate thread doing close()").
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

Key = tuple[int, int]


class _InUse:
    """A file to which this process has connections, and the handles that wait for the last of them to end."""

    def __init__(self) -> None:
        self.connections = 0
        self.handles: list[int] = []


_lock = threading.Lock()
_files: dict[Key, _InUse] = {}


def taken(path: str) -> Key | None:
    """Count a connection that is about to be opened; None where there is no such file."""
    with _lock:
        try:
            key = _key(os.stat(path))
        except OSError:
            return None
        _files.setdefault(key, _InUse()).connections += 1
        return key


def left(key: Key | None) -> None:
    """A connection was closed."""
    with _lock:
        file = _files.get(key) if key is not None else None
        if key is None or file is None:
            return
        file.connections -= 1
        if not file.connections:
            del _files[key]
            for handle in file.handles:
                os.close(handle)


def head(path: str, size: int) -> bytes:
    """The first bytes of a file. Raises OSError."""
    with _opened(path) as handle:
        return os.read(handle, size)


def chunks(path: str, size: int) -> Iterator[bytes]:
    """The whole file, so many bytes at a time. Raises OSError."""
    with _opened(path) as handle:
        while chunk := os.read(handle, size):
            yield chunk


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """A handle at the beginning of the file, for one at a time."""
    with _lock:
        held = _files.get(_key(os.stat(path)))
        if held is not None and held.handles:
            os.lseek(held.handles[0], 0, os.SEEK_SET)
            yield held.handles[0]
            return
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        in_use = _files.get(_key(os.fstat(handle)))
        if in_use is not None:
            in_use.handles.append(handle)
        try:
            yield handle
        finally:
            if in_use is None:
                os.close(handle)


def _key(status: os.stat_result) -> Key:
    return status.st_dev, status.st_ino


def _forget() -> None:
    """A fork has neither the locks of its parent nor its connections."""
    global _lock
    _lock = threading.Lock()
    _files.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
