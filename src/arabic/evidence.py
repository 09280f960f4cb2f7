"""What an article itself says of a name: the offices that stand before it, after it, or with it in brackets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .naming import (
    NO_PART_OF_NAMES,
    Kind,
    Naming,
    Word,
    head_kind,
    load_states,
    nationality,
    read_words,
    title_length,
    unprefixed,
)

REACH = 12
"""An office begins at most so many words before the name that it belongs to."""
GIVEN = 2
"""Given names that stand between an office and the name that a mention gives: «الرئيس عبد الفتاح السيسي»."""
_SENTENCE_END = re.compile(r"[.!?؟…\n]")
_PHRASE_END = re.compile(r"[.!?؟…\n:;؛«»\"“”()\[\]]")
_AFTER_NAME = re.compile(r"\s*[،,(–-]\s*")
_OPENING = re.compile(r"\s*[(\[«\"“]+\s*")
_INSIDE = frozenset("في من عن لدي باسم الي".split())
_BY_ANOTHER = frozenset("من عن لدي باسم الي".split())
_THAT = frozenset("ان انه انها".split())
_SYNONYMS = {"ناطق": "متحدث", "ناطقه": "متحدثه", "حكومه": "وزراء"}


@dataclass(frozen=True, slots=True)
class Office:
    """An office of somebody: its head, and all words with nationalities and states under one spelling."""

    head: str
    words: frozenset[str]


def office(words: Sequence[Word], head: str | None = None) -> Office:
    """Return the office that words name; `head` stands in for the first one."""
    folded = [_folded(unprefixed(word)) for word in words if word.raw != "مجلس"]
    first = folded[0] if folded else ""
    return Office(head or first, frozenset([head or first, *folded[1:]]))


class Evidence:
    """The words of one article with their borders. Reading them costs time linear in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = read_words(text)
        self.starts = [word.start for word in self.words]
        self.places: dict[str, list[int]] = {}
        for at, word in enumerate(self.words):
            self.places.setdefault(word.stem, []).append(at)

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence in which each word stands."""
        numbers, number = [], 0
        for at in range(len(self.words)):
            number += bool(at and _SENTENCE_END.search(self.gap(at)))
            numbers.append(number)
        return numbers

    def gap(self, at: int) -> str:
        """Return what stands between a word and the one before it."""
        return self.text[self.words[at - 1].end : self.words[at].start] if at else "\n"

    def word_at(self, offset: int) -> int:
        """Return the number of the first word that begins at an offset or after it."""
        return bisect_left(self.starts, offset)

    def occurrences(self, stems: Sequence[str]) -> Iterator[int]:
        """Yield the number of the first word wherever these words follow each other."""
        rarest = min(range(len(stems)), key=lambda at: len(self.places.get(stems[at], ())))
        for place in self.places.get(stems[rarest], ()):
            first = place - rarest
            if first >= 0 and [word.stem for word in self.words[first : first + len(stems)]] == list(stems):
                yield first

    def offices(self, naming: Naming) -> set[Office]:
        """Return the offices that the text gives the one whom a naming names."""
        found = set()
        if naming.has_name:
            title = naming.words[: naming.title]
            found = {office(title[at:]) for at in range(len(title)) if not at or _is_next_office(title, at)}
        name = naming.stems[naming.title :] or naming.stems
        for first in self.occurrences(name):
            found |= set(self._before(first)) | set(self._after(first + len(name)))
        return found

    def bracketed(self, naming: Naming) -> set[tuple[Office, str]]:
        """Return the bodies after which a naming stands in brackets, «وزارة الدفاع (البنتاغون)», with the last word."""
        found = set()
        for first in self.occurrences(naming.stems):
            if not _OPENING.fullmatch(self.gap(first)):
                continue
            for at in range(first - 1, max(-1, first - REACH), -1):
                if head_kind(unprefixed(self.words[at])) is Kind.BODY:
                    own = office([unprefixed(self.words[at]), *self.words[at + 1 : first]])
                    found.add((own, self.words[first - 1].stem))
                if self._is_border(at):
                    break
        return found

    def counterpart(self, naming: Naming, at: int) -> Office | None:
        """Return the office of «نظيره الروسي» at a word: that of whoever is named before, in the other state."""
        return self._relative_office(naming.words[: naming.title], at)

    def _before(self, first: int) -> Iterator[Office]:
        given, commas = 0, 0
        for at in range(first - 1, max(-1, first - REACH), -1):
            commas += "،" in self.gap(at + 1) or "," in self.gap(at + 1)
            if commas > 1 or (self.words[at].raw in NO_PART_OF_NAMES and self.words[at].raw not in _INSIDE):
                return
            head = unprefixed(self.words[at])
            kind = head_kind(head)
            if kind in (Kind.PERSON, Kind.RELATIVE) and not (at and self._is_dependent(at)):
                words = [head, *self.words[at + 1 : first]]
                title = title_length(words)
                given = len(words) - title
                if given <= (0 if commas and self.gap(first).strip() == "" else GIVEN) or given == 0:
                    if kind is Kind.RELATIVE:
                        own = self._relative_office(words[:title], at)
                        if own is not None:
                            yield own
                    else:
                        yield office(words[:title])
                return
            if kind is Kind.BODY and at == first - 1:
                yield office([head])
            if self._is_border(at):
                return

    def _is_dependent(self, at: int) -> bool:
        """Tell whether an office is a part of a longer one: «نائب الرئيس», «المتحدث باسم الرئيس»."""
        before, word = self.words[at - 1], self.words[at]
        if self._is_border(at):
            return False
        if before.raw in _BY_ANOTHER or word.raw.startswith("لل"):
            return True
        return not before.is_definite and head_kind(before) is Kind.PERSON

    def _after(self, at: int) -> Iterator[Office]:
        """Yield «مدرب منتخب فرنسا» after «ديشامب،», and after «ديشامب» where «إن» tells that it is no object."""
        while at < len(self.words) and head_kind(self.words[at]) is Kind.PERSON:
            has_comma = _AFTER_NAME.fullmatch(self.gap(at)) is not None
            end = at + 1
            while end < min(len(self.words), at + REACH) and not (self._is_border(end) or "،" in self.gap(end)):
                if self.words[end].raw in NO_PART_OF_NAMES and self.words[end].raw not in _INSIDE:
                    break
                end += 1
            words = self.words[at:end]
            is_subject = end < len(self.words) and self.words[end].raw in _THAT
            if title_length(words) < len(words) or not (has_comma or (is_subject and self.gap(at).isspace())):
                return
            yield office(words)
            at = end

    def _relative_office(self, words: Sequence[Word], at: int) -> Office | None:
        states = {nationality(word) for word in words[1:]} - {None}
        if not states:
            return None
        sentence = self.sentences[at]
        for before in range(at - 1, -1, -1):
            if self.sentences[before] != sentence:
                return None
            head = unprefixed(self.words[before])
            if head_kind(head) is not Kind.PERSON or (before and self._is_dependent(before)):
                continue
            own = self.words[before + 1 : before + 1 + title_length(self.words[before:at])]
            if states & {nationality(word) for word in own}:
                return None
            rest = [word for word in self.words[before + 1 : at] if word.stem in _OF_OFFICES][:1]
            return office([head, *rest, *words[1:]])
        return None

    def _is_border(self, at: int) -> bool:
        return _PHRASE_END.search(self.gap(at)) is not None


_OF_OFFICES = frozenset("خارجيه دفاع داخليه ماليه وزراء".split())


def _is_next_office(title: Sequence[Word], at: int) -> bool:
    """Tell whether one more office begins in a title: «الكاتب والباحث», «رئيس اللجنة النائب», not «محامي المطرب»."""
    if not title[at].raw.startswith(("وال", "ال")) or head_kind(unprefixed(title[at])) is not Kind.PERSON:
        return False
    return title[at - 1].is_definite or title[at].raw.startswith("وال")


def _folded(word: Word) -> str:
    states = load_states()
    state = states.people.get(word.stem) or states.names.get(word.stem)
    return state or _SYNONYMS.get(word.stem, word.stem)
