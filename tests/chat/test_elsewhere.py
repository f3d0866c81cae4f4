"""What another process does on the same database is news, for whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from chat.elsewhere import Elsewhere
from chat.news import Change, News
from store import folders, sessions
from store.database import Database
from store.values import SessionKey
from tests.store.samples import ANN, BOB, make, make_folder

Act = Callable[[Database], object]


def told(database: Database, *acts: Act, watched: str = ANN) -> list[list[Change]]:
    """What a watcher hears of each of these acts, after what it hears at first."""
    news = News()
    elsewhere = Elsewhere(database, news)

    async def watch() -> list[list[Change]]:
        found = []
        async with aclosing(news.batches(watched, 0)) as batches:
            await anext(batches)
            elsewhere.look()
            number = news.number
            for act in acts:
                act(database)
                elsewhere.look()
                elsewhere.look()
                feed = news._feeds[watched].last
                found.append([change for one, change in feed if one > number])
                number = news.number
        return found

    return asyncio.run(watch())


def rename(key: SessionKey) -> Act:
    def act(database: Database) -> None:
        with database.transaction() as db:
            sessions.change(db, key, title="Another")

    return act


def nothing(_: Database) -> None:
    """Nobody does anything."""


@pytest.fixture
def mine(database: Database) -> SessionKey:
    with database.transaction() as db:
        return make(db, user_id=ANN)


def test_what_others_do_is_told_once(database: Database, mine: SessionKey) -> None:
    def trash(database: Database) -> None:
        with database.transaction() as db:
            sessions.trash(db, mine)

    heard = told(database, rename(mine), nothing, trash)
    assert heard == [[Change("session")], [], [Change("session")]]


def test_folders_of_others_are_told_too(database: Database) -> None:
    def make_one(database: Database) -> None:
        with database.transaction() as db:
            make_folder(db, "work")
            make_folder(db, "his", BOB)

    def rename_it(database: Database) -> None:
        with database.transaction() as db:
            folders.change(db, user_id=ANN, folder_id="work", name="Job")

    def change_his(database: Database) -> None:
        with database.transaction() as db:
            folders.remove(db, user_id=BOB, folder_id="his")

    heard = told(database, make_one, rename_it, change_his, nothing)
    assert heard == [[Change("folder")], [Change("folder")], [], []]


def test_what_is_done_for_somebody_else_is_not(database: Database, mine: SessionKey) -> None:
    with database.transaction() as db:
        make(db, user_id=BOB)
    assert told(database, rename(mine), watched=BOB) == [[]]


def test_nobody_is_looked_up_who_does_not_watch(database: Database, mine: SessionKey) -> None:
    news = News()
    Elsewhere(database, news).look()
    assert news.watched == set()
    assert not news._feeds
