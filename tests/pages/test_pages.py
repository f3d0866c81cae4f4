"""What each page draws and what it costs: queries per run, empty states, odd addresses."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from chat.runtime import Runtime
from store import sessions
from store.users import LOCAL_USER
from tests.pages.conftest import OpenPage
from tests.store.samples import chain, exchange, make, statements

MOST_QUERIES = 12


def texts(app: AppTest) -> str:
    """Everything that is written on the page."""
    found = [*app.markdown, *app.caption, *app.info, *app.error, *app.sidebar.caption]
    return "\n".join(element.value for element in found)


def full(parts: Runtime) -> str:
    """40 sessions; the one whose id is returned has 70 messages."""
    with parts.database.transaction() as db:
        for number in range(40):
            exchange(db, make(db, LOCAL_USER, title=f"Chat {number}"))
        place = make(db, LOCAL_USER, title="Long")
        chain(db, place, 70)
    return place.session_id


def test_an_empty_database(opened: OpenPage) -> None:
    app = opened()
    assert not app.exception
    assert "What would you like to talk about?" in texts(app)
    assert app.part("sessions")["nothing"] == "Your chats will be listed here."
    assert "session" not in app.query_params


def test_the_offline_model_is_named(opened: OpenPage) -> None:
    app = opened()
    assert any("OPENAI_API_KEY" in info.value for info in app.info)


@pytest.mark.parametrize("page", ["", "manage_page.py", "settings_page.py"])
@pytest.mark.parametrize("many", [False, True])
def test_no_page_fails(opened: OpenPage, parts: Runtime, page: str, many: bool) -> None:
    app = opened(full(parts) if many else "", page=page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("address", ["unknown", "' OR 1=1 --", "\x00", "x" * 500, "ÄÖ", "../.."])
def test_an_unknown_session(opened: OpenPage, address: str) -> None:
    app = opened(address)
    assert not app.exception
    assert "This chat is not here" in texts(app)
    assert "What would you like to talk about?" in texts(app)


def test_a_session_in_the_trash(opened: OpenPage, parts: Runtime) -> None:
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="Gone")
        sessions.trash(db, place)
    app = opened(place.session_id)
    assert "This chat is not here" in texts(app)


def test_what_a_warm_rerun_asks_the_database(opened: OpenPage, parts: Runtime) -> None:
    app = opened(full(parts))
    assert len(app.chat_message) == 10
    with statements(parts.database.engine) as seen:
        app.run()
    assert not app.exception
    assert len(app.chat_message) == 10
    assert 0 < len(seen) <= MOST_QUERIES, seen


def test_no_body_outside_the_window_is_read(opened: OpenPage, parts: Runtime) -> None:
    app = opened(full(parts))
    with statements(parts.database.engine) as seen:
        app.run()
    bodies = [sql for sql in seen if re.search(r"\bcontent\b", sql)]
    assert len(bodies) == 1, bodies
    assert "RECURSIVE path" in bodies[0]
    shown = [message.markdown[0].value for message in app.chat_message]
    assert shown == [f"text {number}" for number in range(61, 71)]


def test_earlier_messages_on_demand(opened: OpenPage, parts: Runtime) -> None:
    app = opened(full(parts))
    for count in (30, 50):
        app.button(key="show-earlier").click().run()
        assert len(app.chat_message) == count
    app.ask("earlier", {"session": app.part("transcript")["session"]["id"], "all": True})
    assert len(app.chat_message) == 70
    assert not app.part("transcript")["earlier"]


def test_more_sessions_on_demand(opened: OpenPage, parts: Runtime) -> None:
    app = opened(full(parts))

    assert len(app.part("sessions")["rows"]) == 30
    app.ask("more", {"rows": 30})
    assert len(app.part("sessions")["rows"]) == 41


def test_titles_are_only_text(opened: OpenPage, parts: Runtime) -> None:
    with parts.database.transaction() as db:
        place = make(db, LOCAL_USER, title="![x](http://a.invalid) :red[y] $z$ <b>")
    app = opened(place.session_id)
    written = [texts(app), *(button.label for button in app.button)]
    assert not any("http://a.invalid" in text or ":red[y]" in text for text in written)
