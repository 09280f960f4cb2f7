"""An export is written where int8 answers as well as float32, and nowhere else."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from qawl import cli
from qawl.errors import InputError, QawlError
from qawl.models.encoder import EncoderModel
from qawl.models.ensemble import EnsembleModel
from qawl.models.folder import load_model, save_model
from qawl.models.onnx import OnnxModel
from qawl.models.signs import SignsModel
from qawl.records import Article
from qawl.train.export import export

SURE = 0.9


@pytest.fixture
def labelled(tmp_path: Path, encoders: Path, articles: list[Article]) -> Path:
    """A table with what the encoder of stances is sure of, as its labels."""
    model = load_model(encoders / "stance")
    examples = [own for article in articles[:6] for own in model.task.examples(article)]
    answers = zip(examples, model.predict(examples), strict=True)
    rows = [(own["text"], own["target"], label) for own, (label, score) in answers if score > SURE]
    assert len(rows) > 30 and len({label for *_, label in rows}) > 1
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("text", "target", "label"), *rows])
    return path


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`qawl export` with the given words: its exit status, and what it printed."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["qawl", "export", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return int(stop.value.code or 0), *capfd.readouterr()

    return command


def test_the_export_loads_like_any_model(tmp_path: Path, encoders: Path, labelled: Path, run: Run) -> None:
    output = tmp_path / "int8" / "stance"
    status, out, err = run(encoders / "stance", "--data", labelled, "--output", output)
    assert status == 0
    assert "accuracy 1.0000 in float32, 1.0000 in int8" in out
    assert "macro_f1 1.0000 in float32, 1.0000 in int8" in out and "equal answers 100.00%" in out
    assert err == ""
    model, encoder = load_model(output), load_model(encoders / "stance")
    assert isinstance(model, OnnxModel)
    assert model.task == encoder.task and model.calibration == encoder.calibration
    measured = model.card.pop("export")
    assert model.card == encoder.card
    assert measured["precision"] == "int8"
    assert 0 < measured["mean"] < measured["largest"] and measured["agreement"] == 1
    assert not list(tmp_path.rglob(".*")), "a temporary folder stays"


def test_float16_is_half_the_size_and_computes_in_float32(
    tmp_path: Path, encoders: Path, labelled: Path, run: Run
) -> None:
    output = tmp_path / "half"
    status, out, _ = run(encoders / "stance", "--data", labelled, "--output", output, "--precision", "float16")
    assert status == 0 and "1.0000 in float16" in out
    weights = [folder / "model.safetensors" for folder in (output, encoders / "stance")]
    assert 0.49 < weights[0].stat().st_size / weights[1].stat().st_size < 0.52
    model = load_model(output)
    assert isinstance(model, EncoderModel) and isinstance(model.network, torch.nn.Module)
    assert {value.dtype for value in model.network.parameters()} == {torch.float32}
    measured = model.card["export"]
    assert measured["precision"] == "float16" and 0 < measured["largest"] < 0.1
    # What was compared is what was written.
    article = Article(id="a", text="رفض الوزير القرار.", targets=("القرار",))
    examples = list(model.task.examples(article, labelled=False))
    again = load_model(encoders / "stance")
    assert isinstance(again, EncoderModel) and again.network is not None
    network: Any = again.network
    network.half().float()
    assert np.array_equal(model.logits(examples)[1], again.logits(examples)[1])


def test_of_an_ensemble_the_encoder_is_exported(
    tmp_path: Path, encoders: Path, labelled: Path, articles: list[Article], run: Run
) -> None:
    encoder = load_model(encoders / "stance")
    examples = [own for article in articles[:6] for own in encoder.task.examples(article)]
    signs = SignsModel.train(encoder.task, examples, seed=1)
    whole = EnsembleModel(task=encoder.task, calibration=encoder.calibration, members=(encoder, signs))
    save_model(whole, tmp_path / "whole")
    status, out, _ = run(tmp_path / "whole", "--data", labelled, "--output", tmp_path / "small")
    assert status == 0 and "equal answers 100.00%" in out
    small = load_model(tmp_path / "small")
    assert isinstance(small, EnsembleModel) and {own.kind for own in small.members} == {"onnx", "signs"}
    assert small.calibration == whole.calibration and small.card["export"]["precision"] == "int8"
    alike = [
        own == other for (own, _), (other, _) in zip(small.predict(examples), whole.predict(examples), strict=True)
    ]
    assert sum(alike) / len(alike) > SURE


def test_a_network_that_int8_breaks_is_refused(tmp_path: Path, encoders: Path, labelled: Path, run: Run) -> None:
    model = load_model(encoders / "stance")
    assert isinstance(model, EncoderModel)
    network: Any = model.network
    with torch.no_grad():
        # One huge feature that the head does not look at: float32 loses little, int8 sees nothing else.
        network.bert.encoder.layer[-1].output.LayerNorm.weight[0] = 1e5
        network.bert.pooler.dense.weight[:, 0] = 0
    save_model(model, tmp_path / "outlier")
    output = tmp_path / "int8"
    status, out, err = run(tmp_path / "outlier", "--data", labelled, "--output", output)
    assert status == 1
    figures = re.search(r"accuracy (\S+) in float32, (\S+) in int8", out)
    assert figures and float(figures[1]) > 0.9 and float(figures[2]) < 0.5
    assert "points of accuracy are lost, 0.5 may be: nothing is written" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labelled.csv", "outlier"]


def test_only_encoders_are_exported(tmp_path: Path, models_folder: Path, corpus: Path) -> None:
    for name, kind in (("topic", "tfidf"), ("speaker", "rules")):
        with pytest.raises(InputError, match=f"a model of kind '{kind}', which has no network"):
            export(models_folder / name, corpus / "test.jsonl", tmp_path / "o")
    assert not list(tmp_path.iterdir())


def test_nothing_else_is_overwritten(encoders: Path, corpus: Path) -> None:
    before = json.loads((encoders / "stance" / "qawl.json").read_text("utf-8"))
    with pytest.raises(InputError, match="is the model itself"):
        export(encoders / "stance", corpus / "test.jsonl", encoders / "." / "stance")
    with pytest.raises(InputError, match="stands there and is no model"):
        export(encoders / "stance", corpus / "test.jsonl", encoders)
    assert json.loads((encoders / "stance" / "qawl.json").read_text("utf-8")) == before


def test_data_without_labels_of_the_task(tmp_path: Path, encoders: Path, labelled: Path) -> None:
    with pytest.raises(InputError, match="no column 'mention'"):
        export(encoders / "speaker", labelled, tmp_path / "o")


def test_without_the_runtime_the_extra_is_named(
    tmp_path: Path, encoders: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(QawlError, match=r"an export needs onnx, which is not installed — pip install 'qawl\[onnx\]'"):
        export(encoders / "stance", labelled, tmp_path / "o")
