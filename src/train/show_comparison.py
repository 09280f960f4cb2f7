"""A comparison on the terminal: figures side by side, what is hard apart, and each model's worst errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .bootstrap import UNKNOWN
from .compare import Compared
from .evaluate import worst_errors
from .slices import NEED_TRAINING

NAMES = {
    "ece": "calibration error",
    "ece_uncalibrated": "… before calibration",
    "aurc": "area under risk–coverage",
}


def show_comparison(rows: Sequence[Compared], *, errors: int) -> None:
    """Print the figures of each model, a column a model, then the slices, then so many worst errors of each."""
    console = Console()
    console.print(_figures(rows))
    console.print(_slices(rows))
    if not set(NEED_TRAINING) & set(rows[0].slices):
        console.print("--train FILE tells unseen speakers and targets", style="dim")
    for row in rows if errors else ():
        console.print(_errors(row, errors))


def _table(title: str, rows: Sequence[Compared], *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("", *columns):
        table.add_column(column, justify="right" if column else "left")
    for row in rows:
        table.add_column(Text(row.model), justify="right", overflow="fold")
    return table


def _figures(rows: Sequence[Compared]) -> Table:
    first = rows[0].evaluation
    metric = first.task.metric
    table = _table(f"{first.task.name}, {len(first.examples)} examples, digest {first.digest}", rows)
    cells = (_cell(row.value, row.evaluation.interval) for row in rows)
    table.add_row(_name(metric), *cells, style="bold", end_section=len(rows) == 1)
    if len(rows) > 1:
        gaps = [row.difference for row in rows]
        table.add_row(
            "better than the first by", *("" if own is None else _cell(own.value, (own.low, own.high)) for own in gaps)
        )
        table.add_row("p of that", *("" if own is None else f"{own.p:.3f}" for own in gaps), end_section=True)
    for key in dict.fromkeys(key for row in rows for key in row.evaluation.figures):
        if key != metric:
            own = (row.evaluation for row in rows)
            table.add_row(_name(key), *(_cell(one.figures.get(key), one.intervals.get(key, UNKNOWN)) for one in own))
    table.add_section()
    for name in ("confidence", "coverage", "accuracy"):
        table.add_row(f"threshold: {name}", *_thresholds(rows, name))
    return table


def _slices(rows: Sequence[Compared]) -> Table:
    table = _table(f"{_name(rows[0].evaluation.task.metric)} of what is hard", rows, "examples", "articles")
    first = rows[0].evaluation
    articles = len({example["article_id"] for example in first.examples})
    everything = (_cell(row.value, row.evaluation.interval) for row in rows)
    table.add_row("all", str(len(first.examples)), str(articles), *everything, style="bold", end_section=True)
    for name, own in rows[0].slices.items():
        cells = (_cell(row.slices[name].value, (row.slices[name].low, row.slices[name].high)) for row in rows)
        table.add_row(name, str(own.examples), str(own.articles), *cells)
    return table


def _errors(row: Compared, count: int) -> Table:
    # Texts and names come from articles: as plain strings, `[/b]` would be read as markup.
    table = Table(title=Text(f"worst errors of {row.model}"), title_justify="left", show_lines=True)
    table.add_column("score", justify="right")
    for column in ("gold", "predicted", "text"):
        table.add_column(column, overflow="fold")
    for error in worst_errors(row.evaluation)[:count]:
        place = f"{error['article_id']}:{error['sentence']}"
        target = f"  →  {error['target']}" if error["target"] else ""
        said = Text.assemble(error["text"], (f"\n{place}{target}", "dim"))
        table.add_row(f"{error['score']:.3f}", Text(error["gold"]), Text(error["predicted"]), said)
    return table


def _thresholds(rows: Sequence[Compared], name: str) -> Iterable[str]:
    return ("" if row.threshold is None else f"{getattr(row.threshold, name):.3f}" for row in rows)


def _cell(value: float | None, ends: tuple[float, float]) -> str:
    if value is None or value != value:
        return ""
    low, high = ends
    return f"{value:.3f}" + (f"  {low:.3f} – {high:.3f}" if low == low else "")


def _name(key: str) -> str:
    return NAMES.get(key) or (f"F1 {key[3:]}" if key.startswith("f1_") else key.replace("_", " "))
