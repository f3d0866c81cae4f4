"""What an administrator reads of what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from chat.config import Settings
from chat.recent_warnings import RecentWarnings
from chat.runtime import Runtime
from chat.ui.admin.warnings import HIGH
from tests.pages.conftest import OpenScriptTab
from tests.pages.reading import written
from tests.store.samples import add_user

log = logging.getLogger("parley.here")


@pytest.fixture(scope="module")
def settings(walled: Settings) -> Settings:
    return walled


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    handler, parley = RecentWarnings(), logging.getLogger("parley")
    parley.addHandler(handler)
    yield
    parley.removeHandler(handler)


def test_recent_warnings(tab: OpenScriptTab, parts: Runtime) -> None:
    add_user(parts.database, "root", role="admin")
    admin = tab(username="root", page="admin")
    assert "warned of nothing" in written(admin.key("warnings"))
    log.warning("first")
    log.error(":red[*hostile*] <b>")
    log.error(":red[*hostile*] <b>")
    admin.run()
    shown = written(admin.key("warnings"))
    assert "warned of nothing" not in shown
    assert shown.index(":red[*hostile*] <b>") < shown.index("first")
    assert "error · parley.here · just now · 2 times" in shown
    assert "warning · parley.here · just now" in shown
    for number in range(HIGH):
        log.warning(f"number {number}")
    admin.run()
    assert "number 0" in written(admin.key("warnings"))


def test_they_are_for_administrators(tab: OpenScriptTab, parts: Runtime) -> None:
    add_user(parts.database, "ann")
    log.warning("first")
    theirs = tab(username="ann", page="admin")
    assert "There is no such page." in theirs.errors
    assert "first" not in theirs.text
    assert not theirs.has("warnings")
