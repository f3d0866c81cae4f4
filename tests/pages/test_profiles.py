"""The panel drawn from stored results, whatever they are."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from chat.runtime import Runtime
from store import profiles
from store.users import LOCAL_USER
from tests.chat.clock import NOON
from tests.chat.profiles.test_result import STORED
from tests.pages.conftest import OpenPage
from tests.store.samples import make

UNREADABLE = "This result is of another version and cannot be read; analyze the account again."
HOPELESS = (
    "null",
    "[1, 2]",
    "no json",
    '{"post_count": "many", "computed": [], "asked": "x"}',
    "7",
)


def keep(parts: Runtime, *results: tuple[str, Any]) -> str:
    """A session with results, the last one is the newest."""
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER)
        for minutes, (handle, result) in enumerate(results):
            moment = NOON + timedelta(minutes=minutes)
            profiles.save(db, place, source="x", handle=handle, result=result, now=moment)
    return place.session_id


def said(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.error]
    return unescape("\n".join(element.value for element in elements))


def infos(app: AppTest) -> list[str]:
    """Without what is said of the offline model."""
    return [unescape(info.value) for info in app.info if "without a key" not in info.value]


@pytest.mark.parametrize("stored", HOPELESS)
def test_a_hopeless_result_is_shown_as_unreadable(
    opened: OpenPage, parts: Runtime, stored: str
) -> None:
    session_id = keep(parts, ("whole", STORED), ("old", {}))
    with parts.database.transaction() as db:
        change = text("UPDATE profiles SET result = :stored WHERE handle = 'old'")
        db.execute(change, {"stored": stored})
    app = opened(session_id)
    assert not app.exception
    assert infos(app) == [UNREADABLE]
    assert "**@old**" in said(app)
    assert "A · X · 7 followers · 2 posts" in said(app)
    app.button(key="compare").click().run()
    assert not app.exception
    assert [unescape(table.value.columns[-1]) for table in app.table] == ["@whole"] * 2


def test_an_account_without_posts_is_not_called_unreadable(
    opened: OpenPage, parts: Runtime
) -> None:
    app = opened(keep(parts, ("empty", {**STORED, "post_count": 0})))
    assert infos(app) == ["This account has no posts to analyze."]


def test_what_a_card_says(opened: OpenPage, parts: Runtime) -> None:
    app = opened(keep(parts, ("a", STORED)))
    assert not app.exception
    for words in ("On average 3.0 likes", "Languages: en (1)", "Cursor", "AI, 2 posts", "Dry."):
        assert words in said(app), words
