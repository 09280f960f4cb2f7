"""What every task has: examples, an encoding for transformers, a decoding into candidates, and its figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerFast

from ..arabic.sentences import split_sentences
from ..data.files import SURROGATE
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
    keep: ClassVar[Literal["start", "end"]]
    """Which end of the input's first text survives where the two are too long."""

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

    def kind(self, option: Option) -> str:
        """Return what calibration tells answers apart by; "" where it treats them all alike."""
        return ""

    @abstractmethod
    def confusion(self, example: Example, option: Option) -> tuple[str, str]:
        """Return the (gold row, predicted column) of the confusion matrix where this prediction counts."""

    @abstractmethod
    def pair(self, example: Example) -> tuple[str, str]:
        """Return the two texts of the input; the second one holds the sentence."""

    @abstractmethod
    def answer(self, example: Example, encoding: EncodedPair) -> dict[str, int]:
        """Return what the loss compares a labelled example with, by the names that the head knows."""

    @abstractmethod
    def decode(
        self, example: Example, encoding: EncodedPair, logits: tuple[npt.NDArray[np.float64], ...]
    ) -> Candidates:
        """Return the candidates of one example from the head's logits, each of shape (labels,) or (tokens,)."""

    def encode(self, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> list[EncodedPair]:
        """Return the input of each example."""
        pairs = [self.pair(example) for example in examples]
        return encode_pairs(tokenizer, pairs, max_length=self.max_length, keep=self.keep)

    def training_inputs(self, examples: Sequence[Example], tokenizer: PreTrainedTokenizerFast) -> list[dict[str, Any]]:
        """Return the network's inputs of labelled examples, with what the loss compares them with."""
        encodings = self.encode(examples, tokenizer)
        return [
            {**encoding.inputs, **self.answer(example, encoding)}
            for example, encoding in zip(examples, encodings, strict=True)
        ]

    @abstractmethod
    def tallies(self, examples: Sequence[Example], predicted: Sequence[Option]) -> npt.NDArray[np.float64]:
        """Return what each prediction adds to the sums that figures are made of, shape (examples, sums)."""

    @abstractmethod
    def figures_of(self, sums: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        """Return the metrics by name, `metric` among them, of tallies added up.

        Shape (…, sums) gives figures of shape (…): a bootstrap measures a thousand resamples at once. NaN where
        a figure is not defined.
        """

    def figures(self, examples: Sequence[Example], predicted: Sequence[Option]) -> dict[str, float]:
        """Return the metrics by name, `metric` among them; NaN where one is not defined."""
        return self.measured(self.tallies(examples, predicted))

    def measured(self, tallies: npt.NDArray[np.float64]) -> dict[str, float]:
        """Return the metrics by name of tallies, shape (examples, sums); NaN where one is not defined."""
        return {name: float(value) for name, value in self.figures_of(tallies.sum(axis=0)).items()}

    def loss_groups(self, examples: Sequence[Example]) -> list[int]:
        """Return the class of each example for class weights, or an empty list where the task has none."""
        return []

    def fitted(self, golds: Iterable[Option]) -> Task:
        """Return the task with the label set that the training data shows."""
        return self


def ratio(
    part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64], *, scale: float = 1.0
) -> npt.NDArray[np.float64]:
    """Return scale · part / whole, NaN where the whole is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        result: npt.NDArray[np.float64] = np.where(whole > 0, scale * part / whole, np.nan)
    return result


def sentences_of(article: Article) -> Sequence[Sentence]:
    """Return the labelled sentences of an article, or else those that the splitter finds."""
    return article.sentences or [Sentence(start, end) for start, end in split_sentences(article.text)]


def required(row: dict[str, str], column: str, *, what: str) -> str:
    """Return a column of a table row; a missing or blank value is an error."""
    if not row.get(column, "").strip():
        raise QawlError(f"a row without {what} (`{column}`)")
    return row[column]


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """One input of two texts, token by token.

    Args:
        whole: the tokens with the special ones around them.
        lengths: how many of them are of the first text, and of the second.
        shift: how many characters of the first text were left out before its first token was made.
        types: the types of the tokens, where they say more than which text a token is of.
    """

    whole: Encoding
    lengths: tuple[int, int]
    shift: int
    types: list[int] | None = None

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.whole)

    @property
    def inputs(self) -> dict[str, list[int]]:
        """What a network takes: input_ids, attention_mask and token_type_ids."""
        whole = self.whole
        types = whole.type_ids if self.types is None else self.types
        return {"input_ids": whole.ids, "attention_mask": whole.attention_mask, "token_type_ids": types}

    @property
    def word_ids(self) -> list[int | None]:
        """For each token the number of its word in its own text."""
        return self.whole.word_ids

    @property
    def sides(self) -> list[int | None]:
        """For each token 0 for the first text (also a single one), 1 for the second, None for a special one."""
        # Counted here: the encoding's own `sequence_ids` lose the first text unless both were truncated.
        own = iter([0] * self.lengths[0] + [1] * self.lengths[1])
        return [None if special else next(own) for special in self.whole.special_tokens_mask]

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """For each token its characters (start, end) in its own text."""
        shift = self.shift
        if not shift:
            return self.whole.offsets
        return [
            (start + shift, end + shift) if side == 0 else (start, end)
            for side, (start, end) in zip(self.sides, self.whole.offsets, strict=True)
        ]


def encode_pairs(
    tokenizer: PreTrainedTokenizerFast,
    pairs: Sequence[tuple[str, str]],
    *,
    max_length: int,
    keep: Literal["start", "end"],
) -> list[EncodedPair]:
    """Encode pairs of texts as inputs of at most `max_length` tokens, with offsets into each text.

    The second text is cut at its end where it takes more than its share; the first gets what is left, and
    `keep` says which end of it survives. An empty first text gives a single-text input.
    """
    reach = CHARACTERS_A_TOKEN * max_length
    near = [(first[-reach:] if keep == "end" else first[:reach], second[:reach]) for first, second in pairs]
    # Each text once: a target stands beside many sentences, and a sentence beside many targets.
    texts = list(dict.fromkeys(text for pair in near for text in pair))
    backend = tokenizer.backend_tokenizer
    stand_ins = [SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text) for text in texts]  # no tokenizer takes halves
    known = dict(zip(texts, backend.encode_batch(stand_ins, add_special_tokens=False), strict=True))
    rooms = [max_length - tokenizer.num_special_tokens_to_add(pair=pair) for pair in (False, True)]
    inputs = []
    for (first, _), (head, tail) in zip(pairs, near, strict=True):
        room = rooms[bool(first)]
        if not first:
            single = _truncated(known[tail], room, "right")
            inputs.append(EncodedPair(backend.post_process(single, None, True), (len(single), 0), 0))
            continue
        before = known[head]
        after = _truncated(known[tail], max(int(SENTENCE_SHARE * room), room - len(before)), "right")
        before = _truncated(before, room - len(after), "left" if keep == "end" else "right")
        shift = len(first) - len(head) if keep == "end" else 0
        inputs.append(EncodedPair(backend.post_process(before, after, True), (len(before), len(after)), shift))
    return inputs


def _truncated(encoding: Encoding, length: int, direction: str) -> Encoding:
    from tokenizers import Encoding

    if len(encoding) <= length:
        return encoding
    # A copy: others share the encoding.
    copy = Encoding.merge([encoding], growing_offsets=False)
    copy.truncate(length, direction=direction)
    return copy
