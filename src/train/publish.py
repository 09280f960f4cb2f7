"""Which model is in use: the champion of the registry, and the folder models/<task>/. Both move by one rule."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..data.files import whole_folder
from ..models.base import Model
from ..models.folder import load_model
from .compare import Compared

Measure = Callable[[Model], float]
"""Measures a model's metric on the test data, read as its own task reads it: windows may be of different sizes."""


@dataclass(frozen=True)
class Challenger:
    """A newly trained model, and the way to measure it and the reigning one."""

    model: Model
    measure: Measure

    @cached_property
    def value(self) -> float:
        """The model's metric on the test data: measured when there is one to compare with, and once for both places."""
        return self.measure(self.model)


def beats(challenger: Challenger, reigning: Path | None) -> tuple[bool, str]:
    """Tell whether a model should take the reigning one's place, and why.

    It should when there is none, or when it is better on the same test data, on which both are measured anew.
    A model that was tested on other data, or answers with other labels, is left in its place.
    """
    if reigning is None:
        return True, "the first one"
    old, model = load_model(reigning), challenger.model
    if old.task.labels != model.task.labels:
        return False, f"the reigning one answers with other labels ({', '.join(old.task.labels)})"
    if old.card.get("test") != model.card.get("test"):
        return False, f"the reigning one was tested on other data ({old.card.get('test')})"
    value = challenger.measure(old)
    figures = f"{model.task.metric} {challenger.value:.4f} against {value:.4f}"
    return challenger.value > value, f"{figures} on {model.card.get('test')}"


def publish(challenger: Challenger, folder: Path, place: Path) -> None:
    """Copy the challenger's folder to `place` if it beats the model there."""
    won, _ = beats(challenger, place if place.is_dir() else None)
    if won:
        _copy(folder, place)


def copy_best(rows: Sequence[Compared], place: Path) -> str:
    """Copy the best of the compared models to `place` and return its folder; the first one where two are equal."""
    best = max(rows, key=lambda row: row.value)
    _copy(Path(best.model), place)
    return best.model


def _copy(folder: Path, place: Path) -> None:
    with whole_folder(place) as fresh:
        shutil.copytree(folder, fresh, dirs_exist_ok=True)
