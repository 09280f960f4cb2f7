"""Entities of many articles under one name."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qawl.arabic.linking import link_names

parts = st.sampled_from(
    "الرئيس الروسي المصري وزير النقل فلاديمير بوتين بوتن سمير ناجي سعد بن سالم شركة دربيل موسكو روسيا ، وسعد في".split()
)
names = st.lists(st.lists(parts, min_size=1, max_size=5).map(" ".join) | st.text(max_size=6), max_size=14)


@given(names, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_names_changes_nothing(given_names: list[str], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(given_names)
    random.shuffle(shuffled)
    assert link_names(shuffled) == link_names(given_names)


@given(names)
@settings(deadline=None)
def test_every_name_has_one_that_is_its_own_name(given_names: list[str]) -> None:
    linked = link_names(given_names)
    assert set(linked) == set(given_names)
    assert all(linked[name] == name for name in linked.values())


@pytest.mark.parametrize(
    "same",
    [
        ["الرئيس الروسي فلاديمير بوتين", "بوتين"],
        ["الرئيس الروسي، فلاديمير بوتين", "فلاديمير بوتين"],
        ["الرئيس الأميركي دونالد ترمب", "دونالد ترامب", "الرئيس ترامب"],
        ["النائب عبد الملك سعد", "عبدالملك سعد"],
        ["روسيا", "موسكو"],
        ["مصدر أمنى", "مصدر أمني"],
        ["نادر بن سالم", "بن سالم"],
    ],
)
def test_one_speaker_under_several_names(same: list[str]) -> None:
    assert len(set(link_names(same).values())) == 1


@pytest.mark.parametrize(
    "apart",
    [
        ["الرئيس الروسي", "الرئيس الروسي فلاديمير بوتين"],
        ["الوزير", "وزير النقل نادر سعد"],
        ["فلاديمير بوتين", "الرئيس الروسي"],
        ["قائد حليف للرئيس السوري نادر سعد", "الرئيس السوري نادر سعد"],
        ["اللاعب المصري نادر سعد", "الوزير السوري نادر سعد"],
        ["سالم سعد", "سليم سعد"],
        ["نادر سعد وسمير ناجي", "ناجي"],
        ["المتحدث باسم حركة النور نادر سعد", "حركة النور"],
    ],
)
def test_two_speakers_stay_apart(apart: list[str]) -> None:
    assert len(set(link_names(apart).values())) == 2


def test_a_family_name_that_two_bear_joins_neither() -> None:
    assert link_names(["نادر سعد", "سمير سعد", "سعد"])["سعد"] == "سعد"


def test_a_given_name_is_no_family_name() -> None:
    assert link_names(["سيد أحمد", "أحمد سالم", "أحمد"])["أحمد"] == "أحمد"


def test_the_most_frequent_full_form_is_the_name() -> None:
    linked = link_names(["بوتين"] * 5 + ["فلاديمير بوتين"] * 2 + ["الرئيس الروسي فلاديمير بوتين"])
    assert set(linked.values()) == {"فلاديمير بوتين"}


def test_tens_of_thousands_of_names_take_seconds() -> None:
    letters = "ابتجحخدرسشصعغفقكلمنهي"
    many = [f"الوزير {a}{b}{c}ير {c}{b}{a}ود" for a in letters for b in letters for c in letters]
    started = time.process_time()
    assert len(link_names(many)) == len(many)
    assert time.process_time() - started < 10
