"""Files that memories are written to and read from: whole or not at all, and never over another."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator

from alma.domain.errors import Conflict, InvalidInput, StoreError, StoreFull, StoreReadOnly

FAILURES: dict[int, type[StoreError]] = {
    errno.ENOSPC: StoreFull,
    errno.EDQUOT: StoreFull,
    errno.EROFS: StoreReadOnly,
    errno.EACCES: StoreReadOnly,
    errno.EPERM: StoreReadOnly,
}


@contextlib.contextmanager
def new_file(path: str) -> Iterator[str]:
    """The path of an empty draft that becomes `path` when the block ends, whole, or else is gone.

    Raises Conflict where there is something at `path`; StoreError and its kinds where it cannot be written.
    """
    draft = f"{path}.{os.getpid()}.new"
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        os.link(draft, path)
    except FileExistsError as error:
        raise Conflict(f"{path} exists and is not replaced: name another file", current=path) from error
    except OSError as error:
        kind = FAILURES.get(error.errno or 0, StoreError)
        raise kind(f"{path} cannot be written: {error.strerror}", store=path) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def write_new(path: str, lines: Iterable[str]) -> int:
    """Write a file that is not there yet; gives the number of lines. Raises Conflict, StoreError."""
    count = 0
    with new_file(path) as draft, open(draft, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def read_lines(path: str) -> Iterator[str]:
    """The lines of a text file. Raises InvalidInput where it cannot be read as one."""
    try:
        with open(path, encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidInput("path", f"{path} cannot be read: {reason}") from error
