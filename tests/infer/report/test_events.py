"""Two articles on one event are found by their words; outlets and dates decide who may meet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from qawl.infer.report.events import DAYS, OF_ONE, Pair, Words

ROOT = Path(__file__).parents[3]
DAM = [
    "افتتح الوزير سامر الحلو سد الرمان في وادي النخيل",
    "قال الحلو إن السد يروي ألف مزرعة",
    "احتج رعاة الوادي على غمر المراعي",
]
SAME = [
    "سامر الحلو يفتتح سد الرمان بوادي النخيل",
    "رعاة يحتجون على غمر مراعي الوادي",
    "أكد الحلو أن سد الرمان يروي ألف مزرعة",
]
GAME = ["فاز فريق المنارة بكأس القارة", "سجل المهاجم هدفين في الشوط الأول", "غادر المدرب قبل المؤتمر الصحفي"]


def find(articles: list[list[str]], outlets: list[str], days: list[int]) -> list[Pair]:
    words = Words()
    for sentence in (sentence for article in articles for sentence in article):
        words.add(sentence)
    of = np.repeat(np.arange(len(articles)), [len(article) for article in articles])
    return words.pairs(np.arange(len(of)), of, outlets, days)


def test_one_event_in_two_outlets_is_a_pair() -> None:
    (pair,) = find([DAM, GAME, SAME], ["أ", "ب", "ج"], [100, 100, 101])
    assert (pair.first, pair.second) == (0, 2)
    assert {(0, 6), (1, 8)} <= {(one, other) for one, other, _ in pair.same}
    assert "الرمان" in pair.words and not {"في", "إن"} & set(pair.words)


@pytest.mark.parametrize(
    ("outlets", "days", "meet"),
    [
        (["أ", "أ"], [100, 100], False),
        (["", ""], [-1, -1], True),
        (["أ", ""], [100, 100], True),
        (["أ", "ب"], [100, 100 + DAYS], True),
        (["أ", "ب"], [100, 101 + DAYS], False),
        (["أ", "ب"], [-1, 100], True),
    ],
)
def test_outlets_and_dates_decide_who_may_meet(outlets: list[str], days: list[int], meet: bool) -> None:
    assert bool(find([DAM, SAME], outlets, days)) is meet


def test_a_story_that_everybody_tells_does_not_crowd_out_the_others() -> None:
    pairs = find([DAM] * 12, [str(n) for n in range(12)], [-1] * 12)
    uses = np.bincount([article for pair in pairs for article in (pair.first, pair.second)])
    assert pairs and uses.max() == OF_ONE
    assert all(pair.likeness == pytest.approx(1) and len(pair.same) == len(DAM) for pair in pairs)


def test_articles_without_a_word_make_no_pair() -> None:
    assert find([["…"], ["123"]], ["", ""], [-1, -1]) == []


def test_the_seeds_are_a_pair_and_unrelated_articles_are_none() -> None:
    def load(name: str) -> list[list[str]]:
        lines = (ROOT / "data" / "corpus" / name).read_text(encoding="utf-8").splitlines()
        articles = [json.loads(line) for line in lines]
        return [[own["text"][s["start"] : s["end"]] for s in own["sentences"]] for own in articles]

    seeds, others = load("seeds.jsonl"), load("validation.jsonl")
    (alone,) = find(seeds, ["", ""], [-1, -1])
    assert len(alone.same) >= 4
    (among,) = find([*seeds, *others], [""] * (2 + len(others)), [-1] * (2 + len(others)))
    assert (among.first, among.second) == (0, 1)
