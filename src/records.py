"""The records that travel through qawl. Offsets are characters of the article's own text, end exclusive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

TOPICS = (
    "arts_culture",
    "conflict_war_peace",
    "crime_law_justice",
    "disaster_accident",
    "economy_business",
    "education",
    "environment",
    "health",
    "human_interest",
    "labour",
    "lifestyle_leisure",
    "politics_government",
    "religion",
    "science_technology",
    "society",
    "sport",
    "weather",
)
"""The 17 top-level IPTC Media Topics."""

STANCES = ("favor", "against", "none")


@dataclass(frozen=True, slots=True)
class Mention:
    """Where the article names a speaker: `start:end` of its text, and the entity that the string stands for."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A speaker of one article: the fullest form of the name, and every other string that names the same one."""

    name: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its labels. `speaker` None is the narrator; `topic` None is unlabelled."""

    start: int
    end: int
    topic: str | None = None
    speaker: Mention | None = None
    stance: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it came. Labelled ones carry sentences and entities; others have neither."""

    id: str
    text: str
    title: str = ""
    outlet: str = ""
    date: str = ""
    origin: str = ""
    entities: tuple[Entity, ...] = ()
    targets: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()

    def entity(self, name: str) -> Entity:
        """Return the entity of that name, or one without aliases where the list lacks it."""
        return next((entity for entity in self.entities if entity.name == name), Entity(name))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of the input that is no article: where it stands and why. `line` None: the whole file is the row."""

    place: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        """Return all of it in one line, as an error says it."""
        return f"{self.place}: {self.reason}" if self.line is None else f"{self.place}:{self.line}: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {"file": self.place, "line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ScoredSpeaker:
    """Who speaks, with the calibrated probability. All names None: an abstention."""

    entity: str | None
    mention: str | None
    start: int | None
    end: int | None
    score: float


@dataclass(frozen=True, slots=True)
class ScoredLabel:
    """A label with its calibrated probability. `label` None: an abstention."""

    label: str | None
    score: float


@dataclass(frozen=True, slots=True)
class ScoredStance:
    """The stance of whoever speaks toward one target. `label` None: an abstention."""

    target: str
    label: str | None
    score: float


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """One scored sentence, as `qawl score` writes it. `speaker` None is the narrator."""

    article_id: str
    sentence: int
    start: int
    end: int
    text: str
    speaker: ScoredSpeaker | None
    narrator_score: float
    topic: ScoredLabel
    stances: tuple[ScoredStance, ...]
    title: str = ""
    outlet: str = ""
    date: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON types."""
        return {**asdict(self), "stances": [asdict(stance) for stance in self.stances]}
