"""Training end to end on a tiny corpus: same figures twice, a kill survived, everything in a real MLflow store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from qawl.data.loaders import read_articles
from qawl.errors import QawlError
from qawl.models import registry
from qawl.models.folder import load_model
from qawl.train.config import Experiment, load_experiment
from qawl.train.run import TrainResult, train


def experiment_file(folder: Path, tiny: Path, name: str, **settings: Any) -> Path:
    data = {split: str(tiny / f"{split}.jsonl") for split in ("train", "validation", "test")}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({"data": data, **settings}, allow_unicode=True))
    return path


def run_training(path: Path, folder: Path, **options: Any) -> TrainResult:
    return train(load_experiment(path), path.stem, output=folder / "out", checkpoints=folder / "ckpt", **options)


MINI = {"encoder": "qawl-mini", "seeds": [3], "training": {"epochs": 2, "learning_rate": 5e-4}}


def test_same_seed_same_figures_to_the_last_digit(store: Path, tiny: Path) -> None:
    path = experiment_file(store, tiny, "twice", task="speaker", **MINI)
    first = run_training(path, store).metrics["seeds"]
    second = run_training(path, store).metrics["seeds"]
    assert json.dumps(first) == json.dumps(second)


def test_other_seed_other_figures(store: Path, tiny: Path) -> None:
    path = experiment_file(store, tiny, "seeds", task="topic", **{**MINI, "seeds": [3, 4]})
    seeds = run_training(path, store).metrics["seeds"]
    assert json.dumps(seeds["3"]) != json.dumps(seeds["4"])


@pytest.mark.parametrize("after", ["checkpoint-", "figures.json"])
def test_killed_run_resumes_to_the_figures_of_an_unbroken_one(
    store: Path, tiny: Path, resumed: Callable[..., str], after: str
) -> None:
    """SIGKILL once an epoch's checkpoint stands, and once the first of two seeds is done."""
    settings = {**MINI, "seeds": [3, 4], "training": {"epochs": 3, "learning_rate": 5e-4}}
    path = experiment_file(store, tiny, "killed", task="topic", **settings)
    unbroken = run_training(path, store).metrics["seeds"]
    resumed(path, lambda: any((store / "kept").rglob(f"{after}*")))
    again = json.loads((store / "again" / "metrics.json").read_text())["seeds"]
    assert json.dumps(again) == json.dumps(unbroken)
    assert not list((store / "kept").iterdir())
    runs = _runs("topic")
    parents = [run for run in runs if run.data.tags.get("mlflow.runName") == "killed"]
    assert len(parents) == 2, "the resumed run goes on in the run that was killed"
    assert {run.info.status for run in runs} == {"FINISHED"}


def _runs(task: str) -> list[Any]:
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(f"qawl-{task}")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def test_everything_a_run_is_stands_in_mlflow(store: Path, tiny: Path) -> None:
    import mlflow

    path = experiment_file(store, tiny, "tracked", task="topic", **MINI)
    result = run_training(path, store)
    client = mlflow.MlflowClient()
    by_kind = {run.data.tags["qawl.kind"]: run for run in _runs("topic")}
    parent, child = by_kind["parent"], by_kind["seed"]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert child.data.params["training.epochs"] == "2"
    assert child.data.params["seed"] == "3"
    assert len(child.data.params) < 40, "the Trainer's own hundred parameters stay out"
    assert "git.commit" in child.data.tags
    assert {own.dataset.name for own in child.inputs.dataset_inputs} == {"train", "validation", "test"}
    test = next(own.dataset for own in child.inputs.dataset_inputs if own.dataset.name == "test")
    assert test.digest == result.metrics["digest"]
    history = client.get_metric_history(child.info.run_id, "validation_macro_f1")
    assert {point.step for point in history} >= {1, 2}
    low, value, high = (child.data.metrics[f"test_macro_f1{end}"] for end in ("_low", "", "_high"))
    assert low <= value <= high
    assert any(name.startswith("test_f1_") for name in child.data.metrics)
    files = {file.path for file in client.list_artifacts(child.info.run_id)}
    assert {"test_confusion.png", "test_risk_coverage.png", "test_worst_errors.json", "calibration.json"} <= files
    assert {"test_ece", "test_ece_uncalibrated", "test_aurc", "temperature"} <= set(child.data.metrics)
    assert result.metrics["threshold"] is None, "one article of validation is too little to choose one"
    assert str(client.get_model_version_by_alias("qawl-topic", "champion").version) == result.version


def test_the_registered_model_is_a_pyfunc_that_answers_and_a_folder_without_a_pickle(store: Path, tiny: Path) -> None:
    import mlflow
    import pandas as pd

    path = experiment_file(store, tiny, "registered", task="stance", encoder="tfidf")
    result = run_training(path, store)
    folder = registry.registered_model("stance", "champion")
    assert folder is not None
    logged = next(run.data.metrics for run in _runs("stance") if run.data.tags["qawl.kind"] == "seed")
    threshold = {key: logged[f"threshold.{key}"] for key in ("confidence", "coverage", "accuracy", "goal")}
    assert load_model(folder).card["threshold"] == result.metrics["threshold"] == threshold
    kinds = {file.suffix for file in folder.parents[1].rglob("*") if file.is_file()}
    assert not kinds & {".pkl", ".pickle", ".bin", ".pt", ".joblib"}
    loaded = mlflow.pyfunc.load_model("models:/qawl-stance@champion")
    rows = pd.DataFrame({"text": ["رحب الوزير بالقرار.", "سقط المطر."], "target": ["القرار", "القرار"]})
    answers = loaded.predict(rows)
    assert list(answers.columns) == ["label", "score"]
    assert len(answers) == 2
    assert answers["score"].between(0, 1).all()


def test_an_ensemble_has_the_encoder_that_training_alone_gives_and_is_registered(store: Path, tiny: Path) -> None:
    settings = {**MINI, "task": "stance"}
    alone = run_training(experiment_file(store, tiny, "alone", **settings), store)
    encoder = load_model(alone.folder / "model")
    both = run_training(experiment_file(store, tiny, "both", ensemble="signs", **settings), store)
    model = load_model(both.folder / "model")
    examples = [own for article in read_articles(tiny / "test.jsonl") for own in model.task.examples(article)]
    logits = [np.array([own.logits for own in one.candidates(examples)]) for one in (encoder, model)]
    member = load_model(both.folder / "model" / "encoder")
    assert np.array_equal([own.logits for own in member.candidates(examples)], logits[0])
    assert not np.allclose(logits[1] - logits[1].mean(1, keepdims=True), logits[0] - logits[0].mean(1, keepdims=True))
    registry.set_champion("stance", both.version)
    registered = registry.registered_model("stance", registry.ALIAS)
    assert registered is not None and load_model(registered).predict(examples) == model.predict(examples)


def test_champion_moves_only_to_a_better_model_on_the_same_test_data(store: Path, tiny: Path) -> None:
    good = run_training(experiment_file(store, tiny, "rules", task="speaker", encoder="rules"), store)
    assert good.champion
    poor = run_training(experiment_file(store, tiny, "mini", task="speaker", **MINI), store)
    assert not poor.champion
    again = run_training(experiment_file(store, tiny, "rules2", task="speaker", encoder="rules"), store)
    assert not again.champion, "an equal model is no better one"
    elsewhere = experiment_file(store, tiny, "elsewhere", task="speaker", encoder="rules")
    swapped = yaml.safe_load(elsewhere.read_text())
    swapped["data"] |= {"validation": str(tiny / "test.jsonl"), "test": str(tiny / "validation.jsonl")}
    elsewhere.write_text(yaml.safe_dump(swapped))
    other = run_training(elsewhere, store)
    assert not other.champion
    assert "other data" in other.why


def test_a_better_model_takes_the_place_of_the_reigning_one(store: Path, tiny: Path) -> None:
    poor = run_training(experiment_file(store, tiny, "mini", task="speaker", **MINI), store, models=store / "models")
    good = run_training(
        experiment_file(store, tiny, "rules", task="speaker", encoder="rules"), store, models=store / "models"
    )
    assert poor.champion
    assert good.champion
    assert load_model(store / "models" / "speaker").kind == "rules"


def test_a_label_that_training_never_saw_is_refused_before_the_first_epoch(store: Path, tiny: Path) -> None:
    for split, label in (("train", "نعم"), ("train", "لا"), ("validation", "نعم"), ("test", "ربما")):
        with (store / f"{split}.csv").open("a") as stream:
            if not stream.tell():
                stream.write("s,l\n")
            stream.write(f"جملة عن {label} وعن {split},{label}\n")
    data = {split: str(store / f"{split}.csv") for split in ("train", "validation", "test")}
    experiment = Experiment.model_validate(
        {"task": "topic", "encoder": "tfidf", "data": {**data, "columns": {"text": "s", "label": "l"}}}
    )
    with pytest.raises(QawlError, match="unknown label 'ربما'"):
        train(experiment, "labels", output=store / "out", checkpoints=store / "ckpt")
    assert not (store / "out").exists()
