"""What every task has: examples, an encoding for transformers, a decoding into candidates, and its figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from transformers import PreTrainedTokenizerFast

from ..arabic.sentences import split_sentences
from ..errors import QawlError
from ..records import Article, Sentence

Example = dict[str, Any]
Option = Any
"""What can be predicted: a label, or for the speaker task a span (start, end) or None."""

# The second part of an input keeps at least this share of the room: context never pushes out the sentence.
SENTENCE_SHARE = 0.75
# The tokens of one sentence are at most this many characters each; what lies beyond can't be in the input.
CHARACTERS_A_TOKEN = 12


@dataclass(frozen=True)
class Candidates:
    """The options of one example with their logits, shape (options,); probabilities are softmax(logits / T)."""

    options: tuple[Option, ...]
    logits: npt.NDArray[np.float64]

    def probabilities(self, temperature: float = 1.0) -> npt.NDArray[np.float64]:
        """Return the probability of each option, shape (options,)."""
        scaled = self.logits / temperature
        exponents = np.exp(scaled - scaled.max())
        result: npt.NDArray[np.float64] = exponents / exponents.sum()
        return result

    def best(self, temperature: float = 1.0) -> tuple[Option, float]:
        """Return the likeliest option and its probability; the first one where two are equal."""
        probabilities = self.probabilities(temperature)
        at = int(probabilities.argmax())
        return self.options[at], float(probabilities[at])

    def probability(self, option: Option, temperature: float = 1.0) -> float:
        """Return the probability of one option; 0 where it is no candidate."""
        probabilities = self.probabilities(temperature)
        return float(sum(probabilities[at] for at, own in enumerate(self.options) if own == option))


@dataclass(frozen=True)
class Task(ABC):
    """One question asked of each sentence.

    Args:
        labels: the closed set of labels, in the order of the logits; empty for spans.
        context: how many sentences of what came before are read along.
        max_length: tokens of one input at most.
    """

    name: ClassVar[str]
    head: ClassVar[str]
    """The stock transformers head: "sequence-classification" or "question-answering"."""
    metric: ClassVar[str]
    """The figure that early stopping and the champion go by; higher is better."""
    columns: ClassVar[tuple[str, ...]]
    """The columns that a user's own table needs."""

    labels: tuple[str, ...] = ()
    context: int = 0
    max_length: int = 128

    @abstractmethod
    def examples(self, article: Article, *, labelled: bool = True, targets: Sequence[str] = ()) -> Iterator[Example]:
        """Yield the examples of an article's sentences: those with a label of this task, or all of them.

        Without `labelled`, an article without sentences gets those that the splitter finds, and `targets` are
        asked of it beside its own (stance only).
        """

    @abstractmethod
    def row_example(self, row: dict[str, str]) -> Example:
        """Return the example of one table row with our column names; raises QawlError for a bad one."""

    @abstractmethod
    def gold(self, example: Example) -> Option:
        """Return the right option of a labelled example."""

    @abstractmethod
    def right(self, example: Example, option: Option) -> bool:
        """Tell whether an option is as good as the gold one."""

    @abstractmethod
    def describe(self, example: Example, option: Option) -> str:
        """Return an option in words: its label, or the string that names the speaker."""

    @abstractmethod
    def confusion(self, example: Example, option: Option) -> tuple[str, str]:
        """Return the (gold row, predicted column) of the confusion matrix where this prediction counts."""

    @abstractmethod
    def encode(self, example: Example, tokenizer: PreTrainedTokenizerFast, *, labelled: bool) -> dict[str, Any]:
        """Return the model's inputs of one example as lists of int, with its targets where `labelled`."""

    @abstractmethod
    def decode(
        self, example: Example, tokenizer: PreTrainedTokenizerFast, logits: tuple[npt.NDArray[np.float64], ...]
    ) -> Candidates:
        """Return the candidates of one example from the head's logits, each of shape (labels,) or (tokens,)."""

    @abstractmethod
    def figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return the metrics by name; `metric` is among them."""

    def article_figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return figures that take whole articles and are too dear for a bootstrap; none for most tasks."""
        return {}

    def loss_groups(self, examples: Sequence[Example]) -> list[int]:
        """Return the class of each example for class weights, or an empty list where the task has none."""
        return []

    def fitted(self, golds: Iterable[Option]) -> Task:
        """Return the task with the label set that the training data shows."""
        return self


def sentences_of(article: Article) -> Sequence[Sentence]:
    """Return the labelled sentences of an article, or else those that the splitter finds."""
    return article.sentences or [Sentence(start, end) for start, end in split_sentences(article.text)]


def required(row: dict[str, str], column: str, *, what: str) -> str:
    """Return a column of a table row; a missing or blank value is an error."""
    if not row.get(column, "").strip():
        raise QawlError(f"a row without {what} (`{column}`)")
    return row[column]


class EncodedPair(NamedTuple):
    """One input of two texts, token by token. `sides`: 0 for the first text, 1 for the second, None for neither.

    A single text is side 0; offsets are characters of the token's own text.
    """

    ids: list[int]
    attention_mask: list[int]
    type_ids: list[int]
    offsets: list[tuple[int, int]]
    word_ids: list[int | None]
    sides: list[int | None]


def encode_pair(
    tokenizer: PreTrainedTokenizerFast, first: str, second: str, *, max_length: int, keep: str
) -> EncodedPair:
    """Encode two texts as one input of at most `max_length` tokens, with offsets into each of them.

    The second text is cut at its end where it takes more than its share; the first gets what is left, and
    `keep` says which end of it survives ("start" or "end"). An empty first text gives a single-text input.
    """
    backend = tokenizer.backend_tokenizer
    room = max_length - tokenizer.num_special_tokens_to_add(pair=bool(first))
    reach = CHARACTERS_A_TOKEN * max_length
    near = first[-reach:] if keep == "end" else first[:reach]
    head = backend.encode(_encodable(near), add_special_tokens=False) if first else None
    tail = backend.encode(_encodable(second[:reach]), add_special_tokens=False)
    share = room if head is None else max(int(SENTENCE_SHARE * room), room - len(head))
    tail.truncate(share, direction="right")
    if head is None:
        whole = backend.post_process(tail, None, True)
        lengths = (len(tail), 0)
    else:
        head.truncate(room - len(tail), direction="left" if keep == "end" else "right")
        lengths = (len(head), len(tail))
        whole = backend.post_process(head, tail, True)
    # Counted here: the encoding's own `sequence_ids` lose the first text unless both were truncated.
    own = iter([0] * lengths[0] + [1] * lengths[1])
    sides = [None if special else next(own) for special in whole.special_tokens_mask]
    shift = len(first) - len(near) if keep == "end" else 0
    offsets = [
        (start + shift, end + shift) if side == 0 and head is not None else (start, end)
        for side, (start, end) in zip(sides, whole.offsets, strict=True)
    ]
    return EncodedPair(whole.ids, whole.attention_mask, whole.type_ids, offsets, whole.word_ids, sides)


def _encodable(text: str) -> str:
    # JSON can carry half a surrogate pair, which no tokenizer takes; the stand-in keeps the offsets.
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
