"""Speaker: whose words a sentence reports, as the span that names them in it or before it, or nothing.

Extractive question answering with a null answer (Rajpurkar et al. 2018, arXiv:1806.03822): the answer may
stand in the sentence or in what came before; no answer is the narrator. An open set: the people of a new
article need never have been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

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
    ratio,
    required,
    sentences_of,
)
from .clusters import BCubed, b_cubed, b_cubed_figures

SPAN_TOKENS = 24
"""A mention is at most this long: the longest in the corpus has 20 word pieces of qawl-mini."""
TOP = 20
"""Starts and ends that are paired; more than 20 changes no prediction on the validation split."""
IGNORED = 10_000
"""A position past every input: the stock head leaves it out of the loss."""
_SHARES = ("speaker_accuracy", "accuracy_reported", "accuracy_explicit", "accuracy_implicit", "accuracy_narrator")
ENTITY = "entity_b3_"


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

    def kind(self, option: Option) -> str:
        """Return "narrator" or "speaker": where the rules see nobody, the null answer is their only candidate."""
        return "narrator" if option is None else "speaker"

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

    def tallies(self, examples: Sequence[Example], predicted: Sequence[Option]) -> npt.NDArray[np.float64]:
        """Return the sums that `figures_of` reads: each kind of sentence, its right answers, the mentions' and B³'s."""
        rows = []
        for example, option in zip(examples, predicted, strict=True):
            gold, right = self.gold(example), self.right(example, option)
            named = bool(example["names"])
            explicit = named and bool(example["explicit"])
            kinds = (True, named, explicit, named and not explicit, not named)
            due, made = gold is not None, option is not None
            overlap = 0.0
            if due and made and gold[0] >= 0:
                overlap = _jaccard(words(span_text(example, option)), words(span_text(example, gold)))
            mentions = (due, made, due and made, due and gold == option, overlap)
            rows.append([*kinds, *(kind and right for kind in kinds), *mentions])
        own = np.array(rows, dtype=np.float64).reshape(len(rows), 2 * len(_SHARES) + 5)
        return np.hstack([own, _entity_rows(examples, predicted)])

    def figures_of(self, sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        """Return the share of right speakers (all, named in the sentence, not named in it), the F1 of telling
        reported from narrated, for the mentions the exact-span F1 and the mean word overlap (Jaccard), and B³ of
        the sentences by their speaker's entity.
        """
        count = len(_SHARES)
        shares = ratio(sums[..., count : 2 * count], sums[..., :count])
        due, made, both, exact, overlap = (sums[..., 2 * count + at] for at in range(5))
        return {
            **{name: shares[..., at] for at, name in enumerate(_SHARES)},
            "reported_f1": ratio(both, due + made, scale=2.0),
            "span_exact_f1": ratio(exact, due + made, scale=2.0),
            "span_overlap": ratio(overlap, due),
            **{ENTITY + name: value for name, value in b_cubed_figures(sums[..., 2 * count + 5 :]).items()},
        }

    def measured(self, tallies: npt.NDArray[np.float64]) -> dict[str, float]:
        """Return the metrics by name; those of entities where there are any to measure."""
        figures = super().measured(tallies)
        return {name: value for name, value in figures.items() if not name.startswith(ENTITY) or value == value}

    def _offsets(self, example: Example, encoding: EncodedPair) -> list[tuple[int, int] | None]:
        """Return for each token its characters in the window, or None where no answer may stand."""
        shifts = [0, None if self.marking == "question" else len(example["before"])]
        offsets: list[tuple[int, int] | None] = []
        for side, (start, end) in zip(encoding.sides, encoding.offsets, strict=True):
            shift = None if side is None else shifts[side]
            offsets.append(None if shift is None else (shift + start, shift + end))
        return offsets


def _entity_rows(examples: Sequence[Example], predicted: Sequence[Option]) -> npt.NDArray[np.float64]:
    """Return what each sentence adds to the B³ of who says it, shape (examples, 4).

    The predicted mentions of an article are gathered as the scorer gathers them. What is clustered are its
    sentences: a narrated one that got a speaker costs precision, a reported one without one costs recall.
    Table rows that share a group have no common text, and add nothing.
    """
    rows = np.zeros((len(examples), len(BCubed._fields)))
    articles: dict[str, dict[int, int]] = {}
    for at, example in enumerate(examples):
        articles.setdefault(example["article_id"], {})[example["sentence"]] = at
    if sum(map(len, articles.values())) < len(examples):
        return rows
    for places in articles.values():
        names = _predicted_names([(examples[at], predicted[at]) for at in places.values()])
        gold = {sentence: examples[at]["names"][0] for sentence, at in places.items() if examples[at]["names"]}
        for sentence, own in b_cubed(gold, names).items():
            rows[places[sentence]] = own
    return rows


def _predicted_names(answers: Sequence[tuple[Example, Option]]) -> dict[int, str]:
    """Return who says each sentence of one article, whose text the windows of its examples hold."""
    text = [" "] * max(own["window_start"] + len(own["before"] + own["text"]) for own, _ in answers)
    spans = {}
    for example, option in answers:
        start, window = example["window_start"], example["before"] + example["text"]
        text[start : start + len(window)] = window
        if option is not None:
            spans[example["sentence"]] = (start + option[0], start + option[1])
    names = gather("".join(text), spans.values())
    return {sentence: names[span] for sentence, span in spans.items()}


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
