"""Scoring without a file to write: JSON lines into a pipe, tables to whoever sits at a terminal."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = "قال كيم إن الحرب انتهت.\nوأضاف: نعم.\nوتقع المدينة في الجنوب."


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with two articles."""
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "b", "text": "أكد بوتين [/b] أن الحوار مستمر."}\n{"text": ""}\n', "utf-8")
    return tmp_path


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "qawl", "score", *map(str, words)]


def test_into_a_pipe_go_the_rows_of_the_file(here: Path, models_folder: Path) -> None:
    words = ["a.txt", "b.jsonl", "--target", "الحرب", "--models", models_folder]
    piped = subprocess.run(command(*words), cwd=here, capture_output=True, text=True, timeout=120)
    assert piped.returncode == 1 and piped.stderr.strip() == "b.jsonl:2: `text` is empty"
    filed = subprocess.run(
        command(*words, "--output", "o.jsonl", "--quiet"), cwd=here, capture_output=True, timeout=120
    )
    assert filed.returncode == 1
    assert piped.stdout == (here / "o.jsonl").read_text("utf-8")
    assert [json.loads(line)["article_id"] for line in piped.stdout.splitlines()] == ["a", "a", "a", "b"]


def test_at_a_terminal_stands_a_table(here: Path, models_folder: Path) -> None:
    screen, terminal = pty.openpty()
    env = {**os.environ, "COLUMNS": "160", "TERM": "xterm", "NO_COLOR": "1"}
    words = ["a.txt", "b.jsonl", "--target", "الحرب", "--models", models_folder, "--min-confidence", "0.0"]
    # Far fewer bytes than the screen holds unread.
    done = subprocess.run(
        command(*words), cwd=here, stdout=terminal, stderr=subprocess.PIPE, env=env, text=True, timeout=120
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            piece = os.read(screen, 65536)
        except OSError:  # the end of what was written, on Linux
            break
        if not piece:
            break
        seen += piece
    os.close(screen)
    shown = seen.decode()
    assert done.returncode == 1
    for words_ in ("says", "about", "الحرب", "sentence", "كيم", "(narrator)", "[/b]", "وأضاف: نعم."):
        assert words_ in shown
    assert '{"article_id"' not in shown


def test_what_is_for_jobs_is_refused(here: Path) -> None:
    done = subprocess.run(command("a.txt", "--resume"), cwd=here, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "are for jobs with an --output FILE" in done.stderr
