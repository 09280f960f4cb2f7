"""A model on labelled examples: figures, bootstrap intervals over articles, and its worst errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..models.base import Model
from ..tasks import Example, Option, Task
from .calibrate import expected_calibration_error

RESAMPLES = 1000
WORST = 100


@dataclass(frozen=True)
class Evaluation:
    """What a model did on one set of examples.

    Args:
        figures: metrics by name; `ece` is the expected calibration error.
        interval: the 95% bootstrap interval of the task's metric, resampling articles.
        digest: of the examples and their labels; figures compare only under one digest.
    """

    examples: Sequence[Example]
    predicted: Sequence[Option]
    scores: Sequence[float]
    figures: dict[str, float]
    interval: tuple[float, float]
    digest: str


def evaluate(model: Model, examples: Sequence[Example], *, resamples: int = RESAMPLES) -> Evaluation:
    """Predict every example and measure; `resamples` 0 leaves the interval out."""
    predictions = model.predict(examples)
    predicted, scores = [option for option, _ in predictions], [score for _, score in predictions]
    rights = [model.task.right(example, option) for example, option in zip(examples, predicted, strict=True)]
    figures = {**model.task.figures(examples, predicted), "ece": expected_calibration_error(scores, rights)}
    figures |= model.task.article_figures(examples, predicted)
    interval = bootstrap(model.task, examples, predicted, resamples=resamples)
    return Evaluation(examples, predicted, scores, figures, interval, examples_digest(model.task, examples))


def bootstrap(
    task: Task, examples: Sequence[Example], predicted: Sequence[Option], *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Return the 95% percentile interval of the task's metric over resampled articles.

    Sentences of one article are not independent: whole articles are drawn, with replacement.
    """
    if not resamples:
        return float("nan"), float("nan")
    places: dict[str, list[int]] = {}
    for at, example in enumerate(examples):
        places.setdefault(example["article_id"], []).append(at)
    groups = list(places.values())
    random = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = [at for group in random.integers(len(groups), size=len(groups)) for at in groups[group]]
        values.append(task.figures([examples[at] for at in drawn], [predicted[at] for at in drawn])[task.metric])
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def examples_digest(task: Task, examples: Sequence[Example]) -> str:
    """Return a digest of the sentences and their labels, whatever window a model reads them through."""
    keep = ("article_id", "sentence", "text", "target", "label", "names")
    rows = [{key: example[key] for key in keep if key in example} for example in examples]
    blob = json.dumps([task.name, rows], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(blob.encode()).hexdigest()[:12]


def worst_errors(task: Task, evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the wrong predictions that the model was surest of, as table rows."""
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
        for example, option, score in zip(evaluation.examples, evaluation.predicted, evaluation.scores, strict=True)
        if not task.right(example, option)
    ]
    return sorted(rows, key=lambda row: (-row["score"], row["article_id"], row["sentence"]))[:WORST]
