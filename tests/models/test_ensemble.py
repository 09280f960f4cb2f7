"""Several models as one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from qawl.models.ensemble import EnsembleModel
from qawl.models.folder import load_model, save_model
from qawl.models.signs import SignsModel
from qawl.models.tfidf import TfidfModel
from qawl.tasks import Example, Task

Sided = Callable[..., tuple[Task, list[Example]]]


@pytest.fixture
def ensemble(sided: Sided) -> EnsembleModel:
    """Two kinds of model trained on the same examples."""
    task, examples = sided()
    members = (SignsModel.train(task, examples, seed=1), TfidfModel.train(task, examples, seed=1))
    return EnsembleModel(task=task, members=members)


def test_it_answers_with_the_mean_of_log_probabilities(ensemble: EnsembleModel, sided: Sided) -> None:
    _, examples = sided()
    answers = [member.candidates(examples) for member in ensemble.members]
    for own, first, second in zip(ensemble.candidates(examples), *answers, strict=True):
        product = np.sqrt(first.probabilities() * second.probabilities())
        assert own.probabilities() == pytest.approx(product / product.sum())


def test_it_is_read_back_with_its_members(ensemble: EnsembleModel, sided: Sided, tmp_path: Path) -> None:
    _, examples = sided()
    save_model(ensemble, tmp_path / "model")
    assert load_model(tmp_path / "model" / "signs").predict(examples) == ensemble.members[0].predict(examples)
    again = load_model(tmp_path / "model")
    assert again.kind == "ensemble"
    assert again.predict(examples) == ensemble.predict(examples)
    assert again.precision == "float64, float64"
    assert not list((tmp_path / "model").rglob("*.pkl"))


def test_of_nothing_it_makes_nothing(ensemble: EnsembleModel) -> None:
    assert ensemble.candidates([]) == []
