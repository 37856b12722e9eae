"""A command line as steps: what is run, and whether its exit code is that of the line."""

from __future__ import annotations

import re

from alma.domain.values import positional
from alma.rules.commands import HEREDOC, PIECE, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alma.rules.commands import Command

LONGEST = 16 * 1024
JOINING = ("&&", "|", "|&")
STRICT = r"(?m)^\s*set\s+-\w*e|\bset\s+-\w*o?\s*pipefail|\bset -e"
ECHOED = r"(?:echo|printf)\b[^\n;&|]*\$(?:\?|\{?PIPESTATUS|\{?status\b|\{?rc\b|\{?code\b)"
# After one of these an output is only shorter.
SHORTENING = frozenset(("head", "tail", "cat", "tee", "less", "more"))


@positional
class Step:
    """One command of a line, as it was written, with the sign that follows it."""

    text: str
    then: str

    @property
    def commands(self) -> list[Command]:
        """What it runs."""
        return parse(self.text).commands


def steps(line: str) -> list[Step]:
    """The steps of a command line, in order."""
    line = line[:LONGEST]
    line = re.sub(HEREDOC, lambda found: f"{found[3]}\n", line) if "<<" in line else line
    found: list[Step] = []
    text, comment = "", False
    for piece in PIECE.finditer(line):
        kind = piece.lastgroup
        if comment and piece[0] != "\n":
            continue
        comment = kind == "bare" and piece[0][0] == "#" and (not text or text[-1].isspace())
        if comment:
            continue
        if kind != "end" or piece[0] in "()`":
            text += " " if kind == "end" else piece[0]
        elif text.strip():
            found.append(Step(text.strip(), piece[0]))
            text = ""
        elif found and piece[0] != "\n":
            found[-1] = Step(found[-1].text, piece[0])
    if text.strip():
        found.append(Step(text.strip(), ""))
    return found


def is_exit_hidden(line: list[Step], at: int, whole: str) -> bool:
    """Whether the exit code of the line says nothing of this step, which may not even have been run."""
    if at and line[at - 1].then == "||":
        return True
    if line[at].then in ("|", "|&") and "pipefail" not in whole:
        return True
    start = at
    while at < len(line) and (line[at].then in JOINING or (at > start and _goes_on(line, at))):
        at += 1
    if at >= len(line) - 1:
        return at < len(line) and line[at].then == "&"
    is_passed_on = line[at].then == "||" and re.match(r"(?:exit|return|false)\b", line[at + 1].text)
    return not is_passed_on and not re.search(STRICT, whole)


def _goes_on(line: list[Step], at: int) -> bool:
    """Whether a step and the next are of one loop or condition."""
    ends = at + 1 < len(line) and re.match(r"(?:do|done|then|else|elif|fi)\b", line[at + 1].text)
    return bool(ends) or re.match(r"(?:for|while|until|if|do|then|else|elif)\b", line[at].text) is not None


def is_only_shortened(line: list[Step], at: int) -> bool:
    """Whether all that a step printed can be seen, but perhaps for its head or tail."""
    while line[at].then in ("|", "|&") and at + 1 < len(line):
        at += 1
        if not all(command.program in SHORTENING for command in line[at].commands):
            return False
    return True


def echoed_exit_code(whole: str, output: str) -> int | None:
    """The exit code that a line printed itself (`pytest; echo "exit: $?"`)."""
    if not re.search(ECHOED, whole):
        return None
    said = re.findall(
        r"(?im)^\W*(?:\w*(?:exit|status|code|rc)\w*\W{0,4}){1,3}(\d{1,3})\W*$", output[-LONGEST:]
    )
    said = said or re.findall(r"^\d{1,3}$", output.strip().rpartition("\n")[2])
    return int(said[-1]) if said else None
