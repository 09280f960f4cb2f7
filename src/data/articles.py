"""Labelled articles: JSON lines in, records out. The schema stands here once, and is checked at this door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError
from ..records import Article, Entity, Mention, Sentence
from .files import SURROGATE, read_table, whole_file


def _whole(value: str) -> str:
    if SURROGATE.search(value):
        raise ValueError("half of a surrogate pair")
    return value


Text = Annotated[str, AfterValidator(_whole)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Mention(_Row):
    entity: Text
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class _Sentence(_Row):
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    topic: Text | None = None
    speaker: _Mention | None = None
    stance: dict[Text, Text] = {}


class _Entity(_Row):
    name: Text
    aliases: list[Text] = []


class _Article(_Row):
    id: Text = Field(min_length=1)
    title: Text = ""
    text: Text
    outlet: Text = ""
    date: Text = ""
    origin: Text = ""
    entities: list[_Entity] = []
    targets: list[Text] = []
    sentences: list[_Sentence] = Field(min_length=1)


def parse_article(row: dict[str, Any], path: Path | str, line: int) -> Article:
    """Return the record of one JSON object; an InputError names the field that does not fit."""
    try:
        given = _Article.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        remedy = "see the schema of labelled articles in data/README.md"
        problem = first["msg"].removeprefix("Value error, ")
        raise InputError(path, f"{field}: {problem}", line=line, remedy=remedy) from None
    return Article(
        id=given.id,
        text=given.text,
        title=given.title,
        outlet=given.outlet,
        date=given.date,
        origin=given.origin,
        entities=tuple(Entity(entity.name, tuple(entity.aliases)) for entity in given.entities),
        targets=tuple(given.targets),
        sentences=tuple(_sentence(sentence) for sentence in given.sentences),
    )


def _sentence(given: _Sentence) -> Sentence:
    said = given.speaker
    speaker = None if said is None else Mention(said.entity, said.start, said.end)
    return Sentence(given.start, given.end, given.topic, speaker, MappingProxyType(dict(given.stance)))


def iter_articles(path: Path) -> Iterator[tuple[int, Article]]:
    """Yield (line, article) of a JSONL file of labelled articles."""
    for line, row in read_table(path):
        yield line, parse_article(row, path, line)


def article_dict(article: Article) -> dict[str, Any]:
    """Return a labelled article as JSON types, in the order of the schema."""
    return {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "outlet": article.outlet,
        "date": article.date,
        "origin": article.origin,
        "entities": [{"name": entity.name, "aliases": list(entity.aliases)} for entity in article.entities],
        "targets": list(article.targets),
        "sentences": [
            {
                "start": sentence.start,
                "end": sentence.end,
                "topic": sentence.topic,
                "speaker": sentence.speaker
                and {
                    "entity": sentence.speaker.entity,
                    "start": sentence.speaker.start,
                    "end": sentence.speaker.end,
                },
                "stance": dict(sentence.stance),
            }
            for sentence in article.sentences
        ],
    }


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """Write labelled articles as JSON lines, whole or not at all."""
    import json

    with whole_file(path) as stream:
        for article in articles:
            stream.write(json.dumps(article_dict(article), ensure_ascii=False) + "\n")
