"""What may be kept of a text: no secret, no private passage, no more than a head and a tail."""

from __future__ import annotations

import re
from functools import lru_cache

from alma.rules.redaction import redact
from alma.rules.wording import is_listed, telling
from alma.rules.writing import cut

LONGEST_TASK = 2000
LONGEST_COMMAND = 1000
LONGEST_ERROR = 1500
LONGEST_LOOKED_AT = 64 * 1024
# What is looked at for signs of how a run ended, and of each of its rows.
LONGEST_SEARCHED = 16 * 1024
LONGEST_ROW = 240
GAP = r"[ \t]{9,}"
PRIVATE = r"(?is)<\s{0,9}private\b[^<>]{0,200}>.*?(?:<\s{0,9}/\s{0,9}private\s{0,9}>|\Z)"
# Colours, titles of windows, and what a progress bar wrote over.
TERMINAL = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]"
CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"


@lru_cache(512)
def kept(text: str, *, longest: int = LONGEST_TASK) -> str:
    """A text as it may be stored."""
    shown = without_private(text)
    clean = redact(re.sub(CONTROL, "", cut(shown, longest=LONGEST_LOOKED_AT)))
    return cut(clean.encode("utf-8", "replace").decode().strip(), longest=longest)


def without_private(text: str) -> str:
    """A text without what stands between `<private>` and `</private>`; an open one hides all that follows."""
    return re.sub(PRIVATE, " ", text) if "private" in text.lower() else text


def printed(text: str) -> str:
    """What a terminal would show of an output: its head and its tail, in rows that are not too long.

    What is sought in it is sought row by row: no row, and no gap between two, may be long enough to be slow.
    """
    text = cut(text, longest=LONGEST_LOOKED_AT)
    shown = re.sub(TERMINAL, "", text) if "\x1b" in text else text
    rows = [row.rstrip("\r").rpartition("\r")[2] for row in cut(shown, longest=LONGEST_SEARCHED).split("\n")]
    return "\n".join(re.sub(GAP, "        ", row[:LONGEST_ROW]) for row in rows if row.strip())


def telling_paragraph(text: str) -> str:
    """The first paragraph that tells what was done, from where it does: no heading, table or code. Empty where none does."""
    parts = re.split(r"\n\s*\n", re.sub(r"(?s)```.*?(?:```|\Z)", "", text))
    lines = (
        (line.strip() for line in part.splitlines() if not line.lstrip().startswith(("#", "|")))
        for part in parts
    )
    words = [" ".join(part) for part in lines]
    for part, after in zip(words, [*words[1:], ""], strict=True):
        if told := telling(part):
            return f"{told} {after}" if told.endswith(":") and is_listed(after) else told
    return ""
