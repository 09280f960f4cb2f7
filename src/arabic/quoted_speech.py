"""Speech in quotation marks: the sentences that a quotation runs through, and one that no cue explains."""

from __future__ import annotations

import re

from .discourse import Attribution, Memory, Sentence, implied
from .mentions import noun_phrase
from .normalise import plain
from .quotes import Quote
from .spans import Span
from .subjects import mention_of

LONG_QUOTATION = 5
"""A quotation of so many words is somebody's speech, also where no cue is known; a shorter one may be a name."""
# Words of a quotation are counted within so many characters.
_COUNTED = 400
# Behind a quotation that runs over more sentences, nothing is looked for.
_MOST_SENTENCES = 50
# «باسم», «تحت شعار», «لافتة كتب عليها»: what stands in the marks is no speech.
_INSCRIPTION = re.compile(r"(?:عنوان\w*|شعار\w*|اسم\w*|باسم|لافتة|عليها|عليه|عبارة|وسم\w*|تسمية|مسمى)\s*[:،]?\s*$")
# «…»، بهذه العبارة افتتحت المحامية: the verb may be any.
_WITH_THESE_WORDS = re.compile(r"[»\"”]\s*[،,]?\s*(?:هكذا|بهذه\s+(?:العبارة|الكلمات|الجملة))\s+(?P<verb>\w+)")


def in_quotation(text: str, part: Sentence, memory: Memory) -> Attribution | None:
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


def by_quotation(text: str, parts: list[Sentence], index: int, memory: Memory) -> Attribution | None:
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
        if words_of(text, quote) >= LONG_QUOTATION
        and not _INSCRIPTION.search(text, max(part.start, quote.start - 16), quote.start)
    ]
    if not long:
        return None
    opening = long[0]
    if text[part.start : opening.start].strip(" –-•0123456789:") == "" and opening.content_end >= part.end - 2:
        return _ahead(text, parts, index, opening, memory)
    return implied(text, part, memory, None, opening.start)


def words_of(text: str, quote: Quote) -> int:
    """Return how many words a quotation has, as far as that matters."""
    return len(text[quote.content_start : min(quote.content_end, quote.content_start + _COUNTED)].split())


def _ahead(text: str, parts: list[Sentence], index: int, opening: Quote, memory: Memory) -> Attribution | None:
    """Attribute a quotation that opens a sentence to the source that its paragraph names later, else to the last."""
    last = memory.latest(None)
    for part in parts[index : index + _MOST_SENTENCES]:
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


def _earlier(text: str, named: Span, memory: Memory) -> Span | None:
    """Return the latest speaker whose name ends as this one does."""
    family = plain(text[named.start : named.end].split()[-1])
    for span, _ in reversed(memory.speakers):
        if plain(text[span.start : span.end].split()[-1]) == family:
            return span
    return None
