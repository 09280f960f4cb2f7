"""What training shows while it runs: a bar over the steps of a seed, or one over the trials of a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

OnEpoch = Callable[[dict[str, float], int], None]
Show = Callable[[int, str], None]
"""Is given the trials that are done, and words on the one that runs."""


def training_progress(metric: str, seed: int, on_epoch: OnEpoch, *, bar: bool) -> Any:
    """Return a Trainer callback that moves its `bar` and hands each epoch's metrics to `on_epoch`."""
    from transformers import TrainerCallback

    class ProgressBar(TrainerCallback):
        """Its bar is shown for as long as somebody enters it as a context."""

        def __init__(self) -> None:
            self.bar = _bar(disable=not bar)
            self.task = self.bar.add_task(f"seed {seed}", total=None)

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
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

    return ProgressBar()


@contextmanager
def search_progress(trials: int | None) -> Iterator[Show]:
    """Show a bar over the trials of a search, of so many or of a number that is not known."""
    with _bar() as bar:
        task = bar.add_task("search", total=trials)
        yield lambda done, words: bar.update(task, completed=done, description=words)


def _bar(*, disable: bool = False) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=disable)
