"""Rows of tables as a stream: each at the line on which it begins, a broken one a value among the others."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from qawl.data.sources import local_source
from qawl.data.tables import PARQUET_ROWS, Row, scan_table, table_columns
from qawl.errors import InputError

cells = st.text(st.sampled_from('قال",\n نعم\u2028'), max_size=8)


def scan(path: Path, content: bytes) -> list[Row | InputError]:
    path.write_bytes(content)
    return list(scan_table(local_source(path)))


@given(st.lists(st.tuples(cells, st.booleans()), min_size=1, max_size=8))
def test_a_csv_record_stands_at_the_line_on_which_it_begins_whatever_stands_before_it(
    rows: list[tuple[str, bool]],
) -> None:
    content, expected = "text,id\n", []
    for number, (cell, broken) in enumerate(rows):
        line = content.count("\n") + 1
        expected.append((line, None if broken else cell))
        # Text after a closing quote is an error of its record alone.
        own = io.StringIO()
        csv.writer(own, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([cell, number])
        content += '"x"y,1\n' if broken else own.getvalue()
    with TemporaryDirectory() as folder:
        found = scan(Path(folder) / "a.csv", content.encode())
    assert [(row.line, None) if isinstance(row, InputError) else (row[0], row[1]["text"]) for row in found] == expected


@given(st.lists(st.sampled_from([b'{"a": 1}', b"", b"[1]", b'{"a"', b'{"a": "\xff"}', b"\xff"]), max_size=12))
def test_each_line_of_json_is_a_row_an_error_or_blank(lines: list[bytes]) -> None:
    with TemporaryDirectory() as folder:
        found = scan(Path(folder) / "a.jsonl", b"\n".join(lines))
    places = [row.line if isinstance(row, InputError) else row[0] for row in found]
    assert places == [number for number, line in enumerate(lines, start=1) if line]
    good = [number for number, line in enumerate(lines, start=1) if line == b'{"a": 1}']
    assert [row[0] for row in found if not isinstance(row, InputError)] == good


def test_a_parquet_string_that_is_not_utf8_is_an_error_of_its_row_alone(tmp_path: Path) -> None:
    count = PARQUET_ROWS + 2
    ends = pa.py_buffer(b"".join(number.to_bytes(4, "little") for number in range(count + 1)))
    values = pa.py_buffer(b"a" * (count - 1) + b"\xff")
    pq.write_table(pa.table({"text": pa.StringArray.from_buffers(count, ends, values)}), tmp_path / "a.parquet")
    found = list(scan_table(local_source(tmp_path / "a.parquet")))
    assert [row[0] for row in found if not isinstance(row, InputError)] == list(range(1, count))
    assert isinstance(found[-1], InputError) and found[-1].line == count


def test_only_the_columns_that_are_needed_are_read_of_parquet(tmp_path: Path) -> None:
    source = local_source(tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["أ"], "page": ["<p>"]}), tmp_path / "a.parquet")
    assert list(scan_table(source, ["id", "text"])) == [(1, {"text": "أ"})]
    assert table_columns(source) == ["text", "page"]


def test_columns_of_json_lines_are_those_of_any_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n{\n" + "\n".join(json.dumps(row) for row in ({"a": 1}, {"b": 1, "a": 2})))
    assert table_columns(local_source(path)) == ["a", "b"]
    path.write_text("{\n\n")
    assert table_columns(local_source(path)) is None
