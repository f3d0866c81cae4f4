"""Chats out and in over HTTP."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest

from store.users import LOCAL_USER
from tests.chat.api.client import Reply
from tests.chat.api.conftest import Api
from tests.chat.transfer import exports
from tests.chat.transfer.exports import dumped, zipped
from tests.model_script import Text
from tests.waiting import until

EXPORT, IMPORT = "/users/me/export", "/users/me/import"


def send(api: Api, data: bytes, query: str = "", kind: str = "application/octet-stream") -> Reply:
    return api.ask("POST", f"{IMPORT}{query}", data, {"Content-Type": kind})


def ended(api: Api, reply: Reply) -> dict[str, Any]:
    assert reply.status == 202, reply.body
    path = f"{IMPORT}/{reply.json['import_id']}"
    until(lambda: api.get(path).json["state"] != "running")
    found: dict[str, Any] = api.get(path).json
    return found


def name_of(reply: Reply) -> str:
    return unquote(str(reply.headers["Content-Disposition"]).rpartition("''")[2])


def test_one_chat_comes_as_whatever_is_asked_for(api: Api) -> None:
    path = api.make(title="../Ränder <b>\r\n")
    api.asked(path, Text("Use a **ruler**. <script>alert(1)</script>"), words="How wide?")
    chosen = f"session_id={path.rpartition('/')[2]}"
    endings = {"json": ".json", "markdown": ".md", "html": ".html", "ipynb": ".ipynb"}
    for kind, ending in endings.items():
        reply = api.get(f"{EXPORT}?format={kind}&{chosen}")
        assert (reply.status, name_of(reply)) == (200, f"Ränder b{ending}"), reply.body
        assert b"ruler" in reply.body
    page = api.get(f"{EXPORT}?format=html&{chosen}").body.decode()
    assert "<strong>ruler</strong>" in page
    assert "<script" not in page
    notebook = api.get(f"{EXPORT}?format=ipynb&{chosen}").json
    assert {cell["cell_type"] for cell in notebook["cells"]} == {"markdown", "code"}


def test_several_come_as_a_zip_and_all_as_json(api: Api) -> None:
    api.clear()
    ids = [api.make(title="Twin").rpartition("/")[2] for _ in range(2)]
    reply = api.get(f"{EXPORT}?format=markdown&session_id={ids[0]}&session_id={ids[1]}")
    assert name_of(reply) == "parley.zip"
    with zipfile.ZipFile(io.BytesIO(reply.body)) as found:
        assert found.testzip() is None
        assert sorted(found.namelist()) == ["Twin (2).md", "Twin.md"]
    whole = api.get(EXPORT)
    assert set(ids) <= {one["session_id"] for one in whole.json["sessions"]}
    assert api.get(f"{EXPORT}?session_id=nosuch").status == 404
    assert api.get(f"{EXPORT}?session_id=a%20b").status == 422
    assert api.get(f"{EXPORT}?format=pdf").status == 422


def test_a_file_is_counted_then_read_and_twice_is_once(api: Api) -> None:
    data = zipped({"conversations.json": dumped([exports.chatgpt("x-1", "Over HTTP")])})
    counted = send(api, data, "?dry_run=true")
    assert counted.status == 200, counted.body
    about = (counted.json["kind"], counted.json["chats"], counted.json["messages"])
    assert about == ("chatgpt", 1, 6)
    assert counted.json["skipped"][0]["why"].startswith("Image left out")
    held = f"{IMPORT}/{counted.json['import_id']}"
    done = ended(api, api.post(held, {}))
    assert (done["state"], done["added"], done["done"], done["total"]) == ("done", 6, 6, 6)
    assert api.post(held, {}).status == 404
    assert ended(api, send(api, data))["added"] == 0
    assert "Over HTTP" in [one["title"] for one in api.get("/users/me/sessions").json]


def test_a_tables_columns_can_be_said(api: Api) -> None:
    counted = send(api, b"speaker;text;note\nuser;Hi;a\nbot;Hello;b\n", "?dry_run=true").json
    assert counted["mapping"] == {"content": "text"}
    assert counted["columns"] == ["speaker", "text", "note"]
    held = f"{IMPORT}/{counted['import_id']}"
    other = api.post(held, {"columns": {"role": "speaker", "content": "note"}, "dry_run": True})
    assert other.json["mapping"] == {"content": "note", "role": "speaker"}
    assert api.post(held, {"columns": {"role": "nothing"}}).status == 422
    assert ended(api, api.post(held, {}))["added"] == 2


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"PK\x03\x04junk", b"SQLite format 3\0" * 9])
def test_what_is_no_file_of_chats_is_refused(api: Api, data: bytes) -> None:
    for query in ("", "?dry_run=true"):
        assert send(api, data, query).status == 422
    assert send(api, b"[", "?dry_run=true").status == 422
    assert ended(api, send(api, b'[{"mapping":'))["state"] == "failed"


def test_imports_are_nobody_elses_and_end_when_told(api: Api) -> None:
    for method in ("GET", "DELETE"):
        assert api.ask(method, f"{IMPORT}/nosuch").status == 404
    done = send(api, json.dumps({"sessions": []}).encode())
    path = f"{IMPORT}/{done.json['import_id']}"
    assert api.delete(path).status == 200
    until(lambda: api.get(path).json["state"] in ("done", "cancelled"))
    assert api.parts.imports.newest(LOCAL_USER)
    assert api.parts.imports.newest("nobody") is None
