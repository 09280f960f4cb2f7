"""Two outlets on one event: which articles tell the same, and which of their sentences.

Articles are compared as in topic detection's link detection: the cosine of their words' TF-IDF weights. Words are
folded as names are («بيونغ يانغ», «بيونج يانج»), and a word's rarity is counted in sentences, not in articles, so
that two articles alone are enough to know which words are common.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from scipy import sparse

from ...arabic.naming import read_words

NEAR = 0.25
"""The least cosine of two articles on one event."""
ALIKE = 0.2
"""The least cosine of two sentences that say the same."""
DAYS = 3
"""Articles on one event appear within so many days, where both dates are known."""
MOST_PAIRS = 300
"""So many pairs, the nearest, are worth a reader's look."""
OF_ONE = 3
"""So many pairs that one article may be in: a story that everybody tells must not crowd out the others."""
SHOWN_WORDS = 8
_ROWS = 128
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles on one event.

    Attributes:
        first, second: numbers of the articles.
        likeness: cosine of the articles.
        words: what weighs most of what they share.
        same: (sentence, sentence, cosine) that say the same, numbers of sentences; each stands once at most.
    """

    first: int
    second: int
    likeness: float
    words: tuple[str, ...]
    same: tuple[tuple[int, int, float], ...]


class Words:
    """Which content words each sentence has, gathered one by one."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._spelled: list[str] = []
        self._ids = array("i")
        self._ends = array("q", [0])

    def add(self, text: str) -> None:
        """Take in the next sentence."""
        ids = set()
        for word in read_words(text):
            if len(word.stem) >= _SHORT and not word.stem.isdigit():
                ids.add(self._known.setdefault(word.stem, len(self._known)))
                if len(self._spelled) < len(self._known):
                    self._spelled.append(word.raw)
        self._ids.extend(sorted(ids))
        self._ends.append(len(self._ids))

    def pairs(
        self, order: np.ndarray[Any, Any], article: np.ndarray[Any, Any], outlets: Sequence[str], days: Sequence[int]
    ) -> list[Pair]:
        """Return the pairs, the nearest first.

        Args:
            order: for each sentence in reading order, the place at which it was added.
            article: the article of each sentence in reading order; articles are contiguous.
            outlets: the outlet of each article; an article of no known outlet may pair with every other.
            days: the day of each article, -1 where it is unknown.
        """
        sentences = self._weighted()[order]
        count = len(outlets)
        member = sparse.csr_array(
            (np.ones(len(article)), (article, np.arange(len(article)))), shape=(count, len(article))
        )
        articles = _unit(sparse.csr_array(member @ sentences))
        firsts = np.searchsorted(article, np.arange(count + 1))
        unit = _unit(sentences)
        return [
            Pair(a, b, likeness, _shared(articles, a, b, self._spelled), _same(unit, firsts, a, b))
            for likeness, a, b in _chosen(_near(articles, outlets, np.array(days)))
        ]

    def _weighted(self) -> sparse.csr_array:
        """Return sentence × word as they came, weighted by how few sentences have the word."""
        shape = (len(self._ends) - 1, len(self._known))
        ids = np.array(self._ids)
        rarity = np.log((1 + shape[0]) / (1 + np.bincount(ids, minlength=shape[1])))
        return sparse.csr_array((rarity[ids], ids, np.array(self._ends)), shape=shape)


def _unit(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return the matrix with rows of length 1."""
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix)


def _near(
    articles: sparse.csr_array, outlets: Sequence[str], days: np.ndarray[Any, Any]
) -> Iterable[tuple[float, int, int]]:
    """Yield (cosine, article, later article) that may be on one event, a block of rows at a time."""
    turned = sparse.csr_array(articles.T)
    for begin in range(0, len(outlets), _ROWS):
        near = sparse.coo_array(articles[begin : begin + _ROWS] @ turned)
        rows, columns = near.coords[0] + begin, near.coords[1]
        known = (days[rows] >= 0) & (days[columns] >= 0)
        close = ~known | (abs(days[rows] - days[columns]) <= DAYS)
        for place in np.flatnonzero((near.data >= NEAR) & (rows < columns) & close):
            a, b = int(rows[place]), int(columns[place])
            if not outlets[a] or outlets[a] != outlets[b]:
                yield float(near.data[place]), a, b


def _chosen(found: Iterable[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """Return the nearest pairs, none of the articles in more than a few of them."""
    uses: dict[int, int] = {}
    chosen: list[tuple[float, int, int]] = []
    for likeness, a, b in sorted(found, key=lambda pair: (-pair[0], pair[1:])):
        if max(uses.get(a, 0), uses.get(b, 0)) < OF_ONE:
            chosen.append((likeness, a, b))
            uses[a], uses[b] = uses.get(a, 0) + 1, uses.get(b, 0) + 1
            if len(chosen) == MOST_PAIRS:
                break
    return chosen


def _shared(articles: sparse.csr_array, a: int, b: int, names: list[str]) -> tuple[str, ...]:
    both = sparse.coo_array(articles[[a]].multiply(articles[[b]]))
    words = (names[both.coords[1][place]] for place in np.argsort(-both.data, kind="stable"))
    # Of the shorter words many are particles, which two articles alone cannot tell from names.
    return tuple(islice((word for word in words if len(word) > _SHORT), SHOWN_WORDS))


def _same(unit: sparse.csr_array, firsts: np.ndarray[Any, Any], a: int, b: int) -> tuple[tuple[int, int, float], ...]:
    """Return the sentences of two articles that say the same, matched one to one, the nearest first."""
    cosines = (unit[firsts[a] : firsts[a + 1]] @ unit[firsts[b] : firsts[b + 1]].T).toarray()
    same: list[tuple[int, int, float]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for place in np.argsort(-cosines, axis=None, kind="stable"):
        row, column = divmod(int(place), cosines.shape[1])
        if cosines[row, column] < ALIKE:
            break
        if row not in taken[0] and column not in taken[1]:
            taken[0].add(row)
            taken[1].add(column)
            same.append((int(firsts[a]) + row, int(firsts[b]) + column, float(cosines[row, column])))
    return tuple(same)
