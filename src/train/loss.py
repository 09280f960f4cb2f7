"""The loss of a classifier: cross-entropy in which rare labels weigh more, and no label is quite certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

from ..tasks import Example, Task
from .config import TrainingConfig


def label_loss(task: Task, train: Sequence[Example], options: TrainingConfig) -> Callable[..., torch.Tensor]:
    """Return cross-entropy, as the Trainer calls it, with label smoothing (Szegedy et al. 2016) and class weights.

    With `class_weights` a label weighs the inverse square root of its frequency in `train`, 1 on average. The root,
    because full inverse frequency lets the three sentences of a rare topic outweigh hundreds.
    """
    import torch

    weights = np.ones(len(task.labels))
    if options.class_weights:
        counts = np.bincount(task.loss_groups(train), minlength=len(task.labels)).astype(np.float64)
        weights = np.where(counts > 0, 1.0 / np.sqrt(np.maximum(counts, 1)), 0.0)
        weights /= weights[counts > 0].mean()
    tensor = torch.tensor(weights, dtype=torch.float32)

    def loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        weight = tensor.to(outputs.logits.device)
        return torch.nn.functional.cross_entropy(
            outputs.logits, labels, weight=weight, label_smoothing=options.label_smoothing
        )

    return loss
