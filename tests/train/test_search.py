"""A search end to end on a tiny corpus: in a real MLflow store, killed, pruned, and run again from what it wrote."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml
from optuna.trial import TrialState, create_trial
from qawl.errors import QawlError
from qawl.models import registry
from qawl.models.tfidf import TfidfModel
from qawl.train import tracking
from qawl.train.config import Experiment, load_experiment
from qawl.train.examples import load_splits
from qawl.train.run import TrainResult, train
from qawl.train.search import Found, search

RATES = {"training.learning_rate": {"low": 1e-4, "high": 1e-3, "log": True}}


def experiment_file(folder: Path, tiny: Path, **settings: Any) -> Path:
    data = {split: str(tiny / f"{split}.jsonl") for split in ("train", "validation", "test")}
    path = folder / "sought.yaml"
    path.write_text(yaml.safe_dump({"data": data, **settings}))
    return path


def run_training(path: Path, folder: Path) -> TrainResult:
    return train(load_experiment(path), path.stem, output=folder / "out", checkpoints=folder / "ckpt")


def run_search(experiment: Experiment, folder: Path, **options: Any) -> Found:
    registry.connect()
    with tracking.run(experiment.task, "alone"):
        return search(experiment, options.get("splits"), "alone", folder / "search")


def runs_by_kind(task: str) -> dict[str, list[Any]]:
    import mlflow

    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(f"qawl-{task}")
    assert found is not None
    kinds: dict[str, list[Any]] = {}
    for run in client.search_runs([found.experiment_id]):
        kinds.setdefault(run.data.tags.get("qawl.kind", ""), []).append(run)
    return kinds


def test_trials_are_nested_runs_and_what_was_found_trains_to_the_same_figures_without_them(
    store: Path, tiny: Path
) -> None:
    import mlflow

    space = {"training.C": {"low": 0.01, "high": 100, "log": True}, "input.context": [0, 2]}
    path = experiment_file(store, tiny, task="stance", encoder="tfidf", search={"trials": 4, "space": space})
    result = run_training(path, store)
    kinds = runs_by_kind("stance")
    (parent,), (seed,), trials = kinds["parent"], kinds["seed"], kinds["trial"]
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {parent.info.run_id}
    assert {run.info.status for run in trials} == {"FINISHED"}
    found = result.metrics["search"]
    best = max(run.data.metrics["objective"] for run in trials)
    assert found["validation"] == best == result.metrics["seeds"]["1"]["validation"]["figures"]["macro_f1"]
    assert 0.01 <= found["values"]["training.C"] <= 100
    for key, value in found["values"].items():
        assert parent.data.params[key] == seed.data.params[key] == str(value)
    assert parent.data.params["search.trials"] == "4"
    files = {file.path for file in mlflow.MlflowClient().list_artifacts(parent.info.run_id)}
    assert {"search_history.png", "search_space.png"} <= files

    again = run_training(store / "out" / "sought.yaml", store)
    assert again.metrics["search"] is None
    assert json.dumps(again.metrics["seeds"]) == json.dumps(result.metrics["seeds"])


def test_trials_read_the_examples_that_their_own_settings_make(
    store: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: dict[bool, set[bool]] = {}
    train = TfidfModel.train.__func__  # type: ignore[attr-defined]

    def spy(kind: type[TfidfModel], task: Any, examples: Any, **given: Any) -> Any:
        named.setdefault(task.speaker, set()).add(any(example["speaker"] for example in examples))
        return train(kind, task, examples, **given)

    monkeypatch.setattr(TfidfModel, "train", classmethod(spy))
    settings = {"trials": 4, "space": {"input.speaker": [False, True]}}
    experiment = load_experiment(experiment_file(store, tiny, task="stance", encoder="tfidf", search=settings))
    run_search(experiment, store)
    assert named == {False: {False}, True: {True}}


def test_the_test_split_is_not_predicted_while_searching(
    store: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    predict = TfidfModel.candidates

    def spy(self: TfidfModel, examples: Any) -> Any:
        seen.update(example["article_id"] for example in examples)
        return predict(self, examples)

    monkeypatch.setattr(TfidfModel, "candidates", spy)
    settings = {"trials": 2, "space": {"training.C": [0.1, 1, 10]}}
    experiment = load_experiment(experiment_file(store, tiny, task="topic", encoder="tfidf", search=settings))
    splits = load_splits(experiment.data, experiment.make_task())
    run_search(experiment, store, splits=splits)
    assert seen == set(splits["validation"]["article_id"])
    assert not seen & set(splits["test"]["article_id"])


def test_no_point_is_trained_twice_and_none_is_left_to_draw_when_all_are_tried(store: Path, tiny: Path) -> None:
    settings = {"hours": 1, "space": {"input.context": {"low": 0, "high": 1}}}
    experiment = load_experiment(experiment_file(store, tiny, task="speaker", encoder="rules", search=settings))
    found = run_search(experiment, store)
    assert found.trials >= 2
    assert len(runs_by_kind("speaker")["trial"]) == 2


def test_no_trial_begins_after_the_hours_are_spent(store: Path, tiny: Path) -> None:
    settings = {"hours": 1e-9, "space": {"input.context": {"low": 0, "high": 100}}}
    experiment = load_experiment(experiment_file(store, tiny, task="speaker", encoder="rules", search=settings))
    assert run_search(experiment, store).trials == 1


def test_a_trial_below_the_median_is_pruned(store: Path, tiny: Path) -> None:
    settings = {"trials": 6, "space": RATES}
    path = experiment_file(
        store, tiny, task="topic", encoder="qawl-mini", seeds=[3], training={"epochs": 4}, search=settings
    )
    (store / "search").mkdir()
    study = optuna.create_study(storage=f"sqlite:///{store}/search/trials.db", study_name="alone", direction="maximize")
    (key,) = RATES
    for place in range(5):
        rate = 2e-4 + place * 1e-4
        study.add_trial(
            create_trial(
                params={key: rate},
                distributions={key: optuna.distributions.FloatDistribution(1e-4, 1e-3, log=True)},
                value=0.999,
                intermediate_values=dict.fromkeys(range(1, 5), 0.999),
            )
        )
    found = run_search(load_experiment(path), store)
    assert (found.trials, found.pruned, found.trial, found.validation) == (6, 1, 1, 0.999)
    (run,) = runs_by_kind("topic")["trial"]
    assert run.data.tags["qawl.pruned"] == "true"
    assert run.info.status == "FINISHED"
    assert "objective" not in run.data.metrics
    import mlflow

    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "validation_macro_f1")
    assert [point.step for point in history] == [1, 2], "the first epoch is never judged"
    assert not (store / "search" / "trainer").exists()


def test_a_search_that_was_killed_finds_what_an_unbroken_one_finds(
    store: Path, tiny: Path, resumed: Callable[..., str]
) -> None:
    settings = {"encoder": "qawl-mini", "seeds": [3], "training": {"epochs": 2}}
    path = experiment_file(store, tiny, task="topic", **settings, search={"trials": 2, "space": RATES})
    unbroken = run_training(path, store).metrics
    said = resumed(path, lambda: _in_second_trial(store / "kept"))
    assert "Warning" not in said
    again = json.loads((store / "again" / "metrics.json").read_text())
    assert json.dumps(again["search"]) == json.dumps(unbroken["search"])
    assert json.dumps(again["seeds"]) == json.dumps(unbroken["seeds"])
    assert not list((store / "kept").iterdir())
    kinds = runs_by_kind("topic")
    assert {kind: len(runs) for kind, runs in kinds.items()} == {"parent": 2, "trial": 4, "seed": 2}
    assert {run.info.status for runs in kinds.values() for run in runs} == {"FINISHED"}


def _in_second_trial(kept: Path) -> bool:
    for path in kept.rglob("trials.db"):
        if any(path.parent.glob("trainer/checkpoint-*/trainer_state.json")):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
                states = [state for (state,) in base.execute("select state from trials order by number")]
            return states == [TrialState.COMPLETE.name, TrialState.RUNNING.name]
    return False


@pytest.mark.parametrize(
    ("task", "encoder", "key", "values"),
    [("speaker", "rules", "input.context", [0, 1]), ("stance", "tfidf", "input.speaker", [False, True])],
)
def test_given_examples_and_a_search_over_how_they_are_made_are_refused(
    store: Path, tiny: Path, task: str, encoder: str, key: str, values: list[Any]
) -> None:
    settings = {"trials": 2, "space": {key: values}}
    experiment = load_experiment(experiment_file(store, tiny, task=task, encoder=encoder, search=settings))
    splits = load_splits(experiment.data, experiment.make_task())
    with pytest.raises(QawlError, match="--examples"):
        run_search(experiment, store, splits=splits)


def test_without_optuna_the_remedy_is_told_before_anything_is_read(
    store: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"trials": 2, "space": {"training.C": [1, 2]}}
    path = experiment_file(store, tiny, task="topic", encoder="tfidf", search=settings)
    monkeypatch.delitem(sys.modules, "qawl.train.search")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(QawlError, match=r"pip install 'qawl\[search\]'"):
        run_training(path, store)
    assert not list(store.glob("ckpt/*"))
