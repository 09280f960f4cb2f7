"""Speaker: whose words a sentence reports, as the span that names them in it or before it, or nothing.

Extractive question answering with a null answer (Rajpurkar et al. 2018, arXiv:1806.03822): the answer may
stand in the sentence or in what came before; no answer is the narrator. An open set: the people of a new
article need never have been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

from ..arabic.entities import gather
from ..arabic.normalise import plain
from ..errors import QawlError
from ..records import Article
from .base import (
    Candidates,
    EncodedPair,
    Example,
    Option,
    Task,
    required,
    sentences_of,
)
from .clusters import BCubed, b_cubed

SPAN_TOKENS = 24
"""A mention is at most this long: the longest in the corpus has 20 word pieces of qawl-mini."""
TOP = 20
"""Starts and ends that are paired; more than 20 changes no prediction on the validation split."""
IGNORED = 10_000
"""A position past every input: the stock head leaves it out of the loss."""


@dataclass(frozen=True)
class SpeakerTask(Task):
    """The sentence, marked inside a window of what came before → the span that names its speaker, or None.

    `marking` says how the input tells the sentence from its window: "segments" puts the window into the first
    segment and the sentence into the second; "question" puts window plus sentence into the first, and into the
    second the sentence again, as the question.
    """

    name: ClassVar[str] = "speaker"
    head: ClassVar[str] = "question-answering"
    metric: ClassVar[str] = "speaker_accuracy"
    columns: ClassVar[tuple[str, ...]] = ("text", "mention")
    keep: ClassVar[Literal["start", "end"]] = "end"

    context: int = 1
    max_length: int = 256
    marking: Literal["segments", "question"] = "segments"

    def examples(self, article: Article, *, labelled: bool = True, targets: Sequence[str] = ()) -> Iterator[Example]:
        """Yield an example a sentence; answer offsets count from the window's start, -1 for the narrator.

        A mention that lies before the window is not in it: the example then has the answer -2, and counts
        as wrong in every figure but not in the loss.
        """
        sentences = sentences_of(article)
        for index, sentence in enumerate(sentences):
            window = sentences[max(0, index - self.context)].start
            mention = sentence.speaker
            names: tuple[str, ...] = ()
            start = end = -1
            if mention is not None:
                names = article.entity(mention.entity).names
                inside = mention.start >= window
                start, end = (mention.start - window, mention.end - window) if inside else (-2, -2)
            yield {
                "article_id": article.id,
                "sentence": index,
                "before": article.text[window : sentence.start],
                "text": article.text[sentence.start : sentence.end],
                "window_start": window,
                "answer_start": start,
                "answer_end": end,
                "names": list(names),
                "explicit": mention is not None and mention.start >= sentence.start,
            }

    def row_example(self, row: dict[str, str]) -> Example:
        """Return the example of a row: `text`, `mention` (empty: the narrator) and, where it has it, `before`."""
        before = row.get("before", "").rstrip()
        before, text = before + "\n" if before else "", required(row, "text", what="a text")
        if "mention" not in row:
            raise QawlError("a row without `mention` (an empty one means the narrator)")
        start = end = -1
        if mention := row["mention"]:
            within, earlier = text.find(mention), before.rfind(mention)
            if within < 0 and earlier < 0:
                raise QawlError(f"the mention «{mention}» stands neither in `text` nor in `before`")
            start = len(before) + within if within >= 0 else earlier
            end = start + len(mention)
        return {
            "article_id": row["group"],
            "sentence": 0,
            "before": before,
            "text": text,
            "window_start": 0,
            "answer_start": start,
            "answer_end": end,
            "names": [mention] if mention else [],
            "explicit": start >= len(before),
        }

    def gold(self, example: Example) -> Option:
        """Return the span of the mention in the window, or None for the narrator."""
        return None if example["answer_start"] == -1 else (example["answer_start"], example["answer_end"])

    def right(self, example: Example, option: Option) -> bool:
        """Tell whether the option names the right speaker: no one, the gold mention, or another of their names.

        A string names them when it shares at least half of the words of both, after folding.
        """
        if option is None or not example["names"]:
            return option is None and not example["names"]
        said = words(span_text(example, option))
        return any(_same(said, words(name)) for name in example["names"])

    def describe(self, example: Example, option: Option) -> str:
        """Return the string that names the speaker; for a gold mention before the window, the entity's name."""
        if option is None:
            return "(narrator)"
        return str(example["names"][0]) if option[0] < 0 else span_text(example, option)

    def confusion(self, example: Example, option: Option) -> tuple[str, str]:
        """Return (narrator, named here or named before) and what was predicted."""
        gold = "narrator" if not example["names"] else "named here" if example["explicit"] else "named before"
        if option is None:
            return gold, "narrator"
        return gold, "right speaker" if self.right(example, option) else "wrong speaker"

    def pair(self, example: Example) -> tuple[str, str]:
        """Return (what came before, sentence); with the marking "question" the first one has the sentence too."""
        return example["before"] + (example["text"] if self.marking == "question" else ""), example["text"]

    def answer(self, example: Example, encoding: EncodedPair) -> dict[str, int]:
        """Return `start_positions` and `end_positions`, the first and the last token of the mention."""
        if example["answer_start"] == -1:
            return {"start_positions": 0, "end_positions": 0}
        covered = [
            at
            for at, offset in enumerate(self._offsets(example, encoding))
            if offset and offset[0] < example["answer_end"] and offset[1] > example["answer_start"]
        ]
        first, last = (covered[0], covered[-1]) if covered else (IGNORED, IGNORED)
        return {"start_positions": first, "end_positions": last}

    def decode(
        self, example: Example, encoding: EncodedPair, logits: tuple[npt.NDArray[np.float64], ...]
    ) -> Candidates:
        """Return None and the likeliest spans; a span's logit is start + end, less that of the null answer."""
        offsets, word_ids, sides = self._offsets(example, encoding), encoding.word_ids, encoding.sides
        length = len(offsets)
        start, end = logits[0][:length], logits[1][:length]
        # A span ends where a word ends, else «الوز» could be a speaker. It may start inside one: «لـ|مصادر».
        ends_word = [at + 1 >= length or word_ids[at] != word_ids[at + 1] for at in range(length)]
        starts = [at for at in np.argsort(-start, kind="stable").tolist() if offsets[at]][:TOP]
        ends = [at for at in np.argsort(-end, kind="stable").tolist() if offsets[at] and ends_word[at]][:TOP]
        scores = start[starts][:, None] + end[ends][None, :] - (start[0] + end[0])
        lengths = np.array(ends, dtype=int)[None, :] - np.array(starts, dtype=int)[:, None]
        spans: dict[tuple[int, int], float] = {}
        for row, column in zip(*np.nonzero((lengths >= 0) & (lengths < SPAN_TOKENS)), strict=True):
            first, last = starts[row], ends[column]
            opened, closed = offsets[first], offsets[last]
            if opened is not None and closed is not None and sides[first] == sides[last]:
                span = (opened[0], closed[1])
                spans[span] = max(spans.get(span, -np.inf), float(scores[row, column]))
        best = sorted(spans.items(), key=lambda item: (-item[1], item[0]))[:TOP]
        return Candidates((None, *(span for span, _ in best)), np.array([0.0, *(logit for _, logit in best)]))

    def figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return the share of right speakers (all, named in the sentence, not named in it), the F1 of telling
        reported from narrated, and for the mentions the exact-span F1 and the mean word overlap (Jaccard).
        """
        rights = [self.right(example, option) for example, option in zip(examples, predicted, strict=True)]
        golds = [self.gold(example) for example in examples]
        pairs = list(zip(examples, golds, predicted, strict=True))
        made, due = sum(o is not None for o in predicted), sum(g is not None for g in golds)
        both = sum(g is not None and o is not None for _, g, o in pairs)
        exact = sum(g is not None and g == o for _, g, o in pairs)
        overlap = [
            _jaccard(words(span_text(e, o)), words(span_text(e, g))) if o is not None and g[0] >= 0 else 0.0
            for e, g, o in pairs
            if g is not None
        ]

        def share(select: Any) -> float:
            chosen = [right for example, right in zip(examples, rights, strict=True) if select(example)]
            return sum(chosen) / len(chosen) if chosen else float("nan")

        return {
            "speaker_accuracy": share(lambda example: True),
            "accuracy_reported": share(lambda example: example["names"]),
            "accuracy_explicit": share(lambda example: example["names"] and example["explicit"]),
            "accuracy_implicit": share(lambda example: example["names"] and not example["explicit"]),
            "accuracy_narrator": share(lambda example: not example["names"]),
            "reported_f1": 2 * both / (made + due) if made + due else float("nan"),
            "span_exact_f1": 2 * exact / (made + due) if made + due else float("nan"),
            "span_overlap": sum(overlap) / len(overlap) if overlap else float("nan"),
        }

    def article_figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return the B³ precision, recall and F1 of who says each sentence, from the mention to the entity.

        The predicted mentions of an article are gathered as the scorer gathers them. What is clustered are its
        sentences: a narrated one that got a speaker costs precision, a reported one without one costs recall.
        Table rows that share a group have no common text, and no such figures.
        """
        articles: dict[str, dict[int, tuple[Example, Option]]] = {}
        for example, option in zip(examples, predicted, strict=True):
            articles.setdefault(example["article_id"], {})[example["sentence"]] = (example, option)
        if sum(map(len, articles.values())) < len(examples):
            return {}
        total = sum((_entity_sums(list(own.values())) for own in articles.values()), BCubed())
        return {
            "entity_b3_precision": total.precision,
            "entity_b3_recall": total.recall,
            "entity_b3_f1": total.f1,
        }

    def _offsets(self, example: Example, encoding: EncodedPair) -> list[tuple[int, int] | None]:
        """Return for each token its characters in the window, or None where no answer may stand."""
        shifts = [0, None if self.marking == "question" else len(example["before"])]
        offsets: list[tuple[int, int] | None] = []
        for side, (start, end) in zip(encoding.sides, encoding.offsets, strict=True):
            shift = None if side is None else shifts[side]
            offsets.append(None if shift is None else (shift + start, shift + end))
        return offsets


def _entity_sums(answers: Sequence[tuple[Example, Option]]) -> BCubed:
    """Return the B³ sums of one article, whose text the windows of its examples hold."""
    text = [" "] * max(own["window_start"] + len(own["before"] + own["text"]) for own, _ in answers)
    spans = {}
    for example, option in answers:
        start, window = example["window_start"], example["before"] + example["text"]
        text[start : start + len(window)] = window
        if option is not None:
            spans[example["sentence"]] = (start + option[0], start + option[1])
    names = gather("".join(text), spans.values())
    gold = {own["sentence"]: own["names"][0] for own, _ in answers if own["names"]}
    return b_cubed(gold, {sentence: names[span] for sentence, span in spans.items()})


def span_text(example: Example, span: tuple[int, int]) -> str:
    """Return the characters of a span of the example's window."""
    window: str = example["before"] + example["text"]
    return window[span[0] : span[1]]


def words(text: str) -> list[str]:
    """Return the words of a name, folded, without punctuation and vowel signs."""
    return "".join(letter if letter.isalnum() else " " for letter in plain(text)).split()


def _same(said: list[str], name: list[str]) -> bool:
    shared = len([word for word in set(said) if word in name])
    return bool(shared) and 2 * shared >= len(set(said)) and 2 * shared >= len(set(name))


def _jaccard(one: list[str], other: list[str]) -> float:
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 0.0
