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
        weights, biases = ([getattr(own, name).detach().to(kind) for own in layers] for name in ("weight", "bias"))
        if len(layers) == 1:  # in float32 that is the network's own memory
            return cls(weights[0], biases[0])
        return cls(torch.cat(weights), torch.cat(biases))

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
        heads, layers = network.config.num_attention_heads, self.body.encoder.layer
        attentions = [own.attention.self for own in layers]
        self.attend: list[_Attention | _First] = [_Attention(own, heads, kind) for own in attentions[:-1]]
        self.attend.append(_Attention(attentions[-1], heads, kind) if self.spans else _First(attentions[-1], heads))
        self.layers = [_Layer(own, kind) for own in layers]

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Return labels of (inputs, labels), or starts and ends of (inputs, tokens). No mask: no padding."""
        states = self.body.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        padding = None if attention_mask is None else _minus_infinite(attention_mask == 0, states)
        for attend, layer in zip(self.attend, self.layers, strict=True):
            states = layer(*attend(states, padding))
        if self.spans:
            return tuple(self.network.qa_outputs(states).unbind(-1))
        return (self.network.classifier(self.body.pooler(states)),)


def _minus_infinite(where: Tensor, states: Tensor) -> Tensor:
    """Return what is added to scores: (inputs, 1, 1, tokens)."""
    lowest = torch.finfo(torch.bfloat16).min  # in float32 there is a lower one, which bf16 would take for infinite
    return torch.zeros_like(where, dtype=states.dtype).masked_fill(where, lowest)[:, None, None]


def _scaled_query(own: Any) -> _Linear:
    return _Linear(own.query.weight.detach() * own.scaling, own.query.bias.detach() * own.scaling)


class _Layer:
    """All that comes after what was read from other tokens."""

    def __init__(self, layer: Any, kind: torch.dtype) -> None:
        self.attended = _Linear.of(layer.attention.output.dense, kind=kind)
        self.wide = _Linear.of(layer.intermediate.dense, kind=kind)
        self.narrow = _Linear.of(layer.output.dense, kind=kind)
        self.activation = layer.intermediate.intermediate_act_fn
        self.norms = layer.attention.output.LayerNorm, layer.output.LayerNorm

    def __call__(self, states: Tensor, read: Tensor) -> Tensor:
        states = self.norms[0](states + self.attended(read))
        output: Tensor = self.norms[1](states + self.narrow(self.activation(self.wide(states))))
        return output


class _Attention:
    """What each token reads from all."""

    def __init__(self, own: Any, heads: int, kind: torch.dtype) -> None:
        self.reads, self.heads = _Linear.of(_scaled_query(own), own.key, own.value, kind=kind), heads

    def __call__(self, states: Tensor, padding: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the tokens that go on, which are all, and what each read: (inputs, tokens, size)."""
        several = self.reads(states).view(*states.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = several.unbind()
        # By hand: the fused step of torch is slower at the length of sentences.
        scores = query @ key.transpose(-1, -2)
        if padding is not None:
            scores = scores + padding.to(scores.dtype)
        return states, torch.matmul(scores.softmax(-1), value).transpose(1, 2).flatten(2)


class _First:
    """What the first token reads from all, without their keys and values."""

    def __init__(self, own: Any, heads: int) -> None:
        self.query, self.heads = _scaled_query(own), heads
        self.key, self.value = (part.weight.detach().view(heads, -1, part.in_features) for part in (own.key, own.value))
        self.value_bias = own.value.bias.detach()

    def __call__(self, states: Tensor, padding: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the one token that goes on, and what it read: (inputs, 1, size)."""
        query = self.query(states[:, 0]).view(states.shape[0], self.heads, -1).transpose(0, 1)
        # The bias of the keys adds the same to each score of a head, which the softmax takes away.
        scores = (query @ self.key).transpose(0, 1) @ states.transpose(1, 2)
        if padding is not None:
            scores = scores + padding[:, 0]
        read = torch.matmul((scores.softmax(-1) @ states).transpose(0, 1), self.value.transpose(1, 2))
        return states[:, :1], torch.add(read.transpose(0, 1).flatten(1)[:, None], self.value_bias)
