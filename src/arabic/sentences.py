"""Sentences of Arabic news text, as spans of characters.

A paragraph is a line. A sentence ends at the end of its line and at `. ! ? ؟ ۔ …` where these close it; `:`,
`،` and `؛` never do. Quotation marks and brackets that close directly after the mark belong to the sentence
before.
"""

import re
from collections.abc import Iterator

from .normalise import INVISIBLE, TASHKEEL
from .spans import Span

_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARKS = ".!?؟۔…"
_RUN = re.compile(f"[{_MARKS}]+")
_MARK_OR_QUOTE = re.compile(f'[{_MARKS}]+|["“”„«»]')
# one side of a family is often used for both, so that only parity tells which it is
_FAMILY = {'"': '"', "“": "“", "”": "“", "„": "“", "«": "«", "»": "«"}
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_TASHKEEL = re.compile(f"[{TASHKEEL}]+")
_NON_BLANK = re.compile(r"\S")
_FINAL = re.compile(rf"[{_MARKS}][\"“”„«»’'›)\]}}\s{INVISIBLE}]*\Z")
_LETTER = "[ء-غف-ي]"
_SPACED = "[ء-غف-هي]"
_ABBREVIATION = re.compile(
    # د. م. أ.د. ج.م.ع.; yet no title in «2010 م.», nor at the end of an agency's spaced letters «أ ف ب.»
    rf"(?<!\w)(?<!\d )(?<!\W{_SPACED} )(?<!^{_SPACED} )(?:{_LETTER}|و[دمأ])\Z"
    r"|(?<![A-Za-z0-9])[A-Za-z]\Z"
    r"|(?<!\w)دبليو\Z"
    r"|(?<![A-Za-z0-9])(?i:mrs?|ms|drs?|prof|st|sr|jr|inc|ltd|corp|vs|nos?|vol|gen|gov|sen|rep|lt|col|capt|rev)\Z"
)
_LETTER_NAMES = frozenset(
    {
        *("اي", "أي", "إي", "ايه", "إيه", "أيه", "آي", "بي", "بيه", "سي", "دي", "اف", "إف", "جي", "جيه"),
        *("اتش", "إتش", "أتش", "كي", "كيه", "ال", "إل", "ام", "إم", "ان", "إن", "او", "أو", "كيو", "ار"),
        *("آر", "اس", "إس", "تي", "يو", "في", "دبليو", "اكس", "إكس", "واي", "زد"),
    }
)
_LAST_WORD = re.compile(r"\w+\Z")
_ARABIC_DOMAIN = re.compile(r"(?:نت|كوم|أورغ|اورغ|أورج|اورج)(?!\w)")
_ENUMERATOR = re.compile(r"\s*[(\[]?\d{1,3}\Z")


def split_sentences(text: str) -> list[Span]:
    """Return the sentences of a text, in order, as spans of characters without blanks at their edges.

    Every character that is not white space lies in exactly one span. A piece without any letter or digit (a
    stray quotation mark, a bullet) joins the sentence before it on its line, or else the one after; it is a
    span of its own only where its line has nothing else. No text raises; the time is linear in its length.
    """
    return [span for line in _LINE.finditer(text) for span in _line_spans(line.group(), line.start())]


def _line_spans(line: str, offset: int) -> Iterator[Span]:
    pending: tuple[int, int] | None = None
    start = 0
    for end in [*_ends(line), len(line)]:
        piece = line[start:end]
        stripped = piece.strip()
        if stripped:
            left = start + len(piece) - len(piece.lstrip())
            right = left + len(stripped)
            if pending is None:
                pending = (left, right)
            elif _has_word(stripped) and _has_word(line[pending[0] : pending[1]]):
                yield Span(offset + pending[0], offset + pending[1])
                pending = (left, right)
            else:
                pending = (pending[0], right)
        start = end
    if pending is not None:
        yield Span(offset + pending[0], offset + pending[1])


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _ends(line: str) -> Iterator[int]:
    """Yield the positions inside the line at which a sentence ends."""
    ends_itself = _FINAL.search(line[-64:]) is not None
    is_open = dict.fromkeys(_FAMILY.values(), False)
    position = 0
    while match := _MARK_OR_QUOTE.search(line, position):
        if match.group() in _FAMILY:
            is_open[_FAMILY[match.group()]] ^= True
            position = match.end()
            continue
        before = line[match.start() - 1 : match.start()]
        is_aside = before in {"(", "[", "{"} or (before in _FAMILY and is_open[_FAMILY[before]])
        position, last_run, is_closed = _absorb(line, match.start(), is_open)
        following = _NON_BLANK.search(line, position)
        if following is None or is_aside or following.group() in "،؛,;:":
            continue
        is_spaced = following.start() > position
        if last_run == ".." or "…" in last_run or last_run.startswith("..."):
            is_end = is_spaced and not is_closed and (last_run != ".." or ends_itself)
        elif last_run == "." and match.group() == "." and _is_abbreviation(line, match.start()):
            is_end = False
        else:
            is_end = is_spaced or is_closed or _starts_unspaced(line, match.start(), position)
        if is_end:
            yield position


def _absorb(line: str, position: int, is_open: dict[str, bool]) -> tuple[int, str, bool]:
    """Go past final marks and what closes after them.

    Returns the end, the last run of marks, and whether anything closed after that run; `is_open` is brought
    up to date.
    """
    last_run, is_closed = "", False
    while position < len(line):
        if run := _RUN.match(line, position):
            last_run, is_closed, position = run.group(), False, run.end()
            continue
        if _INVISIBLE.match(line, position):
            position += 1
            continue
        closer = _NON_BLANK.search(line, position)
        if closer is None or not _closes(line, closer.start(), closer.start() > position, is_open):
            break
        if closer.group() in _FAMILY:
            is_open[_FAMILY[closer.group()]] = False
        is_closed, position = True, closer.end()
    return position, last_run, is_closed


def _closes(line: str, position: int, is_spaced: bool, is_open: dict[str, bool]) -> bool:
    mark, following = line[position], line[position + 1 : position + 2]
    if mark in ")]}":
        return True
    if mark in _FAMILY:
        if is_open[_FAMILY[mark]]:
            return not is_spaced or not following.isalnum()
        return not is_spaced and mark in "”»" and not following.isalnum()
    return mark in "’'›" and not is_spaced and not following.isalnum()


def _is_abbreviation(line: str, dot: int) -> bool:
    if dot < 16 and _ENUMERATOR.match(line, 0, dot):
        return True
    tail = _TASHKEEL.sub("", line[max(0, dot - 24) : dot])
    if _ABBREVIATION.search(tail):
        return True
    if line[dot + 1 : dot + 2].isspace():
        return False
    word = _LAST_WORD.search(tail)
    is_spelled_out = word is not None and word.group() in _LETTER_NAMES
    return is_spelled_out or _ARABIC_DOMAIN.match(line, dot + 1) is not None


def _starts_unspaced(line: str, mark: int, position: int) -> bool:
    """Tell whether what follows a mark without a blank begins a sentence; domains and decimals do not."""
    following = line[position]
    if following.isdigit():
        return _is_arabic(line[mark - 1 : mark])
    return _is_arabic(following) or following in '"“«([#'


def _is_arabic(character: str) -> bool:
    return "\u0621" <= character <= "\u064a" or "\u0671" <= character <= "\u06d3"
