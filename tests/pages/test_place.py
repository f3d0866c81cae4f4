"""A place with a name, a greeting and links of its own."""

from __future__ import annotations

import pytest
import streamlit as st

from chat.config import Settings
from chat.runtime import Runtime
from chat.sharing.sharing import Wanted
from store.values import SessionKey
from tests.logins import login_of
from tests.pages.conftest import OpenScriptTab
from tests.store.samples import add_user, chain, make

IMPRINT = "[Imprint](<https://example.org/(imprint)?a=1&b=%3Cx%3E>)"
NAME = "*Ask* us"


@pytest.fixture(scope="module")
def settings(shared_url: str) -> Settings:
    return Settings(
        database_url=shared_url,
        find_local_servers=False,
        auth="password",
        sharing="public",
        name=NAME,
        greeting="Ask **all** about ![it](https://example.org/x.png)",
        links={"Imprint": "https://example.org/(imprint)?a=1&b=<x>"},
    )


def test_before_a_login_and_after_it(parts: Runtime, tab: OpenScriptTab) -> None:
    add_user(parts.database, "ada")
    door = tab()
    for there in (NAME, "Ask **all** about", IMPRINT):
        assert there in door.text
    assert " ![it]" not in door.text
    door.log_in("ada")
    assert f"**{NAME}**" in door.sidebar
    assert IMPRINT in door.sidebar
    assert "Ask **all** about" in door.text
    assert "Parley" not in door.sidebar


def test_a_shared_chat(parts: Runtime, tab: OpenScriptTab, monkeypatch: pytest.MonkeyPatch) -> None:
    user = add_user(parts.database, "eve")
    key = SessionKey(user.id, "s")
    with parts.database.transaction() as db:
        make(db, user.id, session_id="s", title="Chains")
        chain(db, key, 2)
    monkeypatch.setattr(type(st.context), "ip_address", "192.0.2.7")
    link = parts.sharing.create(login_of(user), key, Wanted())
    assert IMPRINT in tab(page="share", token=link.token).text
