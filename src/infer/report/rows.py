"""Scored rows as `qawl score` wrote them, one at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...data.files import read_table
from ...errors import InputError
from ...records import ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance

_REMEDY = "give a file that `qawl score` wrote"


def read_rows(path: Path) -> Iterator[ScoredRow]:
    """Yield what `qawl score` wrote: JSONL, Parquet, or CSV with one line per sentence and target.

    Only the row at hand is held. The lines of CSV that belong to one sentence stand one after another.

    Raises:
        InputError: a line that is no scored row, or a sentence that is there twice.
    """
    seen: set[tuple[str, int]] = set()
    last: ScoredRow | None = None
    for line, raw in read_table(path):
        flat = "stances" not in raw
        try:
            row = _row(_unflatten(raw) if flat else raw)
        except KeyError as error:
            raise InputError(path, f"no field {error}", line=line, remedy=_REMEDY) from None
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise InputError(path, f"not a scored row: {error}", line=line, remedy=_REMEDY) from None
        if last is not None and flat and _continues(last, row):
            last = replace(last, stances=last.stances + row.stances)
            continue
        if (row.article_id, row.sentence) in seen:
            problem = f"sentence {row.sentence} of article {row.article_id!r} is there twice"
            remedy = "give one output of `qawl score`, each article once, in its own order"
            raise InputError(path, problem, line=line, remedy=remedy)
        seen.add((row.article_id, row.sentence))
        if last is not None:
            yield last
        last = row
    if last is not None:
        yield last


def _continues(last: ScoredRow, row: ScoredRow) -> bool:
    """Tell whether a line of the flat table is one more target of the sentence before it."""
    asked = {stance.target for stance in last.stances}
    another = bool(asked and row.stances) and not any(stance.target in asked for stance in row.stances)
    return another and replace(last, stances=()) == replace(row, stances=())


def _row(raw: Mapping[str, Any]) -> ScoredRow:
    speaker = raw["speaker"]
    return ScoredRow(
        article_id=_text(raw, "article_id"),
        sentence=_whole(raw["sentence"]),
        start=_whole(raw["start"]),
        end=_whole(raw["end"]),
        text=_text(raw, "text"),
        speaker=None if speaker is None else _speaker(speaker),
        narrator_score=_score(raw["narrator_score"]),
        topic=ScoredLabel(_text(raw["topic"], "label", None), _score(raw["topic"]["score"])),
        stances=tuple(
            ScoredStance(_text(stance, "target"), _text(stance, "label", None), _score(stance["score"]))
            for stance in raw["stances"]
        ),
        **{name: _text(raw, name, "") or "" for name in ("title", "outlet", "date")},
    )


def _speaker(raw: Mapping[str, Any]) -> ScoredSpeaker:
    entity, mention, score = _text(raw, "entity", None), _text(raw, "mention", None), _score(raw["score"])
    if entity is None:
        return ScoredSpeaker(None, None, None, None, score)
    start, end = (None if _blank(raw.get(name)) else _whole(raw[name]) for name in ("start", "end"))
    return ScoredSpeaker(entity, mention, start, end, score)


def _unflatten(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the flat table as a row with one stance, or none where no target was asked."""
    speaker = {name: raw[f"speaker_{name}"] for name in ("entity", "mention", "start", "end", "score")}
    stance = {"target": raw["target"], "label": raw["stance"], "score": raw["stance_score"]}
    return {
        **raw,
        # An abstention has a score without a name; the narrator has neither.
        "speaker": None if _blank(speaker["score"]) else speaker,
        "topic": {"label": raw["topic"], "score": raw["topic_score"]},
        "stances": [] if _blank(stance["target"]) else [stance],
    }


def _blank(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _text(raw: Mapping[str, Any], name: str, default: Any = ...) -> Any:
    """Return the field's text; where a default is given it stands in for nothing at all."""
    value = raw[name] if default is ... else raw.get(name)
    if default is not ... and _blank(value):
        return default
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return float(value)
    raise TypeError(f"{value!r} is no number")


def _whole(value: object) -> int:
    number = _number(value)
    if not (0 <= number <= 2**53 and number.is_integer()):
        raise ValueError(f"{value!r} is no whole number from 0")
    return int(number)


def _score(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r} is no probability")
    return number
