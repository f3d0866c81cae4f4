"""What was on screen before is gone with the first word of an answer that is being written."""

from __future__ import annotations

from playwright.sync_api import expect

from store.database import Database
from store.users import LOCAL_USER
from tests.browser.chat_tab import ChatTab, gated, words
from tests.browser.conftest import OpenTab
from tests.scripted_model import ScriptedModel
from tests.store.samples import chain, make

SEEN_TOGETHER = """([before, after]) => {
  window.seen = [0, false]  // frames with both, and whether the second was there
  const look = () => {
    const text = document.querySelector('[data-testid="stMain"]').innerText
    const isThere = text.includes(after)
    seen[0] += isThere && text.includes(before)
    seen[1] ||= isThere
    requestAnimationFrame(look)
  }
  look()
}"""
GREETING = "What would you like to talk about?"
NEVER, SEEN = 0, True


def test_the_greeting(chat: ChatTab, model: ScriptedModel) -> None:
    script, [gate] = gated(4, 4)
    model.queue(script)
    expect(chat.page.get_by_text(GREETING)).to_be_visible()
    chat.page.evaluate(SEEN_TOGETHER, [GREETING, words(4)])
    chat.send("Count")
    chat.reads(words(4))
    assert chat.page.evaluate("seen") == [NEVER, SEEN]
    gate.opened.set()
    chat.ended()


def test_another_chat(
    chat: ChatTab, tab: OpenTab, database: Database, model: ScriptedModel
) -> None:
    script, [gate] = gated(4, 4)
    model.queue(script)
    chat.send("Count")
    chat.reads(words(4))
    with database.transaction() as db:
        place = make(db, LOCAL_USER, title="Another")
        chain(db, place, 8)
    other = tab(place.session_id)
    other.reads("text 8")
    other.page.evaluate(SEEN_TOGETHER, ["text 8", words(4)])
    other.row(chat.session_id).click()
    other.reads(words(4))
    assert other.page.evaluate("seen") == [NEVER, SEEN]
    gate.opened.set()
    other.ended()
