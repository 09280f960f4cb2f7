"""A trained model becomes one that ships: half the size, measured as it ships, with its card."""

import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest
from qawl.models.folder import load_model

SHIP = Path(__file__).parents[2] / "experiments" / "default" / "ship.py"


@pytest.fixture
def here(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a corpus that stands for both: the labels of the real articles come without their text."""
    for name in ("corpus", "real"):
        shutil.copytree(tiny, tmp_path / "data" / name)
    shutil.copy(tiny / "train.jsonl", tmp_path / "data" / "real" / "sides.jsonl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ship(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", [str(SHIP), *map(str, words), "--texts", "."])
    runpy.run_path(str(SHIP), run_name="__main__")


def test_an_encoder_ships_in_float16(here: Path, encoders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(monkeypatch, encoders / "stance", "shipped/stance")
    assert sorted(path.name for path in Path("shipped/stance").iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
        "qawl.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert load_model(Path("shipped/stance")).card["export"]["precision"] == "float16"
    text = Path("shipped/stance/README.md").read_text("utf-8")
    assert "| | real news | our own articles |" in text
    assert re.search(r"\| macro f1 \| 0\.\d{3} \[", text) and "| calibration error | 0." in text
    assert "fine-tuned; float16" in text and "{" not in text
    count = len((here / "data" / "real" / "train.jsonl").read_text("utf-8").splitlines())
    assert f"{2 * count} real ones" in text and "(`data/real/train.jsonl` and `data/real/sides.jsonl`)" in text


def test_rules_ship_as_they_are(here: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(monkeypatch, models_folder / "speaker", "shipped/speaker")
    assert sorted(path.name for path in Path("shipped/speaker").iterdir()) == ["README.md", "qawl.json"]
    text = Path("shipped/speaker/README.md").read_text("utf-8")
    assert "the cue rules" in text and re.search(r"\| speaker accuracy \| 0\.\d{3} \[", text)
