"""One experiment from its file to a published model: data, seeds, calibration, test, tracking."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import DatasetDict

    from .search import Found

from ..data.files import whole_folder, write_json
from ..errors import QawlError
from ..models import registry
from ..models.folder import load_model, save_model
from ..tasks import Example, Task
from . import tracking
from .calibrate import fit_calibration
from .config import MAKES_EXAMPLES, Experiment, experiment_yaml
from .evaluate import Evaluation, evaluate, examples_digest
from .examples import load_splits, task_and_examples
from .fit import fit
from .publish import Challenger, Measure, beats, publish
from .risk import Threshold, choose_threshold
from .state import RunState


@dataclass(frozen=True)
class TrainResult:
    """What a finished experiment left behind."""

    folder: Path
    metrics: dict[str, Any]
    version: str
    champion: bool
    why: str


def train(
    experiment: Experiment,
    name: str,
    *,
    output: Path,
    checkpoints: Path,
    splits: DatasetDict | None = None,
    resume: bool = False,
    models: Path | None = None,
) -> TrainResult:
    """Search where the file says so, train every seed, test each, keep the best on validation, and register it.

    Args:
        name: of the experiment file, without its ending; names the run.
        output: the folder that gets `model/`, `metrics.json` and, for the same model without overrides and
            without a search, `<name>.yaml`; whole or not at all.
        checkpoints: a folder for what survives a kill, in a subfolder of its own that is removed at the end.
        splits: examples made before; None reads them from the experiment's files.
        resume: go on where a killed run of the same settings stopped.
        models: a folder whose <task>/ gets the model if it is better than the one there; None leaves it alone.
    """
    search = _search() if experiment.search else None
    if splits is None and not any(map(experiment.varies, MAKES_EXAMPLES)):
        splits = load_splits(experiment.data, experiment.make_task())
    task, examples = task_and_examples(experiment, splits)
    digests = [examples_digest(task, own) for own in examples.values()]
    state = RunState.open(checkpoints, name, [experiment.model_dump_json(), *digests], resume=resume)
    registry.connect()
    with tracking.run(experiment.task, name, run_id=state.parent) as parent:
        state.keep(parent=parent)
        found = None
        if search:
            found = search(experiment, splits, name, state.folder / "search")
            experiment = experiment.with_values(found.values)
            task, examples = task_and_examples(experiment, splits)
        if not state.seeds:
            tracking.log_settings(experiment, task, "parent")
        for seed in experiment.seeds:
            if state.is_done(seed):
                tracking.finish(state.seeds[str(seed)])
            else:
                _train_seed(experiment, task, examples, seed, name, state)
        result, challenger = _finish(experiment, task, examples, name, output, state, found)
    if models is not None and experiment.publish:
        publish(challenger, result.folder / "model", models / task.name)
    return result


def _search() -> Callable[..., Found]:
    try:
        from .search import search
    except ImportError:
        raise QawlError("`search:` needs Optuna, which is not installed — pip install 'qawl[search]'") from None
    return search


def _train_seed(
    experiment: Experiment, task: Task, examples: dict[str, list[Example]], seed: int, name: str, state: RunState
) -> None:
    import mlflow

    folder = state.seed_folder(seed)
    earlier = state.seeds.get(str(seed))
    with tracking.run(experiment.task, f"{name} · seed {seed}", run_id=earlier, nested=True) as run_id:
        state.keep(seed=seed, run_id=run_id)
        tracking.log_settings(experiment, task, "seed", seed)
        for split, own in examples.items():
            source = str(experiment.data.files().get(split, experiment.data.train))
            tracking.log_dataset(split, source, own, examples_digest(task, own))
        resume = earlier is not None
        model = fit(experiment, task, examples, seed, folder, resume=resume, on_epoch=tracking.log_epoch)
        candidates = model.candidates(examples["validation"])
        model.calibration = fit_calibration(task, examples["validation"], candidates, experiment.calibration)
        figures: dict[str, Any] = {}
        threshold: Threshold | None = None
        for split in ("validation", "test"):
            if split in examples:
                result = evaluate(model, examples[split])
                if split == "validation":
                    threshold = choose_threshold(result.scores, result.rights, goal=experiment.accuracy)
                tracking.log_evaluation(result, split, threshold)
                figures[split] = _figures(result)
        model.card = {
            "experiment": name,
            "encoder": experiment.encoder,
            "seed": seed,
            "test": experiment.data.test_name(),
            "figures": figures,
            "threshold": None if threshold is None else threshold.as_dict(),
        }
        tracking.log_calibration(model)
        save_model(model, folder / "model")
        write_json(folder / "figures.json", figures)
        mlflow.set_tag("qawl.seed", str(seed))


def _finish(
    experiment: Experiment,
    task: Task,
    examples: dict[str, list[Example]],
    name: str,
    output: Path,
    state: RunState,
    found: Found | None,
) -> tuple[TrainResult, Challenger]:
    import mlflow

    figures = {seed: json.loads((state.seed_folder(seed) / "figures.json").read_text()) for seed in experiment.seeds}
    best = max(experiment.seeds, key=lambda seed: figures[seed]["validation"]["figures"][task.metric])
    split = "test" if "test" in examples else "validation"
    summary = _summary([figures[seed][split]["figures"] for seed in experiment.seeds])
    mlflow.log_metrics({f"{split}_{key}": value for key, value in summary.items()})
    mlflow.log_param("best_seed", best)
    model = load_model(state.seed_folder(best) / "model")
    digest = figures[best][split]["digest"]
    version = tracking.log_model(state.seed_folder(best) / "model", model, digest)
    challenger = Challenger(model, _measure(experiment))
    champion, why = False, "`publish: false`"
    if experiment.publish:
        champion, why = beats(challenger, registry.registered_model(task.name, registry.ALIAS))
    if champion:
        registry.set_champion(task.name, version)
    metrics = {
        "experiment": name,
        "task": task.name,
        "encoder": experiment.encoder,
        "metric": task.metric,
        "split": split,
        "digest": digest,
        "best_seed": best,
        "threshold": model.card["threshold"],
        "summary": summary,
        "seeds": {str(seed): figures[seed] for seed in experiment.seeds},
        "search": None if found is None else asdict(found),
    }
    with whole_folder(output) as fresh:
        save_model(model, fresh / "model")
        write_json(fresh / "metrics.json", metrics)
        (fresh / f"{name}.yaml").write_text(experiment_yaml(experiment), encoding="utf-8")
    state.close()
    return TrainResult(output, metrics, version, champion, why), challenger


def _measure(experiment: Experiment) -> Measure:
    split = "validation" if experiment.data.test is None else "test"

    @cache
    def examples(task: Task) -> list[Example]:
        return list(load_splits(experiment.data, task)[split])

    return lambda model: evaluate(model, examples(model.task), resamples=0).figures[model.task.metric]


def _figures(result: Evaluation) -> dict[str, Any]:
    return {"figures": result.figures, "interval": list(result.interval), "digest": result.digest}


def _summary(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure and, for several seeds, its sample standard deviation."""
    shared = [key for key in runs[0] if all(key in own and own[key] == own[key] for own in runs)]
    means = {key: mean(own[key] for own in runs) for key in shared}
    if len(runs) == 1:
        return means
    return means | {f"{key}_std": stdev([own[key] for own in runs]) for key in shared}
