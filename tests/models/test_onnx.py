"""int8 beside float32: the same answers but for rounding, whatever else is scored, and a folder like any other."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qawl.errors import InputError
from qawl.infer import chunks
from qawl.infer.job import score_files
from qawl.infer.parts import Parts
from qawl.models.encoder import EncoderModel
from qawl.models.folder import load_model, save_model
from qawl.models.onnx import OnnxModel
from qawl.records import Article
from qawl.tasks import Candidates, Example
from qawl.train.quantise import quantised

TARGETS = ["الحرب", "السلم"]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, encoders: Path) -> Path:
    """The encoders in int8."""
    folder, scratch = tmp_path_factory.mktemp("int8"), tmp_path_factory.mktemp("scratch")
    for name in ("stance", "speaker"):
        (scratch / name).mkdir()
        save_model(quantised(encoders / name, scratch / name), folder / name)
    return folder


@pytest.fixture(params=["stance", "speaker"])
def pair(request: pytest.FixtureRequest, encoders: Path, exported: Path) -> tuple[EncoderModel, OnnxModel]:
    encoder, model = load_model(encoders / request.param), load_model(exported / request.param)
    assert isinstance(encoder, EncoderModel) and isinstance(model, OnnxModel)
    return encoder, model


def examples(model: OnnxModel, articles: list[Article], count: int = 4) -> list[Example]:
    given = articles[:count]
    return [own for article in given for own in model.task.examples(article, labelled=False, targets=TARGETS)]


def same(some: list[Candidates], others: list[Candidates]) -> bool:
    """Tell whether the figures are equal to the last bit."""
    return all(
        own.options == other.options and np.array_equal(own.logits, other.logits)
        for own, other in zip(some, others, strict=True)
    )


def test_int8_answers_as_float32_does(pair: tuple[EncoderModel, OnnxModel], articles: list[Article]) -> None:
    encoder, model = pair
    assert (model.kind, model.precision, model.task) == ("onnx", "int8", encoder.task)
    assert (model.calibration, model.card) == (encoder.calibration, encoder.card)
    given = examples(model, articles)
    before, after = encoder.predict(given), model.predict(given)
    # Untrained networks have many options at nearly the same confidence.
    assert np.mean([own[0] == other[0] for own, other in zip(before, after, strict=True)]) > 0.7
    differences = [abs(own[1] - other[1]) for own, other in zip(before, after, strict=True) if own[0] == other[0]]
    assert 0 < np.mean(differences) < 0.06
    assert len({own for own, _ in after}) > 1, "the network says the same of everything"


def test_an_answer_does_not_depend_on_its_company(
    pair: tuple[EncoderModel, OnnxModel], articles: list[Article]
) -> None:
    _, model = pair
    given = examples(model, articles, 2)
    together = model.candidates(given)
    assert same(together, [model.candidates([own])[0] for own in given])
    assert same(together, model.candidates(given[::-1])[::-1])
    with ThreadPoolExecutor(3) as pool:
        model.speed_up(pool)
        assert same(together, model.candidates(given))


def test_in_batches_it_would(
    pair: tuple[EncoderModel, OnnxModel], articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model = pair
    given = examples(model, articles, 2)
    alone = np.concatenate([head[:3] for own in model.logits(given)[1] for head in own])
    monkeypatch.setattr(OnnxModel, "batch_tokens", EncoderModel.batch_tokens)
    company = np.concatenate([head[:3] for own in model.logits(given)[1] for head in own])
    assert np.abs(company - alone).max() > 1e-3


def test_a_job_that_is_stopped_goes_on_to_the_same_bytes(
    tmp_path: Path, models_folder: Path, exported: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for name, place in (("topic", models_folder), ("stance", exported), ("speaker", exported)):
        (models / name).symlink_to(place / name)
    monkeypatch.setattr(chunks, "CHUNK", 30)

    def score(output: Path, resume: bool = False) -> None:
        given: dict[str, Any] = {"target_options": ["الحرب"], "target_file": None, "min_confidence": "0"}
        given |= {"models": str(models), "quiet": True, "resume": resume}
        score_files([str(corpus / "validation.jsonl")], output, **given)

    write = Parts.write

    def breaks(self: Parts, part: Any, *rest: Any) -> None:
        if part.number == 3:
            raise KeyboardInterrupt
        write(self, part, *rest)

    score(tmp_path / "whole.jsonl")
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(Parts, "write", breaks)
        score(tmp_path / "o.jsonl")
    score(tmp_path / "o.jsonl", resume=True)
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_without_the_runtime_the_extra_is_named(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"needs ONNX Runtime, .* — pip install 'qawl\[onnx\]'"):
        load_model(exported / "stance")


def test_a_graph_that_is_cut_off(tmp_path: Path, exported: Path) -> None:
    save_model(load_model(exported / "stance"), tmp_path / "m")
    graph = tmp_path / "m" / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(InputError, match="the model can't be read"):
        load_model(tmp_path / "m")
