"""Read-only mode on the page: a line for everybody, text that stays, and a switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from chat.sharing.sharing import Wanted
from store import sessions
from store.share_values import Included
from store.values import SessionKey, User
from tests.logins import login_of
from tests.model_script import Gate, Script, numbered
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.scripted_model import ScriptedModel
from tests.store.samples import add_user, titles_of
from tests.waiting import until

LINE = "We move house; *back* at 9."
WORDS = f"Read only for maintenance. {LINE}"


@pytest.fixture(scope="module")
def settings(scripted_walled: Settings) -> Settings:
    return scripted_walled.model_copy(update={"sharing": "public"})


@pytest.fixture
def ann(parts: Runtime) -> User:
    return add_user(parts.database, "ann", "Chat of ann")


@pytest.fixture
def root(parts: Runtime) -> Iterator[User]:
    root = add_user(parts.database, "root", role="admin")
    yield root
    parts.read_only.switch(login_of(root), on=False)


def switch(parts: Runtime, root: User, *, on: bool) -> None:
    parts.read_only.switch(login_of(root), on=on, line=LINE)


def chat_of(parts: Runtime, user: User) -> SessionKey:
    with parts.database.reading() as db:
        [chat] = sessions.recent(db, user_id=user.id)
    return SessionKey(user.id, chat.session_id)


@pytest.mark.parametrize(
    "page", ["", "search", "settings", "manage", "bookmarks", "usage", "import"]
)
def test_a_line_comes_and_goes_on_each_page(
    parts: Runtime, root: User, ann: User, tab: OpenScriptTab, page: str
) -> None:
    hers = tab(username=ann.username, page=page)
    assert WORDS not in hers.text
    switch(parts, root, on=True)
    hers.tick()
    assert WORDS in hers.errors
    switch(parts, root, on=False)
    hers.tick()
    assert "Read only" not in hers.text


def test_it_goes_of_itself_where_nobody_is_known(
    parts: Runtime, root: User, ann: User, tab: OpenScriptTab
) -> None:
    wanted = Wanted(mode="live", include=Included())
    link = parts.sharing.create(login_of(ann), chat_of(parts, ann), wanted)
    nobody, reader = tab(), tab(token=link.token, page="share")
    assert "Chat of ann" in reader.text
    assert nobody.app.timers() == [], "open pages of strangers cost nothing"
    switch(parts, root, on=True)
    for one in (nobody, reader):
        one.run()
        assert WORDS in one.errors
    assert "Chat of ann" in tab(token=link.token, page="share").text, "it is opened meanwhile"
    switch(parts, root, on=False)
    for one in (nobody, reader):
        one.tick()
        assert "Read only" not in one.text
    assert "Chat of ann" in reader.text


def test_what_is_typed_stays_and_what_is_clicked_is_refused(
    parts: Runtime, root: User, ann: User, tab: OpenScriptTab
) -> None:
    hers = tab(username=ann.username)
    switch(parts, root, on=True)
    hers.send("Not lost")
    assert hers.fate == {"refused": f"{WORDS} Try again later.", "isGone": False}
    hers.send("Perhaps stored", again=True)
    assert hers.fate == {"waits": f"{WORDS} Try again later.", "isGone": False}
    key = chat_of(parts, ann)
    hers.asks_for("seen", session=key.session_id)
    assert "Try again later." not in hers.errors
    hers.asks_for("act", session=key.session_id, title="", action="Pin")
    assert f"{WORDS} Try again later." in hers.errors
    hers.act_on(key.session_id, "Rename")
    hers.fill("Title", "Another title")
    hers.press("Rename")
    assert "Read only for maintenance." in hers.asks
    assert hers.field("Title").value == "Another title"
    assert titles_of(parts.database, ann.id) == ["Chat of ann"]
    hers.run()
    assert hers.app.part("composer")["readOnly"] is True
    switch(parts, root, on=False)
    hers.run()
    assert hers.errors == ""
    assert hers.app.part("composer")["readOnly"] is False
    hers.send("Taken now")
    assert "stored" in hers.fate


def test_an_administrator_switches_it_and_sees_what_runs(
    parts: Runtime, root: User, ann: User, tab: OpenScriptTab, model: ScriptedModel
) -> None:
    admin, hers, gate = (
        tab(username=root.username, page="admin"),
        tab(username=ann.username),
        Gate(),
    )
    model.queue(Script((*numbered(1), gate)))
    hers.send("Go on")
    admin.fill("Line for people", LINE)
    assert not parts.read_only.state.is_on
    admin.fill("Read only", True)
    assert parts.read_only.state.words == WORDS
    assert "1 answer still runs in this process" in written(admin.key("maintenance"))
    assert WORDS in admin.errors
    admin.fill("Line for people", "Back at 10.")
    assert parts.read_only.state.line == "Back at 10."
    admin.run()
    assert not admin.field("Line for people").proto.set_value, "what is being typed there stays"
    gate.opened.set()
    until(lambda: not parts.turns.count_running())
    admin.tick()
    assert "it is safe to stop it" in written(admin.key("maintenance"))
    admin.fill("Read only", False)
    assert not parts.read_only.state.is_on
    assert "Read only for" not in admin.text


def test_another_administrators_switch_is_followed(
    parts: Runtime, root: User, tab: OpenScriptTab
) -> None:
    admin = tab(username=root.username, page="admin")
    switch(parts, root, on=True)
    admin.tick()
    assert admin.field("Read only").value is True
    assert admin.field("Line for people").value == LINE


def test_an_administrator_logs_in_meanwhile(parts: Runtime, root: User, tab: OpenScriptTab) -> None:
    switch(parts, root, on=True)
    admin = tab()
    assert WORDS in admin.errors
    admin.log_in(root.username)
    assert "Signed in as root" in admin.sidebar
    admin.go("admin")
    admin.fill("Read only", False)
    assert not parts.read_only.state.is_on
    admin.click("logout")
    admin.sees_only_the_login()


def test_others_have_no_such_switch(parts: Runtime, ann: User, tab: OpenScriptTab) -> None:
    hers = tab(username=ann.username, page="admin")
    assert "There is no such page." in hers.errors
    assert not hers.has("maintenance")
    assert not parts.read_only.state.is_on
