"""Text that must be UTF-8, tables of four kinds, and writes that are whole or not there."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from ..errors import InputError
from .sources import is_wanted, local_source
from .tables import TABLES, scan_lines, scan_table

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: JSON can carry one escaped, UTF-8 can't hold it."""


def read_text(path: Path) -> str:
    """Return the file's text, a byte-order mark dropped; refuse what is not UTF-8, naming the byte offset."""
    source = replace(local_source(path), packing="")
    texts = []
    with source.open() as stream:
        for _, text, problem in scan_lines(stream, source.place):
            if problem is not None:
                raise problem
            texts.append(text)
    return "".join(texts)


def archive_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number, line without its end) of a text file; .gz, .xz, .bz2 and .zst are decompressed.

    Raises:
        InputError: not UTF-8, or no whole archive of its kind.
    """
    number = 0
    try:
        # A byte that is no UTF-8 is half of a surrogate pair in its line: an error of the decoder would name the
        # line at which a block of thousands of bytes begins.
        with (
            local_source(path).open() as raw,
            TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape") as stream,
        ):
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


def read_table(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, row) of a CSV, TSV, JSONL or Parquet file; for Parquet the line is the row's number from 1.

    Raises:
        InputError: no such file, no table, or a broken row in it.
    """
    source = local_source(path)
    if not path.is_file():
        raise InputError(path, "no such file", remedy="give the path from the folder that you work in")
    if not is_wanted(source, TABLES):
        raise InputError(path, f"unknown kind of table {path.suffix!r}", remedy=f"use one of {', '.join(TABLES)}")
    for row in scan_table(source):
        if isinstance(row, InputError):
            raise row
        yield row


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
