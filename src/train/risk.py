"""What abstaining buys: the risk of the answers that are kept, at every coverage, and a threshold by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

FEWEST = 30
"""A threshold keeps at least so many answers of validation: the accuracy of fewer is chance."""
DECIMALS = 4


@dataclass(frozen=True)
class RiskCoverage:
    """A risk–coverage curve (Geifman and El-Yaniv 2017, arXiv:1705.08500), a point a distinct confidence.

    Args:
        confidences: descending, shape (points,).
        coverages: the share of answers with at least that confidence, shape (points,).
        risks: the share of these that are wrong, shape (points,).
        area: the mean risk over all coverages; answers of one confidence count as in no order. NaN for no answer.
    """

    confidences: npt.NDArray[np.float64]
    coverages: npt.NDArray[np.float64]
    risks: npt.NDArray[np.float64]
    area: float


@dataclass(frozen=True)
class Threshold:
    """A confidence to abstain under, and what it costs on some answers.

    Args:
        confidence: answers of at least this are kept.
        coverage: the share of answers kept.
        accuracy: the share of these that are right.
        goal: the accuracy that was asked for; less was reached where `accuracy` is less.
    """

    confidence: float
    coverage: float
    accuracy: float
    goal: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)


def keep(scores: Sequence[float], rights: Sequence[bool], confidence: float, *, goal: float) -> Threshold:
    """Return what a threshold keeps of some answers; no answer kept has no accuracy (NaN)."""
    kept = np.asarray(scores, dtype=float) >= confidence
    accuracy = float(np.asarray(rights, dtype=float)[kept].mean()) if kept.any() else float("nan")
    return Threshold(confidence, float(kept.mean()), accuracy, goal)


def risk_coverage(scores: Sequence[float], rights: Sequence[bool]) -> RiskCoverage:
    """Return the curve of answers with these confidences."""
    if not len(scores):
        nothing = np.empty(0)
        return RiskCoverage(nothing, nothing, nothing, float("nan"))
    values, places, counts = np.unique(-np.asarray(scores, dtype=float), return_inverse=True, return_counts=True)
    wrong = np.bincount(places, weights=~np.asarray(rights, dtype=bool))
    kept, errors = counts.cumsum(), wrong.cumsum()
    # Each answer of a tie is as wrong as their mean: the area does not hang on how a sort breaks ties.
    each = np.repeat(wrong / counts, counts).cumsum() / np.arange(1, len(scores) + 1)
    return RiskCoverage(-values, kept / len(scores), errors / kept, float(each.mean()))


def choose_threshold(scores: Sequence[float], rights: Sequence[bool], *, goal: float) -> Threshold | None:
    """Return the lowest confidence at which the answers kept are right as often as `goal`.

    Where none is, the one that comes nearest to it; None where there are too few answers to tell (`FEWEST`).
    """
    curve = risk_coverage(scores, rights)
    enough = curve.coverages * len(scores) >= FEWEST
    if not enough.any():
        return None
    accuracies = np.where(enough, 1 - curve.risks, -np.inf)
    reached = np.flatnonzero(accuracies >= goal)
    at = int(reached[-1]) if reached.size else int(accuracies.argmax())
    # Rounded down: the answers at the threshold itself must not fall under it.
    confidence = floor(curve.confidences[at] * 10**DECIMALS) / 10**DECIMALS
    return keep(scores, rights, confidence, goal=goal)
