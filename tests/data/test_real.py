"""The labels of real news that stand in data/real."""

import json
from itertools import chain
from pathlib import Path

import pytest
from qawl.data.agreement import agreement
from qawl.data.validate import validate

REAL = Path(__file__).parents[2] / "data" / "real"
TEXTS = Path(__file__).parents[3] / "shared" / "data" / "raw"


def test_no_row_brings_a_text_along() -> None:
    for line in chain.from_iterable(path.read_text("utf-8").splitlines() for path in REAL.rglob("*.jsonl")):
        row = json.loads(line)
        assert not {"text", "title"} & row.keys()
        names = [name for entity in row["entities"] for name in (entity["name"], *entity["aliases"])]
        assert all(len(name) == 2 and all(isinstance(at, int) for at in name) for name in names)


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts of the labels (../shared/data/raw) are not here")
def test_the_labels_fit_their_texts() -> None:
    findings, articles, sentences = validate(REAL, TEXTS)
    assert findings == []
    assert articles >= 740
    assert sentences >= 7800


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts of the labels (../shared/data/raw) are not here")
def test_the_card_tells_the_agreement() -> None:
    card = (REAL / "README.md").read_text("utf-8")
    for row in agreement(REAL / "test.jsonl", REAL / "agreement" / "second.jsonl", TEXTS):
        assert f"| {row.label} | {row.units:,} | " in card
        assert f"| {row.alpha:.3f} |" in card
