"""What both embedders promise, and what `minilm` promises besides: meaning, its own files, no network."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import alma.embed.minilm
from alma.domain.errors import AlmaError
from alma.embed.hashing import Hashing
from alma.embed.minilm import MiniLM
from alma.embed.protocol import Embedder

TEXTS = [
    "Test the login form",
    "Deploy the billing service to staging and roll back if the health check fails",
    "ok",
    "The token expired after 24 hours, so the second upload was refused with status 401",
    "Wait for the selector instead of sleeping: fixed sleeps made the suite flaky on slow machines. " * 30,
    "Migrate the orders table",
    "日本語のテキスト と emoji 🎂",
]
ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "ok \udcff ok",
    "🎂" * 5000,
    "x" * 10_000_000,
    "word " * 2_000_000,
    "\n" * 10_000,
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.fixture(params=["minilm", "hashing"])
def embedder(request: pytest.FixtureRequest, minilm: MiniLM) -> Embedder:
    return minilm if request.param == "minilm" else Hashing()


def cosine(left: bytes, right: bytes) -> float:
    a, b = (np.frombuffer(vector, np.int8).astype(np.int64) for vector in (left, right))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_vectors_have_the_stated_length_and_use_the_whole_range_of_int8(embedder: Embedder) -> None:
    for vector in embedder.embed(TEXTS):
        assert len(vector) == embedder.dimensions
        assert np.abs(np.frombuffer(vector, np.int8).astype(int)).max() == 127


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]) == []


def test_a_vector_does_not_depend_on_the_texts_beside_it_or_on_their_order() -> None:
    # A new embedder each time: one that remembers would compare its memory with itself.
    alone = {text: MiniLM().embed([text])[0] for text in TEXTS}
    shuffled = random.Random(7).sample(TEXTS, len(TEXTS))
    assert MiniLM().embed(shuffled) == [alone[text] for text in shuffled]
    assert Hashing().embed(shuffled) == [Hashing().embed([text])[0] for text in shuffled]


def test_a_remembered_vector_is_the_computed_one(minilm: MiniLM) -> None:
    assert minilm.embed([TEXTS[0], TEXTS[0]]) == [MiniLM().embed([TEXTS[0]])[0]] * 2


def test_the_number_of_threads_does_not_change_a_vector() -> None:
    assert MiniLM(threads=1).embed(TEXTS) == MiniLM(threads=3).embed(TEXTS)


def test_many_threads_may_share_one_embedder() -> None:
    expected = MiniLM(threads=1).embed(TEXTS)
    shared = MiniLM()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shared.embed(TEXTS), range(8)))
    assert answers == [expected] * 8


def test_odd_texts_have_vectors_too(embedder: Embedder) -> None:
    vectors = embedder.embed(ODD)
    assert [len(vector) for vector in vectors] == [embedder.dimensions] * len(ODD)
    assert all(any(vector) for vector in vectors)


def test_another_process_gives_the_same_bytes(embedder: Embedder) -> None:
    kind = type(embedder)
    program = f"""
from {kind.__module__} import {kind.__name__}
import sys
sys.stdout.buffer.write({kind.__name__}().embed([{TEXTS[1]!r}])[0])
"""
    assert run(program).stdout == embedder.embed([TEXTS[1]])[0]


@pytest.mark.parametrize(
    ("text", "paraphrase", "unrelated"),
    [
        ("Test the login form", "check that users can sign in", "bake a chocolate cake"),
        ("the deployment failed", "the release to production broke", "the meeting is on Tuesday"),
        ("database query is slow", "SQL takes too long", "database of medieval poems"),
        ("fix a flaky test", "a test passes only sometimes", "buy a new pair of shoes"),
    ],
)
def test_a_paraphrase_is_nearer_than_an_unrelated_text(
    minilm: MiniLM, text: str, paraphrase: str, unrelated: str
) -> None:
    first, near, far = minilm.embed([text, paraphrase, unrelated])
    assert cosine(first, near) > cosine(first, far) + 0.1


def test_hashing_puts_texts_that_share_words_nearer() -> None:
    first, near, far = Hashing().embed(
        ["Test the login form", "test the signup form", "bake a chocolate cake"]
    )
    assert cosine(first, near) > cosine(first, far) + 0.2


def test_minilm_agrees_with_the_published_model(minilm: MiniLM) -> None:
    # The first numbers that the published float32 weights give for this sentence.
    published = np.array([0.06765687, 0.06349586, 0.04871308, 0.07930492, 0.037448])
    found = np.frombuffer(minilm.embed(["This is an example sentence"])[0], np.int8).astype(float)
    assert np.abs(found[:5] / np.linalg.norm(found) - published).max() < 0.005


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_of_the_model_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    assert MiniLM(folder).embed(["ok"])
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(
        AlmaError, match=rf"{name} is not the file.*pip install --force-reinstall alma-memory"
    ):
        MiniLM(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_of_the_model_is_named(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    (folder / name).unlink()
    with pytest.raises(AlmaError, match=rf"{name} cannot be read.*pip install --force-reinstall alma-memory"):
        MiniLM(folder)


def test_minilm_opens_no_socket_and_prints_nothing() -> None:
    answer = run("""
import socket, sys
calls = []
def watch(event, details):
    if event.startswith("socket."):
        calls.append(event)
        raise RuntimeError(event)
sys.addaudithook(watch)
try:
    socket.socket()
except RuntimeError:
    calls.clear()
else:
    sys.exit("the watch does not work")
from alma.embed.minilm import MiniLM
vector = MiniLM().embed(["Test the login form"])[0]
assert len(vector) == 384 and not calls, calls
""")
    assert (answer.stdout, answer.stderr) == (b"", b"")


def test_an_embedder_works_in_a_forked_child() -> None:
    if sys.platform == "win32":
        pytest.skip("there is no fork on Windows")
    run("""
import os, signal
from alma.embed.minilm import MiniLM
embedder = MiniLM(threads=2)
embedder.embed(["before the fork"])
text = "after the fork"
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if embedder.embed([text]) == MiniLM().embed([text]) else 3)
assert os.waitpid(child, 0)[1] == 0
""")


def copied(tmp_path: Path) -> Path:
    source = Path(alma.embed.minilm.__file__).parent
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(source / name, tmp_path / name)
    return tmp_path


def run(program: str) -> subprocess.CompletedProcess[bytes]:
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stderr.decode()
    return finished
