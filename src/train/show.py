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
    if found := metrics["search"]:
        values = ", ".join(f"{key} {_short(value)}" for key, value in found["values"].items())
        counts = f"trial {found['trial']} of {found['trials']}, {found['pruned']} pruned"
        console.print(f"search: {metric} {found['validation']:.3f} on validation with {values} ({counts})")
    console.print(f"model and figures: {result.folder}", highlight=False)
    verdict = "is now the champion" if result.champion else "is not the champion"
    console.print(f"registered: qawl-{metrics['task']} version {result.version}, {verdict} ({result.why})")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_comparison(rows: Sequence[Compared]) -> None:
    """Print the models' figures side by side, a column a model, then the figure of each label."""
    table = Table(title=f"{rows[0].task}, digest {rows[0].digest}", title_justify="left")
    table.add_column("")
    for row in rows:
        table.add_column(row.model, justify="right", overflow="fold")
    table.add_row(rows[0].metric, *(f"{row.value:.3f}" for row in rows), style="bold")
    table.add_row("95% interval", *(f"{row.low:.3f} – {row.high:.3f}" for row in rows), end_section=True)
    for key in dict.fromkeys(key for row in rows for key in row.figures):
        if key != rows[0].metric:
            figures = (f"{row.figures[key]:.3f}" if key in row.figures else "" for row in rows)
            table.add_row(key.replace("_", " ") if not key.startswith("f1_") else f"F1 {key[3:]}", *figures)
    Console().print(table)
