"""A job that is killed, interrupted, or out of room goes on to the bytes of an unbroken run; nothing is lost."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from qawl import cli
from qawl.errors import InputError, QawlError
from qawl.infer import chunks
from qawl.infer.job import score_files
from qawl.infer.readers import read_articles
from qawl.infer.writers import FORMATS
from qawl.records import Article, Rejected

SENTENCES = ("قال كيم إن الحرب انتهت.", "وأضاف: نعم.", "مضى يوم في موسكو.", "ونفى الوزير ذلك.", "اقرأ أيضا")
COUNT = 60
Job = Callable[..., int]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Sixty articles of three sentences each, with three bad rows among them."""
    draw = random.Random(7)
    rows = [{"id": f"a{at}", "text": "\n".join(draw.sample(SENTENCES, 3))} for at in range(COUNT)]
    rows.insert(5, {"id": "empty", "text": " "})
    rows.insert(20, {"id": "a3", "text": "مرة ثانية"})
    rows.append({"id": "none", "text": ["نص"]})
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def score(models_folder: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Score the archive in parts of twelve sentences; return the number of rejected rows."""
    monkeypatch.setattr(chunks, "CHUNK", 12)

    def run(output: Path, **changed: Any) -> int:
        given: dict[str, Any] = {
            "inputs": [str(archive)],
            "target_options": ["الحرب"],
            "target_file": None,
            "models": str(models_folder),
            "min_confidence": 0.0,
            "quiet": True,
        }
        return score_files(output=output, **{**given, **changed})

    return run


def start(action: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """Run an action in a process of its own, which has all that this one has loaded."""
    process = multiprocessing.get_context("fork").Process(target=action, args=given, kwargs=options)
    process.start()
    return process


def status(process: Any) -> int:
    process.join(60)
    assert process.exitcode is not None, "the job hangs"
    return int(process.exitcode)


def no_room(*given: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def kill_after(parts: Path, count: int, process: Any, how: signal.Signals = signal.SIGKILL) -> int:
    """Send a signal as soon as that many parts are finished; return the exit status."""
    until = time.monotonic() + 60
    while len(list(parts.glob("[0-9]*.json"))) < count and process.is_alive():
        assert time.monotonic() < until, "no part in a minute"
        time.sleep(0.001)
    os.kill(process.pid, how)
    return status(process)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_killed_job_goes_on_to_the_bytes_of_an_unbroken_one(tmp_path: Path, score: Job, suffix: str) -> None:
    whole, broken = tmp_path / f"whole{suffix}", tmp_path / f"broken{suffix}"
    assert score(whole) == 3
    parts = tmp_path / f"broken{suffix}.parts"
    for finished in (0, 2, 9):
        assert kill_after(parts, finished, start(score, broken, resume=True)) == -signal.SIGKILL
        assert not broken.exists()
    assert len(list(parts.glob("[0-9]*.json"))) >= 9
    assert score(broken, resume=True) == 3
    assert broken.read_bytes() == whole.read_bytes()
    rejected = f"{suffix}.rejected.jsonl"
    assert (tmp_path / f"broken{rejected}").read_bytes() == (tmp_path / f"whole{rejected}").read_bytes()
    assert {path.name for path in tmp_path.glob("*broken*")} == {f"broken{suffix}", f"broken{rejected}"}


def test_what_is_finished_is_not_scored_again(tmp_path: Path, score: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "o.jsonl"
    assert kill_after(tmp_path / "o.jsonl.parts", 5, start(score, output)) == -signal.SIGKILL
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "o.jsonl.parts").glob("[0-9]*.json")}
    monkeypatch.setattr("qawl.infer.parts.Parts.finish", no_room)
    with pytest.raises(InputError, match="No space left"):
        score(output, resume=True)
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert len(list((tmp_path / "o.jsonl.parts").glob("[0-9]*.json"))) == COUNT * 3 // 12 + 1


def test_a_full_disk_is_said_and_the_parts_stay(tmp_path: Path, score: Job) -> None:
    def full(said: Path) -> None:
        # Room for any part, none for all of them together.
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            score(tmp_path / "o.jsonl")
        except QawlError as error:
            said.write_text(str(error), encoding="utf-8")
            sys.exit(2)

    assert status(start(full, tmp_path / "said")) == 2
    said = (tmp_path / "said").read_text("utf-8")
    assert "File too large" in said and "--resume" in said
    assert not (tmp_path / "o.jsonl").exists()
    score(tmp_path / "whole.jsonl")
    assert (tmp_path / "whole.jsonl").stat().st_size > 20_000
    score(tmp_path / "o.jsonl", resume=True)
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_job_outlives_the_reader_of_its_messages(tmp_path: Path, score: Job) -> None:
    def mute() -> None:
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 2)
        score(tmp_path / "o.jsonl", quiet=False)

    assert status(start(mute)) == 0
    score(tmp_path / "whole.jsonl")
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_job_outlives_its_terminal(tmp_path: Path, score: Job) -> None:
    def orphan() -> None:
        ours, theirs = os.openpty()
        os.dup2(theirs, 2)
        # What is written to a terminal that nobody has open any more is an error.
        os.close(ours)
        with pytest.raises(OSError, match="Input/output error"):
            os.write(2, b"x")
        score(tmp_path / "o.jsonl", quiet=False)

    assert status(start(orphan)) == 0
    score(tmp_path / "whole.jsonl")
    assert (tmp_path / "o.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


ENCODERS = """
import sys
from pathlib import Path
from qawl.infer import chunks, job
chunks.CHUNK = 12
given, models, output = sys.argv[1:]
job.score_files([given], Path(output), ["الحرب"], None, models, "0", True, resume=True)
"""


def test_a_killed_job_of_encoders_goes_on_to_the_same_bytes(tmp_path: Path, archive: Path, mixed_folder: Path) -> None:
    def command(output: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", ENCODERS, str(archive), str(mixed_folder), str(output)])

    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    process = command(broken)
    parts = tmp_path / "broken.jsonl.parts"
    while not list(parts.glob("000003.json")):
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert not broken.exists() and len(list(parts.glob("[0-9]*.json"))) >= 4
    assert command(broken).wait() == command(whole).wait() == 0
    assert broken.read_bytes() == whole.read_bytes()


def test_ctrl_c_stops_with_130_and_names_resume(
    tmp_path: Path, archive: Path, models_folder: Path, score: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "o.jsonl"
    words = ["qawl", "score", archive, "--output", output, "--models", models_folder, "--target", "الحرب"]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])

    def command() -> None:
        # A shell ignores Ctrl-C for what it starts in the background, such as a run of the tests.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with (tmp_path / "said").open("w") as said, redirect_stderr(said):
            cli.main()

    process = start(command)
    assert kill_after(tmp_path / "o.jsonl.parts", 2, process, signal.SIGINT) == 130
    said = (tmp_path / "said").read_text("utf-8")
    assert "stopped; with --resume it goes on where it was" in said and "Traceback" not in said
    score(output, resume=True)
    score(tmp_path / "whole.jsonl")
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.fixture
def stopped(tmp_path: Path, score: Job) -> Path:
    """The output of a job that was killed after three parts."""
    output = tmp_path / "o.jsonl"
    assert kill_after(tmp_path / "o.jsonl.parts", 3, start(score, output)) == -signal.SIGKILL
    return output


def test_other_settings_are_refused_and_named(stopped: Path, score: Job) -> None:
    with pytest.raises(InputError, match=r'other targets \(targets: \["الحرب"\], now \["السلم"\]\)'):
        score(stopped, resume=True, target_options=["السلم"])
    with pytest.raises(InputError, match=r"other min_confidence \(min_confidence: 0.0, now 0.5\)"):
        score(stopped, resume=True, min_confidence=0.5)
    with pytest.raises(InputError, match=r'other columns \(columns: {}, now {"title": "text"}\)'):
        score(stopped, resume=True, columns={"title": "text"})
    assert score(stopped, resume=True) == 3


def test_other_models_are_refused(stopped: Path, score: Job, models_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "models"
    for task in ("topic", "stance", "speaker"):
        (other / task).mkdir(parents=True)
        for path in (models_folder / task).iterdir():
            (other / task / path.name).write_bytes(path.read_bytes())
    card = other / "speaker" / "qawl.json"
    card.write_text(card.read_text("utf-8").replace('"temperature": 1.0', '"temperature": 2.0'), encoding="utf-8")
    with pytest.raises(InputError, match="the job began with other models"):
        score(stopped, resume=True, models=str(other))


def test_a_changed_input_is_refused_and_a_longer_one_is_not(stopped: Path, score: Job, archive: Path) -> None:
    before = archive.read_text("utf-8")
    archive.write_text(before.replace('a2"', 'b2"', 1), encoding="utf-8")
    with pytest.raises(InputError, match="the input has changed since the job began: articles 1 to 4"):
        score(stopped, resume=True)
    archive.write_text(before + '{"id": "new", "text": "قال كيم: نعم."}\n', encoding="utf-8")
    assert score(stopped, resume=True) == 3
    assert json.loads(stopped.read_text("utf-8").splitlines()[-1])["article_id"] == "new"


def test_parts_are_never_thrown_away_unasked(stopped: Path, score: Job) -> None:
    with pytest.raises(InputError, match="has parts of a job that was stopped — go on with --resume, or remove"):
        score(stopped)
    assert score(stopped, resume=True) == 3


def test_two_jobs_never_write_one_output(stopped: Path, score: Job) -> None:
    with FileLock(f"{stopped}.parts/lock"), pytest.raises(InputError, match="another job is writing it"):
        score(stopped, resume=True)
    assert score(stopped, resume=True) == 3


def test_bad_rows_are_told_with_their_place_and_reason(tmp_path: Path, score: Job, archive: Path) -> None:
    assert score(tmp_path / "o.jsonl") == 3
    rejected = [json.loads(line) for line in (tmp_path / "o.jsonl.rejected.jsonl").read_text("utf-8").splitlines()]
    assert [(row["file"], row["line"]) for row in rejected] == [
        (str(archive), 6),
        (str(archive), 21),
        (str(archive), 63),
    ]
    assert [row["reason"].split(" — ")[0] for row in rejected] == [
        "`text` is empty",
        "the id 'a3' stands already",
        "`text` is no string",
    ]
    ids = [json.loads(line)["article_id"] for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert list(dict.fromkeys(ids)) == [f"a{at}" for at in range(COUNT)]


def test_a_clean_run_removes_what_an_earlier_one_left_beside_it(tmp_path: Path, score: Job, archive: Path) -> None:
    output = tmp_path / "out" / "o.jsonl"
    output.parent.mkdir()
    beside = [Path(f"{output}.rejected.jsonl"), Path(f"{output}.articles.jsonl")]
    for path in beside:
        path.write_text("of an earlier run")
    archive.write_text('{"text": "قال كيم: نعم."}\n', encoding="utf-8")
    assert score(output) == 0
    assert list(output.parent.iterdir()) == [output]
    for path in beside:
        path.write_text('{"text": "قال كيم: نعم."}\n', encoding="utf-8")
        with pytest.raises(InputError, match=f"{path.name}: is itself among the inputs"):
            score(output, inputs=[str(path)])


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder of twelve web pages of about six sentences each, two texts, and a page without an article."""
    folder = tmp_path / "pages"
    folder.mkdir()
    draw = random.Random(3)
    for at in range(12):
        text = " ".join(f"{sentence} ({at})" for sentence in draw.choices(SENTENCES, k=12))
        head = f'<head><meta charset="utf-8"><title>عنوان {at}</title></head>'
        (folder / f"{at:02}.html").write_text(
            f"<html>{head}<body><article><p>{text}</p></article></body></html>", "utf-8"
        )
    (folder / "05.txt").write_text("قال كيم: نعم.", "utf-8")
    (folder / "empty.html").write_text("<p></p>", "utf-8")
    (folder / "z.txt").write_text("قال كيم: نعم.", "utf-8")
    return folder


def test_articles_out_of_pages_are_kept_by_a_killed_job_too(tmp_path: Path, score: Job, pages: Path) -> None:
    whole, broken = tmp_path / "whole.jsonl", tmp_path / "broken.jsonl"
    given: dict[str, Any] = {"inputs": [str(pages)]}
    assert score(whole, **given) == 1
    assert kill_after(tmp_path / "broken.jsonl.parts", 3, start(score, broken, **given)) == -signal.SIGKILL
    assert not Path(f"{broken}.articles.jsonl").exists()
    assert score(broken, resume=True, **given) == 1
    for suffix in ("", ".rejected.jsonl", ".articles.jsonl"):
        assert Path(f"{broken}{suffix}").read_bytes() == Path(f"{whole}{suffix}").read_bytes()
    # They are an input themselves, of the same texts and so of the same offsets; texts and bad pages are not there.
    articles = {own.id: own for own in read_articles([f"{whole}.articles.jsonl"]) if isinstance(own, Article)}
    assert list(articles) == [str(pages / "05.html") if at == 5 else f"{at:02}" for at in range(12)]
    rows = [json.loads(line) for line in whole.read_text("utf-8").splitlines()]
    of_pages = [row for row in rows if row["article_id"] in articles]
    assert {row["article_id"] for row in of_pages} == set(articles) and len(of_pages) < len(rows)
    assert all(articles[row["article_id"]].text[row["start"] : row["end"]] == row["text"] for row in of_pages)


def test_ids_are_told_apart_on_disk(tmp_path: Path) -> None:
    rows = [{"id": f"\ud800{at % 5000}", "text": "نص"} for at in range(5001)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    *_, last = found = list(read_articles([str(path)]))
    assert isinstance(last, Rejected) and last.line == 5001 and last.reason.endswith(f"the first one is at {path}:1")
    assert sum(isinstance(own, Rejected) for own in found) == 1


@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path: Path, models_folder: Path) -> None:
    draw = random.Random(11)
    text = [{"text": "\n".join(draw.choices(SENTENCES, k=18))} for _ in range(2000)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in text))
    words = [sys.executable, "-m", "qawl", "score", "a.jsonl", "--models", str(models_folder), "--quiet", "--output"]

    def run(output: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*words, output, "--resume"], cwd=tmp_path)

    started = time.monotonic()
    assert run("whole.jsonl").wait() == 0
    unbroken = time.monotonic() - started
    killed = 0
    while killed < 20:
        process = run("broken.jsonl")
        time.sleep(draw.uniform(0, unbroken / 3))
        finished = process.poll() is not None
        process.kill()
        process.wait()
        killed += 1
        if finished:
            (tmp_path / "broken.jsonl").unlink()
    assert run("broken.jsonl").wait() == 0
    assert (tmp_path / "broken.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
