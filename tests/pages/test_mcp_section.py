"""The MCP servers on the settings page: who sees what, and trying again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from chat import runtime
from chat.agent.mcp import server as mcp_server
from chat.agent.mcp.servers import McpServers
from chat.config import Settings
from chat.people import identity
from chat.runtime import Runtime
from tests.mcp_stage import TIME, shell
from tests.pages.conftest import OpenPage
from tests.waiting import until

Serve = Callable[[dict[str, Any]], McpServers]


@pytest.fixture
def serve(parts: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Connects to servers in a thread of its own, as the page's process would."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made: list[McpServers] = []

    def connect(servers: dict[str, Any]) -> McpServers:
        mcp = McpServers(Settings.model_validate({"mcp": servers}))
        made.append(mcp)
        monkeypatch.setattr(runtime, "_current", replace(parts, mcp=mcp))
        asyncio.run_coroutine_threadsafe(mcp.start(), loop).result(10)
        return mcp

    yield connect
    monkeypatch.undo()
    for mcp in made:
        asyncio.run_coroutine_threadsafe(mcp.aclose(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is of one who looks after nothing."""
    monkeypatch.setattr(identity.Identity, "is_admin", False)


def written(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.value for element in [*app.subheader, *app.markdown, *app.caption])


def settings_page(opened: OpenPage) -> AppTest:
    return opened(page="settings_page.py")


def states(mcp: McpServers) -> dict[str, str]:
    return {status.name: status.state for status in mcp.status()}


def test_without_servers_there_is_a_hint_for_administrators(opened: OpenPage) -> None:
    assert "[parley.mcp.<name>]" in written(settings_page(opened))


@pytest.mark.usefixtures("somebody")
def test_without_servers_others_see_nothing(opened: OpenPage) -> None:
    assert "MCP" not in written(settings_page(opened))


@pytest.mark.process
def test_servers_and_trying_again(
    serve: Serve, opened: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_server, "FIRST_WAIT_SECONDS", 1_000)
    mcp = serve({"time": TIME, "broken": shell("echo ':red[oops]' >&2; exit 7")})
    until(lambda: states(mcp) == {"time": "ready", "broken": "failed"})
    app = settings_page(opened)
    text = written(app)
    assert "MCP servers" in text
    assert "time :green-badge[connected]" in text
    assert "get&#95;current&#95;time" in text
    assert "broken :red-badge[not available]" in text
    assert "ended with code 7" in text
    assert "&#58;red&#91;oops&#93;" in text
    assert mcp._servers["broken"].attempts == 1
    app.button(key="retry-mcp-broken").click().run()
    assert not app.exception
    until(lambda: mcp._servers["broken"].attempts == 2)


@pytest.mark.process
@pytest.mark.usefixtures("somebody")
def test_others_see_no_reasons_and_cannot_try_again(serve: Serve, opened: OpenPage) -> None:
    mcp = serve({"broken": shell("echo secret >&2; exit 7")})
    until(lambda: states(mcp) == {"broken": "failed"})
    app = settings_page(opened)
    text = written(app)
    assert "broken :red-badge[not available]" in text
    assert "code 7" not in text
    assert "secret" not in text
    assert not [button for button in app.button if button.key == "retry-mcp-broken"]
