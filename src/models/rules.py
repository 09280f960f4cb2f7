"""The baseline of `speaker`: cue rules find who may be the speaker, logistic regression weighs the signs for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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

WEIGHTS = "signs.json"
UNSEEN = "none of the options"
"""The share of the training examples whose speaker is none of the options; no option can be surer than that allows."""
LEAST = 3
"""A sign that fewer options of the training data have gets no weight."""
# Logits of the rules' answer against the narrator, while no weights are learned; calibration sets them right.
CONFIDENCE = {"named": 3.0, "continued": 2.5, "implied": 2.0, "narrator": -2.0}


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

    @property
    def kind(self) -> str:
        """Return "rules"."""
        return "rules"

    @classmethod
    def train(cls, task: Task, examples: Sequence[Example], *, seed: int, C: float = 1.0) -> RulesModel:  # noqa: N803
        """Learn how much each sign tells of an option's being right; `C`: inverse of the regularisation strength."""
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression

        rows: list[tuple[str, ...]] = []
        rights: list[bool] = []
        unseen = 0
        for example, reading in zip(examples, _readings(examples), strict=True):
            rows += reading.signs
            own = [task.right(example, option) for option in reading.options]
            rights += own
            unseen += not any(own)
        if len(set(rights)) < 2:  # of so few examples nothing can be learned
            return cls(task=task)
        vectorizer = CountVectorizer(analyzer=_itself, min_df=min(LEAST, len(rows)), binary=True)
        matrix = vectorizer.fit_transform(rows)
        classifier = LogisticRegression(C=C, max_iter=1000, random_state=seed).fit(matrix, rights)
        names = vectorizer.get_feature_names_out()
        weights = {str(name): round(float(weight), 4) for name, weight in zip(names, classifier.coef_[0], strict=True)}
        return cls(task=task, weights={UNSEEN: round(unseen / len(examples), 4), **weights})

    def candidates(self, examples: Sequence[Example]) -> list[Candidates]:
        """Return the narrator and the mentions that the rules see, each with the sum of the weights of its signs."""
        return [self._candidates(reading) for reading in _readings(examples)]

    def save_weights(self, folder: Path) -> None:
        """Write the weights, where there are any, as JSON."""
        if self.weights:
            write_json(folder / WEIGHTS, self.weights)

    @classmethod
    def load(cls, folder: Path, task: Task, calibration: Calibration, card: dict[str, Any]) -> RulesModel:
        """Return the rules with the weights, where training left any, and the calibration of their folder."""
        path = folder / WEIGHTS
        weights = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return cls(task=task, calibration=calibration, card=card, weights=weights)

    def _candidates(self, reading: _Reading) -> Candidates:
        if not self.weights:
            logits = [0.0, CONFIDENCE[reading.how]][: len(reading.options)]
            return Candidates(reading.options[:2], np.array(logits))
        logits = [sum(self.weights.get(sign, 0.0) for sign in signs) for signs in reading.signs]
        shares = np.exp(np.array(logits) - max(logits))
        unseen = self.weights[UNSEEN]
        return Candidates(reading.options, np.log((1 - unseen) * shares / shares.sum() + unseen / len(logits)))


def _itself(signs: tuple[str, ...]) -> tuple[str, ...]:
    return signs


def _readings(examples: Sequence[Example]) -> Iterator[_Reading]:
    """Yield what the rules say of each example. They read an article once, whose sentences follow one another."""
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
            yield _reading(text, sentence, own, example["window_start"] - base)


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


def _reading(text: str, sentence: Span, own: Attribution, window: int) -> _Reading:
    options: list[Option] = [None]
    signs = [tuple(f"narrator: {sign}" for sign in ("any", *own.signs))]
    mentions = [span for span in (own.mention, *own.rivals) if span is not None]
    for rank, mention in enumerate(mentions):
        inside = _in_window(text, mention, window, sentence.end)
        if inside is None:
            continue
        options.append((inside.start - window, inside.end - window))
        about = mention_signs(text, *sentence, mention, rank, own.cue)
        whole = own.signs if rank == 0 else tuple(sign for sign in own.signs if sign.startswith(("how", "after")))
        level = "first" if rank == 0 else "rival"
        crossed = [*(f"{level}: {sign}" for sign in whole), *(f"{level} {own.how}: {sign}" for sign in about)]
        signs.append((*about, *crossed))
    return _Reading(own.how, tuple(options), tuple(signs))


def _in_window(text: str, mention: Span, window: int, end: int) -> Span | None:
    """Return the mention, or where its string stands again in the window before `end`; None where it does not."""
    if mention.start >= window:
        return mention
    again = text.find(text[mention.start : mention.end], window, end)
    return None if again < 0 else Span(again, again + mention.end - mention.start)
