"""The loss of a classifier."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from qawl.tasks import make_task
from qawl.train.config import TrainingConfig
from qawl.train.loss import label_loss

TASK = replace(make_task("stance"), labels=("against", "favor", "none"))
TRAIN = [{"label": "favor"}, *[{"label": "none"}] * 4]


def loss(logits: list[list[float]], labels: list[int], **options: object) -> float:
    own = label_loss(TASK, TRAIN, TrainingConfig.model_validate(options))
    return float(own(SimpleNamespace(logits=torch.tensor(logits)), torch.tensor(labels)))


def test_a_label_weighs_the_inverse_root_of_its_frequency() -> None:
    sure, even = [0.0, 0.0, 50.0], [0.0, 0.0, 0.0]
    # Of one that is sure and right and one that is even, the second weighs twice as much.
    assert loss([sure, even], [2, 1]) == pytest.approx(2 / 3 * 1.0986, abs=1e-3)
    assert loss([sure, even], [2, 1], class_weights=False) == pytest.approx(1 / 2 * 1.0986, abs=1e-3)


def test_smoothing_makes_certainty_cost() -> None:
    sure = [0.0, 0.0, 50.0]
    assert loss([sure], [2], class_weights=False) == pytest.approx(0.0, abs=1e-6)
    assert loss([sure], [2], class_weights=False, label_smoothing=0.3) == pytest.approx(0.2 * 50, abs=1e-3)
