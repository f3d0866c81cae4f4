"""Attached files over HTTP: sent as they are, listed, given back safely, deleted."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests import attached
from tests.chat.api.client import Reply
from tests.chat.api.conftest import Api
from tests.waiting import until

FILES = "/users/me/files"
WORDS = b"Some words.\nAnd more.\n"


def send(api: Api, data: bytes, name: str = "a.txt", **headers: str) -> Reply:
    kind = {"Content-Type": "application/octet-stream", **headers}
    return api.ask("POST", f"{FILES}?name={quote(name)}", data, kind)


def clear(api: Api) -> None:
    for one in api.get(FILES).json:
        api.delete(f"{FILES}/{one['file_id']}")


def test_a_file_is_sent_listed_read_and_deleted(api: Api) -> None:
    clear(api)
    sent = send(api, b"city,price\nGraz,1.5\nWien,2.5\n", "../Umsätze.csv")
    assert sent.status == 201, sent.body
    file: dict[str, Any] = sent.json
    assert (file["name"], file["kind"], file["media_type"]) == ("Umsätze.csv", "table", "text/csv")
    (table,) = file["details"]["tables"]
    assert table["columns"] == [
        {"name": "city", "type": "VARCHAR"},
        {"name": "price", "type": "DOUBLE"},
    ]
    assert (table["rows"], table["sample"][0]) == (2, ["Graz", "1.5"])
    assert api.get(FILES).json == [file]
    path = f"{FILES}/{file['file_id']}"
    read = api.get(path)
    assert (read.status, read.body[:4]) == (200, b"city")
    assert read.headers["Content-Disposition"] == "attachment; filename*=utf-8''Ums%C3%A4tze.csv"
    assert read.headers["ETag"] == f'"{file["sha256"]}"'
    assert api.ask("GET", path, headers={"If-None-Match": read.headers["ETag"]}).status == 304
    part = api.ask("GET", path, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"city")
    assert api.delete(path).json == {"deleted": file["file_id"]}
    assert [api.ask(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert api.get(FILES).json == []


def test_the_same_bytes_again_are_200_and_the_same_file(api: Api) -> None:
    first, again = send(api, WORDS), send(api, WORDS, "b.txt")
    came = {"created_at": again.json["created_at"]}  # it stays as long as a new one
    assert (again.status, again.json) == (200, first.json | came)


def test_lists_come_page_by_page(api: Api) -> None:
    clear(api)
    ids = [send(api, WORDS + bytes([65 + at])).json["file_id"] for at in range(3)]
    first = api.get(f"{FILES}?limit=2")
    link = str(first.headers["Link"])
    second = api.get(link[1 : link.index(">")].removeprefix("/api"))
    assert [one["file_id"] for one in (*first.json, *second.json)] == ids[::-1]
    assert "Link" not in second.headers
    assert api.get(f"{FILES}?cursor=nonsense").status == 422


@pytest.mark.parametrize(
    ("data", "disposition"),
    [(attached.png(4, 4), "inline"), (b"<!DOCTYPE html><script>1</script>", "attachment")],
)
def test_only_pictures_are_shown_where_they_are(api: Api, data: bytes, disposition: str) -> None:
    file = send(api, data, "x.html").json
    read = api.get(f"{FILES}/{file['file_id']}")
    assert str(read.headers["Content-Disposition"]).startswith(disposition)
    assert "html" not in str(read.headers["Content-Type"])


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 422, "no file"),
        (b"\x7fELF" + bytes(99), 422, "can be read"),
        (attached.docx(attached.paragraph("x" * 40_000_000)), 422, "far more than its size"),
        (attached.png(1, 60_000), 422, "60,000"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    api: Api, data: bytes, status: int, words: str
) -> None:
    before = api.get(FILES).json
    refused = send(api, data)
    error = refused.json["error"]
    assert (refused.status, error["field"]) == (status, "body")
    assert words in error["message"] + error["fix"]
    assert api.get(FILES).json == before


def test_bodies_have_the_limit_of_the_setting(api: Api) -> None:
    length = str(api.parts.settings.file_mb * 1024 * 1024 + 1)
    refused = send(api, b"x", **{"Content-Length": length})
    assert refused.status == 413


def test_large_bodies_are_for_files_alone(api: Api) -> None:
    large = b"words " * 100_000
    assert send(api, large).status == 201
    assert api.ask("POST", FILES + "/nosuch", large, {"Content-Type": "text/plain"}).status in (
        405,
        413,
        415,
    )
    assert api.ask("POST", "/users/me/folders", large).status in (413, 415)


def test_names_that_are_no_names_are_mended(api: Api) -> None:
    assert send(api, WORDS + b"1", "a\u202etxt.exe\r\n").json["name"] == "atxt.exe"
    assert send(api, WORDS + b"2", "").json["name"] == "file"
    assert send(api, WORDS + b"3", "x" * 5_000).status == 422


def test_of_what_breaks_off_nothing_stays(api: Api) -> None:
    files = api.parts.files
    target = urlsplit(api.url)
    for _ in range(12):
        client = HTTPConnection(target.hostname or "", target.port, timeout=20)
        client.putrequest("POST", f"/api{FILES}?name=a")
        client.putheader("Content-Length", "1000000")
        client.endheaders(b"only a part")
        until(lambda: list((files.folder.path / "coming").iterdir()))
        client.close()
        until(lambda: not list((files.folder.path / "coming").iterdir()))
    assert send(api, WORDS + b"after").status == 201


def test_what_is_known_is_not_sent_again_however_it_is_said(api: Api) -> None:
    file = send(api, WORDS).json
    path, tag = f"{FILES}/{file['file_id']}", f'"{file["sha256"]}"'
    for known, status in ((f'"x", W/{tag}', 304), ("*", 304), (f'"{tag[1:9]}"', 200)):
        assert api.ask("GET", path, headers={"If-None-Match": known}).status == status, known
    assert api.ask("GET", path, headers={"Range": "bytes=99-"}).status == 416


def test_a_message_is_refused_with_the_ids_that_are_not_there(api: Api) -> None:
    here, gone = (send(api, WORDS + word).json["file_id"] for word in (b"here", b"gone"))
    api.delete(f"{FILES}/{gone}")
    path = api.make()
    sent = api.post(f"{path}/messages", {"content": "Look", "file_ids": [here]}).json
    for to in ("messages", f"messages/{sent['user']['id']}/edit"):
        refused = api.post(f"{path}/{to}", {"content": "Look", "file_ids": [here, gone]})
        assert (refused.status, refused.error) == (404, "file_not_found")
        assert set(refused.json["error"]) == {"code", "message", "fix"}
        assert refused.json["error"]["message"] == f"There is no such file: {gone}."
    assert len(api.get(f"{path}/messages").json) == 2
