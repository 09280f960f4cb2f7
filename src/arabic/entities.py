"""Mentions of one article gathered into entities, each under the fullest form of its name.

«كيم», «الزعيم الكورى», «كيم جونج أون» and the slip «كيم أون جون» are one speaker. Three signs join two mentions:
the words of one are among the words of the other; a title stands directly before a name somewhere in the article;
and two spellings of one foreign word are near enough. What no sign joins stays apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .normalise import TASHKEEL, fold

# One sound of another language that newsrooms write with different letters: جونغ, جونج, جونك.
_TRANSLITERATION = str.maketrans("غقكگڤپچة", "ججججفبجه")
_MARKS = re.compile(f"[{TASHKEEL}\u0640]")
_WORD = re.compile(r"\w+")
# Between a title and its name: «الزعيم الكورى، كيم» and «رئيس الوفد (سمير)» are appositions too.
_APPOSITION = re.compile(r"[\s،,(\-–\"]{1,3}")
_RELATIVE = ("نظير", "شقيق", "مضيف")
SHORT = 3
"""Words of fewer letters are compared to the letter: «عون» and «عون» are the same, «علي» and «عدي» are not."""


@dataclass
class _Entity:
    strings: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


def gather(text: str, mentions: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return for each mention, given as a span of the text, the fullest name of the entity that it belongs to."""
    spans = sorted(set(mentions))
    strings = list(dict.fromkeys(text[start:end] for start, end in spans))
    # The fullest first: whatever is shorter looks for a fuller form to join.
    fullest = sorted(strings, key=lambda string: (-len(name_words(string)), strings.index(string)))
    positions = {string: [start for start, end in spans if text[start:end] == string] for string in strings}
    entities: list[_Entity] = []
    folded = _MARKS.sub("", fold(text))
    for string in fullest:
        entity = _find(string, entities, positions, folded)
        if entity is None:
            entity = _Entity()
            entities.append(entity)
        entity.strings.append(string)
        entity.words |= set(name_words(string))
    named = {string: entity.strings[0] for entity in entities for string in entity.strings}
    return {(start, end): named[text[start:end]] for start, end in spans}


def name_words(string: str) -> list[str]:
    """Return the words of a name as they are compared: folded, without signs and without the article ال."""
    words = _WORD.findall(_MARKS.sub("", fold(string)).translate(_TRANSLITERATION))
    return [word.removeprefix("ال") if len(word) > 4 else word for word in words]


def _find(string: str, entities: list[_Entity], positions: dict[str, list[int]], folded: str) -> _Entity | None:
    words = name_words(string)
    # «نظيره الروسي» is somebody else than «الرئيس الروسي» often enough that words alone must not join them.
    if not words or words[0].startswith(_RELATIVE):
        return None
    fitting = [entity for entity in entities if _contains(entity, string, words) or _apposed(string, entity, folded)]
    if not fitting:
        return None
    first = positions[string][0]

    def distance(entity: _Entity) -> tuple[bool, bool, int]:
        """Rank by words spelled the same, then by the nearest mention before this one, only then after it."""
        starts = [start for own in entity.strings for start in positions[own]]
        before = [first - start for start in starts if start <= first]
        spelled_otherwise = not set(words) <= entity.words
        return (spelled_otherwise, not before, min(before) if before else min(start - first for start in starts))

    return min(fitting, key=distance)


def _contains(entity: _Entity, string: str, words: list[str]) -> bool:
    return any(_within(string, words, name_words(full)) for full in entity.strings)


def _within(string: str, words: list[str], full: list[str]) -> bool:
    # A definite noun names what a phrase begins or ends with: «الحركة» is not «المتحدثة باسم الحركة نوال بشارة».
    is_noun = len(words) == 1 and string.startswith("ال")
    places = [full[0], full[-1]] if is_noun else full
    return all(any(_same(word, own) for own in places) for word in words)


def _apposed(string: str, entity: _Entity, folded: str) -> bool:
    """Tell whether the article somewhere puts this string directly before one of the entity's names, or after it."""
    one = _MARKS.sub("", fold(string))
    for known in entity.strings:
        other = _MARKS.sub("", fold(known))
        for first, second in ((one, other), (other, one)):
            at = folded.find(first)
            while at >= 0:
                gap = _APPOSITION.match(folded, at + len(first))
                # Two names side by side are two people; a title carries the article and is two or three words.
                title_like = first.startswith("ال") and 1 <= first.count(" ") <= 2
                if gap and folded.startswith(second, gap.end()) and title_like:
                    return True
                at = folded.find(first, at + 1)
    return False


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < SHORT or one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    if min(len(one), len(other)) == SHORT:
        return one.startswith(other) or other.startswith(one)
    return _one_edit(*sorted((one, other), key=len))


def _one_edit(short: str, long: str) -> bool:
    """Tell whether one letter inserted or exchanged turns `short` into `long`, which is no shorter."""
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] or short[at + 1 :] == long[at + 1 :]
