"""A headline said otherwise, or turned into its contrary: what a small encoder can learn comparing from.

Each function takes the words of a headline and a source of chance. Those that change the meaning return None where they
find nothing to change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from random import Random

from ..arabic.naming import state_rows

_PREFIXES = ("وال", "بال", "لل", "ال", "و", "ب", "ل", "ف", "ك")
_ENDINGS = ("ة", "ين", "ون", "")
_PARTICLES = frozenset("في من على إلى عن مع بعد قبل ضد بين خلال حول منذ حتى بسبب لدى عند نحو دون".split())
_NEGATIONS = ("لا", "لم", "لن", "ليس", "ليست")
_NUMBER = re.compile(r"\d{1,9}")
_IMPERFECT = re.compile(r"[يت]\w{3,6}")
_SPELLING = str.maketrans("أإآ", "ااا")
CONTENT = 4
"""Letters from which a word is likely to be one of content."""

_KINDS = ("names", "capitals", "people")

Words = list[str]


@lru_cache(maxsize=1)
def _meanings() -> tuple[dict[str, Words], dict[str, Words]]:
    """Return for each word those that mean the same, and those that mean the opposite."""
    same: dict[str, Words] = {}
    opposite: dict[str, Words] = {}
    for line in resources.files(__package__).joinpath("opposites.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        left, _, right = (part.split() for part in line.partition("|"))
        for own, others in ((left, right), (right, left)):
            for word in own:
                same.setdefault(word, []).extend(other for other in own if other != word)
                opposite.setdefault(word, []).extend(others)
    return same, opposite


@lru_cache(maxsize=1)
def _peoples() -> dict[str, Words]:
    """Return for each state, capital and nationality of one word all of its kind."""
    rows = state_rows()
    kinds = [[name for row in rows for name in row.get(key, ())[:1] if " " not in name] for key in _KINDS]
    return {word: kind for kind in kinds for word in kind}


def reword(words: Sequence[str], random: Random) -> Words:
    """Say a headline otherwise: another order, other words of the same meaning, a word less, another spelling."""
    own = list(words)
    colon = next((at for at, word in enumerate(own) if ":" in word), None)
    if colon is not None and random.random() < 0.7:
        who, what = [*own[:colon], own[colon].replace(":", "")], own[colon + 1 :]
        own = [word for word in (what + who if random.random() < 0.5 else who + what) if word]
    turns = [at for at, word in enumerate(own) if word in _PARTICLES and 2 <= at <= len(own) - 2]
    if turns and random.random() < 0.5:
        at = random.choice(turns)
        own = own[at:] + own[:at]
    if len(own) >= 4 and (_IMPERFECT.fullmatch(own[0]) or _IMPERFECT.fullmatch(own[1])) and random.random() < 0.5:
        own[0], own[1] = own[1], own[0]
    own = [_same(word, random) if random.random() < 0.6 else word for word in own]
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        at = random.randrange(len(own))
        if len(own) > 5 and own[at] not in _NEGATIONS and not _NUMBER.search(own[at]):
            del own[at]
    if random.random() < 0.2:
        own = [word.translate(_SPELLING) for word in own]
    if random.random() < 0.2:
        own = [word[:-1] + "ى" if word.endswith("ي") else word for word in own]
    return own


def contradict(words: Sequence[str], random: Random, vocabulary: Sequence[str]) -> Words | None:
    """Change what a headline says: an opposite, a negation, a number, a state or people, or any other word.

    Args:
        vocabulary: words to put for any other one.
    """
    changes = [_opposite] * 5 + [_negate] * 3 + [_renumber] * 3 + [_exchange] * 3 + [_replace] * 2
    for change in random.sample(changes, len(changes)):
        changed = change(list(words), random, vocabulary)
        if changed is not None and changed != list(words):
            return changed
    return None


def _opposite(words: Words, random: Random, vocabulary: Sequence[str]) -> Words | None:
    _, opposite = _meanings()
    places = [
        (at, prefix, stem) for at, word in enumerate(words) for prefix, stem in _parts(word) if opposite.get(stem)
    ]
    if not places:
        return None
    at, prefix, stem = random.choice(places)
    words[at] = prefix + random.choice(opposite[stem])
    return words


def _negate(words: Words, random: Random, vocabulary: Sequence[str]) -> Words | None:
    if said := [at for at, word in enumerate(words) if word in _NEGATIONS]:
        del words[said[0]]
        return words
    verbs = [at for at, word in enumerate(words[:8]) if _IMPERFECT.fullmatch(word)]
    verbs = [at for at in verbs if not at or words[at - 1] not in _PARTICLES][:2]
    if not verbs:
        return None
    words.insert(random.choice(verbs), random.choice(("لا", "لن", "لم")))
    return words


def _renumber(words: Words, random: Random, vocabulary: Sequence[str]) -> Words | None:
    places = [(at, found) for at, word in enumerate(words) if (found := _NUMBER.search(word))]
    if not places:
        return None
    at, found = random.choice(places)
    value = int(found[0])
    other = random.choice([value + random.randint(1, 9), value * random.choice((2, 3, 10)), max(1, value // 2)])
    words[at] = words[at][: found.start()] + str(other if other != value else value + 1) + words[at][found.end() :]
    return words


def _exchange(words: Words, random: Random, vocabulary: Sequence[str]) -> Words | None:
    peoples = _peoples()
    places = []
    for at, word in enumerate(words):
        for prefix, stem in _parts(word):
            ending = next((own for own in _ENDINGS if stem.endswith(own) and stem.removesuffix(own) in peoples), None)
            if ending is not None:
                places.append((at, prefix, stem.removesuffix(ending), ending))
    if not places:
        return None
    at, prefix, name, ending = random.choice(places)
    words[at] = prefix + random.choice([other for other in peoples[name] if other != name]) + ending
    return words


def _replace(words: Words, random: Random, vocabulary: Sequence[str]) -> Words | None:
    places = [at for at, word in enumerate(words) if len(word) >= CONTENT and word not in _PARTICLES]
    if not places:
        return None
    words[random.choice(places)] = random.choice(vocabulary)
    return words


def _same(word: str, random: Random) -> str:
    same, _ = _meanings()
    found = next(((prefix, stem) for prefix, stem in _parts(word) if same.get(stem)), None)
    return word if found is None else found[0] + random.choice(same[found[1]])


def _parts(word: str) -> list[tuple[str, str]]:
    """Return a word as (prefix, rest): whole, and with each prefix that leaves three letters."""
    return [("", word)] + [
        (own, word[len(own) :]) for own in _PREFIXES if word.startswith(own) and len(word) > len(own) + 2
    ]
