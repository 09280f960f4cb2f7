"""Make the folder of `qawl-mini`: a WordPiece vocabulary from plain text and the configuration of a small BERT.

usage: python experiments/make_mini.py TEXT.txt[.xz]… [--vocabulary 8000] [--output src/mini]

No weights: until the pretrained ones ship, everybody initialises the same network from a fixed seed.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Iterator
from pathlib import Path

from qawl.arabic.normalise import normalizer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import BertConfig, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def lines(paths: list[Path]) -> Iterator[str]:
    """Yield the lines of plain or xz-compressed text files."""
    for path in paths:
        opener = lzma.open if path.suffix == ".xz" else open
        with opener(path, "rt", encoding="utf-8") as stream:
            yield from stream


def main() -> None:
    """Train the vocabulary and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--output", type=Path, default=Path("src/mini"))
    options = parser.parse_args()
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.BertPreTokenizer()]
    )
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=options.vocabulary, special_tokens=SPECIAL, limit_alphabet=200, min_frequency=5
    )
    tokenizer.train_from_iterator(lines(options.texts), trainer)
    cls, sep = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)],
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token="[MASK]", model_max_length=512, **names)
    fast.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    fast.save_pretrained(options.output)
    # Small, because an untrained network gains nothing from width; the pretrained one will choose its own shape.
    BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=512,
        max_position_embeddings=512,
    ).save_pretrained(options.output)


if __name__ == "__main__":
    main()
