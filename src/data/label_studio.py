"""Labelled articles and scored rows as tasks of Label Studio: one article a task, its text as it came.

Sentences and mentions are regions of the text. A sentence has a topic, says whether a speaker talks, and lists the
targets that whoever talks is for or against; a relation leads from it to the mention that names its speaker. A mention
has the name of its entity. What the page of Label Studio does not show rides along in `data.qawl`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import fmean
from typing import Any

from ..errors import InputError
from ..records import STANCES, TOPICS, Article, Mention, ScoredRow, Sentence

SENTENCE, MENTION = "sentence", "mention"
NARRATOR, SPEAKER = "narrator", "speaker"
SIDES = tuple(stance for stance in STANCES if stance != "none")
"""What can be ticked for a target; a target without a tick is `none`, as in a draft."""

Task = dict[str, Any]
Result = dict[str, Any]

_SENTENCE_ONLY = 'toName="text" perRegion="true" whenTagName="span" whenLabelValue="sentence"'

# Targets differ from task to task: their boxes come from the task's own `sides`, not from the configuration.
CONFIG = f"""<View style="display: flex; gap: 1em; align-items: flex-start">
  <View style="flex: 3; direction: rtl; text-align: right; font-size: 1.15em; line-height: 2">
    <Header value="$title"/>
    <Text name="text" value="$text" granularity="symbol" showLabels="false"/>
  </View>
  <View style="flex: 1; min-width: 22em; position: sticky; top: 0">
    <Labels name="span" toName="text" choice="single">
      <Label value="{SENTENCE}" background="#9ec5e8"/>
      <Label value="{MENTION}" background="#f2a541"/>
    </Labels>
    <View visibleWhen="region-selected" whenTagName="span" whenLabelValue="{SENTENCE}">
      <Header value="Topic" size="5"/>
      <Choices name="topic" {_SENTENCE_ONLY}
               choice="single" layout="select" required="true" requiredMessage="A sentence has no topic.">
{{topics}}
      </Choices>
      <Header value="Whose words? For a speaker, relate the sentence to the mention." size="5"/>
      <Choices name="voice" {_SENTENCE_ONLY}
               choice="single-radio" layout="inline" required="true"
               requiredMessage="Is it the narrator or a speaker?">
        <Choice value="{NARRATOR}"/>
        <Choice value="{SPEAKER}"/>
      </Choices>
      <Header value="Stance: tick what they are for or against" size="5"/>
      <Choices name="stance" {_SENTENCE_ONLY} choice="multiple" value="$sides"/>
    </View>
    <View visibleWhen="region-selected" whenTagName="span" whenLabelValue="{MENTION}">
      <Header value="Entity: the fullest name" size="5"/>
      <TextArea name="entity" toName="text" perRegion="true" whenTagName="span" whenLabelValue="{MENTION}"
                maxSubmissions="1" editable="true" rows="1"/>
    </View>
  </View>
</View>
""".replace("{topics}", "\n".join(f'        <Choice value="{topic}"/>' for topic in TOPICS))
"""The labelling configuration that the tasks need."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with the model's probabilities, and what the model left open."""

    sentence: Sentence
    scores: Mapping[str, float] = field(default_factory=dict)
    open: tuple[str, ...] = ()


def export_tasks(
    given: Iterable[Article | ScoredRow], sources: Mapping[str, Article] | None = None, *, model_version: str = "qawl"
) -> list[Task]:
    """Return the tasks of labelled articles (with annotations) or of scored rows (with predictions).

    Args:
        given: labelled articles, or rows of `qawl score` with those of one article in a run.
        sources: the articles that were scored, by id. Without them a text is its sentences with blanks between.
        model_version: the name that Label Studio shows over the predictions.

    Raises:
        InputError: an article that the sources lack, or whose text is not what was scored.
    """
    tasks: list[Task] = []
    for key, run in groupby(given, key=lambda item: item.article_id if isinstance(item, ScoredRow) else None):
        if key is None:
            tasks += [_labelled(article) for article in run if isinstance(article, Article)]
        else:
            tasks.append(_scored([row for row in run if isinstance(row, ScoredRow)], sources, model_version))
    return tasks


def span(start: int, end: int) -> str:
    """Return the key of a stretch of text in `data.qawl`."""
    return f"{start}:{end}"


def side(label: str, target: str) -> str:
    """Return the text of the box that is ticked for a side on a target."""
    return f"{label}: {target}"


def _labelled(article: Article) -> Task:
    results = _results(article.text, [_Unit(sentence) for sentence in article.sentences])
    return {"data": _data(article), "annotations": [{"result": results}]}


def _scored(rows: Sequence[ScoredRow], sources: Mapping[str, Article] | None, model_version: str) -> Task:
    first = rows[0]
    if sources is None:
        source = Article(first.article_id, _rebuilt(rows), first.title, first.outlet, first.date)
    elif first.article_id in sources:
        source = sources[first.article_id]
        _check_source(source, rows)
    else:
        remedy = "give the inputs of `qawl score`, named as they were there"
        raise InputError(first.article_id, "no such article among the articles", remedy=remedy)
    units = [_unit(row) for row in rows]
    article = Article(
        source.id,
        source.text,
        source.title,
        source.outlet,
        source.date,
        source.origin,
        targets=tuple(dict.fromkeys(stance.target for row in rows for stance in row.stances)),
    )
    score = fmean(score for unit in units for score in unit.scores.values())
    results = _results(source.text, units)
    # What a model abstained from is the annotator's to settle: nothing may stay unlabelled as in a labelled article.
    prediction = {"model_version": model_version, "score": score, "result": results}
    return {"data": _data(article), "predictions": [prediction]}


def _rebuilt(rows: Sequence[ScoredRow]) -> str:
    text = ""
    for row in rows:
        if len(row.text) != row.end - row.start or row.start < len(text):
            problem = f"sentence {row.sentence} does not fit at {row.start}:{row.end}"
            raise InputError(row.article_id, problem, remedy="give the articles that were scored with --articles")
        text = text.ljust(row.start) + row.text
    return text


def _check_source(source: Article, rows: Sequence[ScoredRow]) -> None:
    for row in rows:
        said = row.speaker
        fits = source.text[row.start : row.end] == row.text
        if fits and said is not None and said.start is not None:
            fits = source.text[said.start : said.end] == said.mention
        if not fits:
            problem = f"sentence {row.sentence} is not what stands in the article at {row.start}:{row.end}"
            raise InputError(row.article_id, problem, remedy="give the very articles that were scored")


def _unit(row: ScoredRow) -> _Unit:
    said, mention = row.speaker, None
    if said is not None and said.entity is not None and said.start is not None and said.end is not None:
        mention = Mention(said.entity, said.start, said.end)
    stance = {stance.target: stance.label for stance in row.stances if stance.label is not None}
    taken = [stance.score for stance in row.stances if stance.label in SIDES]
    open_ = [f"stance toward «{stance.target}»" for stance in row.stances if stance.label is None]
    if said is not None and mention is None:
        open_.insert(0, "speaker")
    if row.topic.label is None:
        open_.insert(0, "topic")
    scores = {"topic": row.topic.score, "voice": row.narrator_score if said is None else said.score}
    if taken:
        # One result holds all ticks of a sentence: it is as sure as the least sure of them.
        scores["stance"] = min(taken)
    return _Unit(Sentence(row.start, row.end, row.topic.label, mention, stance), scores, tuple(open_))


def _data(article: Article) -> dict[str, Any]:
    spans = [(span(sentence.start, sentence.end), sentence) for sentence in article.sentences]
    return {
        "title": article.title,
        "text": article.text,
        "sides": [{"value": side(label, target)} for target in article.targets for label in SIDES],
        "qawl": {
            "id": article.id,
            "title": article.title,
            "outlet": article.outlet,
            "date": article.date,
            "origin": article.origin,
            "entities": [{"name": entity.name, "aliases": list(entity.aliases)} for entity in article.entities],
            "targets": list(article.targets),
            # What had no label before stays without one, unless the annotator gives it one.
            "unlabelled": {
                "topic": [key for key, sentence in spans if sentence.topic is None],
                "stance": {
                    target: keys
                    for target in article.targets
                    if (keys := [key for key, sentence in spans if target not in sentence.stance])
                },
            },
        },
    }


def _results(text: str, units: Sequence[_Unit]) -> list[Result]:
    """Return the regions, their answers and the relations, as Label Studio writes them."""
    results: list[Result] = []
    mentions: dict[Mention, str] = {}
    for number, unit in enumerate(units):
        sentence, name = unit.sentence, f"s{number}"
        region = _region(name, text, sentence.start, sentence.end, SENTENCE)
        if unit.open:
            region["meta"] = {"text": [f"open: {', '.join(unit.open)}"]}
        results.append(region)
        ticks = [side(label, target) for target, label in sentence.stance.items() if label in SIDES]
        voice = NARRATOR if sentence.speaker is None else SPEAKER
        answers = {
            "topic": [] if sentence.topic is None else [sentence.topic],
            "voice": [] if "speaker" in unit.open else [voice],
            "stance": ticks,
        }
        for control, choices in answers.items():
            if choices:
                results.append(_answer(region, control, "choices", choices, unit.scores.get(control)))
        if sentence.speaker is not None:
            own = mentions.setdefault(sentence.speaker, f"m{len(mentions)}")
            results.append({"type": "relation", "from_id": name, "to_id": own, "direction": "right", "labels": []})
    for mention, name in mentions.items():
        region = _region(name, text, mention.start, mention.end, MENTION)
        results += [region, _answer(region, "entity", "textarea", [mention.entity], None)]
    return results


def _region(name: str, text: str, start: int, end: int, label: str) -> Result:
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": name, "from_name": "span", "to_name": "text", "type": "labels", "value": value}


def _answer(region: Result, control: str, kind: str, given: list[str], score: float | None) -> Result:
    place = {"start": region["value"]["start"], "end": region["value"]["end"]}
    value = {**place, "text" if kind == "textarea" else kind: given}
    result = {"id": region["id"], "from_name": control, "to_name": "text", "type": kind, "value": value}
    return result if score is None else {**result, "score": score}
