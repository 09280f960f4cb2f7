"""Cue rules for who speaks: the baseline that a learned model has to leave behind. Sentence after sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from .cues import Cue, find_cues
from .mentions import noun_phrase
from .normalise import plain
from .quotes import Quote, find_quotes
from .reports import after_dateline, is_report
from .signs import sentence_signs
from .sources import ATTRIBUTIVE, owner_of
from .spans import Span
from .subjects import acting_subject, gender_of, mention_of, owner_gender, topic_of
from .turns import Turn, find_turns, introduced

How = Literal["named", "implied", "continued", "narrator"]

OCCASIONAL = frozenset(("في بيان", "لدى سؤاله", "تعليقا على"))
"""Phrases that name an occasion of speech; a verb beside them tells whose it is."""
HEAD_CHARACTERS = 100
MOST_CUES = 4
"""Of so many further cues of a sentence, and of so many earlier speakers, rivals are taken."""
MOST_RIVALS = 4
HEAD_WORDS = 3
"""A verb after so many words of its sentence, or behind its topic, opens it."""
ITEM_CUE = 16
"""An item of a list whose verb stands within so many characters has a speaker of its own."""
LONG_QUOTATION = 5
"""A quotation of so many words is somebody's speech, also where no cue is known; a shorter one may be a name."""
# «باسم», «تحت شعار», «لافتة كتب عليها»: what stands in the marks is no speech.
_INSCRIPTION = re.compile(r"(?:عنوان\w*|شعار\w*|اسم\w*|باسم|لافتة|عليها|عليه|عبارة|وسم\w*|تسمية|مسمى)\s*[:،]?\s*$")
# «…»، بهذه العبارة افتتحت المحامية: the verb may be any.
_WITH_THESE_WORDS = re.compile(r"[»\"”]\s*[،,]?\s*(?:هكذا|بهذه\s+(?:العبارة|الكلمات|الجملة))\s+(?P<verb>\w+)")


@dataclass(frozen=True)
class Attribution:
    """How a sentence is attributed, and the mention of its speaker in the text.

    For the narrator, the mention is who would be the likeliest speaker if it were a report after all. `cue` decided;
    `rivals` are further mentions that may be the answer, the likelier first; `signs`: see the module of that name.
    """

    how: How
    mention: Span | None
    cue: Cue | None = None
    rivals: tuple[Span, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass
class _Memory:
    """Who spoke so far, the latest last, with the gender that the verb showed."""

    speakers: list[tuple[Span, bool | None]] = field(default_factory=list)
    subject: Span | None = None
    guest: Span | None = None
    reporting: bool = False

    def latest(self, feminine: bool | None) -> Span | None:
        for span, own in reversed(self.speakers):
            if feminine is None or own is None or own == feminine:
                return span
        return self.speakers[-1][0] if self.speakers else self.subject

    def add(self, text: str, mention: Span, feminine: bool | None) -> None:
        """Remember a speaker; where no verb shows the gender, the head of the naming does."""
        self.speakers.append((mention, gender_of(text, mention) if feminine is None else feminine))


@dataclass(frozen=True)
class _Sentence:
    start: int
    end: int
    cues: list[Cue]
    quotes: list[Quote]
    topic: Span | None

    @property
    def outside(self) -> list[Cue]:
        """The cues that stand outside the quotations."""
        inside = [(quote.content_start, quote.content_end) for quote in self.quotes]
        return [cue for cue in self.cues if not any(a <= cue.start < b for a, b in inside)]


def attribute(text: str, sentences: Sequence[tuple[int, int]]) -> list[Attribution]:
    """Attribute each sentence of a text; mentions are spans of the text, in the sentence or before it."""
    cues = find_cues(text)
    parts = _sentences(text, sentences, cues)
    # «قاطعها من مقعده: …» is a verb with its subject, not a name with a colon
    turns = find_turns(text, sentences, [cue.start for cue in cues if cue.kind == "verb"])
    memory = _Memory()
    results: list[Attribution] = []
    for index, (part, turn) in enumerate(zip(parts, turns, strict=True)):
        known = [span for span, _ in memory.speakers[-MOST_CUES:]]
        attribution = (
            _by_layout(text, part, turn, memory)
            or _in_quotation(text, part, memory)
            or _by_cues(text, part, memory)
            or _by_quotation(text, parts, index, memory)
        )
        if attribution is None:
            attribution = _narrated(text, part, memory)
        memory.reporting = attribution.how != "narrator"
        was = results[-1].how if results else "none"
        results.append(_weighed(text, part, turn, known, attribution, was))
    return results


def _narrated(text: str, part: _Sentence, memory: _Memory) -> Attribution:
    """Attribute to the narrator, beside who would have spoken, were it a report: something to weigh against."""
    cue = next((cue for cue in part.outside if cue.kind in ("verb", "source_phrase")), None)
    mention = None if cue is None else mention_of(text, part.start, part.end, cue, part.topic)
    memory.subject = part.topic or acting_subject(text, part.start, part.end) or memory.subject
    return Attribution("narrator", mention or memory.latest(None), cue)


def _weighed(
    text: str, part: _Sentence, turn: Turn | None, known: list[Span], attribution: Attribution, was: str
) -> Attribution:
    """Return the attribution with its rivals and its signs; `known` are the speakers before this sentence."""
    own = [cue for cue in part.outside if cue.kind in ("verb", "source_phrase") and cue != attribution.cue]
    found = [mention_of(text, part.start, part.end, cue, part.topic) for cue in own[:MOST_CUES]]
    found += [part.topic, acting_subject(text, part.start, part.end), *reversed(known)]
    seen = {"" if attribution.mention is None else text[attribution.mention.start : attribution.mention.end]}
    rivals: list[Span] = []
    for span in found:
        if span is not None and text[span.start : span.end] not in seen:
            seen.add(text[span.start : span.end])
            rivals.append(span)
    signs = sentence_signs(
        text,
        part.start,
        part.end,
        how=attribution.how,
        was=was,
        cue=attribution.cue,
        cues=part.outside,
        role="none" if turn is None else turn.role,
        quoted=sum(len(text[quote.content_start : quote.content_end].split()) for quote in part.quotes),
    )
    return replace(attribution, rivals=tuple(rivals[:MOST_RIVALS]), signs=signs)


def _sentences(text: str, sentences: Sequence[tuple[int, int]], cues: list[Cue]) -> list[_Sentence]:
    quotes = find_quotes(text)
    parts = []
    first_quote = first_cue = 0
    for head, end in sentences:
        start = after_dateline(text, head, end)
        while first_cue < len(cues) and cues[first_cue].start < start:
            first_cue += 1
        stop = first_cue
        while stop < len(cues) and cues[stop].start < end:
            stop += 1
        own = cues[first_cue:stop]
        while first_quote < len(quotes) and quotes[first_quote].content_end <= start:
            first_quote += 1
        within = []
        for quote in quotes[first_quote:]:
            if quote.content_start >= end:
                break
            if quote.content_end > start:
                within.append(quote)
        parts.append(_Sentence(start, end, own, within, topic_of(text, start, end, own)))
    return parts


def _by_layout(text: str, part: _Sentence, turn: Turn | None, memory: _Memory) -> Attribution | None:
    if turn is None:
        return None
    if turn.role == "question":
        if memory.guest is None:
            memory.guest = introduced(text, part.start) or memory.latest(None)
        return Attribution("narrator", memory.latest(None))
    if turn.role == "named" and turn.speaker is not None:
        how: How = "named" if turn.speaker.start >= part.start else "continued"
        memory.add(text, turn.speaker, None)
        memory.guest = turn.speaker
        return Attribution(how, turn.speaker)
    if turn.role == "answer" and memory.guest is not None:
        memory.add(text, memory.guest, None)
        return Attribution("continued", memory.guest)
    if turn.role == "item" and memory.speakers and memory.reporting:
        if any(cue.kind == "verb" and cue.start - part.start <= ITEM_CUE for cue in part.outside) or part.topic:
            own = _by_cues(text, part, memory)
            if own is not None and own.how == "named":
                return own
        return Attribution("continued", memory.speakers[-1][0])
    return None


def _in_quotation(text: str, part: _Sentence, memory: _Memory) -> Attribution | None:
    """Attribute a sentence that stands in a quotation which began before it."""
    opened = [q for q in part.quotes if q.content_start < part.start - 1 and part.start < q.content_end]
    if not opened or not memory.speakers:
        return None
    # «… ممرضة»، تحكي الشابة: the source may come where the quotation closes.
    closing = max(quote.content_end for quote in opened)
    for cue in part.outside:
        if cue.kind == "verb" and 0 <= cue.start - closing <= 5 and closing < part.end:
            mention = mention_of(text, part.start, part.end, cue, None)
            if mention is not None:
                memory.add(text, mention, cue.feminine)
                return Attribution("named", mention, cue)
    return Attribution("continued", memory.speakers[-1][0])


def _by_cues(text: str, part: _Sentence, memory: _Memory) -> Attribution | None:
    outside = part.outside
    reporting = [cue for cue in outside if cue.kind in ("verb", "source_phrase")]
    for cue in sorted(reporting, key=lambda cue: _rank(text, part, cue)):
        if cue.kind == "verb" and not is_report(text, part.start, part.end, cue, part.topic):
            continue
        # «ومضت تقول»: the second verb belongs to the first, and so does its subject.
        following = next((own for own in part.cues if own.kind == "verb" and 0 < own.start - cue.end <= 2), None)
        mention = mention_of(text, part.start, part.end, following or cue, part.topic)
        if mention is not None:
            memory.add(text, mention, cue.feminine)
            return Attribution("named", mention, cue)
        feminine = cue.feminine
        if cue.kind == "source_phrase":
            feminine = owner_gender(text, part.end, cue)
            if feminine is None and cue.lemma != "لم يخف":
                continue
        owners = (owner_of(text, part.end, own) for own in outside if own.lemma == "في بيان" and own.start < cue.start)
        if (owner := next(filter(None, owners), None)) is not None:
            memory.add(text, owner, feminine)
            return Attribution("named", owner, cue)
        return _implied(text, part, memory, feminine, cue.start, cue)
    participles = [cue for cue in outside if cue.kind == "participle"]
    if participles:
        return _implied(text, part, memory, participles[0].feminine, participles[0].start, participles[0])
    return None


def _rank(text: str, part: _Sentence, cue: Cue) -> int:
    """Rank a cue among those of its sentence: a relay first, then the verb that it opens with, an occasion last."""
    if cue.kind == "source_phrase":
        return (
            0 if cue.lemma.startswith("نقل") else 2 if cue.lemma in ATTRIBUTIVE else 4 if cue.lemma in OCCASIONAL else 3
        )
    topic = part.topic
    head = topic.end if topic is not None and topic.end <= cue.start else part.start
    is_near = cue.start - head <= HEAD_CHARACTERS
    return 1 if is_near and len(text[head : cue.start].split()) <= HEAD_WORDS else 3


def _implied(
    text: str, part: _Sentence, memory: _Memory, feminine: bool | None, before: int, cue: Cue | None = None
) -> Attribution | None:
    """Attribute to who acts in this sentence, else to who spoke last."""
    own = part.topic if part.topic is not None and part.topic.end <= before else None
    own = own or acting_subject(text, part.start, before)
    if own is not None:
        memory.add(text, own, feminine)
        return Attribution("named", own, cue)
    last = memory.latest(feminine)
    if last is None:
        return None
    memory.add(text, last, feminine)
    return Attribution("implied", last, cue)


def _by_quotation(text: str, parts: list[_Sentence], index: int, memory: _Memory) -> Attribution | None:
    """Attribute a sentence without a cue by the quotation that it holds or opens."""
    part = parts[index]
    if match := _WITH_THESE_WORDS.search(text, part.start, part.end):
        phrase = noun_phrase(text, match.end(), part.end)
        if phrase is not None:
            memory.add(text, phrase, match["verb"].endswith("ت"))
            return Attribution("named", phrase)
    long = [
        quote
        for quote in part.quotes
        if len(text[quote.content_start : quote.content_end].split()) >= LONG_QUOTATION
        and not _INSCRIPTION.search(text, max(part.start, quote.start - 16), quote.start)
    ]
    if not long:
        return None
    opening = long[0]
    if text[part.start : opening.start].strip(" –-•0123456789:") == "" and opening.content_end >= part.end - 2:
        return _ahead(text, parts, index, opening, memory)
    return _implied(text, part, memory, None, opening.start)


def _ahead(text: str, parts: list[_Sentence], index: int, opening: Quote, memory: _Memory) -> Attribution | None:
    """Attribute a quotation that opens a sentence to the source that its paragraph names later, else to the last."""
    last = memory.latest(None)
    for part in parts[index:]:
        if "\n" in text[opening.start : part.start]:
            break
        after = [cue for cue in part.outside if cue.kind == "verb" and 0 <= cue.start - opening.content_end <= 6]
        if after:
            named = mention_of(text, part.start, part.end, after[0], None)
            if named is not None:
                last = _earlier(text, named, memory) or last
            break
        if part.start > opening.content_end:
            break
    if last is None:
        return None
    memory.add(text, last, None)
    return Attribution("implied", last)


def _earlier(text: str, named: Span, memory: _Memory) -> Span | None:
    """Return the latest speaker whose name ends as this one does."""
    family = plain(text[named.start : named.end].split()[-1])
    for span, _ in reversed(memory.speakers):
        if plain(text[span.start : span.end].split()[-1]) == family:
            return span
    return None
