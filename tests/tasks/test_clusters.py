"""B³ of a clustering."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.tasks.clusters import BCubed, b_cubed

clusters = st.dictionaries(st.integers(0, 9), st.sampled_from("abcd"))


def test_two_clusters_in_one() -> None:
    """Seven mentions in clusters of five and two, one cluster predicted: P = (5·5/7 + 2·2/7) / 7, R = 1."""
    gold = dict(enumerate("aaaaabb"))
    sums = b_cubed(gold, dict.fromkeys(gold, "x"))
    assert sums.precision == pytest.approx(29 / 49)
    assert sums.recall == 1
    assert sums.f1 == pytest.approx(58 / 78)


def test_a_mention_that_is_not_gold_costs_precision_and_a_missed_one_recall() -> None:
    sums = b_cubed({0: "a", 1: "a"}, {1: "x", 2: "x"})
    assert (sums.precision, sums.recall) == (0.25, 0.25)


@given(clusters)
def test_a_clustering_agrees_with_itself(gold: dict[int, str]) -> None:
    sums = b_cubed(gold, {mention: cluster * 2 for mention, cluster in gold.items()})
    assert sums.f1 == pytest.approx(1) if gold else math.isnan(sums.f1)


@given(clusters, clusters)
def test_precision_one_way_is_recall_the_other(gold: dict[int, str], predicted: dict[int, str]) -> None:
    there, back = b_cubed(gold, predicted), b_cubed(predicted, gold)
    assert (there.precision_sum, there.predicted) == pytest.approx((back.recall_sum, back.gold))


def test_articles_add_up() -> None:
    one, other = b_cubed({0: "a"}, {0: "x"}), b_cubed({0: "a"}, {})
    assert (one + other + BCubed()).recall == 0.5
    assert b_cubed({0: "a"}, {}).f1 == 0
