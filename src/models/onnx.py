"""A transformer whose matrices are int8, run by ONNX Runtime: what `qawl export` writes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from onnxruntime import InferenceSession
    from transformers import PreTrainedTokenizerFast

from ..errors import InputError
from ..tasks import Task
from .calibration import Calibration
from .hub import load_tokenizer
from .processor import cores
from .transformer import TransformerModel

GRAPH = "model.onnx"
EXTRA = "pip install 'qawl[onnx]'"


@dataclass
class OnnxModel(TransformerModel):
    """A graph that takes input_ids, attention_mask and token_type_ids, and gives what the heads say.

    Args:
        graph: its file.
        session: runs the graph in one thread; inputs go through it side by side.
    """

    # Each input alone: the scale of int8 is found over all that is in a pass, so that in company an answer would
    # depend on what else is there. It is no slower: nothing is padded, and a sentence fills the kernels.
    batch_tokens: ClassVar[int] = 1

    graph: Path = field(kw_only=True)
    session: InferenceSession = field(kw_only=True)

    @property
    def kind(self) -> str:
        """Return "onnx"."""
        return "onnx"

    @property
    def precision(self) -> str:
        """Return "int8"."""
        return "int8"

    def speed_up(self, pool: Executor) -> None:
        """Run inputs in the job's pool, in place of the model's own."""
        self.pool = pool

    def forward(self, inputs: dict[str, npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Run one batch; shapes as for every transformer."""
        heads: Sequence[npt.NDArray[np.float32]] = self.session.run(None, inputs)
        return [head.astype(np.float64) for head in heads]

    def save_weights(self, folder: Path) -> None:
        """Write model.onnx and the tokenizer's files."""
        assert self.tokenizer is not None
        shutil.copyfile(self.graph, folder / GRAPH)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> OnnxModel:
        """Read the graph and the tokenizer back; an InputError where ONNX Runtime is not installed."""
        tokenizer = load_tokenizer(str(folder))
        return cls.open(folder / GRAPH, task, calibration, card, tokenizer)

    @classmethod
    def open(
        cls, graph: Path, task: Task, calibration: Calibration, card: dict[str, Any], tokenizer: PreTrainedTokenizerFast
    ) -> OnnxModel:
        """Return the model of a graph's file, with a pool of its own."""
        try:
            from onnxruntime import InferenceSession, SessionOptions
        except ImportError:
            raise InputError(graph, "needs ONNX Runtime, which is not installed", remedy=EXTRA) from None
        options = SessionOptions()
        # One thread each, as torch's passes in the pool: sums are then the same on any number of cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Sum and normalisation in one step take four times as long there as one after the other.
        slow = ["SkipLayerNormFusion"]
        session = InferenceSession(graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=slow)
        pool = ThreadPoolExecutor(cores())
        return cls(task, calibration, card, tokenizer=tokenizer, pool=pool, graph=graph, session=session)
