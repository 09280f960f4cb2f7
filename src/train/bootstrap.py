"""Intervals and tests that resample whole articles: sentences of one article are not independent.

Figures are made of sums (`Task.tallies`), so that a resample is a weighted sum of its articles' tallies, and a
thousand of them are measured at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Sums = npt.NDArray[np.float64]

from ..tasks import Example, Task

RESAMPLES = 1000
Interval = tuple[float, float]
UNKNOWN: Interval = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Difference:
    """How much better a model is than another on the same examples.

    Args:
        value: the difference of their metrics.
        low, high: its 95% interval by the paired bootstrap (both models on the same resampled articles).
        p: two-sided, by approximate randomisation over articles.
    """

    value: float
    low: float
    high: float
    p: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


def by_article(examples: Sequence[Example], tallies: Sums) -> Sums:
    """Return the tallies added up by article, in order of first appearance, shape (articles, sums)."""
    number: dict[str, int] = {}
    places = [number.setdefault(example["article_id"], len(number)) for example in examples]
    result = np.zeros((len(number), tallies.shape[1]))
    np.add.at(result, places, tallies)
    return result


def resampled(sums: Sums, *, resamples: int = RESAMPLES, seed: int = 0) -> Sums:
    """Return the sums of articles drawn with replacement, shape (resamples, sums).

    The same draws for the same number of articles and seed: two models' resamples are paired.
    """
    random, articles = np.random.default_rng(seed), len(sums)
    drawn = (random.integers(articles, size=articles) for _ in range(resamples))
    return np.array([np.bincount(own, minlength=articles) @ sums for own in drawn])


def intervals(task: Task, sums: Sums, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Interval]:
    """Return the 95% percentile interval of each figure; resamples that do not define a figure are left out."""
    if not resamples or not len(sums):
        return {}
    figures = task.figures_of(resampled(sums, resamples=resamples, seed=seed))
    return {name: _interval(values) for name, values in figures.items()}


def difference(task: Task, one: Sums, other: Sums, *, resamples: int = RESAMPLES, seed: int = 0) -> Difference:
    """Return how much better `one` does on the task's metric than `other`, both given by article.

    Approximate randomisation (Noreen 1989; Yeh 2000, C00-2137): were the models alike, it would not matter whose
    answers to an article are whose; p is how often swapping them at random makes a difference as large.
    """

    def metric(sums: Sums) -> npt.NDArray[np.float64]:
        return task.figures_of(sums)[task.metric]

    value = float(metric(one.sum(axis=0)) - metric(other.sum(axis=0)))
    drawn = [metric(resampled(own, resamples=resamples, seed=seed)) for own in (one, other)]
    low, high = _interval(drawn[0] - drawn[1])
    random, gap = np.random.default_rng(seed), one - other
    moved = np.array([(random.random(len(gap)) < 0.5) @ gap for _ in range(resamples)])
    swapped = metric(one.sum(axis=0) - moved) - metric(other.sum(axis=0) + moved)
    # Sums in another order differ in their last bits: two equal differences must count as equal.
    as_large = int((np.abs(swapped) >= abs(value) - 1e-12).sum())
    return Difference(value, low, high, (as_large + 1) / (resamples + 1))


def _interval(values: npt.NDArray[np.float64]) -> Interval:
    known = values[~np.isnan(values)]
    if not known.size:
        return UNKNOWN
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
