"""A stranger's first visit behind the README's proxies, over https."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from chat.people.guests import GUEST_COOKIE
from tests.browser.chat_tab import ChatTab, gated
from tests.browser.conftest import USUAL
from tests.browser.hosted.proxies import caddy, nginx, running
from tests.browser.house import COOKIE, Visitor, opened_house
from tests.model_script import Script, Text
from tests.processes import SOON, Server
from tests.scripted_model import ScriptedModel
from tests.store.samples import PASSWORD
from tests.waiting import until

BEHIND = {"PARLEY_AUTH": "guest", "PARLEY_TRUSTED_PROXIES": "127.0.0.1"}
NAME = "Ask the library"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>'
FRAME = "<iframe src='{}' width='1200' height='700'></iframe>"


def origin(model_server: ScriptedModel) -> str:
    """Another site, which may show Parley in a frame."""
    return model_server.base_url.removesuffix("/v1")


@pytest.fixture(scope="module")
def demo(model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For guests, who come through a proxy."""
    folder = tmp_path_factory.mktemp("demo")
    environment = (
        SOON
        | BEHIND
        | {"OPENAI_BASE_URL": model_server.base_url, "PARLEY_FRAME_ANCESTORS": origin(model_server)}
        | {"PARLEY_NAME": NAME, "PARLEY_LOGO": str(folder / "logo.svg")}
    )
    (folder / "logo.svg").write_text(LOGO)
    with Server(folder, environment) as server:
        yield server
    assert "Traceback" not in server.log


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def address(
    request: pytest.FixtureRequest, demo: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where it is reached."""
    folder: Path = tmp_path_factory.mktemp("proxy")
    with running(request.param, folder, demo.url.removeprefix("http://")) as url:
        yield url


@pytest.fixture
def visitors(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Two browsers."""
    made = [browser.new_context(**USUAL, ignore_https_errors=True) for _ in range(2)]
    yield made
    for context in made:
        context.close()


def test_a_first_visit(address: str, visitors: list[BrowserContext], model: ScriptedModel) -> None:
    """It streams, stays over a refresh, and nobody else sees it."""
    script, [gate] = gated(3, 3)
    model.queue(script)
    chat = ChatTab(visitors[0].new_page(), address)
    chat.open()
    expect(chat.page).to_have_title(NAME)
    assert chat.page.get_by_test_id("stSidebarLogo").evaluate("one => one.naturalWidth") == 20
    chat.send("Hello")
    chat.reads("w0 w1 w2")
    gate.opened.set()
    chat.reads("w0 w1 w2 w3 w4 w5")
    chat.page.reload()
    chat.reads("w0 w1 w2 w3 w4 w5")
    [cookie] = [one for one in visitors[0].cookies() if one["name"] == GUEST_COOKIE]
    assert cookie["secure"]
    other = ChatTab(visitors[1].new_page(), address)
    other.open(chat.session_id)
    expect(other.messages).to_have_count(0)
    expect(other.titles()).to_have_count(0)


def test_in_a_frame(
    address: str, visitors: list[BrowserContext], model_server: ScriptedModel, model: ScriptedModel
) -> None:
    """Of another site that may; a guest there is another one than outside."""
    page = visitors[0].new_page()
    page.goto(f"{model_server.base_url}/models")
    page.set_content(FRAME.format(address))
    framed = page.frame_locator("iframe")
    composer = framed.get_by_role("textbox", name="Message", exact=True)
    model.queue(Script([Text("Hello in a frame")]))
    composer.fill("Hello")
    composer.press("Enter")
    said = framed.get_by_test_id("stChatMessage")
    expect(said.last).to_contain_text("Hello in a frame")
    page.set_content(FRAME.format(address))
    framed.get_by_role("option", name="Hello").click()
    expect(said.last).to_contain_text("Hello in a frame")
    cookies = visitors[0].cookies()
    assert {one["name"] for one in cookies} == {GUEST_COOKIE, XSRF_COOKIE_NAME}
    assert {(one["sameSite"], one["secure"]) for one in cookies} == {("None", True)}
    assert all(one.get("partitionKey") for one in cookies)
    outside = ChatTab(visitors[0].new_page(), address)
    outside.open()
    expect(outside.titles()).to_have_count(0)


def test_a_login_in_a_frame(
    visitors: list[BrowserContext], model_server: ScriptedModel, tmp_path: Path
) -> None:
    """It lasts, and once it is over nothing of it is kept, wherever it began."""
    context, page = visitors[0], visitors[0].new_page()
    framed = page.frame_locator("iframe")
    kept, name = framed.get_by_role("option", name="Kept"), framed.get_by_label("Username")
    (folder := tmp_path / "proxy").mkdir()
    named = {"PARLEY_TRUSTED_PROXIES": "127.0.0.1", "PARLEY_FRAME_ANCESTORS": origin(model_server)}

    def logins() -> list[tuple[str | None, bool | None, bool]]:
        found = [one for one in context.cookies() if one["name"] == COOKIE]
        return [(one["sameSite"], one["secure"], "partitionKey" in one) for one in found]

    def log_out() -> None:
        expect(kept).to_be_visible()
        framed.get_by_role("button", name="Log out").click()
        expect(name).to_be_visible()
        until(lambda: not logins())

    with (
        opened_house(tmp_path, model_server, named) as house,
        running(caddy, folder, house.server.url.removeprefix("http://")) as address,
    ):
        house.add("carol", "Kept")
        page.goto(f"{model_server.base_url}/models")
        page.set_content(FRAME.format(address))
        name.fill("carol")
        framed.get_by_label("Password", exact=True).fill(PASSWORD)
        framed.get_by_role("button", name="Login", exact=True).click()
        until(lambda: logins() == [("None", True, True)])
        page.set_content(FRAME.format(address))
        log_out()
        outside = Visitor(page, address)
        outside.go()
        outside.log_in("carol")
        until(lambda: logins() == [("Strict", True, False)])
        page.goto(f"{address}/api/health")
        page.set_content(FRAME.format(address))
        log_out()
