"""A fine-tuned transformer with a stock head, read and written as transformers does (safetensors, fast tokenizer)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

from ..errors import QawlError
from ..tasks import Candidates, Example, Task
from .base import Model
from .batches import length_batches
from .calibration import Calibration
from .hub import head_class, load_tokenizer, only_first_token
from .processor import computes_bf16

Inputs = dict[str, list[int]]

BATCH_TOKENS = 2048
"""Padded tokens of one forward pass: a larger one is no faster, a smaller one fills several cores sooner."""
SLICE = 4096
"""Examples that are in memory as tokens at one time; within them batches are made by length."""


@dataclass
class EncoderModel(Model):
    """A sequence-classification or question-answering model with its tokenizer.

    Args:
        pool: runs the batches, one a thread; without it they run one after the other.
        bf16: multiply in bf16. Weights, sums and what goes from layer to layer stay float32.
    """

    network: PreTrainedModel | None = None
    tokenizer: PreTrainedTokenizerFast | None = None
    pool: Executor | None = None
    bf16: bool = False

    @property
    def kind(self) -> str:
        """Return "encoder"."""
        return "encoder"

    @property
    def precision(self) -> str:
        """Return "bf16" or "float32"."""
        return "bf16" if self.bf16 else "float32"

    def speed_up(self, pool: Executor) -> None:
        """Run batches in the pool, in bf16 where the device computes it, and leave out what no head reads."""
        if self.network is not None:
            if self.task.labels and self.pool is None:
                only_first_token(self.network)
            self.pool, self.bf16 = pool, computes_bf16(self.network.device)

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Run the network in batches of like length and decode each example."""
        if self.network is None or self.tokenizer is None:
            raise QawlError("this encoder model has no weights")
        self.network.eval()  # type: ignore[no-untyped-call]
        candidates: list[Candidates] = []
        for at in range(0, len(examples), SLICE):
            some = examples[at : at + SLICE]
            encodings = self.task.encode(some, self.tokenizer)
            logits = self._logits([encoding.inputs for encoding in encodings])
            candidates += [self.task.decode(*own) for own in zip(some, encodings, logits, strict=True)]
        return candidates

    def _logits(self, inputs: Sequence[Inputs]) -> list[tuple[npt.NDArray[np.float64], ...]]:
        """Return the logits of each input: (labels,) for classification; (tokens,) starts and ends for spans."""
        # Archives repeat themselves: «اقرأ أيضا» costs one pass, however often it stands there.
        keys = [(tuple(own["input_ids"]), tuple(own["token_type_ids"])) for own in inputs]
        distinct = dict(zip(keys, inputs, strict=True))
        batches = list(length_batches([len(own["input_ids"]) for own in distinct.values()], tokens=BATCH_TOKENS))
        listed = list(distinct.items())
        run = map if self.pool is None else self.pool.map
        results = {}
        for batch, heads in zip(
            batches, run(self._pass, [[listed[at][1] for at in own] for own in batches]), strict=True
        ):
            for row, at in enumerate(batch):
                results[listed[at][0]] = tuple(head[row] for head in heads)
        return [results[key] for key in keys]

    def _pass(self, batch: list[Inputs]) -> list[npt.NDArray[np.float64]]:
        """Run one padded batch; return what the heads say, each of shape (inputs, labels) or (inputs, tokens)."""
        import torch

        assert self.network is not None and self.tokenizer is not None
        device = self.network.device
        # By hand: the tokenizer's own padding walks through Python lists, a seventh of all the time.
        shape = (len(batch), max(len(own["input_ids"]) for own in batch))
        fill = {"input_ids": self.tokenizer.pad_token_id, "token_type_ids": self.tokenizer.pad_token_type_id}
        padded = {name: np.full(shape, fill.get(name, 0), dtype=np.int64) for name in batch[0]}
        for row, own in enumerate(batch):
            for name, values in own.items():
                padded[name][row, : len(values)] = values
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.bf16):
            output = self.network(**{name: torch.from_numpy(array).to(device) for name, array in padded.items()})
        heads = [output.logits] if "logits" in output else [output.start_logits, output.end_logits]
        return [head.float().cpu().numpy().astype(np.float64) for head in heads]

    def save_weights(self, folder: Path) -> None:
        """Write config.json, model.safetensors and the tokenizer's files."""
        if self.network is None or self.tokenizer is None:
            raise QawlError("this encoder model has no weights")
        quiet()
        self.network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> EncoderModel:
        """Read the weights and the tokenizer back; only safetensors are read."""
        quiet()
        network = head_class(task).from_pretrained(folder, use_safetensors=True)
        tokenizer = load_tokenizer(str(folder))
        return cls(task=task, calibration=calibration, card=card, network=network, tokenizer=tokenizer)


def quiet() -> None:
    """Turn off the bars that transformers draws for each read and write of a file."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
