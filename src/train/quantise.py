"""An encoder in int8: exported by torch as a graph for ONNX Runtime, its matrices quantised."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import QawlError, first_line
from ..models.encoder import EncoderModel
from ..models.folder import load_model
from ..models.onnx import EXTRA, GRAPH, OnnxModel

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
HEADS = {"sequence-classification": ("logits",), "question-answering": ("start_logits", "end_logits")}


def quantised(folder: Path, scratch: Path) -> OnnxModel:
    """Return an encoder's model folder as an int8 model whose graph lies in `scratch`.

    Matrices have a scale for each column, found from the weights; what is multiplied with them gets one as it comes
    ("dynamic"). Embeddings, attention scores, normalisation, and keys and values of a classifier's last layer stay
    float32.

    Raises:
        QawlError: ONNX Runtime is not installed, or the network can't be exported.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401  (the exporter of torch needs it)
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise QawlError(f"an export needs {error.name}, which is not installed — {EXTRA}") from None
    model = load_model(folder)
    assert isinstance(model, EncoderModel) and model.tokenizer is not None
    full, clean, small = (scratch / name for name in ("float32.onnx", "clean.onnx", GRAPH))
    try:
        with _quietly():
            _export(model, full)
            graph = onnx.load(full)
            # What the exporter noted of shapes is from before it transposed the weights.
            del graph.graph.value_info[:]
            onnx.save(graph, clean, save_as_external_data=True)
            # Seven bits of the eight: without VNNI the processor's sums of two products would overflow.
            kind = {"weight_type": QuantType.QInt8, "reduce_range": True}
            options = {"op_types_to_quantize": ["MatMul"], "nodes_to_exclude": _by_head(graph.graph)}
            quantize_dynamic(clean, small, per_channel=True, **options, **kind)
    except Exception as error:  # each of the three libraries has errors of its own
        raise QawlError(f"{folder}: this network can't be exported: {first_line(error)[:200]}") from error
    return OnnxModel.open(small, model.task, model.calibration, model.card, model.tokenizer)


def _by_head(graph: Any) -> list[str]:
    """Return the products with a matrix for each head, for which int8 has no scale a column: they are small."""
    stacks = {own.name for own in graph.initializer if len(own.dims) > 2}
    return [node.name for node in graph.node if node.op_type == "MatMul" and stacks & set(node.input)]


def _export(model: EncoderModel, path: Path) -> None:
    """Write the network as an ONNX graph of any number of inputs and tokens."""
    import torch

    from ..models.bert import FastBert, is_bert

    network: Any = model.network
    if is_bert(network):
        network = FastBert(network, torch.float32)
    else:
        # The fused attention would be taken apart again, with steps for rows that are all padding; there are none.
        network.set_attn_implementation("eager")
    sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
    torch.onnx.export(
        network.eval(),
        kwargs={name: torch.ones((2, 16), dtype=torch.int64) for name in INPUTS},
        f=path,
        dynamo=True,
        dynamic_shapes=dict.fromkeys(INPUTS, sizes),
        input_names=INPUTS,
        output_names=HEADS[model.task.head],
        external_data=True,  # a graph in one file ends at two gigabytes
        verbose=False,
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what the libraries say to each other from the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
