"""What is said when an event could not be answered, or not wholly: once a session to the user, each time in a small log.

The log is a file beside the store and not in it, for it is the store that may be broken.
"""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

from alma.config.places import find, refuse_others
from alma.domain.errors import AlmaError
from alma.rules.redaction import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.hooks.payload import Payload

NAME = "hooks.log"
LARGEST = 64 * 1024
LONGEST = 600
# Where nothing can be kept of what was said, it is said where a session begins and nowhere else.
BEGINS = "SessionStart"


def notice(error: Exception, *, event: str, happened: Payload | None) -> str:
    """What the user is told of an event in which something went wrong; empty if this session has said it already."""
    said = _in_words(error)
    who = happened.session_id if happened is not None else "?"
    try:
        is_new = _logged(_path(happened.cwd if happened is not None else None), event, who, said)
    except (OSError, AlmaError, ValueError):
        is_new = event == BEGINS
    return f"ALMA could not help here: {said}" if is_new else ""


def _in_words(error: Exception) -> str:
    """One line, without secrets. Of what is no error of ALMA's also its type: it may be a bug."""
    text = str(error) if isinstance(error, AlmaError) else f"{type(error).__name__}: {error}"
    return "".join(
        letter if letter.isprintable() else " " for letter in redact(" ".join(text.split()))[:LONGEST]
    )


def _path(cwd: str | None) -> str | None:
    """The log of the project; None where there is no `.alma/` of this user's: none is made for an error."""
    place = find(cwd)
    if not place.exists:
        return None
    refuse_others(place.alma_folder, os.environ)
    return os.path.join(place.alma_folder, NAME)


def _logged(path: str | None, event: str, session: str, said: str) -> bool:
    """Append one line; whether this session had not said the same before. Raises OSError."""
    if path is None:
        return event == BEGINS
    # Neither through a link, which a clone could have laid, nor waiting for a pipe.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags, 0o600), "r+b", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no file")
        known = file.read(2 * LARGEST) or b""
        end = f" {session} {said}\n".encode("utf-8", "replace")
        if len(known) > LARGEST:
            file.truncate(0)
        file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {event}".encode() + end)
        return end not in known
