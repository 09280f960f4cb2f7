"""The learned tokenizer: offsets of the text as it came, and read back by transformers as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from qawl.arabic.normalise import normalise
from qawl.models.hub import load_tokenizer
from qawl.pretrain.config import Pretraining, VocabularyConfig
from qawl.pretrain.prepare import prepare
from qawl.pretrain.vocabulary import SPECIAL, train_tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

TEXT = "قالَ «الرَّئيسُ» أحمد إلى الصحفـــيين: آمُلُ فى ٢٠٢٤م أن نرى"


def test_offsets_point_into_the_text_as_it_came(tokenizer: PreTrainedTokenizerFast) -> None:
    encoding = tokenizer(TEXT, return_offsets_mapping=True, add_special_tokens=False)
    tokens = tokenizer.convert_ids_to_tokens(encoding["input_ids"])
    assert "[UNK]" not in tokens
    for token, (start, end) in zip(tokens, encoding["offset_mapping"], strict=True):
        assert token.removeprefix("##") == normalise(TEXT[start:end]), (token, TEXT[start:end])
    assert "".join(tokens).replace("##", "") == normalise(TEXT).replace(" ", "")


def test_it_is_read_back_as_it_was_written(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    for loaded in (AutoTokenizer.from_pretrained(tmp_path), load_tokenizer(str(tmp_path), trained=str(tmp_path))):
        assert loaded.is_fast
        assert loaded.backend_tokenizer.to_str() == tokenizer.backend_tokenizer.to_str()
        assert loaded.model_max_length == 64
        assert {name: getattr(loaded, name) for name in SPECIAL} == SPECIAL
        pair = loaded("قال الوزير", "نعم")
        assert loaded.convert_ids_to_tokens(pair["input_ids"])[0] == "[CLS]"
        assert loaded.convert_ids_to_tokens(pair["input_ids"]).count("[SEP]") == 2
        assert sorted(set(pair["token_type_ids"])) == [0, 1]


def test_size_and_alphabet_are_kept(tokenizer: PreTrainedTokenizerFast, lines: list[str]) -> None:
    assert len(tokenizer) == 400
    few = train_tokenizer(lines, VocabularyConfig(size=300, alphabet=20, fewest=2), 64)
    alone = [piece for piece in few.get_vocab() if len(piece.removeprefix("##")) == 1]
    assert len({piece.removeprefix("##") for piece in alone}) == 20


def test_digits_stand_apart_from_letters(tokenizer: PreTrainedTokenizerFast) -> None:
    encoding = tokenizer("عام2018م", return_offsets_mapping=True, add_special_tokens=False)
    tokens = tokenizer.convert_ids_to_tokens(encoding["input_ids"])
    begins = [start for (start, _), token in zip(encoding["offset_mapping"], tokens, strict=True) if token[:2] != "##"]
    assert begins == [0, 3, 7]


@pytest.mark.parametrize("positions", [64, 96])
def test_the_same_words_serve_networks_of_any_length(
    tmp_path: Path, lines: list[str], tiny_config: Pretraining, positions: int
) -> None:
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    given = {**tiny_config.model_dump(), "texts": [str(tmp_path / "a.txt")], "vectors": {"passes": 0}}
    for own in (positions, 160 - positions):
        given["architecture"] = {**given["architecture"], "positions": own}
        done = prepare(Pretraining.model_validate(given), tmp_path / "kept")
        assert (done.tokenizer.model_max_length, done.network.config.max_position_embeddings) == (own, own)
    assert len(list((tmp_path / "kept").glob("text-*"))) == 1


def test_pieces_have_the_same_numbers_in_every_process(tokenizer: PreTrainedTokenizerFast) -> None:
    numbers = tokenizer.get_vocab()
    pieces = sorted(numbers, key=lambda piece: numbers[piece])
    assert pieces[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert pieces[5:] == sorted(pieces[5:])
