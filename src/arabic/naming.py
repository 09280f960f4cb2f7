"""What a string that names a speaker is built of: an office, a body or a document, and then a name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import resources

from .lexicon import DOCUMENTS, STOPS, is_body, is_role
from .names import is_adjective
from .normalise import TASHKEEL, TATWEEL, plain

# One sound of another language that newsrooms write with different letters: جونغ, جونج, جونك.
_TRANSLITERATION = str.maketrans("غقكگڤپچة", "ججججفبجه")
# An underscore joins the words of a hashtag.
_WORD = re.compile(f"[^\\W_](?:[^\\W_]|[{TASHKEEL}{TATWEEL}])*")
# Written apart or together: «عبد الملك», «أبو علوة», «بو شناف», «آل مكتوم».
_BOUND_TO_NEXT = frozenset("عبد ابو ابي بو ام ال".split())
_BOUND_ARTICLE = re.compile("^(عبد|ابو|ابي|بو)ال(?=...)")
_PREPOSITIONS = frozenset("في باسم عن لدي من الي بقيادة لشؤون".split())
NO_PART_OF_NAMES = STOPS - {"علي"}
"""«على» and «علي» are written alike in Egypt, and the latter is a name."""
_PREFIXES = ("وال", "بال", "فال", "كال")
RELATIVE = ("نظير", "شقيق", "مضيف")
"""Beginnings of a head that says who somebody is by another one: «نظيره الروسي»."""
_PEOPLE = frozenset(
    (
        "زعيم زعيمة عاهل ملك ملكة امير اميرة سلطان حاكم مبعوث مبعوثة مرشح مرشحة مستشار مستشارة ولي رجل سيناتور نجم "
        "نجمة ممثل ممثلة مغني مغنية مطرب مطربة مؤلف مؤلفة منتج منتجة بطل بطلة متسابق متسابقة عارضة باحث باحثة "
        "برلماني برلمانية جنرال كولونيل مشير قاضي قاضية مدعي مدعية حارس مهاجم مدافع طاهي شيف عداء مراسل "
        "مراسلة مراسلون مراسلو محلل محللة قس بابا مفتي شريك شريكة رئيسا مفاوض مفاوضي كبير كبيرة قائم مساعد مساعدة "
        "نجل خطيب خطيبة ام اب ابن ابنة بنت اخ اخت عم خال جد جدة مواطن مواطنة شاب شابة طفل طفلة راهب مرجع داعية "
        "سياسي سياسية مشرعون نشطاء ناشطون دبلوماسيون محامو محامون شهود مقاتل مقاتلون مقاتلين افراد اعضاء "
        "متظاهرون محتجون معارض معارضة معارضون لاجئ لاجئة لاجئون ناج ناجون متهم متهمة ضحية اخرون علماء باحثون"
    ).split()
)
_BODIES = frozenset(
    (
        "وزارة حكومة جيش شرطة رئاسة نيابة محكمة برلمان كونغرس جيوش قوات قيادة سلطات سلطة دولة جمهورية مملكة سفارة "
        "شركة حركة وكالة صحيفة جريدة منظمة قناة حزب جماعة شبكة تنظيم موقع مؤسسة مجموعة جمعية ميليشيا هيئة نادي بنك "
        "مصرف مجلة اذاعة مجلس مرصد معهد جامعة مركز تحالف ائتلاف جبهة فصيل كتيبة دفاع ادارة لجنة مفوضية مديرية"
    ).split()
)
# Beyond what `names` knows
_ADJECTIVES = frozenset("الابيض الازرق الاحمر الاسود الاخضر".split())
_PAPERS = (DOCUMENTS - {"مصدر"}) | frozenset(
    (
        "بيانات ارقام احصاءات احصائيات استطلاع كتاب رسالة وثائق تقارير قرار مشروع مسودة نتائج بحث بلاغ خطاب تصريح "
        "تصريحات دعوي مقال حكم مرسوم"
    ).split()
)


# Given names too, where no office follows: «أمير كرارة» and «أمير قطر».
_OFFICES_OR_GIVEN = frozenset("امير امين سلطان عميد رائد سيد نجم امام".split())


class Kind(Enum):
    """What the head of a naming is; NAME is whatever no list knows."""

    PERSON = "person"
    BODY = "body"
    PAPER = "paper"
    RELATIVE = "relative"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its comparable stem, whether it carries ال, and where it stands in the text.

    Args:
        raw: the word as `plain` leaves it.
        stem: folded further: without ال, sounds of other languages and nationalities under one spelling.
    """

    raw: str
    stem: str
    is_definite: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Naming:
    """A naming word by word; `words[:title]` is the office, the rest the name. An unknown border is the end."""

    words: tuple[Word, ...]
    kind: Kind
    title: int

    @property
    def stems(self) -> list[str]:
        """The words as they are compared."""
        return [word.stem for word in self.words]

    @property
    def has_name(self) -> bool:
        """Whether it holds a proper name, as far as its build tells."""
        return self.title < len(self.words)

    @property
    def is_definite(self) -> bool:
        """Whether it takes up somebody who is known, as «المصدر» and «وزير الخارجية» do and «مصدر أمني» does not."""
        return any(word.is_definite or word.stem in load_states().names for word in self.words)


@dataclass(frozen=True)
class States:
    """The states that news speaks of, under the comparable spelling of their first name.

    Args:
        names: a state by its names and its capitals, several words joined by blanks.
        people: a state by each form of its nationality.
    """

    names: dict[str, str]
    people: dict[str, str]


@lru_cache(maxsize=1)
def load_states() -> States:
    """Return the table of `states.toml` as words are compared."""
    names: dict[str, str] = {}
    people: dict[str, str] = {}
    for row in state_rows():
        state = _bare(row["names"][0])
        for name in (*row["names"], *row.get("capitals", ())):
            names[" ".join(map(_bare, name.split()))] = state
        for own in row["people"]:
            stem = _bare(own)
            people |= {stem + ending: state for ending in ("", "ه", "ة", "ون", "ين", "ان", "تان", "تين", "ات")}
    return States(names, people)


def state_rows() -> list[dict[str, list[str]]]:
    """Return the table of `states.toml` as it is written there."""
    text = resources.files(__package__).joinpath("states.toml").read_text(encoding="utf-8")
    rows: list[dict[str, list[str]]] = tomllib.loads(text)["state"]
    return rows


def read_words(text: str) -> list[Word]:
    """Return the words of a text; «عبد» and the like are one word with what follows them."""
    return list(_bound(_WORD.finditer(text), text))


def read_naming(string: str) -> Naming:
    """Return the build of a naming; raises ValueError where the string has no word."""
    words = tuple(read_words(string))
    if not words:
        raise ValueError(f"no word in {string!r}")
    kind = head_kind(words[0])
    if len(words) == 2 and words[0].raw in _OFFICES_OR_GIVEN and nationality(words[1]) is None:
        kind = Kind.NAME
    return Naming(words, kind, title_length(words) if kind in (Kind.PERSON, Kind.RELATIVE) else 0)


def head_kind(word: Word) -> Kind:
    """Return what a word is as the head of a naming."""
    return _kind_of(word.raw)


def unprefixed(word: Word) -> Word:
    """Return a word without what is written together with it: «للرئيس», «ووزير»."""
    if word.raw.startswith("لل"):
        return read_words("ال" + word.raw[2:])[0] if len(word.raw) > 3 else word
    if word.raw.startswith(_PREFIXES):
        return read_words(word.raw[1:])[0]
    # «ووزير», «لوزير»: a letter that is no part of an office
    if head_kind(word) is Kind.NAME and word.raw[:1] in "ولب" and len(word.raw) > 3:
        rest = read_words(word.raw[1:])[0]
        return rest if head_kind(rest) is Kind.PERSON else word
    return word


def title_length(words: Sequence[Word]) -> int:
    """Return how many words an office at the front takes; all of them where its end cannot be told.

    It ends with its first definite noun and what depends on that: adjectives, «في …», «باسم …», further offices.
    """
    at = _definite_end(words, 0)
    while at < len(words):
        word, before = words[at], words[at - 1]
        if word.raw in _PREPOSITIONS:
            at = _definite_end(words, at + 1)
        elif word.raw.startswith(("لل", "بال", "وال")) or (
            word.is_definite
            and (
                word.raw in _ADJECTIVES
                or word.stem in load_states().people
                or head_kind(word) is Kind.PERSON
                or is_adjective(before.raw, word.raw)
            )
        ):
            at += 1
        else:
            break
    return min(at, len(words))


def nationality(word: Word) -> str | None:
    """Return the state of an adjective or a name of one word: «الروسي», «روسيا», «موسكو»."""
    states = load_states()
    return states.people.get(word.stem) or states.names.get(word.stem)


def state_of(naming: Naming) -> str | None:
    """Return the state that a naming is a name of, or of its capital: «موسكو», «المملكة العربية السعودية»."""
    names = load_states().names
    return names.get(" ".join(naming.stems)) or names.get(" ".join(word.raw for word in naming.words))


def is_joint(naming: Naming) -> bool:
    """Tell whether a naming is of several: «كل من ميركل وماكرون», «الشركة والنقابة», «المغنية وفريقها»."""
    if naming.words[0].raw == "كل":
        return True
    for at, word in enumerate(naming.words[1:], start=1):
        if not word.raw.startswith("و") or len(word.raw) < 4:
            continue
        conjunct = read_words(word.raw[1:])
        kind = head_kind(conjunct[0])
        rest = conjunct + list(naming.words[at + 1 :])
        is_second_office = (
            naming.kind is Kind.PERSON and title_length(naming.words[:at]) == at and title_length(rest) < len(rest)
        )
        is_state = conjunct[0].stem in load_states().names and naming.kind is Kind.NAME
        if is_state or (kind in (Kind.PERSON, Kind.BODY) and not is_second_office) or word.raw.endswith(("ها", "هم")):
            return True
    return False


@lru_cache(maxsize=65536)
def _kind_of(raw: str) -> Kind:
    if raw.startswith(RELATIVE):
        return Kind.RELATIVE
    noun = raw.removeprefix("ال")
    if noun in _PAPERS:
        return Kind.PAPER
    if noun in _BODIES:
        return Kind.BODY
    if noun in _PEOPLE or is_role(raw):
        return Kind.PERSON
    return Kind.BODY if is_body(raw) else Kind.NAME


def _definite_end(words: Sequence[Word], at: int) -> int:
    while at < len(words):
        if words[at].is_definite or words[at].stem in load_states().names:
            return at + 1
        at += 1
    return len(words)


def _bound(matches: Iterator[re.Match[str]], text: str) -> Iterator[Word]:
    held: re.Match[str] | None = None
    for match in matches:
        raw = plain(match.group())
        if not raw:
            continue
        if held is not None:
            is_mother_of_one = plain(held.group()) == "ام" and raw.startswith("ال")
            if text[held.end() : match.start()] in (" ", "_") and not is_mother_of_one:
                yield _word(plain(held.group()) + raw, held.start(), match.end())
                held = None
                continue
            yield _word(plain(held.group()), held.start(), held.end())
            held = None
        if raw in _BOUND_TO_NEXT:
            held = match
        else:
            yield _word(raw, match.start(), match.end())
    if held is not None:
        yield _word(plain(held.group()), held.start(), held.end())


def _word(raw: str, start: int, end: int) -> Word:
    return Word(raw, _bare(raw), raw.startswith("ال") and len(raw) > 4, start, end)


def _bare(word: str) -> str:
    bare = _BOUND_ARTICLE.sub(r"\1", plain(word))
    bare = bare.removeprefix("ال") if len(bare) > 4 else bare
    # A first ق or ك counts: «كمال» is not «جمال».
    stem = (bare[0] if bare[0] in "قك" else bare[0].translate(_TRANSLITERATION)) + bare[1:].translate(_TRANSLITERATION)
    return stem[:-1] if stem.endswith("ا") and stem[:-1] in _PAPERS | _PEOPLE else stem
