"""Which page of a fresh process is opened first makes no difference: nobody is let in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.page_reader import read_page
from tests.processes import Server


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Not started yet."""
    server = Server(tmp_path_factory.mktemp("fresh"), {"PARLEY_AUTH": "password"})
    yield server
    server.stop()


@pytest.mark.parametrize("page", ["admin", "settings", "manage"])
def test_it_is_the_setup_only(fresh: Server, page: str) -> None:
    fresh.restart()
    read = read_page(fresh.url, page)
    assert read.has("Setup code")
    assert not [text for text in ("New chat", "Search chats", "Log out") if read.has(text)]
    assert not {"parley-composer", "parley-sessions", "page_link"} & set(read.elements)
    assert "Traceback" not in fresh.log
