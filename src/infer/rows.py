"""From a row of the user's table, whatever its columns are called, to an article."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from math import isnan
from typing import Any

from ..errors import QawlError
from ..records import Article

FIELDS = ("text", "id", "title", "outlet", "date", "targets")

Columns = Mapping[str, str]
"""The column of each field that the user named; other fields stand in the column of their own name."""


class RowError(ValueError):
    """What is wrong with one row, and on which line of it where that is known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(problem)


def read_columns(options: Sequence[str]) -> dict[str, str]:
    """Return the columns that `--column FIELD=COLUMN` names."""
    columns: dict[str, str] = {}
    for option in options:
        name, equals, column = option.partition("=")
        if not equals or not column:
            raise QawlError(f"--column {option!r}: write FIELD=COLUMN, such as text=body")
        if name in columns:
            raise QawlError(f"--column {option!r}: {name} has a column already, {columns[name]!r}")
        columns[name] = column
    return check_fields(columns)


def check_fields(columns: Columns) -> dict[str, str]:
    """Return the columns; refuse a field that no article has."""
    for name, column in columns.items():
        if name not in FIELDS:
            raise QawlError(f"column {name}={column}: no field {name!r} — the fields are {', '.join(FIELDS)}")
    return dict(columns)


def missing_column(present: Sequence[str], columns: Columns) -> str | None:
    """Return the column that a table should have and lacks: that of the text, or one that the user named."""
    return next((column for column in ({"text": "text"} | dict(columns)).values() if column not in present), None)


def row_article(row: Mapping[str, Any], columns: Columns, name: str) -> Article:
    """Return the article of a row.

    Args:
        row: values by column, as JSON, CSV, Parquet or pandas have them.
        columns: those of the fields.
        name: the id of an article that has none.

    Raises:
        RowError: no text, or a value that cannot be what the field says.
    """
    given = {field: row.get(columns.get(field, field)) for field in FIELDS}
    text = given["text"]
    if _missing(text) or (isinstance(text, str) and not text.strip()):
        raise RowError(f"`{columns.get('text', 'text')}` is empty")
    if not isinstance(text, str):
        raise RowError(f"`{columns.get('text', 'text')}` is no string")
    strings = {field: _string(given[field], columns.get(field, field)) for field in ("id", "title", "outlet", "date")}
    return Article(
        id=strings["id"] or name,
        text=text,
        title=strings["title"],
        outlet=strings["outlet"],
        date=strings["date"],
        targets=_targets(given["targets"], columns.get("targets", "targets")),
    )


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _string(value: Any, column: str) -> str:
    if _missing(value):
        return ""
    if isinstance(value, (list, dict, bytes)):
        raise RowError(f"`{column}` is no string")
    if isinstance(value, float) and value.is_integer():
        # A column of whole numbers with a gap in it is one of floats in pandas.
        return str(int(value))
    if isinstance(value, datetime) and value.timetz() == time.min:
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _targets(given: Any, column: str) -> tuple[str, ...]:
    if _missing(given) or given == "":
        return ()
    if isinstance(given, str):
        # CSV has no lists: a JSON list in the cell, or targets with | between them.
        try:
            given = json.loads(given) if given.lstrip().startswith("[") else given.split("|")
        except (ValueError, RecursionError):
            raise RowError(f"`{column}` is no JSON list of targets") from None
    if not isinstance(given, list) or not all(isinstance(target, str) and target.strip() for target in given):
        raise RowError(f"an empty target, or `{column}` is no list of strings")
    return tuple(distinct_targets(given))


def distinct_targets(given: Iterable[str]) -> list[str]:
    """Return targets each once, with one blank between their words."""
    return list(dict.fromkeys(" ".join(target.split()) for target in given))
