"""Figures and calibration on cases small enough to count by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from qawl.models.base import Model
from qawl.models.calibration import Calibration
from qawl.tasks import Candidates, Example, Task, make_task
from qawl.train.calibrate import Method, expected_calibration_error, fit_calibration, fit_temperature
from qawl.train.evaluate import evaluate, worst_errors

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


def rights_and_scores(
    task: Task, golds: list[str], candidates: list[Candidates], calibration: Calibration
) -> tuple[list[bool], list[float]]:
    model = Fixed(task=task, calibration=calibration, answers=candidates)
    answers = model.predict(examples(golds))
    return [option == gold for (option, _), gold in zip(answers, golds, strict=True)], [score for _, score in answers]


@dataclass
class Fixed(Model):
    """A model that gives the candidates it was made with."""

    answers: list[Candidates] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "fixed"

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        return self.answers

    def save_weights(self, folder: Path) -> None: ...


def lopsided(count: int) -> tuple[list[str], list[Candidates]]:
    """Answers of one softmax, of which `none` is right nine times in ten and the others four."""
    random = np.random.default_rng(1)
    said = [STANCES[at] for at in random.choice(3, size=count, p=[0.2, 0.2, 0.6])]
    golds = []
    for own in said:
        others = [label for label in STANCES if label != own]
        golds.append(own if random.random() < (0.9 if own == "none" else 0.4) else others[random.integers(2)])
    logits = [random.uniform(1, 2) * np.array([label == own for label in STANCES]) for own in said]
    return golds, [Candidates(STANCES, own) for own in logits]


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_curves_by_kind_know_what_a_temperature_cannot(method: Method) -> None:
    task = make_task("stance", labels=STANCES)
    golds, candidates = lopsided(1000)
    before, after = slice(0, 500), slice(500, None)
    errors = {}
    for name in ("temperature", method):
        calibration = fit_calibration(task, examples(golds[before]), candidates[before], name)
        rights, scores = rights_and_scores(task, golds[after], candidates[after], calibration)
        errors[name] = [
            abs(
                np.mean([s for s, c in zip(scores, candidates[after], strict=True) if (c.best()[0] == "none") is none])
                - np.mean(
                    [r for r, c in zip(rights, candidates[after], strict=True) if (c.best()[0] == "none") is none]
                )
            )
            for none in (True, False)
        ]
    assert max(errors["temperature"]) > 0.1
    assert max(errors[method]) < 0.06


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature", "none"])
def test_calibration_changes_no_answer_nor_their_order_within_a_kind(method: Method) -> None:
    task = make_task("stance", labels=STANCES)
    golds, candidates = lopsided(300)
    calibration = fit_calibration(task, examples(golds), candidates, method)
    model = Fixed(task=task, calibration=calibration, answers=candidates)
    answers = model.predict(examples(golds))
    assert [option for option, _ in answers] == [own.best()[0] for own in candidates]
    for kind in STANCES:
        own = [(c.best()[1], score) for c, (option, score) in zip(candidates, answers, strict=True) if option == kind]
        confidences = [score for _, score in sorted(own)]
        assert confidences == sorted(confidences)


def test_a_kind_that_was_always_right_or_is_rare_gets_no_certainty() -> None:
    task = make_task("stance", labels=STANCES)
    candidates = [Candidates(STANCES, np.array([0.0, 0.0, 3.0]))] * 50 + [
        Candidates(STANCES, np.array([2.0, 0.0, 0.0]))
    ]
    golds = ["none"] * 50 + ["favor"]
    calibration = fit_calibration(task, examples(golds), candidates, "sigmoid")
    assert "favor" not in calibration.sigmoid
    (option, score), *_ = Fixed(task=task, calibration=calibration, answers=candidates).predict(examples(golds))
    assert option == "none"
    assert 0.95 < score < 0.995


def test_a_kind_from_few_articles_goes_by_the_curve_of_all() -> None:
    task = make_task("stance", labels=STANCES)
    golds, candidates = lopsided(200)
    few = [{**example, "article_id": f"a{at % 12}"} for at, example in enumerate(examples(golds))]
    assert set(fit_calibration(task, few, candidates, "sigmoid").sigmoid) == {""}
    assert "none" in fit_calibration(task, examples(golds), candidates, "sigmoid").sigmoid


def test_the_probabilities_of_all_options_add_up_to_one() -> None:
    task = make_task("stance", labels=STANCES)
    own = Candidates(STANCES, np.array([0.3, 1.2, -0.5]))
    model = Fixed(task=task, calibration=Calibration(2.0, sigmoid={"": (0.5, 0.3)}))
    assert sum(model.probability(own, option) for option in STANCES) == pytest.approx(1)
    assert model.probability(own, "against") == model.answer(own)[1]
    alone = Candidates((None,), np.array([0.0]))
    speaker = Fixed(task=make_task("speaker"), calibration=Calibration(sigmoid={"": (0.0, 2.0)}))
    assert speaker.answer(alone) == (None, pytest.approx(1 / (1 + np.exp(-2))))
    assert speaker.probability(alone, (0, 3)) == 0


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration(1.3),
        Calibration(0.7, sigmoid={"": (1.1, -0.2)}),
        Calibration(isotonic={"": ((0.1, 0.2), (0.9, 0.8))}),
    ],
)
def test_calibration_survives_json(calibration: Calibration) -> None:
    assert Calibration.from_dict(json.loads(json.dumps(calibration.as_dict()))) == calibration


def test_worst_errors_are_the_surest_first() -> None:
    task = make_task("stance", labels=STANCES)
    answers = [Candidates(STANCES, np.array([0.0, logit, 0.0])) for logit in (1.0, 3.0, 2.0, 4.0)]
    result = evaluate(Fixed(task=task, answers=answers), examples(["none", "none", "favor", "against"]), resamples=20)
    errors = worst_errors(result)
    assert [error["sentence"] for error in errors] == [1, 2, 0]
    golds = [error["gold"] for error in errors]
    assert (golds, {error["predicted"] for error in errors}) == (["none", "favor", "none"], {"against"})
    assert result.figures["accuracy"] == 0.25
    assert result.figures["ece"] == result.figures["ece_uncalibrated"]
    assert result.intervals["accuracy"] == (0.0, 0.5)
