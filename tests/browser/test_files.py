"""Files in the composer and in the bubble: dropped, pasted, refused, and on a phone."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Route, expect

from store.database import Database
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.browser.test_looks import PHONE, fits
from tests.model_script import Call, Script, Text, calls
from tests.scripted_model import ScriptedModel
from tests.store.samples import seed

SCRIPTED = "This is a scripted answer."
CITIES = "city,price\nOslo,3\nLima,5\n"
GONE = "gone $&.txt"
# As the browser does it where somebody lets go of files, or pastes them.
HANDS = """([kind, on, files]) => {
  const dataTransfer = new DataTransfer()
  for (const [name, type, text] of files) {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
    dataTransfer.items.add(new File([bytes], name, { type }))
  }
  const about = { bubbles: true, cancelable: true, composed: true }
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...about, clipboardData: dataTransfer })
    : new DragEvent(kind, { ...about, dataTransfer })
  return document.querySelector(on).dispatchEvent(event)
}"""


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(made, "PNG")
    return made.getvalue()


def chips(chat: ChatTab) -> Locator:
    return chat.page.get_by_role("list", name="Attached files").get_by_role("listitem")


def hand(chat: ChatTab, kind: str, *files: tuple[str, str, bytes]) -> bool:
    """Whether the browser itself does with them what it does."""
    given = [[name, type_, base64.b64encode(data).decode()] for name, type_, data in files]
    is_left: bool = chat.page.evaluate(HANDS, [kind, ".stApp", given])
    return is_left


def pick(chat: ChatTab, *files: tuple[str, str, bytes]) -> None:
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(
        [{"name": name, "mimeType": type_, "buffer": data} for name, type_, data in files]
    )


def knows(chat: ChatTab, name: str, *, is_there: bool = True) -> None:
    """Waits until this tab has read what another one has kept with a draft."""
    kept = "Object.entries(localStorage).filter(([one]) => one.includes('/files/')).join()"
    chat.page.wait_for_function(
        f"([name, isThere]) => {kept}.includes(name) === isThere", arg=[name, is_there]
    )


def test_dropped_files_go_with_a_question_and_stay(tab: OpenTab, database: Database) -> None:
    [other] = seed(database, "Another")
    chat = tab()
    table = ("cities.csv", "text/csv", CITIES.encode())
    hand(chat, "dragover", table)
    expect(chat.page.get_by_text("Drop files here to attach them")).to_be_visible()
    hand(chat, "drop", table, ("notes.txt", "text/plain", b"Some notes"))
    expect(chat.page.get_by_text("Drop files here to attach them")).to_be_hidden()
    expect(chips(chat)).to_have_count(2)
    expect(chat.page.locator(".composer .hint")).to_have_text("2 files attached.")
    chat.row(other).click()
    chat.reads("Answer to Another")
    expect(chips(chat)).to_have_count(0)
    chat.page.reload()
    chat.click("new-chat")
    expect(chips(chat)).to_have_text([re.compile("cities.csv"), re.compile("notes.txt")])
    chat.page.get_by_role("button", name="Remove notes.txt").press("Enter")
    expect(chat.page.get_by_role("button", name="Remove cities.csv")).to_be_focused()
    chat.page.get_by_role("button", name="Send message").click()
    chat.reads(SCRIPTED)
    for _ in range(2):
        expect(chat.questions.last).to_contain_text("cities.csv")
        expect(chat.questions.last.get_by_test_id("stDataFrame")).to_be_visible()
        expect(chips(chat)).to_have_count(0)
        chat.page.reload()


@pytest.mark.parametrize("context_options", [PHONE])
def test_a_pasted_picture_opens_large_on_a_phone(chat: ChatTab) -> None:
    hand(chat, "paste", ("image.png", "image/png", picture()))
    expect(chips(chat)).to_have_text([re.compile("image.png")])
    expect(chat.page.get_by_role("button", name="Send message")).to_be_enabled()
    fits(chat)
    chat.page.get_by_role("button", name="Send message").tap()
    chat.reads(SCRIPTED)
    chat.ended()
    small = chat.questions.last.get_by_role("img", name="image.png")
    expect(small).to_be_visible()
    assert small.evaluate("it => it.complete && it.naturalWidth > 0")
    fits(chat)
    small.tap()
    expect(chat.dialog.get_by_role("img", name="image.png")).to_be_visible()
    expect(chat.dialog.get_by_role("button", name="Download")).to_be_visible()
    assert not hand(chat, "drop", ("notes.txt", "text/plain", b"Some notes"))
    expect(chips(chat)).to_have_count(0)


def test_what_is_refused_or_cut_loses_nothing(chat: ChatTab) -> None:
    fates = iter(["cut"])

    def cut(route: Route) -> None:
        route.abort("connectionreset") if next(fates, None) else route.continue_()

    chat.page.route("**/files?*", cut)
    pick(chat, ("notes.txt", "text/plain", b"Some notes"))
    expect(chips(chat)).to_contain_text("There is no connection to the server.")
    chat.composer.fill("Read it")
    chat.composer.press("Enter")
    expect(chat.page.locator(".composer .hint")).to_contain_text("could not be attached")
    expect(chat.composer).to_have_value("Read it")
    chat.page.get_by_role("button", name="Retry notes.txt").click()
    expect(chips(chat)).to_contain_text("10 bytes")
    pick(chat, ("odd.bin", "application/octet-stream", bytes(range(256))))
    expect(chips(chat).last).to_contain_text("cannot be read")
    expect(chat.page.get_by_role("button", name="Retry odd.bin")).to_be_hidden()
    chat.page.get_by_role("button", name="Remove odd.bin").click()
    page = {"status": 413, "content_type": "text/html", "body": "<h1>Too Large</h1>"}
    chat.page.route("**/files?*", lambda route: route.fulfill(**page))
    pick(chat, ("large.txt", "text/plain", b"Large"))
    expect(chips(chat).last).to_contain_text("too large for the server between")
    expect(chat.page.get_by_role("button", name="Attach files")).to_be_visible()
    chat.page.get_by_role("button", name="Remove large.txt").click()
    answers: Iterator[dict[str, object]] = iter(
        [{"status": 422, "json": {"error": {"code": "no", "message": "Not now.", "fix": ""}}}]
    )

    def refuse(route: Route) -> None:
        found = next(answers, None)
        route.continue_() if found is None else route.fulfill(**found)  # type: ignore[arg-type]

    chat.page.route("**/messages", refuse)
    chat.composer.press("Enter")
    expect(chat.refusal).to_contain_text("Not now.")
    expect(chat.composer).to_have_value("Read it")
    expect(chips(chat)).to_have_text([re.compile("notes.txt")])
    chat.composer.press("Enter")
    chat.reads(SCRIPTED)
    expect(chat.questions.last).to_contain_text("notes.txt")


def test_a_file_that_is_gone_is_named_and_what_is_sent_leaves_the_other_tab(tab: OpenTab) -> None:
    chat = tab()
    pick(chat, ("kept.txt", "text/plain", b"Kept words"), (GONE, "text/plain", b"Gone"))
    arrived = [re.compile("kept.txt10 bytes"), re.compile(re.escape(GONE) + "4 bytes")]
    expect(chips(chat)).to_have_text(arrived)
    kept, gone = re.compile("kept.txt10 bytes"), re.compile("gone.*It is not there any more")
    chat.composer.fill("Read them")
    other = tab()
    expect(chips(other)).to_have_count(2)
    expect(other.composer).to_have_value("Read them")
    files = f"{chat.url}/api/users/me/files"
    file_id = {one["name"]: one["file_id"] for one in chat.page.request.get(files).json()}[GONE]
    chat.page.request.delete(f"{files}/{file_id}")
    chat.composer.press("Enter")
    expect(chips(other)).to_have_count(0)
    expect(other.composer).to_have_value("")
    expect(chat.refusal).to_contain_text("There is no such file: " + GONE)
    expect(chips(chat)).to_have_text([kept, gone])
    expect(chat.composer).to_have_value("Read them")
    chat.page.reload()
    expect(chips(chat)).to_have_text([kept, gone])
    chat.composer.press("Enter")
    expect(chat.page.locator(".composer .hint.asked")).to_have_text(
        "1 file is not there any more: remove it, then send."
    )
    chat.page.get_by_role("button", name=f"Remove {GONE}").click()
    chat.composer.press("Enter")
    chat.reads(SCRIPTED)
    expect(chat.questions).to_contain_text(["kept.txt"])


def test_two_tabs_attach_to_one_draft(tab: OpenTab) -> None:
    chat, other = tab(), tab()
    pick(chat, ("one.txt", "text/plain", b"One"))
    expect(chips(chat)).to_have_text([re.compile("one.txt3 bytes")])
    knows(other, "one.txt")
    pick(other, ("two.txt", "text/plain", b"Two"))
    expect(chips(other)).to_have_text([re.compile("one.txt"), re.compile("two.txt3 bytes")])
    knows(chat, "two.txt")
    chat.page.get_by_role("button", name="Remove one.txt").click()
    expect(chips(chat)).to_have_text([re.compile("two.txt3 bytes")])
    knows(other, "one.txt", is_there=False)
    other.page.reload()
    expect(chips(other)).to_have_text([re.compile("two.txt3 bytes")])
    pick(other, ("three.txt", "text/plain", b"Three"))
    expect(chips(other)).to_have_text([re.compile("two.txt"), re.compile("three.txt5 bytes")])
    knows(chat, "three.txt")
    chat.composer.press("Enter")
    chat.reads(SCRIPTED)
    expect(chips(chat)).to_have_count(0)
    expect(chips(other)).to_have_text([re.compile("three.txt")])
    knows(other, "two.txt", is_there=False)
    pick(other, ("four.txt", "text/plain", b"Four"))
    expect(chips(other)).to_have_text([re.compile("three.txt"), re.compile("four.txt4 bytes")])


def test_an_upload_goes_along_when_its_chat_begins(chat: ChatTab) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    chat.page.route("**/messages", hold)
    chat.page.route("**/files?*", hold)
    chat.send("Hello")
    pick(chat, ("notes.txt", "text/plain", b"Some notes"))
    expect(chips(chat)).to_contain_text("notes.txt")
    chat.page.unroute("**/messages")
    held.pop(0).continue_()
    chat.reads(SCRIPTED)
    chat.ended()
    held.pop(0).continue_()
    expect(chips(chat)).to_contain_text("10 bytes")
    chat.page.get_by_role("button", name="Remove notes.txt").click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.composer).to_be_focused()


def test_the_first_minute_with_the_example_table(
    chat: ChatTab, model: ScriptedModel, other: BrowserContext
) -> None:
    query = {"sql": 'SELECT city, avg(price) AS price FROM "cafe_sales" GROUP BY city'}
    draw = {"query_id": "", "kind": "bar", "x": "city", "y": "price"}
    model.queue(
        calls(Call("query_table", json.dumps(query))),
        calls(Call("draw_chart", json.dumps(draw))),
        Script([Text("Here it is.")]),
    )
    chat.page.get_by_role("combobox", name="Persona").click()
    chat.page.get_by_role("option", name="Data Analyst").click()
    chat.click("load-example")
    expect(chips(chat)).to_have_text([re.compile("cafe_sales.csv")])
    chat.key("starters").locator("button").first.click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.answers.last).to_contain_text("Here it is.")
    expect(chat.questions).to_have_count(1)
    expect(chat.questions).to_contain_text(["cafe_sales.csv"])
    elsewhere = ChatTab(other.new_page(), chat.url)
    elsewhere.open(chat.session_id)
    for one in (chat, elsewhere):
        expect(one.answers.get_by_test_id("stDataFrame")).to_be_visible()
        expect(one.answers.get_by_test_id("stVegaLiteChart")).to_be_visible()
        expect(one.keys("result-")).to_have_count(2)
        one.ended()


def test_a_page_without_the_api_says_how_it_takes_files(chat: ChatTab) -> None:
    chat.page.route("**/api/**", lambda route: route.fulfill(status=404, body="Nothing here"))
    hand(chat, "drop", ("notes.txt", "text/plain", b"Some notes"))
    expect(chips(chat)).to_contain_text("choose files with Attach files")
    chat.page.get_by_role("button", name="Remove notes.txt").click()
    hand(chat, "drop", ("notes.txt", "text/plain", b"Some notes"))
    expect(chat.refusal).to_contain_text("choose files with Attach files")
    expect(chips(chat)).to_have_count(0)
