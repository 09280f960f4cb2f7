"""What a pretraining run shows while it runs: the share of the budget, the loss, tokens a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Show = Callable[[float, dict[str, float]], None]


@contextmanager
def pretraining_bar(name: str) -> Iterator[Show]:
    """Yield a function that shows the share of the budget that is spent, and the latest figures, on stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=1.0)

        def show(spent: float, figures: dict[str, float]) -> None:
            words = f"{name} · loss {figures['loss']:.3f} · {figures['tokens_per_second']:,.0f} tokens/s"
            bar.update(task, completed=spent, description=words)

        yield show
