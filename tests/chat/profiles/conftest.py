"""A local server with accounts, and sources that read it through the real `Web`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.profiles.account import Account
from chat.profiles.choice import named
from chat.profiles.source import Means, Source
from chat.web.web import Web
from tests.social_server import NOON, TOKEN, SocialServer

LATER = NOON + timedelta(days=1)


async def at_once(_seconds: float) -> None:
    """Instead of waiting before the next try."""


@pytest.fixture(scope="session")
def _social() -> Iterator[SocialServer]:
    with SocialServer() as running:
        yield running


@pytest.fixture
def server(_social: SocialServer) -> SocialServer:
    """Without accounts yet."""
    _social.reset()
    return _social


Fetch = Callable[..., Account]


@pytest.fixture
def fetch(server: SocialServer) -> Fetch:
    """Fetches an account from a source of the server."""

    def fetching(source: str, handle: str, limit: int = 200, **changes: Any) -> Account:
        async def read(place: Source) -> Account:
            return await place.fetch(handle, limit)

        return with_source(server, source, read, **changes)

    return fetching


def with_source(
    server: SocialServer, source: str, do: Callable[[Source], Awaitable[Account]], **changes: Any
) -> Account:
    settings = Settings(**{**server.settings(), "x_bearer_token": TOKEN, **changes})

    async def run() -> Account:
        web = Web(settings, sleep=at_once)
        try:
            return await do(named(source).make(Means(settings, web, lambda: LATER)))
        finally:
            await web.aclose()

    return asyncio.run(run())
