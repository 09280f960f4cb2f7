"""Several models of one task as one: the mean of their log-probabilities.

Models of different kinds err at different places. After Hinton (2002), a product of experts with equal shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..tasks import Candidates, Example, Task
from .base import CARD, Model
from .calibration import Calibration
from .folder import load_model, save_model


@dataclass
class EnsembleModel(Model):
    """The mean of its members, which answer the same task with the same labels.

    Args:
        members: of different kinds; each lies in a folder of its kind's name, a model by itself.
    """

    members: tuple[Model, ...] = ()

    @property
    def kind(self) -> str:
        """Return "ensemble"."""
        return "ensemble"

    @property
    def precision(self) -> str:
        """Return what the members compute with."""
        return ", ".join(member.precision for member in self.members)

    def speed_up(self, pool: Executor) -> None:
        """Get every member ready."""
        for member in self.members:
            member.speed_up(pool)

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return each label with the mean of its log-probabilities."""
        answers = zip(*(member.candidates(examples) for member in self.members), strict=True)
        return [
            Candidates(own[0].options, np.mean([_log_probabilities(one) for one in own], axis=0)) for own in answers
        ]

    def save_weights(self, folder: Path) -> None:
        """Write each member as a model of its own."""
        for member in self.members:
            save_model(member, folder / member.kind)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> EnsembleModel:
        """Read the members back."""
        members = tuple(load_model(path.parent) for path in sorted(folder.glob(f"*/{CARD}")))
        return cls(task=task, calibration=calibration, card=card, members=members)


def _log_probabilities(candidates: Candidates) -> npt.NDArray[np.float64]:
    return candidates.logits - float(np.logaddexp.reduce(candidates.logits))
