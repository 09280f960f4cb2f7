"""The examples of an experiment as Parquet files, so that people and pipelines can look at what is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import DatasetDict

from ..data.files import whole_folder
from ..data.loaders import SPLITS, DataConfig, load_dataset
from ..errors import InputError
from ..tasks import Example, Task
from .config import Experiment


def load_splits(config: DataConfig, task: Task) -> DatasetDict:
    """Return an experiment's splits as a task's examples."""
    return load_dataset(config, article_examples=task.examples, row_example=task.row_example)


def task_and_examples(
    experiment: Experiment, splits: DatasetDict | None = None
) -> tuple[Task, dict[str, list[Example]]]:
    """Return the task with the labels that the training data shows, and its examples by split.

    Args:
        splits: examples made before; None reads them from the experiment's files.

    Raises:
        QawlError: validation or test has a label that training never saw.
    """
    task = experiment.make_task()
    splits = splits or load_splits(experiment.data, task)
    examples = {split: list(dataset) for split, dataset in splits.items()}
    task = task.fitted([task.gold(example) for example in examples["train"]])
    for own in examples.values():
        task.loss_groups(own)
    return task, examples


def write_examples(experiment: Experiment, output: Path) -> dict[str, int]:
    """Write a Parquet file a split into a folder, whole or not at all; return the counts."""
    splits = load_splits(experiment.data, experiment.make_task())
    with whole_folder(output) as fresh:
        for name, dataset in splits.items():
            dataset.to_parquet(fresh / f"{name}.parquet")
    return {name: len(dataset) for name, dataset in splits.items()}


def read_examples(folder: Path) -> DatasetDict:
    """Return the splits that `write_examples` wrote."""
    from datasets import Dataset, DatasetDict

    files = {name: folder / f"{name}.parquet" for name in SPLITS if (folder / f"{name}.parquet").is_file()}
    if not {"train", "validation"} <= set(files):
        remedy = "write it with `qawl examples EXPERIMENT.yaml --output FOLDER`"
        raise InputError(folder, "no examples here (train.parquet, validation.parquet)", remedy=remedy)
    return DatasetDict({name: Dataset.from_parquet(str(path)) for name, path in files.items()})
