"""Plain text for pretraining, a paragraph a line: what is read, what is left out, what is held out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from ..arabic.normalise import plain
from ..data.files import archive_lines
from ..errors import InputError, QawlError
from .config import Excluded

BLOCK = 50
"""Paragraphs that are held out together: a neighbour in training would give a held-out one away."""
_NO_WORD = re.compile(r"\W+")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def text_files(patterns: Iterable[str]) -> list[Path]:
    """Return the files of paths and glob patterns, each once, in order."""
    files: dict[Path, None] = {}
    for pattern in patterns:
        # Path.glob takes no pattern that begins at the root or above.
        found = sorted(path for name in glob(pattern, recursive=True) if (path := Path(name)).is_file())  # noqa: PTH207
        if not found:
            raise QawlError(f"{pattern}: no such file — `texts` takes paths and patterns such as archive/*.txt.xz")
        files |= dict.fromkeys(found)
    return list(files)


def paragraphs(path: Path) -> Iterator[str]:
    """Yield the lines of a text file that are not blank; .gz, .xz, .bz2 and .zst are decompressed.

    Raises:
        InputError: not UTF-8, or no whole archive of its kind.
    """
    for _, line in archive_lines(path):
        if text := line.strip():
            yield text


def excluded_texts(excluded: Iterable[Excluded]) -> frozenset[str]:
    """Return the texts that must not be trained on, in the form of `bare`."""
    import pandas as pd

    texts: set[str] = set()
    for own in excluded:
        if not own.file.is_file():
            raise InputError(own.file, "no such file", remedy="give the path from the folder that you work in")
        kind = next((suffix for suffix in own.file.suffixes if suffix in _SEPARATORS), None)
        if kind is None:
            raise InputError(own.file, "not a table", remedy="`exclude` takes .csv and .tsv, also compressed")
        try:
            table = pd.read_csv(own.file, sep=_SEPARATORS[kind], dtype=str, keep_default_na=False)
        except Exception as error:  # not UTF-8, no table, a broken archive: each has an error class of its own
            raise InputError(own.file, f"cannot be read: {error}", remedy="is it a whole table in UTF-8?") from error
        for column, value in own.where.items():
            if column not in table:
                raise InputError(own.file, f"no column {column!r}", remedy=f"it has {', '.join(map(str, table))}")
            table = table[table[column] == value]
        if table.empty:
            raise InputError(own.file, f"no row with {own.where}", remedy="mend `where`, or leave it out")
        # A paragraph is a line: a cell of several is never met whole.
        texts |= {bare(line) for column in table for text in table[column] for line in text.splitlines()}
    return frozenset(texts - {""})


def bare(text: str) -> str:
    """Return the words of a text alone, as it is compared with what is excluded."""
    return _NO_WORD.sub(" ", plain(text)).strip()


def read(files: Iterable[Path], excluded: frozenset[str], held_out: float) -> Iterator[tuple[bool, str]]:
    """Yield (is held out, paragraph) of all files, those that are excluded left out."""
    every = max(2, round(1 / held_out))
    number = 0
    for path in files:
        for text in paragraphs(path):
            if excluded and bare(text) in excluded:
                continue
            yield (number // BLOCK) % every == every - 1, text
            number += 1
