"""A rate for each layer: the nearer to the input, the gentler.

Discriminative fine-tuning (Howard and Ruder 2018, https://aclanthology.org/P18-1031): with few labels, word pieces that
they show move away from their likes that they don't.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def layer_groups(
    network: PreTrainedModel, *, learning_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Return groups of parameters for an optimizer.

    Args:
        network: numbered layers and a head, which has the full rate, as has what else is above the layers.
        learning_rate: of the head and the last layer.
        layer_decay: each layer below has this share of the rate of the one above it; the embeddings are the lowest.
        weight_decay: of matrices and tables; vectors (biases and norms) have none.
    """
    layers = network.config.num_hidden_layers
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        layer = _LAYER.search(name)
        below = layers - 1 - int(layer[1]) if layer else layers if "embeddings" in name else 0
        wide = parameter.ndim > 1
        group = {"params": [], "lr": learning_rate * layer_decay**below, "weight_decay": weight_decay if wide else 0.0}
        groups.setdefault((below, wide), group)["params"].append(parameter)
    return list(groups.values())
