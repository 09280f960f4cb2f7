"""A model on plain rows, for those who call it from a table rather than on articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .base import Model


def predict_rows(model: Model, rows: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Return (label, score) of each row, or (mention, start, end, score) for the speaker task.

    Rows have the task's columns without the answer; raises QawlError where one lacks a text or target.
    """
    # An answer of any kind makes a row an example; prediction never looks at it.
    answer = {"group": "", "mention": "", "label": "none"}
    examples = [model.task.row_example({**answer, **row}) for row in rows]
    predictions = model.predict(examples)
    if model.task.labels:
        return [{"label": label, "score": score} for label, score in predictions]
    results = []
    for example, (span, score) in zip(examples, predictions, strict=True):
        start, end = span or (None, None)
        mention = None if span is None else model.task.describe(example, span)
        results.append({"mention": mention, "start": start, "end": end, "score": score})
    return results
