"""One model of what an experiment names, whatever its kind."""

from __future__ import annotations

from pathlib import Path

from ..models.base import Model
from ..tasks import Example, Task
from .config import Experiment
from .progress import OnEpoch


def fit(
    experiment: Experiment,
    task: Task,
    examples: dict[str, list[Example]],
    seed: int,
    folder: Path,
    *,
    resume: bool = False,
    on_epoch: OnEpoch = lambda metrics, epoch: None,
    bar: bool = True,
) -> Model:
    """Train what the experiment names as its encoder; `folder` gets checkpoints, from which `resume` goes on.

    Args:
        examples: by split; of these `train` and `validation` are read.
        on_epoch: is given the metrics and the number of each epoch; what it raises ends the training.
        bar: show the progress of an encoder's training.
    """
    if experiment.encoder == "tfidf":
        from ..models.tfidf import TfidfModel

        return TfidfModel.train(task, examples["train"], seed=seed, C=experiment.training.C)
    if experiment.encoder == "rules":
        from ..models.rules import RulesModel

        return RulesModel.train(task, examples["train"], seed=seed, C=experiment.training.C)
    from .finetune import finetune

    return finetune(
        experiment,
        task,
        examples["train"],
        examples["validation"],
        seed=seed,
        checkpoints=folder / "trainer",
        resume=resume,
        on_epoch=on_epoch,
        bar=bar,
    )
