"""The text of PDF and Word files, with marks for pages and headings; nothing in them runs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from chat.files import archives
from chat.files.kinds import WORD
from chat.files.refusals import Unreadable

PAGES_MAX, PAGE_CHARS_MAX = 2_000, 200_000
PART_MAX = 256 * 1024 * 1024
DEPTH_MAX = 1_000
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLES = "word/styles.xml"
_DAMAGED = Unreadable("The document is damaged.", "Save it anew, or as PDF.")


def pdf_pages(path: Path) -> Iterator[str]:
    """The text of each page; raises `Unreadable`. Forms and scripts are never begun."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("The PDF has a password.", "Save it without one.") from None
        raise Unreadable("The PDF is damaged.", "Save or print it anew.") from None
    with document:
        if len(document) > PAGES_MAX:
            said = f"The PDF has {len(document):,} pages."
            raise Unreadable(said, f"Up to {PAGES_MAX:,} can be read; split it.")
        for at in range(len(document)):
            try:
                page = document[at]
                text = page.get_textpage()
                found = text.get_text_bounded()[:PAGE_CHARS_MAX]
                text.close()
                page.close()
            except pypdfium2.PdfiumError:
                found = ""
            yield found.replace("\r\n", "\n").replace("\0", "").strip()


def docx_text(path: Path) -> Iterator[str]:
    """The text of a document, a paragraph or row of a table at a time; raises `Unreadable`."""
    parts = archives.parts(path)
    with zipfile.ZipFile(path) as opened:
        styles = _Styles()
        if _STYLES in parts:
            for _ in _parsed(styles, archives.pieces(opened, _STYLES, PART_MAX)):
                pass
        body = _Body(styles.headings)
        for _ in _parsed(body, archives.pieces(opened, WORD, PART_MAX)):
            yield from body.taken()
        yield from body.taken()


class _Reader:
    """What is told of the elements of an XML file, with the depth they are at."""

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element of the language of Word documents begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def text(self, text: str) -> None:
        """Between them."""


def _parsed(reader: _Reader, pieces: Iterator[bytes]) -> Iterator[None]:
    """Yields after each piece; what defines entities or is far too deep is refused."""
    parser, depth = expat.ParserCreate(namespace_separator=" "), 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_MAX:
            raise _DAMAGED
        if name.startswith(_W):
            reader.start(name.removeprefix(f"{_W} "), given)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if name.startswith(_W):
            reader.end(name.removeprefix(f"{_W} "))

    def refuse(*_: object) -> None:
        raise _DAMAGED

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise _DAMAGED from None


class _Styles(_Reader):
    """Which styles are headings, and of which depth."""

    def __init__(self) -> None:
        self.headings: dict[str, int] = {}
        self._style = ""

    def start(self, name: str, given: dict[str, str]) -> None:
        """A style, or what it is called in English."""
        if name == "style":
            self._style = given.get(f"{_W} styleId", "")
        elif name == "name" and self._style:
            kind, _, level = given.get(f"{_W} val", "").lower().partition(" ")
            if kind == "title" and not level:
                self.headings[self._style] = 1
            elif kind == "heading" and level.isdecimal() and len(level) == 1:
                self.headings[self._style] = min(int(level), 6)


class _Body(_Reader):
    """Paragraphs, and rows of tables with | between their cells; what is in a cell, on one line."""

    def __init__(self, headings: dict[str, int]) -> None:
        self._headings = headings
        self._lines: list[str] = []
        self._words: list[str] = []
        self._rows: list[list[str]] = []
        self._open: list[list[str]] = []
        self._mark = ""
        self._in_text = False

    def taken(self) -> list[str]:
        """The lines that are whole, once."""
        found, self._lines = self._lines, []
        return found

    def start(self, name: str, given: dict[str, str]) -> None:
        """What begins, or is a sign by itself."""
        if name == "t":
            self._in_text = True
        elif name in ("tab", "br", "cr"):
            self._words.append("\t" if name == "tab" else "\n")
        elif name == "pStyle" and (level := self._headings.get(given.get(f"{_W} val", ""))):
            self._mark = "#" * level + " "
        elif name == "numPr":
            self._mark = self._mark or "- "
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._open.append([])

    def text(self, text: str) -> None:
        """Only of what is text."""
        if self._in_text:
            self._words.append(text)

    def end(self, name: str) -> None:
        """A paragraph, cell or row is whole."""
        if name == "t":
            self._in_text = False
        elif name == "p":
            text = "".join(self._words).strip("\n")
            self._put(f"{self._mark}{text}" if text.strip() else "")
            self._words, self._mark = [], ""
        elif name == "tc" and self._open:
            cell = " ".join(" ".join(self._open.pop()).split())
            if self._rows:
                self._rows[-1].append(cell)
        elif name == "tr" and self._rows:
            row = self._rows.pop()
            self._put(f"| {' | '.join(row)} |" if any(row) else "")

    def _put(self, line: str) -> None:
        """What is in a cell is on its line."""
        (self._open[-1] if self._open else self._lines).append(line)
