"""When two words are one word, and when a naming is a shorter form of another."""

from __future__ import annotations

from .naming import NO_PART_OF_NAMES, Kind, Naming, Word, head_kind, is_joint, load_states
from .normalise import QUOTE_MARKS
from .stems import one_edit

SHORT = 4
"""Words of fewer letters are compared to the letter: «عون» and «عون» are the same, «علي» and «عدي» are not."""
# What follows one of these is its name: «شركة أمازون», but not «حكومة ماي».
_BODIES_BY_NAME = frozenset(
    (
        "شركة حركة وكالة صحيفة جريدة منظمة قناة حزب جماعة شبكة تنظيم موقع مؤسسة مجموعة جمعية نادي مجلة وزارة ميليشيا "
        "مصرف بنك هيئة جبهة دولة جمهورية"
    ).split()
)


def within(short: Naming, full: Naming, string: str) -> bool:
    """Tell whether the words of one are those of a fuller one that name it, and not whom it works for."""
    if is_joint(full) and not is_joint(short):
        return False
    if short.kind is Kind.PERSON and short.has_name and full.kind is Kind.PERSON:
        short = Naming(short.words[short.title :], Kind.NAME, 0)
    at = next((place for place, word in enumerate(full.words) if same_word(word, short.words[0])), 0)
    if at == 0:
        return True
    if short.kind is not Kind.NAME and full.kind is not short.kind:
        return False
    before = full.words[at - 1]
    if before.raw in NO_PART_OF_NAMES or full.kind is Kind.PAPER:
        return False
    is_tail = at + len(short.words) == len(full.words)
    if full.kind is Kind.BODY:
        return (at == 1 and full.words[0].raw.removeprefix("ال") in _BODIES_BY_NAME) or (
            is_tail and string[full.words[at].start - 1] in QUOTE_MARKS + "("
        )
    if full.kind is Kind.PERSON:
        is_its_own = head_kind(before) is Kind.NAME or before.is_definite
        return (full.has_name and at >= full.title) or (is_tail and at > 1 and is_its_own)
    return full.kind is Kind.NAME


def alike_words(vocabulary: dict[str, Word]) -> dict[str, list[str]]:
    """Return for each word those that count as the same; these share its first letter."""
    initials: dict[str, list[Word]] = {}
    for stem in sorted(vocabulary):
        initials.setdefault(stem[0], []).append(vocabulary[stem])
    return {
        stem: [other.stem for other in initials[stem[0]] if same_word(word, other)] for stem, word in vocabulary.items()
    }


def same_word(one: Word, other: Word) -> bool:
    """Tell whether two words are one, but for the spelling of a nationality or a slip in a name."""
    a, b = one.stem, other.stem
    if a == b:
        return True
    if a[0] != b[0]:
        return False
    people = load_states().people
    if a in people and b in people:
        return people[a] == people[b]
    if min(len(a), len(b)) < SHORT or abs(len(a) - len(b)) > 1 or not one_edit(*sorted((a, b), key=len)):
        return False
    # A last ي or ا is a nationality, a gender, a case: «مصر» and «مصري», «فرنسا» and «فرنسي».
    if a[-1] != b[-1] and not {a[-1], b[-1]}.isdisjoint("يا"):
        return False
    # Slips and transliterations befall names; «وزارة» and «وزيرة» are two words.
    return head_kind(one) is Kind.NAME and head_kind(other) is Kind.NAME
