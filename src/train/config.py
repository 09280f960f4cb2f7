"""The experiment file: what it may say, its defaults, and clear words for what it may not."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ..data.loaders import DataConfig
from ..tasks import TASKS, Task, make_task
from .settings import Count, Positive, Section, load_settings

BASELINES = ("tfidf", "rules")
COLUMNS = ("id", "group", "text", "before", "after", "title", "target", "label", "mention")
"""Our names for the columns of a user's table."""


class InputConfig(Section):
    """How an example becomes an input; what is left out is the task's own default."""

    context: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=16, le=512)] | None = None
    marking: Literal["segments", "question"] | None = None
    shared: bool | None = None


class TrainingConfig(Section):
    """How the encoder is fine-tuned. The defaults are the usual ones for a pretrained encoder of BERT's size."""

    epochs: Count = 8
    learning_rate: Positive = 3e-5
    batch_size: Count = 16
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of all steps")] = 0.1
    patience: Annotated[Count, Field(description="epochs without a better metric before training stops")] = 3
    class_weights: bool = True
    bf16: Annotated[bool | None, Field(description="null: where the processor or GPU computes it")] = None
    C: Annotated[Positive, Field(description="tfidf only: inverse of the regularisation strength")] = 1.0


class Experiment(Section):
    """One experiment file."""

    task: Literal["topic", "stance", "speaker"]
    encoder: str = Field(min_length=1)
    revision: str = "main"
    data: DataConfig
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] = (1, 2, 3)
    input: InputConfig = InputConfig()
    training: TrainingConfig = TrainingConfig()
    calibration: Literal["temperature", "none"] = "temperature"
    publish: bool = Field(default=True, description="false for benchmarks: never the champion, never in models/")

    @model_validator(mode="before")
    @classmethod
    def _one_seed_for_baselines(cls, given: Any) -> Any:
        # Neither baseline draws a random number: three seeds would print one figure three times.
        if isinstance(given, dict) and given.get("encoder") in BASELINES:
            return {"seeds": [1], **given}
        return given

    @model_validator(mode="after")
    def _fits(self) -> Experiment:
        wanted = "rules" if self.task == "speaker" else "tfidf"
        if self.encoder in BASELINES and self.encoder != wanted:
            raise ValueError(f"the baseline of {self.task} is `encoder: {wanted}`")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("`seeds` names one seed twice")
        columns = self.data.columns
        if columns is not None and (missing := [name for name in TASKS[self.task].columns if name not in columns]):
            raise ValueError(f"`data.columns` lacks {', '.join(missing)}, which {self.task} needs")
        if unknown := [name for name in columns or () if name not in COLUMNS]:
            near = difflib.get_close_matches(unknown[0], COLUMNS, n=1, cutoff=0.0)[0]
            raise ValueError(f"`data.columns` maps {unknown[0]!r}, which is none of ours: did you mean {near!r}?")
        return self

    def make_task(self) -> Task:
        """Return the task with this file's input options."""
        return make_task(self.task, **self.input.model_dump(exclude_none=True))


def load_experiment(path: Path, overrides: list[str] | None = None) -> Experiment:
    """Read an experiment file and apply `key=value` overrides.

    Raises:
        InputError: no YAML, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    return load_settings(path, Experiment, overrides, remedy="see docs/experiments.md for every key")
