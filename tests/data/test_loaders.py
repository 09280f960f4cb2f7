"""From files to datasets: labelled articles and the user's own tables, split by article."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest
from datasets import DatasetDict
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from qawl.data.loaders import SPLITS, DataConfig, load_dataset, read_articles
from qawl.errors import InputError
from qawl.tasks import TASKS, make_task

COLUMNS = {"text": "sentence", "target": "about", "label": "stance"}
TABLE = [
    {"sentence": f"نص {number}", "about": "الحرب", "stance": ("مع", "ضد")[number % 2], "n": number}
    for number in range(20)
]


def load(task: str, **options: Any) -> DatasetDict:
    made = make_task(task)
    return load_dataset(DataConfig(**options), article_examples=made.examples, row_example=made.row_example)


def ids(splits: DatasetDict) -> dict[str, set[str]]:
    return {name: set(split["article_id"]) for name, split in splits.items()}


def table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    frame = pd.DataFrame(rows)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        frame.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def refusal(task: str, **options: Any) -> str:
    with pytest.raises(InputError) as error:
        load(task, **options)
    return str(error.value)


@pytest.mark.parametrize("task", TASKS)
def test_files_of_labelled_articles_become_the_splits(corpus: Path, task: str) -> None:
    files = {name: corpus / f"{name}.jsonl" for name in SPLITS}
    splits = load(task, **files)
    assert list(splits) == list(SPLITS)
    for name, path in files.items():
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert ids(splits)[name] <= {row["id"] for row in rows}
        sentences = [sentence for row in rows for sentence in row["sentences"]]
        labels = {
            "topic": sum(sentence["topic"] is not None for sentence in sentences),
            "stance": sum(len(sentence["stance"]) for sentence in sentences),
            "speaker": len(sentences),
        }
        assert len(splits[name]) == labels[task]


@pytest.mark.parametrize("task", TASKS)
def test_shares_split_by_article_and_lose_none(corpus: Path, task: str) -> None:
    given = ids(load(task, train=corpus, validation=0.2, test=0.1))
    count = len(list(read_articles(corpus)))
    taken = {"validation": round(0.2 * count), "test": round(0.1 * count)}
    assert {name: len(own) for name, own in given.items()} == {"train": count - sum(taken.values()), **taken}
    assert len(set.union(*given.values())) == count


def test_the_split_does_not_depend_on_the_order_of_lines(corpus: Path, tmp_path: Path) -> None:
    lines = [line for file in sorted(corpus.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    seen = set()
    for seed in range(4):
        random.Random(seed).shuffle(lines)
        (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
        seen.add(str(sorted((name, sorted(own)) for name, own in ids(load("topic", train=tmp_path)).items())))
    assert len(seen) == 1


def test_an_article_more_moves_no_other_far(corpus: Path, tmp_path: Path) -> None:
    lines = [line for file in sorted(corpus.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    (tmp_path / "a.jsonl").write_text("\n".join(lines[1:]), encoding="utf-8")
    fewer, all_ = ids(load("topic", train=tmp_path)), ids(load("topic", train=corpus))
    assert len(fewer["train"] & all_["train"]) >= len(all_["train"]) - 3


def test_split_seed_makes_another_split(corpus: Path) -> None:
    assert ids(load("topic", train=corpus)) != ids(load("topic", train=corpus, split_seed=1))


def test_no_test_split_where_none_is_asked(corpus: Path) -> None:
    assert list(load("topic", train=corpus, test=None)) == ["train", "validation"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_users_table_keeps_its_labels(tmp_path: Path, suffix: str) -> None:
    splits = load("stance", train=table(tmp_path / f"a{suffix}", TABLE), columns=COLUMNS)
    rows = [row for split in splits.values() for row in split]
    assert {(row["text"], row["target"], row["label"]) for row in rows} == {
        (row["sentence"], row["about"], row["stance"]) for row in TABLE
    }
    assert [len(splits[name]) for name in SPLITS] == [14, 3, 3]


def test_one_table_a_split(tmp_path: Path) -> None:
    files = {name: table(tmp_path / f"{name}.csv", TABLE[at : at + 3]) for at, name in enumerate(SPLITS)}
    splits = load("stance", **files, columns=COLUMNS)
    assert {name: [row["text"] for row in split] for name, split in splits.items()} == {
        name: [row["sentence"] for row in TABLE[at : at + 3]] for at, name in enumerate(SPLITS)
    }


def test_labels_are_renamed_and_rows_chosen(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [*TABLE, {**TABLE[0], "sentence": "آخر", "about": "السلم", "stance": "لا أدري"}])
    splits = load(
        "stance", train=path, columns=COLUMNS, labels={"مع": "favor", "ضد": "against"}, where={"about": "الحرب"}
    )
    rows = [row for split in splits.values() for row in split]
    assert {row["label"] for row in rows} == {"favor", "against"}
    assert {row["target"] for row in rows} == {"الحرب"}


@given(st.lists(st.integers(0, 5), min_size=12, max_size=40).filter(lambda own: len(set(own)) > 3), st.booleans())
def test_rows_of_one_group_or_of_one_text_stay_together(groups: list[int], named: bool) -> None:
    rows = [{"t": f"نص {group}" if not named else f"نص {at}", "g": group} for at, group in enumerate(groups)]
    with patch("qawl.data.loaders.read_table", lambda path: enumerate(({**row, "l": "أ"} for row in rows), start=2)):
        columns = {"text": "t", "label": "l", **({"group": "g"} if named else {})}
        given = ids(load("topic", train=Path("a.csv"), columns=columns))
    assert sum(len(own) for own in given.values()) == len(set.union(*given.values())) == len(set(groups))


def test_a_speaker_table_points_to_the_mention(tmp_path: Path) -> None:
    rows = [
        {"t": "وقال كيم: نعم", "b": "", "m": "كيم"},
        {"t": "وأضاف: لا", "b": "قال كيم شيئا", "m": "كيم"},
        {"t": "مضى يوم", "b": "", "m": ""},
    ]
    files = dict.fromkeys(("train", "validation"), table(tmp_path / "a.csv", rows))
    split = load("speaker", **files, test=None, columns={"text": "t", "before": "b", "mention": "m"})["train"]
    said = [(row["before"] + row["text"])[row["answer_start"] : row["answer_end"]] for row in split]
    assert said[:2] == ["كيم", "كيم"] and split[2]["answer_start"] == -1
    assert [row["explicit"] for row in split] == [True, False, False]


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        ({"sentence": ""}, 3, "a row without a text (`text`)"),
        ({"about": None}, 3, "a row without a target (`target`)"),
        ({"stance": " "}, 3, "a row without a label (`label`)"),
    ],
)
def test_a_row_that_lacks_something_is_named(tmp_path: Path, change: dict[str, Any], line: int, problem: str) -> None:
    path = table(tmp_path / "a.csv", [TABLE[0], {**TABLE[1], **change}])
    assert refusal("stance", train=path, columns=COLUMNS).startswith(f"{path}:{line}: {problem}")


def test_a_table_without_the_column(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", TABLE)
    message = refusal("stance", train=path, columns={**COLUMNS, "label": "opinion"})
    assert message.startswith(f"{path}:2: no column 'opinion'") and "'sentence', 'about', 'stance'" in message
    assert "no column 'lang'" in refusal("stance", train=path, columns=COLUMNS, where={"lang": "ar"})


def test_a_label_that_the_renaming_does_not_know(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", TABLE)
    message = refusal("stance", train=path, columns=COLUMNS, labels={"مع": "favor"})
    assert message.startswith(f"{path}:3: unknown label 'ضد'")


def test_a_mention_that_is_not_there(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [{"t": "قال كيم", "m": "ترمب"}])
    assert "a.csv:2: the mention «ترمب» stands neither" in refusal(
        "speaker", train=path, columns={"text": "t", "mention": "m"}
    )


def test_half_a_surrogate_pair_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": "\\ud800", "l": "sport"}\n')
    message = refusal("topic", train=path, columns={"text": "t", "label": "l"})
    assert message.startswith(f"{path}:1: half of a surrogate pair in 't'")


def test_an_empty_table_is_an_empty_split(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", TABLE)
    empty = tmp_path / "b.csv"
    empty.write_text("sentence,about,stance\n")
    assert refusal("stance", train=path, validation=empty, columns=COLUMNS).startswith(
        f"{empty}: the validation split is empty"
    )


def test_too_few_articles_to_share_out(tiny: Path) -> None:
    message = refusal("topic", train=tiny / "validation.jsonl")
    assert "the train split is empty" in message or "the test split is empty" in message


def test_an_article_in_two_splits_is_refused(tiny: Path) -> None:
    path = tiny / "train.jsonl"
    first = next(read_articles(path)).id
    assert f"the article {first!r} is in the train split too" in refusal("topic", train=path, validation=path)


def test_an_article_that_stands_twice_is_refused(tiny: Path, tmp_path: Path) -> None:
    line = (tiny / "test.jsonl").read_text("utf-8")
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=r"b\.jsonl:1: the id '.*' stands already at .*a\.jsonl:1"):
        list(read_articles(tmp_path))


def test_an_article_that_fails_a_check_is_refused(tiny: Path, tmp_path: Path) -> None:
    row = json.loads((tiny / "test.jsonl").read_text("utf-8"))
    row["sentences"][0]["topic"] = "sports"
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert "a.jsonl:1: sentence 0: unknown topic 'sports'" in refusal("topic", train=tmp_path)


def test_options_of_tables_need_columns() -> None:
    with pytest.raises(ValidationError, match="are for tables: give `columns` too"):
        DataConfig(train=Path("a.csv"), where={"a": "b"})


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"test": "c.jsonl"}, "c.jsonl"),
        ({"test": None, "validation": "b.jsonl"}, "b.jsonl"),
        ({}, "0.15 of a.jsonl, split seed 0"),
        ({"test": None}, "0.15 of a.jsonl, split seed 0"),
        ({"columns": {"text": "t"}, "where": {"x": "1"}, "test": "c.csv"}, "c.csv x=1"),
    ],
)
def test_the_test_data_has_a_name(options: dict[str, Any], name: str) -> None:
    assert DataConfig.model_validate({"train": "a.jsonl", **options}).test_name() == name
