"""The signs of a stance: attitudes toward a target, negation, and what never may happen."""

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.attitudes import stance_signs
from qawl.arabic.stems import light_stem

DEAL = "الاتفاق النووي"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("وأيد الوزير الاتفاق النووي", "+"),
        ("ورفض الوزير الاتفاق النووي", "-"),
        ("لم يرفض الوزير الاتفاق النووي", "+"),
        ("ولم يؤيد الوزير الاتفاق النووي", "-"),
        ("وصل الوزير أمس لتوقيع الاتفاق النووي", ""),
        ("رحب الوزير بإنهاء الاتفاق النووي", "+-"),
        ("رحّب الوزيرُ بإنهــاء الإتفاق النّووي", "+-"),
    ],
)
def test_the_path_tells_what_is_done_to_the_target(text: str, path: str) -> None:
    assert f"path: {path} " in stance_signs(text, DEAL, "الوزير")


def test_what_is_said_behind_the_target_counts_too() -> None:
    assert "then: -" in stance_signs("وقال إن الاتفاق النووي كارثة على المنطقة", DEAL, "الوزير")
    assert "then: " in stance_signs("وقال إن الاتفاق النووي يوقع غدا", DEAL, "الوزير")


@pytest.mark.parametrize(
    ("text", "speaker", "case"),
    [
        ("وأيد الوزير الاتفاق النووي", "الوزير", "all said"),
        ("وأيد الوزير الاتفاق", "الوزير", "part said"),
        ("هذا أمر نرفضه", "الوزير", "none said"),
        ("هذا أمر نرفضه", "", "none told"),
    ],
)
def test_it_tells_whether_the_target_is_named_and_somebody_speaks(text: str, speaker: str, case: str) -> None:
    assert f"case: {case}" in stance_signs(text, DEAL, speaker)


def test_a_target_that_is_not_named_has_no_surroundings() -> None:
    signs = stance_signs("هذا أمر نرفضه", DEAL, "الوزير")
    assert not [sign for sign in signs if sign.startswith(("path", "then", "before", "behind", "quoted"))]


def test_a_target_has_a_side_of_its_own() -> None:
    assert any(sign.startswith("path: + -") for sign in stance_signs("أيد الوزير العدوان", "العدوان", "الوزير"))


def test_no_stem_stands_on_both_sides() -> None:
    source = resources.files("qawl.arabic").joinpath("attitudes.toml").read_text(encoding="utf-8")
    favor, against = (
        {light_stem(word): word for word in tomllib.loads(source)[side].split()} for side in ("favor", "against")
    )
    both = {(favor[stem], against[stem]) for stem in favor.keys() & against.keys()}
    assert not both, "they cancel each other out"


@given(st.text(), st.text(), st.text())
def test_no_text_raises(text: str, target: str, speaker: str) -> None:
    signs = stance_signs(text, target, speaker)
    assert signs == stance_signs(text, target, speaker)
    assert all(isinstance(sign, str) for sign in signs)


def test_the_time_is_linear() -> None:
    from time import process_time

    def seconds(copies: int) -> float:
        text = "ورفض الوزير الاتفاق النووي وقال إنه كارثة. " * copies
        start = process_time()
        stance_signs(text, DEAL, "الوزير")
        return process_time() - start

    seconds(100)
    assert seconds(4000) < 40 * max(seconds(400), 0.01)
