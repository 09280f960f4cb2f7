"""Where a noun phrase that names a speaker ends: after a reporting verb, before one, after «وفقا لـ»."""

from __future__ import annotations

import re
from itertools import islice

from .cues import is_cue_form
from .lexicon import (
    ASIDES,
    AUDIENCES,
    BODIES,
    DOCUMENTS,
    OCCASIONS,
    QUANTITIES,
    STOPS,
    TIME,
    TITLES,
    is_aside,
    is_body,
    is_manner,
    is_role,
)
from .normalise import plain
from .spans import Span

MOST_WORDS = 12
# Of these the phrase is found: its words, quotations inside it, what closes it.
_MOST_TOKENS = 48
_TOKEN = re.compile(r"[^\s،؛:.,;!؟?()\[\]…\"“”«»‘’–—|]+|[^\s]")
_TANWIN = "\u064b"

# «الجمعية ذاتها»: the word of identity belongs to the naming.
_SELF = frozenset("نفسه نفسها ذاته ذاتها نفسهم ذاتهم".split())
# A subject has ended where a demonstrative stands: «نفى رئيس اللجنة ذلك».
_DEMONSTRATIVES = frozenset("جملة وتفصيلا ذلك هذا هذه تلك هؤلاء هذين اي اية".split())
# After a dot these are titles: «د. الشويري».
_ABBREVIATIONS = frozenset("د ا م ق".split())
# «النائب عن حزب الوسط», «المشرف على الانتخابات»
_WITH_PREPOSITION = frozenset((("نائب", "عن"), ("مشرف", "علي"), ("مشرفة", "علي"), ("مندوب", "عن")))
_OBJECT = re.compile("بان|بال|ب$|بما$")
_VERBAL_YA = re.compile(r"ي(?![اوي])\w{2,5}$")
_NAMES_IN_YA = frozenset("يحيي يعقوب يزن يسري يلتسين ينال يمني يشار يلدريم يعرب يمان".split())
OPENING, CLOSING = '"“«‘', '"”»’'
"""Marks that open and close a name in quotation marks; the straight one does both."""


def noun_phrase(text: str, start: int, end: int, *, cut_at_ba: bool = False) -> Span | None:
    """Return the noun phrase at the front of `text[start:end]`, or None where none begins there.

    `cut_at_ba`: the verb takes its object with بـ, so a word that begins with it ends the subject.
    """
    tokens = list(islice(_TOKEN.finditer(text, start, end), _MOST_TOKENS))
    at = 0
    while at < len(tokens) and is_aside(plain(tokens[at].group())):
        at += 1
    first = last = None
    count = inside = 0
    # «نقاء المدى» as a name: the marks are left out
    if at < len(tokens) and (name_end := _short_quotation(tokens, at)) is not None:
        return _trim(text, tokens[at].end(), tokens[name_end].start())
    while at < len(tokens) and count < MOST_WORDS:
        raw: str = tokens[at].group()
        word = plain(raw)
        if raw == "." and at and _abbreviates(tokens, at):
            last = tokens[at].end()
            at += 1
            continue
        if word == "ل" and first is not None and at + 1 < len(tokens) and _is_role(text, first):
            closing: int | None = _short_quotation(tokens, at + 1, 6)
            # «المنسقة الوطنية لـ«شقائق» هند»، not «أكد المصدر لـ«الميناء» أن»
            if closing is not None and closing + 1 < len(tokens) and plain(tokens[closing + 1].group()) not in _CLOSERS:
                last, at = tokens[closing].end(), closing + 1
                continue
        if len(raw) == 1 and not raw.isalnum():
            closing = (
                _short_quotation(tokens, at, 6)
                if first is not None and _named_by_quotation(text, first, last)
                else None
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
            if word in STOPS or not _object_follows(tokens, at):
                break
        elif count == 1 and first is not None and _is_complement(text, tokens, at, first):
            pass
        elif cut_at_ba and first is not None and word.startswith("ب") and _is_name_in_ba(tokens, at):
            # «ردت نوال بشارة بأن»: a name of the same letter
            pass
        elif _ends_phrase(
            raw,
            word,
            is_first=first is None,
            cut_at_ba=cut_at_ba,
            role=_is_role(text, first),
            joined=_is_joined(tokens, at),
        ):
            break
        first = tokens[at].start() if first is None else first
        last = tokens[at].end()
        count += 1
        at += 1
        if inside and at > inside + 8:
            break
    return None if first is None or last is None else _trim(text, first, last)


_WITH_WAW = (
    *("وال", "وزير", "وزار", "وكال", "وكيل", "وفد", "وحد", "والي", "وليد", "وائل", "وسام", "وسيم", "وفاء", "وسيل"),
    *("ولد", "ولي", "وردة", "وجدي", "وجيه", "وهبي", "وهب", "ويليام", "واعراب", "واصف", "وميض", "وديع", "واكد"),
)


_CLOSERS = frozenset(("ان", "انه", "انها", "انهم", "بان", "بانه", "بانها", "،", ",", ":", '"', "«", "“"))


def _is_joined(tokens: list[re.Match[str]], at: int) -> bool:
    """Tell whether a word in و goes on naming: «هنري ويجايا إن», «فهد وعبير الراشد،», not «الوزير وأكد أن»."""
    if at == 0 or is_cue_form(plain(tokens[at].group())[1:]):
        return False
    before = plain(tokens[at - 1].group())
    if before in TITLES:
        return True
    if before.startswith("ال"):
        return False
    return any(plain(token.group()) in _CLOSERS for token in tokens[at + 1 : at + 3])


def _is_name_in_ba(tokens: list[re.Match[str]], at: int) -> bool:
    word = plain(tokens[at].group())
    following = plain(tokens[at + 1].group()) if at + 1 < len(tokens) else ""
    if word.startswith("بال"):
        # «نقيبة الصيادلة بالمحافظة الدكتورة عبير»: a place inside the office
        return following.startswith("ال") and is_role(following)
    if plain(tokens[at - 1].group()).startswith("ال"):
        return False
    return following in ("،", ",") or _object_follows(tokens, at)


def _object_follows(tokens: list[re.Match[str]], at: int) -> bool:
    if plain(tokens[at].group()).startswith(("بال", "بان")) or tokens[at].group() in ("بـ", "ب"):
        return False
    return any(_OBJECT.match(plain(token.group())) for token in tokens[at + 1 : at + 8])


def _abbreviates(tokens: list[re.Match[str]], at: int) -> bool:
    return plain(tokens[at - 1].group()) in _ABBREVIATIONS and tokens[at - 1].end() == tokens[at].start()


def _is_complement(text: str, tokens: list[re.Match[str]], at: int, first: int) -> bool:
    """Tell whether a preposition goes on naming after one word: «مصدر من داخل المجلس», «استطلاع لصحيفة «المرفأ»»."""
    word, head = plain(tokens[at].group()), plain(text[first : tokens[at - 1].end()])
    if (head.removeprefix("ال"), word) in _WITH_PREPOSITION or (word.startswith("ل") and head in DOCUMENTS):
        return True
    if word == "من" and head in QUANTITIES:
        # «عدد من الأطباء», «العديد من التقارير»
        return True
    return word == "من" and not head.startswith("ال") and (head in BODIES or is_role(head)) and at + 1 < len(tokens)


def _ends_phrase(raw: str, word: str, *, is_first: bool, cut_at_ba: bool, role: bool, joined: bool) -> bool:
    # «فإن» opens the answer; «فان» is half of a Dutch name
    if word in STOPS or word == "في" or raw == "فإن" or (not is_first and (word in TIME or word in ASIDES)):
        return True
    if not is_first and word[:1] == "ل" and (word[1:] in AUDIENCES or word[1:2].isascii()):
        # «خبراء لرويترز»
        return True
    if (word.isdigit() and not is_first) or raw.endswith((_TANWIN, _TANWIN + "ا", "ا" + _TANWIN)):
        return True
    if is_first:
        return word.startswith(("لل", "لـ", "بال"))
    if word in _SELF:
        return False
    if word in _DEMONSTRATIVES or is_manner(word) or (_VERBAL_YA.match(word) and word not in _NAMES_IN_YA):
        return True
    if word.startswith("و") and not word.startswith(_WITH_WAW):
        own = word[1:].removeprefix("ال")
        return not is_body(own) and not is_role(own) and not joined
    # «تقديره», «بلاده»: an object with a pronoun, where the subject has ended.
    if len(word) > 3 and word.endswith(("ه", "ها", "هم")) and not word.startswith(("ال", "عبد")) and raw[-1] != "ة":
        if word in ("طه", "عبده", "نزيه", "وجيه", "نبيه", "فقيه") or raw.endswith("الله"):
            return False
        return not is_role(word)
    if word.startswith(("بال", "لل")) and role and not cut_at_ba:
        return False
    return (cut_at_ba and word.startswith("ب") and word != "باسم") or word.startswith("بال")


def _is_role(text: str, first: int | None) -> bool:
    """Tell whether the phrase opens with an office, whose holder's name may come after its complements."""
    if first is None:
        return False
    head = text[first : first + 24].split()[0]
    return is_role(head) or plain(head) in BODIES or plain(head) in ("دراسة", "تقرير", "وثيقة")


def _goes_on_in(text: str, tokens: list[re.Match[str]], at: int, first: int) -> bool:
    """Tell whether «في» belongs to the phrase: «مسؤول في السفارة», but not «الوزير في بيان»."""
    if at + 1 >= len(tokens) or plain(tokens[at + 1].group()).removeprefix("ال") in OCCASIONS | TIME:
        return False
    if plain(text[first : tokens[at].start()]).strip().replace(",", "").replace(".", "").isdigit():
        # «70 في المئة من السكان»
        return True
    words = text[first : tokens[at].start()].split()
    return len(words) <= 4 and (is_role(words[0]) or plain(words[0]) in BODIES)


def _named_by_quotation(text: str, first: int, last: int | None) -> bool:
    own = plain(text[first:last].split()[-1])
    for prefix in ("لل", "ال", "ل", "ب", ""):
        if own.startswith(prefix) and is_body(own.removeprefix(prefix)):
            return True
    return own in ("ل", "لـ", "ب") or _is_role(text, first)


def _short_quotation(tokens: list[re.Match[str]], at: int, most: int = 4) -> int | None:
    """Return where a quotation of at most `most` words that opens at `at` closes."""
    if tokens[at].group() not in OPENING:
        return None
    for closing in range(at + 2, min(at + 2 + most, len(tokens))):
        if tokens[closing].group() in CLOSING:
            return closing
    return None


def _trim(text: str, start: int, end: int) -> Span | None:
    # A title that got a bare «و» or tatweel at its end is cut back to its words; of blanks and tatweel none is left.
    while end > start and (text[end - 1] == "ـ" or text[end - 1].isspace()):
        end -= 1
    while end > start and text[start].isspace():
        start += 1
    return Span(start, end) if start < end else None
