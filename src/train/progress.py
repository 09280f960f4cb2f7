"""What a fine-tuning run shows while it runs: a bar, the epoch, the loss and the validation metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

OnEpoch = Callable[[dict[str, float], int], None]


def training_progress(metric: str, seed: int, on_epoch: OnEpoch) -> Any:
    """Return a Trainer callback that draws the bar and hands each epoch's metrics to `on_epoch`."""
    from transformers import TrainerCallback

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    class ProgressBar(TrainerCallback):
        """The bar lives from the start of training to its end."""

        def __init__(self) -> None:
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task(f"seed {seed}", total=None)

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.start()
            self.bar.update(self.task, total=state.max_steps, completed=state.global_step)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.update(self.task, completed=state.global_step)

        def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            epoch = round(state.epoch or 0)
            latest: dict[str, float] = {}
            for record in state.log_history:
                if round(record.get("epoch", -1)) == epoch:
                    latest |= {key: value for key, value in record.items() if isinstance(value, int | float)}
            named = {f"validation_{key[5:]}": value for key, value in latest.items() if key.startswith("eval_")}
            on_epoch(named | ({"train_loss": latest["loss"]} if "loss" in latest else {}), epoch)
            words = f"seed {seed} · epoch {epoch} · {metric} {named.get(f'validation_{metric}', float('nan')):.3f}"
            self.bar.update(self.task, description=words)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.stop()

    return ProgressBar()
