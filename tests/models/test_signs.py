"""The readable baseline of stance."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from qawl.errors import QawlError
from qawl.models.folder import load_model, save_model
from qawl.models.signs import NEVER, SignsModel
from qawl.tasks import Example, Task, make_task

Sided = Callable[..., tuple[Task, list[Example]]]
HELD_OUT = "الاتفاق النووي"


def test_it_learns_from_targets_and_answers_on_another_one(tmp_path: Path, sided: Sided) -> None:
    task, examples = sided()
    model = SignsModel.train(task, [own for own in examples if own["target"] != HELD_OUT], seed=1, C=1.0)
    held_out = [own for own in examples if own["target"] == HELD_OUT]
    assert [label for label, _ in model.predict(held_out)] == [own["label"] for own in held_out]
    save_model(model, tmp_path / "model")
    assert load_model(tmp_path / "model").predict(held_out) == model.predict(held_out)


def test_its_weights_can_be_read(tmp_path: Path, sided: Sided) -> None:
    task, examples = sided()
    save_model(SignsModel.train(task, examples, seed=1), tmp_path / "model")
    weights = json.loads((tmp_path / "model" / "signs.json").read_text("utf-8"))
    of = dict(zip(task.labels, zip(*(weights[f"path: {side} "] for side in ("+", "-")), strict=True), strict=True))
    assert of["favor"][0] > 0 > of["favor"][1]
    assert of["against"][0] < 0 < of["against"][1]


def test_of_two_labels_both_have_weights(sided: Sided) -> None:
    task, examples = sided(("against", "favor"))
    model = SignsModel.train(task, examples, seed=1, C=1.0)
    assert [label for label, _ in model.predict(examples)] == [own["label"] for own in examples]


def test_a_label_that_training_never_saw_is_not_answered(sided: Sided) -> None:
    task, _ = sided()
    _, examples = sided(("favor", "against"))
    model = SignsModel.train(task, examples, seed=1)
    (candidates,) = model.candidates([{**examples[0], "text": "كلام لا صلة له"}])
    assert candidates.logits[task.labels.index("none")] == pytest.approx(NEVER)
    assert candidates.best()[0] != "none"


def test_the_same_seed_gives_the_same_weights(sided: Sided) -> None:
    task, examples = sided()
    assert SignsModel.train(task, examples, seed=1).weights == SignsModel.train(task, examples, seed=1).weights


def test_one_label_is_refused_in_words(sided: Sided) -> None:
    task, _ = sided()
    with pytest.raises(QawlError, match="two labels"):
        SignsModel.train(task, sided(("favor",))[1], seed=1)


def test_it_is_for_stance() -> None:
    with pytest.raises(QawlError, match="answers stance, not topic"):
        SignsModel.train(make_task("topic"), [], seed=1)
