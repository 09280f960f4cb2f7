"""A store of its own for each test that trains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Resumed = Callable[[Path, Callable[[], bool]], str]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with an MLflow store that is empty."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def resumed(store: Path) -> Resumed:
    """Train a file into again/, kill that as soon as `reached` says so, and resume it; return what stderr says."""

    def run(path: Path, reached: Callable[[], bool]) -> str:
        words = ["train", path.name, "--output", "again", "--checkpoints", "kept", "--no-publish"]
        command = [sys.executable, "-m", "qawl", *words]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running = subprocess.Popen(command, cwd=store, env=os.environ, **quiet)
        deadline = time.monotonic() + 600
        while not reached() and time.monotonic() < deadline:
            assert running.poll() is None, "the run ended before it could be killed"
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert not (store / "again").exists()
        done = subprocess.run(
            [*command, "--resume"], cwd=store, env=os.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run
