"""A rate for each layer."""

from __future__ import annotations

from typing import Any

import pytest
from qawl.models.hub import MINI, load_encoder
from qawl.tasks import make_task
from qawl.train.rates import layer_groups


@pytest.fixture
def network() -> Any:
    return load_encoder(MINI, make_task("topic"), seed=1)[0]


def _rates(network: Any, layer_decay: float) -> dict[str, tuple[float, float]]:
    groups = layer_groups(network, learning_rate=1.0, layer_decay=layer_decay, weight_decay=0.1)
    own = {id(parameter): (group["lr"], group["weight_decay"]) for group in groups for parameter in group["params"]}
    return {name: own[id(parameter)] for name, parameter in network.named_parameters()}


def test_each_layer_has_a_share_of_the_rate_of_the_one_above(network: Any) -> None:
    rates = _rates(network, 0.5)
    assert rates["classifier.weight"] == rates["bert.pooler.dense.weight"] == (1.0, 0.1)
    dense = "bert.encoder.layer.{}.output.dense.weight"
    assert [rates[dense.format(layer)][0] for layer in range(4)] == [0.125, 0.25, 0.5, 1.0]
    assert rates["bert.embeddings.word_embeddings.weight"] == (0.0625, 0.1)


def test_without_it_all_learn_alike_and_vectors_do_not_decay(network: Any) -> None:
    rates = _rates(network, 1.0)
    assert {rate for rate, _ in rates.values()} == {1.0}
    assert rates["bert.embeddings.LayerNorm.weight"][1] == rates["classifier.bias"][1] == 0.0


def test_what_is_frozen_is_in_no_group(network: Any) -> None:
    network.bert.embeddings.requires_grad_(False)
    groups = layer_groups(network, learning_rate=1.0, layer_decay=1.0, weight_decay=0.1)
    count = sum(parameter.numel() for group in groups for parameter in group["params"])
    assert count == sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
