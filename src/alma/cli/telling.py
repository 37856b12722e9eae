"""What a failed command said -> the text of an error: its most telling line first, then the end of its output.

Secrets are taken out before a line is cut or moved: half a secret is not recognised.
"""

from __future__ import annotations

import re

from alma.rules.redaction import redact

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_TELLING = re.compile(r"(?i)\b\w*(?:error|exception|panic)\b|\b(?:failed|failure|fatal|denied|not found)\b")
LONGEST_LINE = 300


def error(how: str, output: bytes) -> str:
    """`how` it ended, the last line that tells why, and the output that it stood in."""
    text = _ESCAPES.sub("", output.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.strip() for line in redact(text).split("\n") if line.strip()]
    why = next((line for line in reversed(lines) if _TELLING.search(line)), lines[-1] if lines else "")
    first = f"{how}: {why[:LONGEST_LINE]}" if why else how
    return "\n".join([first, *(line for line in lines if line != why)])
