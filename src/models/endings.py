"""Where the naming of a speaker ends, learned from labelled ones: part of the model of `encoder: rules`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..arabic.endings import find_borders
from ..arabic.spans import Span
from .weights import weigh_signs

START = ""
"""Not a sign: the logit of a border without any."""
STRENGTH = 1.0
"""The inverse of the regularisation strength."""
LEAST = 3
"""A sign that fewer borders of the training data have gets no weight."""
FEWEST = 50
"""Of fewer namings nothing is learned."""


@dataclass(frozen=True)
class Endings:
    """At each border between two words a naming ends or goes on; the likeliest end is taken.

    P(end at k) is P(end | border k), times P(go on) at each border before it. Without weights the rules' own end stays.

    Args:
        weights: of each sign of a border, for its being the end.
    """

    weights: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def train(cls, namings: Iterable[tuple[str, Span, int]], *, seed: int) -> Endings:
        """Learn from (text, what the rules found, where the naming that begins there ends)."""
        rows: list[tuple[str, ...]] = []
        rights: list[bool] = []
        known = 0
        for text, mention, end in namings:
            borders = list(find_borders(text, mention))
            # A naming that ends inside a word, or past the borders, says nothing that could be learned.
            last = next((at for at, border in enumerate(borders) if border.end == end), None)
            if last is not None:
                rows += [border.signs for border in borders[: last + 1]]
                rights += [False] * last + [True]
                known += 1
        if known < FEWEST or len(set(rights)) < 2:
            return cls()
        start, weights = weigh_signs(rows, rights, seed=seed, C=STRENGTH, least=LEAST)
        return cls({START: start, **weights})

    def mended(self, text: str, mention: Span) -> Span:
        """Return the mention with its likeliest end."""
        if not self.weights:
            return mention
        reached, best, end = 0.0, -np.inf, mention.end
        for border in find_borders(text, mention):
            logit = self.weights[START] + sum(self.weights.get(sign, 0.0) for sign in border.signs)
            here = reached - float(np.logaddexp(0, -logit))
            if here > best:
                best, end = here, border.end
            reached -= float(np.logaddexp(0, logit))
            if reached <= best:
                break  # no later border can be likelier
        return Span(mention.start, end)
