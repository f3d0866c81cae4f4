"""Over HTTP: files of a chat in its copies, in lists and searches, and behind a link."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.chat.api.conftest import MINE, Api
from tests.chat.api.test_files import send
from tests.chat.api.test_shares import token_of

SECRET = b"where-it-was-taken"


def photo() -> bytes:
    """One that says more than it shows."""
    said, sink = Image.Exif(), BytesIO()
    said[0x010E] = SECRET.decode()
    Image.new("RGB", (30, 20), "teal").save(sink, "JPEG", exif=said)
    assert SECRET in sink.getvalue()
    return sink.getvalue()


def test_files_follow_branch_edit_and_search_and_links_show_them_cleaned(api: Api) -> None:
    file = send(api, photo(), "zebra photo.jpg").json
    path = api.make(title="Zebras")
    sent = api.post(f"{path}/messages", {"content": "Look", "file_ids": [file["file_id"]]})
    question = sent.json["user"]["id"]
    edit = f"{path}/messages/{question}/edit"
    kept, none = (
        api.post(edit, {"content": "Kept"}),
        api.post(edit, {"content": "x", "file_ids": []}),
    )
    assert [len(one.json["user"]["files"]) for one in (sent, kept, none)] == [1, 1, 0]
    listed = (api.get(f"{MINE}?has_files={wanted}").json for wanted in ("true", "false"))
    ids = [{one["session_id"] for one in found} for found in listed]
    session_id = path.rpartition("/")[2]
    assert [session_id in found for found in ids] == [True, False]
    (chat,) = [one for one in api.get(MINE).json if one["session_id"] == session_id]
    assert chat["files"] is True
    hits = api.get("/users/me/search?q=zebra+photo&has_files=true").json
    assert {hit["session_id"] for hit in hits} == {session_id}
    api.post(edit, {"content": "Shown", "file_ids": [file["file_id"]]})
    hidden, shown = (
        f"/shares/{token_of(api.post(f'{path}/shares', {'include': {'files': files}}))}"
        for files in (False, True)
    )
    assert "zebra photo" not in api.get(hidden).body.decode()
    (seen,) = api.get(shown).json["messages"][0]["files"]
    assert (seen["name"], seen["picture"], seen["removed"]) == ("zebra photo.jpg", True, False)
    assert "sha256" not in seen
    picture = api.get(f"{shown}/files/{seen['file_id']}")
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/jpeg")
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert SECRET not in picture.body
    assert api.get(f"{hidden}/files/{seen['file_id']}").error == "share_not_found"
    api.delete(f"{path}?permanent=true")
    assert api.get(f"/users/me/files/{file['file_id']}").status == 404
