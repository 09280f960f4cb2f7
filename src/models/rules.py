"""The baseline of `speaker`: cue rules over the example's window, with a fixed confidence for each kind of sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..arabic.attribution import attribute
from ..arabic.sentences import split_sentences
from ..tasks import Candidates, Example, Task
from .base import Model
from .calibration import Calibration

# Logits of the answer that the rules give against the other one; calibration sets them right.
CONFIDENCE = {"named": 3.0, "continued": 2.5, "implied": 2.0, "narrator": 2.0}


@dataclass
class RulesModel(Model):
    """Rules have nothing to learn but how sure to be."""

    @property
    def kind(self) -> str:
        """Return "rules"."""
        return "rules"

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return the narrator and, where the rules see one, a mention."""
        return [self._candidates(example) for example in examples]

    def save_weights(self, folder: Path) -> None:
        """Write nothing: the rules are code."""

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> RulesModel:
        """Return the rules with the calibration of their folder."""
        return cls(task=task, calibration=calibration, card=card)

    def _candidates(self, example: Example) -> Candidates:
        before = example["before"]
        sentence = (len(before), len(before) + len(example["text"]))
        window = [*split_sentences(before), sentence]
        last = attribute(before + example["text"], window)[-1]
        if last.mention is None:
            return Candidates((None,), np.array([0.0]))
        confidence = CONFIDENCE[last.how] if last.how != "narrator" else -CONFIDENCE["narrator"]
        return Candidates((None, tuple(last.mention)), np.array([0.0, confidence]))
