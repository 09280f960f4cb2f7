"""Articles to score: text files, web pages, JSONL, CSV, TSV, Parquet, folders and addresses of them, and stdin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from ..data.files import read_text
from ..data.sources import Source, find_sources, readable
from ..data.tables import (
    SAMPLE,
    TABLES,
    Line,
    Row,
    columns_of,
    count_rows,
    scan_json_lines,
    scan_lines,
    scan_table,
    table_columns,
)
from ..errors import InputError, QawlError
from ..records import Article, Rejected
from .pages import PAGES, check_extractor, page_article
from .rows import FIELDS, Columns, RowError, check_fields, distinct_targets, missing_column, row_article
from .seen import reject_twice

TEXTS = (".txt", ".text")
KINDS = (*TEXTS, *PAGES, *TABLES)
STDIN = "-"
STDIN_PLACE = "<stdin>"
HEADLINE = 160
"""A first line longer than this many characters is a paragraph, not a headline."""
OWN_COLUMNS: Columns = MappingProxyType({})
"""Every field in the column of its own name."""

Found = tuple[str, int | None, Article | Rejected]
"""(file, line, what stands there)."""


def read_articles(inputs: Sequence[str], columns: Columns = OWN_COLUMNS) -> Iterator[Article | Rejected]:
    """Yield the articles of all inputs in order, ids unique, and a rejected row for each that is no article.

    What is wrong with an input as a whole is raised by the call itself, before the first article is asked for. An
    article is in memory only while it is its turn.

    Args:
        inputs: paths of files and folders, patterns, addresses of fsspec, and `-` for standard input.
        columns: the columns of the fields in tables, where they have other names.

    Raises:
        InputError: no such input, an unknown kind, no column of that name; later, a file that breaks off.
    """
    wanted = check_fields(columns)
    if inputs.count(STDIN) > 1:
        raise QawlError("`-` stands twice: standard input can be read once")
    files = find_sources([given for given in inputs if given != STDIN], KINDS)
    for source in chain.from_iterable(files):
        _check(source, wanted)
    if wanted and STDIN not in inputs and not any(source.kind in TABLES for source in chain.from_iterable(files)):
        raise QawlError("--column: none of the inputs is a table")
    of_input = iter(files)
    streams = [_read_stdin(wanted) if given == STDIN else _read(next(of_input), wanted) for given in inputs]
    return reject_twice(chain.from_iterable(streams))


def count_records(inputs: Sequence[str]) -> int | None:
    """Return how many articles and rejected rows the inputs hold, before ids are compared.

    None where counting would use an input up or fetch it once more: standard input, and addresses.
    """
    if any(given == STDIN or "://" in given for given in inputs):
        return None
    sources = chain.from_iterable(find_sources(inputs, KINDS))
    return sum(count_rows(source) if source.kind in TABLES else 1 for source in sources)


def read_targets(options: Sequence[str], file: Path | None) -> list[str]:
    """Return the targets of the command line and of a file, each once.

    A file has one a line; `# ` opens a comment, while `#غزة` is a target.
    """
    targets = [(f"--target {option!r}", option) for option in options]
    if file is not None:
        lines = enumerate(read_text(file).splitlines(), start=1)
        stated = [(f"{file}:{number}", line) for number, line in lines if not line.startswith("# ")]
        if not any(line.strip() for _, line in stated):
            raise InputError(file, "no target in it", remedy="write one target a line")
        # A blank line at the end of a file is no target; a blank option is a slip in somebody's script.
        targets += [(place, line) for place, line in stated if line.strip()]
    for place, target in targets:
        if not target.strip():
            raise QawlError(f"{place}: the target is empty — name what the stance is toward")
    return distinct_targets(target for _, target in targets)


def text_article(text: str, name: str) -> Article:
    """Return the article of a text file; its first line, where it is short, is its title and stays in the text.

    Raises:
        RowError: no text in it.
    """
    if not text.strip():
        raise RowError("empty: no text in it")
    first = text.strip().splitlines()[0].strip()
    return Article(id=name, text=text, title=first if len(first) <= HEADLINE else "")


def _check(source: Source, columns: Columns) -> None:
    """Refuse what would make every row of a file a bad one."""
    if source.kind in PAGES:
        check_extractor(source.place)
    if source.kind in TABLES and (present := table_columns(source)) is not None:
        _check_columns(source.place, present, source.keys, columns)


def _check_columns(place: str, present: Sequence[str], keys: Iterable[str], columns: Columns) -> None:
    if (missing := missing_column([*present, *keys], columns)) is not None:
        remedy = f"it has {', '.join(map(repr, present))}: name the right one, such as --column text=COLUMN"
        raise InputError(place, f"no column {missing!r}", remedy=remedy)


def _read(sources: Iterable[Source], columns: Columns) -> Iterator[Found]:
    for source in sources:
        if source.kind in TABLES:
            needed = [columns.get(field, field) for field in FIELDS]
            yield from _rows(scan_table(source, needed), source.place, source.name, columns, source.keys)
        else:
            with source.open() as stream:
                yield _whole(source, stream, columns)


def _read_stdin(columns: Columns) -> Iterator[Found]:
    """Read the beginning at once, so that a wrong column is an error before any model loads; the rest as it comes."""
    lines = scan_lines(sys.stdin.buffer, STDIN_PLACE)
    head: list[Line] = []
    for line in lines:
        head.append(line)
        if line[1].strip():
            break
    lines = chain(head, lines)
    if head and head[-1][1].lstrip().startswith("{"):
        rows = scan_json_lines(lines, STDIN_PLACE)
        first = list(islice(rows, SAMPLE))
        if present := columns_of(first):
            _check_columns(STDIN_PLACE, present, (), columns)
        return _rows(chain(first, rows), STDIN_PLACE, "stdin", columns, {})
    return iter([_one(STDIN_PLACE, lambda: text_article(_text(lines), "stdin"))])


def _rows(
    rows: Iterable[Row | InputError], place: str, name: str, columns: Columns, keys: Mapping[str, str]
) -> Iterator[Found]:
    for found in rows:
        if isinstance(found, InputError):
            yield place, found.line, Rejected(place, found.line, found.problem)
            continue
        line, row = found
        if keys:
            row = {**keys, **{column: value for column, value in row.items() if value not in (None, "")}}
        try:
            yield place, line, row_article(row, columns, f"{name}-{line}")
        except RowError as error:
            yield place, line, Rejected(place, line, str(error))


def _whole(source: Source, stream: BinaryIO, columns: Columns) -> Found:
    """Return the article that a whole file is; what the folders' names say of it stands above what a page says."""

    def read() -> Article:
        if source.kind in PAGES:
            with readable(source.place):
                content = stream.read()
            article = page_article(content, source.name)
        else:
            article = text_article(_text(scan_lines(stream, source.place)), source.name)
        title, outlet, date = (source.keys.get(columns.get(field, field)) for field in ("title", "outlet", "date"))
        return replace(
            article, title=title or article.title, outlet=outlet or article.outlet, date=date or article.date
        )

    return _one(source.place, read)


def _one(place: str, read: Callable[[], Article]) -> Found:
    try:
        return place, None, read()
    except RowError as error:
        return place, error.line, Rejected(place, error.line, str(error))


def _text(lines: Iterable[Line]) -> str:
    texts = []
    for number, text, problem in lines:
        if problem is not None:
            raise RowError(problem.problem, number)
        texts.append(text)
    return "".join(texts)
