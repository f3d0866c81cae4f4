"""What a message has beside its text, for people: its files, and what was computed for it."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from typing import Protocol

from store.file_values import StoredFile
from store.result_values import Computed
from store.values import Message

ROWS = 20
PICTURE_MAX = 200_000
PICTURES_MAX = 200
CELL_MAX = 200


class Parts(Protocol):
    """Where they are read."""

    def rows(self, result: Computed) -> Sequence[Sequence[object]]:
        """The first `ROWS` of a table."""

    def picture(self, file: StoredFile) -> bytes | None:
        """A small copy, as WebP; None of what is none."""


def markdown_of(message: Message, parts: Parts | None) -> str:
    """Below the text; empty where there is nothing."""
    pieces = [f"\n- Attached: {_cell(_named(file))}" for file in message.files]
    for one in message.results:
        pieces.append(f"\n\n**{_cell(_title(one))}**\n")
        rows = parts.rows(one) if parts and one.kind == "table" else ()
        if rows:
            names = [column.name for column in one.columns]
            lines = [names, ["---"] * len(names), *rows]
            pieces += [f"\n| {' | '.join(map(_cell, line))} |" for line in lines]
            pieces.append(f"\n\n{_counted(one, len(rows))}\n")
        if one.query:
            fence = "`" * max(3, _longest(one.query, "`") + 1)
            pieces.append(f"\n{fence}sql\n{one.query.rstrip()}\n{fence}\n")
    return "".join(pieces) + ("\n" if pieces else "")


def page_of(message: Message, parts: Parts | None, left: list[int]) -> Iterator[str]:
    """The same as HTML; ``left`` is how many pictures may follow."""
    for file in message.files:
        yield f'<p class="about">Attached: {escape(_named(file))}</p>'
        shown = parts.picture(file) if parts and left[0] and not file.deleted_at else None
        if shown and len(shown) <= PICTURE_MAX:
            left[0] -= 1
            data = b64encode(shown).decode()
            yield f'<img alt="{escape(file.name)}" src="data:image/webp;base64,{data}">'
    for one in message.results:
        yield f"<h3>{escape(_title(one))}</h3>"
        rows = parts.rows(one) if parts and one.kind == "table" else ()
        if rows:
            heads = "".join(f"<th>{escape(column.name)}</th>" for column in one.columns)
            yield f"<table><tr>{heads}</tr>"
            for row in rows:
                cells = "".join(f"<td>{escape(_text(value))}</td>" for value in row)
                yield f"<tr>{cells}</tr>"
            yield f'</table><p class="about">{_counted(one, len(rows))}</p>'
        if one.query:
            yield f"<details><summary>Query</summary><pre>{escape(one.query)}</pre></details>"


def _named(file: StoredFile) -> str:
    return f"{file.name} (removed)" if file.deleted_at else f"{file.name} ({_size(file.size)})"


def _title(one: Computed) -> str:
    what = "Chart" if one.kind == "chart" else "Table"
    return f"{what}: {one.title}" if one.title else what


def _counted(one: Computed, shown: int) -> str:
    rows = f"{one.total:,} row{'' if one.total == 1 else 's'}"
    return rows if shown >= one.total else f"The first {shown:,} of {rows}"


def _size(size: int) -> str:
    units = ["bytes", "kB", "MB"]
    while size >= 1000 and len(units) > 1:
        size, units = size // 1000, units[1:]
    return f"{size:,} {units[0]}"


def _text(value: object) -> str:
    return "" if value is None else str(value)[:CELL_MAX]


def _cell(value: object) -> str:
    """On one line of a table, as it is."""
    text = " ".join(_text(value).split())
    for sign in "\\|`*_<[":
        text = text.replace(sign, f"\\{sign}")
    return text


def _longest(text: str, sign: str) -> int:
    longest = run = 0
    for one in text:
        run = run + 1 if one == sign else 0
        longest = max(longest, run)
    return longest
