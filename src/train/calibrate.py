"""Calibration on validation: probabilities that can be taken at their word, and how far off they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..models.calibration import ANY, Calibration, log_odds
from ..tasks import Candidates, Example, Task

Method = Literal["sigmoid", "isotonic", "temperature", "none"]
RANGE = (0.05, 20.0)
"""Temperatures looked at. A fit at either end means that the logits say nothing about being right."""
STEEPEST = 20.0
"""The largest slope of a sigmoid: beyond it the log-odds are a step."""
FEWEST = 30
"""Answers of a kind that a curve of its own takes; fewer go by the curve of all."""
FEWEST_ARTICLES = 20
"""Articles that they come from at least: the sentences of one article are right or wrong together."""

Floats = npt.NDArray[np.float64]


def fit_calibration(
    task: Task, examples: Sequence[Example], candidates: Sequence[Candidates], method: Method
) -> Calibration:
    """Fit a temperature and, for `sigmoid` and `isotonic`, a curve over it for each kind of answer."""
    if method == "none" or not examples:
        return Calibration()
    temperature = fit_temperature(task, examples, candidates)
    if method == "temperature":
        return Calibration(temperature)
    answers = [own.best(temperature) for own in candidates]
    kinds = [task.kind(option) for option, _ in answers]
    probabilities = np.array([probability for _, probability in answers])
    rights = np.array([task.right(e, option) for e, (option, _) in zip(examples, answers, strict=True)], dtype=float)
    articles: dict[str, set[str]] = {}
    for kind, example in zip(kinds, examples, strict=True):
        articles.setdefault(kind, set()).add(example["article_id"])
    parts = {ANY: np.full(len(kinds), True)}
    for kind in sorted(articles):
        own = np.array([other == kind for other in kinds])
        if own.sum() >= FEWEST and len(articles[kind]) >= FEWEST_ARTICLES:
            parts[kind] = own
    if method == "sigmoid":
        lines = {kind: _fit_sigmoid(probabilities[own], rights[own]) for kind, own in parts.items()}
        return Calibration(temperature, sigmoid=lines)
    steps = {kind: _fit_isotonic(probabilities[own], rights[own]) for kind, own in parts.items()}
    return Calibration(temperature, isotonic=steps)


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


def _fit_sigmoid(probabilities: Floats, rights: Floats) -> tuple[float, float]:
    from scipy.optimize import minimize

    odds = np.array([log_odds(probability) for probability in probabilities])
    # Platt's targets, drawn in by one answer each way: a kind that was always right gets no certainty of it.
    positive = rights.sum()
    targets = np.where(rights > 0, (positive + 1) / (positive + 2), 1 / (len(rights) - positive + 2))

    def loss(line: Floats) -> float:
        logits = line[0] * odds + line[1]
        return float(np.mean(np.logaddexp(0, logits) - targets * logits))

    # A slope under 0 would turn round the order of the answers of one kind.
    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.0, STEEPEST), (None, None)])
    return float(found.x[0]), float(found.x[1])


def _fit_isotonic(probabilities: Floats, rights: Floats) -> tuple[tuple[float, float], ...]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(probabilities, rights)
    corners = zip(fitted.X_thresholds_, fitted.y_thresholds_, strict=True)
    return tuple((float(probability), float(share)) for probability, share in corners)
