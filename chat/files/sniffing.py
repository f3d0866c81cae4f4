"""Whether a text is a table: rows of CSV and the like, or objects of JSON."""

import csv
import json
from dataclasses import dataclass
from typing import Literal

from chat.files.names import ending_of

TableForm = Literal["", "csv", "json", "ndjson"]
TABLES = {".csv": "", ".tsv": "\t", ".tab": "\t", ".psv": "|"}
LINES = {".ndjson", ".jsonl"}
FIRST, FEW, LONG_CELL = 50, 5, 80
FIELD_MAX = 128 * 1024
_APART = set(",;|\t")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a text may be; ``delimiter`` of rows of cells."""

    form: TableForm = ""
    delimiter: str = ""


NO_TABLE = Sniffed()


def sniffed(name: str, text: str, *, is_all: bool, plain: bool) -> Sniffed:
    """Of a text that begins so; ``plain``: the name does not say that it is something else."""
    ending = ending_of(name)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") and (plain or ending in LINES | {".json"}):
        form = _json(ending, text, is_all=is_all)
        if form:
            return Sniffed(form)
    if ending in TABLES or plain:
        return _cells(ending, text, is_all=is_all)
    return NO_TABLE


def _json(ending: str, text: str, *, is_all: bool) -> TableForm:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return "json" if start[1:].lstrip().startswith("{") else ""
    lines = [line for line in start.split("\n") if line.strip()]
    whole = lines if is_all else lines[:-1]
    if len(whole) < (1 if ending in LINES else 2):
        return ""
    return "ndjson" if all(map(_is_object, whole[:FIRST])) else ""


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _cells(ending: str, text: str, *, is_all: bool) -> Sniffed:
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return NO_TABLE
    is_said = ending in TABLES
    best, best_score = "", 0.0
    for delimiter in [one for one in (TABLES.get(ending), ",", "\t", ";", "|") if one]:
        score = _score(text, delimiter, is_all=is_all, is_said=is_said)
        if score > best_score:
            best, best_score = delimiter, score
    if best:
        return Sniffed("csv", best)
    lines = [line for line in text.split("\n") if line.strip()]
    one_column = is_said and all(len(line) <= LONG_CELL and not _APART & {*line} for line in lines)
    return Sniffed("csv", ",") if one_column else NO_TABLE


def _score(text: str, delimiter: str, *, is_all: bool, is_said: bool) -> float:
    """How much the first rows look like those of a table with this delimiter; 0: not at all."""
    csv.field_size_limit(FIELD_MAX)
    lines = text.split("\n")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines if is_all else lines[:-1], delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == FIRST:
                break
    except csv.Error:
        return 0
    if any(not "".join(row).strip(" :-") for row in rows):
        return 0  # a line below the header, as tables in texts have it
    widths = [len(row) for row in rows]
    if not rows or max(widths) < 2:
        return 0
    usual = max(set(widths), key=widths.count)
    part = widths.count(usual) / len(widths)
    if usual < 2 or part < (0.5 if is_said else 0.99):
        return 0
    if is_said:
        return usual * part
    longest = sum(len(cell) for row in rows for cell in row) / sum(widths)
    enough = len(rows) >= (FEW if usual == 2 else 3) and longest <= LONG_CELL
    prose = delimiter == "," and sum(cell.startswith(" ") for row in rows for cell in row[1:])
    return 0 if not enough or prose > sum(widths) / 4 else usual * part
