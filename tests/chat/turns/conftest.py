"""Rooms whose assistant has tools that reach out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chat.conftest import Room, Rooms
from tests.social_server import SocialServer, post


@pytest.fixture
def outside() -> Iterator[SocialServer]:
    """What can be reached: an attacker's server, and accounts."""
    with SocialServer() as server:
        server.add("ann", posts=[post("Hello")])
        yield server


@pytest.fixture
def open_room(rooms: Rooms, outside: SocialServer) -> Callable[..., Room]:
    """Makes rooms in which the assistant has tools that reach out."""

    def make(**more: Any) -> Room:
        room = rooms(**outside.settings(), **more)
        room.create("open", persona="open")
        return room

    return make
