"""The experiment file: what it may say, its defaults, and clear words for what it may not."""

from __future__ import annotations

import difflib
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, FiniteFloat, ValidationError, model_validator

from ..data.loaders import DataConfig
from ..errors import QawlError
from ..tasks import TASKS, Task, make_task
from .calibrate import Method
from .settings import Count, Positive, Section, load_settings, problems, put

BASELINES = {"tfidf": ("topic", "stance"), "signs": ("stance",), "rules": ("speaker",)}
"""The encoders that are none, with the tasks that each answers."""
COLUMNS = ("id", "group", "text", "before", "after", "title", "target", "label", "mention", "speaker")
"""Our names for the columns of a user's table."""


class InputConfig(Section):
    """How an example becomes an input; what is left out is the task's own default."""

    context: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=16, le=512)] | None = None
    marking: Literal["segments", "question"] | None = None
    shared: bool | None = None
    speaker: bool | None = None


class TrainingConfig(Section):
    """How the encoder is fine-tuned. The defaults are the usual ones for a pretrained encoder of BERT's size."""

    epochs: Count = 8
    learning_rate: Positive = 3e-5
    layer_decay: Annotated[float, Field(gt=0, le=1, description="rate of a layer, as a share of the next one's")] = 1.0
    batch_size: Count = 16
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of all steps")] = 0.1
    patience: Annotated[Count, Field(description="epochs without a better metric before training stops")] = 3
    class_weights: bool = True
    label_smoothing: Annotated[float, Field(ge=0, lt=1, description="share of a label that all labels have")] = 0.0
    bf16: Annotated[bool | None, Field(description="null: where the processor or GPU computes it")] = None
    C: Annotated[Positive | None, Field(description="baselines: inverse of the regularisation strength")] = None


SEARCHABLE = (
    "encoder",
    *(f"input.{name}" for name in InputConfig.model_fields),
    *(f"training.{name}" for name in TrainingConfig.model_fields),
)
"""The keys that a search may vary: not the data, on which its trials are compared."""
MAKES_EXAMPLES = ("input.context", "input.speaker")
"""The keys on which the examples themselves depend, not only how a model reads them."""
READ_BY_BASELINES = {
    "tfidf": ("encoder", "input.context", "input.speaker", "training.C"),
    "signs": ("encoder", "input.speaker", "training.C"),
    "rules": ("encoder", "input.context", "training.C"),
}


class Values(Section):
    """What a search may give one key: a range from `low` to `high`, both included, or a list of choices."""

    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    log: Annotated[bool, Field(description="draw evenly over the logarithm")] = False
    choices: tuple[Any, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _list_of_choices(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"choices": given if isinstance(given, list) else []}

    @model_validator(mode="after")
    def _range_or_choices(self) -> Values:
        bounds = [own for own in (self.low, self.high) if own is not None]
        if len(bounds) != (0 if self.choices else 2) or (self.choices and self.log):
            raise ValueError("give `low` and `high`, or a list of choices")
        if bounds and (bounds[0] >= bounds[1] or (self.log and bounds[0] <= 0)):
            raise ValueError("`low` must be below `high`" + (" and above 0 with `log`" if self.log else ""))
        return self

    def given(self) -> tuple[Any, ...]:
        """Return the choices, or the two ends of the range."""
        return self.choices or (self.low, self.high)


class SearchConfig(Section):
    """Which settings are looked for, and how long: until the first of the two budgets is spent."""

    trials: Count | None = None
    hours: Annotated[Positive | None, Field(description="of all trials together; none begins after that")] = None
    space: Annotated[dict[str, Values], Field(min_length=1, description="dotted key → its values")]

    @model_validator(mode="after")
    def _bounded(self) -> SearchConfig:
        if self.trials is None and self.hours is None:
            raise ValueError("give `trials`, `hours` or both")
        return self


class Experiment(Section):
    """One experiment file."""

    task: Literal["topic", "stance", "speaker"]
    encoder: str = Field(min_length=1)
    ensemble: Annotated[
        Literal["tfidf", "signs"] | None, Field(description="a baseline whose answer is averaged with the encoder's")
    ] = None
    revision: str = "main"
    data: DataConfig
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] = (1, 2, 3)
    input: InputConfig = InputConfig()
    training: TrainingConfig = TrainingConfig()
    calibration: Method = "sigmoid"
    accuracy: Annotated[float, Field(gt=0, le=1, description="what the default threshold of confidence aims at")] = 0.9
    publish: bool = Field(default=True, description="false for benchmarks: never the champion, never in models/")
    search: SearchConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_seed_for_baselines(cls, given: Any) -> Any:
        # Neither baseline draws a random number: three seeds would print one figure three times.
        if isinstance(given, dict) and given.get("encoder") in BASELINES:
            return {"seeds": [1], **given}
        return given

    @model_validator(mode="after")
    def _fits(self) -> Experiment:
        wanted = [name for name, tasks in BASELINES.items() if self.task in tasks]
        if self.encoder in BASELINES and self.encoder not in wanted:
            raise ValueError(f"the baseline of {self.task} is `encoder: {' or '.join(wanted)}`")
        if self.ensemble and (self.encoder in BASELINES or self.ensemble not in wanted):
            raise ValueError(
                f"`ensemble: {self.ensemble}` cannot stand beside `encoder: {self.encoder}` of {self.task}"
            )
        if self.task == "speaker" and self.training.label_smoothing:
            raise ValueError("`training.label_smoothing` is for labels, which speaker has none of: leave it out")
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("`seeds` names one seed twice")
        columns = self.data.columns
        if columns is not None and (missing := [name for name in TASKS[self.task].columns if name not in columns]):
            raise ValueError(f"`data.columns` lacks {', '.join(missing)}, which {self.task} needs")
        if unknown := [name for name in columns or () if name not in COLUMNS]:
            near = difflib.get_close_matches(unknown[0], COLUMNS, n=1, cutoff=0.0)[0]
            raise ValueError(f"`data.columns` maps {unknown[0]!r}, which is none of ours: did you mean {near!r}?")
        return self

    @model_validator(mode="after")
    def _search_fits(self) -> Experiment:
        space = self.search.space if self.search else {}
        for key, values in space.items():
            if key not in SEARCHABLE:
                near = difflib.get_close_matches(key, SEARCHABLE, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "it varies `encoder`, `input.…` and `training.…`"
                raise ValueError(f"`search.space` cannot vary {key!r}: {hint}")
            settled = self.settled(key, values)
            encoders = space["encoder"].given() if "encoder" in space else [self.encoder]
            if not any(self._reads(encoder, key) for encoder in encoders):
                raise ValueError(f"`search.space` varies {key!r}, which `encoder: {encoders[0]}` does not read")
            if values.choices is None and any(isinstance(own, bool) for own in settled):
                raise ValueError(f"`search.space` {key}: a range is for numbers; give [true, false]")
            if len(set(settled)) != len(settled):
                raise ValueError(f"`search.space` {key}: one value stands there twice")
        return self

    def settled(self, key: str, values: Values) -> tuple[Any, ...]:
        """Return the choices, or the ends of the range, as values of the key's own type.

        Raises:
            ValueError: one of them does not fit the key; the message names both.
        """
        found = []
        for value in values.given():
            try:
                candidate = self.with_values({key: value})
                candidate.make_task()
            except ValidationError as error:
                raise ValueError(f"`search.space`, value {value!r}: {problems(error, Experiment)}") from None
            except QawlError as error:
                raise ValueError(f"`search.space` {key}, value {value!r}: {error}") from None
            found.append(reduce(getattr, key.split("."), candidate))
        return tuple(found)

    def _reads(self, encoder: str, key: str) -> bool:
        if encoder in BASELINES:
            return key in READ_BY_BASELINES[encoder]
        return key != "training.C" or self.ensemble is not None

    def varies(self, key: str) -> bool:
        """Tell whether the file's search, if it has one, varies a dotted key."""
        return self.search is not None and key in self.search.space

    def with_values(self, values: dict[str, Any]) -> Experiment:
        """Return this experiment without its search, and with other values for some dotted keys."""
        given = self.model_dump(exclude={"search"}, exclude_unset=True)
        for key, value in values.items():
            put(given, key, value)
        return Experiment.model_validate(given)

    def make_task(self) -> Task:
        """Return the task with this file's input options."""
        return make_task(self.task, **self.input.model_dump(exclude_none=True))


def experiment_yaml(experiment: Experiment) -> str:
    """Return an experiment, without its search, as a file that says every key: no later default changes it."""
    return yaml.safe_dump(experiment.model_dump(mode="json", exclude={"search"}), sort_keys=False, allow_unicode=True)


def load_experiment(path: Path, overrides: list[str] | None = None) -> Experiment:
    """Read an experiment file and apply `key=value` overrides.

    Raises:
        InputError: no YAML, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    return load_settings(path, Experiment, overrides, remedy="see docs/experiments.md for every key")
