"""The batch job of `qawl score`: read, score, write, with progress and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ..errors import InputError, QawlError
from ..records import Article
from .readers import OWN_COLUMNS, STDIN, read_articles, read_targets
from .rows import Columns
from .score import has_arabic, load_models, own_thresholds, parse_confidence, score_articles
from .sidecars import open_sidecars, rejected_path
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
    columns: Columns = OWN_COLUMNS,
) -> None:
    """Score every article of the inputs into one output file, whole or not at all.

    What is no article goes to the rejected rows beside the output.
    """
    console = Console(stderr=True)
    # Everything that a user can have got wrong is looked at before the models load.
    least = parse_confidence(min_confidence, "--min-confidence")
    check_output(output)
    _refuse_overwriting(inputs, output)
    targets = read_targets(target_options, target_file)
    found = read_articles(inputs, columns)
    progress: Any = nullcontext()
    if not quiet:
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
    summary = Summary()
    with open_sidecars(output) as sidecars:
        articles = sidecars.articles(found)
        # The models load only for something that they can read.
        first = next(articles, None)
        if first is None:
            raise QawlError("no article in the input" + (f": {sidecars.first}" if sidecars.first else ""))
        loaded = load_models(models)
        confidence = own_thresholds(loaded) if least is None else dict.fromkeys(loaded, least)
        if least is None and not quiet:
            each = ", ".join(f"{task} {own:.2f}" for task, own in confidence.items())
            console.print(f"abstaining under: {each}", highlight=False)
        with progress as bar, open_writer(output) as write:
            job = None if quiet else bar.add_task("articles", total=None)
            every = _told(chain([first], articles), console)
            for rows in score_articles(every, loaded, targets=targets, min_confidence=confidence):
                for row in rows:
                    write(row)
                summary.add(rows)
                if job is not None:
                    bar.advance(job)
    if not quiet:
        summary.show(console)
        console.print(f"{output}: {summary.sentences} rows", highlight=False, markup=False)
    if sidecars.rejected:
        told = f"{rejected_path(output)}: {sidecars.rejected} rows of the input are no article"
        console.print(told, style="yellow", highlight=False, markup=False)


def _told(articles: Iterable[Article], console: Console) -> Iterator[Article]:
    for article in articles:
        if not has_arabic(article.text):
            console.print(f"{article.id}: no Arabic in it; its rows are abstentions", style="yellow", markup=False)
        yield article


def _refuse_overwriting(inputs: Sequence[str], output: Path) -> None:
    """Refuse an output file that is among the inputs: what one run wrote, the next would read as articles."""
    if not output.exists():
        return
    place = output.resolve()
    for given in inputs:
        if given != STDIN and "://" not in given and Path(given).resolve() in (place, *place.parents):
            raise InputError(output, f"is itself among the inputs ({given})", remedy="write somewhere else")
