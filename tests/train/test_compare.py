"""`qawl evaluate`: several models on a labelled file, on the terminal, as JSON and in a real MLflow store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from qawl.errors import QawlError
from qawl.models import registry
from qawl.models.folder import load_model, save_model
from qawl.train.compare import compare
from qawl.train.labelled import Labelled
from qawl.train.show_comparison import show_comparison
from qawl.train.tracking import log_comparison


@pytest.fixture(scope="module")
def other(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stance model that has a threshold and a flat curve: the same answers, with other confidences."""
    from qawl.models.calibration import Calibration

    model = load_model(models_folder / "stance")
    model.calibration = Calibration(sigmoid={"": (0.0, 0.0)})
    model.card = {"threshold": {"confidence": 0.5, "coverage": 1.0, "accuracy": 0.9, "goal": 0.9}}
    folder = tmp_path_factory.mktemp("other") / "[flat]"
    save_model(model, folder)
    return folder


def test_two_models_side_by_side(
    models_folder: Path,
    other: Path,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import mlflow

    data = tiny / "test.jsonl"
    rows = compare([models_folder / "stance", other], data, train=[tiny / "train.jsonl"], resamples=50)
    first, second = (row.as_dict() for row in rows)
    assert first["figures"]["macro_f1"] == second["figures"]["macro_f1"] == first["value"]
    assert first["difference"] is None
    assert second["difference"] == {"value": 0, "low": 0, "high": 0, "p": 1}
    assert first["figures"]["aurc"] != second["figures"]["aurc"]
    assert second["threshold"]["coverage"] == 1
    assert second["threshold"]["accuracy"] == second["figures"]["accuracy"]
    examples = Labelled.read(data).examples(rows[0].evaluation.task)
    assert first["slices"]["unseen target"]["examples"] == len(examples), "another article has other targets"
    assert 0 < first["slices"]["implicit subject"]["examples"] < len(examples)
    assert all(error["text"] and error["gold"] != error["predicted"] for error in first["errors"])

    monkeypatch.setenv("COLUMNS", "200")
    show_comparison(rows, errors=1)
    said = capsys.readouterr().out
    assert "[flat]" in said and "better than the first by" in said and "p of that" in said
    assert first["errors"][0]["article_id"] in said and "unseen speaker" in said

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    registry.connect()
    log_comparison(rows, data)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("qawl-stance")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    parent = next(run for run in runs if run.data.tags["qawl.kind"] == "comparison")
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert {run.data.tags["qawl.model"] for run in children} == {first["model"], second["model"]}
    kept = Path(client.download_artifacts(parent.info.run_id, "comparison.json", str(tmp_path)))
    assert json.loads(kept.read_text("utf-8")) == json.loads(json.dumps([first, second]))
    child = next(run for run in children if run.data.tags["qawl.model"] == second["model"])
    assert child.data.metrics["evaluation_macro_f1"] == second["value"]
    assert child.data.metrics["difference.p"] == 1
    assert child.data.metrics["slice.implicit subject"] == second["slices"]["implicit subject"]["value"]
    files = {file.path for file in client.list_artifacts(child.info.run_id)}
    assert {"evaluation_confusion.png", "evaluation_risk_coverage.png", "slices.json"} <= files


def test_models_of_two_tasks_do_not_compare(models_folder: Path, tiny: Path) -> None:
    with pytest.raises(QawlError, match="different tasks"):
        compare([models_folder / "stance", models_folder / "topic"], tiny / "test.jsonl")


def test_a_table_and_the_experiment_file_that_names_its_columns(models_folder: Path, tmp_path: Path) -> None:
    lines = [f"رحب الوزير بالقرار {at}.,القرار,{'favor' if at % 2 else 'none'}" for at in range(10)]
    (tmp_path / "ours.csv").write_text("\n".join(["text,target,label", *lines]))
    (tmp_path / "theirs.csv").write_text("\n".join(["s,t,l", *lines]))
    data = {
        "train": str(tmp_path / "theirs.csv"),
        "validation": 0.2,
        "test": str(tmp_path / "theirs.csv"),
        "columns": {"text": "s", "target": "t", "label": "l"},
    }
    (tmp_path / "e.yaml").write_text(yaml.safe_dump({"task": "stance", "encoder": "tfidf", "data": data}))
    folder = models_folder / "stance"
    ours = compare([folder], tmp_path / "ours.csv", train=[tmp_path / "ours.csv"], resamples=10)[0].as_dict()
    theirs = compare([folder], tmp_path / "e.yaml", resamples=10)[0].as_dict()
    assert ours["figures"] == theirs["figures"]
    assert ours["slices"]["unseen target"]["examples"] == theirs["slices"]["unseen target"]["examples"] == 0
    assert ours["slices"]["implicit subject"]["examples"] == 0
    with pytest.raises(QawlError, match="no column 'text', which stance needs"):
        Labelled.read(tmp_path / "theirs.csv").examples(load_model(folder).task)
