"""The batch job of `qawl score`: read, score, write, with progress and a summary."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ..errors import InputError, QawlError
from .readers import STDIN, read_articles, read_targets
from .score import has_arabic, load_models, own_thresholds, parse_confidence, score_articles
from .summary import Summary
from .writers import check_output, open_writer


def score_files(
    inputs: Sequence[str],
    output: Path,
    target_options: Sequence[str],
    target_file: Path | None,
    models: str,
    min_confidence: str,
    quiet: bool,
) -> None:
    """Score every article of the inputs into one output file, whole or not at all."""
    console = Console(stderr=True)
    # Everything that a user can have got wrong is looked at before the models load.
    least = parse_confidence(min_confidence)
    check_output(output)
    _refuse_overwriting(inputs, output)
    targets = read_targets(target_options, target_file)
    articles = list(read_articles(inputs))
    if not articles:
        raise QawlError("no article in the input")
    for article in articles:
        if not has_arabic(article.text):
            console.print(f"{article.id}: no Arabic in it; its rows are abstentions", style="yellow", markup=False)
    loaded = load_models(models)
    confidence = own_thresholds(loaded) if least is None else dict.fromkeys(loaded, least)
    if least is None and not quiet:
        each = ", ".join(f"{task} {own:.2f}" for task, own in confidence.items())
        console.print(f"abstaining under: {each}", highlight=False)
    summary = Summary()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    progress: Any = nullcontext() if quiet else Progress(*columns, console=console, transient=True)
    with progress as bar, open_writer(output) as write:
        job = None if quiet else bar.add_task("articles", total=len(articles))
        for rows in score_articles(articles, loaded, targets=targets, min_confidence=confidence):
            for row in rows:
                write(row)
            summary.add(rows)
            if job is not None:
                bar.advance(job)
    if not quiet:
        summary.show(console)
        console.print(f"{output}: {summary.sentences} rows", highlight=False, markup=False)


def _refuse_overwriting(inputs: Sequence[str], output: Path) -> None:
    """Refuse an output file that is among the inputs: what one run wrote, the next would read as articles."""
    if not output.exists():
        return
    place = output.resolve()
    for given in inputs:
        if given != STDIN and Path(given).resolve() in (place, *place.parents):
            raise InputError(output, f"is itself among the inputs ({given})", remedy="write somewhere else")
