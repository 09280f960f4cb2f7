"""Scored rows to JSONL, Parquet or CSV: whole files, or none."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..data.files import SURROGATE, whole_file
from ..data.tables import BOM
from ..errors import InputError
from ..records import ScoredRow

FORMATS = (".jsonl", ".csv", ".parquet")
CSV_COLUMNS = (
    "article_id title outlet date sentence start end text speaker_entity speaker_mention speaker_start "
    "speaker_end speaker_score narrator_score topic topic_score target stance stance_score"
).split()
PARQUET_ROWS = 4096

Write = Callable[[ScoredRow], None]


def check_output(path: Path) -> None:
    """Refuse an output that can't be written, before hours of scoring are spent on it."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(path, f"unknown kind of output {path.suffix!r}", remedy=f"use one of {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise InputError(path, f"the folder {path.parent} does not exist", remedy=f"mkdir -p {path.parent}")
    if path.is_dir():
        raise InputError(path, "is a folder", remedy="name a file in it")


@contextmanager
def open_writer(path: Path) -> Iterator[Write]:
    """Yield a function that writes a row; the file takes its place when the block ends without an error."""
    check_output(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        with whole_file(path, "wb") as stream, _parquet(stream) as write:
            yield write
    elif suffix == ".csv":
        with whole_file(path) as stream:
            # Excel takes a UTF-8 file for Windows-1256 unless it starts with a byte-order mark.
            stream.write(BOM)
            table = csv.DictWriter(stream, CSV_COLUMNS)
            table.writeheader()
            yield lambda row: table.writerows(storable(flat) for flat in flat_rows(row))
    else:
        with whole_file(path) as stream:
            yield lambda row: write_line(stream, row.as_dict())


def join_files(parts: Iterable[Path], output: Path) -> None:
    """Put files of one kind that `open_writer` wrote one after the other into another one, on disk when it returns."""
    suffix = output.suffix.lower()
    with output.open("wb") as stream:
        if suffix == ".parquet":
            _join_parquet(parts, stream)
        else:
            for number, part in enumerate(parts):
                with part.open("rb") as own:
                    if suffix == ".csv" and number:
                        own.readline()
                    shutil.copyfileobj(own, stream)
        stream.flush()
        os.fsync(stream.fileno())


def flat_rows(row: ScoredRow) -> Iterator[dict[str, Any]]:
    """Yield a table row for each target of a scored sentence, or one without target where none was asked."""
    speaker = row.speaker
    common = {
        "article_id": row.article_id,
        "title": row.title,
        "outlet": row.outlet,
        "date": row.date,
        "sentence": row.sentence,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "speaker_entity": speaker and speaker.entity,
        "speaker_mention": speaker and speaker.mention,
        "speaker_start": speaker and speaker.start,
        "speaker_end": speaker and speaker.end,
        "speaker_score": speaker and speaker.score,
        "narrator_score": row.narrator_score,
        "topic": row.topic.label,
        "topic_score": row.topic.score,
    }
    for stance in row.stances:
        yield {**common, "target": stance.target, "stance": stance.label, "stance_score": stance.score}
    if not row.stances:
        yield {**common, "target": None, "stance": None, "stance_score": None}


def write_line(stream: IO[str], value: dict[str, Any]) -> None:
    """Write an object as a line of JSON."""
    try:
        stream.write(json.dumps(value, ensure_ascii=False) + "\n")
    except UnicodeEncodeError:
        # Half a surrogate pair is no UTF-8; escaped it is still JSON.
        stream.write(json.dumps(value) + "\n")


def storable(value: Any) -> Any:
    """Return a value without halves of surrogate pairs, which CSV and Parquet can't hold: each becomes one U+FFFD."""
    if isinstance(value, str):
        return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {key: storable(own) for key, own in value.items()}
    return [storable(own) for own in value] if isinstance(value, list) else value


def _join_parquet(parts: Iterable[Path], stream: Any) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(stream, _schema()) as file:
        for part in parts:
            with pq.ParquetFile(part) as own:
                for group in range(own.num_row_groups):
                    file.write_table(own.read_row_group(group))


def _schema() -> Any:
    import pyarrow as pa

    real, whole, text = pa.float64(), pa.int64(), pa.string()
    speaker = pa.struct([("entity", text), ("mention", text), ("start", whole), ("end", whole), ("score", real)])
    stance = pa.struct([("target", text), ("label", text), ("score", real)])
    return pa.schema(
        [
            ("article_id", text),
            ("sentence", whole),
            ("start", whole),
            ("end", whole),
            ("text", text),
            ("speaker", speaker),
            ("narrator_score", real),
            ("topic", pa.struct([("label", text), ("score", real)])),
            ("stances", pa.list_(stance)),
            ("title", text),
            ("outlet", text),
            ("date", text),
        ]
    )


@contextmanager
def _parquet(stream: Any) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema()
    waiting: list[dict[str, Any]] = []
    with pq.ParquetWriter(stream, schema) as file:

        def flush() -> None:
            file.write_table(pa.Table.from_pylist(waiting, schema=schema))
            waiting.clear()

        def write(row: ScoredRow) -> None:
            waiting.append(storable(row.as_dict()))
            if len(waiting) >= PARQUET_ROWS:
                flush()

        yield write
        flush()
