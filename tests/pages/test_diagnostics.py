"""The button with which an administrator downloads diagnostics."""

from __future__ import annotations

import json

import pytest

from chat.config import Settings
from chat.errors import NotSignedIn
from chat.runtime import Runtime
from chat.ui.admin.diagnostics import made_by
from tests.logins import login_of
from tests.pages.conftest import OpenScriptTab
from tests.store.samples import add_user


@pytest.fixture(scope="module")
def settings(walled: Settings) -> Settings:
    return walled


def test_it_is_there_for_administrators(tab: OpenScriptTab, parts: Runtime) -> None:
    add_user(parts.database, "root", role="admin")
    add_user(parts.database, "ann")
    assert tab(username="root", page="admin").has("download-diagnostics")
    assert not tab(username="ann", page="admin").has("download-diagnostics")


def test_whoever_clicks_is_looked_up_then(parts: Runtime) -> None:
    root, ann = add_user(parts.database, "root", role="admin"), add_user(parts.database, "ann")
    found = json.loads(made_by(lambda: login_of(root))())
    assert found["database"]["rows"]["users"] == 3
    for who in (lambda: login_of(ann), lambda: None, lambda: parts.identities.local):
        with pytest.raises(NotSignedIn):
            made_by(who)()
