"""Texts, PDF, Word and pictures: what is read of them, and of such as are made to do harm."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from chat.files import documents, pictures
from chat.files.refusals import Unreadable
from tests import attached
from tests.chat.files.conftest import Read

SCRIPT = '/OpenAction << /S /JavaScript /JS (app.launchURL\\("http://127.0.0.1:9"\\)) >>'


def test_a_text_is_counted_and_kept_as_it_is(read: Read, folder: Path) -> None:
    made = read("one\r\ntwo\nüber\n" + "x\n" * 50, "a.txt")
    assert (made.details.lines, made.details.chars) == (53, 113)
    assert (folder / "text.txt").read_text() == "one\ntwo\nüber\n" + "x\n" * 50
    assert made.details.beginning.split("\n")[:3] == ["one", "two", "über"]
    assert len(made.details.beginning.split("\n")) == 12


def test_code_has_its_language(read: Read) -> None:
    made = read("fn main() {}", "a.rs")
    assert (made.kind, made.details.language, made.details.lines) == ("code", "rust", 1)


def test_a_pdf_is_read_page_by_page(read: Read, folder: Path) -> None:
    made = read(attached.pdf([["Hello", "there"], ["Second page"]]))
    assert (made.kind, made.details.pages) == ("pdf", 2)
    assert (folder / "text.txt").read_text() == (
        "[Page 1]\nHello\nthere\n\n[Page 2]\nSecond page\n\n"
    )


def test_scripts_of_a_pdf_are_not_run(read: Read, folder: Path) -> None:
    made = read(attached.pdf([["Only this"]], more=SCRIPT))
    assert made.details.pages == 1
    assert "JavaScript" not in (folder / "text.txt").read_text()


def test_a_pdf_of_pictures_says_so(read: Read) -> None:
    assert "no text" in read(attached.pdf([[]])).details.notes[0]


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", attached.pdf([["a"]])[:200]])
def test_a_damaged_pdf_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(data)


def test_a_pdf_of_too_many_pages_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "PAGES_MAX", 2)
    with pytest.raises(Unreadable, match="3 pages"):
        read(attached.pdf([[]] * 3))


def test_a_document_has_its_headings_lists_and_tables(read: Read, folder: Path) -> None:
    styles = (
        '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
    )
    inner = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    cell = f"<w:tc>{attached.paragraph('a')}{inner}{attached.paragraph('b')}</w:tc>"
    item = "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t></w:r></w:p>"
    body = (
        attached.paragraph("Report", "T")
        + attached.paragraph("Part", "berschrift2")
        + attached.paragraph("Words & more")
        + item
        + f"<w:tbl><w:tr>{cell}<w:tc>{attached.paragraph('c')}</w:tc></w:tr></w:tbl>"
        + "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    )
    made = read(attached.docx(body, styles=styles))
    assert made.kind == "document"
    assert (folder / "text.txt").read_text().split("\n") == [
        "# Report", "## Part", "Words & more", "- one\ttwo", "| a | in | b | c |", "", "",
    ]  # fmt: skip


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        attached.docx(attached.paragraph("x"), before=LAUGHS),
        attached.docx("<w:p>" * 2_000),
        attached.docx("<w:p>"),
        attached.docx(attached.paragraph("x")).replace(
            b"word/document.xml", b"word/document.xmm", 1
        ),
    ],
)
def test_a_damaged_document_is_refused(read: Read, data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(data)


def test_zips_that_unpack_to_far_more_are_refused_before_they_are(read: Read) -> None:
    with pytest.raises(Unreadable, match="far more than its size"):
        read(attached.docx(attached.paragraph("x" * 40_000_000)))
    many = attached.zipped({"word/document.xml": "x", **{f"{at}": "" for at in range(10_001)}})
    with pytest.raises(Unreadable, match="far more than its size"):
        read(many)


def photo(**more: object) -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret place"
    picture = Image.new("RGB", (3_000, 2_000), "red")
    picture.save(made, "JPEG", exif=exif, **more)
    return made.getvalue()


def test_a_photo_is_turned_made_smaller_and_says_nothing_more(read: Read, folder: Path) -> None:
    data = photo(comment=b"a secret place")
    made = read(data)
    assert b"a secret place" in data
    assert (made.kind, made.media_type) == ("image", "image/jpeg")
    assert (made.details.width, made.details.height) == (1045, 1568)
    for name, size in (("picture.jpg", (1045, 1568)), ("small.webp", (341, 512))):
        assert b"secret" not in (folder / name).read_bytes()
        with Image.open(folder / name) as picture:
            assert (picture.size, dict(picture.getexif())) == (size, {})


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_pictures_of_all_kinds_are_read(read: Read, folder: Path, form: str) -> None:
    frames = [Image.new("RGBA", (40, 30), colour) for colour in ("#ff000080", "blue")]
    made = io.BytesIO()
    frames[0].save(made, form, save_all=True, append_images=frames[1:])
    found = read(made.getvalue())
    assert (found.details.width, found.details.height) == (40, 30)
    assert "first one" in found.details.notes[0]
    with Image.open(folder / "picture.png") as picture:
        assert (picture.size, picture.format) == ((40, 30), "PNG")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (attached.png(1, 60_000), "1 × 60,000"),
        (attached.png(60_000, 1), "60,000 × 1"),
        (attached.png(50_000, 50_000, rows=False), "too large"),
        (attached.png(10, 10, rows=False), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "damaged"),
        (b"GIF89a" + b"\xff" * 99, "damaged"),
        (photo()[:3_000], "damaged"),
    ],
)
def test_pictures_made_to_harm_are_refused(read: Read, data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)


def test_a_large_drawing_becomes_a_photo(
    read: Read, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PNG_MAX", 10)
    read(attached.png(40, 30))
    assert sorted(one.name for one in folder.iterdir()) == ["picture.jpg", "small.webp"]
