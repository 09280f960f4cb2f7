"""How a sentence speaks of a target: the signs by which a stance may be told.

The inventory of words that take a side is `attitudes.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from .cues import find_cues
from .normalise import QUOTE_MARKS, TASHKEEL, TATWEEL, plain
from .stems import light_stem, recurring

NEAR = 4
"""Words on either side of the target that are looked at one by one."""
REACH = 8
"""Words before the target, and six behind it, in which an attitude may be one toward it."""
_WORD = re.compile(rf"[\w{TASHKEEL}{TATWEEL}]+")
_PARTICLES = frozenset(map(light_stem, "في من على إلى عن مع بين التي الذي هذا هذه كان".split()))
_CONTENT = 3
"""Letters of a stem that may be one by which the target is known."""


@dataclass(frozen=True)
class _Lexicon:
    sides: dict[str, str]
    negations: frozenset[str]


@dataclass(frozen=True)
class _Word:
    start: int
    stem: str
    negated: bool

    def __str__(self) -> str:
        return f"{self.stem}!" if self.negated else self.stem

    @property
    def side(self) -> str:
        """Return "+" or "-" for a word that takes a side, turned round where it is negated, else ""."""
        side = _lexicon().sides.get(self.stem, "")
        return {"+": "-", "-": "+", "": ""}[side] if self.negated else side


def stance_signs(text: str, target: str, speaker: str) -> list[str]:
    """Return the signs of one sentence for one target; "" is the narrator. No text raises; the time is linear."""
    words, content = _words(text), _content(target)
    stems = [word.stem for word in words]
    known = recurring((stem for stem in stems if len(stem) >= _CONTENT), content)
    here = [at for at, stem in enumerate(stems) if stem in known]
    covered = len(recurring(content, stems))
    named = "none" if not covered else "all" if covered == len(set(content)) else "part"
    case = f"{named} {'said' if speaker else 'told'}"
    own_side = "".join(_lexicon().sides.get(stem, "") for stem in content)[:1]
    others = [word for word, stem in zip(words, stems, strict=True) if stem not in known]
    balance = sum({"+": 1, "-": -1, "": 0}[word.side] for word in others)
    signs = [f"case: {case}", f"balance: {max(-3, min(3, balance))} {case} {own_side}"]
    signs += [f"target: {stem}" for stem in content]
    signs += [f"word: {word}" for word in others]
    signs += [f"cue: {mark} {named}" for mark in _marks(text)]
    signs.append(f"quoting: {bool(_quotes(text))} {bool(here)}")
    return signs + (list(_around(text, words, here[0], here[-1], own_side)) if here else [])


def _around(text: str, words: Sequence[_Word], first: int, last: int, own_side: str) -> Iterator[str]:
    """Yield what stands before the first word of the target and behind its last one."""
    yield from (f"before: {word}" for word in words[max(0, first - NEAR) : first])
    yield from (f"behind: {word}" for word in words[last + 1 : last + 1 + NEAR])
    sides = "".join(word.side for word in words[max(0, first - REACH) : first])
    # «يدعو إلى وقف العدوان»: what is done to what, from the attitude down to the target.
    yield f"path: {sides[-2:]} {own_side}"
    yield f"path: {sides[-1:]} {own_side} last"
    yield f"then: {''.join(word.side for word in words[last + 1 : last + 7])[:2]}"
    yield f"quoted: {_quotes(text[: words[first].start]) % 2}"


# A sentence is asked for one target after the other: what depends on its text alone is read once.
@lru_cache(maxsize=64)
def _marks(text: str) -> tuple[str, ...]:
    return tuple(mark for cue in find_cues(text) for mark in cue.marks)


@lru_cache(maxsize=64)
def _words(text: str) -> tuple[_Word, ...]:
    negations = _lexicon().negations
    found = [(match.start(), plain(match.group())) for match in _WORD.finditer(text)]
    negative = [word in negations or (word[:1] in "وف" and word[1:] in negations) for _, word in found]
    return tuple(
        _Word(start, light_stem(word), any(negative[max(0, at - 2) : at])) for at, (start, word) in enumerate(found)
    )


def _content(target: str) -> list[str]:
    """Return the stems by which a target is known."""
    stems = [light_stem(match.group()) for match in _WORD.finditer(target)]
    return [stem for stem in stems if len(stem) >= _CONTENT and stem not in _PARTICLES]


def _quotes(text: str) -> int:
    return sum(text.count(mark) for mark in QUOTE_MARKS)


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    given = tomllib.loads(resources.files(__package__).joinpath("attitudes.toml").read_text(encoding="utf-8"))
    favor, against = ({light_stem(word) for word in given[side].split()} for side in ("favor", "against"))
    # A stem of both sides (of «حل» and «رحيل», say) tells nothing.
    sides = dict.fromkeys(favor - against, "+") | dict.fromkeys(against - favor, "-")
    return _Lexicon(sides, frozenset(map(plain, given["negations"].split())))
