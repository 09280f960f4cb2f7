"""Everything a run is, in MLflow: one experiment per task, a parent run per file, a child per seed and trial."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..data.sources import ON_HUB
from ..models.base import Model
from ..models.registry import registered_name
from ..tasks import Example, Task
from .compare import Compared
from .config import Experiment
from .evaluate import Evaluation, worst_errors
from .pictures import confusion_picture, risk_picture
from .risk import Threshold

REQUIREMENTS = ("numpy", "pandas", "scikit-learn", "scipy", "skops", "tokenizers", "torch", "transformers")


@contextmanager
def run(task: str, name: str, *, run_id: str | None = None, nested: bool = False) -> Iterator[str]:
    """Open a run in the task's experiment, or an earlier run again, and yield its id.

    A stop from the keyboard marks it KILLED, an error FAILED.
    """
    import mlflow

    mlflow.set_experiment(f"qawl-{task}")
    if run_id is not None and not _known(run_id):
        run_id = None
    with mlflow.start_run(run_id=run_id, run_name=None if run_id else name, nested=nested) as active:
        try:
            yield active.info.run_id
        except KeyboardInterrupt:
            mlflow.end_run("KILLED")
            raise


def finish(run_id: str) -> None:
    """Mark a run FINISHED that was killed after its last figure was written."""
    import mlflow

    if _known(run_id):
        mlflow.MlflowClient().set_terminated(run_id, "FINISHED")


def _known(run_id: str) -> bool:
    # The store of a killed run may have been moved or cleaned before it is resumed.
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        return bool(mlflow.get_run(run_id).info.lifecycle_stage == "active")
    except MlflowException:
        return False


def flat(section: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as dotted keys; those that are None or empty are left out."""
    result: dict[str, Any] = {}
    for key, value in section.items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        elif value is not None and value != "":
            result[prefix + key] = value
    return result


def log_settings(experiment: Experiment, task: Task, kind: str, seed: int | None = None) -> None:
    """Log our own parameters, flat, the kind of run (parent, seed or trial), and the git commit that it runs on."""
    import mlflow

    settings = flat(experiment.model_dump(mode="json"))
    inputs = {"input.context": task.context, "input.max_length": task.max_length}
    mlflow.log_params({**settings, **inputs, **({} if seed is None else {"seed": seed})})
    mlflow.set_tags({"git.commit": git_commit(), "qawl.kind": kind})


def log_pretraining(settings: dict[str, Any], tokens: dict[str, int]) -> None:
    """Log the settings of a pretraining run, flat, the tokens of its text, and the git commit."""
    import mlflow

    mlflow.log_params({**flat(settings), **{f"tokens.{split}": count for split, count in tokens.items()}})
    mlflow.set_tags({"git.commit": git_commit(), "qawl.kind": "pretraining"})


def git_commit() -> str:
    """Return the commit of the working folder, with "+changes" where files differ from it; "" outside git."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=20)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def log_dataset(name: str, source: str, examples: Sequence[Example], digest: str) -> None:
    """Log a split as a dataset input with our digest."""
    import mlflow
    import pandas as pd
    from mlflow.data.huggingface_dataset_source import HuggingFaceDatasetSource
    from mlflow.data.pandas_dataset import from_pandas

    place: Any = source
    if match := ON_HUB.fullmatch(source):
        repo, revision, file = match.groups()
        place = HuggingFaceDatasetSource(repo, data_files=file, revision=revision)
    table = pd.DataFrame([{key: str(value) for key, value in example.items()} for example in examples])
    with warnings.catch_warnings():
        # A local path is two kinds of artifact source to MLflow, both the same; it warns each time.
        warnings.simplefilter("ignore", UserWarning)
        dataset = from_pandas(table, source=place, name=name, digest=digest)
    mlflow.log_input(dataset, context=name)


def log_epoch(metrics: dict[str, float], epoch: int) -> None:
    """Log the metrics of an epoch; those that are not defined (NaN) are left out."""
    import mlflow

    mlflow.log_metrics({key: value for key, value in metrics.items() if value == value}, step=epoch)


def log_evaluation(evaluation: Evaluation, split: str, threshold: Threshold | None = None) -> None:
    """Log the figures, the interval of the task's metric, the pictures and the worst errors; a threshold is drawn."""
    import mlflow
    import pandas as pd

    metric = evaluation.task.metric
    low, high = evaluation.interval
    figures = {f"{split}_{name}": value for name, value in evaluation.figures.items() if value == value}
    bounds = {f"{split}_{metric}_low": low, f"{split}_{metric}_high": high}
    mlflow.log_metrics({**figures, **bounds})
    mlflow.log_figure(confusion_picture(evaluation), f"{split}_confusion.png")
    mlflow.log_figure(risk_picture(evaluation, threshold), f"{split}_risk_coverage.png")
    errors = worst_errors(evaluation)
    if errors:
        mlflow.log_table(pd.DataFrame(errors), f"{split}_worst_errors.json")


def log_comparison(rows: Sequence[Compared], data: Path) -> None:
    """Log a comparison to the task's experiment: a run for it with all figures, in it a run for each model."""
    import mlflow
    import pandas as pd

    task = rows[0].evaluation.task.name
    tags = {"qawl.data": str(data), "qawl.digest": rows[0].evaluation.digest, "git.commit": git_commit()}
    with run(task, f"evaluate {data.name}"):
        mlflow.set_tags({**tags, "qawl.kind": "comparison"})
        mlflow.log_text(json.dumps([row.as_dict() for row in rows], ensure_ascii=False, indent=1), "comparison.json")
        for row in rows:
            with run(task, row.model, nested=True):
                mlflow.set_tags({**tags, "qawl.kind": "evaluation", "qawl.model": row.model})
                log_evaluation(row.evaluation, "evaluation", row.threshold)
                if row.difference is not None:
                    gap = {f"difference.{key}": value for key, value in row.difference.as_dict().items()}
                    mlflow.log_metrics({key: value for key, value in gap.items() if value == value})
                known = {f"slice.{name}": own.value for name, own in row.slices.items() if own.value == own.value}
                mlflow.log_metrics(known)
                table = pd.DataFrame([{"slice": name, **asdict(own)} for name, own in row.slices.items()])
                mlflow.log_table(table, "slices.json")


def log_calibration(model: Model) -> None:
    """Log what calibration fitted and the default threshold with its coverage and accuracy on validation."""
    import mlflow

    mlflow.log_dict(model.calibration.as_dict(), "calibration.json")
    threshold = model.card["threshold"] or {}
    mlflow.log_metrics({"temperature": model.calibration.temperature, **flat({"threshold": threshold})})


def log_model(folder: Path, model: Model, digest: str) -> str:
    """Log a model folder as a pyfunc, register it as qawl-<task>, and return the new version."""
    import mlflow

    from .. import __version__
    from . import pyfunc

    name = registered_name(model.task.name)
    versions = [f"{package}=={_version(package)}" for package in REQUIREMENTS]
    info = mlflow.pyfunc.log_model(
        name="model",
        # A path: the code itself is stored, nothing is pickled.
        python_model=pyfunc.__file__,
        artifacts={"model": str(folder)},
        pip_requirements=[f"qawl=={__version__}", *versions],
        metadata={"task": model.task.name, "test_digest": digest},
    )
    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    version = client.create_model_version(name, source=info.model_uri, run_id=info.run_id, model_id=info.model_id)
    return str(version.version)


def _version(package: str) -> str:
    from importlib.metadata import version

    # Registries of wheels know torch 2.13.0, not the local label of one build (2.13.0+cpu).
    return version(package).partition("+")[0]
