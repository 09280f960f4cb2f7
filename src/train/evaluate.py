"""A model on labelled examples: figures, bootstrap intervals over articles, and its worst errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

from ..models.base import Model
from ..tasks import Example, Option, Task
from .bootstrap import RESAMPLES, UNKNOWN, Interval, by_article, intervals
from .calibrate import expected_calibration_error
from .risk import RiskCoverage, risk_coverage

WORST = 100


@dataclass(frozen=True)
class Evaluation:
    """What a model did on one set of examples.

    Args:
        task: what measured.
        predicted: its answer to each example.
        scores: the calibrated probability that the answer is right.
        rights: whether it is.
        tallies: what each answer adds to the sums of the figures, shape (examples, sums).
        figures: metrics by name; `ece` is the expected calibration error, `ece_uncalibrated` that of the bare
            softmax, `aurc` the area under the risk–coverage curve.
        intervals: the 95% bootstrap interval of each of the task's metrics, resampling articles; none without
            resamples.
        digest: of the examples and their labels; figures compare only under one digest.
    """

    task: Task
    examples: Sequence[Example]
    predicted: Sequence[Option]
    scores: Sequence[float]
    rights: Sequence[bool]
    tallies: npt.NDArray[np.float64]
    figures: dict[str, float]
    intervals: dict[str, Interval]
    digest: str

    @property
    def interval(self) -> Interval:
        """The interval of the task's metric."""
        return self.intervals.get(self.task.metric, UNKNOWN)

    @property
    def curve(self) -> RiskCoverage:
        """The risk of the answers at each coverage."""
        return risk_coverage(self.scores, self.rights)


def evaluate(
    model: Model, examples: Sequence[Example], *, task: Task | None = None, resamples: int = RESAMPLES
) -> Evaluation:
    """Predict every example and measure.

    Args:
        model: answers by its own task.
        examples: labelled ones.
        task: what measures, where it is another than the model's: with the labels of several models.
        resamples: of the bootstrap; 0 leaves the intervals out.
    """
    task, candidates = task or model.task, model.candidates(examples)
    answers = [model.answer(own) for own in candidates]
    predicted, scores = [option for option, _ in answers], [score for _, score in answers]
    rights = [task.right(example, option) for example, option in zip(examples, predicted, strict=True)]
    tallies = task.tallies(examples, predicted)
    figures = {
        **task.measured(tallies),
        "ece": expected_calibration_error(scores, rights),
        "ece_uncalibrated": expected_calibration_error([own.best()[1] for own in candidates], rights),
        "aurc": risk_coverage(scores, rights).area,
    }
    around = intervals(task, by_article(examples, tallies), resamples=resamples)
    digest = examples_digest(task, examples)
    return Evaluation(task, examples, predicted, scores, rights, tallies, figures, around, digest)


def examples_digest(task: Task, examples: Sequence[Example]) -> str:
    """Return a digest of the sentences and their labels, whatever window a model reads them through."""
    keep = ("article_id", "sentence", "text", "target", "label", "names")
    rows = [{key: example[key] for key in keep if key in example} for example in examples]
    blob = json.dumps([task.name, rows], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(blob.encode()).hexdigest()[:12]


def worst_errors(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the wrong predictions that the model was surest of, as table rows."""
    task = evaluation.task
    answers = zip(evaluation.examples, evaluation.predicted, evaluation.scores, evaluation.rights, strict=True)
    rows = [
        {
            "score": round(score, 4),
            "article_id": example["article_id"],
            "sentence": example["sentence"],
            "text": example["text"],
            "target": example.get("target", ""),
            "gold": task.describe(example, task.gold(example)),
            "predicted": task.describe(example, option),
        }
        for example, option, score, right in answers
        if not right
    ]
    return sorted(rows, key=lambda row: (-row["score"], row["article_id"], row["sentence"]))[:WORST]
