"""The JSON of Label Studio, as far as qawl reads it; whatever else stands there is passed over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from .articles import Text


class EntityData(BaseModel):
    """A speaker of the article, as in the corpus."""

    name: Text
    aliases: list[Text] = []


class Unlabelled(BaseModel):
    """What had no label when it was exported: stretches of text, for the topic and for each target."""

    topic: list[str] = []
    stance: dict[str, list[str]] = {}


class MetaData(BaseModel):
    """What an article has beside its text."""

    id: Annotated[Text, Field(min_length=1)]
    title: Text = ""
    outlet: Text = ""
    date: Text = ""
    origin: Text = ""
    entities: list[EntityData] = []
    targets: list[Text] = []
    unlabelled: Unlabelled = Unlabelled()


class TaskData(BaseModel):
    """The `data` of a task that qawl exported."""

    text: Text
    qawl: MetaData


class Value(BaseModel):
    """The place of a result and what was marked, chosen or written there."""

    start: int | None = None
    end: int | None = None
    labels: list[str] = []
    choices: list[str] = []
    text: Text | list[Text] | None = None


class Result(BaseModel):
    """A region, an answer at a region, or a relation between two."""

    type: str
    id: str = ""
    from_name: str = ""
    from_id: str = ""
    to_id: str = ""
    value: Value = Value()


class Annotation(BaseModel):
    """What one annotator submitted."""

    result: list[Result]
    was_cancelled: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def age(self) -> datetime:
        """Return when it was last touched; without a date it is the oldest of all."""
        when = self.updated_at or self.created_at or datetime.min
        return when if when.tzinfo else when.replace(tzinfo=UTC)


class Task(BaseModel):
    """An article with what annotators made of it."""

    data: TaskData
    annotations: list[Annotation] = []
