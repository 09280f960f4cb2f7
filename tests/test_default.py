"""The models that ship: small, with a card each, and answering at once without a network."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from qawl.models.folder import load_model, package_folder, read_card
from qawl.tasks import TASKS

ROOT = Path(__file__).parents[1]
FOLDER = package_folder() / "default"


def test_all_three_are_small_enough_to_ship() -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name[0] != "_") == sorted(TASKS)
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) <= 40e6


@pytest.mark.parametrize("task", TASKS)
def test_each_has_a_card_with_figures_of_real_news(task: str) -> None:
    card = read_card(FOLDER / task)
    assert card["task"]["name"] == task and card["card"]["threshold"] is not None
    assert card["card"]["test"].endswith("data/real/test.jsonl")
    text = (FOLDER / task / "README.md").read_text("utf-8")
    for part in (
        "real news",
        "No verdict about a person",
        "calibration error",
        "dvc repro experiments/default/dvc.yaml",
    ):
        assert part in text
    metric = load_model(FOLDER / task).task.metric
    assert metric.replace("_", " ") in text


@pytest.mark.parametrize("task", TASKS)
def test_each_is_what_its_experiment_file_makes(task: str) -> None:
    from qawl.train.config import load_experiment

    experiment = load_experiment(ROOT / "experiments" / "default" / f"{task}.yaml")
    model = load_model(FOLDER / task)
    assert model.card["encoder"] == experiment.encoder
    own = experiment.input.model_dump(exclude_none=True)
    assert {key: getattr(model.task, key) for key in own} == own


def test_an_article_is_scored_at_once_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("قال كيم إن الحرب على جاره الشمالي خطأ.\nوأضاف: نرفض الحرب.", "utf-8")
    nowhere = "http://127.0.0.1:9"
    env = {**os.environ, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "HF_ENDPOINT": nowhere}
    command = [sys.executable, "-m", "qawl", "score", "article.txt", "--target", "الحرب"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["speaker"]["entity"] for row in rows] == ["كيم", "كيم"]
    assert all(row["topic"]["label"] and row["stances"][0]["label"] for row in rows)
    assert os.listdir(tmp_path) == ["article.txt"]  # noqa: PTH208


def test_they_are_in_the_package_as_is_all_that_its_code_reads() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    package = FOLDER.parent
    shipped = {
        path
        for name, patterns in settings["package-data"].items()
        for pattern in patterns
        for path in package.joinpath(*name.split(".")[1:]).glob(pattern)
    }
    beside = {path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert FOLDER / "topic" / "model.safetensors" in beside and beside <= shipped
    assert {path.parent for path in package.rglob("*.py")} == {
        package.joinpath(*name.split(".")[1:]) for name in settings["packages"]
    }
