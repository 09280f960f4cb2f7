"""Temperature scaling (Guo et al. 2017, arXiv:1706.04599): one number that makes probabilities honest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tasks import Candidates, Example, Task

RANGE = (0.05, 20.0)
"""Temperatures looked at. A fit at either end means that the logits say nothing about being right."""


def fit_temperature(task: Task, examples: Sequence[Example], candidates: Sequence[Candidates]) -> float:
    """Return the temperature with the least negative log-likelihood of the right options.

    Examples whose right option is no candidate (a span that decoding did not reach) say nothing and are left out.
    """
    from scipy.optimize import minimize_scalar

    known = [
        (own.logits, rights)
        for example, own in zip(examples, candidates, strict=True)
        if (rights := np.array([task.right(example, option) for option in own.options])).any()
    ]
    if not known:
        return 1.0

    def loss(log_temperature: float) -> float:
        total = 0.0
        for logits, rights in known:
            scaled = logits / np.exp(log_temperature)
            total += np.logaddexp.reduce(scaled) - np.logaddexp.reduce(scaled[rights])
        return total / len(known)

    found = minimize_scalar(loss, bounds=(float(np.log(RANGE[0])), float(np.log(RANGE[1]))), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(scores: Sequence[float], rights: Sequence[bool], *, bins: int = 10) -> float:
    """Return the mean gap between probability and share right, over `bins` equal-width bins (Naeini et al. 2015)."""
    score, right = np.asarray(scores, dtype=float), np.asarray(rights, dtype=float)
    if not score.size:
        return float("nan")
    places = np.minimum((score * bins).astype(int), bins - 1)
    gaps = [abs(score[places == own].sum() - right[places == own].sum()) for own in np.unique(places)]
    return float(sum(gaps) / score.size)
