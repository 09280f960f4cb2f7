"""Ray with two workers gives the bytes of the local engine, also where a worker or the driver is killed on the way."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from qawl.errors import InputError, QawlError
from qawl.infer import chunks
from qawl.infer import job as scoring
from qawl.infer.cluster import Cluster, Worker, WorkerConfig
from qawl.infer.engine import Question
from qawl.infer.job import score_files
from qawl.infer.loading import fingerprint
from qawl.infer.parts import Parts
from qawl.tasks import TASKS

ray = pytest.importorskip("ray", reason="pip install 'qawl[ray]'")

SENTENCES = ("قال كيم إن الحرب انتهت.", "وأضاف: نعم.", "مضى يوم في موسكو.", "ونفى الوزير ذلك.", "اقرأ أيضا")
COUNT = 60
CHUNK = 12
Job = Callable[..., int]
Qawl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A Ray that is there already, with room for two workers: jobs join it and leave it."""
    ray.init("local", num_cpus=2, object_store_memory=200 * 1024**2, include_dashboard=False, log_to_driver=False)
    yield Cluster(ray.get_runtime_context().gcs_address, workers=2, cpus=1)
    assert ray.is_initialized()
    ray.shutdown()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Sixty articles of three sentences each, a bad row, and an id that stands twice."""
    draw = random.Random(7)
    rows = [{"id": f"a{at}", "text": "\n".join(draw.sample(SENTENCES, 3))} for at in range(COUNT)]
    rows[30:30] = [{"id": "empty", "text": " "}, {"id": "a3", "text": "مرة ثانية"}]
    path = tmp_path / "archive.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def job(models_folder: Path, archive: Path) -> dict[str, Any]:
    """What a job is given beside its output."""
    return {
        "inputs": [str(archive)],
        "target_options": ["الحرب"],
        "target_file": None,
        "models": str(models_folder),
        "min_confidence": "0",
        "quiet": True,
    }


@pytest.fixture
def score(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Job:
    """Score the archive in fifteen parts; return the number of rejected rows."""
    monkeypatch.setattr(chunks, "CHUNK", CHUNK)
    return lambda output, **changed: score_files(**{**job, "output": output, **changed})


def workers(cluster: Cluster) -> list[psutil.Process]:
    """The processes of the actors, by the names that Ray gives them."""
    daemons = [own for own in psutil.process_iter(["name", "cmdline"]) if own.info["name"] == "raylet"]
    mine = [own for own in daemons if f"--gcs-address={cluster.address}" in own.info["cmdline"]]
    return [own for daemon in mine for own in daemon.children() if own.cmdline()[0].startswith("ray::Worker")]


def same(one: Path, other: Path) -> bool:
    return all(
        Path(f"{one}{suffix}").read_bytes() == Path(f"{other}{suffix}").read_bytes()
        for suffix in ("", ".rejected.jsonl")
    )


@pytest.mark.parametrize(
    ("suffix", "folder"), [(".jsonl", "models_folder"), (".parquet", "models_folder"), (".jsonl", "mixed_folder")]
)
def test_rows_are_those_of_this_process_though_a_worker_is_killed(
    tmp_path: Path,
    score: Job,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    suffix: str,
    folder: str,
) -> None:
    models = str(request.getfixturevalue(folder))
    write = Parts.write
    killed: list[psutil.Process] = []

    def write_and_kill(parts: Parts, part: Any, *given: Any) -> None:
        write(parts, part, *given)
        if part.number == 2:
            both = workers(cluster)
            assert len(both) == 2
            both[0].kill()
            killed.append(both[0])

    with monkeypatch.context() as deadly:
        deadly.setattr(Parts, "write", write_and_kill)
        assert score(tmp_path / f"ray{suffix}", cluster=cluster, models=models) == 2
    assert killed and not killed[0].is_running()
    assert score(tmp_path / f"local{suffix}", models=models) == 2
    assert same(tmp_path / f"ray{suffix}", tmp_path / f"local{suffix}")


def test_a_killed_driver_s_job_goes_on_there_and_here(
    tmp_path: Path, score: Job, cluster: Cluster, job: dict[str, Any]
) -> None:
    code = (
        "import json, sys; from pathlib import Path; from qawl.infer import chunks, cluster, job;"
        f"chunks.CHUNK = {CHUNK}; given, output, address = sys.argv[1:];"
        "job.score_files(**json.loads(given), output=Path(output), cluster=cluster.Cluster(address, 2, 1))"
    )
    output = tmp_path / "broken.jsonl"
    process = subprocess.Popen([sys.executable, "-c", code, json.dumps(job), str(output), str(cluster.address)])
    while not (tmp_path / "broken.jsonl.parts" / "000003.json").exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert not output.exists()
    assert score(output, cluster=cluster, resume=True) == 2
    assert score(tmp_path / "whole.jsonl") == 2
    assert same(output, tmp_path / "whole.jsonl")


def test_what_a_worker_objects_to_is_said_in_words(
    tmp_path: Path, score: Job, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, models_folder: Path
) -> None:
    monkeypatch.setattr(scoring, "fingerprint", lambda folder: "another")
    with pytest.raises(QawlError, match=f"^worker on [^:]+: other models under {models_folder} than where") as raised:
        score(tmp_path / "o.jsonl", cluster=cluster)
    assert "\n" not in str(raised.value)


def test_what_stands_before_a_break_of_the_input_is_kept(
    tmp_path: Path, score: Job, cluster: Cluster, archive: Path
) -> None:
    draw = random.Random(5)
    rows = [{"text": " ".join(draw.choices("ابتثجحخدذرزسش", k=200)) + "."} for _ in range(4 * COUNT)]
    packed = gzip.compress("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(packed[: len(packed) * 3 // 4])
    kept = []
    for output, own in ((tmp_path / "here.jsonl", None), (tmp_path / "there.jsonl", cluster)):
        with pytest.raises(InputError, match=r"broken\.jsonl\.gz"):
            score(output, cluster=own, inputs=[str(broken)])
        kept.append([path.read_bytes() for path in sorted(Path(f"{output}.parts").glob("[0-9]*"))])
    assert kept[0] == kept[1] and len(kept[0]) > 2


def test_the_command_starts_a_ray_of_its_own_and_stops_it(
    tmp_path: Path, qawl: Qawl, archive: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    before = {own.pid for own in psutil.process_iter(["name"]) if own.info["name"] == "raylet"}
    words = ("score", archive, "--models", models_folder, "--target", "الحرب", "--quiet", "--output")
    done = qawl(*words, "ray.jsonl", "--engine", "ray", "--workers", "2")
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines() == ["2 rows rejected: see ray.jsonl.rejected.jsonl"] and not done.stdout
    assert {own.pid for own in psutil.process_iter(["name"]) if own.info["name"] == "raylet"} <= before
    assert qawl(*words, "local.jsonl").returncode == 1
    assert same(tmp_path / "ray.jsonl", tmp_path / "local.jsonl")


def test_without_ray_the_extra_is_named(tmp_path: Path, score: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(QawlError, match=r"pip install 'qawl\[ray\]'"):
        score(tmp_path / "o.jsonl", cluster=Cluster())


def test_options_of_ray_without_ray_are_refused(qawl: Qawl, archive: Path) -> None:
    done = qawl("score", archive, "--output", "o.jsonl", "--workers", "2")
    assert done.returncode == 2 and "--workers and --worker-cpus are for --engine ray" in done.stderr


def test_the_address_of_a_dashboard_is_told_apart(qawl: Qawl, archive: Path, models_folder: Path) -> None:
    words = ("--models", models_folder, "--output", "o.jsonl", "--engine", "ray", "--ray-address", "http://head:8265")
    done = qawl("score", archive, *words)
    assert done.returncode == 2 and "http://head:8265 is a dashboard's" in done.stderr
    assert "give HOST:PORT of the cluster itself" in " ".join(done.stderr.split())


def test_a_worker_refuses_what_would_change_rows(models_folder: Path) -> None:
    folders = {task: models_folder / task for task in TASKS}
    found = {task: fingerprint(folder) for task, folder in folders.items()}
    config = WorkerConfig(str(models_folder), folders, found, Question((), dict.fromkeys(TASKS, 0.0)))
    precision = Worker(config).precision()
    assert precision == dict.fromkeys(TASKS, "float64")
    assert Worker(config).score([], precision) == []
    with pytest.raises(QawlError, match=r"^worker on .*: computes in .*: rows would depend on the worker"):
        Worker(config).score([], {**precision, "topic": "bf16"})
    with pytest.raises(QawlError, match=r"^worker on .*: qawl .*, but 0\.0 began the job"):
        Worker(replace(config, version="0.0")).precision()
    elsewhere = replace(config, models="/nowhere", folders={task: Path("/nowhere") / task for task in TASKS})
    with pytest.raises(QawlError, match=r"^worker on .*: /nowhere: no folder of models"):
        Worker(elsewhere).precision()


def test_workers_fit_the_machines() -> None:
    assert Cluster().fit([64, 64, 2]) == (32, 4)
    assert Cluster().fit([2]) == (1, 2)
    assert Cluster(workers=2).fit([2]) == (2, 1)
    assert Cluster(workers=3, cpus=8).fit([16]) == (3, 8)
    assert Cluster().fit([0]) == (1, 1)
