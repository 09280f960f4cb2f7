"""The baseline of `speaker`: cue rules find who may be the speaker, logistic regression weighs the signs for each.

A second regression learns where the naming of a speaker ends (see `models.endings`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..arabic.attribution import Attribution, attribute
from ..arabic.sentences import split_sentences
from ..arabic.signs import mention_signs
from ..arabic.spans import Span
from ..data.files import write_json
from ..tasks import Candidates, Example, Option, Task
from .base import Model
from .calibration import Calibration
from .endings import Endings
from .weights import weigh_signs

WEIGHTS, ENDINGS = "signs.json", "endings.json"
UNSEEN = "none of the options"
"""The share of the training examples whose speaker is none of the options; no option can be surer than that allows."""
LEAST = 3
"""A sign that fewer options of the training data have gets no weight."""
# Logits of the rules' answer against the narrator, while no weights are learned; calibration sets them right.
CONFIDENCE = {"named": 3.0, "continued": 2.5, "implied": 2.0, "narrator": -2.0}


@dataclass(frozen=True)
class _Found:
    """What the rules found in one example: the attribution of a sentence of `text`, whose window begins at `window`."""

    text: str
    sentence: Span
    own: Attribution
    window: int

    def mentions(self) -> Iterator[tuple[int, Span]]:
        """Yield rank and place of each mention that the window holds, or that stands in it again."""
        for rank, mention in enumerate((self.own.mention, *self.own.rivals)):
            if mention is not None and (inside := self._in_window(mention)) is not None:
                yield rank, inside

    def _in_window(self, mention: Span) -> Span | None:
        if mention.start >= self.window:
            return mention
        again = self.text.find(self.text[mention.start : mention.end], self.window, self.sentence.end)
        return None if again < 0 else Span(again, again + mention.end - mention.start)


@dataclass(frozen=True)
class _Reading:
    """What the rules say of one example; spans count from the window's start, as its answer does."""

    how: str
    options: tuple[Option, ...]
    signs: tuple[tuple[str, ...], ...]


@dataclass
class RulesModel(Model):
    """Rules, with the weight that training gave to each sign; without weights a fixed confidence by kind."""

    weights: dict[str, float] = field(default_factory=dict)
    endings: Endings = field(default_factory=Endings)

    @property
    def kind(self) -> str:
        """Return "rules"."""
        return "rules"

    @classmethod
    def train(cls, task: Task, examples: Sequence[Example], *, seed: int, C: float = 1.0) -> RulesModel:  # noqa: N803
        """Learn how much each sign tells of an option's being right; `C`: inverse of the regularisation strength."""
        found = list(_find(examples))
        endings = Endings.train(_namings(task, examples, found), seed=seed)
        rows: list[tuple[str, ...]] = []
        rights: list[bool] = []
        unseen = 0
        for example, reading in zip(examples, _readings(found, endings), strict=True):
            rows += reading.signs
            own = [task.right(example, option) for option in reading.options]
            rights += own
            unseen += not any(own)
        if len(set(rights)) < 2:  # of so few examples nothing can be learned
            return cls(task=task)
        _, weights = weigh_signs(rows, rights, seed=seed, C=C, least=LEAST)
        return cls(task=task, weights={UNSEEN: round(unseen / len(examples), 4), **weights}, endings=endings)

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return the narrator and the mentions that the rules see, each with the sum of the weights of its signs."""
        return [self._candidates(reading) for reading in _readings(_find(examples), self.endings)]

    def save_weights(self, folder: Path) -> None:
        """Write the weights, where there are any, as JSON."""
        if self.weights:
            write_json(folder / WEIGHTS, self.weights)
        if self.endings.weights:
            write_json(folder / ENDINGS, dict(self.endings.weights))

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> RulesModel:
        """Return the rules with the weights, where training left any, and the calibration of their folder."""
        weights, endings = (
            json.loads((folder / name).read_text("utf-8")) if (folder / name).exists() else {}
            for name in (WEIGHTS, ENDINGS)
        )
        return cls(task=task, calibration=calibration, card=card, weights=weights, endings=Endings(endings))

    def _candidates(self, reading: _Reading) -> Candidates:
        if not self.weights:
            logits = [0.0, CONFIDENCE[reading.how]][: len(reading.options)]
            return Candidates(reading.options[:2], np.array(logits))
        logits = [sum(self.weights.get(sign, 0.0) for sign in signs) for signs in reading.signs]
        shares = np.exp(np.array(logits) - max(logits))
        unseen = self.weights[UNSEEN]
        return Candidates(reading.options, np.log((1 - unseen) * shares / shares.sum() + unseen / len(logits)))


def _find(examples: Sequence[Example]) -> Iterator[_Found]:
    """Yield what the rules find in each example. They read an article once, whose sentences follow one another."""
    at = 0
    while at < len(examples):
        text, base = examples[at]["before"], examples[at]["window_start"]
        sentences = list(split_sentences(text))
        first = at
        while at < len(examples) and (gap := _gap(examples, first, at, base + len(text))) is not None:
            text += gap
            sentences.append(Span(len(text), len(text) + len(examples[at]["text"])))
            text += examples[at]["text"]
            at += 1
        found = attribute(text, sentences)[len(sentences) - (at - first) :]
        for example, sentence, own in zip(
            examples[first:at], sentences[len(sentences) - (at - first) :], found, strict=True
        ):
            yield _Found(text, sentence, own, example["window_start"] - base)


def _gap(examples: Sequence[Example], first: int, at: int, end: int) -> str | None:
    """Return what stands between the sentence before and this one; None where this one does not follow it."""
    if at == first:
        return ""
    before, example = examples[at - 1], examples[at]
    start = example["window_start"] + len(example["before"])
    if example["article_id"] != before["article_id"] or example["sentence"] != before["sentence"] + 1:
        return None
    missing = start - end
    window: str = example["before"]
    return None if not 0 <= missing <= len(window) else window[len(window) - missing :]


def _namings(task: Task, examples: Sequence[Example], found: Sequence[_Found]) -> Iterator[tuple[str, Span, int]]:
    """Yield each labelled naming whose front the rules found once: the text, what they found, and its end."""
    seen = set()
    for example, own in zip(examples, found, strict=True):
        gold = task.gold(example)
        for _, mention in own.mentions():
            place = (example["article_id"], mention.start)
            if gold is not None and mention.start - own.window == gold[0] and place not in seen:
                seen.add(place)
                yield own.text, mention, gold[1] + own.window


def _readings(found: Iterable[_Found], endings: Endings) -> Iterator[_Reading]:
    """Yield the options of each example, and their signs."""
    text, known = "", dict[Span, Span]()
    for own in found:
        if own.text is not text:
            text, known = own.text, {}
        mentions: dict[Span, int] = {}
        for rank, mention in own.mentions():
            if mention not in known:
                known[mention] = endings.mended(text, mention)
            mentions.setdefault(known[mention], rank)
        yield _reading(own, mentions)


def _reading(found: _Found, mentions: Mapping[Span, int]) -> _Reading:
    own = found.own
    options: list[Option] = [None]
    signs = [tuple(f"narrator: {sign}" for sign in ("any", *own.signs))]
    for mention, rank in mentions.items():
        options.append((mention.start - found.window, mention.end - found.window))
        about = mention_signs(found.text, *found.sentence, mention, rank, own.cue)
        whole = own.signs if rank == 0 else tuple(sign for sign in own.signs if sign.startswith(("how", "after")))
        level = "first" if rank == 0 else "rival"
        crossed = [*(f"{level}: {sign}" for sign in whole), *(f"{level} {own.how}: {sign}" for sign in about)]
        signs.append((*about, *crossed))
    return _Reading(own.how, tuple(options), tuple(signs))
