"""What the report's page shows: the scored rows, counted and in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..arabic.normalise import INVISIBLE, TASHKEEL, TATWEEL, fold
from ..records import ScoredRow

TOPIC_NAMES = {
    "arts_culture": "فنون وثقافة",
    "conflict_war_peace": "نزاع وحرب وسلام",
    "crime_law_justice": "جريمة وقانون وعدالة",
    "disaster_accident": "كوارث وحوادث",
    "economy_business": "اقتصاد وأعمال",
    "education": "تعليم",
    "environment": "بيئة",
    "health": "صحة",
    "human_interest": "قصص إنسانية",
    "labour": "عمل وعمال",
    "lifestyle_leisure": "نمط حياة وترفيه",
    "politics_government": "سياسة وحكم",
    "religion": "دين",
    "science_technology": "علوم وتكنولوجيا",
    "society": "مجتمع",
    "sport": "رياضة",
    "weather": "طقس",
}
"""What an Arabic reader calls the 17 topics."""

NARRATOR, UNDECIDED = "n", "x"
LOOKS = 12
"""Six colours, which colour-blind eyes tell apart too, each plain and striped."""

_DROPPED = re.compile(f"[{INVISIBLE}{TASHKEEL}{TATWEEL}]+")
_MARKS = {
    "favor": ("مؤيد", "▲", "favor"),
    "against": ("معارض", "▼", "against"),
    "none": ("بلا موقف", "", "none"),
}
_ABSTAINED = ("امتناع", "؟", "undecided")

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """One count of the page: its code in the filters, its name, its look, the first row that it counts."""

    code: str
    name: str
    css: str
    count: int
    first: int
    share: float
    glyph: str = ""

    @property
    def width(self) -> int:
        """The share as one of the page's width classes: what is there at all can be seen."""
        return max(1, round(100 * self.share)) if self.share else 0


@dataclass(frozen=True, slots=True)
class Mark:
    """One stance beside a sentence; `code` is `target.stance` as the filters know it."""

    code: str
    target: str
    kind: Tally
    score: float


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the page: its text cut before and after the speaker's mention, if that lies inside."""

    number: int
    row: ScoredRow
    voice: Tally
    topic: Tally
    parts: tuple[str, str, str]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One article of the page."""

    number: int
    title: str
    outlet: str
    date: str
    lines: tuple[Line, ...]
    voices: tuple[Tally, ...]
    stances: tuple[Tally, ...]


def page(rows: Sequence[ScoredRow]) -> dict[str, Any]:
    """Return what `report.html.j2` shows: every name that the template knows but the title."""
    articles: dict[str, list[ScoredRow]] = {}
    for row in rows:
        articles.setdefault(row.article_id, []).append(row)
    for article in articles.values():
        article.sort(key=lambda row: (row.start, row.sentence))
    ordered = [row for article in articles.values() for row in article]
    voices = _voices(ordered)
    topics = _topics(ordered)
    asked = dict.fromkeys(stance.target for row in ordered for stance in row.stances)
    targets = {target: place for place, target in enumerate(asked)}
    kinds = _kinds(ordered)
    lines = [
        Line(n, row, voices[_voice(row)], topics[row.topic.label], _parts(row), _marks(row, targets, kinds))
        for n, row in enumerate(ordered, start=1)
    ]
    stories, at = [], 0
    for number, article in enumerate(articles.values(), start=1):
        stories.append(_story(number, article[0], lines[at : at + len(article)], kinds.values()))
        at += len(article)
    named = [voice for voice in voices.values() if voice.code not in (NARRATOR, UNDECIDED)]
    apart = [voices[code] for code in (NARRATOR, UNDECIDED) if code in voices]
    marked = ((line, mark) for line in lines for mark in line.marks)
    cells = _tallies(((line.voice.code, *mark.code.split(".")), line.number) for line, mark in marked)
    answered = {voice for voice, _, _ in cells}
    taking = {voice for voice, _, kind in cells if kind != kinds["none"].code}
    dates = sorted({story.date for story in stories if story.date})
    return {
        "stories": stories,
        "lines": lines,
        "named": named,
        "apart": apart,
        "shown": LOOKS,
        "top": max((voice.count for voice in named), default=1),
        "topics": sorted(topics.values(), key=lambda topic: (-topic.count, topic.first)),
        "abstentions": sum(map(_abstentions, ordered)),
        "targets": list(targets),
        "kinds": list(kinds.values()),
        "matrix": {
            voice.code: [_cell(cells, voice.code, target, kinds.values()) for target in range(len(targets))]
            for voice in (*named, *apart)
            if voice.code in answered
        },
        "quiet": answered - taking,
        "dates": dates if all(re.fullmatch(r"\d{4}-\d\d-\d\d.*", date) for date in dates) else [],
        "outlets": list(dict.fromkeys(story.outlet for story in stories if story.outlet)),
    }


def _tallies(pairs: Iterable[tuple[Key, int]]) -> dict[Key, tuple[int, int]]:
    """Return how often each key comes, and the number of the row where it comes first."""
    counts: dict[Key, tuple[int, int]] = {}
    for key, number in pairs:
        count, first = counts.get(key, (0, number))
        counts[key] = (count + 1, first)
    return counts


def _voice(row: ScoredRow) -> str:
    """Return who speaks as a key that spellings of one name share across articles («الروسى», «الروسي»)."""
    if row.speaker is None:
        return NARRATOR
    name = row.speaker.entity or ""
    return f"={' '.join(_DROPPED.sub('', fold(name)).casefold().split()) or name}" if name else UNDECIDED


def _abstentions(row: ScoredRow) -> int:
    """Return how many of the row's questions were left open: speaker, topic, and each stance."""
    labels = [row.topic.label, *(stance.label for stance in row.stances)]
    return labels.count(None) + (_voice(row) == UNDECIDED)


def _voices(rows: Sequence[ScoredRow]) -> dict[str, Tally]:
    """Return the speakers, whoever says most first; colours follow that order."""
    names: dict[str, Counter[str]] = {}
    for row in rows:
        if row.speaker is not None and row.speaker.entity:
            names.setdefault(_voice(row), Counter())[row.speaker.entity] += 1
    counts = _tallies((_voice(row), number) for number, row in enumerate(rows, start=1))
    looks = _looks(rows, [key for key, _ in _ranked(counts) if key in names])
    voices: dict[str, Tally] = {}
    for key, (count, first) in _ranked(counts):
        if key == NARRATOR:
            code, name, css = NARRATOR, "الراوي", "cn"
        elif key == UNDECIDED:
            code, name, css = UNDECIDED, "متحدث غير محسوم", "cx"
        else:
            code, name, css = str(len(voices)), names[key].most_common(1)[0][0], looks[key]
        voices[key] = Tally(code, name, css, count, first, count / len(rows))
    return voices


def _looks(rows: Sequence[ScoredRow], ranked: Sequence[str]) -> dict[str, str]:
    """Return the colour class of each speaker: one look everywhere, and none shared inside an article.

    Those who say most over all articles have a look of their own. Each other one takes what is free in all of
    its articles, unstriped and little used first; where nothing is free, it is grey.
    """
    where: dict[str, set[str]] = {}
    for row in rows:
        where.setdefault(_voice(row), set()).add(row.article_id)
    taken: dict[str, set[int]] = {}
    uses: Counter[int] = Counter()
    looks: dict[str, str] = {}
    for rank, key in enumerate(ranked):
        busy = set().union(*(taken.get(article, set()) for article in where[key]))
        free = [rank] if rank < LOOKS else [look for look in range(LOOKS) if look not in busy]
        look = min(free, key=lambda look: (look >= LOOKS // 2, uses[look], look), default=None)
        looks[key] = "cr" if look is None else f"c{look}"
        if look is not None:
            uses[look] += 1
            for article in where[key]:
                taken.setdefault(article, set()).add(look)
    return looks


def _topics(rows: Sequence[ScoredRow]) -> dict[str | None, Tally]:
    counts = _tallies((row.topic.label, number) for number, row in enumerate(rows, start=1))
    return {
        label: Tally(
            UNDECIDED if label is None else str(code),
            "امتناع" if label is None else TOPIC_NAMES.get(label, label),
            "undecided" if label is None else "",
            count,
            first,
            count / len(rows),
        )
        for code, (label, (count, first)) in enumerate(counts.items())
    }


def _kinds(rows: Sequence[ScoredRow]) -> dict[str | None, Tally]:
    """Return the stances that the page can show: the known three, the abstention, labels of the user's."""
    counts = _tallies((stance.label, n) for n, row in enumerate(rows, start=1) for stance in row.stances)
    own = [label for label in counts if label is not None and label not in _MARKS]
    kinds: dict[str | None, Tally] = {}
    for label in ("favor", "against", *own, None, "none"):
        name, glyph, css = _ABSTAINED if label is None else _MARKS.get(label, (label, "◆", "other"))
        count, first = counts.get(label, (0, 0))
        kinds[label] = Tally(str(len(kinds)), name, css, count, first, 0.0, glyph)
    return kinds


def _marks(row: ScoredRow, targets: Mapping[str, int], kinds: Mapping[str | None, Tally]) -> tuple[Mark, ...]:
    found = ((targets[stance.target], kinds[stance.label], stance) for stance in row.stances)
    marks = [Mark(f"{place}.{kind.code}", stance.target, kind, stance.score) for place, kind, stance in found]
    return tuple(sorted(marks, key=lambda mark: int(mark.kind.code)))


def _parts(row: ScoredRow) -> tuple[str, str, str]:
    """Cut the text around the mention. One in an earlier sentence, or offsets that miss it, mark nothing."""
    speaker = row.speaker
    if speaker and speaker.mention and speaker.start is not None and speaker.end is not None:
        start, end = speaker.start - row.start, speaker.end - row.start
        if 0 <= start < end <= len(row.text) and row.text[start:end] == speaker.mention:
            return row.text[:start], row.text[start:end], row.text[end:]
    return row.text, "", ""


def _story(number: int, row: ScoredRow, lines: Sequence[Line], kinds: Iterable[Tally]) -> Story:
    voices = _tallies((line.voice, line.number) for line in lines)
    stances = _tallies((mark.kind, line.number) for line in lines for mark in line.marks)
    return Story(
        number,
        row.title or row.article_id,
        row.outlet,
        row.date,
        tuple(lines),
        tuple(_share(voice, count, first, len(lines)) for voice, (count, first) in _ranked(voices)),
        tuple(_share(kind, *stances[kind], 0) for kind in kinds if kind in stances and kind.css != "none"),
    )


def _ranked(counts: Mapping[Key, tuple[int, int]]) -> list[tuple[Key, tuple[int, int]]]:
    """Return the tallies, the most frequent first, then whatever comes first in the articles."""
    return sorted(counts.items(), key=lambda item: (-item[1][0], item[1][1]))


def _share(tally: Tally, count: int, first: int, of: int) -> Tally:
    return replace(tally, count=count, first=first, share=count / of if of else 0.0)


def _cell(
    cells: Mapping[tuple[str, ...], tuple[int, int]], voice: str, target: int, kinds: Iterable[Tally]
) -> list[Tally]:
    """Return the stances of one speaker toward one target, only those that were taken."""
    found = [(kind, *cells.get((voice, str(target), kind.code), (0, 0))) for kind in kinds]
    total = sum(count for _, count, _ in found)
    return [_share(kind, count, first, total) for kind, count, first in found if count]
