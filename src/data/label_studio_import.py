"""What annotators exported from Label Studio (its own JSON), as labelled articles again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import InputError
from ..records import Article, Entity, Mention, Sentence
from .files import read_text
from .label_studio import MENTION, NARRATOR, SENTENCE, SIDES, SPEAKER, side, span
from .label_studio_shape import Annotation, Result, Task, TaskData, Value
from .validate import check_article

EXPORT = "in Label Studio: Export, JSON (not JSON-MIN)"


@dataclass(slots=True)
class _Region:
    start: int
    end: int
    label: str
    answers: dict[str, list[str]] = field(default_factory=dict)


def read_tasks(path: Path) -> list[Any]:
    """Return the tasks of a file that Label Studio exported."""
    if not path.is_file():
        raise InputError(path, "no such file", remedy="give the path from the folder that you work in")
    try:
        tasks = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(path, f"not JSON: {error.msg}", line=error.lineno, remedy=EXPORT) from None
    except (ValueError, RecursionError):
        raise InputError(path, "JSON with too long a number or too deep a nesting", remedy=EXPORT) from None
    if not isinstance(tasks, list):
        raise InputError(path, "no list of tasks", remedy=EXPORT)
    return tasks


def import_tasks(tasks: list[Any], source: Path | str = "tasks") -> list[Article]:
    """Return the labelled articles of the tasks that have an annotation, by the newest one that was not cancelled.

    Raises:
        InputError: the first thing that does not fit, with the number of its task in the file.
    """
    articles: dict[str, tuple[str, Article]] = {}
    for number, raw in enumerate(tasks, start=1):
        place = f"{source}: task {number}"
        try:
            task = Task.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            problem = ": ".join(part for part in (where, first["msg"].removeprefix("Value error, ")) if part)
            remedy = f"give tasks of `qawl label export`; {EXPORT}"
            raise InputError(place, problem, remedy=remedy) from None
        done = [annotation for annotation in task.annotations if not annotation.was_cancelled]
        if not done:
            continue
        meta = task.data.qawl
        if meta.id in articles:
            remedy = "delete one of the two tasks"
            raise InputError(place, f"the article {meta.id!r} is {articles[meta.id][0]} too", remedy=remedy)
        article = _Reader(place, task.data, max(done, key=Annotation.age)).article()
        for problem, remedy in check_article(article):
            raise InputError(place, problem, remedy=remedy)
        articles[meta.id] = f"task {number}", article
    if not articles:
        raise InputError(source, "no task with an annotation", remedy="submit some in Label Studio first")
    return [article for _, article in articles.values()]


class _Reader:
    """One annotation, read against the data of its task."""

    def __init__(self, place: str, data: TaskData, annotation: Annotation) -> None:
        self.place, self.text, self.meta = place, data.text, data.qawl
        self.regions = self._regions(annotation.result)
        self.named: dict[str, list[str]] = {entity.name: list(entity.aliases) for entity in data.qawl.entities}
        self.entity_of = self._name_mentions()
        self.speakers = self._speakers(annotation.result)

    def error(self, problem: str, remedy: str) -> InputError:
        return InputError(self.place, problem, remedy=remedy)

    def article(self) -> Article:
        sentences = [item for item in self.regions.items() if item[1].label == SENTENCE]
        if not sentences:
            raise self.error("no sentence in the annotation", "mark the sentences, or skip the task")
        sentences.sort(key=lambda item: (item[1].start, item[1].end))
        meta = self.meta
        return Article(
            id=meta.id,
            text=self.text,
            title=meta.title,
            outlet=meta.outlet,
            date=meta.date,
            origin=meta.origin,
            sentences=tuple(self._sentence(name, region) for name, region in sentences),
            entities=tuple(Entity(name, tuple(aliases)) for name, aliases in self.named.items()),
            targets=tuple(meta.targets),
        )

    def _regions(self, results: list[Result]) -> dict[str, _Region]:
        regions: dict[str, _Region] = {}
        for result in results:
            if result.type == "labels":
                regions[result.id] = self._region(result.value)
        for result in results:
            if result.type not in ("choices", "textarea"):
                continue
            if result.id not in regions:
                problem = f"an answer to {result.from_name!r} at no labelled region"
                raise self.error(problem, f"label each region {SENTENCE} or {MENTION}")
            value = result.value
            given = value.choices or ([value.text] if isinstance(value.text, str) else value.text or [])
            regions[result.id].answers[result.from_name] = given if result.type == "textarea" else value.choices
        return regions

    def _region(self, value: Value) -> _Region:
        start, end = value.start, value.end
        if start is None or end is None or not 0 <= start < end <= len(self.text):
            problem = f"the region {start}:{end} lies outside the text of {len(self.text)} characters"
            raise self.error(problem, "mark it anew, and leave the text of the task as it was exported")
        said = self.text[start:end]
        if isinstance(value.text, str) and _bare(value.text) != _bare(said):
            # Versions that count emoji as two characters, or a text that was changed after the export.
            problem = f"at {start}:{end} stands {_short(said)}, not {_short(value.text)}"
            raise self.error(problem, "leave the text of the task as it was exported, and use a newer Label Studio")
        if len(value.labels) != 1 or value.labels[0] not in (SENTENCE, MENTION):
            problem = f"{_short(said)} is labelled {', '.join(value.labels) or 'nothing'}"
            raise self.error(problem, f"label it {SENTENCE} or {MENTION}")
        if not said.strip():
            raise self.error(f"the region {start}:{end} is blank", "remove it")
        # A mouse takes the blank beside a word along.
        return _Region(start + len(said) - len(said.lstrip()), start + len(said.rstrip()), value.labels[0])

    def _name_mentions(self) -> dict[str, str]:
        """Return the entity of each mention, and put what is new into the entities and their aliases."""
        names: dict[str, str] = {}
        mentions = sorted(
            (region.start, region.end, name) for name, region in self.regions.items() if region.label == MENTION
        )
        blank = []
        for start, end, name in mentions:
            given = [" ".join(text.split()) for text in self.regions[name].answers.get("entity", []) if text.strip()]
            said = self.text[start:end]
            if len(set(given)) > 1:
                raise self.error(f"the mention «{said}» has two entities", "keep one name")
            if given:
                names[name] = self._known(self.regions[name].answers["entity"], given[0])
                self._add(names[name], said)
            else:
                blank.append((name, said))
        for name, said in blank:
            # Left empty, the mention's own words say who it is.
            owners = (entity for entity, aliases in self.named.items() if said == entity or said in aliases)
            names[name] = next(owners, said)
            self._add(names[name], said)
        return names

    def _known(self, typed: list[str], plain: str) -> str:
        """Return the name as it was typed where an entity bears it so, else without needless blanks."""
        return next((text for text in typed if text in self.named), plain)

    def _add(self, entity: str, said: str) -> None:
        aliases = self.named.setdefault(entity, [])
        if said != entity and said not in aliases:
            aliases.append(said)

    def _speakers(self, results: list[Result]) -> dict[str, list[str]]:
        speakers: dict[str, list[str]] = {}
        for result in results:
            if result.type != "relation":
                continue
            ends = {self.regions[name].label: name for name in (result.from_id, result.to_id) if name in self.regions}
            if set(ends) != {SENTENCE, MENTION}:
                shown = " and ".join(_short(said) for said in self._words(result))
                raise self.error(
                    f"a relation between {shown or 'nothing'} is none between a sentence and a mention", "remove it"
                )
            known = speakers.setdefault(ends[SENTENCE], [])
            if ends[MENTION] not in known:
                known.append(ends[MENTION])
        return speakers

    def _words(self, relation: Result) -> Iterator[str]:
        for name in (relation.from_id, relation.to_id):
            if name in self.regions:
                yield self.text[self.regions[name].start : self.regions[name].end]

    def _sentence(self, name: str, region: _Region) -> Sentence:
        shown = f"the sentence {_short(self.text[region.start : region.end])}"
        topics = region.answers.get("topic", [])
        key = span(region.start, region.end)
        if len(topics) > 1 or (not topics and key not in self.meta.unlabelled.topic):
            raise self.error(f"{shown} has {'two topics' if topics else 'no topic'}", "choose one")
        return Sentence(
            region.start,
            region.end,
            topics[0] if topics else None,
            self._speaker(name, region, shown),
            self._stance(region, key, shown),
        )

    def _speaker(self, name: str, region: _Region, shown: str) -> Mention | None:
        voices, related = region.answers.get("voice", []), self.speakers.get(name, [])
        if unknown := [voice for voice in voices if voice not in (NARRATOR, SPEAKER)]:
            raise self.error(f"{shown} has the unknown voice {unknown[0]!r}", f"choose {NARRATOR} or {SPEAKER}")
        if len(voices) > 1 or not (voices or related):
            raise self.error(f"{shown} is neither the narrator's nor a speaker's", f"choose {NARRATOR} or {SPEAKER}")
        if NARRATOR in voices and related:
            raise self.error(f"{shown} is the narrator's and has a speaker", "choose speaker, or remove the relation")
        if len(related) > 1:
            said = " and ".join(f"«{self.text[self.regions[own].start : self.regions[own].end]}»" for own in related)
            raise self.error(f"{shown} is related to two mentions, {said}", "keep one relation")
        if NARRATOR in voices:
            return None
        if not related:
            raise self.error(f"{shown} has a speaker but no mention", "relate it to the mention, or choose narrator")
        mention = self.regions[related[0]]
        return Mention(self.entity_of[related[0]], mention.start, mention.end)

    def _stance(self, region: _Region, key: str, shown: str) -> dict[str, str]:
        boxes = {side(label, target): (target, label) for target in self.meta.targets for label in SIDES}
        ticked: dict[str, str] = {}
        for tick in region.answers.get("stance", []):
            if tick not in boxes:
                raise self.error(f"{shown} has the unknown stance {tick!r}", "tick boxes of this task's own targets")
            target, label = boxes[tick]
            if ticked.setdefault(target, label) != label:
                raise self.error(f"{shown} is both for and against «{target}»", "keep one tick")
        unlabelled = self.meta.unlabelled.stance
        return {
            target: ticked.get(target, "none")
            for target in self.meta.targets
            if target in ticked or key not in unlabelled.get(target, [])
        }


def _bare(text: str) -> str:
    """Return a text without blanks; Label Studio writes a line break as a backslash and an n."""
    return re.sub(r"\\n|\s", "", text)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"«{words}»" if len(words) <= 50 else f"«{words[:49]}…»"
