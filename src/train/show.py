"""Figures of training and comparison as tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from .publish import Compared
from .run import TrainResult


def show_training(result: TrainResult) -> None:
    """Print each seed's figure with its interval, the mean over seeds, and where everything lies."""
    metrics = result.metrics
    metric, split = metrics["metric"], metrics["split"]
    table = Table(title=f"{metrics['experiment']}: {metric} on {split}", title_justify="left")
    for column in ("seed", metric, "95% interval", "expected calibration error"):
        table.add_column(column, justify="right")
    for seed, splits in metrics["seeds"].items():
        figures, (low, high) = splits[split]["figures"], splits[split]["interval"]
        mark = f"{seed} (kept)" if int(seed) == metrics["best_seed"] else seed
        table.add_row(mark, f"{figures[metric]:.3f}", f"{low:.3f} – {high:.3f}", f"{figures['ece']:.3f}")
    if len(metrics["seeds"]) > 1:
        summary = metrics["summary"]
        table.add_row("mean ± std", f"{summary[metric]:.3f} ± {summary[f'{metric}_std']:.3f}", "", "")
    console = Console()
    console.print(table)
    console.print(f"model and figures: {result.folder}", highlight=False)
    verdict = "is now the champion" if result.champion else "is not the champion"
    console.print(f"registered: qawl-{metrics['task']} version {result.version}, {verdict} ({result.why})")


def show_comparison(rows: Sequence[Compared]) -> None:
    """Print the models' figures side by side, one row a model."""
    shared = [key for key in rows[0].figures if all(key in row.figures for row in rows)]
    shown = [key for key in shared if key != rows[0].metric and not key.startswith("f1_")]
    table = Table(title=f"{rows[0].task}, digest {rows[0].digest}", title_justify="left")
    table.add_column("model", overflow="fold")
    for column in (rows[0].metric, "95% interval", *shown):
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        figures = [f"{row.figures[key]:.3f}" for key in shown]
        table.add_row(row.model, f"{row.value:.3f}", f"{row.low:.3f} – {row.high:.3f}", *figures)
    Console().print(table)
