"""Everything a run is, in MLflow: one experiment per task, a parent run per file, a child per seed and trial."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

from ..models.base import Model
from ..models.registry import registered_name
from ..tasks import Example, Task
from .config import Experiment
from .evaluate import Evaluation, worst_errors

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
    from mlflow.data.pandas_dataset import from_pandas

    table = pd.DataFrame([{key: str(value) for key, value in example.items()} for example in examples])
    with warnings.catch_warnings():
        # A local path is two kinds of artifact source to MLflow, both the same; it warns each time.
        warnings.simplefilter("ignore", UserWarning)
        dataset = from_pandas(table, source=source, name=name, digest=digest)
    mlflow.log_input(dataset, context=name)


def log_epoch(metrics: dict[str, float], epoch: int) -> None:
    """Log the metrics of an epoch; those that are not defined (NaN) are left out."""
    import mlflow

    mlflow.log_metrics({key: value for key, value in metrics.items() if value == value}, step=epoch)


def log_evaluation(model: Model, evaluation: Evaluation, split: str) -> None:
    """Log the figures, the interval of the task's metric, the confusion matrix and the worst errors."""
    import mlflow
    import pandas as pd

    task = model.task
    low, high = evaluation.interval
    figures = {f"{split}_{name}": value for name, value in evaluation.figures.items() if value == value}
    bounds = {f"{split}_{task.metric}_low": low, f"{split}_{task.metric}_high": high}
    mlflow.log_metrics({**figures, **bounds, "temperature": model.temperature})
    picture = confusion_picture(task, evaluation)
    mlflow.log_figure(picture, f"{split}_confusion.png")
    errors = worst_errors(task, evaluation)
    if errors:
        mlflow.log_table(pd.DataFrame(errors), f"{split}_worst_errors.json")


def confusion_picture(task: Task, evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix: counts, coloured by the share of their row."""
    import pandas as pd
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pairs = [task.confusion(e, o) for e, o in zip(evaluation.examples, evaluation.predicted, strict=True)]
    counts = pd.crosstab([gold for gold, _ in pairs], [own for _, own in pairs])
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    height, width = counts.shape
    figure = Figure(figsize=(2.5 + 0.62 * width, 2 + 0.5 * height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(width), counts.columns, rotation=45, ha="right")
    axes.set_yticks(range(height), counts.index)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title(f"{task.name}: {task.metric} {evaluation.figures[task.metric]:.3f}")
    for row in range(height):
        for column in range(width):
            if count := counts.iloc[row, column]:
                colour = "white" if shares[row, column] > 0.6 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    return figure


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
