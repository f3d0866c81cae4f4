"""Sharing a chat, and reading what somebody shared, without a browser."""

from __future__ import annotations

from base64 import b64decode

import pytest
import streamlit as st

from chat.config import Settings
from chat.people.identity import GUEST_COOKIE
from chat.runtime import Runtime
from chat.sharing.sharing import Wanted
from chat.ui.shares import drawing
from store import messages, result_rows, sessions, shares
from store.file_values import FileDetails
from store.share_values import Included, Share
from store.values import SessionKey
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.store.carrying_files import parquet
from tests.store.samples import add_file, add_result, asked, chain, end, exchange, make

PASSWORD = "sesame, open"


@pytest.fixture(scope="module")
def settings(shared_url: str) -> Settings:
    """A public demo: whoever opens a link may be nobody."""
    return Settings(database_url=shared_url, find_local_servers=False, auth="guest")


@pytest.fixture
def mine(parts: Runtime, tab: OpenScriptTab, monkeypatch: pytest.MonkeyPatch) -> ScriptTab:
    """The tab of a guest who has one chat, Chains."""
    cookies = {GUEST_COOKIE: parts.identities.guest_cookie()}
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    monkeypatch.setattr(type(st.context), "url", "https://chat.example/base/")
    monkeypatch.setattr(type(st.context), "ip_address", "192.0.2.7")
    made = tab()
    with parts.database.transaction() as db:
        make(db, made.known.owner, session_id="s", title="Chains")
        chain(db, SessionKey(made.known.owner, "s"), 2)
    made.run()
    return made


def link_of(mine: ScriptTab) -> str:
    [code] = [one.value for one in mine.key("share-link").code]
    return str(code)


def kept(parts: Runtime, mine: ScriptTab) -> list[Share]:
    with parts.database.reading() as db:
        return shares.listed(db, user_id=mine.known.owner)


def read(tab: OpenScriptTab, token: str, monkeypatch: pytest.MonkeyPatch) -> ScriptTab:
    """The page of a link in a browser without cookies."""
    monkeypatch.setattr(type(st.context), "cookies", {})
    return tab(page="share", token=token)


def test_what_the_preview_shows_is_what_the_link_shows(
    mine: ScriptTab, tab: OpenScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.act_on("s", "Share")
    preview = written(mine.key("share-preview"))
    assert preview.splitlines() == ["Chains", "text 1", "text 2"]
    mine.click("share-create")
    [first] = kept(parts, mine)
    mine.click(f"revoke-share-{first.share_id}")
    assert kept(parts, mine) == []
    mine.act_on("s", "Share")
    with parts.database.transaction() as db:
        exchange(db, SessionKey(mine.known.owner, "s"), "Not seen yet")
    mine.click("share-create")
    link = link_of(mine)
    assert link.startswith("https://chat.example/base/share/")
    [share] = kept(parts, mine)
    assert (share.mode, share.views, share.include) == ("snapshot", 0, Included())
    theirs = read(tab, link.rpartition("/")[2], monkeypatch)
    assert theirs.app.sidebar.children == {}
    assert written(theirs.app.main).splitlines()[:3] == preview.splitlines()
    assert theirs.known.owner == ""
    theirs.run()
    assert kept(parts, mine)[0].views == 1, "of a page, however often it is drawn"
    parts.sharing.revoke(SessionKey(mine.known.owner, "s"), share.share_id)
    theirs.tick()
    assert "This link leads nowhere" in theirs.text
    assert "text 1" not in theirs.text


def test_choices_are_seen_in_the_preview_and_kept(mine: ScriptTab, parts: Runtime) -> None:
    mine.act_on("s", "Share")
    mine.fill("What is shared", "live")
    mine.fill("Also visible", ["Names"])
    assert "Shared by Guest " in written(mine.key("share-preview"))
    mine.fill("Views at most", 3)
    mine.fill("Password", "short")
    mine.click("share-create")
    assert "The password is too short." in mine.asks
    mine.fill("Password", PASSWORD)
    mine.click("share-create")
    [share] = kept(parts, mine)
    assert (share.mode, share.view_limit, share.protected) == ("live", 3, True)
    assert share.include == Included(names=True)
    mine.go("settings")
    assert "Chains: live, with names" in mine.text
    assert "0 of 3 views" in mine.text
    mine.click("revoke-shares")
    assert kept(parts, mine) == []


def test_a_password_opens_it_once_for_the_tab(
    mine: ScriptTab, tab: OpenScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, me = SessionKey(mine.known.owner, "s"), parts.identities.by_cookies(st.context.cookies)
    assert me
    made = parts.sharing.create(me, key, Wanted(password=PASSWORD, view_limit=1))
    theirs = read(tab, made.token, monkeypatch)
    assert "Chains" not in theirs.text
    theirs.fill("Password of the link", "wrong one")
    theirs.press("Open")
    assert "The password is wrong" in theirs.errors
    theirs.fill("Password of the link", PASSWORD)
    theirs.press("Open")
    assert "text 2" in theirs.text
    theirs.run()
    assert "text 2" in theirs.text, "used up for others, not for this page"
    assert "leads nowhere" in read(tab, made.token, monkeypatch).text


def test_a_live_one_follows_and_long_ones_come_in_parts(
    mine: ScriptTab, tab: OpenScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parts.database.transaction() as db:
        key = make(db, mine.known.owner, session_id="long", title="Long")
        chain(db, key, 100)
    me = parts.identities.by_cookies(st.context.cookies)
    assert me
    token = parts.sharing.create(me, key, Wanted(mode="live")).token
    theirs = read(tab, token, monkeypatch)
    assert len(theirs.messages) == drawing.FIRST
    theirs.click("shared-earlier")
    assert len(theirs.messages) == drawing.FIRST + drawing.MORE
    with parts.database.transaction() as db:
        sessions.change(db, key, title="Renamed")
        messages.delete(db, key, message_id=100)
    theirs.tick()
    assert "Renamed" in theirs.text
    assert "text 100" not in theirs.text
    with parts.database.transaction() as db:
        sessions.trash(db, key)
    theirs.tick()
    assert "This link leads nowhere" in theirs.text


def test_it_goes_on_in_a_chat_of_ones_own(
    mine: ScriptTab, tab: OpenScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = parts.identities.by_cookies(st.context.cookies)
    assert me
    token = parts.sharing.create(me, SessionKey(me.user_id, "s"), Wanted()).token
    nobody = read(tab, token, monkeypatch)
    assert "Continue in my own chat" not in nobody.buttons(), "a link that brings a cookie"
    cookie = parts.identities.guest_cookie()
    monkeypatch.setattr(type(st.context), "cookies", {GUEST_COOKIE: cookie})
    theirs = tab(page="share", token=token)
    theirs.press("Continue in my own chat")
    assert theirs.titles() == ["Chains"]
    assert "Continued from the shared chat “Chains”." in theirs.text
    assert [written(one) for one in theirs.messages] == ["text 1", "text 2"]
    assert theirs.known.owner not in ("", me.user_id)


def test_files_and_results_are_seen_where_they_are_chosen(
    mine: ScriptTab, tab: OpenScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b64decode(parquet(2))
    about = {"chart": {"kind": "bar", "x": "city", "y": "price"}, "of": "r"}
    with parts.database.transaction() as db:
        key, said = SessionKey(mine.known.owner, "s"), FileDetails(beginning="Begins so", lines=9)
        file = add_file(db, key.user_id, "notes.txt", details=said)
        pair = asked(db, key, "Look", file_ids=[file.file_id])
        shown = b64decode(result_rows.read(data).shown)
        for kind in ("table", "chart"):
            more = {"kind": kind, "about": about if kind == "chart" else {}, "query": "SELECT 7"}
            add_result(db, key, pair.answer.id, "Prices", data=data, shown=shown, **more)
        end(db, key, pair.answer.id)
    mine.run()
    mine.act_on("s", "Share")
    hidden = ("notes.txt", "Begins so", "Prices", "SELECT 7")
    assert not [text for text in hidden if text in written(mine.key("share-preview"))]
    mine.fill("Also visible", ["Files", "Tool steps, tables and charts"])
    preview = written(mine.key("share-preview"))
    assert not [text for text in hidden if text not in preview]
    mine.click("share-create")
    theirs = read(tab, link_of(mine).rpartition("/")[2], monkeypatch)
    lines = preview.splitlines()
    assert written(theirs.app.main).splitlines()[: len(lines)] == lines
    answer = theirs.messages[-1]
    assert (len(answer.dataframe), len(answer.get("vega_lite_chart"))) == (1, 1)


def test_nothing_is_shared_where_it_is_off(
    tab: OpenScriptTab, mine: ScriptTab, parts: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = parts.settings.model_copy(update={"sharing": "off"})
    object.__setattr__(parts.sharing, "settings", off)
    try:
        mine.run()
        assert mine.app.part("sessions")["sharing"] is False
        mine.act_on("s", "Share")
        assert "Sharing is switched off here." in mine.text
        assert "leads nowhere" in read(tab, "x", monkeypatch).text
    finally:
        object.__setattr__(parts.sharing, "settings", parts.settings)
