"""`dvc repro` from nothing to the report, on tiny data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def dvc(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
    }
    return subprocess.run(
        [str(BIN / "dvc"), *words], cwd=folder, env=env, capture_output=True, text=True, timeout=800, check=False
    )


@pytest.mark.slow
@pytest.mark.skipif(not (BIN / "dvc").exists(), reason="DVC is not installed: pip install 'qawl[pipeline]'")
def test_the_whole_pipeline_runs_and_a_second_time_has_nothing_to_do(tmp_path: Path, tiny: Path) -> None:
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments")
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    shutil.copytree(tiny, tmp_path / "data" / "corpus")
    shutil.copy(ROOT / "data" / "targets.txt", tmp_path / "data")
    settings = yaml.safe_load((ROOT / "params.yaml").read_text())
    settings["options"] = "--set training.epochs=1 --set seeds=[1]"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    assert dvc(tmp_path, "init", "--no-scm", "-q").returncode == 0
    done = dvc(tmp_path, "repro")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = [json.loads(line) for line in (tmp_path / "build" / "scored.jsonl").read_text().splitlines()]
    assert {row["article_id"] for row in rows} == {path.stem for path in (ROOT / "seeds").glob("*.txt")}
    assert 'dir="rtl"' in (tmp_path / "build" / "report.html").read_text()
    compared = json.loads((tmp_path / "build" / "evaluation" / "speaker.json").read_text())
    assert [row["kind"] for row in compared] == ["rules", "encoder"]
    again = dvc(tmp_path, "repro")
    assert again.returncode == 0
    assert "Running stage" not in again.stdout
