"""Weights of signs: logistic regression over short strings that each hold or do not."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = 4
"""Decimals of a weight."""


def weigh_signs(
    rows: Sequence[tuple[str, ...]],
    rights: Sequence[bool],
    *,
    seed: int,
    C: float,  # noqa: N803
    least: int,
) -> tuple[float, dict[str, float]]:
    """Return the logit of a row without signs, and how much each sign adds to it.

    Args:
        rows: the signs of each row.
        rights: which rows are right; of both kinds there must be some.
        seed: of the solver.
        C: the inverse of the regularisation strength.
        least: a sign that fewer rows have gets no weight.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = CountVectorizer(analyzer=_itself, min_df=min(least, len(rows)), binary=True)
    matrix = vectorizer.fit_transform(rows)
    fitted = LogisticRegression(C=C, max_iter=2000, random_state=seed).fit(matrix, rights)
    weights = zip(vectorizer.get_feature_names_out(), fitted.coef_[0], strict=True)
    return round(float(fitted.intercept_[0]), DIGITS), {str(name): round(float(own), DIGITS) for name, own in weights}


def _itself(signs: tuple[str, ...]) -> tuple[str, ...]:
    return signs
