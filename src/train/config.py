"""The experiment file: what it may say, its defaults, and clear words for what it may not."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..data.files import read_text
from ..data.loaders import DataConfig
from ..errors import InputError, QawlError
from ..tasks import TASKS, Task, make_task

BASELINES = ("tfidf", "rules")
COLUMNS = ("id", "group", "text", "before", "after", "title", "target", "label", "mention")
"""Our names for the columns of a user's table."""
# PyYAML lets through what Python says of a date that no calendar has, and of brackets a thousand deep.
_NOT_YAML = (yaml.YAMLError, ValueError, RecursionError)
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputConfig(_Section):
    """How an example becomes an input; what is left out is the task's own default."""

    context: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=16, le=512)] | None = None
    marking: Literal["segments", "question"] | None = None


class TrainingConfig(_Section):
    """How the encoder is fine-tuned. The defaults are the usual ones for a pretrained encoder of BERT's size."""

    epochs: Count = 8
    learning_rate: Positive = 3e-5
    batch_size: Count = 16
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of all steps")] = 0.1
    patience: Annotated[Count, Field(description="epochs without a better metric before training stops")] = 3
    class_weights: bool = True
    C: Annotated[Positive, Field(description="tfidf only: inverse of the regularisation strength")] = 1.0


class Experiment(_Section):
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
    """Read an experiment file and apply `key=value` overrides (dotted keys, YAML values).

    Raises:
        InputError: no YAML, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    if not path.is_file():
        raise InputError(path, "no such experiment file", remedy="see experiments/ for those that ship")
    try:
        given = yaml.safe_load(read_text(path)) or {}
    except _NOT_YAML as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(path, f"not YAML: {problem}", line=line, remedy="mend the indentation or quotes") from None
    if not isinstance(given, dict):
        raise InputError(path, "not a mapping of keys to values", remedy="start with `task: topic`")
    for override in overrides or []:
        _override(given, override)
    try:
        return Experiment.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(dict.fromkeys(_problem(detail) for detail in error.errors()))
        raise InputError(path, problems, remedy="see docs/experiments.md for every key") from None


def _override(given: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise QawlError(f"--set {override}: write key=value, for example --set training.epochs=3")
    *parents, last = key.strip().split(".")
    place = given
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise QawlError(f"--set {override}: {parent} is no section")
    try:
        place[last] = yaml.safe_load(value)
    except _NOT_YAML:
        raise QawlError(f"--set {override}: the value is not YAML") from None


def _problem(detail: Any) -> str:
    location = [str(part) for part in detail["loc"]]
    if detail["type"] != "extra_forbidden":
        # The members of a union (`validation: file or share`) each report; their names are no part of the key.
        key = ".".join(part for part in location if part not in ("path", "constrained-float", "float"))
        return f"{key}: {detail['msg']}" if key else str(detail["msg"]).removeprefix("Value error, ")
    key = ".".join(location)
    known = _known_keys(location[:-1])
    near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.0)
    return f"unknown key {key!r}: did you mean {near[0]!r}?" if near else f"unknown key {key!r}"


def _known_keys(parents: list[str]) -> list[str]:
    section: Any = Experiment
    for parent in parents:
        section = section.model_fields[parent].annotation
    return list(section.model_fields)
