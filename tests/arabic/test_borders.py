"""Borders of a naming: every place where it may end, and signs that tell the places apart."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.endings import MOST_WORDS, find_borders
from qawl.arabic.spans import Span


def ends(text: str, found: str) -> list[str]:
    start = text.index(found)
    return [text[start : own.end] for own in find_borders(text, Span(start, start + len(found)))]


def test_each_word_is_a_border_up_to_a_mark_that_no_naming_crosses():
    text = "أعلن الرئيس الروسي فلاديمير بوتين أن الاتفاق: قديم"
    assert ends(text, "الرئيس الروسي") == [
        "الرئيس",
        "الرئيس الروسي",
        "الرئيس الروسي فلاديمير",
        "الرئيس الروسي فلاديمير بوتين",
        "الرئيس الروسي فلاديمير بوتين أن",
        "الرئيس الروسي فلاديمير بوتين أن الاتفاق",
    ]


def test_a_name_behind_a_comma_is_within_reach_and_so_is_a_quoted_one():
    assert "وزير الدفاع، سالم الحمد" in ends("رفض وزير الدفاع، سالم الحمد، المطالب", "وزير الدفاع")
    assert 'وكالة الأنباء "سانا"' in ends('ذكرت وكالة الأنباء "سانا" أن', "وكالة الأنباء")


def test_the_end_that_the_rules_found_is_a_border_whatever_they_found():
    for found in ("الوزير", "الوزير د. كمال", "الوزير د. كمال (الأول)"):
        assert found in ends("قال الوزير د. كمال (الأول) اليوم", found)


def signs(text: str, found: str, end: str) -> set[str]:
    start = text.index(found)
    return next(
        set(own.signs) for own in find_borders(text, Span(start, start + len(found))) if text[start : own.end] == end
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("قال الوزير أن", "that"),
        ("قال الوزير الخميس", "time"),
        ("قال الوزير الفرنسي", "adjective"),
        ("قالت الوزيرة النرويجي", "the word"),
        ("دعا الوزير إيران", "state"),
        ("قال الوزير شكرًا", "tanwin"),
        ("قال الوزير تعويض", "masdar"),
        ("قال الوزير لرويترز", "audience"),
        ("قال الوزير Paul", "latin"),
        ("قال الوزير 5", "number"),
        ("قال الوزير في", "=في"),
    ],
)
def test_what_follows_is_told_by_its_kind(text: str, kind: str):
    head = text.split()[1]
    assert f"next {kind}" in signs(text, head, head)


def test_words_that_stand_together_elsewhere_are_counted():
    text = "قال سالم الحمد اليوم.\nسالم الحمد تاجر."
    assert "pair again 1" in signs(text, "سالم", "سالم")
    assert "pair again 0" in signs("قال سالم الحمد اليوم.", "سالم", "سالم")


def test_a_lone_tatweel_or_vowel_sign_is_no_word_of_a_name():
    assert ends("قال سالم ـ الحمد", "سالم") == ["سالم", "سالم ـ", "سالم ـ الحمد"]
    assert "next nothing" in signs("قال سالم ُ الحمد", "سالم", "سالم")


@given(st.text(alphabet='ابتال ةيوفم،.:«»"()\n5aًُـ', max_size=80), st.integers(0, 80), st.integers(1, 30))
def test_any_text_has_borders_in_order_and_within_it(text: str, start: int, length: int):
    mention = Span(min(start, len(text)), min(start + length, len(text)))
    found = [own.end for own in find_borders(text, mention)]
    assert found == sorted(found)
    assert len(found) <= MOST_WORDS
    assert all(mention.start < end <= len(text) for end in found)


def test_a_long_text_without_a_mark_takes_no_longer():
    text = "قال " + "سالم الحمد " * 50_000
    began = time.perf_counter()
    assert len(list(find_borders(text, Span(4, 8)))) == MOST_WORDS
    assert time.perf_counter() - began < 0.5
