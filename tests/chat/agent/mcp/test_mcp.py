"""MCP servers that are commands: asked, dead, restarted, and never left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from chat.agent.mcp import process as mcp_process
from chat.agent.mcp import server as mcp_server
from chat.agent.mcp import servers as mcp_servers
from chat.agent.mcp.servers import McpServers
from chat.config import Settings
from chat.errors import ToolError
from tests.mcp_stage import HERE, TIME, Room, during, shell

pytestmark = pytest.mark.process

BROKEN = shell("echo oops >&2; exit 4")
HANGS = shell("exec sleep 1000", timeout=0.2)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "FIRST_WAIT_SECONDS", 0.02)


def names(room: Room, *allowed: str) -> list[str]:
    return [tool.name for tool in room.mcp.tools(allowed)]


def test_the_time_server() -> None:
    async def do(room: Room) -> None:
        assert room.status("time").state == "connecting"
        assert room.mcp.tools(["mcp:*"]) == []
        await room.mcp.settled(["mcp:time"], seconds=30)
        assert room.status("time").state == "ready"
        assert room.status("time").tools == ("get_current_time", "convert_time")
        tool = room.mcp.tools(["mcp:time"])[0]
        assert tool.name == "time__get_current_time"
        assert tool.description == "Get current time in a specific timezone"
        assert tool.parameters["required"] == ["timezone"]
        assert tool.status({}) == "Asking time: get_current_time…"
        assert tool.needs(Settings(), {"timezone": "UTC"}) == ()  # it says that it only reads
        answer = json.loads(await room.call(tool.name, timezone="Asia/Tokyo"))
        assert answer["timezone"] == "Asia/Tokyo"
        with pytest.raises(ToolError, match="No time zone found with key Mars/Olympus"):
            await room.call(tool.name, timezone="Mars/Olympus")

    during({"time": TIME}, do)


def test_one_server_in_all_its_moods(tmp_path: Path) -> None:
    """A start takes seconds, so this is one test: what it says, and how it is ended in a call."""

    async def do(room: Room) -> None:
        await room.becomes("here", "ready")
        assert await room.call("here__echo", text="Grüße\n:red[x]") == "Grüße\n:red[x]"
        echo = next(one for one in room.mcp.tools(["mcp:here"]) if one.name == "here__echo")
        asks = echo.needs(Settings(), {"text": "Look at http://a.example/x"})
        assert [need.permit for need in asks] == ["here__echo", "a.example"]
        shown = await room.call("here__image")
        assert shown == "Look:\n[image/png, not shown]\nof a file"
        with pytest.raises(ToolError, match="The oven is cold"):
            await room.call("here__fail")
        with pytest.raises(ToolError, match="text"):
            await room.call("here__echo")
        variables, word = json.loads(await room.call("here__environment"))
        assert word == "sesame"
        usual = {"HOME", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "USER"}
        assert set(variables) - {"WORD"} <= usual
        await is_killed(room, tmp_path / "begun")
        await sends_too_much(room)
        await ends_by_itself(room)

    during({"here": HERE | {"env": {"WORD": "sesame"}}}, do)


async def is_killed(room: Room, mark: Path) -> None:
    (process,) = room.children()
    call = asyncio.create_task(room.call("here__slow", mark=str(mark)))
    await room.until(mark.exists)
    process.kill()
    with pytest.raises(ToolError, match=r"gave no result\. The connection broke\. Whether it did"):
        await call
    await room.until(lambda: "was ended by signal 9" in room.status("here").problem)
    assert await room.call("here__echo", text="there again") == "there again"
    assert room.status("here").problem == ""


async def sends_too_much(room: Room) -> None:
    assert len(await room.call("here__huge", size=1_000_000)) == 1_000_000
    with pytest.raises(ToolError, match="The connection broke"):
        await room.call("here__huge", size=mcp_process.LINE_MAX)
    await room.until(lambda: "more than 4,194,304 bytes" in room.status("here").problem)


async def ends_by_itself(room: Room) -> None:
    with pytest.raises(ToolError, match="The connection broke"):
        await room.call("here__ends_at_once_now")
    await room.until(lambda: "ended with code 3" in room.status("here").problem)
    assert names(room, "mcp:here")


def test_what_cannot_be_started_says_why_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    servers = {
        "none": {"command": "no-such-command"},
        "folder": {"command": str(tmp_path)},
        "broken": BROKEN | {"env": {"KEY": "sk-very-secret"}},
        "leaks": shell("echo with $KEY >&2; exit 1", env={"KEY": "sk-very-secret"}),
        "babbles": shell("echo hello; echo '{}'; exec cat > /dev/null", timeout=0.2),
    }

    async def do(room: Room) -> None:
        for name in ("none", "folder", "broken", "leaks"):
            await room.becomes(name, "failed")
        problems = {one.name: one.problem for one in room.mcp.status()}
        assert problems["none"] == "There is no command “no-such-command” here."
        assert problems["folder"] == "The command cannot be run: Permission denied."
        assert problems["broken"] == "The command ended with code 4; it said last: oops"
        assert problems["leaks"] == "The command ended with code 1; it said last: with …"
        broken = room.mcp._servers["broken"]
        seen = broken.attempts
        await room.until(lambda: broken.attempts > seen + 1)
        assert room.mcp.tools(["mcp:*"]) == []

    during(servers, do)
    assert "sk-very-secret" not in caplog.text
    assert caplog.text.count("server=broken failed") == 1


def test_what_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "OLD_PROTOCOL_SECONDS", 0)

    async def do(room: Room) -> None:
        assert (await room.becomes("hangs", "failed")).problem == "It did not answer in time."

    during({"hangs": HANGS}, do)


def test_a_tool_that_takes_too_long(tmp_path: Path) -> None:
    async def do(room: Room) -> None:
        await room.becomes("here", "ready")
        with pytest.raises(ToolError, match=r"“here” did not answer within 0.5 seconds\."):
            await room.call("here__slow", mark=str(tmp_path / "begun"))
        assert await room.call("here__echo", text="still there") == "still there"

    during({"here": HERE | {"timeout": 0.5}}, do)


def test_a_caller_that_goes_away(tmp_path: Path) -> None:
    async def do(room: Room) -> None:
        await room.becomes("here", "ready")
        mark = tmp_path / "begun"
        call = asyncio.create_task(room.call("here__slow", mark=str(mark)))
        await room.until(mark.exists)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await room.call("here__echo", text="still there") == "still there"

    during({"here": HERE}, do)


def test_allow_lists() -> None:
    async def do(room: Room) -> None:
        await room.mcp.settled(["mcp:*"], seconds=30)
        assert names(room, "mcp:one") == ["one__echo"]
        assert names(room, "mcp:two", "mcp:two") == ["two__get_current_time"]
        assert names(room, "mcp:*", "mcp:one") == ["one__echo", "two__get_current_time"]
        assert names(room, "one", "*", "mcp:", "mcp:three", "web", "two__get_current_time") == []
        assert names(room) == []
        assert room.status("two").problem == "It has no tool named missing."
        assert room.status("two").state == "ready"

    servers = {
        "one": HERE | {"tools": ["echo"]},
        "two": TIME | {"tools": ["missing", "get_current_time"]},
    }
    during(servers, do)


def test_a_retry_from_another_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_server, "FIRST_WAIT_SECONDS", 1_000)
    count = tmp_path / "count"

    async def do(room: Room) -> None:
        async def tried(times: int) -> None:
            await room.until(lambda: count.exists() and len(count.read_text()) >= times)
            await room.becomes("broken", "failed")

        await tried(1)
        await asyncio.to_thread(room.mcp.retry, "broken")
        await tried(2)
        assert await asyncio.to_thread(room.mcp.tools, ["mcp:broken"]) == []
        await tried(3)
        room.mcp.retry("unknown")

    during({"broken": shell(f"printf x >> {count}; exit 1")}, do)


def test_stubborn_processes_are_ended_with_their_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_process, "GRACE_SECONDS", 0.1)
    stubborn = shell("trap '' TERM; sleep 1000 & sleep 1000; sleep 1000")

    async def do(room: Room) -> None:
        await room.until(lambda: len(room.children()) == 3)

    during({"stubborn": stubborn}, do)


def test_the_end_comes_in_three_steps(tmp_path: Path) -> None:
    """Also while it is being connected to, and for one that only SIGKILL ends.

    Its input is closed, then SIGTERM comes, once, then SIGKILL; that is soon enough for `aclose`.
    """
    asked = tmp_path / "asked"

    async def do(room: Room) -> None:
        await room.until(lambda: len(room.children()) == 2)

    during({"stubborn": shell(f"trap 'echo TERM >> {asked}' TERM; sleep 1000; sleep 1000")}, do)
    assert asked.read_text() == "TERM\n"
    assert 3 * mcp_process.GRACE_SECONDS < mcp_servers.CLOSE_SECONDS


def test_nothing_is_left_when_parley_is_killed() -> None:
    script = (
        "import asyncio, sys\n"
        "from tests.mcp_stage import HERE, Room, during\n"
        "async def do(room):\n"
        "    await room.becomes('here', 'ready')\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "during({'here': HERE}, do)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parley:
        assert parley.stdout
        assert parley.stdout.readline() == b"ready\n"
        (server,) = psutil.Process(parley.pid).children()
        parley.send_signal(signal.SIGKILL)
    server.wait(10)


def test_nothing_happens_without_a_start_or_without_servers() -> None:
    async def do(room: Room) -> None:
        assert room.mcp.status() == room.mcp.tools(["mcp:*"]) == []
        await room.mcp.settled(["mcp:*"])

    during({}, do)
    mcp = McpServers(Settings.model_validate({"mcp": {"here": HERE}}))
    mcp.retry("here")
    asyncio.run(mcp.settled(["mcp:*"]))
    assert mcp.status()[0].state == "connecting"
    asyncio.run(mcp.aclose())


def test_importing_it_imports_no_mcp() -> None:
    check = (
        "import sys, chat.agent.mcp.servers; "
        "print([m for m in ('mcp', 'agents', 'httpx2') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, check=True)
    assert found.stdout == b"[]\n"
