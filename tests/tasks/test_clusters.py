"""B³ of a clustering."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.tasks.clusters import b_cubed, b_cubed_figures

clusters = st.dictionaries(st.integers(0, 9), st.sampled_from("abcd"))


def sums(gold: dict[int, str], predicted: dict[int, str]) -> npt.NDArray[np.float64]:
    return sum((np.array(own, dtype=float) for own in b_cubed(gold, predicted).values()), np.zeros(4))


def figures(gold: dict[int, str], predicted: dict[int, str]) -> dict[str, float]:
    return {name: float(value) for name, value in b_cubed_figures(sums(gold, predicted)).items()}


def test_two_clusters_in_one() -> None:
    """Seven mentions in clusters of five and two, one cluster predicted: P = (5·5/7 + 2·2/7) / 7, R = 1."""
    gold = dict(enumerate("aaaaabb"))
    found = figures(gold, dict.fromkeys(gold, "x"))
    assert found == pytest.approx({"precision": 29 / 49, "recall": 1, "f1": 58 / 78})


def test_a_mention_that_is_not_gold_costs_precision_and_a_missed_one_recall() -> None:
    each = b_cubed({0: "a", 1: "a"}, {1: "x", 2: "x"})
    assert each == {0: (0, 0, False, True), 1: (0.5, 0.5, True, True), 2: (0, 0, True, False)}
    assert figures({0: "a", 1: "a"}, {1: "x", 2: "x"}) == {"precision": 0.25, "recall": 0.25, "f1": 0.25}


@given(clusters)
def test_a_clustering_agrees_with_itself(gold: dict[int, str]) -> None:
    f1 = figures(gold, {mention: cluster * 2 for mention, cluster in gold.items()})["f1"]
    assert f1 == pytest.approx(1) if gold else math.isnan(f1)


@given(clusters, clusters)
def test_precision_one_way_is_recall_the_other(gold: dict[int, str], predicted: dict[int, str]) -> None:
    there, back = figures(gold, predicted), figures(predicted, gold)
    assert there["precision"] == pytest.approx(back["recall"], nan_ok=True)
    assert there["f1"] == pytest.approx(back["f1"], nan_ok=True)


def test_articles_add_up() -> None:
    one, other = sums({0: "a"}, {0: "x"}), sums({0: "a"}, {})
    assert b_cubed_figures(one + other)["recall"] == 0.5
    assert b_cubed_figures(np.stack([one, other, 0 * one]))["f1"] == pytest.approx([1, 0, math.nan], nan_ok=True)
