"""The benchmark runs, on networks too small to mean anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "experiments" / "bench.py"


def test_each_section_prints_its_table() -> None:
    command = [sys.executable, str(BENCH), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    tables = [part.splitlines() for part in done.stdout.split("## ")[1:]]
    assert [lines[0].partition(":")[0] for lines in tables] == ["tiny", "Start-up", "Memory of `qawl score`"]
    speed, startup, memory = ([line for line in lines if line.startswith("| ")][2:] for lines in tables)
    assert len(speed) == 5 and len(startup) == 3 and len(memory) == 2
    equal = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[-2:] for line in speed}
    assert equal["pipelines, batch size 32"] == ["100.0%", "100.0%"]
