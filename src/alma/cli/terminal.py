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
# The first that is set names the session.
SESSIONS = (
    *("CLAUDE_SESSION_ID", "CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID"),
    *("TERM_SESSION_ID", "ITERM_SESSION_ID", "WT_SESSION", "TMUX_PANE", "STY"),
)
LONGEST = 150
LARGEST = 32 * 1024 * 1024


def source(environ: Mapping[str, str] | None = None) -> str:
    """`person` where somebody types and reads here and no agent runs the shell, else `word`."""
    environ = os.environ if environ is None else environ
    if any(environ.get(name) for name in UNATTENDED):
        return WORD
    return PERSON if _is_terminal(sys.stdin) and _is_terminal(sys.stdout) else WORD


def origin(environ: Mapping[str, str] | None = None) -> str:
    """The session that everything from here belongs to: the same for every command of one terminal or one agent."""
    environ = os.environ if environ is None else environ
    for name in SESSIONS:
        said = "".join(letter for letter in environ.get(name, "") if letter.isprintable()).strip()
        if said:
            inside = environ.get("TMUX", "").split(",")[1:2] if name == "TMUX_PANE" else []
            return "terminal:" + "-".join([said[:LONGEST], *inside])
    return f"terminal:{_leader()}"


def _is_terminal(stream: object) -> bool:
    try:
        return stream is not None and bool(stream.isatty())  # type: ignore[attr-defined]
    except ValueError:
        return False  # it is closed


def _leader() -> str:
    """The process that leads this session, and when it began: a number alone comes back after a restart."""
    leader = os.getsid(0) if hasattr(os, "getsid") else os.getppid()
    try:
        with open(f"/proc/{leader}/stat", "rb") as file:
            # The name stands in brackets and may hold blanks: the fields are counted from behind it.
            began = file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return str(leader)
    return f"{leader}-{began}"


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
