"""The models that score: one's own where there are some, those that ship for the rest."""

import shutil
from pathlib import Path

import pytest
from qawl.errors import InputError, QawlError
from qawl.infer.loading import chosen, find_models, load_models, shipping
from qawl.models import folder as model_folder
from qawl.models.folder import load_model, read_card, shipped


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models_folder: Path) -> Path:
    """A package that ships the models of the tests; the working folder is empty."""
    monkeypatch.setattr(model_folder, "package_folder", lambda: tmp_path / "qawl")
    shutil.copytree(models_folder, tmp_path / "qawl" / "default")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "qawl"


def test_models_that_are_none(models_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the model of one task"):
        load_models(str(models_folder / "topic"))
    with pytest.raises(InputError, match="no model here: it has none of topic, stance, speaker"):
        load_models(str(tmp_path))
    with pytest.raises(InputError, match="no folder of models"):
        load_models(str(tmp_path / "none"))
    for task in ("topic", "stance", "speaker"):
        (tmp_path / task).symlink_to(models_folder / "topic")
    with pytest.raises(InputError, match="stance: holds a topic model"):
        load_models(str(tmp_path))


def test_without_models_of_ones_own_those_that_ship_are_taken(package: Path) -> None:
    assert chosen(None) == "default"
    found = find_models(chosen(None))
    assert found == {task: package / "default" / task for task in ("topic", "stance", "speaker")}
    assert shipping(found) == ["topic", "stance", "speaker"]
    assert {task: model.kind for task, model in load_models().items()} == {
        "topic": "tfidf",
        "stance": "tfidf",
        "speaker": "rules",
    }


def test_what_a_folder_lacks_is_taken_from_those_that_ship(package: Path) -> None:
    shutil.copytree(package / "default" / "stance", "models/stance")
    assert chosen(None) == "models"
    found = find_models("models")
    assert found["stance"] == Path("models/stance") and shipping(found) == ["topic", "speaker"]


def test_a_folder_of_another_kind_is_not_taken_for_models(package: Path) -> None:
    Path("models/photos").mkdir(parents=True)
    assert chosen(None) == "default"
    with pytest.raises(InputError, match="it has none of topic"):
        find_models("models")


def test_a_model_that_ships_is_named_like_a_folder(package: Path) -> None:
    assert shipped(Path("default/topic")) == package / "default" / "topic"
    assert load_model(Path("default/topic")).kind == read_card(Path("default/topic"))["kind"] == "tfidf"
    # What stands here under that name is what the user means.
    shutil.copytree(package / "default" / "speaker", "default/topic")
    assert shipped(Path("default/topic")) == Path("default/topic")
    assert load_model(Path("default/topic")).kind == "rules"


def test_a_broken_model_of_ones_own_is_not_replaced(package: Path) -> None:
    shutil.copytree(package / "default", "models")
    Path("models/topic/qawl.json").unlink()
    with pytest.raises(InputError, match=r"topic: no model here \(no qawl.json\)"):
        load_models("models")


def test_an_alias_is_looked_for_in_the_registry(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{package}/mlflow.db")
    with pytest.raises(QawlError, match="has no qawl-topic@champion — train models first, or give --models default"):
        find_models("champion")
