"""Where a stream of articles is cut into what is scored together: the parts of a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import tee

from ..records import Article
from .engine import Engine, Scored
from .parts import Record
from .score import CHUNK, bare

RECORDS = 10_000
"""Articles and rejected rows of one part at most, where they have few sentences."""


@dataclass
class Chunk:
    """What makes one part: records as they were read, and the articles among them with their sentences."""

    records: list[Record] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)


def cut(records: Iterable[Record]) -> Iterator[Chunk]:
    """Yield the parts of the input, cut where only the input decides.

    So a job that goes on makes the parts of an unbroken one: in their last bits scores depend on what is computed
    together, and so would the rows.
    """
    chunk, sentences = Chunk(), 0
    for record in records:
        chunk.records.append(record)
        if isinstance(record, Article):
            chunk.articles.append(bare(record))
            sentences += len(chunk.articles[-1].sentences)
        if sentences >= CHUNK or len(chunk.records) >= RECORDS:
            yield chunk
            chunk, sentences = Chunk(), 0
    if chunk.records:
        yield chunk


def scored(records: Iterable[Record], engine: Engine) -> Iterator[tuple[Chunk, Scored]]:
    """Yield each part of the input with the rows of its articles."""
    # An engine may take some chunks ahead of the one whose rows it gives.
    chunks, ahead = tee(cut(records))
    return zip(chunks, engine.score(own.articles for own in ahead), strict=True)
