"""A fine-tuned transformer with a stock head, read and written as transformers does (safetensors, fast tokenizer)."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from transformers import PreTrainedModel

    from .bert import FastBert

from ..errors import QawlError
from ..tasks import Task
from .calibration import Calibration
from .hub import head_class, load_tokenizer
from .processor import computes_bf16
from .transformer import TransformerModel


@dataclass
class EncoderModel(TransformerModel):
    """A sequence-classification or question-answering model with its tokenizer.

    Args:
        network: of transformers.
        bf16: multiply matrices in bf16. Normalisation, sums and what goes from layer to layer stay float32.
        stored: how the weights are written; whatever that is, they are read back as float32.
    """

    # A larger pass is no faster, a smaller one fills several cores sooner.
    batch_tokens: ClassVar[int] = 2048

    network: PreTrainedModel | None = None
    bf16: bool = False
    stored: Literal["float32", "float16"] = "float32"
    _fast: FastBert | None = field(default=None, init=False, repr=False)

    @property
    def kind(self) -> str:
        """Return "encoder"."""
        return "encoder"

    @property
    def precision(self) -> str:
        """Return "bf16" or "float32"."""
        return "bf16" if self.bf16 else "float32"

    def speed_up(self, pool: Executor) -> None:
        """Run batches in the pool, in bf16 where the device computes it, and leave out what no head reads.

        Weights that change afterwards are not seen.
        """
        if self.network is None:
            return
        import torch

        from .bert import FastBert, is_bert

        self.pool, self.bf16 = pool, computes_bf16(self.network.device)
        if is_bert(self.network):
            self._fast = FastBert(self.network, torch.bfloat16 if self.bf16 else torch.float32).eval()

    def forward(self, inputs: dict[str, npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Run one batch; shapes as for every transformer."""
        import torch

        if self.network is None:
            raise QawlError("this encoder model has no weights")
        if self.network.training:
            self.network.eval()  # type: ignore[no-untyped-call]
        device = self.network.device
        given = {name: torch.from_numpy(array).to(device) for name, array in inputs.items()}
        with torch.inference_mode():
            if self._fast is not None:
                heads = self._fast(**given | ({"attention_mask": None} if inputs["attention_mask"].all() else {}))
            else:
                with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.bf16):
                    output = self.network(**given)
                heads = [output.logits] if "logits" in output else [output.start_logits, output.end_logits]
        return [head.float().cpu().numpy().astype(np.float64) for head in heads]

    def save_weights(self, folder: Path) -> None:
        """Write config.json, model.safetensors and the tokenizer's files."""
        if self.network is None or self.tokenizer is None:
            raise QawlError("this encoder model has no weights")
        import torch

        quiet()
        kind = getattr(torch, self.stored)
        state = self.network.state_dict().items()
        weights = {name: value.to(kind) if value.is_floating_point() else value for name, value in state}
        self.network.save_pretrained(folder, state_dict=weights)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> EncoderModel:
        """Read the weights and the tokenizer back; only safetensors are read."""
        import torch

        quiet()
        # A processor multiplies float16 slowly or not at all.
        network = head_class(task).from_pretrained(folder, use_safetensors=True, dtype=torch.float32)
        tokenizer = load_tokenizer(str(folder))
        return cls(task=task, calibration=calibration, card=card, network=network, tokenizer=tokenizer)


def quiet() -> None:
    """Turn off the bars that transformers draws for each read and write of a file."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
