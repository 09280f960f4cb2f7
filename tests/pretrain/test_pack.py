"""Packed text: every token once, none of padding, other cuts each pass."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qawl.errors import QawlError
from qawl.pretrain.pack import Stream, open_streams, pack
from transformers import PreTrainedTokenizerFast

PARAGRAPH = st.text(alphabet="ابتثجحخدرسعفقكلمنهوي أإىةَّـ123«»،.", min_size=0, max_size=60)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.lists(st.tuples(st.booleans(), PARAGRAPH), max_size=30))
def test_every_token_is_written_once_in_order_with_an_end_and_no_padding(
    tokenizer: PreTrainedTokenizerFast, texts: list[tuple[bool, str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        counts = pack(texts, tokenizer, Path(name))
        for split, kept in (("train", False), ("held_out", True)):
            ids = np.fromfile(Path(name) / f"{split}.bin", dtype=np.uint16).tolist()
            wanted: list[int] = []
            for is_held_out, text in texts:
                if is_held_out is kept:
                    wanted += [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.sep_token_id]
            assert ids == wanted
            assert counts[split] == len(ids)
            assert tokenizer.pad_token_id not in ids


@QUICK
@given(st.integers(2, 40), st.integers(80, 1000), st.integers(0, 10**6))
def test_a_pass_reads_every_token_once_but_for_both_ends(length: int, count: int, order: int) -> None:
    stream = Stream(np.arange(count, dtype=np.uint16))
    starts = stream.starts(length, order=order)
    read = stream.take(starts, length).ravel()
    assert len(set(read.tolist())) == len(read)
    assert count - len(read) < 2 * length
    # What is left out stands at the two ends.
    assert sorted(read.tolist()) == list(range(read.min(), read.max() + 1))
    assert read.min() < length
    assert np.array_equal(starts, stream.starts(length, order=order))


def test_passes_are_cut_at_different_places_and_in_another_order() -> None:
    stream = Stream(np.arange(2000, dtype=np.uint16))
    passes = [stream.starts(31, order=order) for order in range(10)]
    assert len({int(starts[0]) % 31 for starts in passes}) > 5
    ranks = {tuple(np.argsort(starts)[:20].tolist()) for starts in passes}
    assert len(ranks) == 10


def test_counts(tokenizer: PreTrainedTokenizerFast) -> None:
    counts = Stream(np.array([3, 3, 7], dtype=np.uint16)).counts(9)
    assert counts.tolist() == [0, 0, 0, 2, 0, 0, 0, 1, 0]


def test_a_large_vocabulary_takes_wider_numbers(tmp_path: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    for split in ("train", "held_out"):
        np.array([70_000, 5], dtype=np.uint32).tofile(tmp_path / f"{split}.bin")
    assert open_streams(tmp_path, 100_000, fewest=2)["train"].ids.tolist() == [70_000, 5]
    with pytest.raises(QawlError, match="`texts` gives 2 tokens to train, of which a sequence needs 3"):
        open_streams(tmp_path, 100_000, fewest=3)
