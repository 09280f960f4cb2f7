"""The constructions that attribute a sentence to its speaker, told by the cues and a few rules that can be counted.

The rules see the labelled mention, so they tell how a speaker is introduced, not who it is. One sentence may
count in several rows: «"…"، يقول الوزير» is a fronted quotation and verb-subject.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..arabic.cues import Cue, find_cues
from ..arabic.quotes import Quote, find_quotes
from ..records import Article, Mention, Sentence

CONSTRUCTIONS = {
    "verb-subject": "the nearest verb cue stands before the mention, at most six words from it",
    "subject-verb": "the nearest verb cue stands after the mention, at most six words from it",
    "fronted quotation": "the sentence opens with a quotation of three words or more, and a cue or the mention follows",
    "verbless source phrase": "«وفقا لـ»: a source phrase right before the mention, or one and no verb cue",
    "participle only": "«مؤكدا»: a participle, and neither verb cue nor source phrase",
    "implicit subject": "the mention is in an earlier sentence, a cue in this one",
    "turn phrase": "«من جانبه»، «في المقابل», or «أما» right before the mention",
    "name and colon": "the mention opens the sentence and a colon follows: interviews, posts",
    "quotation continued without cue": "no cue, the mention before, and a quotation goes on or opens anew",
    "relay": "«نقل … عن»، «نسب إلى»، «نقلا عن»، «على لسان» before the mention",
    "implicit, several back": "the mention is two sentences back or more",
    "return to an earlier speaker": "spoke before, and another one since",
    "none of these": "the inventory lacks the cue, or the mention stands far from it; lists without a cue",
}
"""Each construction and the rule that counts it. Cues inside quotations never count."""

MOST_WORDS = 6
_LONG_QUOTATION = 3
_RELAYS = frozenset(("نقل", "تناقل", "نسب", "نقلا عن", "على لسان"))
# these say nothing of how the sentence itself shows its speaker
_WHERE = frozenset(("implicit, several back", "return to an earlier speaker", "turn phrase"))
_WORD = re.compile(r"\w+")
_BUT = re.compile(r"(?<!\w)[وف]?[أا]ما\s+[«“\"]?\Z")
_COLON = re.compile(r"\W{0,2}:")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rules look at: the cues of a sentence outside quotations, and the quotations of its article."""

    text: str
    sentence: Sentence
    mention: Mention
    cues: tuple[Cue, ...]
    quotes: tuple[Quote, ...]

    def of(self, *kinds: str) -> list[Cue]:
        return [cue for cue in self.cues if cue.kind in kinds]

    @property
    def is_explicit(self) -> bool:
        return self.mention.start >= self.sentence.start

    def words_between(self, cue: Cue) -> int:
        first, last = sorted([(cue.start, cue.end), (self.mention.start, self.mention.end)])
        return len(_WORD.findall(self.text, first[1], max(first[1], last[0])))


def constructions(article: Article) -> Counter[str]:
    """Count the constructions of an article's sentences that have a speaker; see `CONSTRUCTIONS`."""
    return Counter(name for found in sentence_constructions(article) for name in found)


def sentence_constructions(article: Article) -> list[frozenset[str]]:
    """Return the constructions of each sentence, none where it has no speaker; see `CONSTRUCTIONS`."""
    shapes: list[frozenset[str]] = []
    quotes = tuple(find_quotes(article.text))
    cues = _outside(find_cues(article.text), quotes)
    spoken: list[str] = []
    for index, sentence in enumerate(article.sentences):
        mention = sentence.speaker
        if mention is None:
            shapes.append(frozenset())
            continue
        own = tuple(cue for cue in cues if sentence.start <= cue.start < sentence.end)
        found = {*_shapes(_Seen(article.text, sentence, mention, own, quotes))}
        if not found - _WHERE:
            found.add("none of these")
        if steps_back(article.sentences, index) > 1:
            found.add("implicit, several back")
        if mention.entity in spoken and spoken[-1] != mention.entity:
            found.add("return to an earlier speaker")
        spoken.append(mention.entity)
        shapes.append(frozenset(found))
    return shapes


def cue_lemmas(article: Article) -> set[str]:
    """Return the lemmas of the cues, outside quotations, of an article's sentences that have a speaker."""
    spans = [(sentence.start, sentence.end) for sentence in article.sentences if sentence.speaker is not None]
    cues = _outside(find_cues(article.text), find_quotes(article.text))
    return {cue.lemma for cue in cues if any(start <= cue.start < end for start, end in spans)}


def steps_back(sentences: Sequence[Sentence], index: int) -> int:
    """Return how many sentences back the speaker's mention stands, 0 where it is here or nobody speaks."""
    mention = sentences[index].speaker
    if mention is None or mention.start >= sentences[index].start:
        return 0
    return index - max((at for at in range(index) if sentences[at].start <= mention.start), default=0)


def _outside(cues: Sequence[Cue], quotes: Sequence[Quote]) -> list[Cue]:
    return [cue for cue in cues if not any(quote.content_start <= cue.start < quote.content_end for quote in quotes)]


def _shapes(seen: _Seen) -> Iterator[str]:
    reports = seen.of("verb", "source_phrase", "participle")
    if _is_fronted(seen, reports):
        yield "fronted quotation"
    if _is_turn(seen):
        yield "turn phrase"
    is_relay = any(cue.lemma in _RELAYS and cue.end <= seen.mention.start for cue in seen.cues)
    if is_relay:
        yield "relay"
    if reports and not seen.is_explicit:
        yield "implicit subject"
    if _is_source_phrase(seen):
        yield "verbless source phrase"
    elif reports and not seen.of("verb", "source_phrase"):
        yield "participle only"
    elif seen.is_explicit and not is_relay and (order := _order(seen)):
        yield order
    start, mention = seen.sentence.start, seen.mention
    if seen.is_explicit and not _WORD.search(seen.text, start, mention.start) and _COLON.match(seen.text, mention.end):
        yield "name and colon"
    if not reports and not seen.is_explicit and any(q.start <= start < q.content_end for q in seen.quotes):
        yield "quotation continued without cue"


def _is_fronted(seen: _Seen, reports: Sequence[Cue]) -> bool:
    start, end = seen.sentence.start, seen.sentence.end
    for quote in seen.quotes:
        if not start <= quote.start < quote.end < end or _WORD.search(seen.text, start, quote.start):
            continue
        is_long = len(_WORD.findall(seen.text, quote.start, quote.end)) >= _LONG_QUOTATION
        follows = quote.end <= seen.mention.start or any(cue.start >= quote.end for cue in reports)
        if is_long and follows:
            return True
    return False


def _is_turn(seen: _Seen) -> bool:
    if any("speaker" in cue.marks for cue in seen.of("turn")):
        return True
    return seen.is_explicit and bool(_BUT.search(seen.text[seen.sentence.start : seen.mention.start]))


def _is_source_phrase(seen: _Seen) -> bool:
    phrases = seen.of("source_phrase")
    if not seen.of("verb"):
        return bool(phrases)
    gaps = (seen.text[cue.end : seen.mention.start] for cue in phrases if cue.end <= seen.mention.start)
    # «بـ«جبهة التلال»»: tatweel and a mark may stand between
    return any(not gap.strip(' \u0640"«“') for gap in gaps)


def _order(seen: _Seen) -> str | None:
    verbs = [cue for cue in seen.of("verb") if seen.words_between(cue) <= MOST_WORDS]
    if not verbs:
        return None
    nearest = min(verbs, key=seen.words_between)
    return "verb-subject" if nearest.start < seen.mention.start else "subject-verb"
