"""The risk–coverage curve and thresholds on cases counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from qawl.train.risk import choose_threshold, keep, risk_coverage


def test_the_curve_of_a_hand_made_case() -> None:
    curve = risk_coverage([0.6, 0.9, 0.8, 0.7], [False, True, False, True])
    assert curve.confidences.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert curve.coverages.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.risks.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_ties_count_in_no_order() -> None:
    scores = [0.9, 0.5, 0.5, 0.5, 0.5]
    areas = {risk_coverage(scores, [True, *rest]).area for rest in ([True, True, False, False], [False, True] * 2)}
    assert len(areas) == 1
    assert risk_coverage(scores, [True, True, True, False, False]).coverages.tolist() == [0.2, 1]
    assert risk_coverage([0.5] * 4, [True, False, True, False]).area == 0.5


def test_nothing_has_no_area() -> None:
    assert math.isnan(risk_coverage([], []).area)
    assert choose_threshold([], [], goal=0.9) is None


def test_the_threshold_is_the_lowest_that_reaches_the_goal() -> None:
    scores = np.linspace(1, 0, 100, endpoint=False)
    rights = [at < 50 or at % 2 == 0 for at in range(100)]
    found = choose_threshold(scores, rights, goal=0.9)
    assert found is not None
    assert found.accuracy >= 0.9 == found.goal
    kept = scores >= found.confidence
    assert found.coverage == kept.mean()
    below = keep(scores, rights, found.confidence - 0.02, goal=0.9)
    assert below.coverage > found.coverage and below.accuracy < 0.9


def test_answers_at_the_threshold_itself_are_kept() -> None:
    score = 0.123456789
    found = choose_threshold([score] * 40, [True] * 40, goal=0.9)
    assert found is not None and found.confidence <= score and found.coverage == 1


def test_a_goal_out_of_reach_gives_the_nearest() -> None:
    scores = [0.9] * 40 + [0.5] * 60
    rights = [True, False] * 20 + [True, False, False] * 20
    found = choose_threshold(scores, rights, goal=0.9)
    assert found is not None
    assert (found.confidence, found.coverage, found.accuracy) == (0.9, 0.4, 0.5)
    assert choose_threshold(scores[:20], rights[:20], goal=0.9) is None, "twenty answers tell nothing"
