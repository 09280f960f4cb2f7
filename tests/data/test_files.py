"""Text, tables and whole files."""

import csv
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.data.files import read_table, read_text, whole_file, write_json
from qawl.errors import InputError

# Any text that UTF-8 holds. Carriage returns are the csv module's business and not the file's.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00\ufeff"), max_size=30)
names = st.lists(cells.filter(bool), min_size=1, max_size=4, unique=True)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> list[dict[str, str]]:
    columns = draw(names)
    return draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, cell)), min_size=1, max_size=5))


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_table(path)]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as error:
        rows_of(path)
    return str(error.value)


@given(text.filter(lambda own: not own.startswith("\ufeff")))
def test_text_comes_back_to_the_character(content: str) -> None:
    with TemporaryDirectory() as folder:
        assert read_text(written(Path(folder) / "a.txt", content)) == content


def test_a_byte_order_mark_is_dropped_only_at_the_front(tmp_path: Path) -> None:
    assert read_text(written(tmp_path / "a.txt", "\ufeffقال\n\ufeffنعم")) == "قال\n\ufeffنعم"


@pytest.mark.parametrize(
    ("content", "byte", "line"),
    [
        ("قال\n".encode() + b"ab\xff", 9, 2),
        ("قال".encode("windows-1256"), 0, 1),
        ("\ufeffقال".encode() + b"\xc7", 9, 1),
        ("قال".encode("utf-16"), 0, 1),
    ],
)
def test_what_is_not_utf8_is_named_by_its_byte(tmp_path: Path, content: bytes, byte: int, line: int) -> None:
    path = written(tmp_path / "a.txt", content)
    with pytest.raises(InputError, match=f"not UTF-8 at byte {byte} ") as error:
        read_text(path)
    assert (error.value.path, error.value.line) == (str(path), line)


@given(tables(cells), st.sampled_from([(".csv", ","), (".tsv", "\t")]))
def test_csv_round_trip(rows: list[dict[str, str]], kind: tuple[str, str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a{kind[0]}"
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, list(rows[0]), delimiter=kind[1], quoting=csv.QUOTE_ALL)
            table.writeheader()
            table.writerows(rows)
        assert rows_of(path) == rows


@given(tables(text))
def test_jsonl_and_parquet_round_trip(rows: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        lines = written(Path(folder) / "a.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
        table = Path(folder) / "a.parquet"
        pq.write_table(pa.Table.from_pylist(rows), table)
        assert rows_of(lines) == rows_of(table) == rows


def test_csv_with_a_bom_an_index_and_lines_inside_a_field(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"text": ["قال:\nنعم", "لا، أبدا"]}).to_csv(path, encoding="utf-8-sig")
    assert [row["text"] for row in rows_of(path)] == ["قال:\nنعم", "لا، أبدا"]


def test_a_field_may_be_longer_than_the_csv_module_allows(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path / "a.csv", "text\n" + "ق" * 200_000)) == [{"text": "ق" * 200_000}]


@pytest.mark.parametrize(
    ("name", "content", "line", "problem"),
    [
        ("a.csv", "text,label\nنص,1,2\n", 2, "more fields than the header has"),
        ("a.csv", 'text\n"نص', 2, "not a table"),
        ("a.csv", "text,id,text\nنص,1,نص\n", 1, "two columns named 'text'"),
        ("a.csv", b"text\nok\n\xd3\n", 3, "not UTF-8 at byte 8"),
        ("a.jsonl", '{"a": 1}\n{"a": ]\n', 2, "not JSON: Expecting value at character 6"),
        ("a.jsonl", "\n[1]\n", 2, "a JSON value that is no object"),
        ("a.jsonl", '{"a": ' + "[" * 100_000, 1, "too deep a nesting"),
        ("a.jsonl", '{"a": ' + "1" * 5000 + "}", 1, "too long a number"),
    ],
)
def test_a_broken_row_is_named_by_file_and_line(
    tmp_path: Path, name: str, content: str | bytes, line: int, problem: str
) -> None:
    path = written(tmp_path / name, content)
    message = refusal(path)
    assert message.startswith(f"{path}:{line}: ") and problem in message


def test_a_broken_or_missing_table_is_refused(tmp_path: Path) -> None:
    assert "not Parquet" in refusal(written(tmp_path / "a.parquet", "PAR1"))
    assert "no such file" in refusal(tmp_path / "b.csv")
    assert "unknown kind of table '.xlsx'" in refusal(written(tmp_path / "a.xlsx", ""))


def test_parquet_with_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    pq.write_table(pa.table({"text": wrong}), tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet").startswith(f"{tmp_path / 'a.parquet'}:1: not UTF-8")


@given(parts=st.lists(text), before=st.none() | text)
def test_a_block_that_raises_leaves_what_was_there_and_nothing_else(parts: list[str], before: str | None) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "out.txt"
        if before is not None:
            written(path, before)
        with pytest.raises(ZeroDivisionError), whole_file(path) as stream:
            for part in parts:
                stream.write(part)
            raise ZeroDivisionError
        assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == (
            [] if before is None else [("out.txt", before.encode())]
        )


def test_a_whole_file_takes_its_place_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.txt"
    with whole_file(path) as stream:
        stream.write("قال\r\n")
        assert not path.exists()
    assert path.read_bytes() == "قال\r\n".encode()
    assert [file.name for file in path.parent.iterdir()] == ["out.txt"]


def test_files_follow_the_umask(tmp_path: Path) -> None:
    earlier = os.umask(0o027)
    try:
        write_json(tmp_path / "a.json", {"قال": 1})
    finally:
        os.umask(earlier)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "a.json").read_text("utf-8") == '{\n  "قال": 1\n}\n'


def test_what_is_no_json_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []
