"""JSON Lines as other programs leave them: cut, glued, binary, too long. Nothing here raises for what it reads.

One line is held at a time, so a file of any size takes the same memory.
"""

from __future__ import annotations

import json

from alma.domain.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

LONGEST_LINE = 16 * 1024 * 1024
MOST_BEGINNINGS = 8
BEGINNING = '{"'


class Tally:
    """What was met while reading: bytes, objects of a known kind, and lines that could not be read."""

    __slots__ = ("known", "read", "unreadable")

    def __init__(self) -> None:
        self.read = 0
        self.known = 0
        self.unreadable = 0


def objects(
    path: str,
    tally: Tally,
    *,
    skipped: Callable[[bytes], bool],
    progress: Callable[[int], None] | None = None,
) -> Iterator[dict[str, Any]]:  # Any: JSON of other programs
    """Every object of a file, in order; lines that are `skipped` are not even parsed. Raises InvalidInput."""
    try:
        with open(path, "rb") as file:
            while line := file.readline(LONGEST_LINE):
                tally.read += len(line)
                if progress is not None:
                    progress(len(line))
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    tally.unreadable += 1
                    _pass_over(file.readline, tally, progress)
                elif skipped(line):
                    tally.known += 1
                elif line.strip():
                    yield from decoded(line, tally)
    except OSError as error:
        raise InvalidInput("path", f"{path} cannot be read: {error.strerror}") from error


def _pass_over(
    readline: Callable[[int], bytes], tally: Tally, progress: Callable[[int], None] | None
) -> None:
    """Read to the end of a line that is too long to be looked at."""
    while rest := readline(LONGEST_LINE):
        tally.read += len(rest)
        if progress is not None:
            progress(len(rest))
        if rest.endswith(b"\n"):
            return


_DECODER = json.JSONDecoder()


def decoded(line: bytes, tally: Tally) -> Iterator[dict[str, Any]]:  # Any: as above
    """The objects of one line: mostly one, two where two writers raced, none where it is cut."""
    text = line.decode("utf-8", "replace").strip()
    at, tries = 0, 0
    while at < len(text) and tries < MOST_BEGINNINGS:
        try:
            one, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            tries += 1
            tally.unreadable += tries == 1
            at = text.find(BEGINNING, at + 1)
            if at < 0:
                return
            continue
        if isinstance(one, dict):
            yield one
        at = end
        while at < len(text) and text[at] in " \t\r\0,":
            at += 1
