"""The figures as Vega-Lite: written with Altair, drawn by the page, which fills in the rows.

Colours are the page's own CSS variables, so that dark mode and print need no second drawing. Arabic names stand at
the right and bars grow from there; time runs as digits do, from left to right. Lower confidence is paler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

Layers = alt.LayerChart | alt.FacetChart
ROWS = "rows"
"""The name under which the page puts the rows of a chart."""

STANCES = {"معارض": "var(--against)", "مؤيد": "var(--favor)"}
SIDES = {"second": "var(--second)", "first": "var(--first)"}
"""The page puts the names of the two articles' outlets in their place."""
COVERAGE = {"غير محسوم": "var(--undecided)", "الراوي": "var(--voice)", "منسوبة لمتحدث": "var(--bar)"}
HEAD_LINES = 3
SPEECH = {"منسوبة لمتحدث": "var(--bar)"}
NET = {**STANCES, "": "var(--bar)"}
_BAR, _BAND = 32, 36
_PALE = 0.4
_LINE = 14
_NOTES = 46
_ROOM = 1.4
"""Pixels beside the longest bar for what is written there; and where bars begin at the edge, times its length."""
_SUREST = alt.Order("sure:N", sort="descending")


def specifications() -> dict[str, dict[str, Any]]:
    """Return the charts that the page can draw, by name."""
    charts = {
        "bars": _bars(),
        "stances": _diverging(STANCES),
        "shares": _diverging(SIDES),
        "stance_time": _columns(STANCES),
        "coverage": _columns(COVERAGE),
        "heat": _heat(),
    }
    return {name: chart.to_dict() for name, chart in charts.items()}


def library() -> str:
    """Return the JavaScript that draws: Vega, Vega-Lite, and the interpreter that needs no `eval`."""
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version))


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData(ROWS))


def _names() -> alt.Y:
    axis = alt.Axis(
        orient="right",
        title=None,
        labelExpr="split(datum.label, '\\n')",
        labelLimit=0,
        labelAlign="left",
        labelLineHeight=_LINE,
        # Two lines are centred by the line between them, one by its own middle.
        labelBaseline=alt.condition("indexof(datum.value, '\\n') > 0", alt.value("bottom"), alt.value("middle")),
        ticks=False,
        domain=False,
        labelPadding=8,
    )
    return alt.Y("name:N", sort=None, axis=axis)


def _colour(parts: Mapping[str, str], legend: bool = True) -> alt.Color:
    scale = alt.Scale(domain=list(parts), range=list(parts.values()))
    key = alt.Legend(orient="top", title=None, direction="horizontal", symbolType="square") if legend else None
    return alt.Color("part:N", scale=scale, legend=key)


def _paleness() -> Any:
    return alt.condition("datum.sure", alt.value(1), alt.value(_PALE))


def _amount(**options: Any) -> dict[str, Any]:
    """Return the options of an axis of counts: no sign, whole numbers."""
    return {"title": None, "labelExpr": "format(abs(datum.value), ',d')", "tickMinStep": 1, "tickCount": 5, **options}


def _bars() -> Layers:
    value = alt.X("value:Q", scale=alt.Scale(reverse=True), axis=alt.Axis(**_amount()))
    bars = _chart().mark_bar().encode(_names(), value, _colour(SPEECH, legend=False), _SUREST, opacity=_paleness())
    noted = _chart().transform_filter("isValid(datum.note)").transform_calculate(room=f"datum.total * {_ROOM}")
    notes = noted.mark_text(align="right", dx=-5).encode(_names(), alt.X("total:Q"), alt.Text("note:N"))
    room = noted.mark_tick(opacity=0).encode(_names(), alt.X("room:Q"))
    return alt.layer(bars, notes, room).properties(height=alt.Step(_BAR))


def _diverging(parts: Mapping[str, str]) -> Layers:
    """Return bars to both sides of zero; values of the first part come negative."""
    value = alt.X("value:Q", scale=alt.Scale(padding=_NOTES), axis=alt.Axis(**_amount()))
    bars = _chart().mark_bar().encode(_names(), value, _colour(parts), _SUREST, opacity=_paleness())
    notes = _chart().transform_filter("isValid(datum.note)").encode(_names(), alt.X("total:Q"), alt.Text("note:N"))
    left = notes.transform_filter("datum.total < 0").mark_text(align="right", dx=-5)
    right = notes.transform_filter("datum.total > 0").mark_text(align="left", dx=5)
    zero = _chart().mark_rule().encode(x=alt.datum(0))
    return alt.layer(bars, zero, left, right).properties(height=alt.Step(_BAR))


def _columns(parts: Mapping[str, str]) -> Layers:
    time = alt.X("name:O", sort=None, axis=alt.Axis(title=None, labelAngle=-45, labelOverlap=True, ticks=False))
    value = alt.Y("value:Q", axis=alt.Axis(**_amount(orient="right")))
    columns = _chart().mark_bar().encode(time, value, _colour(parts), _SUREST, opacity=_paleness())
    return alt.layer(columns, _chart().mark_rule().encode(y=alt.datum(0))).properties(height=220)


def _heat() -> Layers:
    head = alt.Axis(
        orient="top",
        title=None,
        labelAngle=0,
        labelExpr="split(datum.label, '\\n')",
        labelLimit=0,
        labelLineHeight=_LINE,
        # The page gives every head this many lines, and the first stands highest.
        labelBaseline="bottom",
        labelPadding=(HEAD_LINES - 1) * _LINE + 6,
        ticks=False,
        domain=False,
    )
    column = alt.X("column:N", sort=None, scale=alt.Scale(reverse=True), axis=head)
    share = alt.Opacity("value:Q", scale=alt.Scale(domain=[0, 1], range=[0, 0.5]), legend=None)
    cells = _chart().mark_rect().encode(_names(), column, _colour(NET, legend=False), share)
    frame = _chart().mark_rect(fill=None, stroke="var(--line)").encode(_names(), column)
    notes = _chart().mark_text().encode(_names(), column, alt.Text("note:N"))
    return alt.layer(cells, frame, notes).properties(height=alt.Step(_BAND))
