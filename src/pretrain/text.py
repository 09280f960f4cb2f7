"""Plain text for pretraining, a paragraph a line: what is read, what is left out, what is held out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from ..arabic.normalise import plain
from ..errors import InputError, QawlError
from .config import Excluded

BLOCK = 50
"""Paragraphs that are held out together: a neighbour in training would give a held-out one away."""
_NO_WORD = re.compile(r"\W+")


def text_files(patterns: Iterable[str]) -> list[Path]:
    """Return the files of paths and glob patterns, each once, in order."""
    files: dict[Path, None] = {}
    for pattern in patterns:
        # Path.glob takes no pattern that begins at the root or above.
        found = sorted(Path(name) for name in glob(pattern, recursive=True))  # noqa: PTH207
        if not found:
            raise QawlError(f"{pattern}: no such file — `texts` takes paths and patterns such as archive/*.txt.xz")
        files |= dict.fromkeys(path for path in found if path.is_file())
    return list(files)


def paragraphs(path: Path) -> Iterator[str]:
    """Yield the lines of a text file that are not blank; .gz, .xz, .bz2 and .zst are decompressed.

    Raises:
        InputError: not UTF-8, or no whole archive of its kind.
    """
    import fsspec

    number = 0
    try:
        with fsspec.open(str(path), "rt", encoding="utf-8", compression="infer") as stream:
            for line in stream:
                number += 1  # told in the error, which enumerate would not outlive
                if text := line.strip():
                    yield text
    except UnicodeDecodeError:
        remedy = "convert it first, for example: iconv -f windows-1256 -t utf-8"
        raise InputError(path, "not UTF-8", line=number + 1, remedy=remedy) from None
    except (OSError, EOFError, ValueError) as error:
        raise InputError(path, f"cannot be read: {error}", line=number + 1, remedy="is the file whole?") from None
    except Exception as error:  # each compression library has an error class of its own
        raise InputError(path, f"cannot be read: {error}", line=number + 1, remedy="is the file whole?") from error


def excluded_texts(excluded: Iterable[Excluded]) -> frozenset[str]:
    """Return the texts that must not be trained on, in the form of `bare`."""
    import pandas as pd

    texts: set[str] = set()
    for own in excluded:
        if not own.file.is_file():
            raise InputError(own.file, "no such file", remedy="give the path from the folder that you work in")
        separator = "\t" if ".tsv" in own.file.suffixes else ","
        table = pd.read_csv(own.file, sep=separator, dtype=str, keep_default_na=False)
        for column, value in own.where.items():
            if column not in table:
                raise InputError(own.file, f"no column {column!r}", remedy=f"it has {', '.join(map(str, table))}")
            table = table[table[column] == value]
        texts |= {bare(text) for column in table for text in table[column]}
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
