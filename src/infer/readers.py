"""Articles to score: text files, folders, JSONL, CSV, TSV, Parquet, and standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.files import BOM, TABLES, read_json_lines, read_table, read_text
from ..errors import InputError, QawlError
from ..records import Article
from .seen import seen_ids

TEXTS = (".txt", ".text")
STDIN = "-"
HEADLINE = 160
"""A first line longer than this many characters is a paragraph, not a headline."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row, or a file, that is no article: where it stands, its line from 1 where there is one, and why."""

    place: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        """Return all of it in one line, as an error says it."""
        return f"{self.place}:{self.line}: {self.reason}" if self.line is not None else f"{self.place}: {self.reason}"


def read_articles(inputs: Sequence[str]) -> Iterator[Article | Rejected]:
    """Yield the articles of all inputs in order, ids unique among them, and in its place what can't be one.

    Raises:
        InputError: an input that isn't there or of no kind that we know, or a file that can't be read on.
    """
    with seen_ids() as seen:
        for given in inputs:
            for place, line, article in _read(given):
                if isinstance(article, Rejected):
                    yield article
                elif first := seen.before(article.id, f"{place}:{line}" if line is not None else place):
                    remedy = f"give each article an id of its own; the first one is at {first}"
                    yield Rejected(place, line, f"the id {article.id!r} stands already — {remedy}")
                else:
                    yield article


def count_records(inputs: Sequence[str]) -> int:
    """Return how many articles and rejected rows the inputs hold; none of them is standard input."""
    return sum(1 for given in inputs for _ in _read(given))


def input_files(given: str) -> list[tuple[Path, str]]:
    """Return the files of an input, in order, each with the name that its articles go by; none for `-`.

    Raises:
        InputError: nothing there, or nothing that we read.
    """
    if given == STDIN:
        return []
    path = Path(given)
    kinds = ", ".join((*TEXTS, *TABLES))
    if path.is_dir():
        files = sorted(
            file for file in path.rglob("*") if file.suffix.lower() in (*TEXTS, *TABLES) and not file.is_dir()
        )
        if not files:
            raise InputError(path, "a folder without articles", remedy=f"qawl reads {kinds}")
        # The path inside the folder, so that two outlets may each have an 001.txt.
        return [(file, str(file.relative_to(path).with_suffix("").as_posix())) for file in files]
    if not path.is_file():
        raise InputError(path, "no such file or folder", remedy="check the path; `-` reads standard input")
    if path.suffix.lower() not in (*TEXTS, *TABLES):
        raise InputError(path, f"unknown kind of file {path.suffix!r}", remedy=f"qawl reads {kinds}")
    return [(path, path.stem)]


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
    return list(dict.fromkeys(" ".join(target.split()) for _, target in targets))


_Read = tuple[str, int | None, Article | Rejected]


def _read(given: str) -> Iterator[_Read]:
    if given == STDIN:
        yield from _read_stdin()
    for path, name in input_files(given):
        if path.suffix.lower() in TABLES:
            yield from _articles(read_table(path), path, name)
        else:
            try:
                yield str(path), None, text_article(read_text(path), name, path)
            except InputError as error:
                yield _rejected(error)


def _rejected(error: InputError) -> _Read:
    reason = f"{error.problem} — {error.remedy}" if error.remedy else error.problem
    return error.path, error.line, Rejected(error.path, error.line, reason)


def _read_stdin() -> Iterator[_Read]:
    try:
        text = sys.stdin.buffer.read().decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        remedy = "convert it first, for example: iconv -f windows-1256 -t utf-8"
        raise InputError("<stdin>", f"not UTF-8 at byte {error.start}", remedy=remedy) from None
    if text.lstrip().startswith("{"):
        # Only a line feed ends a line of JSON: its strings may hold U+2028 and its like as they are.
        lines = iter(text.split("\n"))
        yield from _articles(read_json_lines(lines, "<stdin>"), "<stdin>", "stdin")
    else:
        try:
            yield "<stdin>", None, text_article(text, "stdin", "<stdin>")
        except InputError as error:
            yield _rejected(error)


def text_article(text: str, name: str, path: Path | str) -> Article:
    """Return the article of a text file; its first line, where it is short, is its title and stays in the text."""
    if not text.strip():
        raise InputError(path, "empty: no text in it", remedy="remove it, or give a file with an article")
    first = text.strip().splitlines()[0].strip()
    return Article(id=name, text=text, title=first if len(first) <= HEADLINE else "")


def _articles(rows: Iterable[tuple[int, dict[str, Any]]], path: Path | str, name: str) -> Iterator[_Read]:
    found = False
    for line, row in rows:
        found = True
        try:
            yield str(path), line, _article(row, path, line, name)
        except InputError as error:
            yield _rejected(error)
    if not found:
        yield _rejected(InputError(path, "empty: no article in it", remedy="remove it, or give a file with rows"))


def _article(row: dict[str, Any], path: Path | str, line: int, name: str) -> Article:
    if "text" not in row:
        remedy = f"the columns are {', '.join(map(repr, row))}: rename the one with the article to 'text'"
        raise InputError(path, "no column 'text'", line=line, remedy=remedy)
    text = row["text"]
    if not isinstance(text, str) or not text.strip():
        raise InputError(path, "`text` is empty or no string", line=line, remedy="fill it, or remove the row")
    return Article(
        id=_string(row.get("id")) or f"{name}-{line}",
        text=text,
        title=_string(row.get("title")),
        outlet=_string(row.get("outlet")),
        date=_string(row.get("date")),
        targets=_targets(row.get("targets"), path, line),
    )


def _string(value: Any) -> str:
    return "" if value is None else str(value)


def _targets(given: Any, path: Path | str, line: int) -> tuple[str, ...]:
    if given is None or given == "":
        return ()
    if isinstance(given, str):
        # CSV has no lists: a JSON list in the cell, or targets with | between them.
        try:
            given = json.loads(given) if given.lstrip().startswith("[") else given.split("|")
        except (ValueError, RecursionError):
            raise InputError(path, "`targets` is no JSON list", line=line, remedy="or put | between them") from None
    if not isinstance(given, list) or not all(isinstance(target, str) and target.strip() for target in given):
        remedy = "give a list of strings, none of them empty"
        raise InputError(path, "an empty target, or `targets` is no list", line=line, remedy=remedy)
    return tuple(dict.fromkeys(" ".join(target.split()) for target in given))
