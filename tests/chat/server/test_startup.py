"""Parts and API that are made when the test says so, on the loop of who asks for them."""

from __future__ import annotations

import asyncio
import gc
import threading
from types import SimpleNamespace
from typing import Any

from chat.config import Settings
from chat.server.startup import HEALTH, Startup
from store.maintenance import Maintenance
from tests.waiting import until

PARTS: Any = SimpleNamespace(
    turns=SimpleNamespace(count_running=lambda: 0),
    backups=SimpleNamespace(age=lambda: None),
    read_only=SimpleNamespace(state=Maintenance()),
    database=SimpleNamespace(disk_fails=lambda: False, free_bytes=lambda: None),
    settings=Settings(),
    end_turns=list,
)


class Slow:
    """A process whose parts and API are there as soon as ``parts`` and ``api`` are set."""

    def __init__(self) -> None:
        self.parts, self.api = threading.Event(), threading.Event()
        self.startup = Startup(self._make_parts, self._make_api)
        self.startup.begin(Settings())

    def _make_parts(self, settings: Settings) -> Any:
        assert self.parts.wait(10)
        return PARTS

    def _make_api(self) -> Any:
        assert self.api.wait(10)

        async def api(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 404})

        return api

    async def status(self, path: str, method: str = "GET") -> int:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path}
        await self.startup.api(scope, None, send)  # type: ignore[arg-type]
        status: int = sent[0]["status"]
        return status


def test_who_goes_away_takes_nothing_from_who_stays() -> None:
    slow = Slow()

    async def wait() -> None:
        gone, stays = (asyncio.create_task(slow.startup.parts()) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        assert gone.cancelled()
        slow.parts.set()
        assert await stays is PARTS
        assert await slow.startup.parts() is PARTS
        slow.api.set()
        assert await slow.status("/api/personas") == 404

    asyncio.run(wait())
    slow.startup.end()


def test_health_waits_for_the_parts_only() -> None:
    slow = Slow()

    async def wait() -> None:
        path = HEALTH[1]
        others = [slow.status("/api/personas"), slow.status(path, "POST")]
        later = [asyncio.create_task(one) for one in others]
        first = asyncio.create_task(slow.status(path))
        await asyncio.sleep(0)
        assert not first.done()
        slow.parts.set()
        assert await first == 200
        assert not any(one.done() for one in later)
        slow.api.set()
        assert await asyncio.gather(*later) == [404, 404]
        assert await slow.status(path) == 404  # which is the API's own now

    asyncio.run(wait())
    slow.startup.end()


def test_garbage_is_looked_for_again_when_all_is_there() -> None:
    slow = Slow()
    gc.disable()
    slow.parts.set()
    slow.api.set()
    until(gc.isenabled)
    slow.startup.end()


def test_the_end_waits_for_what_is_being_made() -> None:
    slow = Slow()
    ending = threading.Thread(target=slow.startup.end)
    ending.start()
    slow.parts.set()
    slow.api.set()
    ending.join(10)
    assert not ending.is_alive()
    until(lambda: "parley-startup" not in {one.name for one in threading.enumerate()})
    slow.startup.end_turns()
