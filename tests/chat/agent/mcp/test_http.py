"""MCP servers at an address: with and without sessions, dead, restarted, behind a login."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.agent.mcp import http as mcp_http
from chat.agent.mcp import server as mcp_server
from chat.errors import ToolError
from tests.mcp_stage import HttpServer, Room, during

pytestmark = pytest.mark.process

TOKEN = "sk-secret-token"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "FIRST_WAIT_SECONDS", 0.02)


@pytest.fixture(scope="module", params=["new", "old"])
def server(request: pytest.FixtureRequest) -> Iterator[HttpServer]:
    """One that speaks today's protocol, and one that has sessions, which are gone after a crash."""
    with HttpServer(*(["--old"] if request.param == "old" else [])) as running:
        yield running


def test_an_address(server: HttpServer, tmp_path: Path) -> None:
    async def do(room: Room) -> None:
        status = await room.becomes("net", "ready")
        assert status.kind == "http"
        assert "ends.at once/now" in status.tools
        assert await room.call("net__echo", text="Grüße") == "Grüße"
        with pytest.raises(ToolError, match="The oven is cold"):
            await room.call("net__fail")
        assert len(await room.call("net__huge", size=1_000_000)) == 1_000_000
        assert "[image/png, not shown]" in await room.call("net__image")
        await nobody_waits_for_another(room, tmp_path / "slow")

    during({"net": {"url": server.url}}, do)


async def nobody_waits_for_another(room: Room, mark: Path) -> None:
    call = asyncio.create_task(room.call("net__slow", mark=str(mark)))
    await room.until(mark.exists)
    assert await room.call("net__echo", text="meanwhile") == "meanwhile"
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)


def test_a_new_tool_is_noticed(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "LOOK_SECONDS", 0.02)

    async def do(room: Room) -> None:
        before = (await room.becomes("net", "ready")).tools
        assert "learned" not in before
        await room.call("net__learn", name="learned")
        await room.until(lambda: "learned" in room.status("net").tools)
        assert await room.call("net__learned", text="as echo") == "as echo"

    during({"net": {"url": server.url}}, do)


def test_too_much(server: HttpServer, caplog: pytest.LogCaptureFixture) -> None:
    async def do(room: Room) -> None:
        await room.becomes("net", "ready")
        with pytest.raises(ToolError):
            await room.call("net__huge", size=mcp_http.BODY_MAX + 1)
        assert await room.call("net__echo", text="still there") == "still there"

    during({"net": {"url": server.url}}, do)
    assert "Traceback" not in caplog.text


def test_a_time_out(server: HttpServer, tmp_path: Path) -> None:
    async def do(room: Room) -> None:
        await room.becomes("net", "ready")
        with pytest.raises(ToolError, match=r"did not answer within 0.5 seconds\."):
            await room.call("net__slow", mark=str(tmp_path / "slow"))
        assert await room.call("net__echo", text="still there") == "still there"

    during({"net": {"url": server.url, "timeout": 0.5}}, do)


def test_killed_in_a_call_and_started_again(server: HttpServer, tmp_path: Path) -> None:
    async def do(room: Room) -> None:
        await room.becomes("net", "ready")
        mark = tmp_path / "slow"
        call = asyncio.create_task(room.call("net__slow", mark=str(mark)))
        await room.until(mark.exists)
        server.kill()
        with pytest.raises(ToolError, match="gave no result"):
            await call
        await room.until(lambda: room.status("net").problem.startswith("It cannot be reached"))
        assert "echo" in room.status("net").tools
        with pytest.raises(ToolError, match=r"“net” cannot be reached\. Go on without it"):
            await room.call("net__echo", text="nobody there")
        await asyncio.to_thread(server.start)
        assert await room.call("net__echo", text="there again") == "there again"

    during({"net": {"url": server.url}}, do)


def test_restarted_between_two_calls(server: HttpServer) -> None:
    async def do(room: Room) -> None:
        await room.becomes("net", "ready")
        assert await room.call("net__echo", text="before") == "before"
        server.kill()
        await asyncio.to_thread(server.start)
        assert await room.call("net__echo", text="after") == "after"

    during({"net": {"url": server.url}}, do)


def test_a_login(caplog: pytest.LogCaptureFixture) -> None:
    async def do(room: Room) -> None:
        await room.becomes("in", "ready")
        assert await room.call("in__echo", text="let in") == "let in"
        refused = await room.becomes("out", "failed")
        assert refused.problem == "It does not let Parley in (HTTP 401): look at its headers."

    caplog.set_level(logging.DEBUG, "parley")
    with HttpServer("--token", TOKEN) as server:
        servers = {
            "in": {"url": server.url, "headers": {"Authorization": f"Bearer {TOKEN}"}},
            "out": {"url": f"{server.url}?key={TOKEN}", "headers": {"Authorization": "wrong"}},
        }
        during(servers, do)
    assert TOKEN not in caplog.text


def test_what_is_no_mcp_server(server: HttpServer) -> None:
    async def do(room: Room) -> None:
        problems = {}
        for name in ("elsewhere", "nobody"):
            problems[name] = (await room.becomes(name, "failed")).problem
        assert problems["elsewhere"] == "It answered with HTTP 404."
        assert problems["nobody"].startswith("It cannot be reached")

    servers = {
        "elsewhere": {"url": server.url.replace("/mcp", "/other")},
        "nobody": {"url": "http://127.0.0.1:9/mcp"},
    }
    during(servers, do)
