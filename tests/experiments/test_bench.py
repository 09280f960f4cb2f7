"""The benchmark runs, on networks too small to mean anything."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    return importlib.import_module("bench")


def rows(printed: str) -> list[list[str]]:
    """Return the cells of the one table below the header."""
    return [line.strip("| ").split(" | ") for line in printed.splitlines() if line.startswith("| ")][2:]


def test_ways_are_measured_side_by_side(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.py", "speed", "--quick"])
    bench.main()
    printed = capsys.readouterr().out
    assert "## tiny: 2 articles" in printed and "load before" in printed
    single, batched, torch, int8, baseline = rows(printed)
    assert single[2] == batched[3] == "1.0"
    assert single[-2:] == batched[-2:] == ["100.0%", "100.0%"]
    assert torch[5].endswith("%") and int8[6].endswith("(int8)") and baseline[-1] == "–"


def test_the_peak_of_a_job_is_measured(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.py", "memory", "--quick"])
    bench.main()
    ((articles, peak, share, _),) = rows(capsys.readouterr().out)
    assert (articles, share) == ("5", "1.00")
    assert 100 < float(peak.replace(",", "")) < 4000


def test_startup_is_held_against_the_imports(bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.startup([], 1, tmp_path)
    ((_, seconds, ratio),) = rows(capsys.readouterr().out)
    assert float(seconds) > 0 and ratio == "1.0"
