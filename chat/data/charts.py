"""Charts as Vega-Lite documents of ours: a model says what is drawn, never how.

Colours are left to whoever draws, for light and dark.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from chat.data.values import ChartKind, ChartSpec, ColumnInfo
from chat.errors import ToolError

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
HEIGHT, LABEL = 320, 140
LYING, LYING_CHARS = 8, 64
"""So many categories, and so wide, have their names side by side below the axis."""
KINDS: tuple[ChartKind, ...] = get_args(ChartKind)
_MARKS = {"scatter": "point", "histogram": "bar", "heatmap": "rect"}
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_NUMBERS = _WHOLE | {"DOUBLE", "FLOAT"}
_SIGNS = re.compile(r"([\\.\[\]'\"])")
VegaLite = dict[str, Any]


def checked(chart: ChartSpec, columns: Sequence[ColumnInfo]) -> ChartSpec:
    """With the names as the columns have them; raises `ToolError` for what cannot be drawn."""
    types = {one.name: one.type for one in columns}
    names = {name: _name(name, list(types)) for name in (chart.x, chart.y, chart.colour) if name}
    found = replace(
        chart,
        x=names.get(chart.x, ""),
        y=names.get(chart.y, ""),
        colour=names.get(chart.colour, ""),
    )
    numbers = ", ".join(name for name, type_ in types.items() if type_ in _NUMBERS) or "none"
    if not found.x:
        raise ToolError("The chart has no x.", f"Use one of: {_list(types)}.")
    if found.kind == "histogram":
        found, needed = replace(found, y=""), ("x",)
    elif not found.y:
        raise ToolError(f"A {found.kind} chart needs a y.", f"Use one of: {_list(types)}.")
    elif found.kind == "heatmap":
        needed = ("colour",)
        if not found.colour:
            raise ToolError("A heatmap needs a number as colour.", f"Numbers are: {numbers}.")
    else:
        needed = ("y",)
    for part in needed:
        name = getattr(found, part)
        if types[name] not in _NUMBERS:
            said = f"{part} of a {found.kind} chart must be a number; {name!r} is {types[name]}."
            raise ToolError(said, f"Numbers are: {numbers}.")
    return found


def chart_of(about: Mapping[str, object]) -> ChartSpec | None:
    """The chart that is kept so; None for what is none."""
    kept = about.get("chart")
    if not isinstance(kept, Mapping) or kept.get("kind") not in KINDS:
        return None
    x, y, colour = (str(kept.get(name) or "") for name in ("x", "y", "colour"))
    return ChartSpec(kept["kind"], x, y, colour)


def vega(
    chart: ChartSpec, columns: Sequence[ColumnInfo], title: str = "", along: Collection[object] = ()
) -> VegaLite:
    """The document, without data; ``columns`` are those that the chart is kept with.

    ``along`` are the values of x, as far as they are known: names of few short ones are not turned.
    """
    types = {one.name: one.type for one in columns}
    if chart.kind == "histogram":
        encoding = _histogram(columns)
    else:
        ordered = chart.kind in ("bar", "heatmap")
        x, y = _axis(chart.x, types, ordered), _axis(chart.y, types, chart.kind == "heatmap")
        if "axis" in x and along and _lie(along):
            x["axis"] |= {"labelAngle": 0, "labelOverlap": "greedy"}
        if chart.kind == "heatmap":
            x, y = {**x, **_band(types.get(chart.x, ""))}, {**y, **_band(types.get(chart.y, ""))}
        if chart.kind == "scatter":
            x, y = ({**one, "scale": {**one.get("scale", {}), "zero": False}} for one in (x, y))
        encoding = {"x": x, "y": y}
    if chart.colour:
        encoding["color"] = _colour(chart, types)
    mark: VegaLite = {"type": _MARKS.get(chart.kind, chart.kind), "tooltip": True}
    if chart.kind == "line":
        mark["point"] = True
    if chart.kind == "area" and chart.colour:
        mark["opacity"] = 0.7
    named = {"title": title} if title else {}
    size = {"width": "container", "height": HEIGHT}
    return {"$schema": SCHEMA, **named, **size, "mark": mark, "encoding": encoding}


def with_values(
    document: VegaLite, columns: Sequence[ColumnInfo], rows: Sequence[Sequence[object]]
) -> VegaLite:
    """The document complete with its rows, whose times are in UTC."""
    times = {one.name for one in columns if one.type == "TIMESTAMP"}
    names = [one.name for one in columns]
    values = [
        {
            name: f"{cell}Z" if name in times and cell is not None else cell
            for name, cell in zip(names, row, strict=True)
        }
        for row in rows
    ]
    return {**document, "data": {"values": values}}


def _axis(name: str, types: Mapping[str, str], ordered: bool) -> VegaLite:
    """Along which it is drawn, in the order of the rows where that is not of numbers or times."""
    kind = _kind(types.get(name, ""))
    if ordered and kind == "quantitative":
        kind = "ordinal"
    axis: VegaLite = {"field": escaped(name), "type": kind, "title": name}
    if kind in ("nominal", "ordinal"):
        axis["axis"] = {"labelLimit": LABEL}
    if kind == "nominal":
        axis["sort"] = None
    if kind == "temporal":
        axis["scale"] = {"type": "utc"}
    return axis


def _lie(names: Collection[object]) -> bool:
    """Whether there is room for them side by side."""
    lengths = [len(str(one)) for one in set(names)]
    return len(lengths) <= LYING and len(lengths) * max(lengths) <= LYING_CHARS


def _band(type_: str) -> VegaLite:
    """How long a time lasts, without which it has no place for a field of a heatmap."""
    if _kind(type_) != "temporal":
        return {}
    return {"timeUnit": "utcyearmonthdate" if type_ == "DATE" else "utcyearmonthdatehours"}


def _histogram(columns: Sequence[ColumnInfo]) -> VegaLite:
    start, end, count = (columns[at].name for at in (0, -2, -1))
    x = {"field": escaped(start), "type": "quantitative", "bin": "binned", "title": start}
    y = {"field": escaped(count), "type": "quantitative", "title": count}
    return {"x": x, "x2": {"field": escaped(end)}, "y": y}


def _colour(chart: ChartSpec, types: Mapping[str, str]) -> VegaLite:
    kind = _kind(types.get(chart.colour, ""))
    if kind == "quantitative" and chart.kind not in ("heatmap", "scatter"):
        kind = "nominal"
    colour: VegaLite = {"field": escaped(chart.colour), "type": kind, "title": chart.colour}
    return {**colour, "sort": None} if kind == "nominal" else colour


def _kind(type_: str) -> str:
    if type_ in _NUMBERS:
        return "quantitative"
    return "temporal" if type_.startswith(("DATE", "TIMESTAMP")) else "nominal"


def escaped(name: str) -> str:
    """A column's name as a field, in which dots and brackets would lead inside."""
    return _SIGNS.sub(r"\\\1", name)


def _name(name: str, names: Sequence[str]) -> str:
    """The column that is meant, however large its letters; raises `ToolError`."""
    if name in names:
        return name
    same = [one for one in names if one.lower() == name.strip().strip('"').lower()]
    if not same:
        raise ToolError(f"There is no column {name[:100]!r}.", f"Use one of: {_list(names)}.")
    return same[0]


def _list(names: Mapping[str, str] | Sequence[str]) -> str:
    return ", ".join(names)[:1_000]
