"""Where a noun phrase that names a speaker ends: after a reporting verb, before one, after «وفقا لـ»."""

from __future__ import annotations

import re

from .normalise import fold, plain
from .spans import Span

MOST_WORDS = 10
_TOKEN = re.compile(r"[^\s،؛:.,;!؟?()\[\]…\"“”«»‘’–—|]+|[^\s]")
_TANWIN = "\u064b"

_DAYS = ["السبت", "الاحد", "الاثنين", "الإثنين", "الثلاثاء", "الاربعاء", "الخميس", "الجمعة"]
TIME = frozenset(fold(word) for word in [*_DAYS, *("اليوم امس اول غدا مساء صباح ظهر فجر ليل الماضي الجاري").split()])
"""Words of time, which may stand between a verb and its subject or right after it."""
ASIDES = frozenset(
    ("ايضا كذلك حينها انذاك مجددا لاحقا بدوره بدورها ساخرا ساخرة ضاحكا ممازحا غاضبا متسائلا صراحة بوضوح بشدة").split()
)
STOPS = frozenset(
    (
        "ان انه انها انهم انهما انني اننا بان بانه بانها بانهم لان لانه الي عن من على علي مع خلال بعد قبل امام عقب "
        "منذ عبر ضد حول بشان لدي عند اثناء وسط رغم حين حيث الذي التي الذين اللذين اللواتي وهو وهي وهم كما لكن بل "
        "اذ اذا ردا تعليقا بعدما عندما فيما بينما بخصوص ل لوكالة قد لم لا لن ليس هو هي ما الا سوي بحسب وفق وفقا "
        "انطلاقا الى بها به له لها لهم فيها فيه عليه عليها عنه عنها كل قوله قولها القول كانت كان تكون يكون"
    ).split()
)
_ROLES = frozenset(
    (
        "متحدث متحدثة ناطق ناطقة مسؤول مسؤولة مسؤولون مسؤولين مسئول قيادي قيادية عضو مدير مديرة باحث باحثة باحثون "
        "خبير خبيرة خبراء استاذ استاذة نائب نائبة مصدر مصادر امين امينة رئيس رئيسة محلل محللة طبيب طبيبة طبيبا "
        "موظف موظفة عامل سكان عمال نشطاء ناشط ناشطة دبلوماسي دبلوماسيون شاهد مستشار مستشارة مشرف مشرفة منسق منسقة "
        "نقيب نقيبة مفوض مفوضة مكتب قائد قائدة وزير وزيرة وكيل وكيلة مندوب مندوبة ممثل ممثلة كاتب كاتبة والي محافظ "
        "سفير سفيرة محامي محامية"
    ).split()
)
_OCCASIONS = frozenset(
    (
        "بيان بيانه بيانها تصريح تصريحات تصريحه مؤتمر كلمة كلمته كلمتها حديث حديثه حديثها حوار مقابلة تغريدة رسالة "
        "تقرير تقريره تقريرها جلسة لقاء منشور خطاب خطابه وقت ختام مستهل هذا هذه ذلك تعليق رد مداخلة تدوينة اتصال "
        "بث"
    ).split()
)
_OUTLETS = frozenset(
    (
        "وكالة صحيفة قناة موقع شركة حزب منظمة جمعية حركة تكتل مجلة شبكة مؤسسة اذاعة جماعة حملة منصة مبادرة مركز "
        "نادي ائتلاف تحالف تيار كتلة"
    ).split()
)
_OPENING, _CLOSING = '"“«‘', '"”»’'


def noun_phrase(text: str, start: int, end: int, *, cut_at_ba: bool = False) -> Span | None:
    """Return the noun phrase at the front of `text[start:end]`, or None where none begins there.

    `cut_at_ba`: the verb takes its object with بـ, so a word that begins with it ends the subject.
    """
    tokens = list(_TOKEN.finditer(text, start, end))
    at = 0
    while at < len(tokens) and (plain(tokens[at].group()) in TIME or plain(tokens[at].group()) in ASIDES):
        at += 1
    first = last = None
    count = inside = 0
    while at < len(tokens) and count < MOST_WORDS:
        raw: str = tokens[at].group()
        word = plain(raw)
        if len(raw) == 1 and not raw.isalnum():
            closing: int | None = (
                _short_quotation(tokens, at) if first is not None and _named_by_quotation(text, first, last) else None
            )
            if closing is None:
                break
            last = tokens[closing].end()
            at = closing + 1
            continue
        if first is not None and word == "في" and not inside and _goes_on_in(text, tokens, at, first):
            inside = at
        elif first is None and cut_at_ba and word.startswith("ب"):
            # «أشاد بالتعاون» has no subject here; «أشاد بوتين بالتعاون» has: its object comes later.
            if not any(plain(token.group()).startswith("ب") for token in tokens[at + 1 : at + 6]):
                break
        elif _ends_phrase(raw, word, is_first=first is None, cut_at_ba=cut_at_ba, role=_is_role(text, first)):
            break
        first = tokens[at].start() if first is None else first
        last = tokens[at].end()
        count += 1
        at += 1
        if inside and at > inside + 4:
            break
    return None if first is None or last is None else _trim(text, Span(first, last))


def _ends_phrase(raw: str, word: str, *, is_first: bool, cut_at_ba: bool, role: bool) -> bool:
    if word in STOPS or word == "في" or (not is_first and (word in TIME or word in ASIDES)):
        return True
    if word.isdigit() or raw.endswith((_TANWIN, _TANWIN + "ا", "ا" + _TANWIN)):
        return True
    if is_first:
        return word.startswith(("لل", "لـ"))
    if word.startswith("و") and not word.startswith(("وال", "وزير", "وزار", "وكال", "وكيل", "وفد", "وحد", "والي")):
        return True
    # «تقديره», «بلاده»: an object with a pronoun, where the subject has ended.
    if len(word) > 3 and word.endswith(("ه", "ها", "هم")) and not word.startswith(("ال", "عبد")) and raw[-1] != "ة":
        return word not in ("طه", "عبده", "نزيه", "وجيه", "نبيه") and not raw.endswith("الله")
    if word.startswith(("بال", "لل")) and role and not cut_at_ba:
        return False
    return (cut_at_ba and word.startswith("ب") and word != "باسم") or word.startswith(("بال", "كال"))


def _is_role(text: str, first: int | None) -> bool:
    """Tell whether the phrase opens with an office, whose holder's name may come after its complements."""
    if first is None:
        return False
    return plain(text[first : first + 24].split()[0]).removeprefix("ال") in _ROLES


def _goes_on_in(text: str, tokens: list[re.Match[str]], at: int, first: int) -> bool:
    """Tell whether «في» belongs to the phrase: «مسؤول في السفارة», but not «الوزير في بيان»."""
    if at + 1 >= len(tokens) or plain(tokens[at + 1].group()) in _OCCASIONS | TIME:
        return False
    return len(text[first : tokens[at].start()].split()) <= 3 and _is_role(text, first)


def _named_by_quotation(text: str, first: int, last: int | None) -> bool:
    return plain(text[first:last].split()[-1]).removeprefix("ال") in _OUTLETS or _is_role(text, first)


def _short_quotation(tokens: list[re.Match[str]], at: int) -> int | None:
    """Return where a quotation of at most four words that opens at `at` closes."""
    if tokens[at].group() not in _OPENING:
        return None
    for closing in range(at + 2, min(at + 6, len(tokens))):
        if tokens[closing].group() in _CLOSING:
            return closing
    return None


def _trim(text: str, span: Span) -> Span:
    # A title that got a bare «و» or tatweel at its end is cut back to its words.
    said = text[span.start : span.end].rstrip(" ـ")
    return Span(span.start, span.start + len(said))
