"""The network that is pretrained: a new BERT of the configured shape, or an encoder to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    import numpy as np
    from transformers import PreTrainedTokenizerFast

from .config import Pretraining

_SIZE = 0.02
"""BERT's initial standard deviation, which word vectors are scaled to."""


def new_network(config: Pretraining, tokenizer: PreTrainedTokenizerFast, vectors: np.ndarray | None) -> Any:
    """Return a BERT with its pooler and heads, its embeddings begun with vectors, (vocabulary, width)."""
    from transformers import BertConfig, BertForPreTraining

    shape = config.architecture
    torch.manual_seed(config.seed)
    shaped = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate,
        max_position_embeddings=shape.positions,
        hidden_dropout_prob=config.training.dropout,
        attention_probs_dropout_prob=config.training.dropout,
        pad_token_id=tokenizer.pad_token_id,
        # Twice as fast as the fused kernel on a CPU, whose way back through short sequences is slow.
        attn_implementation=None if torch.cuda.is_available() else "eager",  # type: ignore[call-arg]
    )
    network: Any = BertForPreTraining(shaped)  # type: ignore[no-untyped-call]
    if vectors is not None:
        words = network.bert.embeddings.word_embeddings.weight
        given = torch.from_numpy(vectors)
        # A piece that the vectors lack keeps its draw.
        known = given.abs().sum(dim=1) > 0
        with torch.no_grad():
            words[known] = given[known] * _SIZE
    return network


def extra_inputs(network: Any, ids: torch.Tensor, random: torch.Generator) -> dict[str, torch.Tensor]:
    """Return positions and token types that teach a new BERT all of its table: ids are (batch, length).

    Half of the sequences begin somewhere else than at position 0, and a second segment begins at a random place:
    short sequences would leave the later positions, and plain text the second segment, as they were drawn.
    """
    batch, length = ids.shape
    room = network.config.max_position_embeddings - length
    begins = torch.randint(room + 1, (batch, 1), generator=random) * (torch.rand(batch, 1, generator=random) < 0.5)
    turns = torch.randint(2 * length, (batch, 1), generator=random)
    place = torch.arange(length)
    return {"position_ids": begins + place, "token_type_ids": (place >= turns).long()}


def optimizers(objective: torch.nn.Module, config: Pretraining) -> list[torch.optim.Optimizer]:
    """Return AdamW over everything, or Muon (Jordan et al. 2024) over the layers' matrices and AdamW over the rest."""
    options = config.training
    matrices, tables, rest = [], [], []
    for name, parameter in objective.named_parameters():
        if parameter.ndim < 2:
            rest.append(parameter)
        elif ".layer." in name and options.optimizer == "muon":
            matrices.append(parameter)
        else:
            tables.append(parameter)
    groups = [{"params": tables, "weight_decay": options.weight_decay}, {"params": rest, "weight_decay": 0.0}]
    found: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98), fused=True)
    ]
    if matrices:
        # Its steps matched to AdamW's in size, so that one learning rate serves both.
        found.append(
            torch.optim.Muon(
                matrices,
                lr=options.learning_rate,
                weight_decay=options.weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    return found
