"""The baseline of `topic` and `stance`: TF-IDF of character n-grams under logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

from ..arabic.normalise import normalise, plain
from ..errors import QawlError
from ..tasks import Candidates, Example, Task
from ..tasks.classification import ClassificationTask
from .base import Model
from .calibration import Calibration

WEIGHTS = "model.skops"
OVERLAP = [f"{text}_{kind}" for text in ("first", "second", "both") for kind in ("words", "trigrams")]
LENGTHS = ["first_length", "second_length"]
"""The columns that tell how much of each text the other has, and how long they are, in words."""
ALONE = ("first_alone", "second_alone")
"""The columns with the words of each text that the other lacks."""


@dataclass
class TfidfModel(Model):
    """A scikit-learn pipeline over the two texts of the task's input."""

    pipeline: Pipeline | None = None

    @property
    def kind(self) -> str:
        """Return "tfidf"."""
        return "tfidf"

    @classmethod
    def train(cls, task: Task, examples: Sequence[Example], *, seed: int, C: float = 1.0) -> TfidfModel:  # noqa: N803
        """Fit on labelled examples; `C` is the inverse of the regularisation strength."""
        if not isinstance(task, ClassificationTask):
            raise QawlError(f"`encoder: tfidf` answers topic and stance; for {task.name} use `encoder: rules`")
        table = _table(task, examples)
        # Of nothing a vectoriser finds no vocabulary: headlines have nothing around them, and a target may stand
        # whole in each of its sentences.
        written = {
            name for name in ("first", *ALONE) if name in table and table[name].str.strip().astype(bool).sum() > 1
        }
        pipeline = _pipeline(seed, C, written, compares=task.compares)
        pipeline.fit(table, [task.label_index(task.gold(example)) for example in examples])
        # skops writes a NumPy scalar as a file of its own: with a vocabulary of them a model took minutes to save.
        for _, own, _ in pipeline["tfidf"].transformers_:
            if hasattr(own, "vocabulary_"):
                own.vocabulary_ = {term: int(place) for term, place in own.vocabulary_.items()}
        return cls(task=task, pipeline=pipeline)

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return each label's log-probability; one that training never saw gets the least a float holds."""
        if self.pipeline is None or not isinstance(self.task, ClassificationTask):
            raise QawlError("this TF-IDF model is not trained")
        if not examples:
            return []
        logits = np.full((len(examples), len(self.task.labels)), np.log(np.finfo(np.float64).tiny))
        logits[:, self.pipeline.classes_] = self.pipeline.predict_log_proba(_table(self.task, examples))
        return [Candidates(self.task.labels, row) for row in logits]

    def save_weights(self, folder: Path) -> None:
        """Write the pipeline with skops."""
        import skops.io

        skops.io.dump(self.pipeline, folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> TfidfModel:
        """Read the pipeline back; a file that holds any type outside scikit-learn, NumPy and SciPy is refused."""
        import skops.io

        if untrusted := skops.io.get_untrusted_types(file=folder / WEIGHTS):
            raise QawlError(f"{folder / WEIGHTS}: holds types that qawl never wrote: {', '.join(untrusted)}")
        pipeline = skops.io.load(folder / WEIGHTS)
        return cls(task=task, calibration=calibration, card=card, pipeline=pipeline)


def _table(task: ClassificationTask, examples: Sequence[Example]) -> pd.DataFrame:
    import pandas as pd

    # Normalised here rather than in the vectoriser: skops could not save a function of ours without trusting it.
    pairs = [tuple(normalise(text) for text in task.pair(example)) for example in examples]
    table = pd.DataFrame(pairs, columns=["first", "second"])
    return table.join(pd.DataFrame([_compared(*pair) for pair in pairs])) if task.compares else table


def _compared(first: str, second: str) -> dict[str, str | float]:
    """Return the words of either text that the other lacks, and how much of each (words, trigrams) the other has."""
    words = [plain(text).split() for text in (first, second)]
    kinds = {"words": [set(own) for own in words], "trigrams": [_trigrams(" ".join(own)) for own in words]}
    row: dict[str, str | float] = {
        "first_alone": " ".join(word for word in words[0] if word not in kinds["words"][1]),
        "second_alone": " ".join(word for word in words[1] if word not in kinds["words"][0]),
    }
    for kind, (ours, theirs) in kinds.items():
        shared = len(ours & theirs)
        row |= {f"first_{kind}": shared / max(1, len(ours)), f"second_{kind}": shared / max(1, len(theirs))}
        row |= {f"both_{kind}": shared / max(1, len(ours | theirs))}
    return {**row, "first_length": len(words[0]), "second_length": len(words[1])}


def _trigrams(text: str) -> set[str]:
    text = f" {text} "
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _pipeline(seed: int, C: float, written: set[str], *, compares: bool) -> Pipeline:  # noqa: N803
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    def characters() -> TfidfVectorizer:
        # Arabic inflects at both ends of a word: n-grams of characters see the stem, whole words hardly recur.
        return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=50_000)

    parts: list[tuple[str, Any, Any]] = [("sentence", characters(), "second")]
    weights = {"sentence": 1.0}
    if "first" in written:
        # Half the weight for what stands around: with more, the model learns the articles rather than the sentences.
        parts.append(("around", characters(), "first"))
        weights["around"] = 0.5
    if compares and "first" in written:
        parts += [(name, characters(), name) for name in ALONE if name in written]
        parts.append(("overlap", StandardScaler(), OVERLAP + LENGTHS))
    texts = ColumnTransformer(parts, transformer_weights=weights)
    classifier = LogisticRegression(C=C, class_weight="balanced", max_iter=2000, random_state=seed)
    return Pipeline([("tfidf", texts), ("classifier", classifier)])
