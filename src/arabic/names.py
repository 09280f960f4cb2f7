"""What belongs to the naming of a speaker and what is the verb's object: by the build of names and offices."""

from __future__ import annotations

import re

from .lexicon import DOCUMENTS, QUANTITIES, TITLES, is_body, is_role
from .normalise import plain
from .spans import Span

_WORD = re.compile(r"\S+")
# Names in these letters, which are prepositions elsewhere
_IN_LA = re.compile(
    "ليلي|لمي|لين|لميا|لبني|لطف|لطيفة|لؤي|لورا|لارا|لولو|لمجد|لويس|لوك|"
    "بدر|بشار|بسام|باسل|بلال|برهان|بندر|بهاء|بهي|بشير|بثين|بيتر|بول|بطرس|برنار|بري|بو"
)
_MASDAR = re.compile(r"(?:ت\w{2}ي\w|ا(?:ست|ن)?\w{2,3}ا\w|رفض|حبس|فتح|ضبط|رفع|وقف|منح|مراجعة|تعبئة|وجود|عدم|قرار|بطء)$")
_BODIES_LIKE_MASDAR = frozenset("اتحاد ائتلاف تقرير تنظيم استطلاع تحقيق اجتماع انصار اهالي".split())
_BINDING = frozenset("بن ابن بنت عبد ولد آل".split())
_CONNECTORS = frozenset("ابا ذو فون بن ابن بنت ابو ابي ام ال عبد ولد دي دا فان دال دو بالحاج سي سيدي لالة علي".split())
_NISBA = re.compile("(?:ي|ية|يين|يون)$")
_ADJECTIVES = frozenset(
    (
        "السابق السابقه السابقة الاسبق العام العامة الاعلي المتحدة الجديد الجديدة المساعد المساعدة الحاكم الحالي "
        "المتقاعد الكبير الكبري الصغير الصغري العليا المتقاعدة الاول الاولي الثاني المعارض المعارضة المستقل المستقلة "
        "المشترك المكلف المكلفة السابقين"
    ).split()
)


def is_masdar(folded: str) -> bool:
    """Tell whether a word is the noun of an action, as «تعويض» and «إرسال» are: an object and no speaker."""
    return folded not in _BODIES_LIKE_MASDAR and _MASDAR.match(folded) is not None


def has_name(words: list[str]) -> bool:
    """Tell whether a naming, folded, goes on past its office to a name: «الوزير كمال», not «وزير المالية»."""
    return office_end(words) < len(words)


def without_object(text: str, phrase: Span) -> Span:
    """Cut «بوتين الشكر» to «بوتين»: a subject is named again elsewhere in the text, with its object it is not."""
    ends = [match.end() for match in _WORD.finditer(text, phrase.start, phrase.end)]
    words = [plain(match.group()) for match in _WORD.finditer(text, phrase.start, phrase.end)]
    for end in reversed(ends[:-1]):
        alone = plain(text[phrase.start : end])
        if " " not in alone and not _stands_alone(words):
            break
        named = re.compile(rf"(?<!\w){re.escape(text[phrase.start : end])}(?!\w)")
        if any(match.start() != phrase.start for match in named.finditer(text)):
            return Span(phrase.start, end)
    return name_only(text, phrase, before_object=True)


def _stands_alone(words: list[str]) -> bool:
    """Tell whether the first word of a phrase can be the whole subject: a definite noun, or a name."""
    if words[0].startswith("ال"):
        if words[0] in TITLES or (is_role(words[0]) and not _definite(words[1]) and not is_masdar(words[1])):
            # «الشيخ سالم», «المتحدث سالم الحمد»
            return False
        return not is_adjective(words[0], words[1])
    if words[0] in QUANTITIES:
        return False
    return not (is_role(words[0]) or is_body(words[0]) or words[0] in DOCUMENTS)


def name_only(text: str, phrase: Span, *, before_object: bool = False) -> Span:
    """Cut what stands past the name: «الرئيس كمال الصنهاجي لصحفيين», «وكيل الأعمال إدريس فونسيكا الإدارة»."""
    matches = list(_WORD.finditer(text, phrase.start, phrase.end))
    cut = _object_at([_comparable(match.group()) for match in matches], before_object)
    return phrase if cut is None else Span(phrase.start, matches[cut - 1].end())


def _comparable(word: str) -> str:
    """Return a word as it is compared; «إلياس» and «ألفريد» must not look definite."""
    return "ء" + plain(word)[1:] if word.startswith(("إل", "أل")) else plain(word)


def _object_at(words: list[str], before_object: bool) -> int | None:
    """Return where the object begins by the build of the phrase alone, None where it does not tell.

    An office ends with its definite noun and adjectives on it («وزير النقل الأردني»); the name that follows has at
    most two words, of which the last may be definite («هاني المومني»). A definite word past these is the object,
    and so is an indefinite one with a definite one on it («شروط العودة»).
    """
    at = office_end(words)
    if at >= len(words) or words[at].startswith(("وال", "ولل")):
        return None
    if words[at].startswith("ال"):
        return None if at == 0 or is_adjective(words[at - 1], words[at]) else at
    if at == 0:
        return None
    if words[at] not in _BINDING and is_body(words[0]) and not is_role(words[0]) and at > 1:
        return at
    if before_object and not is_role(words[0]) and is_masdar(words[at]):
        return at
    at = _name_end(words, at)
    if at >= len(words):
        return None
    if (
        words[at].startswith(("ال", "لل", "بال"))
        or words[at - 1].startswith("ال")
        or (before_object and is_masdar(words[at]))
    ):
        return at
    return at if at + 1 < len(words) and words[at + 1].startswith("ال") else None


def _name_end(words: list[str], at: int) -> int:
    """Return where a name that begins at `at` ends: two words, without «بن», «عبد», «ولد» and what they bind."""
    count = 0
    while at < len(words) and count < 2:
        if words[at] == "الله":
            at += 1
            continue
        if words[at] in _CONNECTORS or (at + 1 < len(words) and words[at + 1] == "الله"):
            at += 2
            count += words[at - 2] not in _BINDING
            continue
        count += 1 if not words[at].startswith("ال") else 2
        at += 1
        if at < len(words) and words[at] in _BINDING:
            count = min(count, 1)
    return min(at, len(words))


def office_end(words: list[str]) -> int:
    """Return how many words an office takes at the front of a phrase: «رئيس لجنة الطوارئ في الإقليم»."""
    quoted = [at for at, word in enumerate(words) if word.endswith('"')]
    if quoted:
        at = quoted[-1] + 1
        if is_role(words[0]) and at + 1 < len(words) and words[at].startswith("ال") and not _definite(words[at + 1]):
            # «رئيس رابطة «آباء» المحاسب تامر الصاوي»: a trade before the name
            at += 1
    elif is_role(words[0]) or words[0].startswith("ال"):
        at = 0
        while at < len(words) and not words[at].startswith("ال"):
            at += 1
        at += 1
    else:
        return 0
    while at < len(words):
        if words[at] in ("في", "باسم", "عن", "لدي") or (
            words[at][:1] in ("ل", "ب") and words[at] not in _CONNECTORS and not _IN_LA.match(words[at])
        ):
            at += 1 if words[at][:1] not in ("ل", "ب") or words[at] in ("لدي", "باسم") else 0
            at += 2 if at + 1 < len(words) and not _definite(words[at]) and _definite(words[at + 1]) else 1
        elif (
            (is_role(words[at]) and words[at].startswith("ال"))
            or words[at] in ("د", "د.", "ا.د.", "م.")
            or (at and is_adjective(words[at - 1], words[at]))
        ):
            at += 1
        else:
            break
    return at


def is_adjective(head: str, word: str) -> bool:
    """Tell whether a definite word describes the definite noun before it, and is not a noun of its own."""
    if not word.startswith("ال"):
        return False
    if _NISBA.search(word) or word in _ADJECTIVES:
        return True
    return word.startswith("الم") and head.startswith("ال") and (word.endswith("ة") == head.endswith(("ة", "ات")))


def _definite(word: str) -> bool:
    return word.startswith(("ال", "لل", "بال"))
