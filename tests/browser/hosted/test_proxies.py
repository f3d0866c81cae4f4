"""A stranger's first visit behind the README's proxies, over https, in a frame and not."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, expect
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from chat.people.guests import GUEST_COOKIE
from tests.browser.chat_tab import ChatTab, gated
from tests.browser.hosted.conftest import NAME, Framed, Hosted
from tests.browser.hosted.proxies import caddy, nginx
from tests.browser.house import COOKIE, House, Visitor
from tests.scripted_model import ScriptedModel
from tests.store.samples import PASSWORD
from tests.waiting import until

Cookie = tuple[str | None, bool | None, bool]
pytestmark = pytest.mark.parametrize(
    "hosted", [nginx, caddy], ids=["nginx", "caddy"], indirect=True
)


def streams(chat: ChatTab, model: ScriptedModel) -> None:
    """What is written is seen before it is whole."""
    script, [gate] = gated(3, 3)
    model.queue(script)
    chat.composer.fill("Hello")
    chat.composer.press("Enter")
    chat.reads("w0 w1 w2")
    gate.opened.set()
    chat.reads("w0 w1 w2 w3 w4 w5")


def kept(context: BrowserContext, name: str) -> list[Cookie]:
    """How the browser has a cookie."""
    found = [one for one in context.cookies() if one["name"] == name]
    return [(one["sameSite"], one["secure"], "partitionKey" in one) for one in found]


def test_a_guest(hosted: Hosted, visitors: list[BrowserContext], model: ScriptedModel) -> None:
    """It streams, stays over a refresh, and nobody else sees it."""
    chat = ChatTab(visitors[0].new_page(), hosted.demo)
    chat.open()
    expect(chat.page).to_have_title(NAME)
    assert chat.page.get_by_test_id("stSidebarLogo").evaluate("one => one.naturalWidth") == 20
    streams(chat, model)
    chat.page.reload()
    chat.reads("w0 w1 w2 w3 w4 w5")
    assert kept(visitors[0], GUEST_COOKIE) == [("None", True, True)]
    other = ChatTab(visitors[1].new_page(), hosted.demo)
    other.open(chat.session_id)
    expect(other.messages).to_have_count(0)
    expect(other.titles()).to_have_count(0)


def test_a_guest_in_a_frame(
    hosted: Hosted, visitors: list[BrowserContext], around: str, model: ScriptedModel
) -> None:
    """Of another site that may; a guest there is another one than outside."""
    framed = Framed(visitors[0].new_page(), around, hosted.demo)
    framed.load()
    streams(framed, model)
    framed.load()
    framed.frame.get_by_role("option", name="Hello").click()
    framed.reads("w0 w1 w2 w3 w4 w5")
    assert {one["name"] for one in visitors[0].cookies()} == {GUEST_COOKIE, XSRF_COOKIE_NAME}
    for name in (GUEST_COOKIE, XSRF_COOKIE_NAME):
        assert kept(visitors[0], name) == [("None", True, True)]
    outside = ChatTab(visitors[0].new_page(), hosted.demo)
    outside.open()
    expect(outside.titles()).to_have_count(0)


def test_a_login_in_a_frame_and_outside(
    hosted: Hosted,
    walled: House,
    visitors: list[BrowserContext],
    around: str,
    model: ScriptedModel,
    request: pytest.FixtureRequest,
) -> None:
    """It streams, lasts, shows one's own only, and leaves nothing once it is over."""
    context, name = visitors[0], request.node.callspec.id
    walled.add(f"dora-{name}", "Of Dora")
    walled.add(name, "Kept")
    framed = Framed(context.new_page(), around, hosted.house)
    field = framed.frame.get_by_label("Username")

    def titles(*wanted: str) -> Locator:
        rows = framed.frame.get_by_role("option")
        expect(rows.locator(".title bdi")).to_have_text(list(wanted))
        return rows

    def log_out() -> None:
        framed.frame.get_by_role("button", name="Log out").click()
        expect(field).to_be_visible()
        until(lambda: not kept(context, COOKIE))

    framed.load()
    field.fill(name)
    framed.frame.get_by_label("Password", exact=True).fill(PASSWORD)
    framed.frame.get_by_role("button", name="Login", exact=True).click()
    until(lambda: kept(context, COOKIE) == [("None", True, True)])
    streams(framed, model)
    framed.load()
    titles("Hello", "Kept").first.click()
    framed.reads("w0 w1 w2 w3 w4 w5")
    log_out()
    outside = Visitor(framed.page, hosted.house)
    outside.go()
    outside.log_in(name)
    until(lambda: kept(context, COOKIE) == [("Strict", True, False)])
    outside.sees("Hello", "Kept")
    streams(outside, model)
    outside.page.reload()
    outside.reads("w0 w1 w2 w3 w4 w5")
    framed.page.goto(f"{hosted.house}/api/health")
    framed.load()
    titles("Hello", "Hello", "Kept")
    log_out()
