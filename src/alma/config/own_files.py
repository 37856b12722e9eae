"""Small files of this user outside every project. One that somebody else could have written is never believed."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def user_id() -> int | None:
    """Who runs this process; None where the system does not say (Windows)."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def home(environ: Mapping[str, str], variable: str, usual: str) -> str | None:
    """ALMA's own folder under `variable`, else under `usual` in the home folder; None when there is neither."""
    # A relative path is ignored, as the XDG specification asks: it would lead into the project.
    for base, inner in (
        (environ.get(variable, ""), ""),
        (environ.get("HOME") or os.path.expanduser("~"), usual),
    ):
        if os.path.isabs(base):
            return os.path.join(base, inner, "alma")
    return None


def read_own(path: str) -> bytes | None:
    """The file's bytes; None when it is not there or is not ours alone to write."""
    try:
        with open(path, "rb", opener=_opened_here) as file:
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and _is_ours(status) else None
    except OSError:
        return None


def write_own(path: str, content: bytes) -> None:
    """Replace the file at once, readable by this user only. Raises OSError, and then the old one still stands."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    new = f"{path}.{os.urandom(8).hex()}"
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        if os.path.lexists(new):
            os.unlink(new)
        raise


def _opened_here(path: str, flags: int) -> int:
    """Neither through a link, nor waiting for a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _is_ours(status: os.stat_result) -> bool:
    me = user_id()
    return me is None or (status.st_uid == me and not status.st_mode & 0o022)
