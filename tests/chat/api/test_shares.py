"""Links to chats over HTTP, without a login."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from store.types import utc_now
from tests.chat.api.client import Reply
from tests.chat.api.conftest import MINE, Api

PASSWORD = "sésame, öffne dich"


def token_of(made: Reply) -> str:
    assert made.status == 201, made.body
    return str(urlsplit(made.json["url"]).path.removeprefix("/share/"))


def test_a_link_is_made_read_listed_and_revoked(api: Api) -> None:
    path = api.make(title="Chains")
    api.asked(path, words="Why?")
    made = api.post(f"{path}/shares", {"mode": "live", "include": {"names": True}})
    assert made.json["url"].startswith(f"{api.url}/share/")
    seen = api.get(f"/shares/{token_of(made)}")
    assert (seen.status, seen.json["title"], seen.json["name"]) == (200, "Chains", "Local user")
    assert [(one["role"], one["content"]) for one in seen.json["messages"]] == [
        ("user", "Why?"),
        ("assistant", "This is a scripted answer."),
    ]
    assert {name for one in seen.json["messages"] for name in one} == {
        *("number", "role", "content", "status", "persona", "tools", "files", "results")
    }
    picture = api.get(f"/shares/{token_of(made)}/files/none")
    assert (picture.status, picture.error) == (404, "share_not_found")
    [listed] = api.get(f"{path}/shares").json
    assert listed == {k: v for k, v in made.json.items() if k != "url"} | {"views": 1}
    assert listed in api.get("/users/me/shares").json
    one = f"{path}/shares/{listed['share_id']}"
    api.delete(path)
    assert api.get(f"/shares/{token_of(made)}").error == "share_not_found"
    assert api.delete(one).json == {"deleted": listed["share_id"]}, "in the trash too"
    assert api.delete(one).error == "session_not_found"
    assert api.get(f"/shares/{token_of(made)}").error == "share_not_found"


def test_all_of_a_chat_or_of_somebody_are_revoked(api: Api) -> None:
    api.delete("/users/me/shares")
    one, two = api.make(), api.make()
    for path in (one, one, two):
        assert api.post(f"{path}/shares").status == 201
    assert api.delete(f"{one}/shares").json == {"deleted": 2}
    assert len(api.get("/users/me/shares").json) == 1
    assert api.delete("/users/me/shares").json == {"deleted": 1}
    for answer in (api.get(f"{MINE}/none/shares"), api.post(f"{MINE}/none/shares", {})):
        assert (answer.status, answer.error) == (404, "session_not_found")


def test_passwords_views_and_pages(api: Api) -> None:
    path = api.make()
    for words in ("One", "Two"):
        api.asked(path, words=words)
    made = api.post(f"{path}/shares", {"password": PASSWORD, "view_limit": 2})
    place = f"/shares/{token_of(made)}"
    refused = [api.get(place), api.get(place, {"X-Share-Password": "wrong"})]
    assert {(one.status, one.error) for one in refused} == {(404, "share_not_found")}
    known = {"X-Share-Password": PASSWORD.encode().decode("latin-1")}
    last = api.get(f"{place}?limit=3", known)
    assert [one["number"] for one in last.json["messages"]] == [2, 3, 4]
    [next_] = [part for part in last.headers["Link"].split(";") if part.startswith("<")]
    assert next_.endswith(f"{place}?limit=3&before=2>")
    first = api.get(f"{place}?limit=3&before=2", known)
    assert [one["content"] for one in first.json["messages"]] == ["One"]
    assert "Link" not in first.headers
    assert api.get(place, known).status == 404, "used up"


def test_what_cannot_be_is_refused_by_name(api: Api) -> None:
    path = f"{api.make()}/shares"
    late = (utc_now() + timedelta(days=31)).isoformat()
    for body, field in (
        ({"expires_at": late}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01"}, "expires_at"),
        ({"view_limit": 0}, "view_limit"),
        ({"mode": "other"}, "mode"),
        ({"include": {"costs": True}}, "include.costs"),
        ({"token": "mine"}, "token"),
    ):
        answer = api.post(path, body)
        assert (answer.status, answer.json["error"]["field"]) == (422, field), body
    assert api.post(path, {"password": "short"}).status == 422
    assert api.get(path).json == []
