"""What a text has said so far: its sentences with their cues and quotations, who spoke, how each is attributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .cues import Cue
from .openings import acting_subject, topic_of
from .quotes import Quote, find_quotes
from .reports import after_dateline
from .spans import Span
from .subjects import gender_of

How = Literal["named", "implied", "continued", "narrator"]

# Of quotation marks that open further and further ones, so many of the innermost hold the next sentence.
_MOST_NESTED = 8
# So many of the latest speeches are looked through for a speaker.
_MOST_SPEAKERS = 100


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
class Memory:
    """Who spoke so far, the latest last, with the gender that the verb showed."""

    speakers: list[tuple[Span, bool | None]] = field(default_factory=list)
    subject: Span | None = None
    presented: int = 0
    guest: Span | None = None
    reporting: bool = False

    def latest(self, feminine: bool | None) -> Span | None:
        """Return the latest speaker of that gender, else the latest of any, else who acted last."""
        for span, own in reversed(self.speakers):
            if feminine is None or own is None or own == feminine:
                return span
        return self.speakers[-1][0] if self.speakers else self.subject

    def add(self, text: str, mention: Span, feminine: bool | None) -> None:
        """Remember a speaker; where no verb shows the gender, the head of the naming does."""
        self.speakers.append((mention, gender_of(text, mention) if feminine is None else feminine))
        del self.speakers[:-_MOST_SPEAKERS]


@dataclass(frozen=True)
class Sentence:
    """A sentence behind its dateline, with its cues, those of them outside quotations, and its quotations."""

    start: int
    end: int
    cues: list[Cue]
    outside: list[Cue]
    quotes: list[Quote]
    topic: Span | None


def read_sentences(text: str, sentences: Sequence[tuple[int, int]], cues: list[Cue]) -> list[Sentence]:
    """Return the sentences of a text, which `sentences` gives in order. The time is linear."""
    quotes = find_quotes(text)
    parts = []
    open_quotes: list[Quote] = []
    next_quote = first_cue = 0
    for head, end in sentences:
        start = after_dateline(text, head, end)
        while first_cue < len(cues) and cues[first_cue].start < start:
            first_cue += 1
        stop = first_cue
        while stop < len(cues) and cues[stop].start < end:
            stop += 1
        own = cues[first_cue:stop]
        while next_quote < len(quotes) and quotes[next_quote].content_start < end:
            open_quotes.append(quotes[next_quote])
            next_quote += 1
        open_quotes = [quote for quote in open_quotes if quote.content_end > start]
        parts.append(
            Sentence(start, end, own, _outside(own, open_quotes), open_quotes, topic_of(text, start, end, own))
        )
        # what this sentence does not close; of unclosed marks without end the innermost
        open_quotes = [quote for quote in open_quotes if quote.content_end > end][-_MOST_NESTED:]
    return parts


def _outside(cues: list[Cue], quotes: list[Quote]) -> list[Cue]:
    """Return the cues that stand outside the quotations; both are ordered by their start."""
    outside = []
    at = closes = 0
    for cue in cues:
        while at < len(quotes) and quotes[at].content_start <= cue.start:
            closes = max(closes, quotes[at].content_end)
            at += 1
        if closes <= cue.start:
            outside.append(cue)
    return outside


def implied(
    text: str, part: Sentence, memory: Memory, feminine: bool | None, before: int, cue: Cue | None = None
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
