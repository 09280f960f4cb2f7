"""What `topic` and `stance` share: a closed set of labels on a sequence-classification head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..errors import QawlError
from .base import Candidates, EncodedPair, Example, Option, Task, ratio


@dataclass(frozen=True)
class ClassificationTask(Task):
    """A task whose options are labels."""

    head: ClassVar[str] = "sequence-classification"
    metric: ClassVar[str] = "macro_f1"
    keep: ClassVar[Literal["start", "end"]] = "start"
    default_labels: ClassVar[tuple[str, ...]]
    compares: ClassVar[bool] = False
    """Whether the label hangs on what the two texts of the input share."""

    def gold(self, example: Example) -> Option:
        """Return the example's label."""
        return example["label"]

    def right(self, example: Example, option: Option) -> bool:
        """Tell whether the option is the example's label."""
        return bool(option == example["label"])

    def describe(self, example: Example, option: Option) -> str:
        """Return the label."""
        return str(option)

    def confusion(self, example: Example, option: Option) -> tuple[str, str]:
        """Return (label, predicted label)."""
        return str(example["label"]), str(option)

    def fitted(self, golds: Iterable[Option]) -> Task:
        """Return the task with our own labels where the data keeps to them, else with the data's, sorted."""
        seen = set(golds)
        if seen <= set(self.default_labels):
            return replace(self, labels=self.default_labels)
        if len(seen) < 2:
            raise QawlError(f"the training data has one label only ({', '.join(seen)}): there is nothing to learn")
        return replace(self, labels=tuple(sorted(seen)))

    def label_index(self, label: str) -> int:
        """Return the place of a label among the logits; raises QawlError for one that training never saw."""
        if label not in self.labels:
            raise QawlError(f"unknown label {label!r}: the {self.name} labels are {', '.join(self.labels)}")
        return self.labels.index(label)

    def answer(self, example: Example, encoding: EncodedPair) -> dict[str, int]:
        """Return `labels`: the place of the example's label among the logits."""
        return {"labels": self.label_index(example["label"])}

    def decode(
        self, example: Example, encoding: EncodedPair, logits: tuple[npt.NDArray[np.float64], ...]
    ) -> Candidates:
        """Return the labels with their logits, shape (labels,)."""
        return Candidates(self.labels, logits[0])

    def loss_groups(self, examples: Sequence[Example]) -> list[int]:
        """Return the index of each example's label."""
        return [self.label_index(example["label"]) for example in examples]

    def tallies(self, examples: Sequence[Example], predicted: Sequence[Option]) -> npt.NDArray[np.float64]:
        """Return, for each label, whether it is due, made, and both; then one, and whether the answer is right."""
        # An object array compares whole strings; a label that is none of the task's counts in the accuracy alone.
        gold, made = (np.array(own, dtype=object)[:, None] for own in ([e["label"] for e in examples], predicted))
        labels = np.array(self.labels, dtype=object)[None, :]
        due, given = gold == labels, made == labels
        return np.hstack([due, given, due & given, np.ones_like(gold), gold == made]).astype(np.float64)

    def figures_of(self, sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        """Return accuracy, macro-F1 over the labels that the gold has, and the F1 of each label (NaN without gold)."""
        due, made, both = np.split(sums[..., :-2], 3, axis=-1)
        each = np.where(due > 0, ratio(both, due + made, scale=2.0), np.nan)
        return {
            "macro_f1": ratio(np.nansum(each, axis=-1), (due > 0).sum(axis=-1)),
            "accuracy": ratio(sums[..., -1], sums[..., -2]),
            **{f"f1_{label}": each[..., at] for at, label in enumerate(self.labels)},
        }

    def measured(self, tallies: npt.NDArray[np.float64]) -> dict[str, float]:
        """Return the metrics by name; the F1 of labels that the gold has."""
        figures = super().measured(tallies)
        return {name: value for name, value in figures.items() if not name.startswith("f1_") or value == value}
