"""Text that must be UTF-8, tables of three kinds, and writes that are whole or not there."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from ..errors import InputError

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: JSON can carry one escaped, UTF-8 can't hold it."""

# A paragraph of an article may be longer than the csv module's default of 131,072 characters a field.
csv.field_size_limit(2**30)


def read_text(path: Path) -> str:
    """Return the file's text, a byte-order mark dropped; refuse what is not UTF-8, naming the byte offset."""
    return "".join(decode_lines(path))


def decode_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file with their line ends as they came."""
    offset = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError as error:
                    at = offset + error.start
                    remedy = "convert it first, for example: iconv -f windows-1256 -t utf-8"
                    raise InputError(path, f"not UTF-8 at byte {at}", line=number, remedy=remedy) from None
                yield text.removeprefix(BOM) if offset == 0 else text
                offset += len(line)
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read", remedy="check the path and its rights") from None


def archive_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number, line without its end) of a text file; .gz, .xz, .bz2 and .zst are decompressed.

    Raises:
        InputError: not UTF-8, or no whole archive of its kind.
    """
    number = 0
    try:
        with _opened(path) as stream:
            for line in stream:
                number += 1  # told in the error, which enumerate would not outlive
                line.encode()
                yield number, line.rstrip("\n")
    except UnicodeEncodeError:
        remedy = "convert it first, for example: iconv -f windows-1256 -t utf-8"
        raise InputError(path, "not UTF-8", line=number, remedy=remedy) from None
    except InputError:
        raise
    except Exception as error:  # each compression library has an error class of its own
        raise InputError(path, f"cannot be read: {error}", line=number + 1, remedy="is the file whole?") from error


def _opened(path: Path) -> Any:
    import fsspec
    import pyarrow

    # A byte that is no UTF-8 is half of a surrogate pair in its line: an error of the decoder would name the line
    # at which a block of thousands of bytes begins.
    how: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape"}
    if path.suffix == ".zst":
        # fsspec's reader takes a file that was cut off for a whole one.
        return TextIOWrapper(pyarrow.input_stream(str(path), compression="zstd"), **how)
    return fsspec.open(str(path), "rt", compression="infer", **how)


def read_table(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, row) of a CSV, TSV, JSONL or Parquet file; for Parquet the line is the row's number from 1."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InputError(path, "no such file", remedy="give the path from the folder that you work in")
    if suffix in (".csv", ".tsv"):
        yield from _read_csv(path, "\t" if suffix == ".tsv" else ",")
    elif suffix in (".jsonl", ".ndjson"):
        yield from read_json_lines(decode_lines(path), path)
    elif suffix == ".parquet":
        yield from _read_parquet(path)
    else:
        raise InputError(path, f"unknown kind of table {suffix!r}", remedy=f"use one of {', '.join(TABLES)}")


def read_json_lines(lines: Iterator[str], path: Path | str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, object) of JSON lines; blank lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"not JSON: {error.msg} at character {error.pos}"
            raise InputError(path, problem, line=number, remedy="one JSON object a line") from None
        except (ValueError, RecursionError):
            # A number of thousands of digits, or brackets nested as deep.
            problem = "JSON with too long a number or too deep a nesting"
            raise InputError(path, problem, line=number, remedy="one JSON object a line") from None
        if not isinstance(row, dict):
            raise InputError(path, "a JSON value that is no object", line=number, remedy="one JSON object a line")
        yield number, row


def _read_csv(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(decode_lines(path), delimiter=delimiter, strict=True)
    try:
        names = [name for name in reader.fieldnames or () if name]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(path, f"two columns named {twice[0]!r}", line=1, remedy="rename or remove one")
        for row in reader:
            # DictReader keeps the fields beyond the header under None.
            if None in row:
                raise InputError(
                    path, "more fields than the header has", line=reader.line_num, remedy="quote the separators"
                )
            yield reader.line_num, dict(row)
    except csv.Error as error:
        raise InputError(
            path, f"not a table: {error}", line=reader.reader.line_num, remedy="check the quotes"
        ) from None


def _read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        number = 0
        for batch in file.iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(path, f"not Parquet: {error}", remedy="write it again, or use CSV or JSONL") from None


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary neighbour of `path` that takes its place only when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        # newline="" so that what is written is what stands in the file, on every system.
        options: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
        with os.fdopen(handle, mode, **options) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a new temporary neighbour of `folder` that takes its place only when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    old = folder.with_name(f".{folder.name}.old")
    try:
        yield fresh
        fresh.chmod(0o777 & ~_umask())
        shutil.rmtree(old, ignore_errors=True)
        # A folder can't be replaced in one step: the old one goes only after the new one stands.
        if folder.exists():
            folder.replace(old)
        fresh.replace(folder)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _umask() -> int:
    # What mkstemp and mkdtemp make only the owner reads; what users get follows their umask.
    umask = os.umask(0)
    os.umask(umask)
    return umask


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    with whole_file(path) as stream:
        json.dump(value, stream, ensure_ascii=False, indent=2)
        stream.write("\n")
