"""A real browser on the real MLflow UI, over a store that training runs made."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from qawl.train.config import load_experiment
from qawl.train.run import train

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def runs(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two tracked runs of the topic baseline that differ in one setting."""
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    data = {split: str(tiny / f"{split}.jsonl") for split in ("train", "validation", "test")}
    for strength in (0.01, 30.0):
        path = tmp_path / f"topic-c{strength}.yaml"
        settings = {"task": "topic", "encoder": "tfidf", "data": data, "training": {"C": strength}}
        path.write_text(yaml.safe_dump(settings))
        train(load_experiment(path), path.stem, output=tmp_path / "out", checkpoints=tmp_path / "ckpt")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("qawl-topic")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], "tags.`qawl.kind` = 'seed'"))


@pytest.fixture
def ui(runs: list[Any], tmp_path: Path) -> Iterator[str]:
    """The address of `qawl ui`, running on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path / "ui.log").open("w")
    command = [sys.executable, "-m", "qawl", "ui", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=os.environ, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        # The whole session: `mlflow ui` starts workers of its own.
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail("the MLflow UI did not answer")


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: apt-get install chromium")
def test_two_runs_are_compared_and_their_macro_f1_is_there(ui: str, runs: list[Any]) -> None:
    from playwright.sync_api import sync_playwright

    wanted = sorted(run.data.metrics["test_macro_f1"] for run in runs)
    assert len(wanted) == 2
    assert wanted[0] != wanted[1]
    chosen = {"runs": [run.info.run_id for run in runs], "experiments": [runs[0].info.experiment_id]}
    query = urllib.parse.urlencode({key: json.dumps(value) for key, value in chosen.items()})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{ui}/#/compare-runs?{query}")
        page.get_by_text("Comparing 2 Runs").wait_for(timeout=90_000)
        page.get_by_text("test_macro_f1").first.wait_for(timeout=90_000)
        shown = page.inner_text("body")
        browser.close()
    for run in runs:
        assert run.info.run_name in shown
        assert f"{round(run.data.metrics['test_macro_f1'], 3)}" in shown
