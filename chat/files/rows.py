"""Rows of cells that are not all of one length, made even."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chat.files.refusals import NoTable

CELL_MAX = 4_000_000
WIDTH_MAX = 10_000
_NUMBER = re.compile(r"[-+]?[\d.,]*\d")


@contextmanager
def even(path: Path, delimiter: str, copy: Path) -> Iterator[tuple[Path, bool]]:
    """A copy in UTF-8 with commas, each row as long as the longest, and whether it has a header.

    The copy goes in the end. Raises `NoTable`.
    """
    csv.field_size_limit(CELL_MAX)
    try:
        width = max(map(len, _rows(path, delimiter)), default=0)
        if width > WIDTH_MAX:
            raise NoTable
        first = next(_rows(path, delimiter), [])
        has_header = bool(first) and not any(_NUMBER.fullmatch(cell.strip()) for cell in first)
        with copy.open("w", encoding="utf-8", newline="") as file:
            written = csv.writer(file, lineterminator="\n")
            for row in _rows(path, delimiter):
                written.writerow([*row, *[""] * (width - len(row))])
        yield copy, has_header
    except csv.Error as error:
        raise NoTable from error
    finally:
        copy.unlink(missing_ok=True)


def _rows(path: Path, delimiter: str) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from (row for row in csv.reader(file, delimiter=delimiter) if row)
