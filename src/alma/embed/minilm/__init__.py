"""The embedder `minilm`: all-MiniLM-L6-v2 from this folder. One text a run, so that no text changes another's vector."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from alma.domain.errors import AlmaError
from alma.embed.vectors import int8_bytes

# As printed by scripts/build_minilm.py. Another model needs another `MiniLM.name` too.
_SHA256 = {
    "model.onnx": "577a510c72aebdfaaa5f4f64d9d2aa3446b8acc1b465e52d40e7008c2b5600e1",
    "tokenizer.json": "b2671b6b396976e3f5aef2c69ea482aa60a2a571933664ab36f352d655ecea29",
}
# 256 tokens are read, and hardly any text needs more characters for them. A tokenizer given 10 MB takes seconds.
_READ = 4_000
_REMEMBERED = 1_000


class MiniLM:
    """Sentences to 384 dimensions, by meaning; the first 256 tokens count. Safe to share between threads.

    Texts are run one at a time: in a batch, the last bits of a vector depend on its neighbours, and an int8
    vector then differs by one here and there. Padding costs more than a larger batch saves, on a processor.
    The vectors of the last 1,000 texts are remembered. `threads` (default: two, or the only core there is)
    changes the speed and not the vectors.

    Raises AlmaError if a file of the model is missing or is not the one that was published with this version.
    """

    name = "minilm-1"
    dimensions = 384

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, threads: int | None = None) -> None:
        place = Path(folder) if folder is not None else Path(__file__).parent
        self._tokenizer = Tokenizer.from_file(str(_checked(place / "tokenizer.json")))
        self._session = _session(_checked(place / "model.onnx"), threads or min(2, os.cpu_count() or 1))
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._vector)

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """One vector a text, in order. Any text has one: empty, of any length, of any characters."""
        return [self._remembered(_readable(text)) for text in texts]

    def _vector(self, text: str) -> bytes:
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        [vectors] = self._session.run(["vectors"], {"ids": ids})
        return int8_bytes(np.asarray(vectors, np.float32)[0])


def _readable(text: str) -> str:
    # A lone surrogate, as in a file name that is no UTF-8, would be refused by the tokenizer.
    return text[:_READ].encode("utf-8", "replace").decode()


def _checked(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _not_ours(path, f"cannot be read ({error.strerror})") from error
    if found != _SHA256[path.name]:
        raise _not_ours(path, "is not the file that belongs to this version of ALMA")
    return path


def _not_ours(path: Path, problem: str) -> AlmaError:
    return AlmaError(f"{path} {problem}; repair it with: pip install --force-reinstall alma-memory")


def _session(model: Path, threads: int) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A waiting thread must sleep: it would otherwise keep a core busy between two texts.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
