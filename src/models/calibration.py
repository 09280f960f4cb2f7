"""How probably an answer is right, from its share of the softmax: the numbers that calibration fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

CERTAIN = 1e-6
"""Log-odds are taken of probabilities that keep this distance from 0 and 1."""
ANY = ""
"""The kind whose curve serves every kind without one of its own."""


@dataclass(frozen=True)
class Calibration:
    """What was fitted on validation. It never changes an answer, only its confidence.

    A model is right more often with some answers than with others of the same softmax: `none` dominates the stances,
    no candidate at all speaks against the narrator. Curves are therefore kept by the kind of the answer (`Task.kind`).

    Args:
        temperature: probabilities of the candidates are softmax(logits / temperature) (Guo et al. 2017,
            arXiv:1706.04599).
        sigmoid: by kind, slope and intercept of the answer's log-odds (Platt 1999).
        isotonic: by kind, corners (probability, share right) with straight lines between them (Zadrozny and Elkan
            2002).
    """

    temperature: float = 1.0
    sigmoid: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    isotonic: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    def confidence(self, kind: str, probability: float) -> float:
        """Return how probably an answer of this kind is right whose share of the softmax is `probability`."""
        if self.sigmoid:
            slope, intercept = self.sigmoid.get(kind, self.sigmoid[ANY])
            return float(1 / (1 + np.exp(-(slope * log_odds(probability) + intercept))))
        if self.isotonic:
            corners = self.isotonic.get(kind, self.isotonic[ANY])
            return float(np.interp(probability, [x for x, _ in corners], [y for _, y in corners]))
        return probability

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Calibration:
        """Read it back; raises KeyError, TypeError or ValueError for what `as_dict` never wrote."""
        return cls(
            float(given["temperature"]),
            {kind: (float(slope), float(intercept)) for kind, (slope, intercept) in given.get("sigmoid", {}).items()},
            {kind: tuple((float(x), float(y)) for x, y in own) for kind, own in given.get("isotonic", {}).items()},
        )


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p)), finite."""
    kept = min(max(probability, CERTAIN), 1 - CERTAIN)
    return float(np.log(kept / (1 - kept)))
