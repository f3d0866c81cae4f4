"""What is kept of files is counted while they come, and goes when nobody looks any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from chat.server import uploads
from chat.server.uploads import ALL_MAX, FILE_MAX, LET_GO_SECONDS, Uploads

PERSON = "ann"


class Page:
    """Tabs as Streamlit has them, and the app that takes files for them."""

    def __init__(self) -> None:
        self.open = {f"{who}-{number}": who for who in (PERSON, "bob") for number in range(3)}
        self.kept: dict[str, int] = {}
        self.now = 0.0
        self.taken = asyncio.Event()
        self.may_take = asyncio.Event()
        self.may_take.set()

    def is_open(self, tab_id: str, /) -> bool:
        return tab_id in self.open

    def owner(self, tab_id: str, /) -> str:
        return self.open.get(tab_id, "")

    def sizes(self) -> dict[str, int]:
        return dict(self.kept)

    def let_go(self, tab_id: str, /) -> None:
        del self.kept[tab_id]

    def sender(self, _parts: Any, cookies: Any, _origin: str, /) -> str:
        return str(cookies.get("who", ""))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.taken.set()
        await self.may_take.wait()
        size = len(await Request(scope, receive).body())
        tab_id = scope["path"].split("/")[3]
        self.kept[tab_id] = self.kept.get(tab_id, 0) + size
        await Response(status_code=204)(scope, receive, send)


class Started:
    async def parts(self) -> Any:
        return None


async def put(door: Uploads, tab_id: str, who: str, size: int, length: int | None = None) -> int:
    status = 0
    headers = [(b"cookie", f"who={who}".encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    path = f"/_stcore/upload_file/{tab_id}/file"

    async def receive() -> Any:
        return {"type": "http.request", "body": bytes(size), "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}
    await door(scope, receive, send)
    return status


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


def made(page: Page) -> Uploads:
    return Uploads(page, Started(), lambda: page, lambda: page.now)  # type: ignore[arg-type]


def test_what_is_coming_counts_as_if_it_were_there() -> None:
    """Also that of which nobody says how much it is."""

    async def come() -> list[int]:
        page = Page()
        door = made(page)
        page.may_take.clear()
        first = [asyncio.create_task(put(door, f"ann-{n % 2}", PERSON, 5)) for n in range(3)]
        await asyncio.wait_for(page.taken.wait(), 20)
        await soon(lambda: door._coming.total() == 3 * FILE_MAX)
        refused = await put(door, "ann-2", PERSON, 5, 5)
        other = asyncio.create_task(put(door, "bob-0", "bob", 5, 5))
        page.may_take.set()
        statuses = [*await asyncio.gather(*first), refused, await other]
        return [*statuses, await put(door, "ann-2", PERSON, 5, 5)]

    assert asyncio.run(come()) == [204, 204, 204, 413, 204, 204]


def test_all_together_have_an_end() -> None:
    async def come() -> int:
        page = Page()
        page.kept["others"] = ALL_MAX - 4
        return await put(made(page), "ann-0", PERSON, 5, 5)

    assert asyncio.run(come()) == 413


@pytest.mark.parametrize("length", [FILE_MAX + 1, 10**30])
def test_one_file_has_an_end(length: int) -> None:
    assert asyncio.run(put(made(Page()), "ann-0", PERSON, 5, length)) == 413


def test_it_goes_when_the_tab_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LOOK_SECONDS", 0.001)

    async def come() -> None:
        page = Page()
        door = made(page)
        for tab_id in ("ann-0", "ann-1", "ann-2"):
            assert await put(door, tab_id, PERSON, 5, 5) == 204
        del page.open["ann-0"], page.open["ann-1"]
        await soon(lambda: len(door._gone) == 2)
        page.now += LET_GO_SECONDS - 1
        page.open["ann-1"] = PERSON  # it was connected again
        await soon(lambda: "ann-1" not in door._gone)
        assert len(page.kept) == 3
        page.now += 1
        await soon(lambda: "ann-0" not in page.kept)
        assert set(page.kept) == {"ann-1", "ann-2"}
        page.open.clear()
        await soon(lambda: len(door._gone) == 2)
        page.now += LET_GO_SECONDS
        await soon(lambda: door._timer is None)
        assert [page.kept, door._owners, door._gone, dict(door._coming)] == [{}, {}, {}, {}]

    asyncio.run(come())
