"""Cue rules for who speaks: the baseline that a learned model has to leave behind. Sentence after sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .cues import find_cues
from .discourse import Attribution, How, Memory, Sentence, read_sentences
from .openings import acting_subject
from .quoted_speech import by_quotation, in_quotation, words_of
from .reported_speech import by_cues
from .signs import sentence_signs
from .spans import Span
from .subjects import mention_of
from .turns import Turn, find_turns, introduced

__all__ = ["Attribution", "attribute"]

MOST_CUES = 4
"""Of so many further cues of a sentence, and of so many earlier speakers, rivals are taken."""
MOST_RIVALS = 4
ITEM_CUE = 16
"""An item of a list whose verb stands within so many characters has a speaker of its own."""


def attribute(text: str, sentences: Sequence[tuple[int, int]]) -> list[Attribution]:
    """Attribute each sentence of a text; mentions are spans of the text, in the sentence or before it."""
    cues = find_cues(text)
    parts = read_sentences(text, sentences, cues)
    # «قاطعها من مقعده: …» is a verb with its subject, not a name with a colon
    turns = find_turns(text, sentences, [cue.start for cue in cues if cue.kind == "verb"])
    memory = Memory()
    results: list[Attribution] = []
    for index, (part, turn) in enumerate(zip(parts, turns, strict=True)):
        known = [span for span, _ in memory.speakers[-MOST_CUES:]]
        attribution = (
            _by_layout(text, part, turn, memory)
            or in_quotation(text, part, memory)
            or by_cues(text, part, memory)
            or by_quotation(text, parts, index, memory)
        )
        if attribution is None:
            attribution = _narrated(text, part, memory)
        memory.reporting = attribution.how != "narrator"
        was = results[-1].how if results else "none"
        results.append(_weighed(text, part, turn, known, attribution, was))
    return results


def _narrated(text: str, part: Sentence, memory: Memory) -> Attribution:
    """Attribute to the narrator, beside who would have spoken, were it a report: something to weigh against."""
    cue = next((cue for cue in part.outside if cue.kind in ("verb", "source_phrase")), None)
    mention = None if cue is None else mention_of(text, part.start, part.end, cue, part.topic)
    memory.subject = part.topic or acting_subject(text, part.start, part.end) or memory.subject
    return Attribution("narrator", mention or memory.latest(None), cue)


def _weighed(
    text: str, part: Sentence, turn: Turn | None, known: list[Span], attribution: Attribution, was: str
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
        quoted=sum(words_of(text, quote) for quote in part.quotes),
    )
    return replace(attribution, rivals=tuple(rivals[:MOST_RIVALS]), signs=signs)


def _by_layout(text: str, part: Sentence, turn: Turn | None, memory: Memory) -> Attribution | None:
    if turn is None or (turn.speaker is not None and turn.speaker.end > part.end):
        # a label that runs over the end of a sentence is none
        return None
    if turn.role == "question":
        if memory.guest is None:
            memory.guest = introduced(text, memory.presented, part.start) or memory.latest(None)
            memory.presented = part.start
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
            own = by_cues(text, part, memory)
            if own is not None and own.how == "named":
                return own
        return Attribution("continued", memory.speakers[-1][0])
    return None
