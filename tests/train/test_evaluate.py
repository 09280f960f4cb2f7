"""Figures, intervals and calibration on cases small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from qawl.tasks import Candidates, make_task
from qawl.train.calibrate import expected_calibration_error, fit_temperature
from qawl.train.evaluate import bootstrap

STANCES = ("favor", "against", "none")


def examples(labels: list[str]) -> list[dict[str, object]]:
    return [
        {"article_id": f"a{at // 2}", "sentence": at, "text": "", "label": label} for at, label in enumerate(labels)
    ]


def test_temperature_makes_a_sure_model_as_sure_as_it_is_right() -> None:
    task = make_task("stance", labels=STANCES)
    random = np.random.default_rng(0)
    golds = [STANCES[at] for at in random.integers(3, size=600)]
    # Right seven times in ten, and always 0.999 sure.
    sure = [gold if random.random() < 0.7 else STANCES[random.integers(3)] for gold in golds]
    candidates = [Candidates(STANCES, 8.0 * np.array([own == label for label in STANCES])) for own in sure]
    rights = [own == gold for own, gold in zip(sure, golds, strict=True)]
    temperature = fit_temperature(task, examples(golds), candidates)
    before = expected_calibration_error([own.best()[1] for own in candidates], rights)
    after = expected_calibration_error([own.best(temperature)[1] for own in candidates], rights)
    assert temperature > 1
    assert before > 0.15
    assert after < 0.02


def test_temperature_changes_no_prediction() -> None:
    candidates = Candidates(STANCES, np.array([0.3, 1.2, -0.5]))
    assert candidates.best(0.1)[0] == candidates.best(10.0)[0] == "against"


def test_calibration_error_of_a_hand_made_case() -> None:
    # Two at 0.9, one of them right: gap 0.4; two at 0.6, both right: gap 0.4.
    assert expected_calibration_error([0.9, 0.9, 0.6, 0.6], [True, False, True, True]) == pytest.approx(0.4)


def test_bootstrap_draws_articles_and_holds_the_figure() -> None:
    task = make_task("stance", labels=STANCES)
    golds = ["favor", "against", "none", "none"] * 10
    predicted = ["favor", "none", "none", "none"] * 10
    figure = task.figures(examples(golds), predicted)["macro_f1"]
    low, high = bootstrap(task, examples(golds), predicted, resamples=200)
    assert low < figure < high
    assert bootstrap(task, examples(golds), predicted, resamples=200) == (low, high)


def test_bootstrap_of_one_article_has_no_width() -> None:
    task = make_task("stance", labels=STANCES)
    golds, predicted = ["favor", "none"], ["favor", "favor"]
    low, high = bootstrap(task, examples(golds), predicted, resamples=50)
    assert low == high
