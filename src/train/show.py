"""Figures of training as a table on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from .run import TrainResult


def show_training(result: TrainResult) -> None:
    """Print each seed's figure with its interval, the mean over seeds, and where everything lies."""
    metrics = result.metrics
    metric, split = metrics["metric"], metrics["split"]
    table = Table(title=f"{metrics['experiment']}: {metric} on {split}", title_justify="left")
    for column in ("seed", metric, "95% interval", "calibration error", "before", "area of risk"):
        table.add_column(column, justify="right")
    for seed, splits in metrics["seeds"].items():
        figures, (low, high) = splits[split]["figures"], splits[split]["interval"]
        mark = f"{seed} (kept)" if int(seed) == metrics["best_seed"] else seed
        rest = (f"{figures[name]:.3f}" for name in ("ece", "ece_uncalibrated", "aurc"))
        table.add_row(mark, f"{figures[metric]:.3f}", f"{low:.3f} – {high:.3f}", *rest)
    if len(metrics["seeds"]) > 1:
        summary = metrics["summary"]
        table.add_row("mean ± std", f"{summary[metric]:.3f} ± {summary[f'{metric}_std']:.3f}")
    console = Console()
    console.print(table)
    if found := metrics["search"]:
        values = ", ".join(f"{key} {_short(value)}" for key, value in found["values"].items())
        counts = f"trial {found['trial']} of {found['trials']}, {found['pruned']} pruned"
        console.print(f"search: {metric} {found['validation']:.3f} on validation with {values} ({counts})")
    console.print(f"model and figures: {result.folder}", highlight=False)
    if threshold := metrics["threshold"]:
        kept = f"keeps {threshold['coverage']:.1%} of validation, {threshold['accuracy']:.1%} of it right"
        short = "" if threshold["accuracy"] >= threshold["goal"] else f" (short of {threshold['goal']:.0%})"
        console.print(f"--min-confidence auto: {threshold['confidence']:.4f} {kept}{short}", highlight=False)
    verdict = "is now the champion" if result.champion else "is not the champion"
    console.print(f"registered: qawl-{metrics['task']} version {result.version}, {verdict} ({result.why})")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
