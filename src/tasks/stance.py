"""Stance: where whoever speaks in a sentence stands toward a target. The targets are the user's, and open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..records import STANCES, Article
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
    """Whether tokens that both texts have are marked, by token types of their own (2 and 3 in place of 0 and 1)."""

    def examples(self, article: Article, *, labelled: bool = True, targets: Sequence[str] = ()) -> Iterator[Example]:
        """Yield an example for each sentence and target; a labelled sentence has those that it is labelled for."""
        asked = list(dict.fromkeys([*article.targets, *targets]))
        sentences = sentences_of(article)
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
                    "target": target,
                    "label": sentence.stance.get(target, ""),
                }

    def row_example(self, row: dict[str, str]) -> Example:
        """Return the example of a row with `text`, `target`, `label` and, where it has one, `before`."""
        return {
            "article_id": row["group"],
            "sentence": 0,
            "text": required(row, "text", what="a text"),
            "before": row.get("before", ""),
            "target": required(row, "target", what="a target"),
            "label": required(row, "label", what="a label"),
        }

    def kind(self, option: Option) -> str:
        """Return the label: `none` is far more often right than a side taken with the same softmax."""
        return str(option)

    def pair(self, example: Example) -> tuple[str, str]:
        """Return (target and what came before, sentence)."""
        return "\n".join(text for text in (example["target"], example["before"]) if text), example["text"]

    def encode(self, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> list[EncodedPair]:
        """Return the input of each example, with `shared` with its tokens marked."""
        encodings = super().encode(examples, tokenizer)
        return [replace(own, types=_marked_types(own)) for own in encodings] if self.shared else encodings


def _marked_types(encoding: EncodedPair) -> list[int]:
    """Return the type of each token: which text it is of and whether the other one has it too."""
    ids, sides, kinds = encoding.whole.ids, encoding.sides, encoding.whole.type_ids
    first, second = ({own for own, side in zip(ids, sides, strict=True) if side == at} for at in (0, 1))
    both = first & second
    return [
        kind + 2 if side is not None and own in both else kind
        for own, kind, side in zip(ids, kinds, sides, strict=True)
    ]
