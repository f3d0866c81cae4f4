"""A local server with accounts, and sources that read it through the real `Web`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from chat.config import Settings
from chat.profiles.choice import named
from chat.profiles.source import Account, Means
from chat.web.web import Web
from chat.work.pool import Pool
from tests.social_server import NOON, TOKEN, SocialServer

LATER = NOON + timedelta(days=1)


def wide(columns: int, rows: int = 500) -> bytes:
    """The attack: a short file that was a long time's work, 20,000 columns in 132 kB."""
    head = "text,date," + ",".join(f"c{number}" for number in range(columns))
    return (head + "\nHi,2024-04-01" * rows).encode()


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
def fetch(server: SocialServer, workers: Pool) -> Fetch:
    """Fetches an account from a source of the server; of a digest what a model is to read."""

    def fetching(
        source: str,
        handle: str,
        limit: int = 200,
        upload: tuple[str, bytes] | None = None,
        **changes: Any,
    ) -> Account:
        settings = Settings(**{**server.settings(), "x_bearer_token": TOKEN, **changes})

        async def run() -> Account:
            web = Web(settings, sleep=at_once)
            try:
                means = Means(settings, web, workers, lambda: LATER, upload)
                found = await named(source).fetch(means, handle, limit)
                return found if isinstance(found, Account) else found.account
            finally:
                await web.aclose()

        return asyncio.run(run())

    return fetching
