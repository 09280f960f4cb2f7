"""Labelled examples of stance whose label one word tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qawl.tasks import Example, Task, make_task

TARGETS = ("الاتفاق النووي", "رفع أسعار الوقود", "قانون الانتخاب", "بناء السد", "فتح المعابر", "إغلاق الميناء")
SIDES = {"favor": "وأيد الوزير {}", "against": "ورفض الوزير {}", "none": "وناقش الوزير {}"}


def _sided(labels: tuple[str, ...] = tuple(SIDES)) -> tuple[Task, list[Example]]:
    task = make_task("stance")
    rows = [
        {"text": SIDES[label].format(target), "target": target, "label": label, "speaker": "الوزير", "group": target}
        for target in TARGETS
        for label in labels
    ]
    return task.fitted(labels), [task.row_example(row) for row in rows]


@pytest.fixture
def sided() -> Callable[..., tuple[Task, list[Example]]]:
    """What makes the examples, of all labels or of some."""
    return _sided
