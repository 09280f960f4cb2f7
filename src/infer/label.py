"""`qawl label`: files to tasks of Label Studio, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..data.articles import write_articles
from ..data.files import read_table, whole_file, write_json
from ..data.label_studio import CONFIG, Task, export_tasks
from ..data.label_studio_import import import_tasks, read_tasks
from ..data.loaders import read_articles as read_labelled
from ..errors import InputError, QawlError
from .readers import Rejected, read_articles


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    tasks: int
    predictions: bool
    rebuilt: bool


def export_file(
    given: Path, output: Path, articles: Sequence[str], config: Path | None, model_version: str
) -> Exported:
    """Write the tasks of labelled articles or of scored rows and, where it is asked for, the configuration."""
    _check(output, ".json")
    scored = _is_scored(given)
    if articles and not scored:
        remedy = "leave --articles out: it is for scored rows"
        raise InputError(given, "labelled articles have their texts already", remedy=remedy)
    tasks = _scored_tasks(given, articles, model_version) if scored else export_tasks(read_labelled(given))
    if not tasks:
        raise InputError(given, "nothing to export", remedy="give labelled articles or scored rows")
    write_json(output, tasks)
    if config is not None:
        with whole_file(config) as stream:
            stream.write(CONFIG)
    return Exported(len(tasks), scored, scored and not articles)


def import_file(given: Path, output: Path) -> tuple[int, int]:
    """Write the labelled articles of an export of Label Studio; return their number, and that of tasks left out."""
    _check(output, ".jsonl")
    tasks = read_tasks(given)
    articles = import_tasks(tasks, given)
    write_articles(output, articles)
    return len(articles), len(tasks) - len(articles)


def _scored_tasks(given: Path, articles: Sequence[str], model_version: str) -> list[Task]:
    from .report import read_rows

    sources = None
    if articles:
        sources = {}
        for article in read_articles(articles):
            if isinstance(article, Rejected):
                raise QawlError(str(article))
            sources[article.id] = article
    rows = read_rows(given)
    order = {name: number for number, name in enumerate(dict.fromkeys(row.article_id for row in rows))}
    rows.sort(key=lambda row: (order[row.article_id], row.sentence))
    try:
        return export_tasks(rows, sources, model_version=model_version)
    except InputError as error:
        # What the records are told apart by is an article; what the user can find is the file.
        raise InputError(given, f"article {error.path!r}: {error.problem}", remedy=error.remedy) from None


def _is_scored(given: Path) -> bool:
    if given.suffix.lower() in (".csv", ".tsv", ".parquet"):
        return True
    return given.is_file() and any("article_id" in row for _, row in islice(read_table(given), 1))


def _check(output: Path, suffix: str) -> None:
    if output.suffix.lower() != suffix:
        raise InputError(output, f"unknown kind of output {output.suffix!r}", remedy=f"name a {suffix} file")
    if output.is_dir():
        raise InputError(output, "is a folder", remedy="name a file in it")
