"""Words without what Arabic writes onto them, and which words of two texts are the same but for that."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .normalise import plain

# Longest first. Of the article, conjunctions and prepositions one combination is taken off; of the endings one.
_BEFORE = tuple("وال فال بال كال ولل ال لل و ف ب ك ل س".split())
_BEHIND = tuple("اتهم اتها اته تهم يات تها ات ون ين ان ته ها هم يه وا ه ا ي ت و".split())
_PERSONS = "يتن"
_SHORTEST = 3
_LONG = 4
"""Letters from which a stem is told from another by more than one: «قتل» and «قتلى», but not «حكم» and «حكى»."""


@lru_cache(maxsize=100_000)
def light_stem(word: str) -> str:
    """Return a word without prefix, ending and letter of the person, as far as three letters stay.

    After Larkey, Ballesteros and Connell (2007), "Light Stemming for Arabic Information Retrieval".
    """
    stem = plain(word).lower().replace("ة", "ه")
    before = next((own for own in _BEFORE if stem.startswith(own) and len(stem) - len(own) >= _SHORTEST), "")
    stem = stem.removeprefix(before)
    behind = next((own for own in _BEHIND if stem.endswith(own) and len(stem) - len(own) >= _SHORTEST), "")
    stem = stem.removesuffix(behind)
    return stem[1:] if len(stem) > _SHORTEST and stem[0] in _PERSONS else stem


def recurring(stems: Iterable[str], others: Iterable[str]) -> set[str]:
    """Return the stems that recur among others: the same, one within the other, or with one letter exchanged.

    Numbers recur only as they are, and so do stems of less than four letters.
    """
    known = set(others)
    long = [own for own in known if _is_long(own)]
    return {own for own in stems if own in known or (_is_long(own) and any(_alike(own, other) for other in long))}


def one_edit(short: str, long: str) -> bool:
    """Tell whether one letter inserted or exchanged turns `short` into `long`, which is no shorter."""
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] or short[at + 1 :] == long[at + 1 :]


def _is_long(stem: str) -> bool:
    return len(stem) >= _LONG and not any(letter.isdigit() for letter in stem)


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short in long or (len(long) - len(short) <= 1 and one_edit(short, long))
