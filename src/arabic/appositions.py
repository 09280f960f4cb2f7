"""Where a naming has a second half: a name behind an office and its comma, an office behind a name."""

from __future__ import annotations

import re

from .cues import is_cue_form
from .lexicon import DOCUMENTS, OCCASIONS, QUANTITIES, STOPS, TIME, is_body, is_role
from .mentions import noun_phrase
from .names import has_name
from .normalise import plain
from .spans import Span

_WORD = re.compile(r"\S+")
_COMMA = re.compile(r"\s*[،,]\s*")
# What stands behind a name in apposition: its comma, the report, another mark, «في بيان», a day
_CLOSES = re.compile(
    r"\s*(?:[،,:()\[\"“«/–—-]|$|\n)|\s+(?:[إأا]ن(?:ه|ها|هم)?|ب[أا]ن(?:ه|ها)?|في|عن|على|من|خلال|قد|ل\S+|إلى|لم|لن)(?!\w)"
)
_MOST_NAME_WORDS = 5
# Names that are offices too: «عادل إمام», «سيد رجب»
_NAMES_LIKE_ROLES = frozenset(
    "امام شيخ سيد سيدة رائد طالب حاج عامل صاحب والي مختار لواء عميد شاهد جندي سائق ضابط".split()
)
_COMPLEMENT = re.compile(r"\s+(?P<word>في|من|لدى|حول|باسم|بشأن)\s+")


def complete(text: str, phrase: Span, end: int, *, governed: frozenset[str] = frozenset()) -> Span:
    """Return the naming with the name that stands in apposition to it, and without the office that does.

    «وزير الري، سالم الحمد، إن» goes on to the name; «سالم الحمد مدير الشركة» ends with it. `governed`: the
    prepositions that belong to the verb.
    """
    cut = _without_office(text, phrase)
    if cut != phrase:
        return cut
    longer = _with_complement(text, phrase, end, governed)
    return _with_name(text, longer, end) or _with_name(text, phrase, end) or longer


def _without_office(text: str, phrase: Span) -> Span:
    matches = list(_WORD.finditer(text, phrase.start, phrase.end))
    words = [plain(match.group()) for match in matches]
    first = 0
    while first < len(words) and words[first].startswith("ال") and is_role(words[first]):
        first += 1
    if first >= len(words) or _is_noun(words[first]):
        return phrase
    for at in range(first + 2, len(words)):
        bare = words[at].removeprefix("ال")
        # «صلاح السبكي الرئيس السابق», «سالم الحمد كبير خبراء الشركة»
        if (is_role(words[at]) and words[at] not in _NAMES_LIKE_ROLES) or bare in ("كبير", "كبيرة", "مبعوث", "مبعوثة"):
            return Span(phrase.start, matches[at - 1].end())
    return phrase


def _is_noun(word: str) -> bool:
    """Tell whether the word that opens a naming is a common noun, after which an office is its complement."""
    if word.startswith("ال") or is_role(word) or is_body(word) or word in DOCUMENTS | QUANTITIES:
        return True
    return word.endswith(("ة", "ات", "ون", "ين"))


def _with_name(text: str, phrase: Span, end: int) -> Span | None:
    """Return the naming up to the name behind its comma, None where none stands there."""
    words = [plain(word) for word in text[phrase.start : phrase.end].split()]
    if not is_role(words[0]) or has_name(words):
        return None
    comma = _COMMA.match(text, phrase.end, end)
    if comma is None:
        return None
    name = noun_phrase(text, comma.end(), end)
    if name is None or name.start != comma.end():
        return None
    name_words = [plain(word) for word in text[name.start : name.end].split()]
    if len(name_words) > _MOST_NAME_WORDS or not _may_be_name(name_words):
        return None
    if _CLOSES.match(text, name.end, end) is None and not _verb_follows(text, name.end, end):
        return None
    return Span(phrase.start, name.end)


def _may_be_name(words: list[str]) -> bool:
    first = words[0]
    if first.startswith(("ال", "و", "لل", "بال")) and not is_role(first) and first.removeprefix("ال") == first[2:]:
        return False
    if first in STOPS | TIME | OCCASIONS or is_cue_form(first) or is_cue_form(first[1:]):
        return False
    return not is_body(first) and not (is_role(first) and not first.startswith("ال"))


def _verb_follows(text: str, at: int, end: int) -> bool:
    word = _WORD.search(text, at, end)
    return word is not None and is_cue_form(plain(word.group()))


def _with_complement(text: str, phrase: Span, end: int, governed: frozenset[str]) -> Span:
    """Return an indefinite naming with what tells it apart: «خبراء في الاقتصاد», «دراسة حول النوم»."""
    words = [plain(word) for word in text[phrase.start : phrase.end].split()]
    if any(word.startswith("ال") for word in words) or not (is_role(words[0]) or words[0] in DOCUMENTS):
        return phrase
    preposition = _COMPLEMENT.match(text, phrase.end, end)
    if preposition is None or preposition["word"] in governed:
        return phrase
    rest = noun_phrase(text, preposition.end(), end)
    if (
        rest is None
        or rest.start != preposition.end()
        or plain(text[rest.start : rest.end].split()[0]) in OCCASIONS | TIME
    ):
        return phrase
    return Span(phrase.start, rest.end) if _CLOSES.match(text, rest.end, end) else phrase
