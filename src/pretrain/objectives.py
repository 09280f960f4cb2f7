"""What the encoder learns from: words that are masked (BERT), or words that are replaced (ELECTRA)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..errors import QawlError
from .config import Objective
from .pairs import PairHead

NEARNESS = 0.05
"""The temperature of cosines between sequences (Gao et al. 2021)."""
MASKED, RANDOM = 0.8, 0.1
"""Of the chosen tokens, the shares that become [MASK] and another token; the rest stays (Devlin et al. 2019)."""


class Masker:
    """Chooses the tokens to restore, whole words where asked; special tokens are never chosen."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, *, whole_words: bool) -> None:
        pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
        self.goes_on = torch.tensor([whole_words and piece.startswith("##") for piece in pieces])
        self.special = torch.zeros(len(tokenizer), dtype=torch.bool)
        self.special[tokenizer.all_special_ids] = True
        self.mask_id: Any = tokenizer.mask_token_id

    def choose(self, ids: Tensor, share: float, random: torch.Generator) -> Tensor:
        """Return which of the ids, (batch, length), are chosen: about `share` of them."""
        goes_on = self.goes_on[ids]
        # Each piece takes the draw of the piece that its word begins with.
        begins = torch.where(goes_on, 0, torch.arange(ids.shape[1])).cummax(dim=1).values
        draws = torch.rand(ids.shape, generator=random).gather(1, begins)
        return (draws < share) & ~self.special[ids]

    def corrupt(self, ids: Tensor, chosen: Tensor, random: torch.Generator) -> Tensor:
        """Return the ids with the chosen ones masked, replaced at random, or left."""
        draws = torch.rand(ids.shape, generator=random)
        others = torch.randint(len(self.special), ids.shape, generator=random)
        corrupted = torch.where(chosen & (draws < MASKED), self.mask_id, ids)
        return torch.where(chosen & (draws >= 1 - RANDOM), others, corrupted)


class Summary(nn.Module):
    """[CLS] restores the bag of the masked words, as PV-DBOW (Le and Mikolov 2014) does for a document's vector.

    Plain masking leaves [CLS] and its pooler as they were drawn, and classifiers read nothing else.
    """

    def __init__(self, network: Any, weights: Tensor) -> None:
        super().__init__()
        self.words = network.base_model.embeddings.word_embeddings
        self.read = nn.Linear(network.config.hidden_size, network.config.hidden_size)
        self.weights = weights

    def forward(self, pooled: Tensor, ids: Tensor, chosen: Tensor) -> Tensor:
        """Return nats a word, of `pooled` (batch, width); a word weighs the less the more frequent it is."""
        logits = functional.linear(self.read(pooled), self.words.weight).float()
        found = logits.gather(1, ids) - logits.logsumexp(dim=-1, keepdim=True)
        weights = self.weights.to(ids.device)[ids] * chosen
        return -(found * weights).sum() / weights.sum().clamp(min=1.0)


class _Words(nn.Module):
    """What both objectives share: the network, and what its [CLS] learns beside the words."""

    def __init__(self, network: Any, config: Objective, summary: Summary | None) -> None:
        super().__init__()
        self.network, self.neighbours, self.summary = network, config.neighbours, summary
        self.pairs = PairHead(network, config.pairs) if config.pairs else None

    def of_pooled(self, read: Any, ids: Tensor, chosen: Tensor) -> tuple[Tensor | float, dict[str, Tensor]]:
        """Return the weighted sum of the losses of [CLS], and each by its name."""
        losses = {}
        if self.summary is not None:
            losses["summary_loss"] = self.summary(read.pooler_output, ids, chosen)
        if self.neighbours:
            losses["neighbour_loss"] = neighbour_loss(read.pooler_output)
        weights = {"neighbour_loss": self.neighbours}
        return sum(weights.get(name, 1.0) * loss for name, loss in losses.items()), losses


class MaskedWords(_Words):
    """BERT's objective (Devlin et al. 2019): restore what was masked."""

    def forward(self, ids: Tensor, given: Tensor, chosen: Tensor, **extra: Tensor) -> dict[str, Tensor]:
        """Return `loss` and its parts: in nats a chosen token, and `neighbour_loss` in nats a sequence.

        `ids`, their corrupted form `given`, and what was `chosen` are (batch, length).
        """
        read = self.network.base_model(given, **extra)
        head = getattr(self.network, "cls", None) or self.network.lm_head
        # Only what was chosen goes through the vocabulary: the rest would cost more than the layers.
        hidden = read.last_hidden_state[chosen]
        logits = head.predictions(hidden) if hasattr(head, "predictions") else head(hidden)
        masked = _cross_entropy(logits, ids[chosen], exact=not self.training)
        pooled, losses = self.of_pooled(read, ids, chosen)
        return {"loss": masked + pooled, "masked_loss": masked, **losses}


def neighbour_loss(pooled: Tensor) -> Tensor:
    """Return nats a sequence of telling its neighbour from all others of the batch (van den Oord et al. 2018).

    Rows 0 and 1, 2 and 3, … of `pooled`, (batch, width), stand next to each other in the text: mostly in one article.
    """
    unit = functional.normalize(pooled.float(), dim=-1)
    nearness = (unit @ unit.T / NEARNESS).fill_diagonal_(float("-inf"))
    return functional.cross_entropy(nearness, torch.arange(len(pooled), device=pooled.device) ^ 1)


class ReplacedWords(_Words):
    """ELECTRA's objective (Clark et al. 2020): a small generator fills the masks, the encoder tells its words."""

    def __init__(self, network: Any, config: Objective, summary: Summary | None) -> None:
        super().__init__(network, config, summary)
        from transformers import ElectraConfig, ElectraForMaskedLM

        own = network.config
        width = max(16, int(own.hidden_size * config.generator) // 16 * 16)
        small = ElectraConfig(
            vocab_size=own.vocab_size,
            embedding_size=own.hidden_size,
            hidden_size=width,
            num_hidden_layers=own.num_hidden_layers,
            num_attention_heads=next(heads for heads in range(max(1, width // 64), 0, -1) if width % heads == 0),
            intermediate_size=4 * width,
            max_position_embeddings=own.max_position_embeddings,
            hidden_dropout_prob=own.hidden_dropout_prob,
            attention_probs_dropout_prob=own.attention_probs_dropout_prob,
        )
        self.weight = config.weight
        self.generator: Any = ElectraForMaskedLM(small)  # type: ignore[no-untyped-call]
        # One table of word vectors for both, which the generator's loss trains: the paper's best setting.
        words = network.base_model.embeddings.word_embeddings
        self.generator.electra.embeddings.word_embeddings = words
        self.generator.generator_lm_head.weight = words.weight
        self.tell = nn.Sequential(nn.Linear(own.hidden_size, own.hidden_size), nn.GELU(), nn.Linear(own.hidden_size, 1))

    def forward(self, ids: Tensor, given: Tensor, chosen: Tensor, **extra: Tensor) -> dict[str, Tensor]:
        """Return `loss`, and its parts: `masked_loss`, the generator's, and `replaced_loss` in nats a token."""
        hidden = self.generator.electra(given, **extra).last_hidden_state[chosen]
        logits = self.generator.generator_lm_head(self.generator.generator_predictions(hidden))
        restored = _cross_entropy(logits, ids[chosen], exact=not self.training)
        with torch.no_grad():
            # Gumbel's trick: the largest of logits with such noise is a draw from their softmax.
            noise = -torch.log(-torch.log(torch.rand_like(logits, dtype=torch.float32).clamp(1e-9, 1 - 1e-7)))
            filled = ids.clone()
            filled[chosen] = (logits.float() + noise).argmax(dim=-1)
        read = self.network.base_model(filled, **extra)
        told = self.tell(read.last_hidden_state).squeeze(-1)
        replaced = functional.binary_cross_entropy_with_logits(told.float(), (filled != ids).float())
        pooled, losses = self.of_pooled(read, ids, chosen)
        loss = restored + self.weight * replaced + pooled
        return {"loss": loss, "masked_loss": restored, "replaced_loss": replaced, **losses}


def make_objective(network: Any, config: Objective, weights: Tensor) -> MaskedWords | ReplacedWords:
    """Return the objective of a network with a masked-word head; `weights` of words, (vocabulary,), is for [CLS].

    Raises:
        QawlError: `masked` for an encoder with another head than BERT's or RoBERTa's; `neighbours` or `pairs` for one
            without a pooler.
    """
    if config.kind == "masked" and not (hasattr(network, "cls") or hasattr(network, "lm_head")):
        kind = network.config.model_type
        raise QawlError(f"an encoder of kind {kind} has no known head of words — set `objective.kind: replaced`")
    has_pooler = getattr(network.base_model, "pooler", None) is not None
    for name in ("neighbours", "pairs"):
        if getattr(config, name) and not has_pooler:
            raise QawlError(f"this encoder has no pooler, which `objective.{name}` trains — leave that out")
    summary = Summary(network, weights) if config.summary and has_pooler else None
    kind = MaskedWords if config.kind == "masked" else ReplacedWords
    return kind(network, config, summary)


def _cross_entropy(logits: Tensor, ids: Tensor, *, exact: bool) -> Tensor:
    if not len(ids):  # of a batch of few words none may be chosen; the mean of nothing is NaN
        return logits.float().sum()
    # Autocast would copy a table of (chosen, vocabulary) to float32 and back, a quarter of a step on a CPU.
    with torch.autocast(logits.device.type, enabled=False):
        return functional.cross_entropy(logits.float() if exact else logits, ids, reduction="none").float().mean()


def word_weights(counts: Tensor, *, special: Tensor) -> Tensor:
    """Return sqrt(1e-4 / frequency), 1 at most, of words that were counted; 0 for special tokens."""
    frequency = counts.float() / counts.sum()
    return torch.sqrt(1e-4 / frequency.clamp(min=1e-9)).clamp(max=1.0).masked_fill(special, 0.0)
