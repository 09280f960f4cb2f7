"""Labels without their text: of articles that may be read but not passed on, joined to the text where one has it.

A row of such a file is a labelled article (see `articles`) with `text_from` in place of `text` and `title`, and with
the offsets of a name, [start, end], in place of the name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError
from ..records import Article
from .articles import article_dict
from .files import archive_lines, read_table

FIELD = "text_from"
_REMEDY = "name the folder that holds the texts: `texts:` beside `train:` in the experiment"
Offsets = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class TextFrom(BaseModel):
    """Where a text stands: its title's line (from 1) in a file of plain text, and how many lines follow it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, pattern=r"^[^/\\]+$")
    line: int = Field(ge=1)
    lines: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Entity(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Offsets
    aliases: list[Offsets] = []


def detach(article: Article, file: str, line: int, lines: int) -> dict[str, Any]:
    """Return the row of an article without its text, which stands at `line` of `file`, title first."""

    def offsets(name: str) -> list[int]:
        start = article.text.index(name)
        return [start, start + len(name)]

    row = article_dict(article)
    del row["text"], row["title"]
    digest = hashlib.sha256(article.text.encode()).hexdigest()
    names = {entity.name: index for index, entity in enumerate(article.entities)}
    for sentence in row["sentences"]:
        if sentence["speaker"] is not None:
            sentence["speaker"]["entity"] = names[sentence["speaker"]["entity"]]
    row["entities"] = [
        {"name": offsets(entity.name), "aliases": [offsets(alias) for alias in entity.aliases]}
        for entity in article.entities
    ]
    return {"id": row.pop("id"), FIELD: {"file": file, "line": line, "lines": lines, "sha256": digest}, **row}


def read_rows(path: Path, texts: Path | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, row) of a file of labelled articles, each with its text.

    Args:
        texts: the folder with the files that rows without a text name, plain or compressed.

    Raises:
        InputError: no such text there, or another than the one that was labelled.
    """
    found: dict[int, tuple[str, str]] | None = None
    for line, row in read_table(path):
        if FIELD not in row:
            yield line, row
            continue
        source: TextFrom = _parse(row[FIELD], TextFrom, path, line)
        # All at the first: each archive is read once, and a file whose rows bring their texts is too.
        found = _fetch(_wanted(path), texts, path) if found is None else found
        title, text = found[line]
        if hashlib.sha256(text.encode()).hexdigest() != source.sha256:
            problem = f"{source.file} has another text at line {source.line} than the one that was labelled"
            raise InputError(path, problem, line=line, remedy="take the release of the texts that the labels name")
        yield line, _with_text(row, title, text, path, line)


def _wanted(path: Path) -> dict[int, TextFrom]:
    wanted: dict[int, TextFrom] = {}
    # What is wrong with a row is told when it is its turn.
    with suppress(InputError):
        for line, row in read_table(path):
            if FIELD in row:
                wanted[line] = _parse(row[FIELD], TextFrom, path, line)
    return wanted


def _with_text(row: dict[str, Any], title: str, text: str, path: Path, line: int) -> dict[str, Any]:
    entities = [_parse(entity, _Entity, path, line) for entity in row.get("entities", [])]
    named = [
        {"name": _cut(text, own.name), "aliases": [_cut(text, alias) for alias in own.aliases]} for own in entities
    ]
    sentences = []
    for sentence in row.get("sentences", []):
        speaker = sentence.get("speaker")
        if speaker is not None:
            at = speaker.get("entity")
            if type(at) is not int or not 0 <= at < len(named):
                problem = f"a speaker's entity is {at!r}, which is the place of none of the {len(named)} entities"
                raise InputError(path, problem, line=line, remedy="see data/real/README.md")
            speaker = {**speaker, "entity": named[at]["name"]}
        sentences.append({**sentence, "speaker": speaker})
    kept = {key: value for key, value in row.items() if key != FIELD}
    return {**kept, "title": title, "text": text, "entities": named, "sentences": sentences}


def _cut(text: str, offsets: Offsets) -> str:
    return text[offsets[0] : offsets[1]]


def _fetch(wanted: Mapping[int, TextFrom], texts: Path | None, path: Path) -> dict[int, tuple[str, str]]:
    """Return (title, text) by the label's line, reading each file once."""
    found = {}
    for name in sorted({own.file for own in wanted.values()}):
        line = next(line for line, own in wanted.items() if own.file == name)
        if texts is None:
            raise InputError(path, f"labels without their text, which stands in {name}", line=line, remedy=_REMEDY)
        if not (texts / name).is_file():
            raise InputError(texts / name, "no such file, from which labelled texts come", remedy=_REMEDY)
        places = [(own.line, line, own.lines) for line, own in wanted.items() if own.file == name]
        end = max(first + count for first, _, count in places)
        kept: dict[int, str] = {}
        inside = {at for first, _, count in places for at in range(first, first + count + 1)}
        for number, text in archive_lines(texts / name):
            if number in inside:
                kept[number] = text
            if number >= end:
                break
        for first, line, count in places:
            body = [kept.get(at, "") for at in range(first + 1, first + count + 1)]
            found[line] = (kept.get(first, ""), "\n".join(body))
    return found


def _parse(value: Any, kind: type[Any], path: Path, line: int) -> Any:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{FIELD}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise InputError(path, problem, line=line, remedy="see data/real/README.md") from None
