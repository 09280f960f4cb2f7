"""The page itself: counted columns, packed texts, charts and scripts in one HTML file."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ...data.files import whole_file
from ...errors import InputError, QawlError
from ...records import ScoredRow
from .columns import Columns, Table, fit, percent
from .events import Pair, Words
from .texts import Texts, pack

TITLE = "من يقول ماذا، وعن ماذا، وبأي موقف"
SCRIPTS = ("data.js", "draw.js", "count.js", "figures.js", "sentences.js", "pairs.js", "main.js")
_COLOUR = re.compile(r"--(\w+):(#[0-9a-f]+)")


def can_draw() -> bool:
    """Tell whether the libraries of `qawl[report]` are there; without them figures are tables."""
    return all(importlib.util.find_spec(name) for name in ("altair", "vl_convert"))


def write_report(rows: Iterable[ScoredRow], output: Path, *, title: str = TITLE) -> None:
    """Write the page that shows the rows: one self-contained HTML file, whole or not at all.

    Rows are taken in one by one; what is held of them are numbers, the texts wait packed on disk.

    Raises:
        QawlError: no rows.
        InputError: the output cannot be written.
    """
    with closing(Texts()) as texts:
        columns, words = Columns(texts), Words()
        for text in columns.take(rows):
            words.add(text)
        if not columns.stories:
            raise QawlError(f"{output}: no scored rows to report on — score at least one article first")
        table = columns.table()
        outlets = [table.lists["outlets"][story.outlet] for story in columns.stories]
        pairs = words.pairs(table.order, table.columns["article"], outlets, [story.day for story in columns.stories])
        css = _read("style.css")
        lists = {
            **table.lists,
            "columns": [[name, own.dtype.itemsize, len(own)] for name, own in _wide_first(table)],
            "pairs": [_shown(pair) for pair in pairs],
            "blocks": texts.first,
            # The first of each name: those of print and of daylight.
            "colours": dict(reversed(_COLOUR.findall(css))),
            "charts": {},
        }
        library = ""
        if can_draw():
            from . import charts

            lists["charts"], library = charts.specifications(), charts.library()
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        environment.filters.update(digest=_digest, packed=lambda text: pack(text.encode()))
        html = environment.from_string(_read("page.html.j2")).stream(
            title=fit(title),
            css=css,
            js=f'"use strict";\n(() => {{\n{"".join(map(_read, SCRIPTS))}}})();\n',
            library=library,
            lists=pack(json.dumps(lists, ensure_ascii=False).encode()),
            columns=pack(b"".join(own.tobytes() for _, own in _wide_first(table))),
            blocks=texts.blocks(),
        )
        try:
            with whole_file(output) as stream:
                html.dump(stream)
        except OSError as error:
            remedy = "give the path of a file that may be written"
            raise InputError(output, error.strerror or "cannot be written", remedy=remedy) from None


def _wide_first(table: Table) -> list[tuple[str, Any]]:
    # Each column begins at a multiple of its own width, which the browser's typed arrays ask for.
    return sorted(table.columns.items(), key=lambda item: -item[1].dtype.itemsize)


def _shown(pair: Pair) -> dict[str, Any]:
    same = [(first, second, percent(min(1.0, cosine))) for first, second, cosine in pair.same]
    return {**asdict(pair), "likeness": percent(min(1.0, pair.likeness)), "same": same}


def _read(name: str) -> str:
    return resources.files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the hash by which the page's own policy knows its style and its scripts."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
