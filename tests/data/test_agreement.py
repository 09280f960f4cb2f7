"""Krippendorff's alpha against worked examples, and the two forms of a second annotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from qawl.data.agreement import agreement, agreement_table, krippendorff_alpha
from qawl.errors import InputError


def test_alpha_of_krippendorffs_own_example() -> None:
    # Krippendorff (2011), section B: two observers, nominal data, twelve units; alpha = 0.692
    pairs = list(zip("a a b b d c c c e d d a".split(), "b a b b b c c c e d d d".split(), strict=True))
    assert krippendorff_alpha(pairs) == pytest.approx(0.692, abs=0.0005)


def test_alpha_of_four_observers_with_gaps() -> None:
    # Krippendorff (2011), section C: nominal alpha = 0.743
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[value for value in unit if value is not None] for unit in zip(*observers, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_alpha_by_hand() -> None:
    # values: a 3, b 5, n = 8; unlike pairs within units 2 of one unit; expected 2 * 3 * 5 = 30; 1 - 7 * 2 / 30
    assert krippendorff_alpha([("a", "a"), ("b", "b"), ("b", "b"), ("a", "b")]) == pytest.approx(1 - 14 / 30)
    assert krippendorff_alpha([("a", "b"), ("b", "a")]) == pytest.approx(1 - 3 * 4 / 8)
    assert krippendorff_alpha([("a", "a"), ("b", "b")]) == 1
    assert krippendorff_alpha([("a", "a"), ("a", "a")]) is None
    assert krippendorff_alpha([]) is None


TEXT = "قال الوزير سالم: نعم. وأضاف: لا. هطل المطر."
FIRST: dict[str, Any] = {
    "id": "a",
    "text": TEXT,
    "entities": [{"name": "الوزير سالم", "aliases": ["سالم", "المسؤول"]}],
    "targets": ["الحرب", "السلم"],
    "sentences": [
        {"start": 0, "end": 21, "topic": "sport", "speaker": {"entity": "الوزير سالم", "start": 4, "end": 15}},
        {"start": 22, "end": 32, "topic": "sport", "speaker": {"entity": "الوزير سالم", "start": 4, "end": 15}},
        {"start": 33, "end": 43, "topic": "weather", "stance": {"الحرب": "favor", "السلم": "none"}},
    ],
}


def write(path: Path, row: dict[str, Any]) -> Path:
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def given(index: int, topic: str = "sport", speaker: Any = None, **stance: str) -> dict[str, Any]:
    return {"index": index, "topic": topic, "speaker": speaker, "stance": stance}


def test_an_article_agrees_with_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", FIRST)
    assert {(row.label, row.units, row.same) for row in agreement(path, path)} == {
        ("topic", 3, 3),
        ("stance", 6, 6),
        ("narrator or speaker", 3, 3),
        ("who", 2, 2),
    }


def test_the_annotators_form_counted_by_hand(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", FIRST)
    alias = {"mention": "سالم", "in": 0, "who": "سالم الوزير"}
    rows = [given(0, speaker=alias), given(1, "weather", {"mention": "المدير", "in": 0}), given(2, "weather")]
    rows[2]["stance"] = {"الحرب": "against"}
    second = write(tmp_path / "b.jsonl", {"id": "a", "sentences": rows})
    found = {row.label: row for row in agreement(first, second)}
    assert {label: (row.units, row.same) for label, row in found.items()} == {
        "topic": (3, 2),
        # two targets a sentence; left out is none; favor meets against once
        "stance": (6, 5),
        "narrator or speaker": (3, 3),
        # «سالم الوزير» is no name, its mention is an alias; «المدير» is nobody's
        "who": (2, 1),
    }
    printed = agreement_table(found.values())
    assert "| topic | 3 | 66.7% | 0.444 |" in printed
    assert "| narrator or speaker | 3 | 100.0% | 1.000 |" in printed


def test_what_the_second_leaves_out_is_no_unit(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", FIRST)
    second = write(tmp_path / "b.jsonl", {"id": "a", "sentences": [given(2, "weather")]})
    assert {row.label: row.units for row in agreement(first, second)} == {
        "topic": 1,
        "stance": 2,
        "narrator or speaker": 1,
        "who": 0,
    }


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"id": "z", "sentences": []}, "'z' is not in the first file"),
        ({"id": "a"}, "a: lacks 'sentences'"),
        ({"id": "a", "sentences": [given(3)]}, "sentence 3 of 3"),
        ({"id": "a", "sentences": [given(0, "sports")]}, "unknown topic 'sports'"),
        ({"id": "a", "sentences": [given(0, speaker={"in": 0})]}, "a speaker without a name"),
        ({"id": "a", "sentences": [{**given(0), "stance": {"البحر": "favor"}}]}, "a stance toward «البحر»"),
        ({"id": "a", "sentences": [{**given(0), "stance": {"الحرب": "pro"}}]}, "unknown stance 'pro'"),
    ],
)
def test_a_second_annotation_that_does_not_fit(tmp_path: Path, row: dict[str, Any], problem: str) -> None:
    first = write(tmp_path / "a.jsonl", FIRST)
    with pytest.raises(InputError, match=problem):
        agreement(first, write(tmp_path / "b.jsonl", row))
