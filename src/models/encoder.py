"""A fine-tuned transformer with a stock head, read and written as transformers does (safetensors, fast tokenizer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

from ..errors import QawlError
from ..tasks import Candidates, Example, Task
from .base import Model
from .batches import length_batches

BATCH_TOKENS = 4096
"""Padded tokens of one forward pass: enough to fill two cores, small enough for any machine's memory."""


@dataclass
class EncoderModel(Model):
    """A sequence-classification or question-answering model with its tokenizer."""

    network: PreTrainedModel | None = None
    tokenizer: PreTrainedTokenizerFast | None = None

    @property
    def kind(self) -> str:
        """Return "encoder"."""
        return "encoder"

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Run the network in batches of like length and decode each example."""
        if self.network is None or self.tokenizer is None:
            raise QawlError("this encoder model has no weights")
        inputs = [self.task.encode(example, self.tokenizer, labelled=False) for example in examples]
        logits = forward(self.network, self.tokenizer, inputs)
        return [self.task.decode(example, self.tokenizer, own) for example, own in zip(examples, logits, strict=True)]

    def save_weights(self, folder: Path) -> None:
        """Write config.json, model.safetensors and the tokenizer's files."""
        if self.network is None or self.tokenizer is None:
            raise QawlError("this encoder model has no weights")
        quiet()
        self.network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, task: Task, temperature: float, card: dict[str, Any]) -> EncoderModel:
        """Read the weights and the tokenizer back; only safetensors are read."""
        from .hub import head_class, load_tokenizer

        quiet()
        network = head_class(task).from_pretrained(folder, use_safetensors=True)
        tokenizer = load_tokenizer(str(folder))
        return cls(task=task, temperature=temperature, card=card, network=network, tokenizer=tokenizer)


def quiet() -> None:
    """Turn off the bars that transformers draws for each read and write of a file."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def computes_bf16(device: torch.device) -> bool:
    """Tell whether the device multiplies bf16 faster than float32."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def forward(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, inputs: Sequence[dict[str, Any]]
) -> list[tuple[npt.NDArray[np.float64], ...]]:
    """Return the logits of each input: (labels,) for classification; (tokens,) starts and ends for spans."""
    import torch

    results: list[tuple[npt.NDArray[np.float64], ...]] = [()] * len(inputs)
    network.eval()  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        for batch in length_batches([len(own["input_ids"]) for own in inputs], tokens=BATCH_TOKENS):
            padded = tokenizer.pad([inputs[at] for at in batch], return_tensors="pt").to(network.device)
            output = network(**padded)
            heads = [output.logits] if "logits" in output else [output.start_logits, output.end_logits]
            arrays = [head.float().cpu().numpy().astype(np.float64) for head in heads]
            for row, at in enumerate(batch):
                results[at] = tuple(array[row] for array in arrays)
    return results
