"""Articles to score, and targets, in every form that they come in."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.errors import InputError, QawlError
from qawl.infer.readers import HEADLINE, Rejected, count_records, read_articles, read_targets, text_article
from qawl.records import Article

TEXT = "قال كيم: نعم."


def read(*inputs: object) -> list[Article]:
    return [own for own in read_articles([str(given) for given in inputs]) if isinstance(own, Article)]


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(*inputs: object) -> str:
    """Return why an input is refused, or why the one row of it that is no article isn't."""
    try:
        found = list(read_articles([str(given) for given in inputs]))
    except InputError as error:
        return str(error)
    (rejected,) = [own for own in found if isinstance(own, Rejected)]
    return str(rejected)


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fill(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return fill


def test_a_text_file_is_one_article_named_after_it(tmp_path: Path) -> None:
    text = f"\n  العنوان \r\n{TEXT}\n"
    (article,) = read(written(tmp_path / "001.txt", "\ufeff" + text))
    assert (article.id, article.title, article.text) == ("001", "العنوان", text)


def test_a_long_first_line_is_no_title() -> None:
    assert text_article("ق" * HEADLINE, "a", "a").title == "ق" * HEADLINE
    assert text_article("ق" * (HEADLINE + 1), "a", "a").title == ""


def test_a_folder_gives_its_articles_in_order_and_passes_over_the_rest(tmp_path: Path) -> None:
    written(tmp_path / "b.txt", TEXT)
    written(tmp_path / "a" / "b.TXT", TEXT)
    written(tmp_path / "a" / "c.csv", f"text\n{TEXT}\n")
    written(tmp_path / "a" / "notes.docx", b"\xff")
    written(tmp_path / "folder.txt" / "d.txt", TEXT)
    assert [article.id for article in read(tmp_path)] == ["a/b", "a/c-2", "b", "folder.txt/d"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"])
def test_a_table_gives_an_article_a_row(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"id": "x", "text": TEXT, "title": "عنوان", "outlet": "روسيا اليوم", "date": "2019-04-25", "more": "1"},
        {"id": "", "text": "نص", "title": "", "outlet": "", "date": "", "more": ""},
    ]
    path = tmp_path / f"a{suffix}"
    frame = pd.DataFrame(rows)
    if suffix == ".parquet":
        frame.to_parquet(path)
    elif suffix in (".jsonl", ".ndjson"):
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    # Lines are those of the file; Parquet has rows.
    line = 3 if suffix in (".csv", ".tsv") else 2
    assert read(path) == [
        Article("x", TEXT, title="عنوان", outlet="روسيا اليوم", date="2019-04-25"),
        Article(f"a-{line}", "نص"),
    ]


def test_a_number_for_an_id_is_its_digits(tmp_path: Path) -> None:
    assert [article.id for article in read(written(tmp_path / "a.jsonl", '{"id": 7, "text": "نص"}'))] == ["7"]


@pytest.mark.parametrize(
    ("given", "targets"),
    [
        (["الحرب", " كوريا  الشمالية ", "الحرب"], ("الحرب", "كوريا الشمالية")),
        ("الحرب|السلم", ("الحرب", "السلم")),
        ('["الحرب", "أ|ب"]', ("الحرب", "أ|ب")),
        ("", ()),
        (None, ()),
        ([], ()),
    ],
)
def test_targets_of_an_article(tmp_path: Path, given: Any, targets: tuple[str, ...]) -> None:
    path = written(tmp_path / "a.jsonl", json.dumps({"text": TEXT, "targets": given}))
    assert read(path)[0].targets == targets


@pytest.mark.parametrize("given", [["الحرب", " "], "الحرب||السلم", 5, [5], '["الحرب"', "[" * 100_000, {"a": 1}])
def test_targets_that_are_empty_or_no_list(tmp_path: Path, given: Any) -> None:
    path = written(tmp_path / "a.jsonl", "\n" + json.dumps({"text": TEXT, "targets": given}))
    message = refusal(path)
    assert message.startswith(f"{path}:2: ") and "target" in message


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", "", "a.txt: empty: no text in it"),
        ("a.txt", "\ufeff \n", "a.txt: empty: no text in it"),
        ("a.txt", b"ab\n\xc7\xe1", "a.txt:2: not UTF-8 at byte 3"),
        ("a.csv", "", "a.csv: empty: no article in it"),
        ("a.csv", "text\n", "a.csv: empty: no article in it"),
        ("a.csv", "body,id\nنص,1\n", "a.csv:2: no column 'text'"),
        ("a.csv", "text,id\n,1\n", "a.csv:2: `text` is empty"),
        ("a.jsonl", '{"text": 5}', "a.jsonl:1: `text` is empty or no string"),
        ("a.jsonl", '\n{"text": "نص"', "a.jsonl:2: not JSON"),
        ("a.pdf", "", "unknown kind of file '.pdf'"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: str | bytes, problem: str) -> None:
    assert problem in refusal(written(tmp_path / name, content))


def test_no_such_file_and_a_folder_without_articles(tmp_path: Path) -> None:
    assert "no such file or folder" in refusal(tmp_path / "a.txt")
    written(tmp_path / "a.docx", "")
    assert "a folder without articles" in refusal(tmp_path)


def test_an_id_that_stands_twice_names_both_places(tmp_path: Path) -> None:
    first = written(tmp_path / "a.jsonl", '{"id": "x", "text": "نص"}\n')
    second = written(tmp_path / "b.jsonl", '{"text": "نص"}\n{"id": "x", "text": "نص"}\n')
    message = refusal(first, second)
    assert message.startswith(f"{second}:2: the id 'x' stands already")
    assert message.endswith(f"the first one is at {first}:1")


def test_what_is_rejected_costs_no_other_article(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", '{"text": ""}\n{"id": "x", "text": "نص"}\n{"id": "x", "text": "نص"}\n{"text": "نص"}')
    written(tmp_path / "b.txt", b"\xff")
    found = list(read_articles([str(tmp_path)]))
    assert [own.id if isinstance(own, Article) else own.line for own in found] == [1, "x", 3, "a-4", 1]
    assert count_records([str(tmp_path)]) == 5


def test_text_on_stdin(stdin: Any) -> None:
    stdin(("\ufeff" + TEXT).encode())
    assert read("-") == [Article("stdin", TEXT, title=TEXT)]


def test_json_lines_on_stdin(stdin: Any) -> None:
    # U+2028 ends no line of JSON.
    stdin(f'\n{{"id": "x", "text": "{TEXT}"}}\r\n{{"text": "نص\u2028آخر"}}'.encode())
    assert [(article.id, article.text) for article in read("-")] == [("x", TEXT), ("stdin-3", "نص\u2028آخر")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b" ", "<stdin>: empty"), (b"ab\xff", "<stdin>: not UTF-8 at byte 2"), (b"{", "<stdin>:1: not JSON")],
)
def test_bad_stdin(stdin: Any, content: bytes, problem: str) -> None:
    stdin(content)
    assert refusal("-").startswith(problem)


def test_targets_of_the_command_line_and_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "t.txt", "\ufeffالسلم\r\n\n# a comment\n  الحرب \nكوريا\t الشمالية\n")
    assert read_targets(["الحرب"], path) == ["الحرب", "السلم", "كوريا الشمالية"]
    assert read_targets([], None) == []


def test_bad_targets(tmp_path: Path) -> None:
    with pytest.raises(QawlError, match="--target ' ': the target is empty"):
        read_targets(["الحرب", " "], None)
    with pytest.raises(InputError, match="no target in it"):
        read_targets([], written(tmp_path / "t.txt", "# nothing\n\n"))
    with pytest.raises(InputError, match="No such file"):
        read_targets([], tmp_path / "none.txt")


@given(st.lists(st.text().filter(str.strip)))
def test_targets_are_each_once_in_their_order(options: list[str]) -> None:
    targets = read_targets(options, None)
    assert len(set(targets)) == len(targets)
    assert targets == sorted(targets, key=[" ".join(option.split()) for option in options].index)
