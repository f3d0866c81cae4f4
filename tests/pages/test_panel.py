"""The panel with its form, with the offline model: nothing here needs a key."""

from __future__ import annotations

import pytest

from chat.config import Settings
from chat.runtime import Runtime
from store import sessions
from store.values import SessionKey
from tests.ifixit_server import IFixit
from tests.lab import ODD, Lab, addresses, result
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.pages.script_tab import ScriptTab
from tests.social_server import SocialServer
from tests.waiting import until

pytestmark = pytest.mark.process

CARD_A = "profile-a.bsky.social"
CSV = "created_at,text,likes\n2024-05-01 12:00,Hello there,3\n2024-05-02 13:00,Hello again,4\n"
OFFLINE = "built-in offline model"


@pytest.fixture(scope="module")
def settings(shared_url: str, social: SocialServer, ifixit: IFixit) -> Settings:
    return Settings(
        database_url=shared_url,
        find_local_servers=False,
        offline_tokens_per_second=5000,
        **addresses(social, ifixit),
    )


@pytest.fixture
def place(lab: Lab) -> SessionKey:
    """A chat with three results, two of them of the same handle."""
    made = lab.chat("Analysed")
    lab.keep(made, result("a"), result("b", asked={"status": "missing"}), result("a", source="x"))
    return made


@pytest.fixture
def chat(lab: Lab, tab: OpenScriptTab) -> ScriptTab:
    return tab()


def open_form(chat: ScriptTab) -> None:
    """A click on the button, wherever it is now."""
    chat.press("Analyze a profile")
    assert "Analyze a profile" in chat.asks


def form(chat: ScriptTab, handle: str, source: str = "") -> None:
    """Fill in the form, which is open, and send it."""
    if source:
        chat.pick("Source", source)
    chat.fill("Name" if source == "File" else "Handle", handle)
    chat.press("Analyze")


def soon(chat: ScriptTab, key: str, text: str = "") -> None:
    """Let the timers of the page go on until this is there."""

    def there() -> bool:
        if chat.has(key) and text in written(chat.key(key)):
            return True
        chat.tick()
        return False

    until(there)


def test_what_the_form_refuses(chat: ScriptTab) -> None:
    """It stays open with what was typed, and no chat begins."""
    open_form(chat)
    for handle, said in (("", "The handle is empty."), ("no handle!", "is no handle")):
        form(chat, handle)
        assert said in chat.asks
        assert chat.field("Handle").value == handle
    form(chat, "", "File")
    assert "No file was chosen." in chat.asks
    chat.run()
    assert chat.dialog is None
    assert chat.titles() == []


@pytest.mark.usefixtures("tried_at_once")
def test_what_cannot_be_fetched(chat: ScriptTab, lab: Lab) -> None:
    open_form(chat)
    form(chat, "@nobody")
    soon(chat, "profiles", "nobody.bsky.social")
    soon(chat, "dismiss-analyses")
    assert "nobody.bsky.social" in chat.errors
    chat.click("dismiss-analyses")
    assert not chat.has("profiles")
    lab.social.fails_after = 0
    open_form(chat)
    form(chat, "a")
    soon(chat, "profiles", "does not work right now (503)")
    chat.reload()
    assert "does not work right now (503)" in chat.errors


def test_files(chat: ScriptTab, lab: Lab) -> None:
    open_form(chat)
    chat.pick("Source", "File")
    chat.fill("Name", "My posts")
    chat.field("File with posts").upload("x.csv", b"\0\1nonsense", "text/csv")
    chat.press("Analyze")
    soon(chat, "profiles", "No posts can be read from x.csv")
    open_form(chat)
    chat.pick("Source", "File")
    chat.field("File with posts").upload("<b>p.csv", CSV.encode(), "text/csv")
    chat.press("Analyze")
    soon(chat, "profile-b-p.csv", "File · 2 posts")
    assert lab.kept(chat.session_id) == ["b-p.csv"]


def test_another_tab_sees_it_come(place: SessionKey, tab: OpenScriptTab) -> None:
    chat, watching = tab(place.session_id), tab(place.session_id)
    assert watching.has("profile-b")
    open_form(chat)
    form(chat, "@a", "Bluesky")
    soon(watching, CARD_A)


def test_one_that_is_known_is_said_and_fetched_again(chat: ScriptTab, lab: Lab) -> None:
    open_form(chat)
    form(chat, "@a")
    soon(chat, CARD_A, "6 posts")
    open_form(chat)
    form(chat, "@a")
    soon(chat, "profiles", "analyzed in this chat")
    assert lab.social.requests["a"] == 2
    lab.social.add("a", posts=[{"text": "One more"}] * 7)
    chat.choose("profile-actions-a.bsky.social", "Fetch again")
    soon(chat, CARD_A, "7 posts")
    assert lab.kept(chat.session_id) == ["a.bsky.social"]


def test_removing_asks_first(place: SessionKey, tab: OpenScriptTab, lab: Lab) -> None:
    chat = tab(place.session_id)
    for button, left in (("Cancel", 3), ("Remove", 2)):
        chat.choose("profile-actions-b", "Remove")
        assert "The analysis of “b” is removed from this chat" in chat.asks
        chat.press(button)
        assert chat.dialog is None
        assert chat.text.count("Posts by weekday and hour") == left
        assert len(lab.kept(place.session_id)) == left


def test_odd_results_and_odd_handles(lab: Lab, tab: OpenScriptTab) -> None:
    """Of an older shape, or damaged: what is there is drawn."""
    place = lab.chat()
    lab.keep(place, *ODD)
    chat = tab(place.session_id)
    assert len(chat.keys("profile-actions-")) == 4
    assert "Languages: b (2)" in written(chat.key("profiles"))
    assert len(chat.key("profiles").info) == 3
    chat.send("What can you do?")
    chat.ended()
    assert "parley-offline" in written(chat.answers[-1])
    chat.click("compare")
    assert "Z (0)" in chat.tables()


def test_many_and_large_ones_are_on_pages(lab: Lab, tab: OpenScriptTab) -> None:
    place = lab.chat()
    posts = [
        {"id": str(n), "text": "x" * 280, "created_at": "2024", "likes": n} for n in range(900)
    ]
    lab.keep(place, *(result(f"n{number}", posts=posts) for number in range(12)))
    chat = tab(place.session_id)
    assert len(chat.keys("profile-actions-")) == 5
    assert chat.has("profile-n11")
    [pager] = chat.app.pagination
    chat.use(pager.set_value(3))
    assert len(chat.keys("profile-actions-")) == 2
    assert chat.has("profile-n0")
    chat.click("compare")
    assert "These are the 8 that were analyzed last." in chat.asks


def test_a_chat_that_is_deleted_elsewhere(
    place: SessionKey, tab: OpenScriptTab, parts: Runtime
) -> None:
    chat = tab(place.session_id)
    with parts.database.transaction() as db:
        sessions.trash(db, place)
    chat.choose("profile-actions-b", "Fetch again")
    assert not chat.has("profiles")
    assert "This chat is not here" in chat.errors


def test_two_accounts_without_a_key(chat: ScriptTab) -> None:
    chat.send("Analyze @a and @b, who mentions more AI tools?")
    chat.ended()
    for key in (CARD_A, "profile-b.bsky.social"):
        missing = "Products and writing style are missing. No model is"
        assert missing in written(chat.key(key))
    assert OFFLINE in written(chat.answers[-1])
    assert "Used 2 tools" in written(chat.answers[-1])
    assert "Ann A · Bluesky · 42 followers · 6 posts" in written(chat.key(CARD_A))
    chat.new_chat()
    assert chat.messages == []
    assert not chat.has("profiles")
