"""An encoder in int8 for ONNX Runtime: exported, compared with what it was made from, written where it is as good."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..errors import InputError, QawlError, first_line
from ..models.base import CARD
from ..models.encoder import EncoderModel
from ..models.folder import load_model, save_model
from ..models.hub import only_first_token
from ..models.onnx import EXTRA, GRAPH, OnnxModel
from ..models.transformer import TransformerModel
from ..tasks import Example, Option
from .labelled import Labelled

ALLOWED = 0.005
"""How far the task's metric may fall. No experiment of docs/results.md has seeds that lie closer together: a smaller
loss can't be told from the luck of another seed."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
HEADS = {"sequence-classification": ("logits",), "question-answering": ("start_logits", "end_logits")}


@dataclass(frozen=True)
class Comparison:
    """int8 beside float32, on the same labelled examples.

    Args:
        metric: the task's.
        examples: how many.
        float32: the metric of the encoder.
        int8: that of its export.
        agreement: the share of examples that both answer alike.
        largest: the largest difference of two logits.
        mean: the mean difference of two logits.
    """

    metric: str
    examples: int
    float32: float
    int8: float
    agreement: float
    largest: float
    mean: float

    @property
    def loss(self) -> float:
        """How far the metric falls."""
        return self.float32 - self.int8

    @property
    def acceptable(self) -> bool:
        """Tell whether the export may stand in for the encoder; never where the metric is not defined."""
        return self.loss <= ALLOWED


def export_int8(folder: Path, data: Path, output: Path, texts: Path | None = None) -> Comparison:
    """Write an encoder's model folder again, in int8, if that loses no more than `ALLOWED`; else write nothing.

    Args:
        folder: of a model that `qawl train` wrote.
        data: labelled articles, a table, or an experiment file, whose test split is meant.
        output: a model folder too; it keeps the calibration, and its card gets the comparison as `int8`.
        texts: the folder with the texts of labels that come without.

    Raises:
        InputError: no encoder, no label of its task in the data, or an output that is something else.
        QawlError: ONNX Runtime is not installed, or the network can't be exported.
    """
    if output.resolve() == folder.resolve():
        raise InputError(output, "is the model itself", remedy="write somewhere else")
    if output.exists() and not (output / CARD).is_file():
        raise InputError(output, "stands there and is no model", remedy="write somewhere else, or remove it")
    model = load_model(folder)
    if not isinstance(model, EncoderModel):
        remedy = "give the folder of a model with an encoder"
        raise InputError(folder, f"a model of kind {model.kind!r}, which has no network to export", remedy=remedy)
    examples = Labelled.read(data, texts).examples(model.task)
    with TemporaryDirectory(prefix="qawl-export-") as scratch:
        small = quantised(folder, Path(scratch))
        comparison = compare_precisions(model, small, examples)
        if comparison.acceptable:
            small.card = {**small.card, "int8": asdict(comparison)}
            save_model(small, output)
    return comparison


def compare_precisions(model: EncoderModel, small: OnnxModel, examples: list[Example]) -> Comparison:
    """Return how far the int8 model is from the one that it was made from."""
    task = model.task
    (options, logits), (others, their) = _answers(model, examples), _answers(small, examples)
    distances = np.abs(logits - their)
    return Comparison(
        metric=task.metric,
        examples=len(examples),
        float32=task.figures(examples, options)[task.metric],
        int8=task.figures(examples, others)[task.metric],
        agreement=float(np.mean([own == other for own, other in zip(options, others, strict=True)])),
        largest=float(distances.max()),
        mean=float(distances.mean()),
    )


def quantised(folder: Path, scratch: Path) -> OnnxModel:
    """Return an encoder's model folder as an int8 model whose graph lies in `scratch`.

    Matrices have a scale for each column, found from the weights; what is multiplied with them gets one as it comes
    ("dynamic"). Embeddings, attention scores and normalisation stay float32.

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
            quantize_dynamic(clean, small, op_types_to_quantize=["MatMul"], per_channel=True, **kind)
    except Exception as error:  # each of the three libraries has errors of its own
        raise QawlError(f"{folder}: this network can't be exported: {first_line(error)[:200]}") from error
    return OnnxModel.open(small, model.task, model.calibration, model.card, model.tokenizer)


def _answers(model: TransformerModel, examples: list[Example]) -> tuple[list[Option], npt.NDArray[np.float64]]:
    """Return the answer to each example, and all logits in a row."""
    encodings, logits = model.logits(examples)
    candidates = (model.task.decode(*own) for own in zip(examples, encodings, logits, strict=True))
    # Logits of tokens without those that a batch was padded with.
    ends = [None if model.task.labels else len(own) for own in encodings]
    heads = [head[:end] for end, own in zip(ends, logits, strict=True) for head in own]
    return [model.answer(own)[0] for own in candidates], np.concatenate(heads)


def _export(model: EncoderModel, path: Path) -> None:
    """Write the network as an ONNX graph of any number of inputs and tokens."""
    import torch

    network: Any = model.network
    if model.task.labels:
        only_first_token(network)
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
