"""Cue rules for who speaks: the baseline that a learned model has to leave behind. Sentence after sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .cues import Cue, find_cues
from .mentions import STOPS, noun_phrase
from .normalise import plain
from .quotes import find_quotes
from .spans import Span

How = Literal["named", "implied", "continued", "narrator"]

_MINOR = frozenset(
    (
        "الذي التي الذين اللذين اللواتي بعدما عندما حينما حين ان بان لان انه انها ريثما كي حتي الا ما مما بما اذا "
        "لو بعد قبل لم لن لا"
    ).split()
)
_FRONT = frozenset(
    ("لكن ولكن الا ان اما فيما بينما غير بيد وان فان لقد وقد فقد قد كما ثم حيث وكان وكانت كان كانت").split()
)
_WITH_BA = frozenset(
    ("أشاد طالب رحب اتهم ندد نوه تعهد هدد اعترف أقر وصف وعد أوصى توعد اكتفى علق صرح أدلى ذكر استشهد سخر").split()
)
# Verbs that take a plain object, which stands right after their subject.
_TRANSITIVE = frozenset(
    ("وصف وجه أبدى نفى رفض أعلن أدان انتقد استنكر حمل اقترح أعاد عزا ثمن هنأ شكر أيد بارك توقع دعا جدد حذر").split()
)
_CLOSES_SUBJECT = re.compile(r"\s*(?:[،,:«\"“]|(?:أن|ان|أنه|أنها|إن)\b)")
_CONJUNCTION = re.compile(r"\s*[وف](?=[\u0621-\u064a]{3})")
_WORD = re.compile(r"\S+")
# «نقلت الوكالة عن الوزير»، «بيان صادر عن القيادة»: the one behind it, not the relay.
_RELAYED = re.compile(r"\s(?:صادر|صادرة|صدر)?\s?عن\s")
_ADJECTIVE = re.compile("مقتضب|مشترك|رسمي|عاجل|صحفي|مكتوب|سابق|لاحق|منفصل|صادر|له|لها")
SUBJECT_WORDS = 9
"""A subject that stands before its verb has at most this many words, else the verb is in a minor clause."""


@dataclass(frozen=True)
class Attribution:
    """How a sentence is attributed, and the mention of its speaker in the text.

    For the narrator, the mention is who would be the likeliest speaker if it were a report after all.
    """

    how: How
    mention: Span | None


@dataclass
class _Memory:
    """Who spoke so far, the latest last, with the gender that the verb showed."""

    speakers: list[tuple[Span, bool | None]] = field(default_factory=list)
    subject: Span | None = None

    def latest(self, feminine: bool | None) -> Span | None:
        for span, own in reversed(self.speakers):
            if feminine is None or own is None or own == feminine:
                return span
        return self.speakers[-1][0] if self.speakers else self.subject


def attribute(text: str, sentences: Sequence[tuple[int, int]]) -> list[Attribution]:
    """Attribute each sentence of a text; mentions are spans of the text, in the sentence or before it."""
    quotations = [(quote.content_start, quote.content_end) for quote in find_quotes(text)]
    cues = find_cues(text)
    memory = _Memory()
    results = []
    for start, end in sentences:
        own = [cue for cue in cues if start <= cue.start < end]
        within = [span for span in quotations if span[0] < end and span[1] > start]
        if any(opened < start - 1 and start < closed for opened, closed in within) and memory.speakers:
            results.append(Attribution("continued", memory.speakers[-1][0]))
            continue
        attribution = _attribute_one(text, start, end, own, within, memory)
        if attribution.how == "narrator":
            memory.subject = _acting_subject(text, start, end) or memory.subject
            # Who would have spoken, were it a report: decoding wants an alternative to weigh against.
            attribution = Attribution("narrator", memory.latest(None))
        results.append(attribution)
    return results


def _attribute_one(
    text: str, start: int, end: int, cues: list[Cue], quotations: list[tuple[int, int]], memory: _Memory
) -> Attribution:
    outside = [cue for cue in cues if not any(a <= cue.start < b for a, b in quotations)]
    relays = [cue for cue in outside if cue.lemma.startswith("نقل") and cue.kind == "source_phrase"]
    for cue in [
        *relays,
        *(cue for cue in outside if cue.kind in ("verb", "source_phrase") and cue not in relays),
    ]:
        if cue.kind == "verb" and (_is_minor(text, start, cue) or _is_byline(text, start, end, cue)):
            continue
        # «ومضت تقول»: the second verb belongs to the first, and so does its subject.
        following = next((own for own in cues if own.kind == "verb" and 0 < own.start - cue.end <= 2), None)
        mention = _mention(text, start, end, following or cue)
        if mention is not None:
            memory.speakers.append((mention, cue.feminine))
            return Attribution("named", mention)
        if cue.kind == "source_phrase":
            continue
        implied = memory.latest(cue.feminine)
        if implied is not None:
            memory.speakers.append((implied, cue.feminine))
            return Attribution("implied", implied)
    participles = [cue for cue in outside if cue.kind == "participle"]
    if participles and (mention := _acting_subject(text, start, participles[0].start)) is not None:
        memory.speakers.append((mention, participles[0].feminine))
        return Attribution("named", mention)
    return Attribution("narrator", None)


def _is_byline(text: str, start: int, end: int, cue: Cue) -> bool:
    # «كتب محمود الشافعى:» at the head of an article says who wrote it; the article is the narrator's.
    return cue.lemma == "كتب" and not text[:start].strip() and ":" in text[cue.end : min(end, cue.end + 40)]


def _mention(text: str, start: int, end: int, cue: Cue) -> Span | None:
    """Return the subject after the verb or, where none stands there, the one before it."""
    if (source := _RELAYED.search(text, cue.end, end)) and (
        cue.lemma == "نقل" or "بيان" in text[cue.start : source.start()]
    ):
        return noun_phrase(text, source.end(), end)
    after = noun_phrase(text, cue.end, end, cut_at_ba=cue.lemma in _WITH_BA)
    if after is not None and cue.lemma in _TRANSITIVE and not _CLOSES_SUBJECT.match(text, after.end):
        after = _without_object(text, after)
    if cue.kind == "source_phrase":
        # «في بيان مقتضب، ردت الشركة»: a statement without an owner leaves the question to the verb.
        return None if "بيان" in cue.lemma and after is not None and _ADJECTIVE.match(text, after.start) else after
    before = _subject_before(text, start, cue.start)
    return (
        before if before is not None and (after is None or cue.start > start + 1) and _finite(before, text) else after
    )


def _without_object(text: str, phrase: Span) -> Span:
    """Cut «بوتين الشكر» to «بوتين»: a subject is named again elsewhere in the text, with its object it is not."""
    for end in reversed([match.end() for match in _WORD.finditer(text, phrase.start, phrase.end)][:-1]):
        named = re.compile(rf"(?<!\w){re.escape(text[phrase.start : end])}(?!\w)")
        if any(match.start() != phrase.start for match in named.finditer(text)):
            return Span(phrase.start, end)
    return phrase


def _finite(span: Span, text: str) -> bool:
    # What stands before the verb is its subject only if it looks like a noun phrase: definite, or a known title.
    first = plain(text[span.start : span.end].split()[0])
    return first.startswith("ال") or " " in text[span.start : span.end]


def _subject_before(text: str, start: int, verb: int) -> Span | None:
    # «وكان الصندوق قد أعلن»: the particle stands between the subject and its verb.
    verb = start + len(re.sub(r"\s(?:قد|لقد|فقد|ف|و)\s*$", " ", text[start:verb]))
    front = text[start:verb]
    if len(front.split()) > SUBJECT_WORDS or not front.strip() or any(mark in front for mark in '،,:"«“.–-('):
        return None
    at = start
    while (word := _WORD.match(text, at + len(text[at:verb]) - len(text[at:verb].lstrip()), verb)) is not None:
        folded = plain(word.group())
        if folded not in _FRONT:
            break
        at = word.end()
    if conjunction := _CONJUNCTION.match(text, at, verb):
        at = conjunction.end()
    phrase = noun_phrase(text, at, verb)
    # Only if the phrase reaches the verb: «في القاهرة قال» leaves a preposition before it.
    return phrase if phrase is not None and not text[phrase.end : verb].strip() else None


def _is_minor(text: str, start: int, cue: Cue) -> bool:
    before = text[start : cue.start].split()
    # The prefix و or ف of the verb itself stands as the last piece.
    words = [plain(word) for word in before if word not in ("و", "ف")]
    return bool(words) and words[-1] in _MINOR and not (len(words) == 1 and words[-1] in ("لم", "لا", "لن", "ما"))


def _acting_subject(text: str, start: int, end: int) -> Span | None:
    """Return what stands after the first word, where Arabic puts the subject of a verbal sentence."""
    first = _WORD.search(text, start, end)
    if first is None or plain(first.group()) in STOPS or plain(first.group()).startswith("ال"):
        return None
    phrase = noun_phrase(text, first.end(), end)
    return phrase if phrase and phrase.start <= first.end() + 1 else None
