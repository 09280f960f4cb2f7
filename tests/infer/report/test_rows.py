"""Scored rows come back as they were written, one at a time; what is none names its line."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qawl.errors import InputError
from qawl.infer.report import read_rows
from qawl.infer.writers import CSV_COLUMNS, flat_rows, open_writer
from qawl.records import ScoredRow


def write_json_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet"])
def test_what_score_wrote_comes_back(rows: list[ScoredRow], tmp_path: Path, name: str) -> None:
    rows[0] = replace(rows[0], stances=())
    with open_writer(tmp_path / name) as write:
        for row in rows:
            write(row)
    assert list(read_rows(tmp_path / name)) == rows


def test_csv_that_pandas_rewrote_is_read(rows: list[ScoredRow], tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, CSV_COLUMNS)
        table.writeheader()
        for row in rows:
            for line in flat_rows(row):
                whole = ("speaker_start", "speaker_end")
                table.writerow({**line, **{key: float(line[key]) for key in whole if line[key] is not None}})
    assert list(read_rows(tmp_path / "rows.csv")) == rows


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": None}, "text is no text"),
        ({"narrator_score": 1.5}, "1.5 is no probability"),
        ({"narrator_score": float("nan")}, "nan is no probability"),
        ({"start": -1}, "-1 is no whole number"),
        ({"end": True}, "True is no number"),
        ({"end": float("inf")}, "inf is no whole number"),
        ({"topic": "sport"}, "not a scored row"),
        ({"stances": [{"target": "x", "label": 3, "score": 0.5}]}, "label is no text"),
        ({"stances": None}, "not a scored row"),
        ({"start": 10**30}, "is no whole number"),
        ({"sentence": 0}, "is there twice"),
    ],
)
def test_a_bad_row_names_its_line(rows: list[ScoredRow], tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    path = write_json_lines(tmp_path / "rows.jsonl", [rows[0].as_dict(), {**rows[1].as_dict(), **change}])
    with pytest.raises(InputError, match=problem) as caught:
        list(read_rows(path))
    assert str(caught.value).startswith(f"{path}:2: ") and "`qawl score`" in str(caught.value)


@pytest.mark.parametrize("missing", ["article_id", "speaker", "narrator_score", "stances", "topic"])
def test_a_missing_field_is_named(rows: list[ScoredRow], tmp_path: Path, missing: str) -> None:
    row = rows[0].as_dict()
    del row[missing]
    with pytest.raises(InputError, match=r"rows\.jsonl:1: no field .*`qawl score` wrote"):
        list(read_rows(write_json_lines(tmp_path / "rows.jsonl", [row])))


def test_rows_are_read_one_at_a_time(rows: list[ScoredRow], tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "rows.jsonl", [row.as_dict() for row in rows])
    with path.open("a") as stream:
        stream.write("no JSON\n")
    read = read_rows(path)
    assert [next(read) for _ in rows[1:]] == rows[:-1]
    with pytest.raises(InputError, match=r"rows\.jsonl:5: not JSON"):
        next(read)


def test_lines_of_a_sentence_that_lie_apart_are_refused(rows: list[ScoredRow], tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, CSV_COLUMNS)
        table.writeheader()
        table.writerows(sorted((line for row in rows for line in flat_rows(row)), key=lambda line: line["target"]))
    with pytest.raises(InputError, match=r"is there twice .* in its own order"):
        list(read_rows(tmp_path / "rows.csv"))
