"""Articles to score, and targets, in every form that they come in."""

import bz2
import gzip
import io
import json
import lzma
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from qawl.errors import InputError, QawlError
from qawl.infer.readers import HEADLINE, count_records, read_articles, read_targets, text_article
from qawl.infer.rows import read_columns
from qawl.records import Article, Rejected

TEXT = "قال كيم: نعم."
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.compress,
}


def found(*inputs: object, **columns: str) -> list[Article | Rejected]:
    return list(read_articles([str(given) for given in inputs], columns))


def read(*inputs: object, **columns: str) -> list[Article]:
    """The articles, of inputs without a bad row."""
    items = found(*inputs, **columns)
    articles = [item for item in items if isinstance(item, Article)]
    assert articles == items
    return articles


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rejected(*inputs: object) -> tuple[str, int | None, str]:
    """The one thing that is found, which is no article."""
    (item,) = found(*inputs)
    assert isinstance(item, Rejected)
    return item.place, item.line, item.reason


def refusal(*inputs: object, **columns: str) -> str:
    """What the call says that reads nothing yet."""
    with pytest.raises(QawlError) as error:
        read_articles([str(given) for given in inputs], columns)
    return str(error.value)


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
    assert text_article("ق" * HEADLINE, "a").title == "ق" * HEADLINE
    assert text_article("ق" * (HEADLINE + 1), "a").title == ""


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
    file, line, reason = rejected(path)
    assert (file, line) == (str(path), 2) and "target" in reason


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("a.txt", "", None, "empty: no text in it"),
        ("a.txt", "\ufeff \n", None, "empty: no text in it"),
        ("a.txt", b"ab\n\xc7\xe1", 2, "not UTF-8 at byte 3"),
        ("a.csv", "text,id\n,1\n", 2, "`text` is empty"),
        ("a.csv", 'text,id\n"نص"x,1\n', 2, "not a table: ',' expected after '\"'"),
        ("a.csv", "text,id\nنص,1,2\n", 2, "more fields than the header has"),
        ("a.csv", b"text,id\n\xff,1\n", 2, "not UTF-8 at byte 8"),
        ("a.csv", b'text,id\n"a\n\xff",1\n', 2, "not UTF-8 at byte 11"),
        ("a.jsonl", '{"text": 5}', 1, "`text` is no string"),
        ("a.jsonl", '{"text": null}', 1, "`text` is empty"),
        ("a.jsonl", '{"text": "نص", "title": {"ar": "نص"}}', 1, "`title` is no string"),
        ("a.jsonl", '\n{"text": "نص"', 2, "not JSON: Expecting ',' delimiter at character 13"),
        ("a.jsonl", b'{"text": "\xff"}', 1, "not UTF-8 at byte 10"),
    ],
)
def test_a_bad_row_is_rejected_with_its_file_line_and_reason(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, reason: str
) -> None:
    path = written(tmp_path / name, content)
    assert rejected(path) == (str(path), line, reason)


def test_what_stands_after_a_bad_row_is_read(tmp_path: Path) -> None:
    rows = ["text,id", '"نص', 'أول",1', ",2", '"س"س,3', "نص,4,5", '"سطر', "", 'وسطر",6', "", "نص,7"]
    path = written(tmp_path / "a.csv", "\n".join(rows).encode() + b"\n\xff,8\n" + "نص,9".encode())
    items = found(path)
    assert [item.id for item in items if isinstance(item, Article)] == ["1", "6", "7", "9"]
    # A record stands at the line on which it begins.
    assert [item.line for item in items if isinstance(item, Rejected)] == [4, 5, 6, 12]
    lines = written(tmp_path / "a.jsonl", '{"text": "نص", "id": 1}\n[]\n{"text": ""}\n{"text": "نص", "id": 4}')
    assert [item.id if isinstance(item, Article) else item.line for item in found(lines)] == ["1", 2, 3, "4"]


def test_a_quote_that_is_never_closed_tells_what_it_took(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'text,id\nنص,1\n"نص,2\nنص,3\nنص,4\n')
    first, bad = found(path)
    assert isinstance(first, Article) and isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (3, "not a table: unexpected end of data; lost up to line 5")


def test_a_bad_text_file_leaves_those_after_it(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", TEXT)
    written(tmp_path / "b.txt", b"\xff")
    written(tmp_path / "c.txt", TEXT)
    assert [isinstance(item, Article) for item in found(tmp_path)] == [True, False, True]


@pytest.mark.parametrize(("name", "content"), [("a.csv", ""), ("a.csv", "text\n"), ("a.jsonl", ""), ("a.jsonl", " \n")])
def test_a_table_without_rows_has_no_article_and_is_no_mistake(tmp_path: Path, name: str, content: str) -> None:
    assert found(written(tmp_path / name, content)) == []


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "body,id\nنص,1\n", "a.csv: no column 'text' — it has 'body', 'id': name the right one"),
        ("a.csv", "text,text\nنص,1\n", "a.csv:1: two columns named 'text'"),
        ("a.csv", b"text,\xff\n", "a.csv:1: not UTF-8"),
        ("a.jsonl", '{"body": "نص"}', "a.jsonl: no column 'text'"),
        ("a.parquet", "no", "a.parquet: not Parquet"),
        ("a.pdf", "", "unknown kind of file '.pdf'"),
        ("a.gz", "", "unknown kind of file '.gz'"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_told_before_anything_is_read(
    tmp_path: Path, name: str, content: str | bytes, problem: str
) -> None:
    assert problem in refusal(written(tmp_path / name, content))


def test_no_such_file_and_a_folder_without_articles(tmp_path: Path) -> None:
    assert "no such file or folder" in refusal(tmp_path / "a.txt")
    written(tmp_path / "a.docx", "")
    assert "a folder without articles" in refusal(tmp_path)


def test_an_id_that_stands_twice_is_rejected_wherever_it_stands(tmp_path: Path) -> None:
    first = written(tmp_path / "a.jsonl", '{"id": "x", "text": "نص"}\n')
    second = written(tmp_path / "b.jsonl", '{"text": "نص"}\n{"id": "x", "text": "نص"}\n')
    assert found(first, second)[2] == Rejected(
        str(second),
        2,
        f"the id 'x' stands already — give each article an id of its own; the first one is at {first}:1",
    )


def test_files_of_one_name_are_told_apart_by_their_places(tmp_path: Path) -> None:
    files = [written(tmp_path / name, TEXT) for name in ("a/1.txt", "b/1.txt", "b/2.txt")]
    assert [article.id for article in read(*files)] == [str(files[0]), str(files[1]), "2"]


# --- columns


def test_columns_of_other_names(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", "body,url,text,title\nنص,u,لا,ت\n")
    text = written(tmp_path / "b.txt", TEXT)
    assert read(table, text, text="body", id="url")[0] == Article("u", "نص", title="ت")
    assert "a.csv: no column 'link' — it has 'body', 'url', 'text', 'title'" in refusal(table, text, id="link")
    assert "none of the inputs is a table" in refusal(text, id="url")
    assert "no field 'body' — the fields are text, id," in refusal(table, body="text")


def test_the_reason_names_the_users_column(tmp_path: Path) -> None:
    (bad,) = found(written(tmp_path / "a.jsonl", '{"body": ""}'), text="body")
    assert bad == Rejected(str(tmp_path / "a.jsonl"), 1, "`body` is empty")


def test_column_options() -> None:
    assert read_columns(["text=body", "id=a=b"]) == {"text": "body", "id": "a=b"}
    for options, problem in [(["text"], "write FIELD="), (["text="], "write FIELD="), (["txt=a"], "no field 'txt'")]:
        with pytest.raises(QawlError, match=problem):
            read_columns(options)
    with pytest.raises(QawlError, match="has a column already, 'a'"):
        read_columns(["text=a", "text=b"])


# --- what folders say


def test_partitioned_parquet_has_the_columns_of_its_folders(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["أ", "ب", "ج"], "outlet": ["بي بي سي", "bbc", None], "date": ["2019-04-05"] * 3})
    frame.to_parquet(tmp_path / "t", partition_cols=["outlet", "date"])
    written(tmp_path / "t" / "_temporary" / "0" / "part.parquet", "no")
    written(tmp_path / "t" / "._SUCCESS.parquet", "no")
    articles = sorted(read(tmp_path / "t"), key=lambda article: article.text)
    assert [(own.text, own.outlet, own.date) for own in articles] == [
        ("أ", "بي بي سي", "2019-04-05"),
        ("ب", "bbc", "2019-04-05"),
        ("ج", "", "2019-04-05"),
    ]
    assert articles[1].id.startswith("outlet=bbc/date=2019-04-05/") and articles[1].id.endswith("-1")
    (own,) = read(tmp_path / "t" / "outlet=bbc", date="outlet")
    assert own.date == "bbc"


def test_any_kind_of_file_in_such_folders(tmp_path: Path) -> None:
    written(tmp_path / "outlet=bbc" / "a.txt", TEXT)
    written(tmp_path / "outlet=bbc" / "b.csv", "text,outlet\nنص,\nنص,cnn\n")
    assert [own.outlet for own in read(tmp_path)] == ["bbc", "bbc", "cnn"]


def test_patterns(tmp_path: Path) -> None:
    for name in ("a/1.txt", "a/b/1.txt", "a/b/2.csv", "c/1.txt"):
        written(tmp_path / name, f"text\n{TEXT}")
    assert [own.id for own in read(tmp_path / "a" / "*.txt")] == ["1"]
    assert [own.id for own in read(f"{tmp_path}/a/**/*.*")] == ["1", "b/1", "b/2-2"]
    assert [own.id for own in read(f"{tmp_path}/[ac]")] == ["a/1", "a/b/1", "a/b/2-2", "c/1"]
    assert "no such file, and a pattern without articles" in refusal(tmp_path / "*.md")
    written(tmp_path / "d[1].txt", TEXT)
    assert [own.id for own in read(tmp_path / "d[1].txt")] == ["d[1]"]


# --- compression, and what does not fit into memory


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt", "b/a.TSV"])
def test_packed_files(tmp_path: Path, suffix: str, name: str) -> None:
    content = '{"text": "نص"}\n' if "json" in name else "text\nنص\n"
    path = written(tmp_path / f"{name}{suffix}", PACKERS[suffix](content.encode()))
    (article,) = read(path.parent)
    assert "نص" in article.text and article.id.startswith("a")


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_that_breaks_off_is_an_error_after_what_could_be_read(tmp_path: Path, suffix: str) -> None:
    lines = "".join(json.dumps({"text": f"نص {number}"}) + "\n" for number in range(20_000)).encode()
    content = PACKERS[suffix](lines)
    path = written(tmp_path / f"a.jsonl{suffix}", content[: len(content) // 2])
    count = 0
    with pytest.raises(InputError, match="cannot be read") as error:
        for item in read_articles([str(path)]):
            count += isinstance(item, Article)
    assert count < 20_000 and error.value.line == count + 1


@pytest.mark.parametrize(
    ("suffix", "rows", "limit"),
    [(".jsonl", 1500, 4), (".csv", 1500, 4), (".jsonl.gz", 1500, 4), (".parquet", 4000, 22)],
)
def test_a_large_table_is_never_in_memory(tmp_path: Path, suffix: str, rows: int, limit: int) -> None:
    text = "نص " * 1500
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        # One row group, random text: neither groups nor compression make it small.
        own = [random.Random(row).randbytes(4000).hex() for row in range(rows)]
        pq.write_table(pa.table({"text": own}), path, compression="none", use_dictionary=False)
        del own
    else:
        with (gzip.open if suffix.endswith("gz") else open)(path, "wt", encoding="utf-8") as stream:
            stream.write("text\n" if suffix == ".csv" else "")
            stream.writelines(f"{text}\n" if suffix == ".csv" else f'{{"text": "{text}"}}\n' for _ in range(rows))
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    most = 0
    count = 0
    for _ in read_articles([str(path)]):
        count += 1
        most = max(most, pa.total_allocated_bytes() - before)
    python = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 11 MB of text, 32 MB in Parquet: the same whatever the size.
    assert count == rows and python + most < limit * 1_000_000


def test_records_are_counted_with_the_bad_ones_among_them(tmp_path: Path) -> None:
    pd.DataFrame({"text": ["أ", "", "ب"]}).to_parquet(tmp_path / "a.parquet")
    written(tmp_path / "b.csv", 'text,id\n"سطر\nآخر",1\nنص,2,3\nنص,1\n')
    written(tmp_path / "c.jsonl.gz", gzip.compress(b'{"text": "x"}\n\n[]\n'))
    written(tmp_path / "d.txt", b"\xff")
    assert count_records([str(tmp_path)]) == len(found(tmp_path)) == 9
    assert count_records([str(tmp_path), "-"]) is None
    assert count_records(["s3://news/a.csv"]) is None


def test_text_on_stdin(stdin: Any) -> None:
    stdin(("\ufeff" + TEXT).encode())
    assert read("-") == [Article("stdin", TEXT, title=TEXT)]


def test_json_lines_on_stdin(stdin: Any) -> None:
    # U+2028 ends no line of JSON.
    stdin(f'\n{{"id": "x", "text": "{TEXT}"}}\r\n{{"text": "نص\u2028آخر"}}'.encode())
    assert [(article.id, article.text) for article in read("-")] == [("x", TEXT), ("stdin-3", "نص\u2028آخر")]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [(b" ", None, "empty"), (b"ab\xff", 1, "not UTF-8 at byte 2"), (b"{", 1, "not JSON")],
)
def test_bad_stdin(stdin: Any, content: bytes, line: int | None, reason: str) -> None:
    stdin(content)
    file, at, told = rejected("-")
    assert (file, at) == ("<stdin>", line) and told.startswith(reason)


@pytest.mark.parametrize("columns", [{}, {"text": "body", "title": "headlin"}])
def test_json_lines_on_stdin_without_the_column(stdin: Any, columns: dict[str, str]) -> None:
    stdin(b'{"body": "x", "headline": "y"}\n' * 3)
    with pytest.raises(InputError, match=r"<stdin>: no column '(text|headlin)' — it has 'body', 'headline'"):
        read_articles(["-"], columns)


def test_stdin_is_named_once(stdin: Any) -> None:
    stdin(b"x")
    with pytest.raises(QawlError, match="`-` stands twice"):
        read_articles(["-", "-"])


def test_folders_behind_links_are_read_and_loops_are_not(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere" / "b" / "1.txt", TEXT)
    written(tmp_path / "in" / "a.txt", TEXT)
    (tmp_path / "in" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "b" / "back").symlink_to(tmp_path / "in")
    assert [own.id for own in read(tmp_path / "in")] == ["a", "link/b/1"]


def test_stdin_stands_where_it_was_named(tmp_path: Path, stdin: Any) -> None:
    stdin(b'{"text": "x", "id": 1}\n{"text": "x", "id": 2}\n')
    path = written(tmp_path / "a.txt", TEXT)
    assert [own.id for own in read_articles([str(path), "-"]) if isinstance(own, Article)] == ["a", "1", "2"]


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
