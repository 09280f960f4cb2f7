"""Weights of signs: logistic regression over short strings that each hold or do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

DIGITS = 4
"""Decimals of a weight."""


def fit_signs(
    rows: Sequence[Sequence[str]],
    answers: Sequence[object],
    *,
    seed: int,
    C: float,  # noqa: N803
    least: int,
    balanced: bool = False,
) -> tuple[list[str], LogisticRegression]:
    """Return the signs that got a weight, and the regression whose columns they are.

    Args:
        rows: the signs of each row.
        answers: what each row is; of two kinds at least there must be some.
        seed: of the solver.
        C: the inverse of the regularisation strength.
        least: a sign that fewer rows have gets no weight.
        balanced: whether each kind of answer counts the same, however rare it is.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = CountVectorizer(analyzer=_itself, min_df=min(least, len(rows)), binary=True)
    matrix = vectorizer.fit_transform(rows)
    weight = "balanced" if balanced else None
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
    names, fitted = fit_signs(rows, rights, seed=seed, C=C, least=least)
    weights = {name: round(float(own), DIGITS) for name, own in zip(names, fitted.coef_[0], strict=True)}
    return round(float(fitted.intercept_[0]), DIGITS), weights


def _itself(signs: Sequence[str]) -> Sequence[str]:
    return signs
