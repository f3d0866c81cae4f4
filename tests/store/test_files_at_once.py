"""Files that come and go in several transactions at once: nobody waits for ever, none is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import Session

from store import all_files, cleanup, files, messages
from store.database import Database
from store.errors import FileNotHere
from store.types import utc_now
from store.values import SessionKey
from tests.store.samples import ANN, add_file, asked, make
from tests.waiting import until

pytestmark = pytest.mark.process
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def chat_with(database: Database, *names: str) -> SessionKey:
    """One message has each of these files."""
    with database.transaction() as db:
        place = make(db)
        for name in names:
            asked(db, place, file_ids=[add_file(db, name=name).file_id])
    return place


def meanwhile(
    database: Database,
    first: Callable[[Session], object],
    other: Callable[[Session], object],
    then: Callable[[Session], object] = lambda _: None,
) -> Future[object]:
    """``other`` in a transaction of its own, which waits for this one after ``first``."""

    def run() -> object:
        with database.transaction() as db:
            return other(db)

    with ThreadPoolExecutor(1) as pool, database.transaction() as db:
        first(db)
        running = pool.submit(run)
        until(lambda: db.scalar(_WAITING))
        then(db)
    return running


def test_chats_with_the_same_files_go_at_once(postgres: Database) -> None:
    one, two, three, four = (chat_with(postgres, name) for name in "xyyx")

    def both(db: Session) -> None:
        cleanup.purge(db, two)
        cleanup.purge(db, four)

    gone = meanwhile(
        postgres, lambda db: cleanup.purge(db, one), both, lambda db: cleanup.purge(db, three)
    )
    gone.result()
    with postgres.reading() as db:
        assert files.listed(db, user_id=ANN) == []
        assert len(files.going(db)) == 2


def test_a_file_that_goes_at_this_moment_is_not_there(postgres: Database) -> None:
    gone, place = chat_with(postgres, "x"), chat_with(postgres)
    with postgres.reading() as db:
        (file,) = files.listed(db, user_id=ANN)
    sent = meanwhile(
        postgres,
        lambda db: cleanup.purge(db, gone),
        lambda db: asked(db, place, "Look", file_ids=[file.file_id]),
    )
    with pytest.raises(FileNotHere):
        sent.result()


@pytest.mark.parametrize("how", ["removed", "forgotten"])
def test_a_file_that_is_attached_at_this_moment_is_named(postgres: Database, how: str) -> None:
    place = chat_with(postgres)
    with postgres.transaction() as db:
        file = add_file(db)

    def remove(db: Session) -> None:
        if how == "removed":
            files.remove(db, user_id=ANN, file_id=file.file_id)
        else:
            all_files.forget(db, [(ANN, file.file_id)], before=utc_now())

    meanwhile(
        postgres, lambda db: asked(db, place, "Look", file_ids=[file.file_id]), remove
    ).result()
    with postgres.reading() as db:
        (named,) = messages.get(db, place, message_id=1).files
    assert (named.name, bool(named.deleted_at)) == (file.name, how == "removed")
