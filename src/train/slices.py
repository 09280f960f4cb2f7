"""What is hard, measured apart: constructions, speakers and targets that training never saw, spelling, length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..arabic.normalise import plain
from ..data.constructions import sentence_constructions
from ..records import Article
from ..tasks import Example

LONG = 30
SLICES = {
    "implicit subject": "the speaker is named in an earlier sentence, a cue stands in this one",
    "alternation": "the speaker spoke before, and another one since",
    "relay": "«نقل … عن»، «نسب إلى»، «نقلا عن»، «على لسان» before the mention",
    "unseen target": "no training article asks for the target",
    "unseen speaker": "no speaker of a training article has the name, as name or alias",
    "Egyptian spelling": "the article writes «فى»، «التى»، «الذى» at least as often as «في»، «التي»، «الذي»",
    "long sentence": f"{LONG} words or more",
}
"""Each slice and the rule that a sentence counts by; names and targets are compared folded."""
NEED_TRAINING = ("unseen target", "unseen speaker")

_CONSTRUCTIONS = {
    "implicit subject": "implicit subject",
    "alternation": "return to an earlier speaker",
    "relay": "relay",
}
# Frequent words that end in ي wherever final ى is not written for it.
_EGYPTIAN = re.compile(r"(?<!\w)[وف]?(?:فى|التى|الذى)(?!\w)")
_STANDARD = re.compile(r"(?<!\w)[وف]?(?:في|التي|الذي)(?!\w)")

Masks = dict[str, "npt.NDArray[np.bool_]"]


@dataclass(frozen=True)
class Seen:
    """The speakers (names and aliases) and targets of the training data, folded."""

    speakers: frozenset[str]
    targets: frozenset[str]


def seen_in(articles: Iterable[Article], examples: Iterable[Example]) -> Seen:
    """Return what training data shows: labelled articles, and examples of a table, which has no articles."""
    speakers, targets = set[str](), set[str]()
    for article in articles:
        spoken = {sentence.speaker.entity for sentence in article.sentences if sentence.speaker is not None}
        speakers |= {plain(name) for entity in spoken for name in article.entity(entity).names}
        targets |= {plain(target) for target in article.targets}
    for example in examples:
        speakers |= {plain(name) for name in example.get("names", ())}
        targets |= {plain(example["target"])} if example.get("target") else set()
    return Seen(frozenset(speakers), frozenset(targets))


def slice_masks(examples: Sequence[Example], articles: Mapping[str, Article], seen: Seen | None) -> Masks:
    """Return for each slice which examples are in it, shape (examples,).

    Args:
        examples: of any task.
        articles: those that the examples were made of, by id; the examples of a table have none, and count in no
            construction.
        seen: the training data; without it, the slices of what is unseen are left out.
    """
    shapes = {name: sentence_constructions(article) for name, article in articles.items()}
    found = [_slices(example, articles.get(example["article_id"]), shapes, seen) for example in examples]
    names = [name for name in SLICES if seen is not None or name not in NEED_TRAINING]
    return {name: np.array([name in own for own in found], dtype=bool) for name in names}


def _slices(
    example: Example, article: Article | None, shapes: Mapping[str, Sequence[frozenset[str]]], seen: Seen | None
) -> set[str]:
    found = set[str]()
    if article is not None:
        own = shapes[article.id][example["sentence"]]
        found |= {name for name, construction in _CONSTRUCTIONS.items() if construction in own}
    if seen is not None:
        if example.get("target") and plain(example["target"]) not in seen.targets:
            found.add("unseen target")
        if (speaker := _speaker(example, article)) and plain(speaker) not in seen.speakers:
            found.add("unseen speaker")
    if _is_egyptian(example["text"] if article is None else article.text):
        found.add("Egyptian spelling")
    if len(example["text"].split()) >= LONG:
        found.add("long sentence")
    return found


def _speaker(example: Example, article: Article | None) -> str | None:
    if article is not None:
        mention = article.sentences[example["sentence"]].speaker
        return None if mention is None else mention.entity
    return next(iter(example.get("names", ())), None)


@lru_cache(maxsize=1024)
def _is_egyptian(text: str) -> bool:
    count = len(_EGYPTIAN.findall(text))
    return count > 0 and count >= len(_STANDARD.findall(text))
