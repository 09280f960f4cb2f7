"""The tokenizer: word pieces learned from text, with the Arabic normalizer inside, so that offsets survive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..arabic.normalise import normalizer
from .config import VocabularyConfig

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def train_tokenizer(texts: Iterable[str], config: VocabularyConfig, positions: int) -> PreTrainedTokenizerFast:
    """Return a WordPiece tokenizer (Wu et al. 2016) learned from texts, for inputs of `positions` tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.BertPreTokenizer()]
    )
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=config.size,
        special_tokens=list(SPECIAL.values()),
        limit_alphabet=config.alphabet,
        min_frequency=config.fewest,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # The trainer numbers its pieces anew in every process; a seed is to give one network.
    pieces = [*SPECIAL.values(), *sorted(tokenizer.get_vocab().keys() - SPECIAL.values())]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer.model = models.WordPiece(vocabulary, unk_token=SPECIAL["unk_token"])
    cls, sep = (tokenizer.token_to_id(SPECIAL[name]) for name in ("cls_token", "sep_token"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", cls), ("[SEP]", sep)],
    )
    # The generic class: BertTokenizer builds its own normalizer when it is loaded, whatever tokenizer.json says.
    # It saves the names of its outputs only if they are given here; without them it returns no token types.
    names = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=positions, model_input_names=names, **SPECIAL
    )
