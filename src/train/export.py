"""An encoder in fewer bits: compared with what it was made from, written where it is as good."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..errors import InputError
from ..models.base import CARD, Model
from ..models.encoder import EncoderModel
from ..models.ensemble import EnsembleModel
from ..models.folder import load_model, save_model
from ..models.transformer import TransformerModel
from ..tasks import Example, Option
from .labelled import Labelled
from .quantise import quantised

Precision = Literal["int8", "float16"]
ALLOWED = 0.005
"""How far the share of right answers may fall. No experiment of docs/results.md has seeds that lie closer together: a
smaller loss can't be told from the luck of another seed. A macro-F1 is no such measure: with a dozen examples of a
label, one answer that changes is half a point of it."""


@dataclass(frozen=True)
class Comparison:
    """An export beside the float32 that it was made from, on the same labelled examples.

    Args:
        precision: of the export.
        share: the name of the share of right answers.
        examples: how many.
        float32: the encoder's figures: that share, and the task's metric.
        exported: those of its export.
        agreement: the share of examples that both answer alike.
        largest: the largest difference of two logits.
        mean: the mean difference of two logits.
    """

    precision: Precision
    share: str
    examples: int
    float32: dict[str, float]
    exported: dict[str, float]
    agreement: float
    largest: float
    mean: float

    @property
    def loss(self) -> float:
        """How far the share of right answers falls."""
        return self.float32[self.share] - self.exported[self.share]

    @property
    def acceptable(self) -> bool:
        """Tell whether the export may stand in for the encoder; never where there is none to compare."""
        return self.loss <= ALLOWED


def export(
    folder: Path, data: Path, output: Path, texts: Path | None = None, *, precision: Precision = "int8"
) -> Comparison:
    """Write an encoder's model folder again, in fewer bits, if that loses no more than `ALLOWED`; else write nothing.

    Of an ensemble its encoder is exported and compared; the rest stays as it is.

    Args:
        folder: of a model that `qawl train` wrote.
        data: labelled articles, a table, or an experiment file, whose test split is meant.
        output: a model folder too; it keeps the calibration, and its card gets the comparison as `export`.
        texts: the folder with the texts of labels that come without.
        precision: int8 is computed by ONNX Runtime; float16 is how weights are stored, half the size on the disk,
            and computes as any model does.

    Raises:
        InputError: no encoder, no label of its task in the data, or an output that is something else.
        QawlError: for int8, ONNX Runtime is not installed, or the network can't be exported.
    """
    if output.resolve() == folder.resolve():
        raise InputError(output, "is the model itself", remedy="write somewhere else")
    if output.exists() and not (output / CARD).is_file():
        raise InputError(output, "stands there and is no model", remedy="write somewhere else, or remove it")
    model = load_model(folder)
    members = model.members if isinstance(model, EnsembleModel) else (model,)
    encoder = next((own for own in members if isinstance(own, EncoderModel)), None)
    if encoder is None:
        remedy = "give the folder of a model with an encoder"
        raise InputError(folder, f"a model of kind {model.kind!r}, which has no network to export", remedy=remedy)
    inner = folder / encoder.kind if isinstance(model, EnsembleModel) else folder
    examples = Labelled.read(data, texts).examples(model.task)
    with TemporaryDirectory(prefix="qawl-export-") as scratch:
        small = quantised(inner, Path(scratch)) if precision == "int8" else _halved(inner)
        comparison = compare_precisions(encoder, small, examples, precision)
        if comparison.acceptable:
            whole: Model = small
            if isinstance(model, EnsembleModel):
                whole = replace(model, members=tuple(small if own is encoder else own for own in members))
            whole.card = {**whole.card, "export": asdict(comparison)}
            save_model(whole, output)
    return comparison


def compare_precisions(
    model: EncoderModel, small: TransformerModel, examples: list[Example], precision: Precision
) -> Comparison:
    """Return how far an export is from the model that it was made from."""
    task = model.task
    (options, logits), (others, their) = _answers(model, examples), _answers(small, examples)
    distances = np.abs(logits - their)
    share = "accuracy" if task.labels else task.metric
    figures = [task.figures(examples, own) for own in (options, others)]
    float32, exported = ({name: own[name] for name in dict.fromkeys((share, task.metric))} for own in figures)
    return Comparison(
        precision=precision,
        share=share,
        examples=len(examples),
        float32=float32,
        exported=exported,
        agreement=float(np.mean([own == other for own, other in zip(options, others, strict=True)])),
        largest=float(distances.max()),
        mean=float(distances.mean()),
    )


def _halved(folder: Path) -> EncoderModel:
    """Return a model whose weights are rounded as float16 does; it computes in float32 and is written in float16."""
    model = load_model(folder)
    assert isinstance(model, EncoderModel) and model.network is not None
    network: Any = model.network
    network.half().float()
    model.stored = "float16"
    return model


def _answers(model: TransformerModel, examples: list[Example]) -> tuple[list[Option], npt.NDArray[np.float64]]:
    """Return the answer to each example, and all logits in a row."""
    encodings, logits = model.logits(examples)
    candidates = (model.task.decode(*own) for own in zip(examples, encodings, logits, strict=True))
    # Logits of tokens without those that a batch was padded with.
    ends = [None if model.task.labels else len(own) for own in encodings]
    heads = [head[:end] for end, own in zip(ends, logits, strict=True) for head in own]
    return [model.answer(own)[0] for own in candidates], np.concatenate(heads)
