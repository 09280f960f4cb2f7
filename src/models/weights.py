"""Weights of rare labels, and of signs: logistic regression over short strings that each hold or do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from sklearn.linear_model import LogisticRegression

DIGITS = 4
"""Decimals of a weight."""


def rare_weights(answers: Sequence[int], labels: int) -> npt.NDArray[np.float64]:
    """Return how much each of `labels` labels weighs: the inverse square root of its frequency, 1 on average.

    The root, because full inverse frequency lets the three sentences of a rare label outweigh hundreds. A label that
    is never the answer weighs 0.
    """
    counts = np.bincount(answers, minlength=labels).astype(np.float64)
    weights: npt.NDArray[np.float64] = np.where(counts > 0, 1.0 / np.sqrt(np.maximum(counts, 1)), 0.0)
    weights /= weights[counts > 0].mean()
    return weights


def fit_signs(
    rows: Sequence[Sequence[str]],
    answers: Sequence[int],
    *,
    seed: int,
    C: float,  # noqa: N803
    least: int,
    weights: npt.NDArray[np.float64] | None = None,
) -> tuple[list[str], LogisticRegression]:
    """Return the signs that got a weight, and the regression whose columns they are.

    Args:
        rows: the signs of each row.
        answers: what each row is, a label's number; of two labels at least there must be some.
        seed: of the solver.
        C: the inverse of the regularisation strength.
        least: a sign that fewer rows have gets no weight.
        weights: of a row of each label; all the same if left out.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = CountVectorizer(analyzer=_itself, min_df=min(least, len(rows)), binary=True)
    matrix = vectorizer.fit_transform(rows)
    weight = None if weights is None else {label: weights[label] for label in set(answers)}
    fitted = LogisticRegression(C=C, class_weight=weight, max_iter=2000, random_state=seed).fit(matrix, answers)
    return [str(name) for name in vectorizer.get_feature_names_out()], fitted


def weigh_signs(
    rows: Sequence[Sequence[str]],
    rights: Sequence[bool],
    *,
    seed: int,
    C: float,  # noqa: N803
    least: int,
) -> tuple[float, dict[str, float]]:
    """Return the logit of a row without signs, and how much each sign adds to it; arguments as of `fit_signs`."""
    names, fitted = fit_signs(rows, [int(right) for right in rights], seed=seed, C=C, least=least)
    weights = {name: round(float(own), DIGITS) for name, own in zip(names, fitted.coef_[0], strict=True)}
    return round(float(fitted.intercept_[0]), DIGITS), weights


def _itself(signs: Sequence[str]) -> Sequence[str]:
    return signs
