"""A phone, dark mode, and hostile text: all of it can be used and read, none of it does harm."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from store import messages, sessions
from store.database import Database
from store.users import LOCAL_USER
from store.values import SessionKey
from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import OpenTab
from tests.model_script import Script, Text
from tests.scripted_model import ScriptedModel
from tests.store.samples import seed
from tests.waiting import until

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
HOSTILE = (
    "<script>document.title = 'hit'</script> <img src=x onerror=\"document.title='hit'\">"
    " <b>bold</b> $5 and $10 :red[no] :tada: \\(x\\)\n\n"
    "![picture](http://203.0.113.7/pixel.png) [link](javascript:alert(1))\n\n"
    "שלום עולם \u202eevil\u202c 👩‍👩‍👧‍👦 \u0000".rstrip("\u0000")
    + "\n\n```html\n<script>alert(1)</script>\n```\n  trailing  \n\n"
)
BIG = "".join(f"{number:06} wörd " + "<b> $ ü🎉\n" * (number % 90 == 0) for number in range(80_000))
# As pasting does it; Playwright's `fill` types the lines one by one.
PASTE = """(box, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, text)
    box.dispatchEvent(new Event('input', {bubbles: true}))
}"""


def fits(chat: ChatTab) -> None:
    """Nothing is wider than the screen."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(wide) <= 0
    main = chat.page.get_by_role("main")
    assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0


@pytest.mark.parametrize("context_options", [PHONE])
def test_a_phone(tab: OpenTab, database: Database, model: ScriptedModel) -> None:
    (other,) = seed(database, "The other chat with quite a long name that has to be cut")
    chat = tab()
    expect(chat.row(other)).not_to_be_in_viewport()
    fits(chat)
    chat.ask(
        "Does it fit? " + "long" * 40 + " [[tokens=120]]", " ".join(map("w{}".format, range(120)))
    )
    fits(chat)
    expect(chat.composer).to_be_in_viewport()
    chat.page.get_by_test_id("stExpandSidebarButton").tap()
    expect(chat.row(other)).to_be_in_viewport()
    fits(chat)
    chat.row(other).tap()
    chat.reads("Answer to The other chat with quite a long name that has to be cut")
    expect(chat.answers.last).to_be_in_viewport()
    expect(chat.row(other)).not_to_be_in_viewport()
    expect(chat.composer).to_be_in_viewport()
    table = "| a | b | c |\n|---|---|---|\n" + f"| {'some words ' * 9} " * 3 + "|"
    code = f"```python\n{'x = ' * 60}1\n```"
    address = "https://a.invalid/" + "long" * 40
    model.queue(Script([Text(f"{table}\n\n{code}\n\n{address}\n\n{'y' * 200}\n\nThe end.")]))
    chat.send("Show me something wide")
    expect(chat.answers.last).to_contain_text("The end.")
    chat.ended()
    fits(chat)
    for name in ("Regenerate", "Good answer", "Bad answer", "Message actions"):
        expect(chat.answers.last.get_by_role("button", name=name)).to_be_in_viewport()


def contrast(element: Locator) -> float:
    """The contrast of an element's text with what is behind it, as WCAG counts it.

    0 for what is drawn anew at this very moment.
    """
    ratio: float = element.evaluate(
        """it => {
            if (!it.isConnected) return 0
            const parse = css => css.match(/[\\d.]+/g).map(Number)
            const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
                .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0)
            let behind = [255, 255, 255]
            const layers = []
            let fade = 1
            for (let at = it; at; at = at.parentElement ?? at.getRootNode().host) {
                fade *= Number(getComputedStyle(at).opacity)
                const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor)
                layers.push([r, g, b, a])
            }
            for (const [r, g, b, a] of layers.reverse())
                behind = behind.map((v, at) => v * (1 - a) + [r, g, b][at] * a)
            const [r, g, b, a = 1] = parse(getComputedStyle(it).color)
            const text = behind.map((v, at) => v * (1 - a * fade) + [r, g, b][at] * a * fade)
            const [low, high] = [light(text), light(behind)].sort((x, y) => x - y)
            return (high + 0.05) / (low + 0.05)
        }"""
    )
    return ratio


def test_legible(chat: ChatTab, model: ScriptedModel) -> None:
    model.queue(
        Script([Text("Text and `code`.\n\n```python\nx = 1\n```\n\n[link](https://a.invalid)")])
    )
    chat.send("Look at me")
    expect(chat.answers.last).to_contain_text("link")
    chat.ended()
    model.queue(Script(status=500, body={"error": {"message": "No."}}))
    chat.send("Fail")
    expect(chat.errors).to_be_visible()
    chat.ended()
    texts = [
        chat.questions.first.locator("p").first,
        chat.answers.first.locator("p").first,
        chat.answers.first.locator("p code"),
        chat.answers.first.locator("a"),
        chat.errors.locator("p").first,
        chat.titles().first,
        chat.sidebar.get_by_text("Today", exact=True),
        chat.page.get_by_role("button", name="Retry").locator("p"),
    ]
    app = chat.page.locator(".stApp")
    for scheme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 25, 26)")):
        chat.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(app).to_have_css("background-color", colour)
        for text in texts:
            until(lambda text=text: contrast(text) >= 4.5)  # type: ignore[misc]
    for icon in chat.answers.last.get_by_role("img").all():
        assert icon.evaluate("it => it.complete && it.naturalWidth > 0")


def stored(database: Database, session_id: str) -> list[str]:
    place = SessionKey(LOCAL_USER, session_id)
    with database.reading() as db:
        leaf = sessions.get(db, place).active_leaf_id
        return [m.content for m in messages.window(db, place, leaf_id=leaf, limit=10)]


def test_hostile_text(chat: ChatTab, model: ScriptedModel, database: Database) -> None:
    model.queue(Script([Text(part) for part in re.findall(".{1,7}", HOSTILE, re.DOTALL)]))
    chat.send(HOSTILE)
    for message in (chat.questions.last, chat.answers.last):
        expect(message).to_contain_text("<script>document.title = 'hit'</script>")
        expect(message).to_contain_text("<b>bold</b> $5 and $10 :red[no] :tada:")
        expect(message).to_contain_text("שלום עולם")
        expect(message).to_contain_text("👩‍👩‍👧‍👦")
        expect(message.locator("pre")).to_have_text("<script>alert(1)</script>")
    chat.ended()
    expect(chat.page.locator("img[src^='http://203']")).to_have_count(0)
    expect(chat.page.locator("a[href^='javascript' i]")).to_have_count(0)
    assert chat.page.title() != "hit"
    asked, answered = stored(database, chat.session_id)
    assert asked.rstrip() == HOSTILE.rstrip()
    assert answered == HOSTILE
    assert model.requests[-1].body["messages"][-1]["content"] == asked
    expect(chat.row(chat.session_id)).to_contain_text("<script>document.title")
    expect(chat.heading).to_contain_text("<script>document.title")


def test_a_megabyte(chat: ChatTab, model: ScriptedModel, database: Database) -> None:
    assert len(BIG.encode()) > 1_000_000
    step = 20_000
    parts = [Text(BIG[at : at + step]) for at in range(0, len(BIG), step)]
    model.queue(Script(parts))
    chat.composer.evaluate(PASTE, BIG)
    chat.composer.press("Enter")
    expect(chat.answers.last).to_contain_text("the first 100,000 are shown", timeout=30_000)
    chat.ended()
    expect(chat.questions.last).to_contain_text("000000 wörd <b> $ ü🎉")
    assert [text.strip() for text in stored(database, chat.session_id)] == [BIG.strip()] * 2
    with chat.page.expect_download() as download:
        chat.answers.last.get_by_role("button", name="Download all of it").click()
    path = download.value.path()
    assert path.read_text(encoding="utf-8") == BIG
    chat.ask("Still usable?")
