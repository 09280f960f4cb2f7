"""The report: scored rows as one HTML page in Arabic that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..data.files import read_table, whole_file
from ..errors import InputError, QawlError
from ..records import ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance
from .report_page import page

TITLE = "من يقول ماذا، وعن ماذا، وبأي موقف"
_ARABIC = re.compile("[\u0620-\u06d3]")
_REMEDY = "give a file that `qawl score` wrote"
# What no HTML page may hold, lone surrogates and control characters, becomes one U+FFFD each.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def read_rows(path: Path) -> list[ScoredRow]:
    """Read what `qawl score` wrote: JSONL, Parquet, or CSV with one line per sentence and target."""
    rows: dict[tuple[str, int], ScoredRow] = {}
    for line, raw in read_table(path):
        flat = "stances" not in raw
        try:
            row = _row(_unflatten(raw) if flat else raw)
        except KeyError as error:
            raise InputError(path, f"no field {error}", line=line, remedy=_REMEDY) from None
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            raise InputError(path, f"not a scored row: {error}", line=line, remedy=_REMEDY) from None
        known = rows.get((row.article_id, row.sentence))
        if known is not None:
            asked = {stance.target for stance in known.stances}
            again = any(stance.target in asked for stance in row.stances) or not (row.stances and asked)
            if not flat or again or replace(known, stances=()) != replace(row, stances=()):
                problem = f"sentence {row.sentence} of article {row.article_id!r} is there twice"
                remedy = "give one output of `qawl score`, each article once"
                raise InputError(path, problem, line=line, remedy=remedy)
            row = replace(known, stances=known.stances + row.stances)
        rows[row.article_id, row.sentence] = row
    return list(rows.values())


def write_report(rows: Sequence[ScoredRow], output: Path, *, title: str = TITLE) -> None:
    """Write the page that shows the rows: one self-contained HTML file, whole or not at all."""
    if not rows:
        raise QawlError(f"{output}: no scored rows to report on — score at least one article first")
    environment = Environment(
        autoescape=True, finalize=_fit, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=_percent, digest=_digest, arabic=_ARABIC.search)
    source = resources.files(__package__ or __name__).joinpath("report.html.j2").read_text(encoding="utf-8")
    html = environment.from_string(source).stream(title=title, **page(rows))
    html.enable_buffering(500)
    try:
        with whole_file(output) as stream:
            html.dump(stream)
    except OSError as error:
        remedy = "give the path of a file that may be written"
        raise InputError(output, error.strerror or "cannot be written", remedy=remedy) from None


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
    if not (number >= 0 and number.is_integer()):
        raise ValueError(f"{value!r} is no whole number from 0")
    return int(number)


def _score(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{value!r} is no probability")
    return number


def _percent(value: float) -> str:
    """Return a probability for the reader; neither 0% nor 100% unless it is so."""
    shown = round(100 * value) if value in (0, 1) else min(99, max(1, round(100 * value)))
    # The mark keeps the sign behind the digits, where Arabic letters before them would turn it round.
    return f"\N{LEFT-TO-RIGHT MARK}{shown}%"


def _fit(value: Any) -> Any:
    return _UNFIT.sub("\ufffd", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _digest(text: str) -> str:
    """Return the hash by which the page's own policy knows its style and its script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
