"""A model answers one task. Whatever it is inside, it gives candidates with logits and lives in one folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..tasks import Candidates, Example, Option, Task
from .calibration import Calibration

CARD = "qawl.json"
"""The file that makes a folder a qawl model."""


@dataclass
class Model(ABC):
    """A trained classifier of one task.

    Args:
        task: the task it answers, with its labels and its way of making inputs.
        calibration: what makes probabilities of logits.
        card: what else is known of it (experiment, seed, figures); written to qawl.json.
    """

    task: Task
    calibration: Calibration = field(default_factory=Calibration)
    card: dict[str, Any] = field(default_factory=dict)

    @property
    @abstractmethod
    def kind(self) -> str:
        """Return "tfidf", "signs", "rules", "encoder", "onnx" or "ensemble": which file of this room reads it back."""

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
        """Return the best option of each example with the probability that it is right."""
        return [self.answer(candidates) for candidates in self.candidates(examples)]

    def answer(self, candidates: Candidates) -> tuple[Option, float]:
        """Return the likeliest option and the calibrated probability that it is right."""
        option, probability = candidates.best(self.calibration.temperature)
        return option, self.calibration.confidence(self.task.kind(option), probability)

    def probability(self, candidates: Candidates, option: Option) -> float:
        """Return the probability of one option; what the answer leaves is shared among the others in proportion."""
        temperature = self.calibration.temperature
        answer, softmax = candidates.best(temperature)
        confidence = self.calibration.confidence(self.task.kind(answer), softmax)
        if option == answer:
            return confidence
        share = candidates.probability(option, temperature) / (1 - softmax) if softmax < 1 else 0.0
        return (1 - confidence) * share
