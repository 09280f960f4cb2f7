"""One model of what an experiment names, whatever its kind."""

from __future__ import annotations

from pathlib import Path

from ..models.base import Model
from ..tasks import Example, Task
from .config import BASELINES, Experiment
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
        on_epoch: is given the encoder's metrics and the number of each epoch; what it raises ends the training.
        bar: show the progress of an encoder's training.
    """
    if experiment.encoder in BASELINES:
        return _baseline(experiment.encoder, experiment, task, examples["train"], seed)
    from .finetune import finetune

    model = finetune(
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
    if experiment.ensemble is None:
        return model
    from ..models.ensemble import EnsembleModel

    other = _baseline(experiment.ensemble, experiment, task, examples["train"], seed)
    return EnsembleModel(task=task, members=(model, other))


def _baseline(name: str, experiment: Experiment, task: Task, train: list[Example], seed: int) -> Model:
    options = {} if experiment.training.C is None else {"C": experiment.training.C}
    if name == "tfidf":
        from ..models.tfidf import TfidfModel

        return TfidfModel.train(task, train, seed=seed, **options)
    if name == "signs":
        from ..models.signs import SignsModel

        return SignsModel.train(task, train, seed=seed, **options)
    from ..models.rules import RulesModel

    return RulesModel.train(task, train, seed=seed, **options)
