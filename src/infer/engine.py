"""Who scores the parts of a job: an engine takes them in order and gives their rows back in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..models.processor import forward_pool, release_memory
from ..records import Article, ScoredRow
from .loading import load_folders
from .score import score_chunk

Scored = list[list[ScoredRow]]
"""The rows of each article of a part."""


@dataclass(frozen=True)
class Question:
    """What every article of a job is asked.

    Args:
        targets: beside those that an article has itself.
        min_confidence: of each task; what is less probable becomes an abstention.
    """

    targets: tuple[str, ...]
    min_confidence: Mapping[str, float]


class Engine(Protocol):
    """What a job needs of whoever scores it."""

    @property
    def precision(self) -> dict[str, str]:
        """Return what the model of each task computes with."""

    def score(self, parts: Iterable[Sequence[Article]]) -> Iterator[Scored]:
        """Yield the rows of each part in order; its articles come from `bare`. Parts are taken a few ahead at most."""


class LocalEngine:
    """The models of the three tasks in this process.

    Args:
        pool: where their forward passes run.
    """

    def __init__(self, folders: Mapping[str, Path], question: Question, pool: Executor) -> None:
        self._models, self._question = load_folders(folders), question
        for model in self._models.values():
            model.speed_up(pool)

    @property
    def precision(self) -> dict[str, str]:
        """Return what the model of each task computes with."""
        return {task: model.precision for task, model in self._models.items()}

    def score(self, parts: Iterable[Sequence[Article]]) -> Iterator[Scored]:
        """Yield the rows of each part in order, each scored when it is asked for."""
        return map(self.score_part, parts)

    def score_part(self, articles: Sequence[Article]) -> Scored:
        """Return the rows of each article of one part."""
        rows = list(score_chunk(articles, self._models, self._question.targets, self._question.min_confidence))
        release_memory()
        return rows


@contextmanager
def local_engine(folders: Mapping[str, Path], question: Question, threads: int | None = None) -> Iterator[LocalEngine]:
    """Yield the engine of this process, with its forward passes on all cores or in so many threads."""
    with forward_pool(threads) as pool:
        yield LocalEngine(folders, question, pool)
