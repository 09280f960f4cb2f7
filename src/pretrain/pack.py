"""Text as one stream of tokens on disk, and sequences of it without a single token of padding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..errors import QawlError

SPLITS = ("train", "held_out")
_CHUNK, _PIECE = 2000, 2**22


@dataclass(frozen=True)
class Stream:
    """A stream of token ids, mapped from disk: paragraphs, each with [SEP] at its end."""

    ids: np.ndarray[Any, Any]

    def starts(self, length: int, *, order: int) -> np.ndarray[Any, Any]:
        """Return where each sequence of one pass begins, in an order that the seed `order` draws.

        The cuts shift with `order`: two passes do not cut the text at the same places.
        """
        random = np.random.default_rng(order)
        shift = int(random.integers(length))
        return shift + length * random.permutation((len(self.ids) - shift) // length)

    def counts(self, vocabulary: int) -> np.ndarray[Any, Any]:
        """Return how often each token stands in the stream: (vocabulary,) int64."""
        counts = np.zeros(vocabulary, dtype=np.int64)
        for at in range(0, len(self.ids), _PIECE):
            counts += np.bincount(self.ids[at : at + _PIECE], minlength=vocabulary)
        return counts

    def take(self, starts: Iterable[int], length: int) -> np.ndarray[Any, Any]:
        """Return the sequences that begin at `starts`: (sequences, length) int64."""
        return np.stack([self.ids[start : start + length] for start in starts]).astype(np.int64)


def pack(texts: Iterable[tuple[bool, str]], tokenizer: PreTrainedTokenizerFast, folder: Path) -> dict[str, int]:
    """Write the tokens of (is held out, paragraph) as train.bin and held_out.bin; return how many each has."""
    kind = _kind(len(tokenizer))
    end = np.array([tokenizer.convert_tokens_to_ids(str(tokenizer.sep_token))], dtype=kind)
    backend = tokenizer.backend_tokenizer
    counts = dict.fromkeys(SPLITS, 0)
    texts = iter(texts)
    with (folder / "train.bin").open("wb") as train, (folder / "held_out.bin").open("wb") as held_out:
        while chunk := list(islice(texts, _CHUNK)):
            encoded = backend.encode_batch_fast([text for _, text in chunk], add_special_tokens=False)
            for (is_held_out, _), own in zip(chunk, encoded, strict=True):
                ids = np.concatenate([np.array(own.ids, dtype=kind), end])
                (held_out if is_held_out else train).write(ids.tobytes())
                counts[SPLITS[is_held_out]] += len(ids)
    return counts


def open_streams(folder: Path, vocabulary: int, *, fewest: int) -> dict[str, Stream]:
    """Return the packed streams of both splits.

    Raises:
        QawlError: one of them holds fewer than `fewest` tokens.
    """
    streams = {}
    for name in SPLITS:
        path = folder / f"{name}.bin"
        count = path.stat().st_size // np.dtype(_kind(vocabulary)).itemsize
        if count < fewest:
            problem = f"`texts` gives {count:,} tokens to {name.replace('_', ' ')}, of which a sequence needs {fewest}"
            raise QawlError(f"{problem} — give more text, raise `held_out`, or shorten `training.sequence`")
        streams[name] = Stream(np.memmap(path, dtype=_kind(vocabulary), mode="r"))
    return streams


def _kind(vocabulary: int) -> type[np.unsignedinteger[Any]]:
    return np.uint16 if vocabulary <= 2**16 else np.uint32
