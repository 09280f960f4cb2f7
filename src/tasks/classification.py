"""What `topic` and `stance` share: a closed set of labels on a sequence-classification head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..errors import QawlError
from .base import Candidates, EncodedPair, Example, Option, Task


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

    def figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return accuracy, macro-F1 over the labels that the gold has, and the F1 of each of them."""
        from sklearn.metrics import accuracy_score, f1_score

        gold = [example["label"] for example in examples]
        labels = [label for label in self.labels if label in set(gold)]
        each = f1_score(gold, predicted, labels=labels, average=None, zero_division=0)
        return {
            "macro_f1": float(np.mean(each)),
            "accuracy": float(accuracy_score(gold, predicted)),
            **{f"f1_{label}": float(value) for label, value in zip(labels, each, strict=True)},
        }
