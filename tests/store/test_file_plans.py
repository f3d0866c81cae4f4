"""What reading files costs somebody who has ten thousand of them: what is shown, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from store import all_files, files, messages
from store.database import Database
from store.tables import files as files_table
from store.tables import message_files
from store.values import SessionKey
from tests.databases import DIALECTS, new_postgres
from tests.store.samples import ANN, NOON, asked, make, opened
from tests.store.test_plans import most_rows, plans

MANY = 10_000


@pytest.fixture(scope="module", params=DIALECTS)
def heap(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, SessionKey]]:
    """All of them are attached in one chat, ten of them in another."""
    url = f"sqlite:///{tmp_path_factory.mktemp('heap') / 'parley.db'}"
    if request.param == "postgresql":
        url = new_postgres(request.getfixturevalue("postgres_server"), "heap")
    with opened(url) as database:
        with database.transaction() as db:
            about = {"kind": "text", "media_type": "text/plain", "size": 10, "details": {}}
            rows = [
                {
                    **about,
                    **{"user_id": ANN, "file_id": f"f{at:05}", "name": f"{at}.txt"},
                    **{"sha256": f"{at:064x}", "created_at": NOON + timedelta(seconds=at)},
                }
                for at in range(MANY)
            ]
            db.execute(insert(files_table), rows)
            heap = make(db)
            asked(db, heap)
            place = {"user_id": ANN, "session_id": heap.session_id, "message_id": 1}
            these = [{**place, "file_id": row["file_id"], "position": 0} for row in rows]
            db.execute(insert(message_files), these)
            few = make(db)
            asked(db, few, file_ids=[f"f{at:05}" for at in range(0, MANY, MANY // 10)])
            db.execute(text("ANALYZE"))
        yield database, few


def test_a_page_of_them_and_a_chat_read_what_they_show(heap: tuple[Database, SessionKey]) -> None:
    database, few = heap
    before = (NOON + timedelta(seconds=5_000), "f05000")
    seen = [
        *plans(database, lambda db: files.listed(db, user_id=ANN, limit=51)),
        *plans(database, lambda db: files.listed(db, user_id=ANN, limit=51, before=before)),
        *plans(database, lambda db: messages.window(db, few, leaf_id=2)),
        *plans(database, lambda db: files.of_branch(db, few, leaf_id=2)),
        *plans(database, lambda db: files.of_places(db, user_id=ANN, places=[(few.session_id, 1)])),
        *plans(database, lambda db: files.get(db, user_id=ANN, file_id="f00001")),
        *plans(database, lambda db: files.with_hash(db, user_id=ANN, sha256="0" * 64)),
        *plans(database, lambda db: files.used_among(db, [f"{at:064x}" for at in range(40)])),
        *plans(database, files.going),
    ]
    if database.path:
        assert not [plan for plan in seen if "SCAN files" in plan or "SCAN message_files" in plan]
        assert not [plan for plan in seen[:2] if "TEMP B-TREE" in plan]
        assert "ix_files_sha256" in seen[-2]
    else:
        assert max(map(most_rows, seen)) <= 100


def test_all_of_all_users_are_looked_at_in_parts(heap: tuple[Database, SessionKey]) -> None:
    database, _ = heap
    part: dict[str, Any] = {"after": (ANN, "f04000"), "limit": 50}
    these = [(ANN, f"f{at:05}") for at in range(50)]
    seen = [
        *plans(database, lambda db: all_files.counted(db, **part)),
        *plans(database, lambda db: all_files.unattached(db, before=NOON, **part)),
        plans(database, lambda db: all_files.forget(db, these, before=NOON))[-1],
    ]
    if database.path:
        assert all("(user_id,file_id)>(?,?)" in plan for plan in seen[:-1])
        assert not [plan for plan in seen if "SCAN files" in plan or "SCAN message_files" in plan]
        assert not [plan for plan in seen if "TEMP B-TREE" in plan]
    else:
        assert max(map(most_rows, seen)) <= 100
