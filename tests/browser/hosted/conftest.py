"""A Parley for guests and one with passwords, which proxies and frames of another site reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.chat_tab import ChatTab
from tests.browser.conftest import KEEPS_NOTHING, TIMEOUT_MS, Profiles
from tests.browser.hosted.proxies import Make, running
from tests.browser.house import House, opened_house
from tests.processes import SOON, Server, free_port
from tests.scripted_model import ScriptedModel

NAME = "Ask the library"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>'
FRAME = "<iframe src='{}' width='1200' height='700'></iframe>"
COMMUNITY_CLOUD = {
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "false",
    "STREAMLIT_RUNNER_FAST_RERUNS": "true",
    "STREAMLIT_SERVER_RUN_ON_SAVE": "true",
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "true",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
}
"""What this host sets, as its documentation says, whatever ``config.toml`` says."""
ANY_CERTIFICATE = {"ignore_https_errors": True}


@dataclass(frozen=True)
class Hosted:
    """Where a proxy passes on to the two."""

    demo: str
    house: str


class Framed(ChatTab):
    """A tab in which a page of another site shows Parley."""

    def __init__(self, page: Page, around: str, url: str) -> None:
        super().__init__(page, url)
        self.frame: FrameLocator = page.frame_locator("iframe")
        self.composer = self.frame.get_by_role("textbox", name="Message", exact=True)
        self.messages = self.frame.get_by_test_id("stChatMessage")
        self.answers = self.messages.filter(
            has=self.frame.get_by_label("Chat message from assistant")
        )
        page.goto(around)

    def load(self) -> None:
        """The frame, anew."""
        self.page.set_content(FRAME.format(self.url))


@pytest.fixture(scope="package")
def around(model_server: ScriptedModel) -> str:
    """A page of the other site, which may show Parley in a frame."""
    return f"{model_server.base_url}/models"


@pytest.fixture(scope="package")
def behind(around: str) -> dict[str, str]:
    """What is set for all that comes through a proxy, and into frames."""
    origin = "/".join(around.split("/")[:3])
    return {"PARLEY_TRUSTED_PROXIES": "127.0.0.1", "PARLEY_FRAME_ANCESTORS": origin}


@pytest.fixture(scope="package")
def demo(
    model_server: ScriptedModel, behind: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """For guests, with Streamlit's options as a host may set them."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {
        **{"PARLEY_AUTH": "guest", "OPENAI_BASE_URL": model_server.base_url},
        **{"PARLEY_NAME": NAME, "PARLEY_LOGO": str(folder / "logo.svg")},
    }
    (folder / "logo.svg").write_text(LOGO)
    with Server(folder, SOON | behind | COMMUNITY_CLOUD | environment) as server:
        yield server
    assert "Traceback" not in server.log


@pytest.fixture(scope="package")
def walled(
    model_server: ScriptedModel, behind: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """With passwords."""
    more = behind | {"PARLEY_SHARING": "public"}
    with opened_house(tmp_path_factory.mktemp("walled"), model_server, more) as house:
        yield house


@pytest.fixture(scope="package")
def sites(demo: Server, walled: House) -> dict[int, str]:
    """Ports for both: one proxy after the other, so that browsers know what they have loaded."""
    return {free_port(): one.url.removeprefix("http://") for one in (demo, walled.server)}


@pytest.fixture(scope="module")
def hosted(
    request: pytest.FixtureRequest, sites: dict[int, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosted]:
    """Both behind the proxy that is the parameter."""
    make: Make = request.param
    with running(make, tmp_path_factory.mktemp("proxy"), sites) as urls:
        yield Hosted(*urls)


@pytest.fixture
def visitors(profiles: Profiles) -> Iterator[list[BrowserContext]]:
    """Two browsers, in which nobody is known."""
    found = [profiles.of(ANY_CERTIFICATE, another=another) for another in (False, True)]
    for context in found:
        context.set_default_timeout(TIMEOUT_MS)
    yield found
    for context in found:
        for page in context.pages[1:]:
            for frame in page.frames:
                with suppress(PlaywrightError):  # it may be closed, or on no page at all
                    frame.evaluate(KEEPS_NOTHING)
            page.close()
        context.clear_cookies()
