"""Intervals of the tool's figures, by resampled articles."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

TOOL = """
def evaluate(articles, rows):
    right = [row["right"] for article in articles for row in rows if row["article_id"] == article["id"]]
    return {"sentences": len(right), "share": sum(right) / len(right) if any(right) else float("nan")}
"""


@pytest.fixture
def realnews(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "experiments"))
    return importlib.import_module("realnews")


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_figures_stand_with_the_spread_of_whole_articles(
    realnews: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = written(tmp_path / "gold.jsonl", [{"id": at} for at in range(20)])
    # Ten sentences of an article are right or wrong together.
    rows = written(tmp_path / "rows.jsonl", [{"article_id": at // 10, "right": at < 100} for at in range(200)])
    (tmp_path / "tool.py").write_text(TOOL, "utf-8")
    words = ["realnews.py", rows, "--gold", gold, "--tool", tmp_path / "tool.py", "--resamples", 400]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    realnews.main()
    out = capsys.readouterr().out.splitlines()
    assert out[2] == "| sentences | 200 | |"
    _, name, figure, interval, _ = (cell.strip() for cell in out[3].split("|"))
    low, high = map(float, interval.split(" to "))
    # Over twenty articles, √(0.25 / 20) × 1.96 to either side; over 200 sentences it would be a third of that.
    assert (name, figure) == ("share", "0.500") and low == pytest.approx(0.28, abs=0.06)
    assert high == pytest.approx(0.72, abs=0.06)


def test_a_file_that_is_not_there_is_named(
    realnews: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["realnews.py", str(tmp_path / "none.jsonl")])
    with pytest.raises(SystemExit):
        realnews.main()
    assert "none.jsonl: no such file" in capsys.readouterr().err
