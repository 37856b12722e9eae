"""What an import took in."""

from __future__ import annotations

from collections.abc import Mapping


class Imported(int):
    """How many memories are new. Of past sessions it also says what was found in them, kept or not.

    `files` were read, `skipped` are no transcripts; `unreadable` lines were passed over. `attempts` had a result that
    was seen; `known` of them were here already, and `refused` were not allowed. All findings are counted, and the
    first thousand of each kind are in `findings`.
    """

    files: int = 0
    skipped: int = 0
    sessions: int = 0
    unreadable: int = 0
    attempts: int = 0
    successes: int = 0
    known: int = 0
    refused: int = 0
    corrections: int = 0
    proposals: int = 0
    objections: int = 0
    findings: tuple[object, ...] = ()

    @classmethod
    def of_sessions(cls, new: int, counts: Mapping[str, int], findings: tuple[object, ...]) -> Imported:
        """The answer to an import of past sessions."""
        made = cls(new)
        made.__dict__.update(counts, findings=findings)
        return made
