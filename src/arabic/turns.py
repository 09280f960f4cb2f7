"""Who speaks by the layout of a text: turns with a name and a colon, interviews, lists under «جاء فيه:»."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .lexicon import is_role
from .mentions import noun_phrase
from .names import name_only
from .normalise import plain
from .spans import Span

Role = Literal["named", "answer", "question", "item"]

_BULLET = re.compile(r"[ \t]*[-–—•*■▪●][ \t]*")
# «12:40 م: », «10:20 – », «06:45 | »: a live report opens its entries so.
_CLOCK = re.compile(r"[ \t]*\d{1,2}[:.]\d{2}(?:[ \t]*[صم]\b)?[ \t]*[-–—|:][ \t]*")
_LABEL = re.compile(
    r"(?P<name>@\w+|[^:\n«»\"“”()؟!،]{2,70}(?:«[^:\n«»]{1,30}»[^:\n«»()؟!،]{0,40})?)\s*(?:\([^)\n]{1,30}\))?\s*:\s*(?=\S)"
)
_TO_OUTLET = re.compile(r"\s+(?:ل[ـ«\"]|للصحفيين|للصحافيين).*$")
# «كتب سامر عواد:», «حاورها:»: who made the article is not who speaks in it.
_BYLINE = frozenset(
    "كتب كتبت حاوره حاورها حاورهم حوار يحرره تحرير اعداد ترجمه ترجمة تصوير بقلم متابعه متابعة مراسل اجري اجرت".split()
)
_WORD = re.compile(r"\w+")
_QUESTION = re.compile(r"؟[\s»”\")]*$")
MOST_LABEL_WORDS = 12
# Within so many characters an interview presents its guest.
_INTRODUCTION = 4000


@dataclass(frozen=True)
class Turn:
    """What the layout tells about a sentence; `speaker` is the name that the turn opens with."""

    role: Role
    speaker: Span | None = None


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    bullet: str
    clock: bool
    label: Span | None
    asks: bool


def find_turns(text: str, sentences: Sequence[tuple[int, int]], verbs: Sequence[int] = ()) -> list[Turn | None]:
    """Return for each sentence its turn, None where the layout tells nothing. The time is linear."""
    lines = [_line(text, start, end, verbs) for start, end in _lines(text, sentences)]
    labels = Counter(text[line.label.start : line.label.end] for line in lines if line.label is not None)
    asked = sum(line.asks and bool(line.bullet) for line in lines) >= 2 or _is_dialogue(text, lines, labels)
    asking = _asking_bullets(lines) if asked else frozenset()
    turns: list[Turn | None] = []
    previous: _Line | None = None
    was: Turn | None = None
    at = 0
    for line in lines:
        turn = _turn(text, line, previous, was, labels, asked, asking)
        while at < len(sentences) and sentences[at][0] < line.end:
            start, end = sentences[at]
            own = turn
            if turn is not None and turn.role == "question":
                own = turn if _QUESTION.search(text[start:end]) else None
            elif turn is not None and turn.role == "named" and line.clock and start > line.start + 1:
                own = None
            turns.append(own)
            at += 1
        previous, was = line, turn
    return turns + [None] * (len(sentences) - len(turns))


def introduced(text: str, start: int, end: int) -> Span | None:
    """Return the guest whom `text[start:end]`, before a question, names with a title: «المخرجة سلافة الميداني»."""
    for word in _WORD.finditer(text, start, min(end, _INTRODUCTION)):
        if not is_role(word.group()):
            continue
        phrase = noun_phrase(text, word.start(), end)
        if phrase is not None and len(text[phrase.start : phrase.end].split()) >= 2:
            return name_only(text, phrase)
    return None


def _lines(text: str, sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    for start, end in sentences:
        if lines and "\n" not in text[lines[-1][1] : start]:
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
    return lines


def _line(text: str, start: int, end: int, verbs: Sequence[int]) -> _Line:
    at = start
    bullet = ""
    clock = False
    if match := _CLOCK.match(text, at, end):
        at, clock = match.end(), True
    elif match := _BULLET.match(text, at, end):
        at, bullet = match.end(), match.group().strip()
    label = _label(text, at, end)
    if label is not None and bisect_left(verbs, label.start) < bisect_left(verbs, label.end):
        label = None
    return _Line(start, end, bullet, clock, label, bool(_QUESTION.search(text[start:end])))


def _label(text: str, start: int, end: int) -> Span | None:
    match = _LABEL.match(text, start, end)
    if match is None or match.end() >= end:
        return None
    name = _TO_OUTLET.sub("", match.group("name")).rstrip()
    words = name.split()
    if not words or len(words) > MOST_LABEL_WORDS or any(plain(word) in _BYLINE for word in words):
        return None
    return Span(start, start + len(name))


def _is_dialogue(text: str, lines: list[_Line], labels: Counter[str]) -> bool:
    """Tell whether a label that comes back answers questions."""
    return any(
        before.asks and line.label is not None and labels[text[line.label.start : line.label.end]] >= 2
        for before, line in pairwise(lines)
    )


def _asking_bullets(lines: list[_Line]) -> frozenset[str]:
    """Return the bullets that open questions and no answers; where one opens both, it is not among them."""
    bullets = {line.bullet for line in lines if line.bullet}
    asks = Counter(line.bullet for line in lines if line.bullet and line.asks)
    answers = Counter(line.bullet for before, line in pairwise(lines) if before.asks and not line.asks)
    return frozenset(bullet for bullet in bullets if asks[bullet] > answers[bullet])


def _turn(
    text: str,
    line: _Line,
    previous: _Line | None,
    was: Turn | None,
    labels: Counter[str],
    asked: bool,
    asking: frozenset[str],
) -> Turn | None:
    after_question = previous is not None and was is not None and was.role == "question"
    if line.label is not None and _is_speaker(text, line, previous, labels, asked):
        return Turn("question") if asked and line.asks else Turn("named", line.label)
    if asked and line.bullet and (line.asks or line.bullet in asking):
        return Turn("question")
    if after_question and asked:
        return Turn("answer")
    in_list = was is not None and was.role == "item"
    if line.bullet and previous is not None and (in_list or text[previous.start : previous.end].rstrip().endswith(":")):
        return Turn("item")
    return None


def _is_speaker(text: str, line: _Line, previous: _Line | None, labels: Counter[str], asked: bool) -> bool:
    assert line.label is not None
    name = text[line.label.start : line.label.end]
    if name.startswith("@"):
        return True
    if line.clock:
        return True
    if asked and (labels[name] >= 2 or (previous is not None and previous.asks)):
        return True
    # «القسوس: …» in running text: a name that the text had before, with a turn long enough to be words of hers
    last = name.split()[-1]
    return labels[name] >= 2 and len(last) > 3 and text.find(last) < line.label.start and len(name.split()) <= 4
