"""The pictures of an evaluation: the confusion matrix, and the risk at each coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

from .evaluate import Evaluation
from .risk import Threshold


def confusion_picture(evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix: counts, coloured by the share of their row."""
    import pandas as pd

    task = evaluation.task
    pairs = [task.confusion(e, o) for e, o in zip(evaluation.examples, evaluation.predicted, strict=True)]
    counts = pd.crosstab([gold for gold, _ in pairs], [own for _, own in pairs])
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy()
    height, width = counts.shape
    figure, axes = _figure(2.5 + 0.62 * width, 2 + 0.5 * height)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(width), counts.columns, rotation=45, ha="right")
    axes.set_yticks(range(height), counts.index)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    axes.set_title(f"{task.name}: {task.metric} {evaluation.figures[task.metric]:.3f}")
    for row in range(height):
        for column in range(width):
            if count := counts.iloc[row, column]:
                colour = "white" if shares[row, column] > 0.6 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    return figure


def risk_picture(evaluation: Evaluation, threshold: Threshold | None = None) -> Figure:
    """Draw the share of wrong answers among those that are kept, from the surest few to all of them."""
    curve = evaluation.curve
    figure, axes = _figure(6, 4)
    axes.step(curve.coverages, curve.risks, where="post", color="#1f5fa8")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(0.05, 1.05 * float(curve.risks.max(initial=0))))
    axes.set_xlabel("coverage: share of answers kept")
    axes.set_ylabel("risk: share of these that are wrong")
    axes.set_title(f"{evaluation.task.name}: area {curve.area:.3f}")
    axes.grid(alpha=0.3)
    if threshold is not None:
        label = f"confidence {threshold.confidence:.2f}: {threshold.coverage:.0%} kept, {threshold.accuracy:.0%} right"
        axes.plot([threshold.coverage], [1 - threshold.accuracy], "o", color="#b3261e", label=label)
        axes.legend(loc="upper left")
    return figure


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Off the global state of pyplot: no window, nothing to close.
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()
