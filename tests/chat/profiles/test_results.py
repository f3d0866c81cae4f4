"""Results of a session: made once, kept, shared by those who ask at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chat.agent.models.provider import Provider
from chat.config import Settings
from chat.errors import ToolError
from chat.profiles.result import read_result
from chat.profiles.results import Runs, SessionProfiles
from chat.profiles.source import Means
from chat.web.web import Web
from chat.work.pool import Pool
from store import profiles, sessions
from store.database import Database
from store.types import utc_now
from store.values import SessionKey, StoredProfile
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer, post
from tests.store.samples import BOB, make, opened
from tests.waiting import until

ANSWER = {
    "products": [{"name": "Cursor", "category": "AI tool", "post_ids": ["a-1", "b-1", "zz"]}],
    "style": "Short.",
    "drivers": "News.",
}


async def at_once(_seconds: float) -> None:
    """Instead of waiting before the next try."""


@dataclass
class Desk:
    """A database, a server with accounts a and b, and a model."""

    database: Database
    server: SocialServer
    model: ScriptedModel
    place: SessionKey
    settings: Settings
    work: Pool
    lines: list[str] = field(default_factory=list)

    def during(
        self, do: Callable[[SessionProfiles], Awaitable[Any]], key: SessionKey | None = None
    ) -> Any:
        """Run something with the profiles of the session, or of another place."""

        async def run() -> Any:
            provider, web = Provider(self.settings), Web(self.settings, sleep=at_once)
            try:
                return await do(
                    SessionProfiles(
                        key or self.place,
                        model="",
                        runs=Runs(
                            database=self.database,
                            provider=provider,
                            means=Means(self.settings, web, self.work, utc_now),
                        ),
                    )
                )
            finally:
                await web.aclose()
                await provider.aclose()

        return asyncio.run(run())

    def analyzed(
        self, handle: str = "@a", source: str = "", key: SessionKey | None = None, **more: Any
    ) -> Any:
        async def do(mine: SessionProfiles) -> Any:
            options = {"again": False, "status": self.lines.append, **more}
            return await mine.analyzed(source, handle, **options)

        return self.during(do, key)

    def stored(self) -> list[StoredProfile]:
        with self.database.reading() as db:
            return profiles.listed(db, self.place)


@pytest.fixture(scope="module")
def _social() -> Iterator[SocialServer]:
    with SocialServer() as server:
        yield server


@pytest.fixture
def desk(
    sqlite_url: str, _social: SocialServer, model: ScriptedModel, workers: Pool
) -> Iterator[Desk]:
    _social.reset()
    for name in ("a", "b"):
        _social.add(name, posts=[post(f"I like Cursor {number}") for number in range(30)])
    settings = Settings(
        **_social.settings(),
        database_url=sqlite_url,
        openai_base_url=model.base_url,
        model="scripted-1",
        find_local_servers=False,
    )
    with opened(sqlite_url) as database:
        with database.transaction() as db:
            place = make(db)
        yield Desk(database, _social, model, place, settings, workers)


def reads(desk: Desk, answer: Any = ANSWER) -> None:
    """The model's next answer."""
    desk.model.queue(Script([Text(json.dumps(answer))]))


def test_made_once_and_kept(desk: Desk) -> None:
    reads(desk)
    result = desk.analyzed()
    assert (result.source, result.handle) == ("bluesky", "a.bsky.social")
    assert result.asked.model == "scripted-1"
    assert result.asked.products[0].post_ids == ("a-1",)
    assert desk.lines[-1] == "Done: @a.bsky.social, 30 posts."
    body = desk.model.requests[0].body
    assert body["response_format"]["type"] == "json_schema"
    asked = desk.server.requests["a"]
    for handle, source in [("a", ""), ("@A.bsky.social", ""), ("a", "bluesky")]:
        assert desk.analyzed(handle, source) == result
    assert (desk.server.requests["a"], len(desk.model.requests)) == (asked, 1)
    (row,) = desk.stored()
    assert row.result == result.as_json()
    assert read_result(row.result) == result


def test_again_fetches_anew(desk: Desk) -> None:
    reads(desk)
    desk.analyzed()
    desk.server.add("a", posts=[post("Only one")])
    reads(desk, {**ANSWER, "style": "Other."})
    assert desk.analyzed(again=True).post_count == 1
    assert [read_result(row.result).asked.style for row in desk.stored()] == ["Other."]


def test_another_session_and_another_user_see_none_of_it(desk: Desk) -> None:
    reads(desk)
    desk.analyzed()
    with desk.database.transaction() as db:
        theirs, other = make(db, BOB), make(db)
    for place in (theirs, other):
        before = desk.server.requests["a"]
        reads(desk)
        desk.analyzed(key=place)
        assert desk.server.requests["a"] > before
    with pytest.raises(ToolError, match="was deleted"):
        desk.analyzed(key=SessionKey(BOB, desk.place.session_id))


def test_those_who_ask_at_the_same_time_share_one_run(desk: Desk) -> None:
    reads(desk)
    reads(desk)
    lines: list[list[str]] = [[], [], []]

    async def do(mine: SessionProfiles) -> Any:
        asked = [mine.analyzed("", "a", again=False, status=one.append) for one in lines[:2]]
        asked.append(mine.analyzed("", "b", again=False, status=lines[2].append))
        return await asyncio.gather(*asked)

    first, second, other = desk.during(do)
    assert first is second
    assert other.handle == "b.bsky.social"
    assert desk.server.requests["a"] == desk.server.requests["b"] == 2
    assert len(desk.model.requests) == 2
    assert lines[0][-1] == lines[1][-1] == "Done: @a.bsky.social, 30 posts."
    assert len(desk.stored()) == 2


def test_a_run_ends_when_nobody_waits_for_it_any_more(desk: Desk) -> None:
    reads(desk)
    desk.server.gate.clear()

    async def do(mine: SessionProfiles) -> Any:
        lines: list[str] = []
        waiting = [
            asyncio.create_task(mine.analyzed("", "a", again=False, status=lines.append))
            for _ in range(2)
        ]
        await asyncio.to_thread(until, lambda: desk.server.requests["a"])
        waiting[0].cancel()
        await asyncio.gather(waiting[0], return_exceptions=True)
        assert [task for task in asyncio.all_tasks() if task.get_name() == "parley-profile"]
        waiting[1].cancel()
        await asyncio.gather(waiting[1], return_exceptions=True)
        assert mine.runs.running == {}
        desk.server.gate.set()
        return await mine.analyzed("", "a", again=False, status=lines.append)

    assert desk.during(do).post_count == 30


def test_a_session_deleted_meanwhile_keeps_nothing(desk: Desk) -> None:
    reads(desk)

    def trash(line: str) -> None:
        if line.startswith("Analyzing"):
            with desk.database.transaction() as db:
                sessions.trash(db, desk.place)

    with pytest.raises(ToolError, match=r"result was not kept\. This chat was deleted"):
        desk.analyzed(status=trash)
    with desk.database.transaction() as db:
        sessions.restore(db, desk.place)
    assert desk.stored() == []


def test_a_failure_is_told_to_all_and_kept_by_none(desk: Desk) -> None:
    desk.server.fail(503, times=50)

    async def do(mine: SessionProfiles) -> Any:
        asked = [mine.analyzed("", "a", again=False, status=desk.lines.append) for _ in range(2)]
        return await asyncio.gather(*asked, return_exceptions=True)

    for failure in desk.during(do):
        assert isinstance(failure, ToolError)
        assert "Bluesky could not be read" in str(failure)
    assert desk.stored() == []


def test_a_database_that_is_away(desk: Desk) -> None:
    moved = Path(f"{desk.database.path}.away")
    assert desk.database.path
    desk.database.path.rename(moved)
    with pytest.raises(ToolError, match="not available"):
        desk.analyzed()
    moved.rename(desk.database.path)
    reads(desk)
    assert desk.analyzed().post_count == 30


def test_without_a_model_the_rest_is_complete(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"openai_base_url": None})
    result = desk.analyzed()
    assert result.asked.reason.startswith("No model is connected.")
    assert result.computed.rhythm.per_week == 30


def test_a_file_is_found_by_its_name(desk: Desk) -> None:
    upload = ("Tweets (1).csv", b"text,date\nHi,2024-04-01\n")
    reads(desk, {**ANSWER, "products": []})
    result = desk.analyzed("Tweets (1).csv", upload=upload)
    assert (result.source, result.handle) == ("file", "tweets-1-.csv")
    assert desk.analyzed("tweets-1-.csv").source == "file"
    assert desk.analyzed("Tweets (1).csv", "file") == result
    with pytest.raises(ToolError, match="no file"):
        desk.analyzed("other.csv", "file")
    reads(desk, {**ANSWER, "products": []})
    desk.analyzed("a", upload=upload)
    assert desk.analyzed("@a").source == "file"
    assert desk.server.requests["a"] == 0
