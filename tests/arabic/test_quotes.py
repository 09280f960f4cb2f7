"""Quotations of every style, their slips, and the properties that hold for any text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.quotes import find_quotes

texts = st.text() | st.text(alphabet="اب بل ـ“”„«»‹›‘’'\".،:؛؟!()\n a5", max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("إلى “منحنى جديد”، مضيفًا", ["“منحنى جديد”"]),
        ('قال: "نعم. لا. ربما".', ['"نعم. لا. ربما"']),
        ("وكالة «سبوتنيك» و‘أخرى’ و'ثالثة' و‹رابعة›", ["«سبوتنيك»", "‘أخرى’", "'ثالثة'", "‹رابعة›"]),
        ("وثيقة ’”اختراقية” حقيقية", ["’”اختراقية”"]),
        ("“نص“ ثم ”آخر”", ["“نص“", "”آخر”"]),
        ("»مقلوب« و„ألماني“", ["»مقلوب«", "„ألماني“"]),
        ('بـ”الإرهابية” ول"العربية.نت" و', ["”الإرهابية”", '"العربية.نت"']),
        ('“نص" ثم "آخر”', ['“نص"', '"آخر”']),
        ('“أول “ثان” آخر” و«قال "نعم"»', ["“أول “ثان” آخر”", "“ثان”", '«قال "نعم"»', '"نعم"']),
        ("“he said ‘it’s O’Neil’s’”", ["“he said ‘it’s O’Neil’s’”", "‘it’s O’Neil’s’"]),
        ("don't and O’Neil and the boys' '90s", []),
        ("''نص'' ثم", ["''نص''"]),
        ('شاشة 55" جديدة. “ ', []),
    ],
)
def test_closed_quotations(text: str, expected: list[str]) -> None:
    quotes = find_quotes(text)
    assert [text[quote.start : quote.end] for quote in quotes] == expected
    assert all(quote.closed for quote in quotes)


def test_content_is_without_the_marks() -> None:
    text = "وثيقة ’”اختراقية” حقيقية"
    (quote,) = find_quotes(text)
    assert text[quote.content_start : quote.content_end] == "اختراقية"


def test_an_open_quotation_runs_to_the_end_of_its_paragraph() -> None:
    text = 'قال: "نعم. وأضاف لا. \nفقرة "أخرى"'
    first, second = find_quotes(text)
    assert (text[first.start : first.end], first.closed) == ('"نعم. وأضاف لا.', False)
    assert (text[second.start : second.end], second.closed) == ('"أخرى"', True)


@given(texts)
def test_quotes_lie_inside_one_paragraph(text: str) -> None:
    quotes = find_quotes(text)
    assert quotes == sorted(quotes, key=lambda quote: (quote.start, -quote.end))
    for quote in quotes:
        assert 0 <= quote.start < quote.content_start <= quote.content_end <= quote.end <= len(text)
        assert quote.closed == (quote.content_end < quote.end)
        assert len(text[quote.start : quote.end].splitlines()) == 1


@pytest.mark.parametrize("unit", ['"', "“", "“a ", "'a ", "“”«", '"a" ', "’”"])
def test_time_is_linear(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    start = time.perf_counter()
    find_quotes(text)
    assert time.perf_counter() - start < 5
