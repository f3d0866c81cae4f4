"""A shared chat in the browsers of those who have its link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chat.people.hashing import hashed, password_hash
from store import sessions, shares
from store.database import Database
from store.share_values import NewShare
from store.types import utc_now
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.browser.house import Complaints, House, Visitor
from tests.store.samples import seed

GONE = "This link leads nowhere"
PASSWORD = "sesame, open"


@pytest.fixture
def console_errors() -> list[str]:
    return Complaints()


def test_it_shows_what_the_preview_showed_until_it_is_revoked(
    tab: OpenTab, database: Database, other: BrowserContext
) -> None:
    [session_id] = seed(database, "Chains")
    chat = tab(session_id)
    chat.act_on(session_id, "Share")
    preview = chat.key("share-preview")
    expect(preview.get_by_test_id("stChatMessage")).to_have_count(2)
    chat.click("share-create")
    link = chat.key("share-link").locator("code")
    expect(link).to_contain_text("/share/")
    shown = preview.inner_text()
    theirs = reading(other, link.inner_text())
    expect(theirs.messages).to_have_count(2)
    expect(theirs.page).to_have_title("Chains · Parley")
    expect(theirs.key("share-continue")).to_contain_text("Continue in my own chat")
    main = theirs.page.get_by_role("main")
    read, offer = main.inner_text().split(), ["fork_right", "Continue", "in", "my", "own", "chat"]
    assert read == [*shown.split(), *offer]
    expect(theirs.sidebar).to_have_count(0)
    asked: list[dict[str, str]] = []
    theirs.page.on("request", lambda request: asked.append(request.headers))
    theirs.page.reload()
    expect(theirs.messages).to_have_count(2)
    assert asked
    assert not [one for one in asked if "/share" in one.get("referer", "")]
    chat.keys("revoke-share-").get_by_role("button").click()
    expect(theirs.page.get_by_text(GONE)).to_be_visible()
    expect(theirs.messages).to_have_count(0)


def test_behind_a_login_and_a_password_it_goes_on_in_ones_own_chat(
    house: House, other: BrowserContext
) -> None:
    hers, _ = house.add("susan", "Of Susan"), house.add("tom", "Of Tom")
    with house.database.transaction() as db:
        [listed] = sessions.recent(db, user_id=hers.id)
        key = SessionKey(hers.id, listed.session_id)
        new = NewShare(
            mode="live",
            expires_at=utc_now() + timedelta(days=1),
            password_hash=password_hash(PASSWORD, 4),
        )
        shares.create(db, key, new=new, token_hash=hashed("of-susan"))
    tom = Visitor(other.new_page(), house.server.url)
    tom.go("share/of-susan")
    tom.sees_only_the_login()
    tom.log_in("tom")
    tom.fill("Password of the link", PASSWORD)
    tom.press("Open")
    tom.reads("Answer to Of Susan")
    expect(tom.sidebar).to_have_count(0)
    tom.press("Continue in my own chat")
    tom.sees("Of Susan", "Of Tom")
    tom.reads("Answer to Of Susan")
    expect(tom.composer).to_be_editable()
    assert tom.session_id not in ("", key.session_id)
    tom.page.reload()
    tom.sees("Of Susan", "Of Tom")


def reading(context: BrowserContext, link: str) -> ChatTab:
    """A browser without cookies that opens a link."""
    page: Page = context.new_page()
    page.goto(link)
    return ChatTab(page, link)
