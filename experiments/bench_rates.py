"""How fast this processor multiplies matrices, and how much of that the answers of a model need."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from qawl.infer.loading import Models
from qawl.models.encoder import EncoderModel
from qawl.models.processor import cores
from qawl.records import Article

MATRICES = ((1024, 1024, 1024), (2048, 2048, 2048), (2048, 768, 3072))
"""(rows, inner, columns): squares, and the widest product of an AraBERT; the fastest one counts."""


def needed(models: Models, articles: list[Article], targets: list[str]) -> float:
    """Return the floating-point operations of matrices that the answers need."""
    total = 0.0
    for model in models.values():
        assert isinstance(model, EncoderModel) and model.network is not None
        config, task = model.network.config, model.task
        given = [own for article in articles for own in task.examples(article, labelled=False, targets=targets)]
        inputs = [own.inputs for own in task.encode(given, model.tokenizer)]
        distinct = {(tuple(own["input_ids"]), tuple(own["token_type_ids"])) for own in inputs}
        lengths = np.array([len(tokens) for tokens, _ in distinct])
        width, inner = config.hidden_size, config.intermediate_size
        full = lengths * (8 * width**2 + 4 * width * inner) + 4 * lengths**2 * width
        # The last layer of a classifier: for each head scores and a mean of all tokens, all else of the first one.
        first = 8 * width**2 + 4 * width * inner + 4 * lengths * width * config.num_attention_heads
        last = first if task.labels else full
        total += float(((config.num_hidden_layers - 1) * full + last).sum())
    return total


def side_by_side(passes: list[Callable[[], Any]], work: float) -> float:
    """Return the operations a second of all cores together, each of which runs a pass of its own."""
    with ThreadPoolExecutor(len(passes), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        list(pool.map(lambda run: run(), passes))
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < 0.3:
            list(pool.map(lambda run: run(), passes))
            done += len(passes)
        return done * work / (time.perf_counter() - began)


def torch_rate(bf16: bool) -> float:
    """Return the best rate of matrix products of torch."""
    kind = torch.bfloat16 if bf16 else torch.float32
    rates = []
    for rows, inner, columns in MATRICES:
        given = [(torch.rand(rows, inner).to(kind), torch.rand(inner, columns).to(kind)) for _ in range(cores())]
        passes: list[Callable[[], Any]] = [lambda pair=pair: torch.matmul(*pair) for pair in given]
        rates.append(side_by_side(passes, 2.0 * rows * inner * columns))
    return max(rates)


def int8_rate() -> float:
    """Return the best rate of integer matrix products of ONNX Runtime."""
    from onnx import TensorProto, helper
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    rates = []
    draw = np.random.default_rng(1)
    for rows, inner, columns in MATRICES:
        weights = draw.integers(-64, 64, (inner, columns), dtype=np.int8)
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
            "product",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, (rows, inner))],
            [helper.make_tensor_value_info("c", TensorProto.INT32, (rows, columns))],
            [helper.make_tensor("b", TensorProto.INT8, weights.shape, weights.tobytes(), raw=True)],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        session = InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
        given = {"a": draw.integers(0, 256, (rows, inner), dtype=np.uint8)}
        rates.append(side_by_side([lambda s=session, g=given: s.run(None, g)] * cores(), 2.0 * rows * inner * columns))
    return max(rates)
