"""Behind a host that passes Streamlit's own addresses only: what works, and what says it does not.

All of ``/api`` is answered with 404.
"""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, expect

from chat.people.guests import GUEST_COOKIE
from tests.browser.chat_tab import ChatTab
from tests.browser.hosted.conftest import Hosted
from tests.browser.hosted.proxies import pages_only, unchecked
from tests.browser.hosted.test_proxies import kept, streams
from tests.browser.house import COOKIE, House, Visitor
from tests.chat.transfer import exports
from tests.scripted_model import ScriptedModel
from tests.waiting import until

pytestmark = pytest.mark.parametrize("hosted", [pages_only], ids=["pages"], indirect=True)

NOTES = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Some notes\n"}
EMPTY = {"name": "nothing.txt", "mimeType": "text/plain", "buffer": b""}
CHATS = {
    "name": "conversations.json",
    "mimeType": "application/json",
    "buffer": json.dumps([exports.chatgpt()]).encode(),
}


def attach(chat: ChatTab) -> None:
    """Through the page's own field; what cannot be read is named.

    The dialog stays, though the page notes meanwhile that the answer's end was seen.
    """
    chat.page.get_by_role("button", name="Attach files").click()
    chat.dialog.locator("input[type=file]").set_input_files([NOTES, EMPTY])  # type: ignore[list-item]
    chat.dialog.get_by_role("button", name="Attach", exact=True).click()
    expect(chat.dialog).to_contain_text("nothing.txt:")
    chat.page.keyboard.press("Escape")
    chips = chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")
    expect(chips).to_contain_text(["notes.txt"])


def test_a_guest(hosted: Hosted, visitors: list[BrowserContext], model: ScriptedModel) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{hosted.demo}/api/health", context=unchecked())
    assert refused.value.code == 404
    refused.value.close()
    chat = ChatTab(visitors[0].new_page(), hosted.demo)
    chat.open()
    assert kept(visitors[0], GUEST_COOKIE) == [("None", True, True)]
    streams(chat, model)
    attach(chat)
    chat.ask("What is in it?")
    expect(chat.questions.last).to_contain_text("notes.txt")
    chat.page.reload()
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("notes.txt")


def test_somebody_with_a_password(
    hosted: Hosted, walled: House, visitors: list[BrowserContext], model: ScriptedModel
) -> None:
    walled.add("percy", "Kept")
    chat = Visitor(visitors[0].new_page(), hosted.house)
    chat.go()
    chat.log_in("percy")
    until(lambda: kept(visitors[0], COOKIE) == [("Strict", True, False)])
    streams(chat, model)
    chat.act_on(chat.session_id, "Share")
    chat.click("share-create")
    link = chat.key("share-link").locator("code")
    expect(link).to_contain_text("/share")
    theirs = ChatTab(visitors[1].new_page(), hosted.house)
    theirs.page.goto(link.inner_text())
    expect(theirs.messages).to_have_count(2)
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    chat.page.get_by_role("link", name="Manage sessions").click()
    expect(chat.page.get_by_role("heading", name="Manage sessions")).to_be_visible()
    chat.page.get_by_role("link", name="Import chats").click()
    field = chat.key("import-file")
    expect(field).to_contain_text("per file")
    field.locator("input[type=file]").set_input_files(CHATS)  # type: ignore[arg-type]
    expect(chat.key("import-counted")).to_contain_text("From ChatGPT")
    chat.click("import-start")
    expect(chat.key("import-result")).to_contain_text("The import is done")
    chat.page.get_by_role("link", name="Settings").click()
    expect(chat.key("without-api")).to_contain_text("API tokens")
    chat.log_out()
    until(lambda: not kept(visitors[0], COOKIE))
