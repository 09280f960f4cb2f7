"""Rows of CSV, TSV, JSONL and Parquet as a stream; a bad row is a value in it, so that the reader may go on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from ..errors import InputError
from .sources import Source, readable

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
SAMPLE = 100
"""JSON lines that are looked at for what columns a file has."""
PARQUET_ROWS = 256
"""Rows that are in memory together: of a column of whole web pages, some tens of megabytes."""
PARQUET_BUFFER = 1 << 20
"""Bytes of a column that are read at once; without a buffer it would be the row group's whole column."""

# A paragraph of an article may be longer than the csv module's default of 131,072 characters a field.
csv.field_size_limit(2**30)

Row = tuple[int, dict[str, Any]]
"""The line on which the row begins, from 1 (for Parquet the row's number), and its values by column."""
Line = tuple[int, str, InputError | None]
"""The line's number, its text with the end as it came, and what is wrong with it; the text is then a makeshift."""


def scan_table(source: Source, columns: Sequence[str] | None = None) -> Iterator[Row | InputError]:
    """Yield the rows of a table, and an error for each row that is broken.

    Args:
        source: a file of a kind of `TABLES`.
        columns: those that are needed of a Parquet file [default: all].

    Raises:
        InputError: the file cannot be read, or no further.
    """
    if source.kind == ".parquet":
        yield from _scan_parquet(source, columns)
        return
    with source.open() as stream:
        lines = scan_lines(stream, source.place)
        if source.kind in (".csv", ".tsv"):
            yield from _scan_csv(lines, "\t" if source.kind == ".tsv" else ",", source.place)
        else:
            yield from scan_json_lines(lines, source.place)


def count_rows(source: Source) -> int:
    """Return how many rows `scan_table` yields, broken ones too.

    Raises:
        InputError: the file cannot be read, or no further.
    """
    if source.kind == ".parquet":
        with source.open() as stream:
            return int(_parquet_file(stream, source.place).metadata.num_rows)
    return sum(1 for _ in scan_table(source))


def table_columns(source: Source) -> list[str] | None:
    """Return the columns that a table has, None where no row tells; of JSON lines the first hundred are asked.

    Raises:
        InputError: no table, or two columns of one name.
    """
    if source.kind == ".parquet":
        with source.open() as stream:
            return _parquet_columns(_parquet_file(stream, source.place), source.place)
    with source.open() as stream:
        lines = scan_lines(stream, source.place)
        if source.kind in (".csv", ".tsv"):
            return _Records(lines, "\t" if source.kind == ".tsv" else ",", source.place).header()
        return columns_of(islice(scan_json_lines(lines, source.place), SAMPLE))


def columns_of(rows: Iterable[Row | InputError]) -> list[str] | None:
    """Return the names that stand in any of the rows, None where there is no row."""
    good = [row for _, row in (own for own in rows if not isinstance(own, InputError))]
    return list(dict.fromkeys(name for row in good for name in row)) if good else None


def scan_lines(stream: BinaryIO, place: str) -> Iterator[Line]:
    """Yield the lines of a UTF-8 file, a byte-order mark dropped; only a line feed ends one.

    Raises:
        InputError: the file can be read no further.
    """
    offset = number = 0
    while True:
        with readable(place, number + 1):
            line = stream.readline()
        if not line:
            return
        number += 1
        problem = None
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            text = line.decode("utf-8", "replace")
            remedy = "convert it first, for example: iconv -f windows-1256 -t utf-8"
            problem = InputError(place, f"not UTF-8 at byte {offset + error.start}", line=number, remedy=remedy)
        yield number, text.removeprefix(BOM) if number == 1 else text, problem
        offset += len(line)


def scan_json_lines(lines: Iterable[Line], place: str) -> Iterator[Row | InputError]:
    """Yield the objects of JSON lines, and an error for each line that is none; blank lines are passed over."""
    for number, line, problem in lines:
        if problem is not None:
            yield problem
        elif line.strip():
            yield _json_row(number, line, place)


def _json_row(number: int, line: str, place: str) -> Row | InputError:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} at character {error.pos}"
    except (ValueError, RecursionError):
        # A number of thousands of digits, or brackets nested as deep.
        problem = "JSON with too long a number or too deep a nesting"
    else:
        if isinstance(row, dict):
            return number, row
        problem = "a JSON value that is no object"
    return InputError(place, problem, line=number, remedy="one JSON object a line")


class _Records:
    """The records of a CSV file, each with the line on which it begins: a quoted cell may hold line breaks."""

    def __init__(self, lines: Iterable[Line], delimiter: str, place: str) -> None:
        self.place = place
        self._undecoded: list[InputError] = []
        self._reader = csv.reader(self._texts(lines), delimiter=delimiter, strict=True)

    def header(self) -> list[str] | None:
        """Return the names of the columns, None for an empty file."""
        for _, cells in self:
            if isinstance(cells, InputError):
                raise cells
            named = [name for name in cells if name]
            if twice := sorted({name for name in named if named.count(name) > 1}):
                raise InputError(self.place, f"two columns named {twice[0]!r}", line=1, remedy="rename or remove one")
            return cells
        return None

    def __iter__(self) -> Iterator[tuple[int, list[str] | InputError]]:
        while True:
            start = self._reader.line_num + 1
            self._undecoded.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                until = self._reader.line_num
                lost = f"; lost up to line {until}" if until > start else ""
                problem = f"not a table: {error}{lost}"
                yield start, InputError(self.place, problem, line=start, remedy="check the quotes")
                continue
            if self._undecoded:
                undecoded = self._undecoded[0]
                yield start, InputError(self.place, undecoded.problem, line=start, remedy=undecoded.remedy)
            elif cells:
                yield start, cells

    def _texts(self, lines: Iterable[Line]) -> Iterator[str]:
        for _, text, problem in lines:
            if problem is not None:
                self._undecoded.append(problem)
            yield text


def _scan_csv(lines: Iterable[Line], delimiter: str, place: str) -> Iterator[Row | InputError]:
    records = _Records(lines, delimiter, place)
    names = records.header()
    if names is None:
        return
    for line, cells in records:
        if isinstance(cells, InputError):
            yield cells
        elif len(cells) > len(names):
            yield InputError(place, "more fields than the header has", line=line, remedy="quote the separators")
        else:
            missing = [None] * (len(names) - len(cells))
            yield line, dict(zip(names, [*cells, *missing], strict=True))


def _parquet_file(stream: BinaryIO, place: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(stream, buffer_size=PARQUET_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise InputError(place, f"not Parquet: {error}", remedy="write it again, or use CSV or JSONL") from None


def _parquet_columns(file: Any, place: str) -> list[str]:
    names = list(file.schema_arrow.names)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(place, f"two columns named {twice[0]!r}", remedy="rename or remove one")
    return names


def _scan_parquet(source: Source, columns: Sequence[str] | None) -> Iterator[Row | InputError]:
    number = 0
    with source.open() as stream:
        file = _parquet_file(stream, source.place)
        names = _parquet_columns(file, source.place)
        if columns is not None:
            names = [name for name in names if name in columns]
        batches = file.iter_batches(batch_size=PARQUET_ROWS, columns=names)
        while True:
            with readable(source.place, number + 1):
                batch = next(batches, None)
            if batch is None:
                return
            for row in _batch_rows(batch, source.place, number):
                number += 1
                yield row


def _batch_rows(batch: Any, place: str, before: int) -> Iterator[Row | InputError]:
    try:
        rows = batch.to_pylist()
    except UnicodeDecodeError:
        # Nothing checks strings when they are written: find the row.
        for at in range(batch.num_rows):
            try:
                yield before + at + 1, batch.slice(at, 1).to_pylist()[0]
            except UnicodeDecodeError:
                remedy = "write the table again from text in UTF-8"
                yield InputError(place, "not UTF-8", line=before + at + 1, remedy=remedy)
        return
    yield from enumerate(rows, start=before + 1)
