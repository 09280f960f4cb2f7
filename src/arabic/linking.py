"""Entities of many articles under one name: «بوتين» of one article and «الرئيس الروسي فلاديمير بوتين» of another.

Two signs join names across articles: the same full name, whatever office stands before it and however newsrooms
transliterate it; and a family name that only one full name of the batch has. An office without a name never joins a
person («الوزير» is another one in each article); it meets only its own spelling. Sorting apart, the time is linear in
the number of names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .naming import (
    NO_PART_OF_NAMES,
    Kind,
    Word,
    head_kind,
    is_joint,
    nationality,
    read_naming,
    read_words,
    state_of,
    unprefixed,
)

LONG = 4
"""Consonants that a word must have for its long vowels not to count: «ترامب» is «ترمب», «سالم» is not «سليم»."""
_VOWELS = re.compile("[اويى]")
_FOREIGN = str.maketrans("غگچڤپة", "جججفبه")
_PARTICLES = frozenset("بن ابن بنت فان فون دي دا دو دل ديل لو ولد".split())

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """What one string says: the words of the name, and the state that its office mentions first."""

    name: Key
    state: str | None


def link_names(names: Iterable[str] | Mapping[str, int]) -> dict[str, str]:
    """Return for each name of a batch's entities the name of the one whom it means.

    Args:
        names: as `gather` gave them, each as often as it should count, or with its count: the most frequent full form
            is the name.

    Neither the order of the names nor what else they are listed with changes more than that choice.
    """
    counts = Counter(names)
    groups = _Groups()
    named: dict[Key, dict[str, _Named]] = {}
    for string in sorted(counts):
        own = _read(string)
        if isinstance(own, _Named):
            named.setdefault(own.name, {})[string] = own
        else:
            groups.join(string, own)
    _join_full_names(named, groups)
    _join_family_names(named, groups)
    members: dict[str, list[str]] = {}
    for string in sorted(counts):
        members.setdefault(groups.root(string), []).append(string)
    words = {string: len(own.name) for strings in named.values() for string, own in strings.items()}
    linked = {}
    for strings in members.values():
        best = max(strings, key=lambda one: (words.get(one, 1) > 1, counts[one], len(one), one))
        linked.update(dict.fromkeys(strings, best))
    return linked


class _Groups:
    """Disjoint sets of strings (Galler and Fischer 1964); any hashable may stand for one."""

    def __init__(self) -> None:
        self.parents: dict[object, object] = {}

    def root(self, one: object) -> str:
        path = []
        while (parent := self.parents.get(one, one)) != one:
            path.append(one)
            one = parent
        self.parents.update(dict.fromkeys(path, one))
        return one  # type: ignore[return-value]

    def join(self, one: object, other: object) -> None:
        self.parents[self.root(one)] = self.root(other)


def _read(string: str) -> _Named | Key:
    """Return the name that a string holds, or else the key of its own spelling."""
    words = read_words(string)
    if not words:
        return ("=", string)
    naming = read_naming(string)
    if (state := state_of(naming)) is not None:
        return ("state", state)
    own, office = naming.words[naming.title :], naming.words[: naming.title]
    is_person = naming.kind in (Kind.NAME, Kind.PERSON) and own and not is_joint(naming)
    # «حليف للرئيس بشار الأسد» may be another one than Assad, and «مستخدم على موقع فيسبوك» is no name.
    is_anothers = any(word.raw.startswith("لل") and head_kind(unprefixed(word)) is Kind.PERSON for word in office)
    if not is_person or is_anothers or any(word.raw in NO_PART_OF_NAMES for word in own) or _are_two(own):
        return _spelled(words)
    name = tuple(_sound(word.raw) for word in own)
    return _Named(name, next((state for word in office if (state := nationality(word))), None))


def _are_two(name: Sequence[Word]) -> bool:
    """Tell whether a name may be two people's: «نادر سعد وسمير ناجي», but «نادر وليد سعد» is one."""
    return len(name) > 2 and any(word.raw.startswith("و") and len(word.raw) > 4 for word in name[1:])


def _spelled(words: Sequence[Word]) -> Key:
    return ("=", *(word.raw for word in words))


def _sound(raw: str) -> str:
    """Return a word of a name without what newsrooms transliterate differently."""
    word = raw.removeprefix("ال") if len(raw) > 4 else raw
    word = word.translate(_FOREIGN)
    consonants = word[0] + _VOWELS.sub("", word[1:])
    return consonants if len(consonants) >= LONG else word


def _join_full_names(named: dict[Key, dict[str, _Named]], groups: _Groups) -> None:
    for name, strings in named.items():
        states = {own.state for own in strings.values()} - {None}
        for string, own in strings.items():
            # Two people of one name, told apart by their states: who has none may be either.
            key: Key = ("name", *name)
            if len(states) > 1:
                key = ("name", *name, own.state or f"={string}")
            # A family name alone may be any word: it is one with its own spelling, and with a full name below.
            groups.join(string, _spelled(read_words(string)) if _is_family(name) else key)


def _join_family_names(named: dict[Key, dict[str, _Named]], groups: _Groups) -> None:
    full = {name: strings for name, strings in named.items() if not _is_family(name)}
    given = {word for name in full for word in name[:-1]}
    families: dict[Key, set[str]] = {}
    states: dict[str, set[str]] = {}
    for name, strings in full.items():
        for string, own in strings.items():
            root = groups.root(string)
            for length in range(1, min(3, len(name))):
                families.setdefault(name[-length:], set()).add(root)
            if own.state:
                states.setdefault(root, set()).add(own.state)
    for name, strings in named.items():
        owners = families.get(name, set())
        if not _is_family(name) or len(owners) != 1 or (len(name) == 1 and name[0] in given):
            continue
        (owner,) = owners
        for string, own in strings.items():
            if not own.state or not states.get(owner) or own.state in states[owner]:
                groups.join(string, owner)


def _is_family(name: Sequence[str]) -> bool:
    return len(name) == 1 or (len(name) == 2 and name[0] in _PARTICLES)
