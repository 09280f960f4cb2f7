"""Pairs of headlines from news without labels: one agrees with the other, contradicts it, or tells another story.

An encoder that has learned this on what headlines and the paragraphs below them give for nothing needs fewer labelled
pairs for stance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..data.files import whole_file
from ..tasks import Example
from ..tasks.stance import StanceTask
from .rewording import CONTENT, contradict, reword

LABELS = ("agree", "disagree", "other")
LENGTH = 64
"""Tokens of a pair at most; most have about half as many."""
_AGREE, _DISAGREE = 0.45, 0.43
"""Shares of the pairs; the rest tells another story."""
_FEWEST, _MOST, _LEAD = 4, 16, 15
_MARKS = re.compile(r'["“”«»#_()\[\]…]|\.\.+')
_WORD = re.compile(r"\w{3,}")
_COMMON = 300
"""Headlines that share a word held by more of them than this have nothing in common."""


@dataclass(frozen=True)
class Headline:
    """A headline and the first words of what stands below it."""

    text: str
    lead: str


def headlines(paragraphs: Iterable[tuple[bool, str]]) -> Iterator[tuple[bool, Headline]]:
    """Yield (is held out, headline) of paragraphs that are held out or not.

    What looks like a headline above its article: a short line without a full stop whose words come again.
    """
    lines = {False: "", True: ""}
    for is_held_out, paragraph in paragraphs:
        above, lines[is_held_out] = lines[is_held_out], paragraph
        is_short = _FEWEST <= len(above.split()) <= _MOST and not above.endswith((".", "؟", ":", "،"))
        # In this order: of most paragraphs no word has to be found.
        if is_short and len(paragraph.split()) >= _LEAD and _words_again(above, paragraph) >= 2:
            yield is_held_out, Headline(_clean(above), " ".join(_clean(paragraph).split()[:30]))


class PairMaker:
    """Makes labelled pairs of some headlines."""

    def __init__(self, given: Sequence[Headline]) -> None:
        self.given = given
        self.vocabulary = [word for own in given for word in own.text.split() if len(word) >= CONTENT]
        self.holders: dict[str, list[int]] = {}
        for at, own in enumerate(given):
            for word in set(own.text.split()):
                if len(word) >= CONTENT:
                    self.holders.setdefault(word, []).append(at)

    def make(self, count: int, random: Random) -> list[Example]:
        """Return so many examples of the stance task."""
        found: list[Example] = []
        while len(found) < count:
            at = random.randrange(len(self.given))
            draw = random.random()
            label = "agree" if draw < _AGREE else "disagree" if draw < _AGREE + _DISAGREE else "other"
            second = self._second(at, label, random)
            if second is None:
                continue
            texts = [self.given[at].text, " ".join(second)]
            random.shuffle(texts)
            found.append({"target": texts[0], "before": "", "text": texts[1], "label": label})
        return found

    def _second(self, at: int, label: str, random: Random) -> list[str] | None:
        words = self.given[at].text.split()
        if label == "other":
            near = [own for word in words if 1 < len(own := self.holders.get(word, [])) <= _COMMON]
            is_near = near and random.random() < 0.8
            other = random.choice(random.choice(near)) if is_near else random.randrange(len(self.given))
            return reword(self.given[other].text.split(), random) if other != at else None
        said = self._lead(at, random) if random.random() < 0.3 else reword(words, random)
        if label == "agree":
            return said
        return contradict(words if random.random() < 0.3 else said, random, self.vocabulary)

    def _lead(self, at: int, random: Random) -> list[str]:
        words = self.given[at].lead.split()
        ends = [place for place, word in enumerate(words, start=1) if place >= 8 and word.endswith((".", "،"))]
        return words[: ends[0] if ends else random.randint(10, 22)]


class PairHead(nn.Module):
    """Tells from the pooled [CLS] of a pair what its texts are to one another."""

    def __init__(self, network: Any, weight: float) -> None:
        super().__init__()
        self.tell = nn.Linear(network.config.hidden_size, len(LABELS))
        self.weight = weight

    def forward(self, pooled: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return `pair_loss`, in nats a pair, and `pair_accuracy`, of `pooled`, (pairs, width)."""
        logits = self.tell(pooled).float()
        right = (logits.argmax(dim=-1) == labels).float().mean()
        return {"pair_loss": functional.cross_entropy(logits, labels), "pair_accuracy": right}


def pair_inputs(examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> tuple[dict[str, Tensor], Tensor]:
    """Return the inputs of pairs, padded to (pairs, length), words that recur marked, and their labels, (pairs,)."""
    task = StanceTask(shared=True, max_length=LENGTH, labels=LABELS)
    encodings = [own.inputs for own in task.encode(examples, tokenizer)]
    padded: Any = tokenizer.pad(encodings, return_tensors="pt")
    return dict(padded), torch.tensor([LABELS.index(own["label"]) for own in examples])


def save_headlines(found: Iterable[Headline], path: Path) -> None:
    """Write headlines, one a line with its lead."""
    with whole_file(path) as stream:
        stream.writelines(f"{own.text}\t{own.lead}\n" for own in found)


def load_headlines(path: Path) -> list[Headline]:
    """Return what `save_headlines` wrote."""
    return [Headline(*line.split("\t")) for line in path.read_text("utf-8").splitlines()]


def _words_again(above: str, below: str) -> int:
    return len(set(_WORD.findall(above)) & set(_WORD.findall(below)))


def _clean(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text).split())
