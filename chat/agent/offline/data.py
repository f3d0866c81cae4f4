"""How the offline model asks tables: it finds the names of columns in the words of a question.

"Average price by city", "count by month as a line", "draw it": what the question says of amount,
columns and chart is taken as it is, by simple rules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chat.agent.offline import given

QUERY, DRAW = "query_table", "draw_chart"
ASKED_CHARS, TABLES, GROUPS_SHOWN = 1_000, 50, 50
ACCOUNT = "\"handle\" || ' (' || \"source\" || ')'"
"""Of the same handle in several places, each for itself."""

_AMOUNTS = {
    "avg": r"average|mean|avg|typical",
    "median": r"median",
    "sum": r"sum|total|totals|altogether",
    "max": r"max|maximum|highest|most expensive|largest|biggest",
    "min": r"min|minimum|lowest|cheapest|smallest",
    "count": r"count|how many|number of|how often",
}
_AMOUNT = {name: re.compile(rf"(?i)\b(?:{words})\b") for name, words in _AMOUNTS.items()}
_BY = re.compile(r"(?i)\b(?:by|per|for each|in each|for every|grouped by)\b")
_CHART = re.compile(r"(?i)\b(?:draw|chart|plot|graph|diagram|visuali[sz]e|histogram|heat ?map)\b")
_KINDS = ("line", "area", "scatter", "histogram", "heatmap", "bar")
_ONLY_DRAW = re.compile(r"(?i)\W*(?:please )?(?:draw|chart|plot|graph)\b[\w ]{0,40}\W*")
_ROWS = re.compile(r"(?i)\b(?:show|list|see|print)\b.{0,40}\b(?:data|table|rows)\b")
_DAY = re.compile(r"(?i)\b(monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b")
_SPANS = ("hour", "day", "week", "month", "quarter", "year")
_NUMBER = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL.*)")
_WORD = re.compile(r"[^\W_]+")
Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A query, and the chart of what it gives, where one is wished."""

    sql: str
    title: str
    chart: Mapping[str, str] | None = None


def next_call(messages: Sequence[Mapping[str, Any]]) -> tuple[str, Mapping[str, object]] | None:
    """The call that comes next: the query that the last question asks for, then the chart of it."""
    asked = [at for at, one in enumerate(messages) if one.get("role") == "user"]
    tables = list(_tables(messages)) if asked else []
    if not tables:
        return None
    question = _words(messages[asked[-1]])
    if len(asked) > 1 and _ONLY_DRAW.fullmatch(question):
        question = f"{_words(messages[asked[-2]])} {question}"
    plan = planned(question, tables)
    if plan is None:
        return None
    done = [one for one in messages[asked[-1] + 1 :] if one.get("role") == "tool"]
    if not done:
        return QUERY, {"sql": plan.sql, "title": plan.title}
    if len(done) > 1 or plan.chart is None:
        return None
    with suppress(ValueError, TypeError, KeyError):
        return DRAW, {"query_id": json.loads(done[0]["content"])["query_id"], **plan.chart}
    return None


def planned(question: str, tables: Sequence[tuple[str, Columns]]) -> Plan | None:
    """What a question asks of tables, given with their columns; None where no rule fits.

    Of several it is the one whose columns it names best, the first of those.
    """
    text = question[:ASKED_CHARS]
    plans = [
        (sum(len(_stems(one)) for one in _named(text, columns)), plan)
        for name, columns in tables
        if (plan := _planned(text, name, columns))
    ]
    if plans:
        return max(plans, key=lambda one: one[0])[1]
    if _ROWS.search(text):
        return Plan(f"SELECT * FROM {quoted(tables[0][0])} LIMIT 100", f"Rows of {tables[0][0]}")
    return None


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _planned(text: str, table: str, columns: Columns) -> Plan | None:
    draws = bool(_CHART.search(text))
    day = _DAY.search(text)
    if day and {"handle", "weekday"} <= columns.keys():
        where = f"WHERE \"weekday\" = '{day[1].capitalize()}'"
        sql, name = (ACCOUNT, "account") if "source" in columns else ('"handle"', "handle")
        return _grouped(table, [sql], [name], ("count(*)", "posts"), draws, "bar", where)
    words = set(_stems(text))
    kind = next((one for one in _KINDS if one in words), "")
    parts = _BY.split(text, maxsplit=1)
    numbers = [one for one in _named(parts[0], columns) if _NUMBER.fullmatch(columns[one])]
    if kind == "histogram" and numbers:
        return _plain(table, numbers[:1], {"kind": kind, "x": numbers[0]})
    if kind == "scatter" and len(numbers) > 1:
        return _plain(table, numbers[:2], {"kind": kind, "x": numbers[0], "y": numbers[1]})
    amount = next((one for one, pattern in _AMOUNT.items() if pattern.search(parts[0])), "")
    if not amount and not (draws and numbers and len(parts) > 1):
        return None
    if amount == "count" or not numbers:
        value = ("count(*)", "count") if amount == "count" else None
    else:
        amount = amount or "sum"
        value = (f"{amount}({quoted(numbers[0])})", f"{_AS[amount]} {numbers[0]}")
    if value is None:
        return None
    if len(parts) == 1:
        sql = f"SELECT {value[0]} AS {quoted(value[1])} FROM {quoted(table)}"
        return Plan(sql, _sentence(value[1]))
    groups, names, in_time = _groups(parts[1], columns)
    if not groups:
        return None
    usual = "line" if in_time else "bar"
    return _grouped(table, groups, names, value, draws, kind or usual, "", in_time=in_time)


_AS = {"avg": "average", "median": "median", "sum": "total", "max": "highest", "min": "lowest"}


def _groups(text: str, columns: Columns) -> tuple[list[str], list[str], bool]:
    """The first two, as SQL and by name; whether the first is a span of time."""
    found = _named(text, columns)
    words = set(_stems(text))
    span = next((one for one in _SPANS if one in words), "")
    dates = [one for one, kind in columns.items() if kind.startswith(("DATE", "TIMESTAMP"))]
    if span and dates and span not in (one.lower() for one in found):
        date = next((one for one in found if one in dates), dates[0])
        rest = [one for one in found if one != date][:1]
        sql = f"date_trunc('{span}', {quoted(date)})"
        return [sql, *map(quoted, rest)], [span, *rest], True
    in_time = bool(found) and found[0] in dates
    return [quoted(one) for one in found[:2]], found[:2], in_time


def _grouped(
    table: str,
    groups: Sequence[str],
    names: Sequence[str],
    value: tuple[str, str],
    draws: bool,
    kind: str,
    where: str,
    *,
    in_time: bool = False,
) -> Plan:
    picked = ", ".join(f"{sql} AS {quoted(name)}" for sql, name in zip(groups, names, strict=True))
    numbers = ", ".join(str(at + 1) for at in range(len(groups)))
    order = numbers if in_time or len(groups) > 1 else f"{len(groups) + 1} DESC, 1"
    within = f"{quoted(table)} {where}".strip()
    sql = (
        f"SELECT {picked}, {value[0]} AS {quoted(value[1])} FROM {within} "
        f"GROUP BY {numbers} ORDER BY {order}"
    )
    if draws and not in_time and len(groups) == 1:
        sql += f" LIMIT {GROUPS_SHOWN}"
    title = _sentence(f"{value[1]} by {' and '.join(names)}")
    if not draws:
        return Plan(sql, title)
    if kind == "heatmap" and len(names) < 2:
        kind = "bar"
    chart = {"kind": kind, "x": names[0], "y": value[1], "title": title}
    if len(names) > 1:
        chart |= {"y": names[1], "colour": value[1]} if kind == "heatmap" else {"colour": names[1]}
    return Plan(sql, title, chart)


def _plain(table: str, names: Sequence[str], chart: Mapping[str, str]) -> Plan:
    picked = ", ".join(map(quoted, names))
    title = _sentence(f"{chart['kind']} of {' and '.join(names)}")
    sql = f"SELECT {picked} FROM {quoted(table)} LIMIT 10000"
    return Plan(sql, title, {**chart, "title": title})


def _named(text: str, columns: Columns) -> list[str]:
    """The columns whose names are in a text, in its order; of those that overlap the longest."""
    words = _stems(text)
    found: list[tuple[int, int, str]] = []
    for name in columns:
        parts = _stems(name)
        for at in range(len(words) - len(parts) + 1) if parts else ():
            if words[at : at + len(parts)] == parts:
                found.append((at, -len(parts), name))
                break
    picked: list[str] = []
    end = 0
    for at, length, name in sorted(found):
        if at >= end:
            picked.append(name)
            end = at - length
    return picked


def _stems(text: str) -> list[str]:
    """Its words, without what makes a plural."""
    words = (word.lower() for word in _WORD.findall(text))
    return [f"{one[:-3]}y" if one.endswith("ies") else one.removesuffix("s") for one in words]


def _tables(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Columns]]:
    """Those that the system's words tell of, the newest first."""
    system = (str(one.get("content") or "") for one in messages if one.get("role") == "system")
    lines = [one for text in system for one in text.splitlines() if one.startswith('{"table"')]
    for line in reversed(lines[-TABLES:]):
        with suppress(ValueError):
            told = json.loads(line)
            if isinstance(told.get("table"), str) and isinstance(told.get("columns"), dict):
                yield told["table"], {str(k): str(v) for k, v in told["columns"].items()}


def _words(message: Mapping[str, Any]) -> str:
    """What somebody wrote themselves."""
    return given.split(given.text_of(message))[0].strip()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
