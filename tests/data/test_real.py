"""The labels of real news that stand in data/real."""

import json
from pathlib import Path

import pytest
from qawl.data.validate import validate

REAL = Path(__file__).parents[2] / "data" / "real"
TEXTS = Path(__file__).parents[3] / "shared" / "data" / "raw"


def test_no_row_brings_a_text_along() -> None:
    for line in (REAL / "ant.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        assert not {"text", "title"} & row.keys()
        names = [name for entity in row["entities"] for name in (entity["name"], *entity["aliases"])]
        assert all(len(name) == 2 and all(isinstance(at, int) for at in name) for name in names)


@pytest.mark.skipif(not TEXTS.is_dir(), reason="the texts of the labels (../shared/data/raw) are not here")
def test_the_labels_fit_their_texts() -> None:
    findings, articles, sentences = validate(REAL, TEXTS)
    assert findings == []
    assert articles >= 160
    assert sentences >= 1690
