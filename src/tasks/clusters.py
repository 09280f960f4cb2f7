"""How well one clustering of mentions agrees with another: B³ (Bagga and Baldwin 1998, LREC workshop, pp. 563-566).

Of each mention: which share of its predicted cluster is of its gold cluster (precision), and which share of its
gold cluster is in its predicted one (recall). Both are averaged over mentions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from .base import ratio

K = TypeVar("K")


class BCubed(NamedTuple):
    """What one mention adds to the sums that B³ is made of.

    Args:
        precision: of the mention; 0 where it was not predicted.
        recall: of the mention; 0 where it is not gold.
        predicted: whether it was predicted.
        gold: whether it is gold.
    """

    precision: float
    recall: float
    predicted: bool
    gold: bool


def b_cubed(gold: Mapping[K, str], predicted: Mapping[K, str]) -> dict[K, BCubed]:
    """Return what each mention of one article adds, given the cluster of each, gold and predicted.

    A mention that only one of the two has shares no cluster with any in the other: a predicted one that is not gold
    has precision 0, a gold one that was not predicted recall 0.
    """
    both = Counter((gold[mention], predicted[mention]) for mention in gold.keys() & predicted.keys())
    sizes_gold, sizes_predicted = Counter(gold.values()), Counter(predicted.values())
    result = {}
    for mention in [*gold, *(own for own in predicted if own not in gold)]:
        due, made = gold.get(mention), predicted.get(mention)
        precision = recall = 0.0
        if due is not None and made is not None:
            count = both[due, made]
            precision, recall = count / sizes_predicted[made], count / sizes_gold[due]
        result[mention] = BCubed(precision, recall, made is not None, due is not None)
    return result


def b_cubed_figures(sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """Return precision, recall and F1 of `BCubed` rows added up, shape (…, 4).

    Precision is NaN where nothing was predicted, recall where nothing is gold, F1 where neither is.
    """
    precision, recall = ratio(sums[..., 0], sums[..., 2]), ratio(sums[..., 1], sums[..., 3])
    shares = np.nan_to_num(np.stack([precision, recall]))
    mean = np.nan_to_num(ratio(shares.prod(axis=0), shares.sum(axis=0), scale=2.0))
    return {"precision": precision, "recall": recall, "f1": np.where(sums[..., 2] + sums[..., 3] > 0, mean, np.nan)}
