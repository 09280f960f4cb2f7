"""A readable baseline of `stance`: how a sentence speaks of its target, each sign with a weight for every label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..arabic.attitudes import stance_signs
from ..data.files import write_json
from ..errors import QawlError
from ..tasks import Candidates, Example, Task
from ..tasks.stance import StanceTask
from .base import Model
from .calibration import Calibration
from .weights import fit_signs, rare_weights

WEIGHTS = "signs.json"
ANY = "any sentence"
"""The sign that each example has."""
NEVER = -30.0
"""The logit of a label that training never saw."""
LEAST = 3
"""A sign that fewer training examples have gets no weight."""
DIGITS = 3
"""Decimals of a weight: a few thousandths of a logit are nothing that training could tell."""


@dataclass
class SignsModel(Model):
    """Logistic regression on the signs of arabic/attitudes.py.

    Args:
        weights: of each sign, one for every label.
    """

    weights: dict[str, list[float]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Return "signs"."""
        return "signs"

    @classmethod
    def train(cls, task: Task, examples: Sequence[Example], *, seed: int, C: float = 0.05) -> SignsModel:  # noqa: N803
        """Fit on labelled examples; `C` is the inverse of the regularisation strength."""
        if not isinstance(task, StanceTask):
            raise QawlError(f"`encoder: signs` answers stance, not {task.name}")
        labels = [task.label_index(task.gold(example)) for example in examples]
        if len(set(labels)) < 2:
            raise QawlError("training needs examples of two labels at least")
        signs = [_signs(example) for example in examples]
        weights = rare_weights(labels, len(task.labels))
        found, fitted = fit_signs(signs, labels, seed=seed, C=C, least=LEAST, weights=weights)
        rows = np.hstack([fitted.intercept_[:, None], fitted.coef_])
        if len(rows) == 1:  # of two labels scikit-learn keeps the second one's alone
            rows = np.vstack([-rows, rows]) / 2
        table = np.zeros((rows.shape[1], len(task.labels)))
        table[0] = NEVER
        table[:, fitted.classes_] = rows.T
        rounded = zip((ANY, *found), table.round(DIGITS).tolist(), strict=True)
        return cls(task=task, weights={name: row for name, row in rounded if any(row)})

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return each label with the sum of the weights of the example's signs."""
        start = np.array(self.weights[ANY])
        found = []
        for example in examples:
            rows = [self.weights[sign] for sign in dict.fromkeys(_signs(example)) if sign in self.weights]
            found.append(Candidates(self.task.labels, start + np.sum(rows, axis=0) if rows else start))
        return found

    def save_weights(self, folder: Path) -> None:
        """Write the weights as JSON."""
        write_json(folder / WEIGHTS, self.weights)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> SignsModel:
        """Read the weights back."""
        weights = json.loads((folder / WEIGHTS).read_text("utf-8"))
        return cls(task=task, calibration=calibration, card=card, weights=weights)


def _signs(example: Example) -> list[str]:
    return stance_signs(example["text"], example["target"], example["speaker"])
