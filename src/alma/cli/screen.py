"""What reaches the screen. A stored text can neither move the cursor nor forge a line nor say what is not seen.

Control characters are shown; what a prompt leaves out as unseen is left out here too.
"""

from __future__ import annotations

import io
import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# C0 but tab and newline, DEL, C1, and what turns the direction of writing or is invisible.
_UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
WIDEST = 200
GAP = "  "


def make_safe() -> None:
    """No locale can make a text unprintable: what it lacks is replaced. A stream that is closed swallows it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def clean(text: str) -> str:
    """A text with every control character written out and without what cannot be seen, lines kept."""
    if text.isascii() and text.isprintable():
        return text
    shown = re.sub(_UNSAFE, _shown, text.replace("\r\n", "\n"))
    return shown if shown.isascii() else _seen(shown)


def line(text: str) -> str:
    """A text as one clean line."""
    return " ".join(clean(text).split())


def _seen(text: str) -> str:
    # Imported here: plain text, which is most, needs neither table.
    from unicodedata import category

    from alma.rules.prompt import UNSEEN

    return "".join(
        letter
        for letter in text
        if letter in "\n\t" or not (ord(letter) in UNSEEN or category(letter)[0] == "C")
    )


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def out(text: str = "") -> None:
    """A line for the reader."""
    sys.stdout.write(clean(text) + "\n")


def err(text: str) -> None:
    """A line about what happened, beside the answer."""
    sys.stdout.flush()
    sys.stderr.write(clean(text) + "\n")
    sys.stderr.flush()


def out_json(document: object) -> None:
    """One JSON document, in ASCII, so that every terminal and every locale carries it."""
    import json

    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Rows under their heads, columns aligned; the last column is cut to the width of the screen."""
    cells = [[line(str(cell)) if cell is not None else "" for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [heads, *cells]) for place in range(len(heads))]
    room = width() - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(room, 20))
    for row in [heads, *cells]:
        parts = [
            cell.rjust(widths[place]) if place in right else cell.ljust(widths[place])
            for place, cell in enumerate(row[:-1])
        ]
        out(GAP.join([*parts, short(row[-1], widths[-1])]).rstrip())


def short(text: str, longest: int) -> str:
    """One clean line, with an ellipsis where it was too long."""
    shown = line(text)
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def width() -> int:
    """How many columns there are: those of the terminal, or plenty where the reader is a program."""
    if not sys.stdout.isatty():
        return WIDEST
    import shutil

    return shutil.get_terminal_size().columns
