"""Who stands behind a phrase that names a source: «وفقا لـ», «بحسب ما ذكر», «بيان أصدرته», «جاء ذلك في بيان لـ»."""

from __future__ import annotations

import re

from .cues import Cue
from .lexicon import AUDIENCES
from .mentions import noun_phrase
from .normalise import plain
from .spans import Span

ATTRIBUTIVE = frozenset(("وفقا", "وفق", "بحسب", "حسب"))
"""The phrases that attribute a whole clause to the source that follows."""
# «(وفق) ما ذكره الوزير», «لما جاء في التقرير»
_WHAT = re.compile(
    r"\s*(?:(?<=ما)\s|(?:ل)?ما\s)\s*(?:كان(?:ت)?\s|قد\s)?(?P<verb>\w{2,})"
    r"(?:\s+(?:به|بها|عنه|عنها|فيه|فيها|عليه|عليها|إليه|إليها|له|لها)(?!\w))?"
)
_STANDS = re.compile(r"(?:جاء|جاءت|ورد|وردت)$")
_WHERE = re.compile(r"\s+(?:ف[يى]|ضمن|على|عن)\s+")
# «بيان أصدرته الكلية», «حصيلة أوردها المرصد», «بيان صدر عن الوزارة»
_RELEASED = re.compile(
    r"\s+(?:أصدرت?|اصدرت?|أوردت?|اوردت?|أعلنت?|اعلنت?|وزعت?)(?:ه|ها|هم|تها|ته)\s+"
    r"|\s+(?:صدرت?|صادرة?|الصادرة?)\s+عن\s+"
)
_PAPER = frozenset("بيان البيان حصيلة بلاغ تصريح تصريحات".split())
_PRONOUN = re.compile(r"(?:ه|ها|هم|هما)(?!\w)")


def source_after(text: str, end: int, cue: Cue) -> Span | None:
    """Return who follows an attributive phrase: the subject of its verb, the publisher of a statement, the phrase."""
    if what := _WHAT.match(text, cue.end, end):
        if _STANDS.match(plain(what["verb"])):
            where = _WHERE.match(text, what.end(), end)
            return None if where is None else publisher(text, noun_phrase(text, where.end(), end), end)
        return noun_phrase(text, what.end(), end)
    if _PRONOUN.match(text, cue.end, end):
        return None
    return publisher(text, noun_phrase(text, cue.end, end), end)


def publisher(text: str, phrase: Span | None, end: int) -> Span | None:
    """Return who released the statement that a phrase names, else the phrase itself: a study speaks for itself."""
    if phrase is None:
        return None
    words = text[phrase.start : phrase.end].split()
    if not any(plain(word) in _PAPER for word in words[:2]):
        return phrase
    head = phrase.start
    for match in _RELEASED.finditer(text, head, min(end, phrase.end + 24)):
        return noun_phrase(text, match.end(), end) or phrase
    return phrase


def gender_behind(text: str, end: int, cue: Cue) -> bool | None:
    """Tell whether the unnamed source of an attributive phrase is feminine: «بحسب ما أعلنت», «وفقا لها»."""
    if what := _WHAT.match(text, cue.end, end):
        return plain(what["verb"]).endswith("ت")
    if pronoun := _PRONOUN.match(text, cue.end, end):
        return pronoun.group() == "ها"
    return None


# «في تغريدة لسالم» is Salem's; «في حديث لقناة» is somebody's to the channel
_OWNED = re.compile(r"(?:\s+\S+){0,2}?\s+(?:لـ\s?|ل)(?!احق)(?=\w{3}|[\"«“])")
_ADDRESSED = re.compile(r"(?:مقابلة|حديث|حوار|لقاء|مداخلة|تصريح|تصريحات|مؤتمر)\w*")


def owner_of(text: str, end: int, cue: Cue) -> Span | None:
    """Return whose statement an occasion is: «في بيان للوزارة», «في سلسلة تغريدات لسالم»; None for an audience."""
    if cue.end < len(text) and text[cue.end - 1] == "ل":
        return None
    owned = _OWNED.match(text, cue.end, min(end, cue.end + 40))
    if owned is None:
        return None
    phrase = noun_phrase(text, owned.end(), end)
    if phrase is None or phrase.start > owned.end() + 1:
        return None
    head = plain(text[phrase.start : phrase.end].split()[0])
    if _ADDRESSED.search(text, cue.start, owned.end()) and (head in AUDIENCES or not text[phrase.start].isalpha()):
        return None
    return None if head in AUDIENCES or head[0].isascii() else phrase
