"""`qawl.score`: articles of a notebook, as a DataFrame, a Dataset or a list, to a table of scored sentences."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import datasets
import numpy as np
import pandas as pd

from ..errors import QawlError
from ..records import Article, Rejected
from .loading import Models, load_models, own_thresholds, parse_confidence
from .rows import FIELDS, Columns, RowError, check_fields, distinct_targets, missing_column, row_article
from .score import score_articles
from .seen import reject_twice
from .writers import CSV_COLUMNS, flat_rows, storable

TYPES = {
    "sentence": "int64",
    "start": "int64",
    "end": "int64",
    "speaker_start": "Int64",
    "speaker_end": "Int64",
    "speaker_score": "float64",
    "narrator_score": "float64",
    "topic_score": "float64",
    "stance_score": "float64",
}
"""Of the columns that hold numbers; Int64 has missing values where there is no mention."""
SHOWN = 3
"""Rejected rows that the warning quotes."""

Row = Mapping[str, Any]


def score(
    data: pd.DataFrame | datasets.Dataset | pd.Series[Any] | Sequence[str] | Sequence[Row],
    targets: Sequence[str] = (),
    *,
    models: str | Path | Models | None = None,
    min_confidence: float | Literal["auto"] = 0.0,
    columns: Columns | None = None,
) -> pd.DataFrame | datasets.Dataset:
    """Score articles; return a row for each sentence and target, or for each sentence where no target is asked.

    The columns are those of the CSV that `qawl score` writes. The index is that of the article's row in `data`,
    repeated as `DataFrame.explode` does, so that `data.join(scored)` works. Rows that are no article (no text, an
    id twice, …) are left out with a warning and stand in `scored.attrs["rejected"]`.

    Args:
        data: articles with `text` and, where there are, `id`, `title`, `outlet`, `date` and `targets`; or texts alone.
        targets: what to ask of every article, beside its own `targets`.
        models: a folder of models, a registry alias, or what `qawl.load_models` returned, to load them only once;
            None: those in `models/` here, and the ones that ship for what is not there.
        min_confidence: what is less probable becomes an abstention: the label is missing, the score is there;
            "auto": than each model's own threshold.
        columns: where a field stands in `data`, such as `{"text": "body", "id": "url"}`.

    Returns:
        A Dataset for a Dataset, else a DataFrame.

    Raises:
        QawlError: no articles, no column with the text, an empty target, or no models.
    """
    least = parse_confidence(min_confidence, "min_confidence")
    asked = _check_targets(targets)
    rows, index = _rows(data, check_fields(columns or {}))
    found = reject_twice(_articles(rows, index, columns or {}))
    rejected: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    articles = _accepted(enumerate(found), index, rejected, places)
    first = next(articles, None)
    if first is None:
        raise QawlError(f"no article in the data{f': {_quoted(rejected)}' if rejected else ''}")
    loaded = models if isinstance(models, Mapping) else load_models(None if models is None else str(models))
    confidence = own_thresholds({task: model.card for task, model in loaded.items()}) if least is None else least
    flat: list[dict[str, Any]] = []
    for own in score_articles(chain([first], articles), loaded, targets=asked, min_confidence=confidence):
        flat.extend(line for row in own for line in flat_rows(row))
    at = np.array([places[line["article_id"]] for line in flat], dtype=np.intp)
    scored = _frame(flat, index.take(at))
    scored.attrs["rejected"] = rejected
    if rejected:
        warnings.warn(f"{len(rejected)} rows are no article: {_quoted(rejected)}", stacklevel=2)
    if isinstance(data, datasets.Dataset):
        return datasets.Dataset.from_pandas(scored, preserve_index=False)
    return scored


def _check_targets(targets: Sequence[str]) -> list[str]:
    if isinstance(targets, str):
        raise QawlError(f"targets={targets!r}: give a list of strings")
    if any(not isinstance(target, str) or not target.strip() for target in targets):
        raise QawlError("targets: an empty one, or one that is no string — name what the stance is toward")
    return distinct_targets(targets)


def _rows(data: Any, columns: Columns) -> tuple[Iterator[Row], pd.Index[Any]]:
    """Return the rows by column, and the label of each."""
    needed = [columns.get(field, field) for field in FIELDS]
    if isinstance(data, pd.Series):
        data = data.to_frame("text")
    if isinstance(data, pd.DataFrame):
        names = list(data.columns)
        if twice := [name for name in needed if names.count(name) > 1]:
            raise QawlError(f"data: two columns named {twice[0]!r} — rename or remove one")
        _refuse_missing(names, columns)
        used = [name for name in needed if name in names]
        cells = zip(*(data[name] for name in used), strict=True)
        return (dict(zip(used, row, strict=True)) for row in cells), data.index
    if isinstance(data, datasets.Dataset):
        _refuse_missing(data.column_names, columns)
        plain = data.with_format(None).select_columns([name for name in data.column_names if name in needed])
        return iter(plain), pd.RangeIndex(len(data))
    if isinstance(data, str) or not isinstance(data, Sequence):
        remedy = "give a DataFrame, a Dataset, or a list of texts or of dicts"
        raise QawlError(f"data is a {type(data).__name__} — {remedy}")
    if any(isinstance(row, Mapping) for row in data):
        _refuse_missing(list({name for row in data if isinstance(row, Mapping) for name in row}), columns)
    rows = (row if isinstance(row, Mapping) else {columns.get("text", "text"): row} for row in data)
    return rows, pd.RangeIndex(len(data))


def _refuse_missing(names: Sequence[Any], columns: Columns) -> None:
    if missing := missing_column(names, columns):
        has = ", ".join(map(repr, names))
        raise QawlError(f'data: no column {missing!r} — it has {has}: name the right one, columns={{"text": …}}')


def _articles(
    rows: Iterator[Row], index: pd.Index[Any], columns: Columns
) -> Iterator[tuple[str, None, Article | Rejected]]:
    for number, row in enumerate(rows):
        place = f"index {index[number]}"
        try:
            plain = {name: _plain(value) for name, value in row.items()}
            yield place, None, row_article(plain, columns, f"row-{number}")
        except RowError as error:
            yield place, None, Rejected(place, None, str(error))


def _plain(value: Any) -> Any:
    """Return a cell as JSON or CSV would have it: lists for arrays, None for each kind of missing value."""
    if isinstance(value, (np.ndarray, tuple)):
        return list(value)
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def _accepted(
    found: Iterator[tuple[int, Article | Rejected]],
    index: pd.Index[Any],
    rejected: list[dict[str, Any]],
    places: dict[str, int],
) -> Iterator[Article]:
    for place, item in found:
        if isinstance(item, Rejected):
            rejected.append({"index": index[place], "reason": item.reason})
        else:
            places[item.id] = place
            yield item


def _quoted(rejected: Sequence[Mapping[str, Any]]) -> str:
    shown = [f"{row['index']}: {row['reason']}" for row in rejected[:SHOWN]]
    return "; ".join([*shown, "…"] if len(rejected) > SHOWN else shown)


def _frame(flat: Sequence[Mapping[str, Any]], index: pd.Index[Any]) -> pd.DataFrame:
    lines = [storable(line) for line in flat]
    return pd.DataFrame(lines, columns=list(CSV_COLUMNS), index=index).astype(TYPES)
