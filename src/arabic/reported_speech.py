"""Speech that a cue reports: which of a sentence's cues tells who speaks, and who it names."""

from __future__ import annotations

from bisect import bisect_right

from .cues import Cue
from .discourse import Attribution, Memory, Sentence, implied
from .reports import is_report
from .sources import ATTRIBUTIVE, owner_of
from .subjects import mention_of, owner_gender

OCCASIONAL = frozenset(("في بيان", "لدى سؤاله", "تعليقا على"))
"""Phrases that name an occasion of speech; a verb beside them tells whose it is."""
HEAD_CHARACTERS = 100
HEAD_WORDS = 3
"""A verb after so many words of its sentence, or behind its topic, opens it."""


def by_cues(text: str, part: Sentence, memory: Memory) -> Attribution | None:
    """Attribute a sentence by its cues outside quotations, the surest first; None where none of them reports."""
    outside = part.outside
    reporting = [cue for cue in outside if cue.kind in ("verb", "source_phrase")]
    for cue in sorted(reporting, key=lambda cue: _rank(text, part, cue)):
        if cue.kind == "verb" and not is_report(text, part.start, part.end, cue, part.topic):
            continue
        # «ومضت تقول»: the second verb belongs to the first, and so does its subject.
        following = _following(part.cues, cue)
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
        return implied(text, part, memory, feminine, cue.start, cue)
    participles = [cue for cue in outside if cue.kind == "participle"]
    if participles:
        return implied(text, part, memory, participles[0].feminine, participles[0].start, participles[0])
    return None


def _rank(text: str, part: Sentence, cue: Cue) -> int:
    """Rank a cue among those of its sentence: a relay first, then the verb that it opens with, an occasion last."""
    if cue.kind == "source_phrase":
        return (
            0 if cue.lemma.startswith("نقل") else 2 if cue.lemma in ATTRIBUTIVE else 4 if cue.lemma in OCCASIONAL else 3
        )
    topic = part.topic
    head = topic.end if topic is not None and topic.end <= cue.start else part.start
    is_near = cue.start - head <= HEAD_CHARACTERS
    return 1 if is_near and len(text[head : cue.start].split()) <= HEAD_WORDS else 3


def _following(cues: list[Cue], cue: Cue) -> Cue | None:
    """Return the verb that stands right behind a cue."""
    at = bisect_right(cues, cue.end, key=lambda own: own.start)
    if at == len(cues) or cues[at].kind != "verb" or cues[at].start - cue.end > 2:
        return None
    return cues[at]
