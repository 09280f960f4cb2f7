"""Stance: where whoever speaks in a sentence stands toward a target. The targets are the user's, and open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from transformers import PreTrainedTokenizerFast

from ..arabic.attribution import attribute
from ..arabic.stems import light_stem, recurring
from ..records import STANCES, Article, Sentence
from .base import EncodedPair, Example, Option, required, sentences_of
from .classification import ClassificationTask


@dataclass(frozen=True)
class StanceTask(ClassificationTask):
    """(Sentence, target) → favor, against or none, or the user's own labels."""

    name: ClassVar[str] = "stance"
    columns: ClassVar[tuple[str, ...]] = ("text", "target", "label")
    default_labels: ClassVar[tuple[str, ...]] = STANCES
    compares: ClassVar[bool] = True

    context: int = 0
    max_length: int = 128
    shared: bool = False
    """Whether words that the other text has, in whatever form, get token types of their own (2, 3 in place of 0, 1)."""
    speaker: bool = False
    """Whether the sentence is given after the name of who says it, as the cue rules find it: «الوزير: …»."""

    def examples(self, article: Article, *, labelled: bool = True, targets: Sequence[str] = ()) -> Iterator[Example]:
        """Yield an example for each sentence and target; a labelled sentence has those that it is labelled for."""
        asked = list(dict.fromkeys([*article.targets, *targets]))
        sentences = sentences_of(article)
        speakers = _speakers(article.text, sentences) if self.speaker and asked else [""] * len(sentences)
        for index, sentence in enumerate(sentences):
            before = article.text[sentences[max(0, index - self.context)].start : sentence.start].strip()
            for target in asked:
                if labelled and target not in sentence.stance:
                    continue
                yield {
                    "article_id": article.id,
                    "sentence": index,
                    "text": article.text[sentence.start : sentence.end],
                    "before": before,
                    "speaker": speakers[index],
                    "target": target,
                    "label": sentence.stance.get(target, ""),
                }

    def row_example(self, row: dict[str, str]) -> Example:
        """Return the example of a row with `text`, `target`, `label` and, where it has them, `before` and `speaker`."""
        return {
            "article_id": row["group"],
            "sentence": 0,
            "text": required(row, "text", what="a text"),
            "before": row.get("before", ""),
            "speaker": row.get("speaker", ""),
            "target": required(row, "target", what="a target"),
            "label": required(row, "label", what="a label"),
        }

    def kind(self, option: Option) -> str:
        """Return the label: `none` is far more often right than a side taken with the same softmax."""
        return str(option)

    def figures_of(self, sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        """Return those of every classification and, of our labels, the mean F1 of favor and against (Mohammad 2016).

        `none` is most of the answers and the easiest: a macro-F1 with it says less of the sides.
        """
        figures = super().figures_of(sums)
        if {"f1_favor", "f1_against"} <= figures.keys():
            figures["f1_favor_against"] = (figures["f1_favor"] + figures["f1_against"]) / 2
        return figures

    def pair(self, example: Example) -> tuple[str, str]:
        """Return (target and what came before, sentence), with `speaker` after who says it."""
        said = f"{example['speaker']}: {example['text']}" if self.speaker and example["speaker"] else example["text"]
        return "\n".join(text for text in (example["target"], example["before"]) if text), said

    def encode(self, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> list[EncodedPair]:
        """Return the input of each example, with `shared` with its tokens marked."""
        encodings = super().encode(examples, tokenizer)
        if not self.shared:
            return encodings
        return [
            replace(own, types=_marked_types(own, self.pair(example)))
            for own, example in zip(encodings, examples, strict=True)
        ]


def _speakers(text: str, sentences: Sequence[Sentence]) -> list[str]:
    """Return who says each sentence: the rules' first answer, without any learned weight; "" for the narrator."""
    found = attribute(text, [(sentence.start, sentence.end) for sentence in sentences])
    mentions = (None if own.how == "narrator" else own.mention for own in found)
    return ["" if span is None else text[span.start : span.end] for span in mentions]


def _marked_types(encoding: EncodedPair, texts: tuple[str, str]) -> list[int]:
    """Return the type of each token: which text it is of and whether a word like its own is in the other one too."""
    spans: dict[tuple[int, int | None], tuple[int, int]] = {}
    tokens = list(zip(encoding.sides, encoding.word_ids, encoding.offsets, strict=True))
    for side, word, (start, end) in tokens:
        if side is not None:
            spans[side, word] = (spans.get((side, word), (start, end))[0], end)
    stems = {(side, word): light_stem(texts[side][start:end]) for (side, word), (start, end) in spans.items()}
    first, second = ([own for (side, _), own in stems.items() if side == at] for at in (0, 1))
    marked = recurring(first, second), recurring(second, first)
    return [
        kind + 2 if side is not None and stems[side, word] in marked[side] else kind
        for (side, word, _), kind in zip(tokens, encoding.whole.type_ids, strict=True)
    ]
