"""Quotations in Arabic news text, of every style of mark, as spans of characters.

A quotation lies within one paragraph (a line). Marks come in families (“ ” „, « », ‹ ›, ‘ ’ ‚, " and ');
within a family newspapers use either mark at either end, so what a mark does is told by what is open and by
what stands next to it.
"""

import re
from collections import Counter
from dataclasses import dataclass

_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARK = re.compile("''|\"+|[“”„«»‹›‘’‚']")
_FAMILY = {
    **dict.fromkeys("“”„", "double"),
    **dict.fromkeys("«»", "guillemet"),
    **dict.fromkeys("‹›", "angle"),
    **dict.fromkeys("‘’‚", "single"),
    '"': "straight",
    "'": "apostrophe",
}
_OPENERS = frozenset("“„«‹‘‚")
_CLOSERS = frozenset("”»›’")
# these marks are apostrophes as often as not: alone they quote nothing
_APOSTROPHES = frozenset({"single", "apostrophe"})
_MIXED = frozenset({"double", "straight"})
_CLOSING_PUNCTUATION = frozenset(".,،؛;:!?؟…)]}")
_PROCLITIC = re.compile(r"(?<!\w)[وف]?(?:ال|[بلكوف])\Z")


@dataclass(frozen=True)
class Quote:
    """A quotation: `text[start:end]` with its marks, `text[content_start:content_end]` without them.

    `closed` is false where the paragraph ends before the quotation does; it then runs to the paragraph's last
    character that is not white space.
    """

    start: int
    end: int
    content_start: int
    content_end: int
    closed: bool


@dataclass(frozen=True)
class _Open:
    family: str
    start: int
    content_start: int


def find_quotes(text: str) -> list[Quote]:
    """Return the quotations of a text, nested ones too, ordered by start (the outer first).

    Apostrophes inside words quote nothing, nor does a single mark (‘ ’ ') that no other one closes. No text
    raises; the time is linear in its length.
    """
    quotes: list[Quote] = []
    for line in _LINE.finditer(text):
        quotes.extend(_quotes_in(text, line.start(), line.start() + len(line.group().rstrip())))
    return sorted(quotes, key=lambda quote: (quote.start, -quote.end))


def _quotes_in(text: str, begin: int, end: int) -> list[Quote]:
    marks = list(_MARK.finditer(text, begin, end))
    left = Counter(_family(mark.group()) for mark in marks)
    quotes: list[Quote] = []
    stack: list[_Open] = []
    opened: Counter[str] = Counter()
    slip: int | None = None

    def close(family: str, mark_start: int, mark_end: int) -> None:
        while True:
            quote = stack.pop()
            opened[quote.family] -= 1
            if quote.family == family:
                quotes.append(Quote(quote.start, mark_end, quote.content_start, mark_start, True))
                return
            if quote.family not in _APOSTROPHES:
                quotes.append(Quote(quote.start, mark_start, quote.content_start, mark_start, False))

    for index, match in enumerate(marks):
        mark, family = match.group(), _family(match.group())
        left[family] -= 1
        context = _Context(text, match.start(), match.end(), begin, end)
        if family in _APOSTROPHES and context.is_inside_word():
            continue
        following = marks[index + 1] if index + 1 < len(marks) else None
        is_next_to_mark = following is not None and following.start() == match.end()
        if opened[family] and not (mark in _OPENERS and context.may_open() and not context.is_tight_left()):
            close(family, match.start(), match.end())
        elif not opened[family] and stack and context.must_close() and {family, stack[-1].family} <= _MIXED:
            close(stack[-1].family, match.start(), match.end())
        elif family in _APOSTROPHES and is_next_to_mark and not context.is_tight_left():
            # the slip ’”…” has two marks where one was meant; ‘ before “ is a quotation inside a quotation
            if mark in _OPENERS and left[family]:
                stack.append(_Open(family, match.start(), match.end()))
                opened[family] += 1
            else:
                slip = match.start()
                continue
        elif _opens(mark, context, left[family] > 0):
            start = match.start() if slip is None else slip
            stack.append(_Open(family, start, match.end()))
            opened[family] += 1
        slip = None
    quotes.extend(
        Quote(quote.start, end, quote.content_start, end, False)
        for quote in stack
        if quote.family not in _APOSTROPHES and quote.content_start < end
    )
    return quotes


def _family(mark: str) -> str:
    return "straight" if mark == "''" else _FAMILY[mark[0]]


def _opens(mark: str, context: "_Context", has_partner: bool) -> bool:
    if mark in _OPENERS:
        return True
    if mark in _CLOSERS or mark == "'":
        return context.may_open() and not context.is_tight_left() and has_partner
    return has_partner or not context.must_close()


@dataclass(frozen=True)
class _Context:
    """What stands beside the mark `text[start:stop]` in the paragraph `text[begin:end]`."""

    text: str
    start: int
    stop: int
    begin: int
    end: int

    def _before(self) -> str:
        return self.text[self.start - 1] if self.start > self.begin else " "

    def _after(self) -> str:
        return self.text[self.stop] if self.stop < self.end else " "

    def may_open(self) -> bool:
        """Something other than a blank or closing punctuation follows."""
        after = self._after()
        return not after.isspace() and (after not in _CLOSING_PUNCTUATION or after in ".…")

    def must_close(self) -> bool:
        """A word or its punctuation ends here, and nothing begins."""
        return not self.may_open() and not self._before().isspace() and self._before() not in ":("

    def is_tight_left(self) -> bool:
        """A word stands directly before; a lone proclitic («بـ», «لـ», «الـ») is none."""
        before = self._before()
        if before in _CLOSING_PUNCTUATION:
            return before not in ":؛،,"
        if not before.isalnum() or before == "\u0640":
            return False
        return _PROCLITIC.search(self.text[max(self.begin, self.start - 5) : self.start]) is None

    def is_inside_word(self) -> bool:
        """Letters stand on both sides, as around an apostrophe."""
        return self._before().isalnum() and self._after().isalnum() and self.is_tight_left()
