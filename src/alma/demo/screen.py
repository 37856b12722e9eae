"""What the demonstration shows: short lines, colours only where they are wanted, marks that the terminal can show."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TextIO

RED, GREEN, YELLOW, BOLD, DIM = "31", "32", "33", "1", "2"
MARKS = {"pass": "✓", "fail": "✗", "warning": "⚠", "told": "»", "cut": "…", "rule": "─"}
PLAIN_MARKS = {"pass": "ok", "fail": "x", "warning": "!", "told": ">", "cut": "...", "rule": "-"}
WIDEST = 110


class Screen:
    """Lines on a stream. `quiet` says nothing at all."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stdout
        self._quiet = quiet
        self._colours = wants_colours(self._stream, os.environ)
        self._marks = MARKS if _can_show(self._stream, "".join(MARKS.values())) else PLAIN_MARKS
        self._width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)

    def line(
        self, text: str = "", style: str = "", *, mark: str = "", indent: int = 0, rows: int = 2
    ) -> None:
        """A text on one row, or on two where it is long; what is longer than `rows` is cut."""
        if self._quiet:
            return
        start = " " * indent + (f"{self._marks[mark]} " if mark else "")
        room = max(self._width, 40) - len(start)
        shown = wrap(text, room, max_lines=rows, placeholder=self._marks["cut"], break_on_hyphens=False) or [
            ""
        ]
        for number, row in enumerate(shown):
            self._print((start if number == 0 else " " * len(start)) + row, style)

    def heading(self, text: str) -> None:
        """A line with a rule under it, and space before."""
        self.line()
        self.line(text, BOLD)
        self.line(self._marks["rule"] * min(len(text), self._width), DIM)

    def table(self, rows: Sequence[Sequence[str]], *, notes: Sequence[str] = ()) -> None:
        """Columns as wide as they need to be under a head; a note is a further line under its row."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._print(f"  {cells}".rstrip(), DIM if number == 0 else "")
            if number and notes:
                self.line(notes[number - 1], DIM, indent=4 + widths[0])

    def _print(self, row: str, style: str) -> None:
        if not self._quiet:
            encoding = self._stream.encoding or "utf-8"
            shown = row.encode(encoding, "replace").decode(encoding)
            print(self._styled(shown, style), file=self._stream, flush=True)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if style and text and self._colours else text


def wants_colours(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether this is a terminal whose user did not ask for plain text."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
