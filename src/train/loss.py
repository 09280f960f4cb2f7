"""The loss of a classifier: cross-entropy in which rare labels weigh more, and no label is quite certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

from ..models.weights import rare_weights
from ..tasks import Example, Task
from .config import TrainingConfig


def label_loss(task: Task, train: Sequence[Example], options: TrainingConfig) -> Callable[..., torch.Tensor]:
    """Return cross-entropy, as the Trainer calls it, with label smoothing (Szegedy et al. 2016) and class weights.

    With `class_weights` a label weighs what `rare_weights` of its frequency in `train` gives.
    """
    import torch

    weights = np.ones(len(task.labels))
    if options.class_weights:
        weights = rare_weights(task.loss_groups(train), len(task.labels))
    tensor = torch.tensor(weights, dtype=torch.float32)

    def loss(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        weight = tensor.to(outputs.logits.device)
        return torch.nn.functional.cross_entropy(
            outputs.logits, labels, weight=weight, label_smoothing=options.label_smoothing
        )

    return loss
