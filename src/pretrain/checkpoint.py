"""What a killed pretraining run needs to go on: tensors as safetensors, the rest as JSON. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from ..data.files import whole_folder, write_json
from .config import Budget, Pretraining

LATEST, BEFORE_FALL = "latest", "before-fall"


@dataclass
class Progress:
    """How far a run has come. `passes` over the text are whole ones; `taken` sequences are of the next."""

    run_id: str | None = None
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    passes: int = 0
    taken: int = 0
    falling: bool = False

    def spent(self, budget: Budget) -> float:
        """Return the share of the budget that is spent: of the time or of the tokens, whichever is more."""
        hours = self.seconds / 3600 / budget.hours if budget.hours else 0.0
        tokens = self.tokens / budget.tokens if budget.tokens else 0.0
        return max(hours, tokens)


def run_folder(config: Pretraining, name: str, checkpoints: Path, *, text: str) -> Path:
    """Return the folder of a run, named after its text and all settings but the budget, which may grow."""
    settings = config.model_dump_json(exclude={"budget", "checkpoint_minutes"}) + text
    return checkpoints / f"{name}-{hashlib.sha256(settings.encode()).hexdigest()[:8]}"


def save(
    folder: Path, objective: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer], progress: Progress
) -> None:
    """Write a checkpoint, whole or not at all."""
    state = {f"{at}.{key}": value for at, own in enumerate(optimizers) for key, value in _flat(own).items()}
    with whole_folder(folder) as fresh:
        # A table of words that two heads share is written once.
        tensors = {name: value.detach().cpu().contiguous() for name, value in objective.named_parameters()}
        save_file(tensors, fresh / "model.safetensors")
        save_file(state, fresh / "optimizers.safetensors")
        write_json(fresh / "progress.json", asdict(progress))


def load(folder: Path, objective: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> Progress:
    """Put a checkpoint into the objective and the optimizers, and return how far it had come."""
    tensors = load_file(folder / "model.safetensors")
    with torch.no_grad():
        for name, parameter in objective.named_parameters():
            parameter.copy_(tensors[name])
    state = load_file(folder / "optimizers.safetensors")
    for at, optimizer in enumerate(optimizers):
        own = optimizer.state_dict()
        own["state"] = {}
        for key, value in state.items():
            which, place, name = key.split(".", 2)
            if int(which) == at:
                own["state"].setdefault(int(place), {})[name] = value
        optimizer.load_state_dict(own)
    return Progress(**json.loads((folder / "progress.json").read_text("utf-8")))


def latest(folder: Path, config: Pretraining) -> Path | None:
    """Return the checkpoint to go on from, or None where there is none.

    A larger budget goes on from before the learning rate fell for the smaller one.
    """
    for name in (LATEST, BEFORE_FALL):
        path = folder / name / "progress.json"
        if path.is_file():
            progress = Progress(**json.loads(path.read_text("utf-8")))
            if not progress.falling or progress.spent(config.budget) >= 1 - config.training.decay:
                return path.parent
    return None


def _flat(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {
        f"{parameter}.{name}": value.detach().cpu().contiguous()
        for parameter, own in optimizer.state_dict()["state"].items()
        for name, value in own.items()
    }
