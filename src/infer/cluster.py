"""The engine of `qawl score --engine ray`: parts are scored by actors, each of which has loaded the models once.

The driver reads, as it does without Ray: ids are compared over the whole input, a stopped job goes on behind its last
part, and standard input is there only once. Ray Data takes no such stream, it reads in tasks of the cluster and
reads anew when one of them is lost. So the parts go from here to actors of Ray's core. Ray starts an actor that it
lost again, and gives it its parts again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import QawlError, first_line
from ..models.processor import cores
from ..models.registry import STORE
from ..records import Article
from .engine import LocalEngine, Question, Scored, local_engine
from .loading import find_models, fingerprint
from .score import bare

WORKER_CPUS = 4
"""CPUs of a worker where nobody says how many: so many forward passes share one copy of the models."""
AHEAD = 2
"""Parts that lie with a worker: the one that it scores, and one more, so that it never waits."""
IN_FLIGHT = 4
"""Parts a worker that are in memory: those that lie there, and scored ones that wait for an earlier part."""
RETRIES = 3
"""How often a part is scored anew after its worker was lost: it may be the part that kills its workers."""
OBJECT_STORE = 512 * 1024**2
"""Bytes of shared memory for the parts in flight; what doesn't fit goes to disk."""
PATIENCE = 60.0
"""Seconds without any worker after which the user is told."""


@dataclass(frozen=True)
class Cluster:
    """Where the workers are, and how many.

    Args:
        address: of a Ray cluster; None starts a Ray on this machine that ends with the job.
        workers: actors; None for as many as there are CPUs for.
        cpus: of each worker, and its threads.
    """

    address: str | None = None
    workers: int | None = None
    cpus: int | None = None

    def fit(self, nodes: Sequence[int]) -> tuple[int, int]:
        """Return the number of workers and the CPUs of each, for machines of so many CPUs."""
        share = sum(nodes) // self.workers if self.workers else WORKER_CPUS
        cpus = self.cpus or max(1, min(WORKER_CPUS, share, max(nodes, default=1)))
        return self.workers or max(1, sum(node // cpus for node in nodes)), cpus


@dataclass(frozen=True)
class WorkerConfig:
    """All that a worker has to know.

    Args:
        models: what the user gave, a whole path or a registry alias.
        folders: where this process found them.
        fingerprints: of these folders; a worker that finds others is refused.
        store: MLFLOW_TRACKING_URI of this process.
    """

    models: str
    folders: Mapping[str, Path]
    fingerprints: Mapping[str, str]
    question: Question
    threads: int = 1
    store: str | None = None
    version: str = __version__


class Worker:
    """An actor. It loads the models when it is first asked, since an error in its making has no words for the user."""

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        self._engine: LocalEngine | None = None
        self._resources = ExitStack()

    def precision(self) -> dict[str, str]:
        """Return what the models compute with on this machine."""
        with _saying_where():
            return self._loaded().precision

    def score(self, articles: Sequence[Article], precision: Mapping[str, str]) -> Scored:
        """Return the rows of each article; a QawlError where this machine would compute them otherwise."""
        with _saying_where():
            engine = self._loaded()
            if engine.precision != precision:
                problem = f"computes in {engine.precision}, other workers in {precision}"
                raise QawlError(f"{problem}: rows would depend on the worker — use processors of one kind")
            return engine.score_part([bare(article) for article in articles])

    def _loaded(self) -> LocalEngine:
        if self._engine is None:
            config = self._config
            if config.version != __version__:
                raise QawlError(f"qawl {__version__}, but {config.version} began the job — install one everywhere")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            if config.store:
                os.environ[STORE] = config.store
            # A registry alias is a copy on the driver's machine: elsewhere it has to be fetched.
            here = all(folder.is_dir() for folder in config.folders.values())
            folders = config.folders if here else find_models(config.models)
            if {task: fingerprint(folder) for task, folder in folders.items()} != config.fingerprints:
                raise QawlError(f"other models under {config.models} than where the job began — copy them again")
            engine = local_engine(folders, config.question, config.threads)
            self._engine = self._resources.enter_context(engine)
        return self._engine


class RayEngine:
    """Actors that score parts side by side.

    Args:
        ray: the module.
        actors: handles of `Worker`.
        say: tells the user something.
    """

    def __init__(self, ray: Any, actors: Sequence[Any], say: Callable[[str], None]) -> None:
        self._ray, self._actors = ray, actors
        ready = [actor.precision.remote() for actor in actors]
        first, _ = ray.wait(ready, num_returns=1, timeout=PATIENCE)
        if not first:
            free = ray.available_resources().get("CPU", 0)
            say(f"still waiting for the first worker; the cluster has {free:g} free CPUs")
            first, _ = ray.wait(ready, num_returns=1)
        self.precision: dict[str, str] = self._result(first[0])

    def score(self, parts: Iterable[Sequence[Article]]) -> Iterator[Scored]:
        """Yield the rows of each part in order, while others are scored; what was sent is given before an error."""
        coming: deque[Any] = deque()
        running: dict[Any, int] = {}
        load = [0] * len(self._actors)
        broken: list[Exception] = []
        for articles in _until_broken(parts, broken):
            while True:
                while coming and coming[0] not in running:
                    yield self._result(coming.popleft())
                idlest = load.index(min(load))
                if load[idlest] < AHEAD and len(coming) < IN_FLIGHT * len(load):
                    break
                self._wait(running, load)
            # Without their sentences, which the worker finds too: the labels that they could have can't be sent.
            sent = [replace(article, sentences=()) for article in articles]
            coming.append(self._actors[idlest].score.remote(sent, self.precision))
            running[coming[-1]] = idlest
            load[idlest] += 1
        while coming:
            yield self._result(coming.popleft())
        if broken:
            raise broken[0]

    def _wait(self, running: dict[Any, int], load: list[int]) -> None:
        done, _ = self._ray.wait(list(running), num_returns=1)
        for reference in done:
            load[running.pop(reference)] -= 1

    def _result(self, reference: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            if isinstance(error.cause, QawlError):
                raise QawlError(str(error.cause)) from None
            raise
        except errors.RayError as error:
            remedy = "where memory ran out, take fewer workers; what is finished stays for --resume"
            raise QawlError(f"Ray gives a part up: {first_line(error)} — {remedy}") from error


@contextmanager
def ray_engine(
    cluster: Cluster,
    models: str,
    folders: Mapping[str, Path],
    fingerprints: Mapping[str, str],
    question: Question,
    say: Callable[[str], None],
) -> Iterator[RayEngine]:
    """Yield an engine whose workers are on Ray: the one that this process has joined, that of the address, or its own.

    Args:
        models: what the user gave; `folders` are found under it, with these fingerprints.
        say: tells the user what can't wait.

    Raises:
        QawlError: no Ray installed, none at the address, or a worker that can't do it.
    """
    try:
        ray = import_module("ray")
    except ImportError:
        raise QawlError("--engine ray needs Ray, which is not installed — pip install 'qawl[ray]'") from None
    with ExitStack() as resources:
        if not ray.is_initialized():
            _connect(ray, cluster)
            # Of a cluster that was there before, this leaves only.
            resources.callback(ray.shutdown)
        nodes = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
        workers, cpus = cluster.fit(nodes)
        whole = str(Path(models).resolve()) if Path(models).is_dir() else models
        found = {task: folder.resolve() for task, folder in folders.items()}
        config = WorkerConfig(whole, found, fingerprints, question, cpus, os.environ.get(STORE))
        options = {"num_cpus": cpus, "max_restarts": -1, "max_task_retries": RETRIES}
        actor = ray.remote(Worker).options(**options)
        actors = [actor.remote(config) for _ in range(workers)]
        for own in actors:
            resources.callback(ray.kill, own)
        yield RayEngine(ray, actors, say)


def _connect(ray: Any, cluster: Cluster) -> None:
    if cluster.address and cluster.address.startswith("http"):
        remedy = "give HOST:PORT of the cluster itself, usually port 6379"
        raise QawlError(f"--ray-address {cluster.address} is a dashboard's, for `ray job submit` — {remedy}")
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if cluster.address:
            ray.init(cluster.address, **quiet)
        else:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            workers, cpus = cluster.fit([cores()])
            own = {"num_cpus": workers * cpus, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
            # Not one that happens to run on this machine, which Ray would join without an address.
            ray.init("local", **own, **quiet)
    except Exception as error:  # Ray raises whatever it likes here, bare Exceptions too
        if cluster.address:
            raise QawlError(f"--ray-address {cluster.address}: no Ray to join ({first_line(error)})") from error
        raise QawlError(f"Ray does not start on this machine: {first_line(error)}") from error


def _until_broken(parts: Iterable[Sequence[Article]], broken: list[Exception]) -> Iterator[Sequence[Article]]:
    """Yield parts up to where the input breaks off, and keep the error for when their rows are given."""
    try:
        yield from parts
    except Exception as error:
        broken.append(error)


@contextmanager
def _saying_where() -> Iterator[None]:
    try:
        yield
    except QawlError as error:
        raise QawlError(f"worker on {socket.gethostname()}: {error}") from None
