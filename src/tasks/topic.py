"""Topic: what a sentence is about, inside its article. 17 IPTC Media Topics, or the user's own labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..records import TOPICS, Article
from .base import Example, required, sentences_of
from .classification import ClassificationTask


@dataclass(frozen=True)
class TopicTask(ClassificationTask):
    """The sentence with its title and neighbours → one topic."""

    name: ClassVar[str] = "topic"
    columns: ClassVar[tuple[str, ...]] = ("text", "label")
    default_labels: ClassVar[tuple[str, ...]] = TOPICS

    context: int = 2
    max_length: int = 160

    def examples(self, article: Article, *, labelled: bool = True, targets: Sequence[str] = ()) -> Iterator[Example]:
        """Yield an example a sentence; labelled articles skip the sentences without a topic."""
        sentences = sentences_of(article)
        for index, sentence in enumerate(sentences):
            if labelled and sentence.topic is None:
                continue
            first = max(0, index - self.context)
            last = min(len(sentences), index + 1 + self.context)
            yield {
                "article_id": article.id,
                "sentence": index,
                "text": article.text[sentence.start : sentence.end],
                "title": article.title,
                "before": article.text[sentences[first].start : sentence.start].strip(),
                "after": article.text[sentence.end : sentences[last - 1].end].strip(),
                "label": sentence.topic or "",
            }

    def row_example(self, row: dict[str, str]) -> Example:
        """Return the example of a row with `text`, `label` and, where it has them, `title`, `before`, `after`."""
        return {
            "article_id": row["group"],
            "sentence": 0,
            "text": required(row, "text", what="a text"),
            "title": row.get("title", ""),
            "before": row.get("before", ""),
            "after": row.get("after", ""),
            "label": required(row, "label", what="a label"),
        }

    def pair(self, example: Example) -> tuple[str, str]:
        """Return (title and neighbours, sentence)."""
        around = (example["title"], example["before"], example["after"])
        return "\n".join(text for text in around if text), example["text"]
