"""The documents about the API: true, whole, and without anything from elsewhere."""

from __future__ import annotations

import re
from html import escape

from chat import VERSION
from chat.api import docs
from chat.events import NAMES
from tests.chat.api.conftest import Api


def test_the_version_is_parleys(api: Api) -> None:
    assert api.get("/openapi.json").json["info"]["version"] == VERSION
    assert api.get("/health").json["version"] == VERSION


def test_openapi_lists_every_call(api: Api) -> None:
    document = api.get("/openapi.json").json
    assert document["servers"] == [{"url": "/api"}]
    calls = {
        f"{method.upper()} {path.replace('/users/{user_id}/sessions', '…')}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    one, message = "…/{session_id}", "…/{session_id}/messages/{message_id}"
    assert calls == {
        *("GET …", "POST …", "DELETE …"),
        *(f"GET {one}", f"PATCH {one}", f"DELETE {one}", f"POST {one}/restore"),
        *("GET /users/me/news", f"POST {one}/seen", f"POST {one}/clear"),
        "GET /users/{user_id}/bookmarks",
        *(f"GET {one}/profiles", f"POST {one}/profiles", f"GET {one}/events", f"POST {one}/stop"),
        *(f"GET {one}/messages", f"POST {one}/messages", f"GET {message}", f"PATCH {message}"),
        *(f"POST {message}/{action}" for action in ("edit", "regenerate", "continue")),
        f"POST {message}/decisions",
        *(f"GET {one}/shares", f"POST {one}/shares", f"DELETE {one}/shares"),
        *(f"DELETE {one}/shares/{{share_id}}", "GET /shares/{token}"),
        "GET /shares/{token}/files/{file_id}",
        *("GET /users/me/shares", "DELETE /users/me/shares"),
        f"GET {message}/versions",
        *(f"{method} /users/{{user_id}}/folders" for method in ("GET", "POST")),
        *(f"{method} /users/{{user_id}}/folders/{{folder_id}}" for method in ("PATCH", "DELETE")),
        "GET /users/{user_id}/tags",
        *(f"{method} /users/{{user_id}}/files" for method in ("GET", "POST")),
        *(f"{method} /users/{{user_id}}/files/{{file_id}}" for method in ("GET", "DELETE")),
        f"GET {message}/provenance",
        *(f"GET {message}/results/{{result_id}}", f"POST {message}/results/{{result_id}}/again"),
        "GET /users/{user_id}/usage",
        "POST /chat/stream",
        *("GET /users/me", "GET /users/me/tokens", "POST /users/me/tokens"),
        *("DELETE /users/me/tokens", "DELETE /users/me/tokens/{token_id}"),
        *("GET /users/me/export", "POST /users/me/import", "GET /users/{user_id}/search"),
        *(f"{method} /users/me/import/{{import_id}}" for method in ("GET", "POST", "DELETE")),
        *("GET /personas", "GET /models", "GET /health"),
    }
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            assert call["description"], (method, path)
            assert call["tags"], (method, path)
            if path != "/health":
                assert {"401", "503"} <= set(call["responses"])


def test_the_page_lists_every_call_and_loads_nothing(api: Api) -> None:
    document = api.get("/openapi.json").json
    reply = api.get("/docs")
    page = reply.body.decode()
    assert reply.headers["content-type"].startswith("text/html")
    for path in document["paths"]:
        assert f"/api{path}" in page
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?://", page)
    assert f"Events: {', '.join(NAMES)}." in page
    assert escape('{"type":"result","result_id":"9c1e","kind":"table"') in page
    assert api.get("/openapi.json").status == 200


def test_the_page_escapes_what_it_shows(api: Api) -> None:
    document = api.get("/openapi.json").json
    nasty = "<script>alert('1')</script> & `<b>`"
    document["info"]["title"] = document["info"]["description"] = nasty
    for methods in document["paths"].values():
        for call in methods.values():
            call["description"] = nasty
    page = docs.page(document)
    assert "<script" not in page
    assert "<b>`" not in page
    assert "<code>&lt;b&gt;</code>" in page
