"""The examples of an experiment as Parquet files, so that people and pipelines can look at what is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import DatasetDict

from ..data.files import whole_folder
from ..data.loaders import SPLITS, DataConfig, load_dataset
from ..errors import InputError
from ..tasks import Task
from .config import Experiment


def load_splits(config: DataConfig, task: Task) -> DatasetDict:
    """Return an experiment's splits as a task's examples."""
    return load_dataset(config, article_examples=task.examples, row_example=task.row_example)


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
