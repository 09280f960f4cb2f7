"""The three questions, one file each: its examples, features, head, decoding and metrics."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..errors import QawlError
from .base import Candidates, Example, Option, Task
from .speaker import SpeakerTask
from .stance import StanceTask
from .topic import TopicTask

TASKS: dict[str, type[Task]] = {"topic": TopicTask, "stance": StanceTask, "speaker": SpeakerTask}

__all__ = ["TASKS", "Candidates", "Example", "Option", "Task", "make_task"]


def make_task(name: str, **options: Any) -> Task:
    """Return a task by name; `options` are its fields (labels, context, max_length, marking)."""
    if name not in TASKS:
        raise QawlError(f"unknown task {name!r}: use one of {', '.join(TASKS)}")
    try:
        return TASKS[name](**options)
    except TypeError:
        known = ", ".join(field.name for field in fields(TASKS[name]))
        raise QawlError(f"the {name} task has no such input option: it knows {known}") from None
