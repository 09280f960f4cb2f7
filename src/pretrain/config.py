"""The file of a pretraining run: what it may say, and its defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..data.loaders import Share
from ..train.settings import Count, Positive, Section, load_settings

FEWEST_NEIGHBOURS = 4


class Excluded(Section):
    """Texts that must not be trained on: all cells of a table, or those of the rows that fit `where`."""

    file: Path
    where: dict[str, str] = Field(default_factory=dict)


class VocabularyConfig(Section):
    """How word pieces are learned; an encoder that is continued keeps its own."""

    size: Annotated[int, Field(ge=200)] = 16_000
    alphabet: Annotated[Count, Field(description="characters that may be pieces; rarer ones become [UNK]")] = 200
    fewest: Annotated[Count, Field(description="times that a piece has to occur")] = 5


class Architecture(Section):
    """A stock BERT. `positions` is the longest input that it will ever read."""

    layers: Count = 4
    width: Count = 256
    heads: Count = 4
    intermediate: Count = 1024
    positions: Annotated[int, Field(ge=64)] = 512

    @model_validator(mode="after")
    def _fits(self) -> Architecture:
        if self.width % self.heads:
            raise ValueError(f"`width` {self.width} is no multiple of `heads` {self.heads}")
        return self


class Objective(Section):
    """What is learned: masked words (BERT), or which words were replaced (ELECTRA)."""

    kind: Literal["masked", "replaced"] = "masked"
    mask: Annotated[Share, Field(description="share of the tokens that are masked")] = 0.3
    mask_end: Annotated[Share | None, Field(description="the share at the end of the run, reached evenly")] = None
    whole_words: Annotated[bool, Field(description="mask all pieces of a word together")] = True
    summary: Annotated[bool, Field(description="[CLS] learns to restore the bag of the masked words")] = True
    neighbours: Annotated[float, Field(ge=0, description="weight of telling what stands next to it in the text")] = 0.0
    pairs: Annotated[float, Field(ge=0, description="weight of telling whether two headlines agree")] = 0.0
    generator: Annotated[Share, Field(description="replaced only: the generator's width, of the encoder's")] = 0.25
    weight: Annotated[Positive, Field(description="replaced only: weight of telling the replaced from the kept")] = 50.0


class VectorsConfig(Section):
    """Skip-gram vectors of the word pieces, as the start of the embeddings."""

    passes: Annotated[int, Field(ge=0, description="over the text; 0 starts from chance")] = 2
    window: Count = 5
    negative: Count = 5


class PretrainingConfig(Section):
    """The loop."""

    sequence: Annotated[int, Field(ge=16, description="tokens of a sequence")] = 128
    sequence_end: Annotated[int | None, Field(ge=16, description="tokens of a sequence while the rate falls")] = None
    tokens_per_step: Annotated[int, Field(ge=64)] = 8192
    optimizer: Literal["adamw", "muon"] = "adamw"
    learning_rate: Positive = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of the budget")] = 0.02
    decay: Annotated[float, Field(gt=0, le=1, description="share of the budget in which the rate falls to 0")] = 0.25
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    bf16: Annotated[bool | None, Field(description="null: where the processor or GPU computes it")] = None


class Budget(Section):
    """How long it trains: until the first of these is spent."""

    hours: Positive | None = None
    tokens: Count | None = None

    @model_validator(mode="after")
    def _one(self) -> Budget:
        if self.hours is None and self.tokens is None:
            raise ValueError("give `hours`, `tokens` or both")
        return self


class Pretraining(Section):
    """One pretraining run."""

    texts: Annotated[tuple[str, ...], Field(min_length=1)]
    exclude: tuple[Excluded, ...] = ()
    held_out: Annotated[Share, Field(description="share of the text for the held-out loss")] = 0.005
    encoder: Annotated[str | None, Field(description="go on from this one: a hub id, a folder or qawl-mini")] = None
    revision: str = "main"
    vocabulary: VocabularyConfig = VocabularyConfig()
    architecture: Architecture = Architecture()
    objective: Objective = Objective()
    vectors: VectorsConfig = VectorsConfig()
    training: PretrainingConfig = PretrainingConfig()
    budget: Budget
    seed: int = 1
    checkpoint_minutes: Positive = 10.0

    @model_validator(mode="after")
    def _fits(self) -> Pretraining:
        longest = max(self.training.sequence, self.training.sequence_end or 0)
        if self.encoder is None and longest > self.architecture.positions:
            raise ValueError(f"a sequence of {longest} tokens needs `architecture.positions` of as many")
        if longest > self.training.tokens_per_step:
            raise ValueError(f"`training.tokens_per_step` holds no sequence of {longest} tokens")
        # An odd one would stand beside no neighbour, and of one pair each is always the nearest.
        if self.objective.neighbours and (count := self.training.tokens_per_step // longest) < FEWEST_NEIGHBOURS:
            raise ValueError(f"`objective.neighbours` compares {FEWEST_NEIGHBOURS} sequences or more, not {count}")
        own = self.model_fields_set & {"vocabulary", "architecture", "vectors"}
        if self.encoder is not None and own:
            raise ValueError(f"`encoder` brings its own {', '.join(sorted(own))}: leave that out")
        return self


def load_pretraining(path: Path, overrides: list[str] | None = None) -> Pretraining:
    """Read the file of a pretraining run and apply `key=value` overrides.

    Raises:
        InputError: no YAML, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    return load_settings(path, Pretraining, overrides, remedy="see docs/pretraining.md for every key")
