"""Weights of rare labels."""

import pytest
from qawl.models.weights import rare_weights


def test_a_label_that_is_four_times_rarer_weighs_twice_as_much() -> None:
    common, rare, never = rare_weights([0, 0, 0, 0, 1], 3)
    assert rare == pytest.approx(2 * common)
    assert (common + rare) / 2 == pytest.approx(1.0)
    assert never == 0.0
