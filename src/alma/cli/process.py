"""A command that runs as if it had been started directly: what it prints passes through, signals reach it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager

from alma.cli import screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

# Learning looks for secrets in 64 KiB and only then cuts: what it is handed must fit, with a first line before it.
KEPT = 63 * 1024
_KEY_ENDS = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES = re.compile(rb"(?:[ \t>|]*[A-Za-z0-9+/]{16,}={0,2}[ \t\r]*(?:\n|\Z))+")
# A process that the command left behind may hold its output open: that is not waited for.
PATIENCE = 1.0
NOT_FOUND, NOT_RUN = 127, 126


class Ran:
    """How a command went: its exit code as a shell gives it, and the end of what it printed."""

    __slots__ = ("code", "how", "seconds", "tail", "teaches")

    def __init__(
        self, code: int, how: str, *, tail: bytes = b"", seconds: float = 0.0, teaches: bool
    ) -> None:
        self.code = code
        self.how = how
        self.tail = tail
        self.seconds = seconds
        self.teaches = teaches


def run_through(command: Sequence[str], *, to_stderr: bool = False) -> Ran:
    """Run it to its end. With `to_stderr`, nothing of it goes to stdout."""
    began = time.monotonic()
    try:
        child = subprocess.Popen(list(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUN
        screen.err(f"alma: {command[0]} cannot be run: {error.strerror}; nothing was learned")
        return Ran(code, "not run", teaches=False)
    assert child.stdout is not None
    assert child.stderr is not None
    tail = Tail()
    with _signals_passed_to(child) as passed:
        readers = [
            _reading(child.stdout, sys.stderr if to_stderr else sys.stdout, tail),
            _reading(child.stderr, sys.stderr, tail),
        ]
        code = child.wait()
        for reader in readers:
            reader.join(PATIENCE)
    return _ran(code, passed, tail=tail.end(), seconds=time.monotonic() - began)


class Tail:
    """The last bytes of two streams, in the order in which they came."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, chunk: bytes) -> None:
        """Keep a chunk, and drop what is no longer among the last."""
        with self._lock:
            self._chunks.append(chunk)
            self._size += len(chunk)
            while self._size - len(self._chunks[0]) >= KEPT:
                self._size -= len(self._chunks.popleft())

    def end(self) -> bytes:
        """The last bytes, from the beginning of a line on, and never from within a private key on."""
        with self._lock:
            kept = b"".join(self._chunks)
        if len(kept) <= KEPT:
            return kept
        return _without_cut_secret(kept[-KEPT:].partition(b"\n")[2])


def _without_cut_secret(cut: bytes) -> bytes:
    """A key whose beginning was not kept could not be recognised later: what is left of it goes here."""
    ended = _KEY_ENDS.search(cut)
    if ended and b"-----BEGIN" not in cut[: ended.start()]:
        return cut[ended.end() :].lstrip()
    lines = _KEY_LINES.match(cut)
    return cut[lines.end() :] if lines else cut


def _ran(code: int, passed: Sequence[int], *, tail: bytes, seconds: float) -> Ran:
    if passed:
        # Somebody stopped it: that says nothing about the strategy.
        return Ran(128 + passed[0], "interrupted", tail=tail, seconds=seconds, teaches=False)
    if code < 0:
        killed = f"killed by {signal.Signals(-code).name}"
        return Ran(128 - code, killed, tail=tail, seconds=seconds, teaches=-code != signal.SIGINT)
    return Ran(code, f"exit code {code}", tail=tail, seconds=seconds, teaches=True)


def _reading(source: IO[bytes], target: IO[str], tail: Tail) -> threading.Thread:
    reader = threading.Thread(target=_pass_on, args=(source, target, tail), daemon=True)
    reader.start()
    return reader


def _pass_on(source: IO[bytes], target: IO[str], tail: Tail) -> None:
    """Byte for byte and at once; a reader that went away does not stop the command."""
    buffer = getattr(target, "buffer", None)
    with source:
        while chunk := os.read(source.fileno(), 1 << 16):
            tail.add(chunk)
            try:
                if buffer is None:
                    target.write(chunk.decode("utf-8", "replace"))
                else:
                    buffer.write(chunk)
                    buffer.flush()
            except (OSError, ValueError):
                buffer = open(os.devnull, "wb", buffering=0)  # noqa: SIM115 (as long as the process)


@contextmanager
def _signals_passed_to(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Pass on what would end this process. Ctrl-C in a terminal reaches the command by itself."""
    passed: list[int] = []

    def pass_on(number: int, _: object) -> None:
        passed.append(number)
        if number != signal.SIGINT or not sys.stdin or not sys.stdin.isatty():
            child.send_signal(number)

    if threading.current_thread() is not threading.main_thread():
        yield passed
        return
    before = {one: signal.signal(one, pass_on) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield passed
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
