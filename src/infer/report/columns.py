"""Scored rows as columns: what the page counts, filters and looks sentences up by."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ...records import ScoredRow
from .names import STANCE_NAMES, TOPIC_NAMES, Named, across_articles
from .texts import Texts

NARRATOR, UNDECIDED = 0, 1
"""The first two numbers of the speakers; names follow."""
ABSTAINED = "امتناع"
# What no HTML page may hold, lone surrogates and control characters, becomes one U+FFFD each.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Story:
    """One article of the page; `day` counts from 1 January of year 1, -1 where the date is unknown."""

    id: str
    title: str
    outlet: int
    date: str
    day: int


@dataclass(frozen=True, slots=True)
class Table:
    """All rows in reading order: articles as they came, their sentences as they stand in the text.

    Attributes:
        lists: what the numbers of the columns stand for, as JSON types.
        columns: by name; those of sentences are of one length. `target`, `label` and `certain` hold the stances, and
            those of sentence n are from `stance[n]` up to `stance[n + 1]`. Numbers are 32 bits, probabilities whole
            percent; `begin:end`, the mention in its sentence, counts UTF-16 units as the page's script does, and 0:0
            is none.
        order: for each sentence, which row of the input it is.
    """

    lists: dict[str, Any]
    columns: dict[str, np.ndarray[Any, Any]]
    order: np.ndarray[Any, Any]


class Columns:
    """Rows taken in one by one; numbers stay in memory, texts go into their blocks."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.stories: list[Story] = []
        self._outlets: dict[str, int] = {}
        self._targets: dict[str, int] = {}
        self._topics: dict[str | None, int] = {None: 0}
        self._labels: dict[str | None, int] = {label: n for n, label in enumerate((None, *STANCE_NAMES))}
        self._articles: dict[str, int] = {}
        self._named: dict[Named, int] = {}
        self._counts: Counter[Named] = Counter()
        self._sentences = {name: array("B" if name in _PERCENT else "q") for name in _SENTENCE}
        self._stances = {name: array("B" if name in _PERCENT else "q") for name in _STANCE}

    def take(self, rows: Iterable[ScoredRow]) -> Iterator[str]:
        """Take the rows in and yield the text of each."""
        for row in rows:
            yield self._add(row)

    def _add(self, row: ScoredRow) -> str:
        text = fit(row.text)
        for stance in row.stances:
            target, label = fit(stance.target), stance.label and fit(stance.label)
            asked = _number(self._targets, target), _number(self._labels, label), percent(stance.score)
            _append(self._stances, asked)
        heard = row.narrator_score if row.speaker is None else row.speaker.score
        values = (
            self._article(row),
            row.start,
            row.sentence,
            self.texts.add(text),
            self._speaker(row),
            *_mention(row),
            _number(self._topics, row.topic.label and fit(row.topic.label)),
            len(row.stances),
            *map(percent, (heard, row.narrator_score, row.topic.score)),
        )
        _append(self._sentences, values)
        return text

    def _article(self, row: ScoredRow) -> int:
        known = self._articles.get(row.article_id)
        if known is not None:
            return known
        number = self._articles[row.article_id] = len(self.stories)
        outlet, name = _number(self._outlets, fit(row.outlet)), fit(row.article_id)
        self.stories.append(Story(name, fit(row.title) or name, outlet, fit(row.date), _day(row.date)))
        return number

    def _speaker(self, row: ScoredRow) -> int:
        """Return the speaker as this article names them; `table()` says who that is over all articles."""
        if row.speaker is None:
            return NARRATOR
        if not row.speaker.entity:
            return UNDECIDED
        named = (row.article_id, fit(row.speaker.entity))
        self._counts[named] += 1
        return _number(self._named, named, UNDECIDED + 1)

    def table(self) -> Table:
        """Return all rows taken in so far; speakers are numbered by how much they say."""
        who = across_articles(self._counts)
        counts: Counter[str] = Counter()
        for named, count in self._counts.items():
            counts[who[named]] += count
        speakers = {name: n for n, (name, _) in enumerate(counts.most_common(), start=UNDECIDED + 1)}
        lists = {
            "articles": [[story.id, story.title, story.outlet, story.date, story.day] for story in self.stories],
            "outlets": list(self._outlets),
            "targets": list(self._targets),
            "topics": [ABSTAINED if topic is None else TOPIC_NAMES.get(topic, topic) for topic in self._topics],
            "labels": [ABSTAINED if label is None else STANCE_NAMES.get(label, label) for label in self._labels],
            "speakers": ["الراوي", "متحدث غير محسوم", *speakers],
        }
        columns = {name: _numpy(own) for name, own in self._sentences.items()}
        order = np.lexsort([columns.pop(name) for name in ("sentence", "start")] + [columns["article"]])
        merged = np.array([NARRATOR, UNDECIDED, *(speakers[who[named]] for named in self._named)], dtype="<u4")
        columns["speaker"] = merged[columns["speaker"]]
        asked = columns.pop("asked").astype(np.int64)
        begins = np.cumsum(asked) - asked
        columns = {name: column[order] for name, column in columns.items()}
        columns["stance"] = np.concatenate([[0], np.cumsum(asked[order])]).astype("<u4")
        # For each stance of the page, where it was among those that came in.
        stances = np.repeat(begins[order] - columns["stance"][:-1], asked[order]) + np.arange(asked.sum())
        columns |= {name: _numpy(own)[stances] for name, own in self._stances.items()}
        return Table(lists, columns, order)


_SENTENCE = "article start sentence text speaker begin end topic asked score narrator topic_score".split()
_STANCE = "target label certain".split()
_PERCENT = ("score", "narrator", "topic_score", "certain")


def _append(columns: dict[str, array[int]], values: Iterable[int]) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)


def _numpy(column: array[int]) -> np.ndarray[Any, Any]:
    return np.array(column, dtype="u1" if column.typecode == "B" else "<u4")


def fit(text: str) -> str:
    """Return the text without what no HTML page may hold; the length stays."""
    return _UNFIT.sub("\ufffd", text)


def percent(score: float) -> int:
    """Return a probability in whole percent; 0 and 100 only where it is so."""
    return round(100 * score) if score in (0, 1) else min(99, max(1, round(100 * score)))


def _number(known: dict[Any, int], key: Any, first: int = 0) -> int:
    return known.setdefault(key, len(known) + first)


def _day(stated: str) -> int:
    try:
        return date.fromisoformat(stated[:10]).toordinal()
    except ValueError:
        return -1


def _mention(row: ScoredRow) -> tuple[int, int]:
    """Return where the sentence names its speaker. One in an earlier sentence, or offsets that miss it, mark none."""
    speaker = row.speaker
    if speaker and speaker.mention and speaker.start is not None and speaker.end is not None:
        start, end = speaker.start - row.start, speaker.end - row.start
        if 0 <= start < end <= len(row.text) and row.text[start:end] == speaker.mention:
            units = [len(fit(row.text[:at]).encode("utf-16-le")) // 2 for at in (start, end)]
            return units[0], units[1]
    return 0, 0
