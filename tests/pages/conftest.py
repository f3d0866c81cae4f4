"""Parley's parts, shared by the tests of a module, and tabs on them without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from chat import runtime
from chat.config import Settings
from chat.people.throttle import Throttle
from chat.runtime import Runtime
from chat.ui.chat import live
from tests.databases import emptied
from tests.ifixit_server import IFixit
from tests.lab import Lab
from tests.logins import cookie_of
from tests.pages.fragments import FragmentTest
from tests.pages.script_tab import ScriptTab
from tests.scripted_model import ScriptedModel
from tests.social_server import SocialServer
from tests.waiting import until

OpenPage = Callable[..., FragmentTest]
OpenScriptTab = Callable[..., ScriptTab]


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of the page draws for long at an answer that a test holds back."""
    monkeypatch.setattr(live, "FIRST_SECONDS", 0.1)


@pytest.fixture(scope="module")
def shared_url(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite file of this module's own."""
    return f"sqlite:///{shutil.copy(str(sqlite_template), tmp_path_factory.mktemp('pages'))}"


@pytest.fixture(scope="module")
def settings(shared_url: str) -> Settings:
    """No login, no endpoint, no key; modules have their own."""
    return Settings(database_url=shared_url, find_local_servers=False)


@pytest.fixture(scope="module")
def scripted(shared_url: str, model_server: ScriptedModel) -> Settings:
    """With the scripted model, for modules whose ``settings`` are these."""
    return Settings(
        database_url=shared_url, find_local_servers=False, openai_base_url=model_server.base_url
    )


@pytest.fixture(scope="module")
def walled(shared_url: str) -> Settings:
    """With passwords, and no endpoint, for such modules."""
    return Settings(database_url=shared_url, find_local_servers=False, auth="password")


@pytest.fixture(scope="module")
def scripted_walled(scripted: Settings) -> Settings:
    """With both, for such modules."""
    return scripted.model_copy(update={"auth": "password"})


@pytest.fixture(scope="session")
def social() -> Iterator[SocialServer]:
    """In place of all social media."""
    with SocialServer() as running:
        yield running


@pytest.fixture(scope="session")
def ifixit() -> Iterator[IFixit]:
    """In place of iFixit."""
    with IFixit() as running:
        yield running


@pytest.fixture(scope="module")
def shared_parts(settings: Settings) -> Iterator[Runtime]:
    parts = runtime.start(settings)
    assert parts.settings is settings, "one of another test still runs"
    if settings.openai_base_url:
        until(lambda: parts.provider.status().models)
    yield parts
    runtime.stop()


@pytest.fixture
def parts(shared_parts: Runtime) -> Runtime:
    """The parts, as on an empty database: nobody was here, nothing was tried."""
    emptied(shared_parts.database)
    object.__setattr__(shared_parts.accounts, "throttle", Throttle())  # a frozen one
    return shared_parts


@pytest.fixture
def lab(parts: Runtime, social: SocialServer, ifixit: IFixit) -> Iterator[Lab]:
    """What the parts ask, if their settings say so; at the end nothing is held."""
    made = Lab(social, ifixit, parts.database)
    made.emptied()
    yield made
    made.let_go()


@pytest.fixture
def tab(parts: Runtime, model: ScriptedModel) -> OpenScriptTab:
    """Opens tabs: ``tab()``, ``tab("session id")``, ``tab(page="settings")``, of somebody."""

    def opened(
        session_id: str = "", *, page: str = "", username: str = "", **address: str
    ) -> ScriptTab:
        login = cookie_of(parts.identities, username) if username else ""
        made = ScriptTab(session_id, login=login, **address)
        if page:
            made.go(page)
        return made

    return opened


@pytest.fixture
def opened(tab: OpenScriptTab) -> OpenPage:
    """The script after its first run: ``opened()``, ``opened("session id")``."""

    def run(session_id: str = "", *, page: str = "") -> FragmentTest:
        return tab(session_id, page=page.removesuffix("_page.py")).app

    return run
