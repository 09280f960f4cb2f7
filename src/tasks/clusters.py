"""How well one clustering of mentions agrees with another: B³ (Bagga and Baldwin 1998, LREC workshop, pp. 563-566).

Of each mention: which share of its predicted cluster is of its gold cluster (precision), and which share of its
gold cluster is in its predicted one (recall). Both are averaged over mentions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")


@dataclass(frozen=True)
class BCubed:
    """Sums over mentions, so that those of several articles add up to one figure.

    Args:
        precision_sum: over the mentions that were predicted.
        recall_sum: over the mentions that are gold.
        predicted: how many were predicted.
        gold: how many are gold.
    """

    precision_sum: float = 0.0
    recall_sum: float = 0.0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: BCubed) -> BCubed:
        """Return both together."""
        return BCubed(
            self.precision_sum + other.precision_sum,
            self.recall_sum + other.recall_sum,
            self.predicted + other.predicted,
            self.gold + other.gold,
        )

    @property
    def precision(self) -> float:
        """The mean precision of a predicted mention, nan where there is none."""
        return self.precision_sum / self.predicted if self.predicted else float("nan")

    @property
    def recall(self) -> float:
        """The mean recall of a gold mention, nan where there is none."""
        return self.recall_sum / self.gold if self.gold else float("nan")

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, nan where there is nothing to measure."""
        if not self.predicted and not self.gold:
            return float("nan")
        precision, recall = (self.precision if self.predicted else 0.0), (self.recall if self.gold else 0.0)
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def b_cubed(gold: Mapping[K, str], predicted: Mapping[K, str]) -> BCubed:
    """Return the B³ sums of one article, given the cluster of each mention.

    A mention that only one of the two has shares no cluster with any in the other: a predicted one that is not gold
    has precision 0, a gold one that was not predicted recall 0.
    """
    both = Counter((gold[mention], predicted[mention]) for mention in gold.keys() & predicted.keys())
    sizes_gold, sizes_predicted = Counter(gold.values()), Counter(predicted.values())
    return BCubed(
        sum(count * count / sizes_predicted[cluster] for (_, cluster), count in both.items()),
        sum(count * count / sizes_gold[cluster] for (cluster, _), count in both.items()),
        len(predicted),
        len(gold),
    )
