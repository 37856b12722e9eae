"""Who is at this terminal, and in which session. A program that holds the keyboard is not taken for a person.

Where it cannot be told who is there, what enters is `word`.
"""

from __future__ import annotations

import os
import sys

from alma.domain.errors import InvalidInput
from alma.domain.memory import PERSON, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Set by agents and by build servers for every command that they run.
UNATTENDED = (
    *("CI", "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CODEX_SANDBOX", "CODEX_CI", "CURSOR_AGENT"),
    *("GEMINI_CLI", "AI_AGENT", "AGENT"),
)
# Who left its session behind can do so again and again: all of them are one origin.
DETACHED = "terminal:detached"
LARGEST = 32 * 1024 * 1024


def source(environ: Mapping[str, str] | None = None) -> str:
    """`person` where somebody types and reads here and no agent runs the shell, else `word`."""
    environ = os.environ if environ is None else environ
    if any(environ.get(name) for name in UNATTENDED):
        return WORD
    return PERSON if _is_terminal(sys.stdin) and _is_terminal(sys.stdout) else WORD


def origin() -> str:
    """What everything from here belongs to. No variable says it, for whoever runs a command sets its variables.

    It is the topmost process that this one descends from: the log-in, the terminal's server, the service.
    """
    if not sys.platform.startswith("linux"):
        return f"terminal:{os.getsid(0) if hasattr(os, 'getsid') else os.getppid()}"
    try:
        top = _topmost(os.getpid())
        if top == os.getpid() or not _is_told_apart(top):
            return DETACHED
        return f"terminal:{top}-{_fields(top)[19]}"
    except (OSError, IndexError, ValueError):
        return DETACHED


def _is_terminal(stream: object) -> bool:
    try:
        return stream is not None and bool(stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False  # it is closed


def _topmost(process: int) -> int:
    """The ancestor whose parent is the first process of all, or lies outside."""
    while (parent := int(_fields(process)[1])) > 1:
        process = parent
    return process


def _is_told_apart(top: int) -> bool:
    """Whether a process right below the first one was surely started there and not left behind by this user.

    Another user's was (a log-in service), and so was the manager of this user's own services.
    """
    if os.stat(f"/proc/{top}").st_uid != os.getuid():
        return True
    with open(f"/proc/{top}/cgroup", encoding="utf-8") as file:
        return any(line.rstrip().endswith(f"/user@{os.getuid()}.service/init.scope") for line in file)


def _fields(process: int) -> list[str]:
    """What the system says of a process. Its name stands in brackets and may hold blanks: counted from behind it."""
    with open(f"/proc/{process}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].decode().split()


def typed_in() -> str:
    """Everything on standard input, as text. Raises InvalidInput for what is not UTF-8 or has no end in sight."""
    if sys.stdin is None:
        raise InvalidInput("input", "is closed")
    content = sys.stdin.buffer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InvalidInput("input", f"is longer than {LARGEST:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("input", f"is not UTF-8 text (byte {error.start})") from error
