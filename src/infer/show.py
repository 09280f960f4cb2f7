"""Rows to standard output: tables for a reader at a terminal, JSON lines for a program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..records import Rejected, ScoredLabel, ScoredRow, ScoredStance
from .chunks import scored
from .engine import Question, local_engine
from .loading import chosen, confidences, find_models, parse_confidence
from .progress import SafeConsole
from .readers import OWN_COLUMNS, read_articles, read_targets
from .rows import Columns
from .summary import ABSTAINED, named
from .writers import write_line

COLOURS = {"favor": "green", "against": "red"}


def show_scored(
    inputs: Sequence[str],
    target_options: Sequence[str],
    target_file: Path | None,
    models: str | None,
    min_confidence: str,
    columns: Columns = OWN_COLUMNS,
) -> int:
    """Score articles to standard output, as they come; rows that are none are told on stderr. Returns how many."""
    console = SafeConsole()
    least = parse_confidence(min_confidence, "--min-confidence")
    targets = read_targets(target_options, target_file)
    records = read_articles(inputs, columns)
    folders = find_models(chosen(models))
    rejected = 0
    with local_engine(folders, Question(tuple(targets), confidences(folders, least))) as engine:
        for chunk, answers in scored(records, engine):
            for bad in (own for own in chunk.records if isinstance(own, Rejected)):
                rejected += 1
                console.print(str(bad), style="yellow", highlight=False, markup=False)
            for rows in answers:
                show_rows(rows)
    return rejected


def show_rows(rows: Sequence[ScoredRow]) -> None:
    """Write the rows of one article to standard output."""
    if not sys.stdout.isatty():
        for row in rows:
            write_line(sys.stdout, row.as_dict())
        return
    table = Table(title=Text(rows[0].title or rows[0].article_id), title_justify="left", box=box.SIMPLE)
    targets = [stance.target for stance in rows[0].stances]
    for name in ("says", "about", *targets, "sentence"):
        # As texts: in a plain string a target's [b] would be read as markup.
        table.add_column(Text(name))
    for row in rows:
        table.add_row(
            Text(named(row)), _label(row.topic), *(_label(own) for own in row.stances), Text(row.text.strip())
        )
    Console().print(table)


def _label(answer: ScoredLabel | ScoredStance) -> Text:
    if answer.label is None:
        return Text(ABSTAINED, style="dim")
    style = COLOURS.get(answer.label, "dim" if answer.label == "none" else "")
    return Text(f"{answer.label} {answer.score:.2f}", style=style)
