"""What transformers share, whatever runs the network: examples to tokens, to batches, to logits, to candidates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from transformers import PreTrainedTokenizerFast

from ..errors import QawlError
from ..tasks import Candidates, Example
from ..tasks.base import EncodedPair
from .base import Model
from .batches import length_batches

Inputs = dict[str, list[int]]

SLICE = 4096
"""Examples that are in memory as tokens at one time; within them batches are made by length."""


@dataclass
class TransformerModel(Model):
    """A network with a stock head and its tokenizer.

    Args:
        tokenizer: makes the inputs.
        pool: runs the batches, one a thread; without it they run one after the other.
    """

    batch_tokens: ClassVar[int]
    """Padded tokens of one forward pass at most; an input that has more of them is passed alone."""

    tokenizer: PreTrainedTokenizerFast | None = None
    pool: Executor | None = None

    @abstractmethod
    def forward(self, inputs: dict[str, npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Run one batch.

        Args:
            inputs: input_ids, attention_mask and token_type_ids, each of shape (inputs, tokens).

        Returns:
            What the heads say, each of shape (inputs, labels) or (inputs, tokens).
        """

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Run the network in batches of like length and decode each example."""
        candidates: list[Candidates] = []
        for at in range(0, len(examples), SLICE):
            some = examples[at : at + SLICE]
            encodings, logits = self.logits(some)
            candidates += [self.task.decode(*own) for own in zip(some, encodings, logits, strict=True)]
        return candidates

    def logits(
        self, examples: Sequence[Example]
    ) -> tuple[list[EncodedPair], list[tuple[npt.NDArray[np.float64], ...]]]:
        """Return the input of each example and its logits: (labels,) of labels; (tokens,) of starts and of ends."""
        if self.tokenizer is None:
            raise QawlError("this model has no tokenizer")
        encodings = self.task.encode(examples, self.tokenizer)
        return encodings, self._logits([encoding.inputs for encoding in encodings])

    def _logits(self, inputs: Sequence[Inputs]) -> list[tuple[npt.NDArray[np.float64], ...]]:
        # Archives repeat themselves: «اقرأ أيضا» costs one pass, however often it stands there.
        keys = [(tuple(own["input_ids"]), tuple(own["token_type_ids"])) for own in inputs]
        listed = list(dict(zip(keys, inputs, strict=True)).items())
        batches = list(length_batches([len(own["input_ids"]) for _, own in listed], tokens=self.batch_tokens))
        run = map if self.pool is None else self.pool.map
        results = {}
        for batch, heads in zip(
            batches, run(self._pass, [[listed[at][1] for at in own] for own in batches]), strict=True
        ):
            for row, at in enumerate(batch):
                results[listed[at][0]] = tuple(head[row] for head in heads)
        return [results[key] for key in keys]

    def _pass(self, batch: list[Inputs]) -> list[npt.NDArray[np.float64]]:
        assert self.tokenizer is not None
        # By hand: the tokenizer's own padding walks through Python lists, a seventh of all the time.
        shape = (len(batch), max(len(own["input_ids"]) for own in batch))
        fill = {"input_ids": self.tokenizer.pad_token_id, "token_type_ids": self.tokenizer.pad_token_type_id}
        padded = {name: np.full(shape, fill.get(name, 0), dtype=np.int64) for name in batch[0]}
        for row, own in enumerate(batch):
            for name, values in own.items():
                padded[name][row, : len(values)] = values
        return self.forward(padded)
