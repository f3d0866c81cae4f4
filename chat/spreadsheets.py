"""Tables as files for spreadsheets, which run what looks like a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA = re.compile('(^[\t\r]?|[;\t\r\n])([ "]*)(?=[=+@＝＋－＠-])')
"""Where one may begin, whatever a spreadsheet takes for the end of a cell; commas are quoted."""


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table, with the mark by which spreadsheets know UTF-8.

    What a spreadsheet would run as a formula, also one that expects another separator, has an
    apostrophe before it.
    """
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL)
    table.writerow(columns)
    table.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return _FORMULA.sub(r"\1\2'", value) if isinstance(value, str) else value
