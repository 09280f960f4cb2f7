"""Several models on one labelled file: figures, intervals, differences to the first, and what is hard apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import QawlError
from ..models.base import Model
from ..models.folder import load_model, read_card
from ..records import Article
from ..tasks import Example, Task
from .bootstrap import RESAMPLES, UNKNOWN, Difference, by_article, difference, intervals
from .evaluate import Evaluation, evaluate, worst_errors
from .labelled import Labelled, seen_in_files
from .risk import Threshold, keep
from .slices import Seen, slice_masks


@dataclass(frozen=True)
class Slice:
    """A model's metric on the examples of one slice, with its 95% bootstrap interval; NaN where there are none."""

    examples: int
    articles: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Compared:
    """One model's figures on one set of labelled examples.

    Args:
        model: its folder.
        kind: what it is inside (tfidf, signs, rules, encoder, onnx, ensemble).
        threshold: its default threshold of confidence, and what that keeps of these answers; None where it has none.
        slices: by name.
        difference: to the first model; None for the first one itself.
    """

    model: str
    kind: str
    evaluation: Evaluation
    threshold: Threshold | None
    slices: Mapping[str, Slice]
    difference: Difference | None = None

    @property
    def value(self) -> float:
        """The task's metric."""
        return self.evaluation.figures[self.evaluation.task.metric]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types; what is not defined is left out."""
        own = self.evaluation
        low, high = own.interval
        return {
            "model": self.model,
            "task": own.task.name,
            "kind": self.kind,
            "metric": own.task.metric,
            "value": self.value,
            "low": low,
            "high": high,
            "figures": _defined(own.figures),
            "intervals": {name: list(ends) for name, ends in own.intervals.items() if ends[0] == ends[0]},
            "digest": own.digest,
            "threshold": None if self.threshold is None else _defined(self.threshold.as_dict()),
            "slices": {name: _defined(asdict(part)) for name, part in self.slices.items()},
            "difference": None if self.difference is None else self.difference.as_dict(),
            "errors": worst_errors(own),
        }


def compare(
    folders: Sequence[Path],
    data: Path,
    texts: Path | None = None,
    *,
    train: Sequence[Path] = (),
    resamples: int = RESAMPLES,
) -> list[Compared]:
    """Evaluate models of one task on a labelled file.

    Args:
        folders: of the models; differences are to the first one.
        data: labelled articles, a table, or an experiment file, whose test split is meant.
        texts: the folder with the texts of labels that come without.
        train: what the models were trained on, to tell unseen speakers and targets; an experiment file knows its own.
        resamples: of the bootstrap and of the randomisation.

    Raises:
        InputError: a folder that is no model, or the data has no label of the task.
    """
    cards = [read_card(folder)["task"] for folder in folders]
    if len(tasks := {card["name"] for card in cards}) > 1:
        raise QawlError(f"these models answer different tasks ({', '.join(sorted(tasks))}): compare one at a time")
    labels = tuple(dict.fromkeys(label for card in cards for label in card.get("labels", ())))
    labelled = Labelled.read(data, texts)
    rows: list[Compared] = []
    seen: Seen | None = None
    for folder in folders:
        model = load_model(folder)
        # A label that one model was never taught counts against it, not out of its mean.
        task = replace(model.task, labels=labels)
        if not rows:
            seen = seen_in_files(train, task, texts) or labelled.training(task)
        row = _row(folder, model, task, labelled.examples(task), labelled.articles, seen, resamples)
        if rows:
            row = replace(row, difference=_difference(row.evaluation, rows[0].evaluation, resamples))
        rows.append(row)
    return rows


def _row(
    folder: Path,
    model: Model,
    task: Task,
    examples: Sequence[Example],
    articles: Mapping[str, Article],
    seen: Seen | None,
    resamples: int,
) -> Compared:
    result = evaluate(model, examples, task=task, resamples=resamples)
    used = {example["article_id"] for example in examples}
    masks = slice_masks(examples, {name: own for name, own in articles.items() if name in used}, seen)
    slices = {}
    for name, mask in masks.items():
        own = [example for example, inside in zip(examples, mask, strict=True) if inside]
        sums = by_article(own, result.tallies[mask])
        value = float(task.figures_of(sums.sum(axis=0))[task.metric])
        low, high = intervals(task, sums, resamples=resamples).get(task.metric, UNKNOWN)
        slices[name] = Slice(len(own), len(sums), value, low, high)
    return Compared(str(folder), model.kind, result, _kept(model, result), slices)


def _difference(one: Evaluation, first: Evaluation, resamples: int) -> Difference:
    sums = [by_article(own.examples, own.tallies) for own in (one, first)]
    return difference(one.task, *sums, resamples=resamples)


def _kept(model: Model, result: Evaluation) -> Threshold | None:
    own = model.card.get("threshold")
    return own and keep(result.scores, result.rights, float(own["confidence"]), goal=float(own["goal"]))


def _defined(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if value == value}
