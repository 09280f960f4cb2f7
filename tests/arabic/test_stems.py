"""Light stems, and which of them recur in another text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.stems import light_stem, one_edit, recurring


@pytest.mark.parametrize(
    ("forms", "stem"),
    [
        ("الحرب حرب والحرب بالحرب حربها للحرب", "حرب"),
        ("محادثات المحادثات ومحادثاتها محادثة", "محادث"),
        ("يرفض ترفض سيرفض رفضت رفضوا رَفَض", "رفض"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: str, stem: str) -> None:
    assert {light_stem(form) for form in forms.split()} == {stem}


@pytest.mark.parametrize("word", ["في", "من", "لا", "2014", "CNN", ""])
def test_short_words_stay(word: str) -> None:
    assert light_stem(word) == word.lower()


def test_a_stem_recurs_within_another_or_with_one_letter_exchanged() -> None:
    assert recurring(["قتيل"], ["قتيلا"]) == {"قتيل"}
    assert recurring(["اميرك", "حكم", "2014", "17"], ["امريك", "حكي", "2015", "7"]) == set()
    assert recurring(["تعلم", "17"], ["تعليم", "17"]) == {"تعلم", "17"}


def test_one_letter_inserted_or_exchanged() -> None:
    assert one_edit("كتاب", "كتيب")
    assert one_edit("كتب", "كتاب")
    assert not one_edit("كتب", "ذهاب")


@given(st.lists(st.text(max_size=8), max_size=6), st.lists(st.text(max_size=8), max_size=6))
def test_recurring_takes_from_the_first_and_keeps_what_is_equal(first: list[str], second: list[str]) -> None:
    found = recurring(first, second)
    assert set(first) & set(second) <= found <= set(first)
    assert {own for own in second if own in found} <= recurring(second, first)


@given(st.text(max_size=12))
def test_a_stem_is_part_of_its_word_and_the_same_when_asked_again(word: str) -> None:
    assert light_stem(word) == light_stem(word)
    assert len(light_stem(word)) <= max(3, len(word.lower()))
