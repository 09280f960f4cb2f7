"""A model answers one task. Whatever it is inside, it gives candidates with logits and lives in one folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..tasks import Candidates, Example, Task

CARD = "qawl.json"
"""The file that makes a folder a qawl model."""


@dataclass
class Model(ABC):
    """A trained classifier of one task.

    Args:
        task: the task it answers, with its labels and its way of making inputs.
        temperature: what calibration found; probabilities are softmax(logits / temperature).
        card: what else is known of it (experiment, seed, figures); written to qawl.json.
    """

    task: Task
    temperature: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)

    @property
    @abstractmethod
    def kind(self) -> str:
        """Return "tfidf", "rules" or "encoder": which file of this room reads it back."""

    @abstractmethod
    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return the candidates of each example, in the order given."""

    @property
    def precision(self) -> str:
        """Return what the model computes with; two precisions give scores that differ in the last decimals."""
        return "float64"

    def speed_up(self, pool: Executor) -> None:  # noqa: B027  (most models have nothing to do)
        """Get ready for a long run, in whose pool a model may do what is done best in several threads at once."""

    @abstractmethod
    def save_weights(self, folder: Path) -> None:
        """Write what the model learned into an existing folder; nothing in it is a pickle."""

    def predict(self, examples: Sequence[Example]) -> list[tuple[Any, float]]:
        """Return the best option of each example with its calibrated probability."""
        return [candidates.best(self.temperature) for candidates in self.candidates(examples)]
