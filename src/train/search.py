"""A search over settings: Optuna's trials as nested MLflow runs, judged on validation alone. Read top to bottom."""

from __future__ import annotations

import math
import random
import shutil
import warnings
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

if TYPE_CHECKING:
    from datasets import DatasetDict

from ..errors import QawlError
from . import tracking
from .config import MAKES_EXAMPLES, Experiment, SearchConfig, Values
from .evaluate import evaluate
from .examples import task_and_examples
from .fit import fit
from .progress import Show, search_progress

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
# The median of fewer trials says little, and so does a first epoch, of which the learning rate still rises.
TRIALS_BEFORE_PRUNING, FIRST_EPOCH_TO_PRUNE = 5, 2


@dataclass(frozen=True)
class Found:
    """What a search found.

    Args:
        values: the best trial's settings by dotted key.
        validation: its metric on validation, of one seed.
        trial: its number, from 1.
        trials: how many there were; of these `pruned` were stopped early.
    """

    values: dict[str, Any]
    validation: float
    trial: int
    trials: int
    pruned: int


def search(experiment: Experiment, splits: DatasetDict | None, name: str, folder: Path) -> Found:
    """Spend the search's budget on trials, log them below the active MLflow run, and return the best one.

    Every draw depends on the first seed and the trials before it, and on nothing else: a search that was killed
    goes on to what an unbroken one would have found.

    Args:
        splits: examples made before; None reads them from the experiment's files, for each trial anew where
            the search varies how they are made.
        folder: keeps what a killed search needs to go on.

    Raises:
        QawlError: the search varies how examples are made, and they are given.
    """
    import mlflow

    config = experiment.search
    assert config is not None
    if splits is not None and (settled := [key for key in MAKES_EXAMPLES if experiment.varies(key)]):
        raise QawlError(f"`search.space` varies {settled[0]}, which --examples has settled: leave one of them out")
    mlflow.log_params(tracking.flat({"search": config.model_dump(mode="json")}))
    study = _study(name, folder)
    space = {key: _distribution(experiment.settled(key, values), values) for key, values in config.space.items()}
    with search_progress(config.trials) as show:
        while _left(config, space, done := _finished(study)):
            draw = random.Random(f"{experiment.seeds[0]} {len(done)}").getrandbits(32)
            study.sampler = optuna.samplers.TPESampler(seed=draw)
            trial = study.ask(space)
            if twin := next((old for old in done if old.params == trial.params), None):
                study.tell(trial, twin.value if twin.state == TrialState.COMPLETE else None, state=twin.state)
                continue
            value = _run(trial, experiment, splits, f"{name} · trial {len(done) + 1}", folder, show)
            shutil.rmtree(folder / "trainer", ignore_errors=True)
            study.tell(trial, value, state=TrialState.PRUNED if value is None else TrialState.COMPLETE)
    _log_pictures(study, experiment.make_task().metric)
    numbers = {trial.number: at for at, trial in enumerate(done, start=1)}
    best, pruned = study.best_trial, sum(trial.state == TrialState.PRUNED for trial in done)
    return Found(best.params, study.best_value, numbers[best.number], len(done), pruned)


def _study(name: str, folder: Path) -> optuna.Study:
    """Return the study that lies in the folder, or a new one; the trial that a kill cut off is asked for again."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(exist_ok=True)
    study = optuna.create_study(
        # SQLite rather than Optuna's journal, which a kill in the middle of a line makes unreadable.
        storage=f"sqlite:///{folder / 'trials.db'}",
        study_name=name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(TRIALS_BEFORE_PRUNING, FIRST_EPOCH_TO_PRUNE),
        load_if_exists=True,
    )
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        again = optuna.create_trial(
            state=TrialState.WAITING,
            params=trial.params,
            distributions=trial.distributions,
            user_attrs=trial.user_attrs,
            intermediate_values=trial.intermediate_values,
        )
        study.add_trial(again)
    return study


def _distribution(settled: tuple[Any, ...], values: Values) -> BaseDistribution:
    if values.choices:
        return CategoricalDistribution(settled)
    low, high = settled
    if isinstance(low, int):
        return IntDistribution(low, high, log=values.log)
    return FloatDistribution(low, high, log=values.log)


def _points(distribution: BaseDistribution) -> float:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    return distribution.high - distribution.low + 1 if isinstance(distribution, IntDistribution) else math.inf


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=FINISHED)


def _left(config: SearchConfig, space: dict[str, BaseDistribution], done: list[FrozenTrial]) -> bool:
    """Tell whether there is budget left, and a point to spend it on."""
    if len({frozenset(trial.params.items()) for trial in done}) == math.prod(map(_points, space.values())):
        return False
    if config.trials is not None and len(done) >= config.trials:
        return False
    spent = sum((trial.duration or timedelta() for trial in done), timedelta())
    return config.hours is None or spent < timedelta(hours=config.hours)


def _run(
    trial: Trial, experiment: Experiment, splits: DatasetDict | None, name: str, folder: Path, show: Show
) -> float | None:
    """Train with a trial's settings and return the metric on validation, or None where the trial was pruned."""
    import mlflow

    candidate = experiment.with_values(trial.params)
    task, examples = task_and_examples(candidate, splits)
    examples.pop("test", None)
    earlier = trial.user_attrs.get("run_id")
    reported = trial.study.trials[trial.number].intermediate_values
    done = len(_finished(trial.study))
    show(done, f"trial {done + 1}")

    def on_epoch(metrics: dict[str, float], epoch: int) -> None:
        value = metrics[f"validation_{task.metric}"]
        tracking.log_epoch(metrics, epoch)
        show(done, f"trial {done + 1} · epoch {epoch} · {task.metric} {value:.3f}")
        if epoch not in reported:
            trial.report(value, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    seed = candidate.seeds[0]
    with tracking.run(task.name, name, run_id=earlier, nested=True) as run_id:
        trial.set_user_attr("run_id", run_id)
        tracking.log_settings(candidate, task, "trial", seed)
        resume = earlier is not None
        try:
            model = fit(candidate, task, examples, seed, folder, resume=resume, on_epoch=on_epoch, bar=False)
        except optuna.TrialPruned:
            mlflow.set_tag("qawl.pruned", "true")
            return None
        value = evaluate(model, examples["validation"], resamples=0).figures[task.metric]
        mlflow.log_metric("objective", value)
        return value


def _log_pictures(study: optuna.Study, metric: str) -> None:
    """Log how the metric rose over the trials, and which settings went with which metric."""
    import mlflow
    from matplotlib import pyplot
    from optuna.visualization import matplotlib as pictures

    for name, draw in (("history", pictures.plot_optimization_history), ("space", pictures.plot_parallel_coordinate)):
        with warnings.catch_warnings():
            # They are called experimental, and one trial has no range to scale an axis by.
            warnings.simplefilter("ignore")
            draw(study, target_name=f"{metric} on validation")
        figure = pyplot.gcf()
        figure.set_size_inches(9, 5)
        mlflow.log_figure(figure, f"search_{name}.png", save_kwargs={"bbox_inches": "tight"})
        pyplot.close(figure)
