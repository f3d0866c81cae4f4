"""Bodies of those who are known: how much a route takes, and what texts may hold."""

from __future__ import annotations

import json

import pytest

from chat.api.known_first import STRUCTURE_MAX
from tests.chat.api.conftest import MINE, Api
from tests.chat.api.test_known_first import HUGE, answer, begun


def test_whoever_is_known_is_told_before_they_send_it_all(api: Api) -> None:
    for path, size in ((MINE, 300_000), (f"{MINE}/x/messages", 20_000_000)):
        with begun(api, path, f"Content-Length: {size}") as raw:
            assert answer(raw) == (413, "too_large")
    with begun(api, f"{MINE}/x/messages", f"Content-Length: {HUGE}") as raw:
        raw.sendall(b'{"content": [' + b"0," * (STRUCTURE_MAX // 2))
        assert answer(raw) == (413, "too_large")
    with begun(api, MINE, "Content-Length: 300000", "Origin: https://evil.example") as raw:
        assert answer(raw) == (403, "csrf")
    with begun(api, MINE, "Content-Length: " + "9" * 19) as raw:
        assert answer(raw) == (413, "too_large")


def test_texts_may_be_long_whatever_is_in_them(api: Api) -> None:
    path = api.make()
    for text in ('\\"', "\\", '"[0,0]', "{}[]:,", "x", "é"):
        whole = text * (300_000 // len(text))
        reply = api.post(f"{path}/messages", {"content": whole})
        assert reply.status == 200, text
        assert reply.json["user"]["content"] == whole


def test_a_long_body_that_is_no_json(api: Api) -> None:
    path, head = api.make(), {"Content-Type": "application/json"}
    reply = api.post(f"{path}/messages", b'{"content": "' + b"x" * 200_000, head)
    assert (reply.status, reply.error) == (400, "unreadable")


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_in_another_coding_than_utf_8_is_not_parsed(api: Api, coding: str) -> None:
    head = {"Content-Type": "application/json"}
    for method, path in (("POST", f"{api.make()}/messages"), ("PATCH", api.make())):
        body = json.dumps({"title": "∀", "content": "∀"}, ensure_ascii=False).encode(coding)
        reply = api.ask(method, path, body, head)
        assert (reply.status, reply.error) == (400, "unreadable")
