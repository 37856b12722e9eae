"""Past sessions of other programs: read file by file, each finding once, whatever copies there are of it.

Nothing here is believed for being read: what comes of it enters as `import`, through the same gate as everything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import chain

from alma.capture import claude_code, codex, lines
from alma.capture.finding import Attempt, Correction, Objection, Proposal
from alma.capture.happening import Ended
from alma.capture.session import Session
from alma.config.places import Transcripts, transcripts
from alma.domain.errors import InvalidInput
from alma.domain.imported import Imported
from alma.domain.memory import IMPORT
from alma.domain.values import value
from alma.noticing import KNOWN, NEW, REFUSED
from alma.rules import transfer, trust, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from alma.capture.finding import Finding
    from alma.config.value import Config
    from alma.gate import Gate
    from alma.noticing import Noticing
    from alma.store.protocol import Store

    Progress = Callable[[int, int], None]

FORMATS: dict[str, Any] = {"claude-code": claude_code, "codex": codex}  # Any: modules of one shape
# At most so many threads of one file are open at once, and so many findings of a kind are handed back.
MOST_THREADS = 32
MOST_KEPT = 1000
BEGINNING = 64 * 1024
BEGAN = rb'"timestamp"\s*:\s*"([^"]{10,40})"'
WORKED_IN = rb'"cwd"\s*:\s*("(?:[^"\\]|\\.)*")'


@value
class Found:
    """A finding, the session that it is from, and of a subagent's its type, where a transcript says it."""

    finding: Finding
    session: str
    kind: str | None = None


class Sessions:
    """The transcripts under a path, as findings. What was met on the way is counted."""

    def __init__(
        self, path: str, *, form: str, only_in: str | None = None, progress: Progress | None = None
    ) -> None:
        self._format: Any = FORMATS[form]  # Any: one of these modules
        self._name = form
        self._path = path
        self._files = files(path, only_in=only_in)
        self._bytes = sum(os.path.getsize(file) for file in self._files)
        self._done = 0
        self._progress = progress
        self._sessions: set[str] = set()
        self._kinds: dict[str, str] = {}
        self.files = self.skipped = self.unreadable = 0

    @property
    def counts(self) -> dict[str, int]:
        """What was met so far."""
        return {
            "files": self.files,
            "skipped": self.skipped,
            "unreadable": self.unreadable,
            "sessions": len(self._sessions),
        }

    def __iter__(self) -> Iterator[Found]:
        seen: set[str] = set()
        for file in self._files:
            for found in self._of_file(file):
                if found.finding.key not in seen:
                    seen.add(found.finding.key)
                    yield found
        if not self.files:
            raise InvalidInput(
                "path",
                f"{self._path} holds no transcript of {self._name}",
                allowed="a .jsonl file that it wrote, or a folder of them",
            )

    def _of_file(self, file: str) -> Iterator[Found]:
        tally, reader = lines.Tally(), self._format.Reader(self._kinds, beside=_beside(file))
        open_: dict[str, Session] = {}
        for one in lines.objects(file, tally, skipped=self._format.is_skipped, progress=self._tick):
            tally.known += self._format.is_known(one)
            for thread, happening in reader.happenings(one):
                session = open_.pop(thread, None) or Session()
                open_[thread] = session  # the latest stands last
                yield from self._told(thread, session.take(happening))
                if len(open_) > MOST_THREADS:
                    oldest = next(iter(open_))
                    yield from self._told(oldest, open_.pop(oldest).take(Ended()))
        for thread, session in open_.items():
            yield from self._told(thread, session.take(Ended()))
        self._count(tally)

    def _count(self, tally: lines.Tally) -> None:
        if tally.known:
            self.files += 1
            self.unreadable += tally.unreadable
        else:
            self.skipped += 1

    def _told(self, thread: str, findings: list[Finding]) -> Iterator[Found]:
        session = thread.partition("/")[0]
        self._sessions.add(session)
        for finding in findings:
            yield Found(finding=finding, session=session, kind=self._kinds.get(thread))

    def _tick(self, read: int) -> None:
        self._done += read
        if self._progress is not None:
            self._progress(self._done, self._bytes)


def files(path: str, *, only_in: str | None = None) -> list[str]:
    """The files that may be transcripts, the earliest session first; of copies, the longest first.

    With `only_in`, those of sessions that worked in that folder or below it. Raises InvalidInput.
    """
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise InvalidInput("path", f"{path} does not exist", allowed="a transcript, or a folder of them")
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(path)
        for name in names
        if name.endswith(".jsonl")
    ]
    kept = [(*_began(file), file) for file in found if os.path.isfile(file)]
    return [
        file
        for _, _, folder, file in sorted(kept, key=lambda one: (one[0], one[1], one[3]))
        if only_in is None or _is_inside(folder, only_in)
    ]


def _began(file: str) -> tuple[str, int, str | None]:
    """When the session of a file began, its size with the largest first, and the folder it worked in."""
    try:
        with open(file, "rb") as opened:
            head = opened.read(BEGINNING)
    except OSError:
        head = b""
    at, folder = re.search(BEGAN, head), re.search(WORKED_IN, head)
    return (
        at[1].decode("ascii", "replace") if at else "",
        -os.path.getsize(file),
        _text(folder[1]) if folder else None,
    )


def _beside(file: str) -> dict[str, Any] | None:
    """What stands in the small file that lies beside the transcript of a subagent."""
    import json

    try:
        with open(f"{file.removesuffix('.jsonl')}.meta.json", "rb") as opened:
            said = json.loads(opened.read(BEGINNING))
    except (OSError, ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _text(written: bytes) -> str | None:
    import json

    try:
        return str(json.loads(written))
    except ValueError:
        return None


def _is_inside(folder: str | None, project: str) -> bool:
    if folder is None:
        return False
    real = os.path.realpath(folder)
    return real == project or real.startswith(project.rstrip(os.sep) + os.sep)


def imported(
    form: str,
    path: str | os.PathLike[str] | None,
    *,
    store: Store,
    gate: Gate,
    config: Config,
    agent: str | None,
    noticing: Callable[[str, str], Noticing],
    dry_run: bool,
    progress: Progress | None,
) -> Imported:
    """Take in what the sessions under a path show, by default the user's own about this project.

    `noticing` is the way into the memory of an agent, from an origin.
    """
    gate.view(agent or transfer.SESSIONS[form])
    place = Transcripts(os.fspath(path)) if path is not None else transcripts(form, config.folder)
    found = Sessions(place.path, form=form, only_in=place.only_in, progress=progress)
    # Who may not name an origin belongs to that of the door, so that a model's files are not many witnesses.
    own = None if trust.is_verified(gate.door.source) else gate.door.origin

    def take(one: Found) -> str:
        if dry_run:
            return NEW
        origin = own or writing.cut(f"{form}:{one.session}", longest=100)
        # As in a live session: a subagent that the configuration declares has a memory of its own.
        declared = one.kind if one.kind in config.agent_names else None
        return noticing(agent or declared or transfer.SESSIONS[form], origin).take(one.finding, source=IMPORT)

    def is_known(key: str) -> bool:
        with store.reading() as now:
            return now.keyed(key) is not None

    return _counted(found, take=take, is_known=is_known)


def _counted(found: Sessions, *, take: Callable[[Found], str], is_known: Callable[[str], bool]) -> Imported:
    """Take in what past sessions show; `take` says what became of a finding: `new`, `known` or `refused`.

    Each attempt is an entry of its own, exactly once: an import that was stopped goes on where it is called again.
    """
    counts = dict.fromkeys((*_PLURAL.values(), "successes", NEW, KNOWN, REFUSED), 0)
    kept: dict[type, list[Finding]] = {}
    for one in found:
        finding = one.finding
        counts[_PLURAL[type(finding)]] += 1
        same = kept.setdefault(type(finding), [])
        same += [finding] if len(same) < MOST_KEPT else []
        is_attempt = isinstance(finding, Attempt)
        became = KNOWN if is_attempt and is_known(finding.key) else take(one)
        if isinstance(finding, Attempt):
            counts["successes"] += finding.result >= 0.5
            counts[became] += 1
    new = counts.pop(NEW)
    return Imported.of_sessions(new, {**counts, **found.counts}, tuple(chain.from_iterable(kept.values())))


_PLURAL: dict[type, str] = {
    Attempt: "attempts",
    Correction: "corrections",
    Proposal: "proposals",
    Objection: "objections",
}
