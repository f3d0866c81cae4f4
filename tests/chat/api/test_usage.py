"""What was used, over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.chat.api.conftest import Api

PATH = "/users/me/usage"


def test_what_answers_used(api: Api) -> None:
    path = api.make(persona="default")
    api.post(f"{path}/messages", {"content": "hi"})
    api.post(f"{path}/messages", {"content": "[[status=500]]"})
    today = datetime.now(UTC).date().isoformat()
    (day,) = api.get(PATH).json
    assert day["key"] == today
    counts = ("messages", "questions", "answers", "errors", "prompt_tokens", "completion_tokens")
    assert [day[name] for name in counts] == [4, 2, 2, 1, 7, 5]
    assert (day["cost"], day["without_price"], day["without_tokens"]) == (None, 1, 1)
    assert 0 <= day["first_token_ms"] <= day["duration_ms"] * 2
    models = api.get(f"{PATH}?by=model").json
    assert [one["answers"] for one in models] == [2]
    assert {one["name"] for one in api.get(f"{PATH}?by=folder").json} == {"No folder"}
    (persona,) = api.get(f"{PATH}?by=persona").json
    assert (persona["key"], persona["name"]) == ("default", "Default Assistant")
    (user,) = api.get(f"{PATH}?by=user").json
    assert user["answers"] == 2
    api.delete(f"{path}?permanent=true")
    assert api.get(PATH).json == [day]
    (elsewhere,) = api.get(f"{PATH}?zone=Pacific/Kiritimati").json
    assert elsewhere["key"] == datetime.now(ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    past = (datetime.now(UTC).date() - timedelta(days=9)).isoformat()
    assert api.get(f"{PATH}?until={past}").json == []


@pytest.mark.parametrize(
    "asked",
    [
        "by=planet",
        "since=yesterday",
        "since=2026-02-01&until=2026-01-01",
        "since=2020-01-01&until=2026-01-01",
        "until=0001-01-02",
        "since=9999-12-31",
        "until=9999-12-31",
        "since=0001-01-01&until=0001-01-02&zone=Asia/Tokyo",
        "zone=Nowhere/Land",
        "zone=../../etc/passwd",
        "zone=Europe",
        "zone=%00",
    ],
)
def test_nonsense_is_refused_or_empty(api: Api, asked: str) -> None:
    reply = api.get(f"{PATH}?{asked}")
    assert reply.status == 422 or reply.json == []
    assert reply.status in (200, 422)
