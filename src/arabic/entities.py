"""Mentions of one article gathered into entities, each under the fullest form of its name.

«كيم», «الزعيم الكورى», «كيم جونج أون» and the slip «كيم أون جون» are one speaker. Three signs join two mentions:
the words of one are among the words of the other; a title stands directly before a name somewhere in the article;
and two spellings of one foreign word are near enough. What no sign joins stays apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .normalise import plain

# One sound of another language that newsrooms write with different letters: جونغ, جونج, جونك.
_TRANSLITERATION = str.maketrans("غقكگڤپچة", "ججججفبجه")
_WORD = re.compile(r"\w+")
# Between a title and its name: «الزعيم الكورى، كيم» and «رئيس الوفد (سمير)» are appositions too.
_APPOSITION = re.compile(r"[\s،,(\-–\"]{1,3}")
_RELATIVE = ("نظير", "شقيق", "مضيف")
SHORT = 3
"""Words of fewer letters are compared to the letter: «عون» and «عون» are the same, «علي» and «عدي» are not."""


@dataclass(eq=False)
class _Entity:
    number: int
    strings: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


def gather(text: str, mentions: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return for each mention, given as a span of the text, the fullest name of the entity that it belongs to."""
    spans = sorted(set(mentions))
    positions: dict[str, list[int]] = {}
    for start, end in spans:
        positions.setdefault(text[start:end], []).append(start)
    gathering = _Gathering(text, positions)
    # The fullest first: whatever is shorter looks for a fuller form to join. Sorting keeps the order of the text.
    for string in sorted(positions, key=lambda string: -len(gathering.words[string])):
        gathering.add(string)
    return {(start, end): gathering.owners[text[start:end]].strings[0] for start, end in spans}


def name_words(string: str) -> list[str]:
    """Return the words of a name as they are compared: folded, without signs and without the article ال."""
    words = _WORD.findall(plain(string).translate(_TRANSLITERATION))
    return [word.removeprefix("ال") if len(word) > 4 else word for word in words]


class _Gathering:
    """The strings of one article on their way into entities, with indices: an article may have thousands of them."""

    def __init__(self, text: str, positions: dict[str, list[int]]) -> None:
        self.positions = positions
        self.words = {string: name_words(string) for string in positions}
        self.alike = _alike({word for words in self.words.values() for word in words})
        self.beside = _beside(plain(text), positions)
        self.owners: dict[str, _Entity] = {}
        self.holders: dict[str, set[str]] = {}
        self.count = 0

    def add(self, string: str) -> None:
        """Put a string into the entity that it fits best, or into one of its own."""
        words = self.words[string]
        entity = self._find(string, words)
        if entity is None:
            entity = _Entity(self.count)
            self.count += 1
        entity.strings.append(string)
        entity.words |= set(words)
        self.owners[string] = entity
        for word in words:
            self.holders.setdefault(word, set()).add(string)

    def _find(self, string: str, words: list[str]) -> _Entity | None:
        # «نظيره الروسي» is somebody else than «الرئيس الروسي» often enough that words alone must not join them.
        if not words or words[0].startswith(_RELATIVE):
            return None
        known = self._fuller(string, words) | {other for other in self.beside.get(string, ()) if other in self.owners}
        first = self.positions[string][0]

        def rank(entity: _Entity) -> tuple[bool, bool, int, int]:
            """Rank by words spelled the same, then by the nearest mention before this one, only then after it."""
            starts = [start for own in entity.strings for start in self.positions[own]]
            before = [first - start for start in starts if start <= first]
            spelled_otherwise = not set(words) <= entity.words
            distance = min(before) if before else min(start - first for start in starts)
            return (spelled_otherwise, not before, distance, entity.number)

        return min({self.owners[other] for other in known}, key=rank, default=None)

    def _fuller(self, string: str, words: list[str]) -> set[str]:
        """Return the strings, already in an entity, that have all of these words."""
        having = [{full for alike in self.alike[word] for full in self.holders.get(alike, ())} for word in set(words)]
        return {full for full in set.intersection(*having) if _within(string, words, self.words[full])}


def _within(string: str, words: list[str], full: list[str]) -> bool:
    # A definite noun names what a phrase begins or ends with: «الحركة» is not «المتحدثة باسم الحركة نوال بشارة».
    is_noun = len(words) == 1 and string.startswith("ال")
    places = [full[0], full[-1]] if is_noun else full
    return all(any(_same(word, own) for own in places) for word in words)


def _beside(folded: str, strings: Iterable[str]) -> dict[str, set[str]]:
    """Return for each string those that stand in apposition to it, directly after it or before it, anywhere."""
    spelled: dict[str, list[str]] = {}
    for string in strings:
        spelled.setdefault(plain(string), []).append(string)
    lengths = sorted({len(string) for string in spelled})
    beside: dict[str, set[str]] = {}
    for first, ours in spelled.items():
        # Two names side by side are two people; a title carries the article and is two or three words.
        if not (first.startswith("ال") and 1 <= first.count(" ") <= 2):
            continue
        at = folded.find(first)
        while at >= 0:
            if gap := _APPOSITION.match(folded, at + len(first)):
                nexts = (folded[gap.end() : gap.end() + length] for length in lengths)
                for other in {other for second in nexts for other in spelled.get(second, ())}:
                    for own in ours:
                        beside.setdefault(own, set()).add(other)
                        beside.setdefault(other, set()).add(own)
            at = folded.find(first, at + 1)
    return beside


def _alike(vocabulary: set[str]) -> dict[str, list[str]]:
    """Return for each word those that count as the same; these share its first letter."""
    initials: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        initials.setdefault(word[0], []).append(word)
    return {word: [other for other in initials[word[0]] if _same(word, other)] for word in vocabulary}


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
