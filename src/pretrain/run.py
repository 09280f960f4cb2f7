"""Pretraining from its file to a folder that `encoder:` can name. Read top to bottom."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

from ..data.files import whole_folder, write_json
from ..models.encoder import quiet
from ..models.processor import computes_bf16
from ..models.registry import connect
from ..tasks import Example
from ..train import tracking
from . import checkpoint
from .checkpoint import Progress
from .config import Pretraining
from .network import extra_inputs, optimizers
from .objectives import Masker, make_objective, word_weights
from .pack import Stream
from .pairs import PairMaker, pair_inputs
from .prepare import Prepared, prepare
from .show import Show, pretraining_bar

LOG_EVERY = 25
"""Steps between two figures."""
FINE_TUNING_DROPOUT = 0.1
PAIR_TOKENS = 32
"""A pair of headlines, on average."""
HELD_OUT_TOKENS, HELD_OUT_MASK = 200_000, 0.15
"""The held-out loss is measured on so many tokens, and so much of them masked whatever the run masks."""


@dataclass(frozen=True)
class PretrainResult:
    """What a finished pretraining run left behind: the encoder's folder and the figures of the run."""

    folder: Path
    figures: dict[str, float]


class Pretrainer:
    """One run: the objective, its optimizers, and how far it has come."""

    def __init__(self, config: Pretraining, prepared: Prepared) -> None:
        self.config, self.prepared = config, prepared
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.bf16 = computes_bf16(self.device) if config.training.bf16 is None else config.training.bf16
        self.masker = Masker(prepared.tokenizer, whole_words=config.objective.whole_words)
        counts = torch.from_numpy(prepared.streams["train"].counts(len(prepared.tokenizer)))
        weights = word_weights(counts, special=self.masker.special)
        self.objective = make_objective(prepared.network, config.objective, weights).to(self.device)
        self.optimizers = optimizers(self.objective, config)
        self.progress = Progress()
        self.pairs = {split: PairMaker(own) for split, own in prepared.headlines.items()}

    def losses(
        self, ids: torch.Tensor, share: float, random: torch.Generator, pairs: Sequence[Example] = ()
    ) -> dict[str, torch.Tensor]:
        """Return the loss, and its parts, of sequences (batch, length) of which `share` is masked, and of pairs."""
        chosen = self.masker.choose(ids, share, random)
        inputs = {"ids": ids, "given": self.masker.corrupt(ids, chosen, random), "chosen": chosen}
        if self.config.encoder is None:
            inputs |= extra_inputs(self.prepared.network, ids, random)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            found: dict[str, torch.Tensor] = self.objective(**{key: own.to(self.device) for key, own in inputs.items()})
            if self.objective.pairs is not None and pairs:
                read, labels = pair_inputs(pairs, self.prepared.tokenizer)
                body = self.prepared.network.base_model(**{key: own.to(self.device) for key, own in read.items()})
                told = self.objective.pairs(body.pooler_output, labels.to(self.device))
                found |= told | {"loss": found["loss"] + self.objective.pairs.weight * told["pair_loss"]}
        return found

    def step(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        """Take one step and return the losses before it."""
        config, spent = self.config, self.progress.spent(self.config.budget)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = config.training.learning_rate * rate(spent, config)
        # Every step draws from a seed of its own: a resumed run draws what an unbroken one would.
        seed = config.seed * 1_000_003 + self.progress.steps
        torch.manual_seed(seed)
        losses = self.losses(
            ids, mask_share(spent, config), torch.Generator().manual_seed(seed), self.drawn("train", seed)
        )
        losses["loss"].backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.objective.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.progress.steps += 1
        self.progress.tokens += ids.numel()
        return losses

    def drawn(self, split: str, seed: int) -> list[Example]:
        """Return pairs of headlines, about as many tokens as a step has of text, or none where none are asked for."""
        count = self.config.training.tokens_per_step // PAIR_TOKENS
        return self.pairs[split].make(count, Random(seed)) if self.pairs else []

    def batches(self, stream: Stream) -> Iterator[torch.Tensor]:
        """Yield batches of sequences, pass after pass over the text, from where the progress stands."""
        options, progress = self.config.training, self.progress
        while True:
            falling = progress.falling
            length = options.sequence_end if falling and options.sequence_end else options.sequence
            starts = self.starts(stream, length, order=self.config.seed * 1_000 + progress.passes)
            size = min(self.even(options.tokens_per_step // length), len(starts))
            while progress.taken + size <= len(starts) and progress.falling == falling:
                own = starts[progress.taken : progress.taken + size]
                progress.taken += size
                yield self.sequences(stream, own, length)
            if progress.falling == falling:
                progress.passes, progress.taken = progress.passes + 1, 0

    def starts(self, stream: Stream, length: int, *, order: int) -> Any:
        """Return where the sequences of one pass begin; with `neighbours` two and two stand next to each other."""
        if not self.config.objective.neighbours:
            return stream.starts(length - 1, order=order)
        pairs = stream.starts(2 * (length - 1), order=order)
        return np.stack([pairs, pairs + length - 1], axis=1).reshape(-1)

    def even(self, count: int) -> int:
        """Return how many sequences to take of so many: with `neighbours` none alone."""
        return max(1, count - count % 2 if self.config.objective.neighbours else count)

    def sequences(self, stream: Stream, starts: Any, length: int) -> torch.Tensor:
        """Return the sequences that begin at `starts`, (sequences, length), each with [CLS] before it."""
        ids = torch.from_numpy(stream.take(starts, length - 1))
        first: Any = self.prepared.tokenizer.cls_token_id
        return torch.cat([torch.full((len(ids), 1), first), ids], dim=1)

    @torch.no_grad()
    def held_out(self) -> dict[str, float]:
        """Return the losses on text that is never trained on, each with `held_out_` before its name."""
        self.objective.eval()
        options, stream = self.config.training, self.prepared.streams["held_out"]
        starts = self.starts(stream, options.sequence, order=0)[: self.even(HELD_OUT_TOKENS // options.sequence)]
        size = self.even(options.tokens_per_step // options.sequence)
        sums: dict[str, float] = {}
        for at in range(0, len(starts), size):
            own = starts[at : at + size]
            torch.manual_seed(at)
            ids = self.sequences(stream, own, options.sequence)
            losses = self.losses(ids, HELD_OUT_MASK, torch.Generator().manual_seed(at), self.drawn("held_out", at))
            for key, value in losses.items():
                sums[key] = sums.get(key, 0.0) + float(value) * len(own) / len(starts)
        self.objective.train()
        return {f"held_out_{key}": value for key, value in sums.items()}


def pretrain(config: Pretraining, name: str, *, output: Path, checkpoints: Path, resume: bool) -> PretrainResult:
    """Pretrain an encoder and write it to `output`, whole or not at all.

    Args:
        name: of the file, without its ending; names the run.
        output: the folder that gets the network (float16 safetensors), its tokenizer and figures.json.
        checkpoints: a folder for packed text, which the next run uses again, and for what survives a kill.
        resume: go on where a killed run of the same settings stopped. A larger `budget` than the one that was
            spent goes on from where the learning rate began to fall.
    """
    quiet()
    run = Pretrainer(config, prepare(config, checkpoints))
    folder = checkpoint.run_folder(config, name, checkpoints, text=run.prepared.digest)
    if resume and (last := checkpoint.latest(folder, config)):
        run.progress = checkpoint.load(last, run.objective, run.optimizers)
    elif folder.is_dir():
        shutil.rmtree(folder)
    connect()
    with tracking.run("pretrain", name, run_id=run.progress.run_id) as run_id, pretraining_bar(name) as show:
        if run.progress.run_id != run_id:
            tracking.log_pretraining(config.model_dump(mode="json"), run.prepared.counts)
        run.progress.run_id = run_id
        _loop(run, folder, show)
        figures = {**_figures(run), **run.held_out()}
        tracking.log_epoch(figures, run.progress.steps)
    with whole_folder(output) as fresh:
        _write(run, fresh)
        write_json(fresh / "figures.json", figures)
    # The checkpoint from before the fall stays: with a larger budget the run goes on from there.
    shutil.rmtree(folder / checkpoint.LATEST, ignore_errors=True)
    return PretrainResult(output, figures)


def _loop(run: Pretrainer, folder: Path, show: Show) -> None:
    config, progress = run.config, run.progress
    batches = run.batches(run.prepared.streams["train"])
    since = saved = time.monotonic()
    try:
        while (spent := progress.spent(config.budget)) < 1:
            if spent >= 1 - config.training.decay and not progress.falling:
                checkpoint.save(folder / checkpoint.BEFORE_FALL, run.objective, run.optimizers, progress)
                progress.falling = True
                if progress.steps:
                    # Sequences may be of another length from here on. Here, and not where the batches are made,
                    # which are made anew when a run is resumed from the checkpoint above.
                    progress.passes, progress.taken = progress.passes + 1, 0
            losses = run.step(next(batches))
            now = time.monotonic()
            progress.seconds, since = progress.seconds + now - since, now
            if progress.steps % LOG_EVERY == 0:
                figures = {**{key: float(own.detach()) for key, own in losses.items()}, **_figures(run)}
                tracking.log_epoch(figures, progress.steps)
                show(spent, figures)
            if now - saved > 60 * config.checkpoint_minutes:
                tracking.log_epoch(run.held_out(), progress.steps)
                checkpoint.save(folder / checkpoint.LATEST, run.objective, run.optimizers, progress)
                since = saved = time.monotonic()
    except KeyboardInterrupt:
        checkpoint.save(folder / checkpoint.LATEST, run.objective, run.optimizers, progress)
        raise


def rate(spent: float, config: Pretraining) -> float:
    """Return the learning rate at a share of the budget, of its peak: up, level, then down to zero."""
    options = config.training
    rising = spent / options.warmup if options.warmup else 1.0
    return max(0.0, min(1.0, rising, (1 - spent) / options.decay))


def mask_share(spent: float, config: Pretraining) -> float:
    """Return the share of the tokens that is masked at a share of the budget."""
    begin, end = config.objective.mask, config.objective.mask_end
    return begin if end is None else begin + (end - begin) * spent


def _figures(run: Pretrainer) -> dict[str, float]:
    progress = run.progress
    return {
        "tokens": float(progress.tokens),
        "hours": progress.seconds / 3600,
        "tokens_per_second": progress.tokens / max(progress.seconds, 1e-9),
        "passes": progress.tokens / len(run.prepared.streams["train"].ids),
    }


def _write(run: Pretrainer, folder: Path) -> None:
    network: Any = run.prepared.network
    # What tells replaced words has trained no head of words: the body alone is of use.
    kept = network if run.config.objective.kind == "masked" else network.base_model
    if run.config.encoder is None:
        # Dropout slows pretraining and helps fine-tuning, which takes it from here.
        kept.config.hidden_dropout_prob = kept.config.attention_probs_dropout_prob = FINE_TUNING_DROPOUT
    kept.to("cpu", torch.float16).save_pretrained(folder)
    run.prepared.tokenizer.save_pretrained(folder)
