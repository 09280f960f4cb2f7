"""`qawl.score` on what a notebook holds."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest
import qawl
from qawl.errors import QawlError
from qawl.infer.loading import Models
from qawl.infer.writers import CSV_COLUMNS

TEXT = "قال كيم إن الحرب انتهت.\nوأضاف: نعم."
OTHER = "أكد بوتين أن الحوار مستمر."


def test_importing_the_package_loads_nothing_of_weight() -> None:
    code = "import sys, qawl; assert 'score' in qawl.__all__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not set(done.stdout.split()) & {"torch", "transformers", "numpy", "pandas", "datasets", "mlflow"}
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        qawl.scores  # noqa: B018


def test_a_row_for_each_sentence_and_target_under_the_index_of_its_article(models_folder: Path) -> None:
    index = pd.MultiIndex.from_tuples([("b", 2), ("a", 1)], names=["day", "n"])
    frame = pd.DataFrame({"text": [TEXT, OTHER], "outlet": ["bbc", None], "more": [1, 2]}, index=index)
    scored = qawl.score(frame, ["الحرب", "السلم"], models=models_folder)
    assert list(scored.columns) == list(CSV_COLUMNS)
    assert list(scored.index) == [("b", 2)] * 4 + [("a", 1)] * 2 and scored.index.names == ["day", "n"]
    assert list(scored["article_id"]) == ["row-0"] * 4 + ["row-1"] * 2
    assert list(scored["target"]) == ["الحرب", "السلم"] * 3
    first = scored.iloc[0]
    assert TEXT[first.start : first.end] == first.text and first.speaker_mention == "كيم"
    assert TEXT[first.speaker_start : first.speaker_end] == "كيم"
    assert scored["outlet"].tolist() == ["bbc"] * 4 + [""] * 2
    assert len(frame[["more"]].join(scored)) == 6 and scored.attrs["rejected"] == []


def test_columns_of_other_names_no_targets_and_models_that_are_loaded(models: Models) -> None:
    frame = pd.DataFrame({"body": [OTHER], "n": [7.0], "day": [pd.Timestamp("2019-04-25")]}, index=["x"])
    scored = qawl.score(frame, models=models, columns={"text": "body", "id": "n", "date": "day"})
    assert scored[["article_id", "date"]].values.tolist() == [["7", "2019-04-25"]]
    assert scored["target"].isna().all() and scored["stance_score"].dtype == "float64"


def test_rows_that_are_no_article_are_left_out_with_a_warning(models: Models) -> None:
    frame = pd.DataFrame(
        {
            "text": [np.nan, OTHER, 5, " ", OTHER, None, OTHER],
            "id": ["a", "b", "c", "d", "b", "e", pd.NA],
            "targets": [None, np.array(["الحرب"]), None, None, None, None, ("السلم",)],
        },
        index=[3, 3, 4, 5, 6, 7, 8],
    )
    with pytest.warns(UserWarning, match="5 rows are no article: 3: `text` is empty; 4: `text` is no string; 5: .*…"):
        scored = qawl.score(frame, models=models)
    assert list(zip(scored.index, scored["article_id"], scored["target"], strict=True)) == [
        (3, "b", "الحرب"),
        (8, "row-6", "السلم"),
    ]
    reasons = {row["index"]: row["reason"] for row in scored.attrs["rejected"]}
    assert list(reasons) == [3, 4, 5, 6, 7] and "index 3" in reasons[6]
    assert reasons[6].startswith("the id 'b' stands already")


def test_abstentions_and_half_of_a_surrogate_pair(models: Models) -> None:
    scored = qawl.score([f"{OTHER} \ud800"], ["الحرب"], models=models, min_confidence=1.0)
    assert scored["topic"].isna().all() and scored["topic_score"].notna().all()
    assert scored["text"].iloc[0].endswith("\N{REPLACEMENT CHARACTER}")
    assert scored["speaker_start"].dtype == "Int64"


def test_auto_takes_the_threshold_of_each_model(models: Models) -> None:
    with pytest.raises(QawlError, match="auto: no threshold in the model of topic, stance, speaker"):
        qawl.score([TEXT], models=models, min_confidence="auto")
    least = {"topic": 1.0, "stance": 0.0, "speaker": 0.0}
    own = {
        task: replace(model, card={**model.card, "threshold": {"confidence": least[task]}})
        for task, model in models.items()
    }
    scored = qawl.score([TEXT], ["الحرب"], models=own, min_confidence="auto")
    assert scored["topic"].isna().all() and scored["stance"].notna().all()


def test_a_dataset_gives_a_dataset(models: Models) -> None:
    given = datasets.Dataset.from_dict({"text": [TEXT, OTHER], "targets": [["الحرب"], []]}).with_format("numpy")
    scored = qawl.score(given, models=models)
    assert isinstance(scored, datasets.Dataset) and scored.column_names == list(CSV_COLUMNS)
    assert scored["target"][:] == ["الحرب", "الحرب", None]


@pytest.mark.parametrize(
    "given", [[TEXT, OTHER], [{"text": TEXT}, {"text": OTHER, "id": "x"}], pd.Series([TEXT, OTHER], name="body")]
)
def test_lists_and_series(models: Models, given: Any) -> None:
    assert qawl.score(given, models=models).index.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("given", "more", "problem"),
    [
        (pd.DataFrame({"body": [TEXT]}), {}, "no column 'text' — it has 'body'"),
        (pd.DataFrame({"text": [TEXT]}), {"columns": {"id": "url"}}, "no column 'url'"),
        (pd.DataFrame({"text": [TEXT]}), {"columns": {"url": "id"}}, "no field 'url'"),
        (pd.DataFrame([[TEXT, TEXT]], columns=["text", "text"]), {}, "two columns named 'text'"),
        (pd.DataFrame({"text": []}), {}, "no article in the data"),
        (pd.DataFrame({"text": [None]}), {}, "no article in the data: 0: `text` is empty"),
        ([{"body": TEXT}], {}, "no column 'text'"),
        (TEXT, {}, "data is a str — give a DataFrame"),
        (None, {}, "data is a NoneType"),
        ([TEXT], {"targets": "الحرب"}, "give a list of strings"),
        ([TEXT], {"targets": [" "]}, "targets: an empty one"),
        ([TEXT], {"min_confidence": 2}, "min_confidence 2: give a probability from 0 to 1, or auto"),
        ([TEXT], {"models": "none/models"}, "no folder of models"),
    ],
)
def test_what_cannot_be_scored(given: Any, more: dict[str, Any], problem: str) -> None:
    with pytest.raises(QawlError, match=problem):
        qawl.score(given, **more)
