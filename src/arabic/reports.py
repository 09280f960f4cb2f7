"""Whether a cue makes its sentence a report: not in a minor clause, not a silence, a poster that hangs, a byline."""

from __future__ import annotations

import re

from .cues import Cue
from .lexicon import is_role
from .normalise import plain
from .spans import Span

_MINOR = frozenset(
    (
        "الذي التي الذين اللذين اللواتي بعدما عندما حينما حين ان بان لان انه انها ريثما كي حتي الا ما مما بما اذا "
        "لو بعد قبل لم لن لا"
    ).split()
)
_ASKING = ("ماذا", "كيف", "لماذا", "هل")
# So many characters around a cue tell what it is.
_NEAR = 300
# «المنيا – كتب سيد الفولى:»: a dateline before the byline has so many characters at most.
_DATELINE = 25
_NEGATIONS = frozenset("لم لا لن ما".split())
# With a negation these say that nothing was said: «لم يعلق», «لم تذكر».
_SILENT_IF_NEGATED = frozenset(
    "علق رد نشر ذكر أجاب صرح أدلى كشف أفصح تحدث أصدر أعلن قدّم أوضح عقّب رفض اعترض عارض طلب سأل".split()
)
_REFUSED = re.compile(
    r"(?:ال|عن ال)(?:تعليق|رد|حديث|إدلاء|ادلاء|إفصاح|افصاح|إجابة|اجابة|كشف|خوض|كلام|تعقيب|تصريح)(?!\w)"
)
# «قال عنها الرحالة إنها لؤلؤة»: in a clause that describes the noun before it
_ABOUT_NOUN = re.compile(r"\s+(?:عنه|عنها|عنهم|فيه|فيها|بها|به|منها|منه)\s")
# What is hung, written or put up: «علق لافتة», «كتب على اللوح»
_HUNG = re.compile(
    r"(?<!\w)(?:ال)?(?:لافتة|لافتتان|لافتات|ورقة|صورة|صور\w*|ملصق\w*|لوحة|إكليل|محاضر|جدول\w*|عبارة|كرة|شريط)(?!\w)"
)
_INSCRIBED = re.compile(
    r"\s*(?:على\s+(?:ال)?(?:لافت|لوح|سبورة|جدار|جدران|غلاف|باب|أول|ظهر|واجه|قماش)\w*|علي(?:ه|ها|هما)(?!\w))"
)
_INVITED = re.compile(r"(?:إلى|الى|ل)\s?(?:حفل|مأدبة|عشاء|غداء|إفطار|افطار|ندوة|مؤتمر|اجتماع|لقاء|مائدة)(?!\w)")
_GESTURE = re.compile(r"\s*(?:\S+\s+){0,4}(?:بيد|بعصا|بإصبع|برأس|بكف|بسبابت)\w*")
# Things that are told or counted and tell nothing: «تعلن الأسماء», «يقدر عدد السكان بـ»
_THINGS = re.compile(r"\s*(?:عدد|قيمة|مساحة|كلفة|تكلفة|نسبة|حجم|عمر|ثمن|الأسماء|أسماء|النتائج|نتائج|طول|وزن)(?!\w)")
_TOLD_OF_THINGS = frozenset("قدّر أعلن كتب نشر ذكر علق روى حكى".split())
_WORKS = re.compile(r"\s*(?:ال)?(?:فيلم|مسلسل|رواية|مسرحية|قصة|كتاب|فلم|شريط|أغنية|لوحة)(?!\w)")
_COLON_AND_NO_QUOTATION = re.compile(r":(?!\s*[«\"“])")
_DAMMA = "\u064f"
PREPOSITIONS = frozenset(
    (
        "في علي من الي عن مع خلال بعد قبل منذ عقب امام لدي عند حول ردا تعليقا بحسب وفق عبر بشان رغم ازاء تحت وسط اثناء "
        "اثر غداه غداة مساء صباح امس اليوم لاحقا بعدها هكذا هنا ثم لكن وسرعان بالمقابل"
    ).split()
)
_FINITE = re.compile(r"[،؛,;:–\-—.«»\"“”()|]")


# «عمان (وكالات) -- قال»: where an agency's copy comes from
_AGENCY = re.compile(r"[^\n()«»\"“”]{0,60}\([^()\n]{2,30}\)\s*[-–—ـ]+\s*")


def after_dateline(text: str, start: int, end: int) -> int:
    """Return where the sentence `text[start:end]` begins behind the place and the agency that it opens with."""
    match = _AGENCY.match(text, start, end)
    return start if match is None or match.end() >= end else match.end()


def is_report(text: str, start: int, end: int, cue: Cue, topic: Span | None) -> bool:
    """Tell whether the verb of saying is one of the sentence `text[start:end]` itself, and says something."""
    if _is_byline(text, start, end, cue) or _is_passive(text, cue) or _is_mute(text, start, end, cue):
        return False
    if _is_impersonal(text, end, cue, topic):
        return False
    return not (_is_minor(text, start, cue) or _is_embedded(text, start, cue, topic))


# «ويتوقع أن», «ويعتقد أن»: read as passives where nothing stands between the verb and its clause
_EXPECTED = frozenset("توقع اعتقد رجح زعم ظن افترض خشي قدّر ذكر أشار لاحظ".split())
_CLAUSE_NEXT = re.compile(r"\s+(?:إلى\s+)?[أا]ن(?:ه|ها|هم)?(?!\w)")
# «تعتبر المدينة الأكبر»: is deemed, by nobody who is named
_DEEMED = re.compile(r"[\"«“]|(?<!\w)[بو]?[أا]ن(?:ه|ها|هم)?(?!\w)|غير")


def _is_impersonal(text: str, end: int, cue: Cue, topic: Span | None) -> bool:
    if cue.feminine is None or cue.plural or plain(text[cue.start])[0] not in "يت":
        return False
    if cue.lemma in _EXPECTED and plain(text[cue.start]) == "ي" and _CLAUSE_NEXT.match(text, cue.end, end):
        return topic is None or not text[topic.end : cue.start].isspace()
    if cue.lemma == "اعتبر" and _FORM_OF_DEEMING.match(text, cue.start):
        subject = text[cue.end : end].split()[:1]
        return not (_DEEMED.search(text, cue.end, min(end, cue.end + 90)) or (subject and is_role(subject[0])))
    return False


_FORM_OF_DEEMING = re.compile(r"[يت]عتبر(?!\w)")


def _is_byline(text: str, start: int, end: int, cue: Cue) -> bool:
    # «كتب محمود الشافعى:» at the head of an article says who wrote it; the article is the narrator's.
    if cue.lemma != "كتب" or cue.start - start > _DATELINE or text[:start].strip():
        return False
    return _COLON_AND_NO_QUOTATION.search(text, cue.end, min(end, cue.end + 44)) is not None


def _is_passive(text: str, cue: Cue) -> bool:
    # «كُتب», «عُلّق»: nobody speaks; the active imperfect of the fourth form has the sign too («يُعلن»).
    word = text[cue.start : cue.end]
    return _DAMMA in word[1:2] and plain(word)[0] not in "يتس"


def _is_mute(text: str, start: int, end: int, cue: Cue) -> bool:
    first = text[start : min(cue.start, start + _NEAR)].split()[:1]
    before = text[max(start, cue.start - _NEAR) : cue.start].split()
    if first and plain(first[0]).lstrip("وف") in _ASKING and text[start:end].rstrip().endswith("؟"):
        return True
    clause = re.split("[،؛:.]", text[cue.end : min(end, cue.end + _NEAR)], maxsplit=1)[0]
    if cue.lemma in ("رفض", "امتنع") and _REFUSED.search(clause):
        return True
    if before and plain(before[-1]).lstrip("وف") in _NEGATIONS and cue.lemma in _SILENT_IF_NEGATED:
        return not re.search(r"سوى|إلا|غير", clause)
    if cue.lemma == "علق" and _HUNG.search(clause) and "قائل" not in clause:
        return True
    if (
        cue.lemma == "كتب"
        and (_INSCRIBED.match(text, cue.end) or _HUNG.match(text, cue.end))
        and ":" not in text[cue.end : min(end, cue.end + _NEAR)]
    ):
        return True
    if cue.lemma == "كتب" and re.match(r"\s*علي(?:ه|ها|هما)(?!\w)", text[cue.end : cue.end + 8]):
        return True
    if cue.lemma == "دعا" and _INVITED.search(clause):
        return True
    if cue.lemma == "أشار" and _GESTURE.match(text, cue.end, min(end, cue.end + 60)):
        return True
    if cue.lemma in _TOLD_OF_THINGS and _THINGS.match(text, cue.end):
        return True
    return cue.lemma in ("حكى", "روى", "تحدث") and _WORKS.match(text, cue.end) is not None


def _is_minor(text: str, start: int, cue: Cue) -> bool:
    before = text[max(start, cue.start - _NEAR) : cue.start].split()
    # The prefix و or ف of the verb itself stands as the last piece.
    words = [plain(word) for word in before if word not in ("و", "ف")]
    if not words:
        return False
    last = words[-1]
    if last in ("لم", "لا", "لن", "ما", "ولم", "ولا", "ولن", "فلم", "فلا"):
        return len(words) > 1 and words[-2] in _MINOR | {"الذي", "التي"}
    if last in ("كان", "كانت", "قد") and any(word in ("الذي", "التي", "الذين") for word in words[-3:-1]):
        return True
    if last == "ان" and len(words) > 1 and words[-2].lstrip("وف") in ("غير", "الا", "بيد", "سبق"):
        return False
    if last in ("انه", "انها") and len(words) > 1 and words[-2].lstrip("وف") in ("غير", "الا", "بيد", "كما"):
        return False
    return last in _MINOR and not (last == "حين" and len(words) > 1 and words[-2] in ("في", "وفي"))


def _is_embedded(text: str, start: int, cue: Cue, topic: Span | None) -> bool:
    """Tell whether the verb stands in the middle of a clause that describes a noun: «عريضة تطالب بـ»."""
    front = text[max(start, cue.start - _NEAR) : cue.start]
    if cue.conjunction or not front.strip():
        return False
    if _ABOUT_NOUN.match(text, cue.end):
        return True
    segment = _FINITE.split(front)[-1]
    words = [plain(word) for word in segment.split() if word not in ("و", "ف")]
    if not words or (topic is not None and topic.end <= cue.start and not text[topic.end : cue.start].strip(" قدفو\n")):
        return False
    if words[0] in PREPOSITIONS or words[0].lstrip("وف") in PREPOSITIONS or len(words) <= 2:
        return False
    return words[-1] in ("كان", "كانت") and len(words) > 3
