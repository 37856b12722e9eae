"""Whether the configuration's `verify:` names a command, so that its exit code is a result that was seen.

Whoever asks may want to be believed: a command that only looks like a named one is not named.
"""

from __future__ import annotations

import shlex
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# With one of these a test runner ends well without having run a test, or whatever the tests say.
IDLE = frozenset(
    (
        *("--version", "--help", "-h", "--dry-run", "--list", "--no-run", "--if-present", "--ignore-errors"),
        *(
            "--co",
            "--collect-only",
            "--collectonly",
            "--setup-plan",
            "--fixtures",
            "--markers",
            "--cache-show",
        ),
        *("--suppress-no-test-exit-code", "--passWithNoTests", "--pass-with-no-tests", "--listTests"),
        *("-DskipTests", "-Dmaven.test.skip", "-Dmaven.test.failure.ignore", "--show-only", "--notest"),
    )
)
IDLE_OF = {
    "make": frozenset(("-n", "-q", "-t", "-i", "--just-print", "--recon", "--question", "--touch", "SHELL")),
    "ctest": frozenset(("-N",)),
    "nox": frozenset(("-l",)),
    "pytest": frozenset(("-V",)),
    "tox": frozenset(("-l", "-n", "-a")),
}


def is_verified(command: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether one of the patterns names this command, and the command really does what it is named for."""
    return not _is_idle(command) and any(_names(pattern, command) for pattern in patterns)


def _names(pattern: str, command: Sequence[str]) -> bool:
    """Blanks inside a word are quoted before they are compared, and the program may not lie in another folder."""
    program, _, _ = pattern.partition(" ")
    return command[0].count("/") == program.count("/") and fnmatchcase(shlex.join(command), pattern)


def _is_idle(command: Sequence[str]) -> bool:
    idle = IDLE | IDLE_OF.get(command[0].rpartition("/")[2], frozenset())
    return any(word.partition("=")[0] in idle for word in command[1:])
