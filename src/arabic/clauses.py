"""Where a form that is another word too is a verb: at the front of a clause, after a topic, before speech."""

import re
from dataclasses import dataclass

from .normalise import fold

SENTENCE_END = re.compile("[.!?؟…\n]")
_PUNCTUATION = re.compile(r"[^\w\s]")
CLAUSE_OPENERS = frozenset(
    {
        *("كما", "قد", "وقد", "فقد", "لقد", "ولقد", "حيث", "فيما", "بينما", "ثم", "لكن", "ولكن", "الذي"),
        *("التي", "الذين", "ما", "مما", "بما", "حسبما", "اذ", "عندما", "كذلك", "ايضا", "كان", "وكان"),
        *("كانت", "وكانت", "جانبه", "جانبها", "جانبهم", "جهته", "جهتها", "جهتهم", "بدوره", "بدورها"),
        *("بدورهم", "ناحيته", "ناحيتها", "المقابل", "ذلك", "اخري", "ثانية", "متصل", "نفسه", "ذاته"),
        *("انه", "انها", "انهم", "لكنه", "لكنها", "لكنهم", "ولكنه", "ولكنها", "هكذا", "عاد", "عادت"),
    }
)
"""Words that a clause's verb may follow, folded."""
_SPEECH_AHEAD = re.compile(r':\s*"')
_SPEECH_WITHIN = 12
_SHORT_SUBJECT = 3
_PLACES = frozenset({"ي", "في", "علي", "عبر", "بعد", "قبل", "من", "عن", "امام", "عند", "لدي", "خلال"})
_TOPIC_OPENERS = frozenset({"لكن", "ولكن", "اما", "ان"})
_BEFORE_THAT = frozenset({"غير", "الا", "بيد"})
_LONGEST_TOPIC = 10


@dataclass(frozen=True)
class Word:
    """A word of a text, `text[start:end]`: without tashkeel and tatweel, and folded."""

    start: int
    end: int
    spelling: str
    folded: str


def opens_clause(text: str, words: list[Word], index: int) -> bool:
    """Tell whether nothing stands before the word in its clause."""
    if index == 0:
        return True
    gap = text[words[index - 1].end : words[index].start]
    return "\n" in gap or _PUNCTUATION.search(gap) is not None


def has_speech(text: str, words: list[Word], index: int) -> bool:
    """Tell whether a place opens the clause and speech follows a colon: «وعلى منصة إكس كتب النائب: «…»»."""
    first = index - 1
    while first > max(0, index - _LONGEST_TOPIC):
        if _PUNCTUATION.search(text[words[first - 1].end : words[first].start]) is not None:
            break
        first -= 1
    if words[first].folded.lstrip("وف") not in _PLACES and index - first > _SHORT_SUBJECT:
        return False
    last = min(index + _SPEECH_WITHIN, len(words) - 1)
    window = text[words[index].end : words[last].end + 3]
    if end := SENTENCE_END.search(window):
        window = window[: end.start()]
    return _SPEECH_AHEAD.search(fold(window)) is not None


def has_topic(text: str, words: list[Word], index: int) -> bool:
    """Tell whether the verb follows a subject that a particle has put first: «لكن الخبير حذر», «أما الوزير فرد».

    Where such a particle opens the clause, a noun phrase follows; a bare form after it is the verb.
    """
    for position in range(index - 1, max(-1, index - _LONGEST_TOPIC - 1), -1):
        if _PUNCTUATION.search(text[words[position].end : words[position + 1].start]) is not None:
            return False
        if words[position].folded in _TOPIC_OPENERS:
            # «غير أن» and «إلا أن» are told from a plain «أن» by the word before
            if words[position].folded != "ان":
                return True
            return position > 0 and words[position - 1].folded in _BEFORE_THAT
    return False
