"""Make the folder of `qawl-mini`: a WordPiece vocabulary from plain text and the configuration of a small BERT.

usage: python experiments/make_mini.py TEXT.txt[.xz]… [--vocabulary 8000] [--output src/mini]

No weights: until the pretrained ones ship, everybody initialises the same network from a fixed seed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from qawl.pretrain.config import VocabularyConfig
from qawl.pretrain.text import paragraphs
from qawl.pretrain.vocabulary import train_tokenizer
from transformers import BertConfig

POSITIONS = 512


def main() -> None:
    """Train the vocabulary and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--output", type=Path, default=Path("src/mini"))
    options = parser.parse_args()
    texts = (text for path in options.texts for text in paragraphs(path))
    tokenizer = train_tokenizer(texts, VocabularyConfig(size=options.vocabulary), POSITIONS)
    tokenizer.save_pretrained(options.output)
    # Small, because an untrained network gains nothing from width; the pretrained one will choose its own shape.
    BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=512,
        max_position_embeddings=POSITIONS,
    ).save_pretrained(options.output)


if __name__ == "__main__":
    main()
