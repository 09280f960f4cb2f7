"""A BERT as inference needs it: what transformers computes, in fewer and larger steps.

Queries, keys and values are one product, weights are cast once, and where only the first token is read, the last
layer computes no keys and no values: q·(W x) = (Wᵀ q)·x, and the sum of p W x is W times the sum of p x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import BertForQuestionAnswering, BertForSequenceClassification


def is_bert(network: Any) -> bool:
    """Tell whether a network is one that `FastBert` knows: others go the way of transformers."""
    known = isinstance(network, BertForSequenceClassification | BertForQuestionAnswering)
    return known and not network.config.is_decoder


@dataclass(frozen=True)
class _Linear:
    """A layer's weights, as they are multiplied."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, *layers: nn.Linear | _Linear, kind: torch.dtype) -> _Linear:
        """Return several layers that read the same as one."""
        weights, biases = ([getattr(own, name).detach() for own in layers] for name in ("weight", "bias"))
        return cls(torch.cat(weights).to(kind), torch.cat(biases).to(kind))

    def __call__(self, states: Tensor) -> Tensor:
        output: Tensor = linear(states.to(self.weight.dtype), self.weight, self.bias)
        return output


class FastBert(nn.Module):
    """The network's answers, without dropout and without gradients.

    Args:
        network: with a head for labels, read from the first token, or for spans. It stays as it is.
        kind: what is multiplied with what; sums, normalisation and what goes from layer to layer stay float32.
    """

    def __init__(self, network: Any, kind: torch.dtype) -> None:
        super().__init__()
        self.body, self.network, self.spans = network.base_model, network, hasattr(network, "qa_outputs")
        self.heads = network.config.num_attention_heads
        self.layers = [_Layer(own, self.heads, kind) for own in self.body.encoder.layer]

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Return labels of (inputs, labels), or starts and ends of (inputs, tokens). No mask: no padding."""
        states = self.body.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        padding = None if attention_mask is None else _minus_infinite(attention_mask == 0, states)
        *layers, last = self.layers
        for layer in layers:
            states = layer(states, layer.attend(states, padding))
        if self.spans:
            return tuple(self.network.qa_outputs(last(states, last.attend(states, padding))).unbind(-1))
        first = last(states[:, :1], last.attend_from_first(states, padding))
        return (self.network.classifier(self.body.pooler(first)),)


def _minus_infinite(where: Tensor, states: Tensor) -> Tensor:
    """Return what is added to scores: (inputs, 1, 1, tokens)."""
    lowest = torch.finfo(torch.bfloat16).min  # in float32 there is a lower one, which bf16 would take for infinite
    return torch.zeros_like(where, dtype=states.dtype).masked_fill(where, lowest)[:, None, None]


class _Layer:
    def __init__(self, layer: Any, heads: int, kind: torch.dtype) -> None:
        own = layer.attention.self
        query = _Linear(own.query.weight.detach() * own.scaling, own.query.bias.detach() * own.scaling)
        self.reads = _Linear.of(query, own.key, own.value, kind=kind)
        self.query, self.heads = query, heads
        self.key, self.value = (part.weight.detach().view(heads, -1, part.in_features) for part in (own.key, own.value))
        self.value_bias = own.value.bias.detach()
        self.attended = _Linear.of(layer.attention.output.dense, kind=kind)
        self.wide = _Linear.of(layer.intermediate.dense, kind=kind)
        self.narrow = _Linear.of(layer.output.dense, kind=kind)
        self.activation = layer.intermediate.intermediate_act_fn
        self.norms = layer.attention.output.LayerNorm, layer.output.LayerNorm

    def __call__(self, states: Tensor, read: Tensor) -> Tensor:
        states = self.norms[0](states + self.attended(read))
        output: Tensor = self.norms[1](states + self.narrow(self.activation(self.wide(states))))
        return output

    def attend(self, states: Tensor, padding: Tensor | None) -> Tensor:
        """Return what each token reads: (inputs, tokens, size)."""
        several = self.reads(states).view(*states.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = several.unbind()
        # By hand: the fused step of torch is slower at the length of sentences.
        scores = query @ key.transpose(-1, -2)
        if padding is not None:
            scores = scores + padding.to(scores.dtype)
        return torch.matmul(scores.softmax(-1), value).transpose(1, 2).flatten(2)

    def attend_from_first(self, states: Tensor, padding: Tensor | None) -> Tensor:
        """Return what the first token reads: (inputs, 1, size)."""
        query = self.query(states[:, 0]).view(states.shape[0], self.heads, -1).transpose(0, 1)
        # The bias of the keys adds the same to each score of a head, which the softmax takes away.
        scores = (query @ self.key).transpose(0, 1) @ states.transpose(1, 2)
        if padding is not None:
            scores = scores + padding[:, 0]
        read = torch.matmul((scores.softmax(-1) @ states).transpose(0, 1), self.value.transpose(1, 2))
        return torch.add(read.transpose(0, 1).flatten(1)[:, None], self.value_bias)
