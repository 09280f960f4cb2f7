"""Where a naming may end, and the signs for it: «الرئيس الروسي فلاديمير بوتين», not «الرئيس الروسي» alone.

The rules find where a naming begins far more surely than where it ends: a verb's object may follow its subject
without any mark. So each border between two words is a question of its own, end here or go on, and how much a sign
says to it is learned (see `models.endings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from .cues import is_cue_form
from .lexicon import AUDIENCES, DOCUMENTS, OCCASIONS, QUANTITIES, STOPS, TIME, TITLES, is_body, is_role
from .mentions import CLOSING, OPENING
from .names import is_adjective, is_masdar, office_end
from .naming import load_states, read_words
from .normalise import plain
from .signs import step_of
from .spans import Span

MOST_WORDS = 16
"""No naming is looked for past so many words."""
MOST_COMMAS = 2
"""Of its commas one may stand before a name and one behind it."""
_NEAR = 4000
"""So many characters around a naming are searched for it again, lest a long text take quadratic time."""
_REACH = 400
_WORD = re.compile(r"[^\s،؛:.,;!؟?()\[\]…\"“”«»‘’–—|/]+")
_BORDER = re.compile(r"[؛:;!؟?\n…()\[\]|/]|\.(?=\s|$)")
_COMMA = re.compile("[،,]")
_TANWIN = re.compile("ا?\u064bا?$")
_THAT = frozenset("ان انه انها انهم بان بانه بانها بانهم".split())
_PREPOSITIONS = frozenset("في من عن علي الي مع لدي بين".split())
_STEPS = (0, 1, 2, 3, 5)


@dataclass(frozen=True)
class Border:
    """A place where a naming may end, and the signs that tell whether it does."""

    end: int
    signs: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """The words around a naming: from its first one to what may follow it."""

    text: str
    words: tuple[Span, ...]
    folded: tuple[str, ...]
    around: str
    office: int
    before: str

    def kind(self, at: int) -> str:
        """Return what a word may be to the one before it."""
        if at >= len(self.words):
            return "border"
        before, head = (self.folded[at - 1], self.folded[0]) if at else ("", "")
        return _kind(self.text[slice(*self.words[at])], before, _is_feminine(head))

    def mark(self, at: int) -> str:
        """Return the mark between a word and the next one."""
        if at + 1 >= len(self.words):
            return "border"
        return self.text[self.words[at].end : self.words[at + 1].start].strip()[:1]

    def again(self, first: int, last: int) -> str:
        """Return how often these words stand in the text once more."""
        string = self.text[self.words[first].start : self.words[last].end]
        return f"again {step_of(self.around.count(string) - 1, _STEPS)}"


def find_borders(text: str, mention: Span) -> Iterator[Border]:
    """Yield the places where a naming that begins at `mention.start` may end, in order.

    `mention` itself is what the rules found; its end is one of them.
    """
    words = tuple(islice(_words(text, mention), MOST_WORDS + 2))
    if not words:
        return
    folded = tuple(plain(text[slice(*word)]) for word in words)
    around = text[max(0, mention.start - _NEAR) : mention.end + _NEAR]
    before = text[max(0, mention.start - 40) : mention.start].split()
    verb = plain(before[-1]).removeprefix("و") if before else ""
    place = _Place(text, words, folded, around, office_end(list(folded)), verb)
    for at in range(min(len(words), MOST_WORDS)):
        end = _end_of(text, mention.start, words[at].end)
        is_after = not at or mention.end > words[at - 1].end
        is_before = at + 1 == len(words) or mention.end <= words[at + 1].start
        rule = "here" if is_after and is_before else "sooner" if is_before else "later"
        yield Border(max(end, mention.end) if rule == "here" else end, _signs(place, at, rule))


def _signs(place: _Place, at: int, rule: str) -> tuple[str, ...]:
    last, then, second = (place.kind(at + step) for step in range(3))
    mark, next_mark = place.mark(at), place.mark(at + 1)
    count = at + 1
    named = f"named {step_of(count - place.office, _STEPS)}" if count >= place.office else "office"
    words, again = f"words {step_of(count, _STEPS)}", place.again(0, at)
    signs = [
        "any",
        f"rule {rule}",
        f"rule {rule} {then}",
        f"rule {rule} {last} {then}",
        f"last {last}",
        f"last ={place.folded[at]}",
        f"last ={place.folded[at]} {then}",
        f"next {then}",
        f"next {last} {then}",
        f"next {then} {second}",
        f"next {last} {then} {second}",
        f"{words} {_head(place.folded[0])}",
        f"{words} {then}",
        f"{named} {_head(place.folded[0])} {then}",
        f"{named} {then}",
        f"{named} {then} {second}",
        f"{named} {mark}",
        f"{again} rule {rule}",
        f"{again} {words}",
        f"mark {mark}",
        f"mark {mark} {then}",
        f"mark {mark} rule {rule}",
        f"marks {mark} {then} {next_mark}",
        f"marks {then} {next_mark} {named}",
        f"verb {place.before} {then}",
    ]
    if count < len(place.words):
        pair = "pair " + place.again(at, count)
        signs += [f"next ={place.folded[count]}", pair, f"{pair} {then}", f"{pair} {named}"]
        if mark and mark in OPENING:
            signs.append(f"quotes {_quoted(place.text, place.words[count].start)}")
    return tuple(signs)


def _words(text: str, mention: Span) -> Iterator[Span]:
    """Yield the words from the front of a naming on, as far as it may reach."""
    commas, end = 0, mention.start
    for word in _WORD.finditer(text, mention.start, mention.start + _REACH):
        if word.start() >= mention.end:
            gap = text[end : word.start()]
            commas += len(_COMMA.findall(gap))
            if commas > MOST_COMMAS or _BORDER.search(gap):
                return
        yield Span(*word.span())
        end = word.end()


def _end_of(text: str, start: int, end: int) -> int:
    """Return the end with the mark that closes a quotation inside the naming: «وكالة "سانا"»."""
    if end < len(text) and text[end] in CLOSING:
        inside = text[start:end]
        return end + sum(inside.count(mark) for mark in {*OPENING, *CLOSING}) % 2
    return end


def _quoted(text: str, start: int) -> str:
    """Return how many words a quotation has from `start` on, "many" where it closes late or never."""
    closing = next((at for at in range(start, min(start + 60, len(text))) if text[at] in CLOSING), None)
    return "many" if closing is None else str(min(len(text[start:closing].split()), 5))


@lru_cache(maxsize=65536)
def _head(word: str) -> str:
    noun = word.removeprefix("ال")
    definite = "definite " if noun != word else ""
    if is_role(word):
        return definite + "role"
    if is_body(noun):
        return definite + "body"
    if noun in DOCUMENTS | QUANTITIES:
        return definite + "thing"
    return definite + ("feminine" if word.endswith("ة") else "word")


@lru_cache(maxsize=65536)
def _kind(raw: str, before: str, feminine: bool) -> str:
    word = plain(raw)
    if not word:  # a lone tatweel or vowel sign
        return "nothing"
    if word in _THAT:
        return "that"
    if word in STOPS:
        return f"={word}" if word in _PREPOSITIONS else "stop"
    if word in TIME or word in OCCASIONS:
        return "time"
    if _TANWIN.search(raw):
        return "tanwin"
    if raw[0].isascii():
        return "number" if raw[0].isdigit() else "latin"
    if word.startswith("ال"):
        return _definite(word, before, feminine)
    stem = _stem(word)
    known = {
        "title": word in TITLES,
        "role": is_role(word),
        "body": is_body(word),
        "verb": is_cue_form(word),
        "state": stem in load_states().names,
        "people": stem in load_states().people,
        "masdar": is_masdar(word),
        "لل": word.startswith("لل"),
        "بال": word.startswith("بال"),
        "وال": word.startswith("وال"),
    }
    if found := next((name for name, holds in known.items() if holds), ""):
        return found
    return _by_letters(word, raw, is_first=not before)


def _stem(word: str) -> str:
    return next((own.stem for own in read_words(word)), "")


def _is_feminine(word: str) -> bool:
    return word.endswith(("ة", "ات"))


def _definite(word: str, before: str, feminine: bool) -> str:
    if _stem(word) in load_states().names:
        return "state"
    if is_role(word):
        return "the role"
    # «رئيسة الوزراء البريطانية»: it may describe the head, but not «الرئيس الروسي الاتفاقية» anything
    if before and is_adjective(before, word) and word.endswith("ة") in (feminine, _is_feminine(before)):
        return "adjective" if before.startswith("ال") else "the adjective"
    return "the body" if is_body(word.removeprefix("ال")) else "the word"


def _by_letters(word: str, raw: str, *, is_first: bool) -> str:
    if len(word) > 3 and word[0] in "ولب" and not is_first:
        rest = word[1:]
        if word[0] == "ل" and rest in AUDIENCES:
            return "audience"
        return word[0] + (" role" if is_role(rest) else " body" if is_body(rest) else "")
    if len(word) > 3 and word.endswith(("ه", "ها", "هم")) and not raw.endswith("ة"):
        return "owned"
    if word[0] in "يت" and len(word) > 3:
        return "imperfect"
    return "feminine" if _is_feminine(word) else "plural" if word.endswith(("ون", "ين")) else "word"
